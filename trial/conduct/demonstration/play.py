"""Playing the demonstration: the story told once, or many times over, through the acts of the trial."""

from collections.abc import Callable, Sequence
from datetime import date
from random import Random

from sqlalchemy.orm import Session

from trial.conduct.begin import cluster_of
from trial.conduct.demonstration import (
    clusters,
    enrolling,
    looking_after,
    process,
    process_story,
    process_voices,
    screening,
    signing_off,
)
from trial.conduct.demonstration.stage import Cast, Stage, morning
from trial.conduct.demonstration.story import Story
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.identity import Vault

SEED = 20150901


def play(
    session: Session,
    protocol: Protocol,
    story: Story,
    people: Sequence[Actor],
    *,
    key: bytes,
    files_key: bytes,
    commit: Callable[[], None],
    scale: int = 1,
    seed: int = SEED,
    on_day: Callable[[date, int], None] = lambda day, enrolled: None,
) -> int:
    """Play the story ``scale`` times over into a trial that has just begun; how many were enrolled.

    ``commit`` is called whenever somebody has been enrolled and at the end of each day; ``on_day``
    hears of each new day and of how many are enrolled by then.
    """
    stage = Stage(
        session=session,
        protocol=protocol,
        vault=Vault(key),
        key=key,
        files_key=files_key,
        story=story,
        cast=Cast(tuple(people)),
        clusters={plan.key: cluster_of(session, plan.key) for plan in story.clusters},
        scale=scale,
        chance=Random(f"{seed} people"),
        codes=Random(f"{seed} codes"),
        commit=commit,
        on=story.begins_on,
        at=morning(story.begins_on),
        nhs_numbers=enrolling.nhs_numbers(),
    )
    _plan(stage, seed)
    stage.play(on_day)
    signing_off.freeze(stage)
    commit()
    return stage.enrolled


def _plan(stage: Stage, seed: int) -> None:
    """Plan what the story tells, each part by itself."""
    clusters.plan(stage)
    screening.plan(stage)
    enrolling.plan(stage)
    if stage.protocol.process is not None:
        office = process.Office(
            stage, process_story.read(), Random(f"{seed} process"), Random(f"{seed} draw")
        )
        process.plan(office)
        process_voices.plan(office)
    looking_after.plan(stage)
    signing_off.plan(stage)
