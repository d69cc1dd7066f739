"""The demonstration: the published totals, through real acts, the same every time."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from trial.conduct import begin
from trial.conduct.access import ALLOWED, Act
from trial.conduct.allocation import kept
from trial.conduct.demonstration import story
from trial.conduct.demonstration.play import play
from trial.conduct.demonstration.stage import morning, working_day
from trial.conduct.due import Due, counts
from trial.conduct.forms import attachments
from trial.protocol import Protocol, load
from trial.protocol.roles import Role
from trial.records import models
from trial.records.actor import COMMAND_LINE, Actor
from trial.records.database import open_engine, sessions
from trial.records.models import (
    Cluster,
    Consent,
    Event,
    Participant,
    Query,
    Screening,
    Spell,
    Visit,
)
from trial.records.trail import acting
from trial.records.verify import verify

STORY = story.read()
KEY = bytes(32)


def perform(
    session: Session, protocol: Protocol, commit: Callable[[], None] = lambda: None, **rest: Any
) -> int:
    """Begin the trial and play the story with people who have no accounts."""
    with acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL, at=morning(date(2015, 4, 13))):
        clusters = {one.key: one.id for one in begin.begin(session, protocol)}
    people = [
        Actor(
            number, one.name, one.role,
            frozenset(clusters[key] for key in one.clusters) or None,
            blinded=one.role in protocol.blinding.blinded_roles,
        )
        for number, one in enumerate(STORY.people, start=1)
    ]  # fmt: skip
    return play(session, protocol, STORY, people, key=KEY, files_key=KEY, commit=commit, **rest)


@pytest.fixture(scope="module")
def played(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The demonstration played once, to be looked at."""
    file = tmp_path_factory.mktemp("demonstration") / "trial.sqlite"
    shutil.copy(sqlite_template, file)
    engine = open_engine(f"sqlite:///{file}")
    with sessions(engine)() as session:
        perform(session, load(None))
        yield session
    engine.dispose()


def by_arm(session: Session) -> dict[str | None, int]:
    rows = select(Cluster.arm, func.count()).join(Participant, Participant.cluster_id == Cluster.id)
    return {arm: number for arm, number in session.execute(rows.group_by(Cluster.arm))}


def test_the_published_totals_come_out_on_both_databases(
    engine: Engine, protocol: Protocol
) -> None:
    with sessions(engine)() as session:
        assert perform(session, protocol) == 18
        assert by_arm(session) == {"IPS": 11, "TAU": 7}
        verdict = verify(session)
        assert verdict.valid, verdict.faults


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_another_seed_draws_anew_and_gives_the_same_totals(
    sqlite_template: Path, tmp_path: Path, protocol: Protocol, seed: int
) -> None:
    shutil.copy(sqlite_template, tmp_path / "trial.sqlite")
    engine = open_engine(f"sqlite:///{tmp_path / 'trial.sqlite'}")
    with sessions(engine)() as session:
        perform(session, protocol, seed=seed)
        assert by_arm(session) == {"IPS": 11, "TAU": 7}
    engine.dispose()


def test_twice_the_story_is_twice_the_people_and_each_is_committed(
    sqlite_template: Path, tmp_path: Path, protocol: Protocol
) -> None:
    shutil.copy(sqlite_template, tmp_path / "trial.sqlite")
    engine = open_engine(f"sqlite:///{tmp_path / 'trial.sqlite'}")
    at_commits: list[int] = []
    with sessions(engine)() as session:

        def commit() -> None:
            at_commits.append(session.scalar(select(func.count(Participant.id))) or 0)

        assert perform(session, protocol, commit, scale=2) == 36
        assert by_arm(session) == {"IPS": 22, "TAU": 14}
        assert session.scalar(select(func.count(Screening.id))) == 240
        assert set(range(1, 37)) <= set(at_commits)
    engine.dispose()


def test_the_same_seed_plays_the_same(
    played: Session, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "trial.sqlite")
    engine = open_engine(f"sqlite:///{tmp_path / 'trial.sqlite'}")
    acts = select(
        models.Act.number, models.Act.at, models.Act.name, models.Act.by, models.Act.changes
    )
    with sessions(engine)() as session:
        perform(session, load(None))
        assert list(session.execute(acts)) == list(played.execute(acts))
        assert kept.ceremonies(session) == kept.ceremonies(played)
    engine.dispose()


def test_acts_follow_each_other_up_to_the_day_before_today(played: Session) -> None:
    at = list(played.scalars(select(models.Act.at).order_by(models.Act.number)))
    assert all(earlier < later for earlier, later in pairwise(at))
    assert at[-1] < morning(STORY.today)


def test_nobody_did_what_their_role_may_not(played: Session) -> None:
    rows = played.execute(select(models.Act.name, models.Act.role).where(models.Act.by != 0))
    assert all(Role(role) in ALLOWED[Act(name)] for name, role in set(rows))


def test_every_act_on_a_participant_was_done_by_who_sees_the_cluster(played: Session) -> None:
    clusters = {one.key: one.id for one in played.scalars(select(Cluster))}
    seen = {one.name: {clusters[key] for key in one.clusters} for one in STORY.people}
    rows = played.execute(select(models.Act.by_name, models.Act.cluster_id, models.Act.role))
    for name, cluster_id, role in rows:
        if role == Role.RESEARCHER.value:
            assert cluster_id in seen[name]


def test_people_were_enrolled_before_and_after_the_reveal(played: Session) -> None:
    found = Counter(played.scalars(select(Participant.after_reveal)))
    assert found == {True: 14, False: 4}


def test_referrals_were_withheld_and_readiness_was_the_commonest_reason(played: Session) -> None:
    reasons = Counter(played.scalars(select(Screening.reason).where(Screening.reason.is_not(None))))
    assert reasons.total() > 50
    assert reasons.most_common(1)[0][0] == "clinician-readiness"
    assert len(reasons) >= 10


@pytest.mark.parametrize(
    "column, values",
    [
        (Screening.referral, {"referred", "not referred"}),
        (Screening.eligibility, {"eligible", "not eligible", "not yet determined"}),
        (Screening.approach, {"approached", "not approached", None}),
        (Screening.outcome, {"consented", "declined", None}),
        (Visit.state, {"done", "missed", "expected", "not needed"}),
        (Query.state, {"open", "answered", "closed"}),
        (Event.level, {"intervention", "follow-up"}),
    ],
    # A set is written in another order by each worker, and the workers compare these names.
    ids=lambda value: "all" if isinstance(value, set) else str(value),
)
def test_every_way_through_the_trial_is_there(
    played: Session, column: Any, values: set[str | None]
) -> None:
    assert set(played.scalars(select(column))) == values


def test_somebody_was_referred_again_and_then_enrolled(played: Session) -> None:
    enrolled = select(Screening).join(Participant, Participant.screening_id == Screening.id)
    again = played.scalars(enrolled.where(Screening.earlier_id.is_not(None))).all()
    assert len(again) == 1


def test_consent_was_given_on_both_versions(played: Session) -> None:
    versions = {one["consent-form"] for one in played.scalars(select(Consent.documents))}
    assert versions == {"1.0", "1.1"}


def test_somebody_was_enrolled_on_the_leap_day(played: Session) -> None:
    leap = date(2016, 2, 29)
    due = select(Visit.due_on).join(Participant, Participant.id == Visit.participant_id)
    found = played.scalars(due.where(Participant.enrolled_on == leap, Visit.plan == "month-12"))
    assert list(found) == [date(2017, 2, 28)]


def test_work_of_every_kind_was_recorded_corrected_and_taken_back(played: Session) -> None:
    kinds = set(played.scalars(select(Spell.kind)))
    assert {"open", "self-employed", "sheltered", "voluntary", "education", "work-trial"} <= kinds
    assert played.scalar(select(func.count()).where(Spell.voided_on.is_not(None))) == 1
    assert played.scalar(select(func.count()).where(Spell.end_day_known.is_(False))) == 1
    reasons = select(models.Act.name).where(models.Act.reason.is_not(None))
    corrected = set(played.scalars(reasons))
    assert {"correct screening", "correct spell", "record visit", "record identity"} <= corrected


def test_some_visits_are_overdue_due_and_upcoming_today(played: Session) -> None:
    waiting = {which: sum(found.values()) for which, found in counts(played, STORY.today).items()}
    assert waiting == {Due.OVERDUE: 2, Due.CLOSING: 0, Due.DUE: 3, Due.UPCOMING: 3, Due.MISSED: 2}


def test_pay_below_the_minimum_is_an_open_query(played: Session) -> None:
    checks = select(Query.check).where(Query.state == "open")
    assert set(played.scalars(checks)) == {"minimum wage", "form", None}


@pytest.mark.parametrize(
    "day, working",
    [
        (date(2016, 2, 26), date(2016, 2, 26)),
        (date(2016, 2, 27), date(2016, 2, 29)),
        (date(2016, 2, 28), date(2016, 2, 29)),
    ],
)
def test_nobody_works_at_the_weekend(day: date, working: date) -> None:
    assert working_day(day) == working


def test_every_interview_agreed_to_has_its_transcript_under_the_pseudonym(played: Session) -> None:
    talks = played.scalars(select(models.Record).where(models.Record.form == "interview")).all()
    agreed = [one for one in talks if one.answers["consent"] == "yes"]
    assert len(agreed) == 11 + 3 + 5
    for one in agreed:
        kept = attachments.of(played, one, one.answers["transcript"])
        assert kept is not None
        text = attachments.opened(KEY, kept).decode()
        assert f"{one.answers['pseudonym']}: " in text
    assert all("transcript" not in one.answers for one in talks if one not in agreed)
