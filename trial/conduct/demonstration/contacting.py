"""Attempts to reach a participant before a visit: nobody answers, and then a day is arranged or not."""

from datetime import date, timedelta
from functools import partial

from trial.conduct.access import Act
from trial.conduct.contact import attempts
from trial.conduct.demonstration.stage import Stage, working_day
from trial.conduct.visits import EXPECTED, left_on
from trial.protocol.contact import AttemptOutcome, ContactPlan
from trial.records.models import Participant, Visit

FIRST, SECOND, LAST = timedelta(days=12), timedelta(days=7), timedelta(days=3)


def plan(stage: Stage, participant: Participant, visit: Visit, day: date, missed: bool) -> None:
    """Plan the attempts before a visit that takes place on a day, or that is given up on it."""
    if stage.protocol.contact is None or day - FIRST <= participant.enrolled_on:
        return
    scene = partial(_try, stage, participant, visit)
    stage.later(day - FIRST, partial(scene, None))
    stage.later(day - SECOND, partial(scene, None if missed else working_day(day)))
    if missed:
        stage.later(day - LAST, partial(scene, None))


def _try(stage: Stage, participant: Participant, visit: Visit, arranged: date | None) -> None:
    if left_on(participant) is not None or visit.state != EXPECTED:
        return
    told = stage.protocol.contacting
    with stage.act(stage.cast.researcher(participant.cluster_id), Act.RECORD_CONTACT):
        attempts.record(
            stage.session,
            stage.protocol,
            participant,
            visit,
            tried_on=stage.on,
            way=told.usual_ways[0].key,
            outcome=_outcome(told, arranged is not None).key,
            arranged_for=arranged and max(arranged, stage.on),
            on=stage.on,
        )


def _outcome(told: ContactPlan, arranged: bool) -> AttemptOutcome:
    return next(
        one for one in told.outcomes if one.arranged == arranged and one.reached == arranged
    )
