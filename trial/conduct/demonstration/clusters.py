"""How the clusters come into the trial and are allocated: their life and the ceremony, scene by scene."""

from functools import partial

from trial.conduct import clusters, skips
from trial.conduct.access import Act
from trial.conduct.allocation import ceremony, reveal
from trial.conduct.demonstration import filling
from trial.conduct.demonstration.stage import Stage
from trial.conduct.demonstration.story import ClusterLife, Skip
from trial.protocol.roles import Role

CLOSED = "Recruitment ended as planned."


def plan(stage: Stage) -> None:
    """Plan the life of every cluster and the allocation."""
    for life in stage.story.clusters:
        stage.later(life.identified_on, partial(_identify, stage, life))
        stage.later(life.approached_on, partial(_approach, stage, life))
        stage.later(life.permission_on, partial(_permit, stage, life))
        stage.later(life.opened_on, partial(_open, stage, life))
        stage.later(life.revealed_on, partial(_reveal, stage, life))
        stage.later(life.closed_on, partial(_close, stage, life))
        for told in life.skips:
            stage.later(told.on, partial(_skip, stage, life, told))
    days, codes = stage.story.allocation, dict[Role, str]()
    stage.later(days.frozen_on, partial(_freeze, stage))
    stage.later(days.committed_on, partial(_commit, stage, codes))
    stage.later(days.drawn_on, partial(_draw, stage, codes))


def _step(stage: Stage, life: ClusterLife, **given: object) -> None:
    with stage.act(stage.cast.of(Role.TRIAL_MANAGER), Act.RECORD_CLUSTER):
        clusters.record_step(
            stage.session,
            stage.protocol,
            stage.clusters[life.key],
            on=stage.on,
            **given,  # type: ignore[arg-type]
        )


def _identify(stage: Stage, life: ClusterLife) -> None:
    _step(stage, life, identified_on=life.identified_on)


def _approach(stage: Stage, life: ClusterLife) -> None:
    _step(stage, life, approached_on=life.approached_on)


def _permit(stage: Stage, life: ClusterLife) -> None:
    _step(
        stage,
        life,
        permission_on=life.permission_on,
        permission_by=life.permission_by,
        permission_role=life.permission_role,
        permission_document=life.permission_document,
    )


def _open(stage: Stage, life: ClusterLife) -> None:
    cluster = stage.clusters[life.key]
    with stage.act(stage.cast.of(Role.TRIAL_MANAGER), Act.OPEN_CLUSTER):
        clusters.open_cluster(
            stage.session, stage.protocol, cluster, opened_on=life.opened_on, on=stage.on
        )
    if stage.story.fills_forms:
        filling.about_cluster(stage, life.key)


def _close(stage: Stage, life: ClusterLife) -> None:
    cluster = stage.clusters[life.key]
    with stage.act(stage.cast.of(Role.TRIAL_MANAGER), Act.CLOSE_CLUSTER):
        clusters.close_cluster(
            stage.session, stage.protocol, cluster,
            closed_on=life.closed_on, reason=CLOSED, on=stage.on,
        )  # fmt: skip


def _skip(stage: Stage, life: ClusterLife, told: Skip) -> None:
    with stage.act(stage.cast.of(Role.DATA_MANAGER), Act.SKIP_VISIT):
        skips.skip(
            stage.session, stage.protocol, stage.clusters[life.key],
            visit=told.visit, reason=told.reason, note=told.note, on=stage.on,
        )  # fmt: skip


def _freeze(stage: Stage) -> None:
    with stage.act(stage.cast.of(Role.TRIAL_MANAGER), Act.FREEZE_ALLOCATION):
        ceremony.freeze(stage.session, stage.protocol, chance=stage.codes)
    with stage.act(stage.cast.of(Role.ADMINISTRATOR), Act.JOIN_ALLOCATION):
        ceremony.join(stage.session)


def _commit(stage: Stage, codes: dict[Role, str]) -> None:
    for role in (Role.TRIAL_MANAGER, Role.ADMINISTRATOR):
        with stage.act(stage.cast.of(role), Act.COMMIT_CODE):
            codes[role] = ceremony.commit(stage.session, chance=stage.codes)


def _draw(stage: Stage, codes: dict[Role, str]) -> None:
    for role, code in codes.items():
        with stage.act(stage.cast.of(role), Act.REVEAL_CODE):
            ceremony.reveal_code(stage.session, stage.protocol, code, key=stage.key, on=stage.on)


def _reveal(stage: Stage, life: ClusterLife) -> None:
    cluster = stage.clusters[life.key]
    with stage.act(stage.cast.of(Role.TRIAL_MANAGER), Act.REVEAL_ARM):
        reveal.reveal(stage.session, cluster, on=stage.on)
    stage.cast.revealed.add(cluster.id)
    stage.cast.draw_open = len(stage.cast.revealed) == len(stage.clusters)
