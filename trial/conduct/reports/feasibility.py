"""The feasibility report: every result, in the order of the CONSORT checklists."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trial.analysis.estimate import plain
from trial.conduct.reports import consort, form_results
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.consort import BOTH, CLUSTER, PILOT, Item, Part
from trial.conduct.reports.cut import footer, marked, marks
from trial.conduct.reports.sections import (
    allocation,
    alone,
    answered,
    bias,
    clustering,
    design,
    follow_up,
    followed,
    methods,
    planned,
    primary,
    progress,
    quality,
    recruitment,
    retention,
    screening,
    summary,
    work,
)
from trial.protocol import Protocol
from trial.report.value import Block, Heading, Report

CONFIDENTIAL = "Confidential: for the trial team, its sponsor and its oversight committee"
FRONT = Part(
    "Title and summary",
    (
        Item("1a", "Title", BOTH, (design.title,),
             "a title that says feasibility, randomised, and by cluster"),
        Item("1b", "Summary", BOTH, (summary.summary,)),
    ),
)  # fmt: skip
INTRODUCTION = Part(
    "Introduction",
    (
        Item("2a", "Background, and why clusters were randomised", BOTH, (),
             "what is known, why a feasibility trial is needed, and why services rather than people"
             " are randomised"),
        Item("2b", "Objectives", BOTH, (),
             "the questions of the trial, and whether each is about clusters, people or both; the"
             " criteria that answer them stand under 6c"),
    ),
)  # fmt: skip
METHODS = Part(
    "Methods",
    (
        Item("3a", "Design", BOTH, (design.design,)),
        Item("3b", "Changes after the start", PILOT, (design.changes,),
             "what was changed after the trial began, and why"),
        Item("4a", "Eligibility", BOTH, (design.eligibility,),
             "how the clusters were chosen"),
        Item("4b", "Settings", PILOT, (design.settings,)),
        Item("4c", "Identification and consent of participants", PILOT, (design.consent,)),
        Item("5", "Interventions", BOTH, (design.interventions,),
             "enough detail of the intervention to repeat it, at the level of cluster and of person"),
        Item("6a", "Assessments", BOTH, (design.assessments,)),
        Item("6b", "Changes of assessments", PILOT, (),
             "changes of what is measured after the trial began, and why"),
        Item("6c", "Criteria for going on to a definitive trial", PILOT, (design.criteria,)),
        Item("7a", "Numbers", BOTH, (design.numbers,), "why so many clusters and people"),
        Item("7b", "Interim looks and stopping", PILOT, (),
             "whether any were planned, and the rules for stopping"),
        Item("8a", "How the allocation was drawn", PILOT, (allocation.sequence,)),
        Item("8b", "Restriction of the allocation", BOTH, (allocation.restriction,)),
        Item("9", "Concealment of the allocation", BOTH, (allocation.concealment,)),
        Item("10a", "Who drew, who enrolled", BOTH, (allocation.people,)),
        Item("10b", "How people came into the clusters", CLUSTER, (design.included,)),
        Item("10c", "From whom consent was sought, and when", CLUSTER, (allocation.gatekeepers,)),
        Item("11a", "Blinding", PILOT, (allocation.blinding,)),
        Item("11b", "Similarity of interventions", PILOT, (),
             "how far the arms look alike to participants and staff, if they do"),
        Item("12", "Methods of analysis", BOTH, (methods.described,)),
    ),
)  # fmt: skip
RESULTS = Part(
    "Results",
    (
        Item("13a", "Flow of clusters and participants", BOTH,
             (followed.flow, screening.screened)),
        Item("13b", "Losses and exclusions after allocation", BOTH, (followed.losses,)),
        Item("14a", "Dates of recruitment and follow-up", PILOT,
             (design.dates, recruitment.recruited)),
        Item("14b", "Why the trial ended", PILOT, (), "why the trial ended or was stopped"),
        Item("15", "Baseline of clusters and participants", BOTH,
             (bias.baseline, bias.after_allocation, bias.timeline)),
        Item("16", "Numbers analysed", BOTH, (followed.analysed,)),
        Item("17", "Results for each objective", BOTH,
             (retention.kept, follow_up.followed, answered.complete, primary.told, answered.scored,
              answered.costed, clustering.clustered)),
        Item("18", "Further analyses for the definitive trial", PILOT,
             (work.first_job, work.tenure, work.lanes, answered.guessed, planned.section)),
        Item("19", "Harms", PILOT, (followed.deaths, follow_up.harmed),
             "what the events mean, and any that were not recorded in the log of safety"),
        Item("19a", "Other unintended consequences", PILOT, (), "any that were seen"),
    ),
)  # fmt: skip
DISCUSSION = Part(
    "Discussion",
    (
        Item("20", "Limitations", PILOT, (summary.limits,),
             "sources of bias, and what about feasibility is still uncertain"),
        Item("21", "Generalisability", BOTH, (),
             "to which clusters and people methods and findings apply in a definitive trial"),
        Item("22", "Interpretation", PILOT, (),
             "what the results mean for the objectives, benefits and harms weighed"),
        Item("22a", "Implications for a definitive trial", PILOT, (progress.judged,),
             "whether to go on, and with which amendments"),
    ),
)  # fmt: skip
OTHER = Part(
    "Other information",
    (
        Item("23", "Registration", PILOT, (design.registered,)),
        Item("24", "Protocol", PILOT, (design.document,)),
        Item("25", "Funding", PILOT, (design.funding,)),
        Item("26", "Ethical approval", PILOT, (design.approved,)),
    ),
)  # fmt: skip
PARTS = (FRONT, INTRODUCTION, METHODS, RESULTS, DISCUSSION, OTHER)
# In a trial without participants: what other sections fill, in other words, and what is not asked.
ALONE: Mapping[str, Mapping[str, Any]] = {
    "1b": {"sections": (alone.summary,)},
    "2a": {"authors": "what is known, why a feasibility trial is needed, and why clusters are measured"},
    "2b": {"authors": "the questions of the trial; the criteria that answer them stand under 6c"},
    "3b": {"sections": (alone.versions,)},
    "4a": {"sections": ()},
    "5": {"authors": "enough detail of the intervention to repeat it"},
    "6a": {"sections": (alone.assessments,)},
    "7a": {"sections": (alone.numbers,), "authors": "why so many clusters"},
    "10a": {"topic": "Who drew"},
    "10c": {"topic": "From whom the agreement of the clusters was sought, and when"},
    "11b": {"authors": "how far the arms look alike to the clusters' staff, if they do"},
    "13a": {"topic": "Flow of clusters", "sections": (followed.flow,)},
    "13b": {"sections": (alone.losses,)},
    "14a": {"topic": "Dates of the clusters and of the outcome", "sections": (alone.dates,)},
    "15": {"topic": "Baseline of clusters", "sections": (alone.baseline,)},
    "16": {"sections": (alone.analysed,)},
    "17": {"sections": (primary.told,)},
    "18": {"sections": (), "authors": "what the results say about the size of a definitive trial"},
    "19": {"sections": ()},
    "20": {"sections": (alone.limits,)},
    "21": {"authors": "to which clusters methods and findings apply in a definitive trial"},
}  # fmt: skip
NOT_ASKED = frozenset({"4c", "10b"})


def parts_of(protocol: Protocol) -> tuple[Part, ...]:
    """The parts of the report of this trial."""
    if protocol.participants:
        return PARTS
    return tuple(
        replace(part, items=tuple(_alone(one) for one in part.items if one.number not in NOT_ASKED))
        for part in PARTS
    )


def _alone(item: Item) -> Item:
    changed: dict[str, Any] = dict(ALONE.get(item.number, {}))
    return replace(item, **changed)


def as_json(protocol: Protocol, found: Assembled) -> dict[str, Any]:
    """The results as plain values with the marks that identify them."""
    body: dict[str, Any] = {**marks(protocol, found.cut), "blinded": found.told.blinded}
    body |= found.results.as_dict()
    if found.told.blinded:
        flow: dict[str, Any] = dict(body["flow"])
        flow["boxes"] = [box for box in flow["boxes"] if box["key"] != "withdrew-intervention"]
        body["flow"] = flow
    body["queries"] = found.queries.as_dict()
    body |= form_results.as_dict(found.forms)
    if found.reminded:
        body["reminders"] = [plain(one) for one in found.reminded]
    if found.harms:
        body["harms"] = [plain(one) for one in found.harms]
    if found.decisions:
        body["decisions"] = {
            key or "whole trial": plain(one) for key, one in found.decisions.items()
        }
    return body


def build(protocol: Protocol, found: Assembled) -> Report:
    """The report as a value, to be printed as PDF or as a page."""
    parts = parts_of(protocol)
    blocks: list[Block] = [
        *consort.told(protocol, found, parts),
        Heading("Data quality"), *quality.quality(protocol, found),
        Heading("Checklist"), consort.checklist(parts),
    ]  # fmt: skip
    return Report(
        title="Feasibility report",
        subtitle=f"{protocol.name}, as known at the {found.cut.words}",
        blocks=marked(protocol, found.cut, blocks),
        footer=footer(protocol, found.cut),
        header=(f"{protocol.name}: feasibility report", CONFIDENTIAL),
    )
