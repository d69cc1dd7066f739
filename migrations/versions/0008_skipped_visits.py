"""Visits that a whole cluster skips."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from trial.records import triggers

revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('skipped_visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan', sa.String(length=40), nullable=False, comment="The visit's key in the protocol"),
    sa.Column('reason', sa.String(length=60), nullable=False, comment='Why the cluster skips it, coded'),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('taken_back_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.CheckConstraint('cluster_id IS NOT NULL', name=op.f('ck_skipped_visit_cluster')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_skipped_visit_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_skipped_visit_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_skipped_visit'))
    )
    with op.batch_alter_table('skipped_visit', schema=None) as batch_op:
        batch_op.create_index('ix_skipped_visit_once', ['cluster_id', 'plan'], unique=True, sqlite_where=sa.text('taken_back_on IS NULL'), postgresql_where=sa.text('taken_back_on IS NULL'))
        batch_op.create_index(batch_op.f('ix_skipped_visit_participant_id'), ['participant_id'], unique=False)

    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    op.drop_table('skipped_visit')
