"""The basis of a consent; capacity is assessed only where the basis asks for it."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from trial.records import triggers

revision: str = '0006'
down_revision: str | None = '0005'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CAPACITY = {'capacity': sa.String(length=40), 'capacity_on': sa.Date()}


def upgrade() -> None:
    op.add_column('consent', sa.Column('basis', sa.String(length=40), nullable=True, comment="Its key in the protocol; empty: the participant's own written consent"))
    op.add_column('consent', sa.Column('relationship', sa.String(length=40), nullable=True, comment='Who the consultee is to the person, coded; never a name'))
    for name, kind in CAPACITY.items():
        if op.get_context().dialect.name != 'sqlite':
            op.alter_column('consent', name, existing_type=kind, nullable=True)
            continue
        # Batch mode would make the table anew, which SQLite refuses while participants point to it.
        op.add_column('consent', sa.Column(f'{name}_new', kind, nullable=True))
        op.execute(f'UPDATE consent SET {name}_new = {name}')
        op.execute(f'ALTER TABLE consent DROP COLUMN {name}')
        op.execute(f'ALTER TABLE consent RENAME COLUMN {name}_new TO {name}')
    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table('consent', schema=None) as batch_op:
        for name, kind in CAPACITY.items():
            batch_op.alter_column(name, existing_type=kind, nullable=False)
        batch_op.drop_column('relationship')
        batch_op.drop_column('basis')
