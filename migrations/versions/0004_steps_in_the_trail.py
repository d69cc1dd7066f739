"""The index of the values that date a person's steps."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from trial.records import triggers

revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STEPS = sa.text("table_name IN ('participant', 'screening', 'visit') AND item IN ('approach', 'eligibility', 'number', 'outcome', 'state')")


def upgrade() -> None:
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.create_index('ix_change_step', ['table_name', 'item', 'act', 'new', 'row_id', 'cluster_id'], unique=False, sqlite_where=STEPS, postgresql_where=STEPS)
    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.drop_index('ix_change_step', sqlite_where=STEPS, postgresql_where=STEPS)
