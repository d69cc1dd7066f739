"""Fidelity and process from records to report: what counts, what is told to whom, and what it adds up to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.conftest import TODAY
from tests.playing import copied, played
from trial.conduct.access import Act
from trial.conduct.forms.plans import Subject, form_of
from trial.conduct.forms.saving import save, void
from trial.conduct.process import results
from trial.conduct.process.results import Process, as_json, evaluate
from trial.conduct.reports import process_report
from trial.conduct.reports.cut import data_cut
from trial.protocol import Protocol, load
from trial.protocol.forms import items as kinds
from trial.protocol.forms.reading import Answer
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.database import open_engine, sessions
from trial.records.models import Cluster, Record
from trial.records.trail import acting
from trial.report.pdf import pdf
from trial.report.value import Figure, Notice, Table

EVERYWHERE = frozenset({1, 2, 3, 4})
MANAGER = Actor(3, "Morgan", Role.TRIAL_MANAGER, None, True, False, EVERYWHERE, True)
REVIEWER = Actor(5, "Frankie", Role.FIDELITY_REVIEWER, None, False, False, EVERYWHERE, True)
SPECIALIST = Actor(4, "Ellis", Role.EMPLOYMENT_SPECIALIST, None, True, False, EVERYWHERE, True)
END = date(2017, 1, 20)


@pytest.fixture(scope="module")
def shown(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A copy of the demonstration, only to be looked at."""
    settings = copied(played(shared), tmp_path_factory.mktemp("process") / "instance")
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        yield session
    engine.dispose()


@pytest.fixture(scope="module")
def told(shown: Session) -> Process:
    return evaluate(shown, load(None), data_cut(shown, END), MANAGER)


def test_the_published_figures_come_out(told: Process) -> None:
    found = as_json(load(None), told)
    final = found["fidelity"]["final"]
    assert (final["total"], final["band"], final["assessed"], final["items"]) == (
        85,
        "fair",
        22,
        25,
    )
    assert final["pro_rated"] == 96.59
    assert {one["reason"] for one in final["unassessed"]} == {"No or too few referrals so far"}
    assert len(final["unassessed"]) == 3
    held = found["interviews"]
    assert (held["staff"], held["patient"], held["employer"]) == (11, 3, 5)
    assert held["employers_who_hired"] == 2
    roles = {role: count for role, count in held["by_role"].items() if count}
    assert roles == {
        "Community psychiatric nurse": 9, "Psychiatrist": 1, "Employment specialist": 1
    }  # fmt: skip
    assert sorted(held["employers"]) == sorted(found["draws"][0]["first"])


def test_reviews_at_three_occasions_by_two_raters_each(told: Process) -> None:
    assert told.fidelity is not None
    (team,) = told.fidelity.teams
    assert [one.key for one in team.occasions] == ["before", "during", "end"]
    for one in team.occasions:
        assert one.consensus is not None and len(one.raters) == 2 and not one.fault
        assert [made.id for made in one.raters] == list(one.consensus.of)
        assert one.differences and one.kappa is not None and one.kappa.value is not None
    assert [change.by for *_, change in team.changes] == [15, 14]


def test_the_log_is_told_against_the_benchmarks(told: Process) -> None:
    logs = told.logs
    assert logs.contacts is not None and logs.caseload is not None
    weekly = logs.contacts.weekly
    assert (len(weekly.counts), logs.contacts.leave, weekly.without) == (24, 2, 1)
    assert sum(weekly.counts.values()) == weekly.total == 102 and weekly.elsewhere == 0
    assert (logs.caseload.weeks, logs.caseload.most) == (24, 11)
    assert logs.first_contact is not None and logs.advice is not None
    assert (logs.first_contact.known, logs.first_contact.none_yet) == (10, 1)
    assert logs.advice.entries == 7 and logs.meetings is not None and logs.meetings.of == 2


def test_extracts_count_once_and_the_coders_agree_in_part(told: Process) -> None:
    found = told.extracts
    assert found is not None
    assert found.extracts == found.double == 44 and found.unplaced == 0
    assert found.bears.agreed.count == 41 and 0.7 < (found.bears.kappa.value or 0) < 1
    assert found.criterion.pooled.value is not None
    assert found.matrix["zero-exclusion", "staff", "barrier"] == 8


def test_the_report_tells_it_in_tables_and_figures(told: Process) -> None:
    report = process_report.build(load(None), told)
    assert set(report.figures) == {"fidelity", "fidelity-items", "contacts", "barriers"}
    captions = {block.caption for block in report.blocks if isinstance(block, Table)}
    assert {"Items not assessed, and why", "Interviews against the sampling frame"} <= captions
    assert pdf(report) == pdf(process_report.build(load(None), told))
    names = " ".join(str(block) for block in report.blocks)
    assert "Hallam Print Works" not in names and "IPSOH-0" not in names
    overview = process_report.overview(load(None), told)
    assert set(overview.figures) == {"fidelity", "fidelity-items", "contacts"}


def test_whoever_may_not_know_the_arms_is_told_nothing(shown: Session) -> None:
    cut = data_cut(shown, END)
    for reader in (replace(MANAGER, blinded=True), replace(MANAGER, draw_open=False)):
        found = evaluate(shown, load(None), cut, reader)
        assert found.hidden and not found.draws and not found.listed
        assert found.interviews is not None and not found.interviews.held
        assert found.fidelity is not None and not found.fidelity.teams
        report = process_report.build(load(None), found)
        assert not any(isinstance(block, (Table, Figure)) for block in report.blocks)
        assert any(isinstance(block, Notice) for block in report.blocks)


def test_at_an_earlier_cut_less_is_known(shown: Session) -> None:
    found = evaluate(shown, load(None), data_cut(shown, END, date(2016, 3, 1)), MANAGER)
    assert found.fidelity is not None
    final = found.fidelity.teams[0].final
    assert final is not None and (final.occasion, final.total.value) == ("during", 61)
    assert found.interviews is not None and not found.interviews.held
    assert not found.draws
    process_report.build(load(None), found)


def review(protocol: Protocol, rating: str, given: str, **more: Answer) -> dict[str, Answer]:
    form = form_of(protocol, "fidelity-review")
    answers: dict[str, Answer] = {"occasion": "end", "rating": rating, "sources": "records", **more}
    keys = [one.key for one in form.items if isinstance(one, kinds.Scale)]
    for key, value in zip(keys, given, strict=True):
        answers[key] = "missing: not known" if value == "-" else int(value)
        if value == "-":
            answers[f"{key}_why"] = "no-source"
    return answers


def enter(
    session: Session,
    protocol: Protocol,
    form: str,
    answers: dict[str, Answer],
    by: Actor = REVIEWER,
    subject: Subject | None = None,
    complete: bool = True,
) -> Record:
    with acting(session, by=by, name=Act.ENTER_FORM):
        return save(
            session, protocol, form_of(protocol, form), subject or Subject(),
            answers=answers, observed_on=TODAY, complete=complete, on=TODAY,
        )  # fmt: skip


def test_a_review_without_consensus_has_no_final_total(
    session: Session, protocol: Protocol
) -> None:
    enter(session, protocol, "fidelity-review", review(protocol, "first", "4" * 25))
    draft = review(protocol, "second", "5" * 25)
    enter(session, protocol, "fidelity-review", draft, by=MANAGER, complete=False)
    found = evaluate(session, protocol, data_cut(session, TODAY), MANAGER)
    assert found.fidelity is not None
    (team,) = found.fidelity.teams
    assert team.final is None and [one.rating for one in team.occasions[0].raters] == ["first"]
    assert as_json(protocol, found)["fidelity"]["final"] is None
    process_report.build(protocol, found)


def test_a_consensus_that_names_another_occasion_s_review_says_so(
    session: Session, protocol: Protocol
) -> None:
    first = enter(session, protocol, "fidelity-review", review(protocol, "first", "4" * 25))
    named = {"first_review": first.id, "second_review": 999}
    agreed = review(protocol, "consensus", "4" * 24 + "-", **named)
    made = enter(session, protocol, "fidelity-review", agreed)
    found = evaluate(session, protocol, data_cut(session, TODAY), MANAGER)
    assert found.fidelity is not None
    (occasion,) = found.fidelity.teams[0].occasions
    assert "not of this occasion" in occasion.fault and occasion.consensus is not None
    assert occasion.consensus.total.value == 96
    assert occasion.consensus.unassessed[0].reason == "No source of evidence"
    with acting(session, by=REVIEWER, name=Act.VOID_FORM, reason="By mistake."):
        void(session, protocol, made)
    again = evaluate(session, protocol, data_cut(session, TODAY), MANAGER)
    assert again.fidelity is not None and again.fidelity.teams[0].final is None


def test_interviews_without_consent_are_not_counted(session: Session, protocol: Protocol) -> None:
    base: dict[str, Answer] = {"group": "staff", "role": "psychiatrist", "pseudonym": "Staff 1"}
    base["cluster"] = "missing: not applicable"
    enter(session, protocol, "interview", base | {"consent": "no"})
    held = base | {
        "consent": "yes",
        "consent_on": TODAY.isoformat(),
        "recorded": "no",
        "minutes": 20,
    }
    enter(session, protocol, "interview", held)
    found = evaluate(session, protocol, data_cut(session, TODAY), MANAGER)
    assert found.interviews is not None
    assert (len(found.interviews.held), found.interviews.refused) == (1, 1)


def test_an_empty_trial_and_a_protocol_without_process_are_told_in_words(
    session: Session, protocol: Protocol
) -> None:
    cut = data_cut(session, TODAY)
    empty = evaluate(session, protocol, cut, MANAGER)
    assert as_json(protocol, empty)["fidelity"]["final"] is None
    assert len(pdf(process_report.build(protocol, empty))) > 1000
    bare = protocol.model_copy(update={"process": None})
    none = evaluate(session, bare, cut, MANAGER)
    report = process_report.build(bare, none)
    assert [block.text for block in report.blocks if isinstance(block, Notice)] == [
        process_report.NONE
    ]
    assert as_json(bare, none)["fidelity"] is None


def test_a_contact_in_a_week_without_a_row_is_told_apart(
    session: Session, protocol: Protocol, clusters: dict[str, Cluster]
) -> None:
    answers: dict[str, Answer] = {"minutes": 30, "work_discussed": "yes", "kind": "team"}
    place = Subject(cluster=clusters["city-forensic"])
    enter(session, protocol, "clinical-meeting", answers, by=SPECIALIST, subject=place)
    found = evaluate(session, protocol, data_cut(session, TODAY), MANAGER)
    assert found.logs.meetings is not None and found.logs.meetings.by_cluster == {
        "city-forensic": 1
    }
    assert found.logs.contacts is not None and found.logs.contacts.weekly.mean is None
    assert results.as_json(protocol, found)["logs"]["contacts"]["weekly"]["counts"] == {}
