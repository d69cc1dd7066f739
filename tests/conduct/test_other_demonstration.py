"""The demonstration of the second trial, of another shape, played with no change of code."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.playing import copied, played
from trial import report as printed
from trial.conduct import reports, schedule, visits
from trial.conduct.access import Act
from trial.conduct.allocation import kept
from trial.conduct.allocation.plan import _enrolled, _missing
from trial.conduct.demonstration import story
from trial.conduct.reports.request import Request
from trial.protocol import Protocol, load, shipped
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE, Actor
from trial.records.database import open_engine, sessions
from trial.records.models import Allocation, Cluster, Consent, Participant, Record, Spell, Visit
from trial.records.trail import acting
from trial.records.verify import verify

STORY = story.read("paced")


@pytest.fixture(scope="module")
def paced() -> Protocol:
    return load(shipped()["paced"])


@pytest.fixture(scope="module")
def other(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A copy of the second demonstration."""
    settings = copied(played(shared, "paced"), tmp_path_factory.mktemp("paced") / "copy")
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        yield session
    engine.dispose()


def visits_of(session: Session, plan: str) -> list[Visit]:
    return list(session.scalars(select(Visit).where(Visit.plan == plan)))


def reader(role: Role, blinded: bool) -> Actor:
    return Actor(7, "A reader", role, None, blinded=blinded)


def test_the_trail_holds_and_everyone_is_there(other: Session) -> None:
    assert verify(other).valid
    assert len(other.scalars(select(Participant)).all()) == STORY.participants == 63
    assert other.scalars(select(Spell)).all() == []


def test_every_triple_has_one_practice_of_each_arm(other: Session, paced: Protocol) -> None:
    arms = {one.key: one.arm for one in other.scalars(select(Cluster))}
    triples: dict[str, set[str | None]] = {}
    for plan in paced.clusters:
        triples.setdefault(plan.strata["triple"], set()).add(arms[plan.key])
    assert all(found == {"GROUP", "GUIDE", "USUAL"} for found in triples.values())
    (ceremony,) = kept.ceremonies(other)
    assert other.scalars(select(Allocation.schemes)).one() == 6**4 and ceremony


def test_everyone_joined_before_the_draw_and_was_told_after(other: Session) -> None:
    assert not any(other.scalars(select(Participant.after_reveal)))
    drawn = STORY.allocation.drawn_on
    assert all(one.enrolled_on < drawn for one in other.scalars(select(Participant)))


def test_visits_are_counted_from_what_the_protocol_says(other: Session) -> None:
    drawn, people = STORY.allocation.drawn_on, {p.id: p for p in other.scalars(select(Participant))}
    assert {one.due_on for one in visits_of(other, "week-12")} == {drawn + timedelta(weeks=12)}
    assert all(
        v.due_on == people[v.participant_id].enrolled_on for v in visits_of(other, "baseline")
    )
    assert {v.due_on.isoformat() for v in visits_of(other, "record-check")} == {"2024-11-25"}


def test_a_visit_for_some_falls_due_only_for_them(other: Session) -> None:
    done = {v.participant_id: v.done_on for v in visits_of(other, "week-12") if v.done_on}
    found = select(Participant.id, Consent.clauses).join(
        Consent, Consent.id == Participant.consent_id
    )
    agreed = {person for person, clauses in other.execute(found) if clauses["activity-monitor"]}
    planned = {v.participant_id: v.due_on for v in visits_of(other, "monitor")}
    assert 0 < len(planned) < len(done)
    assert planned == {person: done[person] + timedelta(days=10) for person in agreed & done.keys()}


def test_a_practice_skips_a_visit_and_comes_back(other: Session, paced: Protocol) -> None:
    (skips,) = other.scalars(select(Cluster.id).where(Cluster.key == "kiln-lane"))
    states = {v.id: (v.cluster_id == skips, v.state) for v in visits_of(other, "week-6")}
    assert (True, "not needed") in states.values()
    assert {state for here, state in states.values() if here} == {"not needed"}
    later = [v.state for v in visits_of(other, "week-12") if v.cluster_id == skips]
    assert "done" in later and "not needed" not in later
    made = reports.request.make(
        other, paced, reader(Role.TRIAL_MANAGER, False), Request("feasibility"), STORY.today
    )
    text = printed.page.html(made.report, lambda _: "/figure")
    assert "Visits that a whole cluster skipped" in text
    assert "No researcher to hold the round of visits" in text


def test_a_corrected_visit_moves_what_is_counted_from_it(other: Session, paced: Protocol) -> None:
    waiting = select(Visit).where(Visit.plan == "week-24", Visit.state == visits.EXPECTED)
    later = other.scalars(waiting).first()
    assert later is not None
    earlier = other.scalars(
        select(Visit).where(Visit.plan == "week-12", Visit.participant_id == later.participant_id)
    ).one()
    moved = paced.model_copy(
        update={
            "visits": tuple(
                one.model_copy(update={"counted_from": "week-12"}) if one.key == "week-24" else one
                for one in paced.visits
            )
        }
    )
    before = later.due_on, later.opens_on, later.closes_on
    with acting(other, by=COMMAND_LINE, name=Act.RECORD_VISIT):
        schedule.follow(other, moved, earlier)
    assert earlier.done_on is not None
    assert later.due_on == earlier.done_on + timedelta(weeks=24)
    with acting(other, by=COMMAND_LINE, name=Act.RECORD_VISIT):
        later.due_on, later.opens_on, later.closes_on = before


def test_the_report_tells_the_mean_and_compares_each_arm_with_the_last(
    other: Session, paced: Protocol
) -> None:
    made = reports.request.make(
        other, paced, reader(Role.TRIAL_MANAGER, False), Request("feasibility"), STORY.today
    )
    found = json.loads(json.dumps(made.results))
    assert "employment" not in found and "first_job" not in found and "tenure" not in found
    assert found["primary"]["known"]["n"] == 63
    pairs = [(one["first"], one["second"]) for one in found["primary"]["differences"]]
    assert pairs == [("GROUP", "USUAL"), ("GUIDE", "USUAL")]
    assert all(found["flow"]["checks"].values())
    criteria = {one["key"]: one for one in found["progression"]["criteria"]}
    assert criteria["recruited"]["verdict"] == "Go"
    sizes = other.scalars(
        select(func.count()).select_from(Participant).group_by(Participant.cluster_id)
    )
    assert criteria["practices"]["estimate"]["count"] == sum(size >= 5 for size in sizes)
    assert [part["metric"] for part in criteria["recruit-and-keep"]["parts"]] == [
        "recruited", "retention_of_due",
    ]  # fmt: skip
    assert criteria["acceptable"]["verdict"] == ""
    assert found["clustering"]["schemes"]["smallest"] is None
    assert set(found["clustering"]["outcomes"]) == {"retention"}
    assert printed.pdf.pdf(made.report)[:4] == b"%PDF"


@pytest.mark.parametrize("name", ["recruitment", "oversight-open", "oversight-closed", "audit"])
def test_every_other_report_is_written_too(other: Session, paced: Protocol, name: str) -> None:
    actor = reader(Role.AUDITOR, False)
    made = reports.request.make(other, paced, actor, Request(name), STORY.today)
    assert printed.pdf.pdf(made.report)[:4] == b"%PDF"


def test_an_earlier_cut_has_what_was_known_then(other: Session, paced: Protocol) -> None:
    cut = STORY.allocation.drawn_on
    made = reports.request.make(
        other, paced, reader(Role.TRIAL_MANAGER, False), Request("feasibility", cut), STORY.today
    )
    assert made.results["primary"]["known"]["n"] == 0
    assert made.results["recruitment"]["enrolled"] == 63


def test_blinded_readers_are_told_three_letters(other: Session, paced: Protocol) -> None:
    made = reports.request.make(
        other, paced, reader(Role.STATISTICIAN, True), Request("feasibility"), STORY.today
    )
    assert made.results["arms"] == ["A", "B", "C"]
    told = json.dumps(made.results)
    assert not any(f'"{arm.key}"' in told for arm in paced.arms)


def test_the_forms_of_the_visits_are_filled_in(other: Session) -> None:
    found = Counter(other.scalars(select(Record.form)))
    assert found["background"] == 63 and found["practice-profile"] == 12
    done = sum(
        v.state == visits.DONE
        for key in ("baseline", "week-12", "week-24")
        for v in visits_of(other, key)
    )
    assert found["pain-impact"] == done


def test_a_practice_with_too_few_participants_is_not_allocated(
    other: Session, paced: Protocol
) -> None:
    few = paced.model_copy(
        update={"allocation": paced.allocation.model_copy(update={"least_enrolled": 5})}
    )
    clusters = {one.key: one for one in other.scalars(select(Cluster))}
    open_again = clusters["dovecote"]
    other.expunge(open_again)
    open_again.closed_on = None
    said = _missing(open_again, "Dovecote Health Centre", few, _enrolled(other))
    assert (
        said
        == "Dovecote Health Centre has 4 of the 5 participants it needs before it is allocated."
    )
