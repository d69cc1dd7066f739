"""Reminders."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import trial.records.base
from trial.records import triggers


revision: str = '0011'
down_revision: str | None = '0010'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_key', sa.String(length=120), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('visit_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=True, comment='Whether it is about a visit of which there being one tells the arm; empty: no'),
    sa.Column('rule', sa.String(length=40), nullable=False, comment="The rule's key, or digest"),
    sa.Column('due_on', sa.Date(), nullable=False, comment='The day on which the rule has it sent'),
    sa.Column('account_id', sa.Integer(), nullable=True, comment='The account it goes to; empty: to the participant'),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('message_id', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('planned_at', trial.records.base.Instant(), nullable=False),
    sa.Column('next_try_at', trial.records.base.Instant(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('held_by', sa.String(length=40), nullable=True),
    sa.Column('held_until', trial.records.base.Instant(), nullable=True),
    sa.Column('doubted', sa.Integer(), nullable=False),
    sa.Column('settled_at', trial.records.base.Instant(), nullable=True, comment='When a person said that they had seen to it'),
    sa.Column('sent_at', trial.records.base.Instant(), nullable=True),
    sa.Column('address_index', sa.String(length=64), nullable=True, comment='Keyed blind index of the address it went to'),
    sa.Column('bounced_index', sa.String(length=64), nullable=True, comment='The same of the address from which it last came back'),
    sa.Column('why', sa.String(length=200), nullable=True, comment='Why it was not sent, or what the last attempt met'),
    sa.CheckConstraint("(state = 'held') = (held_by IS NOT NULL)", name=op.f('ck_message_held')),
    sa.CheckConstraint("channel IN ('email', 'text')", name=op.f('ck_message_channel')),
    sa.CheckConstraint("state IN ('waiting', 'held', 'sent', 'failed', 'bounced', 'dropped')", name=op.f('ck_message_state')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_message_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_message_participant_id_participant')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_message_visit_id_visit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('message_id', name=op.f('uq_message_message_id')),
    sa.UniqueConstraint('plan_key', name=op.f('uq_message_plan_key'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_bounced_index'), ['bounced_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_participant_id'), ['participant_id'], unique=False)
        batch_op.create_index('ix_message_state_next_try_at', ['state', 'next_try_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_visit_id'), ['visit_id'], unique=False)

    with op.batch_alter_table('contact_wishes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reminders', trial.records.base.Answers(), nullable=True, comment='Agreed, by the channel of the reminders that they agreed to'))

    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    with op.batch_alter_table('contact_wishes', schema=None) as batch_op:
        batch_op.drop_column('reminders')

    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_message_visit_id'))
        batch_op.drop_index('ix_message_state_next_try_at')
        batch_op.drop_index(batch_op.f('ix_message_participant_id'))
        batch_op.drop_index(batch_op.f('ix_message_cluster_id'))
        batch_op.drop_index(batch_op.f('ix_message_bounced_index'))

    op.drop_table('message')
    # ### end Alembic commands ###
