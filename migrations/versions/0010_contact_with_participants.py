"""Contact with participants."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import trial.records.base
from trial.records import triggers

revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('contact_wishes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('ways', trial.records.base.Answers(), nullable=False, comment='Preferred or never, by way; what is not named may be used'),
    sa.Column('times', trial.records.base.Answers(), nullable=False, comment='Preferred or never, by time of the week'),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_contact_wishes_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_contact_wishes_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_wishes')),
    sa.UniqueConstraint('participant_id', name=op.f('uq_contact_wishes_participant_id'))
    )
    with op.batch_alter_table('contact_wishes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_wishes_cluster_id'), ['cluster_id'], unique=False)

    op.create_table('contact_attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=True),
    sa.Column('tried_on', sa.Date(), nullable=False),
    sa.Column('tried_at', sa.String(length=5), nullable=True, comment='The time of day: 14:05'),
    sa.Column('tried_by_name', sa.String(length=200), nullable=False),
    sa.Column('way', sa.String(length=40), nullable=False),
    sa.Column('outcome', sa.String(length=40), nullable=False),
    sa.Column('arranged_for', sa.Date(), nullable=True),
    sa.Column('next_try_on', sa.Date(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=True, comment='Whether it is about a visit of which there being one tells the arm; empty: no'),
    sa.Column('voided_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('arranged_for >= tried_on', name=op.f('ck_contact_attempt_arranged')),
    sa.CheckConstraint('next_try_on >= tried_on', name=op.f('ck_contact_attempt_next_try')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_contact_attempt_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_contact_attempt_participant_id_participant')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_contact_attempt_visit_id_visit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_attempt'))
    )
    with op.batch_alter_table('contact_attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_attempt_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index('ix_contact_attempt_cluster_id_tried_on', ['cluster_id', 'tried_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_attempt_participant_id'), ['participant_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_attempt_visit_id'), ['visit_id'], unique=False)

    _kinds('withdrawal', 'death', 'lost', 'found')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('decided_by_name', sa.String(length=200), nullable=True, comment='Who decided that somebody is lost to follow-up'))

    with op.batch_alter_table('participant', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lost_on', sa.Date(), nullable=True, comment='Since when lost to follow-up; empty again once found'))

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('assigned_to', sa.Integer(), nullable=True, comment='The account of who sees to it'))
        batch_op.add_column(sa.Column('assigned_name', sa.String(length=200), nullable=True))

    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_column('assigned_name')
        batch_op.drop_column('assigned_to')

    with op.batch_alter_table('participant', schema=None) as batch_op:
        batch_op.drop_column('lost_on')

    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_column('decided_by_name')
    _kinds('withdrawal', 'death')

    with op.batch_alter_table('contact_attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_attempt_visit_id'))
        batch_op.drop_index(batch_op.f('ix_contact_attempt_participant_id'))
        batch_op.drop_index('ix_contact_attempt_cluster_id_tried_on')
        batch_op.drop_index(batch_op.f('ix_contact_attempt_cluster_id'))

    op.drop_table('contact_attempt')
    with op.batch_alter_table('contact_wishes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_wishes_cluster_id'))

    op.drop_table('contact_wishes')


def _kinds(*kinds: str) -> None:
    """Let events be of these kinds."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_event_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_event_kind'), f"kind IN ({listed})")
