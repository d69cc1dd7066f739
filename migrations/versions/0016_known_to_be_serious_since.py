"""Since when an entry of the log of safety was known to be serious."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import trial.records.base
from trial.records import triggers

revision: str = '0016'
down_revision: str | None = '0015'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('safety_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('serious_at', trial.records.base.Instant(), nullable=True, comment='Since when it was known to be serious; empty: since the team heard of it'))

    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    with op.batch_alter_table('safety_entry', schema=None) as batch_op:
        batch_op.drop_column('serious_at')
