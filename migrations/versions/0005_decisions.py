"""Decisions on the progression criteria."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from trial.records import triggers

revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('criterion', sa.String(length=40), nullable=False, comment='Its key; empty: the whole trial'),
    sa.Column('rule_gave', sa.String(length=2000), nullable=False, comment='What the rule gave that day'),
    sa.Column('decided', sa.String(length=2000), nullable=False, comment='In the words of the protocol'),
    sa.Column('because', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=False, comment='The person or the committee'),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision'))
    )
    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    op.drop_table('decision')
