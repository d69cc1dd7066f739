"""A cluster in the place of another."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from trial.records import triggers

revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('cluster', schema=None) as batch_op:
        batch_op.add_column(sa.Column('replaces_id', sa.Integer(), nullable=True, comment='The cluster whose place and arm it took'))
        batch_op.create_index('ix_cluster_replaces_id', ['replaces_id'], unique=True)

    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    with op.batch_alter_table('cluster', schema=None) as batch_op:
        batch_op.drop_index('ix_cluster_replaces_id')
        batch_op.drop_column('replaces_id')
