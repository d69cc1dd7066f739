"""Levels of withdrawal, capacity, moves, and disclosures of risk."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from trial.records import triggers

revision: str = '0014'
down_revision: str | None = '0013'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('moved_to', sa.String(length=40), nullable=True, comment='The key of the cluster that somebody moved to'))
        batch_op.create_check_constraint(op.f('ck_event_moved'), "(kind = 'move') = (moved_to IS NOT NULL)")
    _kinds('withdrawal', 'death', 'lost', 'found', 'capacity lost', 'capacity regained', 'move')

    with op.batch_alter_table('participant', schema=None) as batch_op:
        batch_op.add_column(sa.Column('withdrew_linkage_on', sa.Date(), nullable=True, comment='From linkage to routine records'))
        batch_op.add_column(sa.Column('withdrew_contact_on', sa.Date(), nullable=True, comment='From being contacted'))
        batch_op.add_column(sa.Column('stopped_on', sa.Date(), nullable=True, comment='Since when nothing is collected as capacity was lost; empty once consent stands again'))
        batch_op.add_column(sa.Column('stopped_for', sa.String(length=10), nullable=True, comment='What is awaited: capacity, advice or consent'))
        batch_op.create_check_constraint(op.f('ck_participant_stopped_for'), "stopped_for IN ('capacity', 'advice', 'consent')")
        batch_op.create_check_constraint(op.f('ck_participant_stopped'), "(stopped_on IS NULL) = (stopped_for IS NULL)")

    with op.batch_alter_table('cluster', schema=None) as batch_op:
        batch_op.add_column(sa.Column('clinician_name', sa.String(length=200), nullable=True, comment='Who is told of a disclosure of risk'))
        batch_op.add_column(sa.Column('clinician_email', sa.String(length=200), nullable=True))

    _entries(
        "kind IN ('adverse event', 'deviation', 'serious breach', 'urgent measure', 'data breach', 'disclosure')",
        "kind NOT IN ('adverse event', 'disclosure') OR participant_id IS NOT NULL",
    )
    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    _entries(
        "kind IN ('adverse event', 'deviation', 'serious breach', 'urgent measure')",
        "kind <> 'adverse event' OR participant_id IS NOT NULL",
    )
    with op.batch_alter_table('cluster', schema=None) as batch_op:
        batch_op.drop_column('clinician_email')
        batch_op.drop_column('clinician_name')

    with op.batch_alter_table('participant', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_participant_stopped_for'), type_='check')
        batch_op.drop_constraint(op.f('ck_participant_stopped'), type_='check')
        batch_op.drop_column('stopped_for')
        batch_op.drop_column('stopped_on')
        batch_op.drop_column('withdrew_contact_on')
        batch_op.drop_column('withdrew_linkage_on')

    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_event_moved'), type_='check')
        batch_op.drop_column('moved_to')
    _kinds('withdrawal', 'death', 'lost', 'found')


def _kinds(*kinds: str) -> None:
    """Let events be of these kinds."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_event_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_event_kind'), f"kind IN ({listed})")


def _entries(kind: str, person: str) -> None:
    """Let entries of the log of safety be of these kinds, and of these be about a person."""
    with op.batch_alter_table('safety_entry', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_safety_entry_kind'), type_='check')
        batch_op.drop_constraint(op.f('ck_safety_entry_person'), type_='check')
        batch_op.create_check_constraint(op.f('ck_safety_entry_kind'), kind)
        batch_op.create_check_constraint(op.f('ck_safety_entry_person'), person)
