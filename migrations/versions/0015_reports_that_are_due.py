"""Reports that are due."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from trial.records import triggers

revision: str = '0015'
down_revision: str | None = '0014'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('duty_done',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('duty', sa.String(length=40), nullable=False, comment='Its key in the protocol'),
    sa.Column('number', sa.Integer(), nullable=False, comment='1; of a report that comes again the how many-th'),
    sa.Column('done_on', sa.Date(), nullable=False),
    sa.Column('reference', sa.String(length=200), nullable=True),
    sa.Column('done_by_name', sa.String(length=200), nullable=False),
    sa.Column('voided_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duty_done'))
    )
    with op.batch_alter_table('duty_done', schema=None) as batch_op:
        batch_op.create_index('ix_duty_done_standing', ['duty', 'number'], unique=True, sqlite_where=sa.text('voided_on IS NULL'), postgresql_where=sa.text('voided_on IS NULL'))

    op.create_table('milestone',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('recorded_by_name', sa.String(length=200), nullable=False),
    sa.Column('voided_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestone'))
    )
    with op.batch_alter_table('milestone', schema=None) as batch_op:
        batch_op.create_index('ix_milestone_standing', ['key'], unique=True, sqlite_where=sa.text('voided_on IS NULL'), postgresql_where=sa.text('voided_on IS NULL'))

    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    with op.batch_alter_table('milestone', schema=None) as batch_op:
        batch_op.drop_index('ix_milestone_standing', sqlite_where=sa.text('voided_on IS NULL'), postgresql_where=sa.text('voided_on IS NULL'))

    op.drop_table('milestone')
    with op.batch_alter_table('duty_done', schema=None) as batch_op:
        batch_op.drop_index('ix_duty_done_standing', sqlite_where=sa.text('voided_on IS NULL'), postgresql_where=sa.text('voided_on IS NULL'))

    op.drop_table('duty_done')
