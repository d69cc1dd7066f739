"""The numbers that a report which is due asks for, as the records tell them today; without arms."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from trial.conduct.dates import words
from trial.conduct.duties import Duty, words_of
from trial.conduct.first_letter import lowered
from trial.conduct.reports import assembly, safety_told, sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.cut import Cut, footer, marked
from trial.conduct.reports.sections import primary
from trial.protocol import Protocol
from trial.records.door import past_the_door
from trial.report.value import Block, Heading, Report, Table, Text

NO_ARMS = "These numbers tell no arms."


def build(session: Session, protocol: Protocol, duty: Duty, cut: Cut) -> Report:
    """The numbers of the trial for one report, the same for whoever prints it to be sent."""
    found = assembly.assemble(session, protocol, cut, blinded=False, arms=False)
    counted = words_of(duty.plan.counted_from, protocol)
    due = "not known yet" if duty.due_on is None else words(duty.due_on)
    blocks: list[Block] = [
        Text(f"To {duty.plan.to}. Due: {due}, counted from: {counted}. {NO_ARMS}"),
        Heading("Numbers"),
        Table("Numbers of the trial", ("What", "Number"), tuple(numbers(protocol, found))),
    ]
    with past_the_door(session):
        blocks += safety_told.blocks(session, protocol, cut, causes=False)
    return Report(
        title=duty.name,
        subtitle=f"{protocol.name}, as known at the {cut.words}",
        blocks=marked(protocol, cut, blocks),
        footer=footer(protocol, cut),
        header=(f"{protocol.name}: {lowered(duty.plan.label)}", NO_ARMS),
    )


def numbers(protocol: Protocol, found: Assembled) -> Iterator[tuple[str, str]]:
    """What every such report asks for: clusters, people, follow-up and harms."""
    clusters = found.frames.clusters
    yield "Clusters opened", str(int(clusters["opened_on"].notna().sum()))
    yield "Clusters closed", str(int(clusters["closed_on"].notna().sum()))
    if protocol.participants:
        yield from _of_people(protocol, found)
    yield primary.known(protocol), sentences.share(found.results.known)


def _of_people(protocol: Protocol, found: Assembled) -> Iterator[tuple[str, str]]:
    recruited, people = found.results.recruitment, found.frames.participants
    yield "Considered", str(found.results.funnel.counts["considered"])
    yield "Enrolled, of the target", f"{recruited.enrolled} of {recruited.target}"
    yield "People per cluster-month", sentences.rate(recruited.rate)
    visits = {one.key: one.name for one in protocol.visits}
    for key, one in found.results.follow_up.items():
        if one.overall.n:
            yield f"{visits.get(key, key)}: done, of those due", sentences.share(one.overall)
    for name, column in (
        ("Withdrew from follow-up", "withdrew_followup_on"),
        ("Withdrew the use of data", "withdrew_data_on"),
        ("Lost to follow-up", "lost_on"),
        ("Stopped, as capacity was lost", "stopped_on"),
        ("Died", "died_on"),
    ):
        yield name, str(int(people[column].notna().sum()))
    if found.harms:
        everyone = found.harms[0]
        yield "Adverse events", f"{everyone.events} in {everyone.people_with_event} people"
        yield (
            "Serious adverse events",
            f"{everyone.serious} in {everyone.people_with_serious} people",
        )
