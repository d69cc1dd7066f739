"""The log of safety."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import trial.records.base
from trial.records import triggers


revision: str = '0013'
down_revision: str | None = '0012'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('safety_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=True, comment='Whether the entry itself tells the arm; empty: no'),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('heard_at', trial.records.base.Instant(), nullable=False, comment='When the trial team heard of it'),
    sa.Column('term', sa.String(length=40), nullable=True, comment='What it was, coded'),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('seriousness', sa.String(length=40), nullable=True, comment='Why serious, coded; empty: not serious'),
    sa.Column('related', sa.String(length=40), nullable=True),
    sa.Column('expected', sa.Boolean(), nullable=True),
    sa.Column('outcome', sa.String(length=40), nullable=True),
    sa.Column('recorded_by_name', sa.String(length=200), nullable=False),
    sa.Column('voided_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind <> 'adverse event' OR participant_id IS NOT NULL", name=op.f('ck_safety_entry_person')),
    sa.CheckConstraint("kind IN ('adverse event', 'deviation', 'serious breach', 'urgent measure')", name=op.f('ck_safety_entry_kind')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_safety_entry_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_safety_entry_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_entry'))
    )
    with op.batch_alter_table('safety_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_safety_entry_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index('ix_safety_entry_kind_heard_at', ['kind', 'heard_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_safety_entry_participant_id'), ['participant_id'], unique=False)

    op.create_table('safety_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=True, comment='Whether the note itself tells the arm; empty: no'),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('noted_on', sa.Date(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('outcome', sa.String(length=40), nullable=True),
    sa.Column('noted_by_name', sa.String(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_safety_note_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['entry_id'], ['safety_entry.id'], name=op.f('fk_safety_note_entry_id_safety_entry')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_safety_note_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_note'))
    )
    with op.batch_alter_table('safety_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_safety_note_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_safety_note_entry_id'), ['entry_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_safety_note_participant_id'), ['participant_id'], unique=False)

    op.create_table('safety_told',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=True, comment='Whether it tells the arm that they were told; empty: no'),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('clock', sa.String(length=40), nullable=False),
    sa.Column('told_at', trial.records.base.Instant(), nullable=False),
    sa.Column('told_whom', sa.String(length=200), nullable=False),
    sa.Column('told_by_name', sa.String(length=200), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=True),
    sa.Column('voided_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_safety_told_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['entry_id'], ['safety_entry.id'], name=op.f('fk_safety_told_entry_id_safety_entry')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_safety_told_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_safety_told'))
    )
    with op.batch_alter_table('safety_told', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_safety_told_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_safety_told_entry_id'), ['entry_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_safety_told_participant_id'), ['participant_id'], unique=False)

    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    with op.batch_alter_table('safety_told', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_safety_told_participant_id'))
        batch_op.drop_index(batch_op.f('ix_safety_told_entry_id'))
        batch_op.drop_index(batch_op.f('ix_safety_told_cluster_id'))

    op.drop_table('safety_told')
    with op.batch_alter_table('safety_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_safety_note_participant_id'))
        batch_op.drop_index(batch_op.f('ix_safety_note_entry_id'))
        batch_op.drop_index(batch_op.f('ix_safety_note_cluster_id'))

    op.drop_table('safety_note')
    with op.batch_alter_table('safety_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_safety_entry_participant_id'))
        batch_op.drop_index('ix_safety_entry_kind_heard_at')
        batch_op.drop_index(batch_op.f('ix_safety_entry_cluster_id'))

    op.drop_table('safety_entry')
