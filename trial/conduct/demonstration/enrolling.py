"""Who is enrolled: from being considered to the study number, scene by scene."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import count

from stdnum.gb import nhs

from trial.conduct import consent, enrolment, identities
from trial.conduct.access import Act
from trial.conduct.demonstration import following, looking_after, working
from trial.conduct.demonstration.screening import Candidate, answer, approach, consider
from trial.conduct.demonstration.stage import Stage, working_day
from trial.conduct.demonstration.story import ClusterLife, Considered, Life
from trial.records.models import Cluster, Participant, Screening

BEFORE_SIGNING = timedelta(days=21)
FIRST_LIFE = Life(visits={})
BORN = (1938, 2000)  # the years in which those are born whose year the story does not tell
NEAR = 12  # days by which the lives of a larger trial lie apart
TEST_RANGE = 999_000_000  # NHS numbers that begin so are never given to anyone
MISTYPED = "One digit of the telephone number was mistyped."


@dataclass(frozen=True)
class Joining:
    """One person who will sign: where, when, born in which year, and their life from then on."""

    cluster: Cluster
    signs_on: date
    born: int
    life: Life


def plan(stage: Stage) -> None:
    """Plan the first participants, who sign before the draw; the others follow when it is made."""
    last = working_day(stage.story.allocation.drawn_on) - timedelta(days=3)
    window = stage.protocol.recruitment
    for cluster in stage.story.clusters:
        for signs_on, born in _first(stage, cluster):
            for _ in range(stage.scale):
                day = max(stage.near(signs_on, NEAR), window.opens_on)
                there = stage.clusters[cluster.key]
                _invite(stage, Joining(there, min(day, last, window.closes_on), born, FIRST_LIFE))
    stage.later(stage.story.allocation.drawn_on, partial(_plan_others, stage))
    stage.later(stage.story.revealed_on, partial(_follow_the_first, stage))


def _first(stage: Stage, cluster: ClusterLife) -> Iterator[tuple[date, int]]:
    """Who signs before the draw, with their year of birth: the first participant, or all of them."""
    if cluster.first_signed_on and cluster.first_born:
        yield cluster.first_signed_on, cluster.first_born
    for day in cluster.joins:
        yield day, stage.chance.randint(*BORN)


def _plan_others(stage: Stage) -> None:
    first, last = stage.story.revealed_on, stage.protocol.recruitment.closes_on
    for cluster in stage.clusters.values():
        for life in () if _all_joined(stage) else lives_of(stage, cluster)[1:]:
            assert life.signed_on is not None and life.born is not None
            for _ in range(stage.scale):
                day = max(stage.near(life.signed_on, NEAR), first + timedelta(days=1))
                _invite(stage, Joining(cluster, min(day, last), life.born, life))


def _follow_the_first(stage: Stage) -> None:
    lived: Counter[str | None] = Counter()
    for cluster in stage.clusters.values():
        lives = lives_of(stage, cluster)
        for participant in stage.waiting.pop(cluster.id, ()):
            # Where everyone waits for the draw, the lives of the arm are lived in turn.
            life = lives[lived[cluster.arm] % len(lives)] if _all_joined(stage) else lives[0]
            lived[cluster.arm] += 1
            _follow(stage, participant, life)


def _all_joined(stage: Stage) -> bool:
    """Whether everyone joins before the draw."""
    return any(cluster.joins for cluster in stage.story.clusters)


def lives_of(stage: Stage, cluster: Cluster) -> list[Life]:
    """The lives that the story tells for a cluster of this kind in this arm, the first one first."""
    of_arm = [life for life in stage.story.lives if life.arm == cluster.arm]
    if of_arm:
        return of_arm
    service = next(p.strata["service"] for p in stage.protocol.clusters if p.key == cluster.key)
    intervention = next(arm.intervention for arm in stage.protocol.arms if arm.key == cluster.arm)
    return [
        life
        for life in stage.story.lives
        if life.service == service and life.intervention is intervention
    ]


def _invite(stage: Stage, joining: Joining) -> None:
    day = working_day(max(joining.signs_on - BEFORE_SIGNING, stage.on))
    path = Considered(count=1, approached=True)
    someone = Candidate(joining.cluster, day, path)
    consider(stage, someone, partial(_answer_soon, stage, joining, path), again=joining.life.again)


def _answer_soon(stage: Stage, joining: Joining, path: Considered, row: Screening) -> None:
    stage.later(stage.on + timedelta(days=2), partial(_answer, stage, joining, path, row))


def _answer(stage: Stage, joining: Joining, path: Considered, row: Screening) -> None:
    answer(stage, path, row)
    stage.later(stage.on + timedelta(days=1), partial(_approach, stage, joining, row))


def _approach(stage: Stage, joining: Joining, row: Screening) -> None:
    approach(stage, row)
    stage.later(joining.signs_on, partial(_join, stage, joining, row, stage.on))


def _join(stage: Stage, joining: Joining, row: Screening, informed_on: date) -> None:
    """Consent, enrolment and identifiers in one sitting; then the day's work on this person is saved."""
    by = stage.cast.researcher(row.cluster_id)
    plan = stage.protocol.consent
    with stage.act(by, Act.TAKE_CONSENT):
        consent.take(
            stage.session,
            stage.protocol,
            row,
            informed_on=informed_on,
            signed_on=stage.on,
            documents={one.key: one.version for one in plan.documents_in_force(stage.on)},
            clauses={one.key: one.mandatory or stage.chance.random() < 0.8 for one in plan.clauses},
            capacity=next(one.key for one in plan.capacity if one.may_consent),
            capacity_on=stage.on,
            on=stage.on,
        )
    with stage.act(by, Act.ENROL):
        participant = enrolment.enrol(
            stage.session,
            stage.protocol,
            stage.vault,
            row,
            birth_year=joining.born,
            on=stage.on,
        )
    stage.enrolled += 1
    _identify(stage, joining, participant)
    looking_after.agree(stage, participant)
    if joining.life is FIRST_LIFE:
        stage.waiting.setdefault(participant.cluster_id, []).append(participant)
        following.plan_first_visit(stage, participant)
    else:
        _follow(stage, participant, joining.life)
    stage.commit()


def _identify(stage: Stage, joining: Joining, participant: Participant) -> None:
    number = stage.enrolled
    phone = f"07700 {900_000 + number % 1000:06d}"
    mistyped = joining.life.phone_mistyped
    with stage.act(stage.cast.researcher(participant.cluster_id), Act.RECORD_IDENTITY):
        identities.record(
            stage.session,
            stage.vault,
            participant,
            name=f"Demonstration Participant {number:02d}",
            date_of_birth=date(joining.born, stage.chance.randint(1, 12), 1 + number % 28),
            nhs_number=next(stage.nhs_numbers),
            address=f"{number} Example Street, Anytown",
            phone=phone[:-1] if mistyped else phone,
            email=f"participant{number:02d}@example.org",
            on=stage.on,
        )
    if mistyped:
        stage.later(stage.on + timedelta(days=30), partial(_ring, stage, participant, phone))


def _ring(stage: Stage, participant: Participant, phone: str) -> None:
    """The researcher looks up the telephone number, finds it mistyped, and puts it right."""
    by = stage.cast.researcher(participant.cluster_id)
    cluster_id, participant_id = participant.cluster_id, participant.id
    with stage.act(by, Act.SHOW_IDENTITY, participant_id=participant_id, cluster_id=cluster_id):
        identities.show(stage.session, stage.vault, participant)
    with stage.act(by, Act.RECORD_IDENTITY, MISTYPED):
        identities.record(stage.session, stage.vault, participant, phone=phone, on=stage.on)


def _follow(stage: Stage, participant: Participant, life: Life) -> None:
    following.plan(stage, participant, life)
    if stage.protocol.employment is not None:
        working.plan(stage, participant, life)


def nhs_numbers() -> Iterator[str]:
    """Valid NHS numbers that nobody has, one after the other."""
    for nine in count(TEST_RANGE):
        yield from (f"{nine}{check}" for check in range(10) if nhs.is_valid(f"{nine}{check}"))
