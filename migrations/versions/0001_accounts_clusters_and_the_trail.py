"""Accounts, clusters and the trail."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import trial.records.base
from trial.records import triggers

revision: str = '0001'
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False, comment='The name to sign in with'),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('made_at', trial.records.base.Instant(), nullable=False),
    sa.Column('ended_at', trial.records.base.Instant(), nullable=True),
    sa.Column('password', sa.String(length=255), nullable=True),
    sa.Column('fs_uniquifier', sa.String(length=64), nullable=False),
    sa.Column('totp_secret', sa.Text(), nullable=True),
    sa.Column('recovery_codes', sa.Text(), nullable=True, comment='Keyed hashes of the codes not yet used, one a line'),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('email', name=op.f('uq_account_email')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_account_fs_uniquifier'))
    )
    op.create_table('allocation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('standing', sa.Integer(), nullable=True, comment='1 until abandoned: the database itself refuses a second draw'),
    sa.Column('frozen_at', trial.records.base.Instant(), nullable=False),
    sa.Column('frozen', sa.Text(), nullable=False, comment='The text whose SHA-256 is F; it names the arms'),
    sa.Column('frozen_hash', sa.String(length=64), nullable=False),
    sa.Column('schemes', sa.Integer(), nullable=False, comment='How many schemes are permitted'),
    sa.Column('first_account', sa.Integer(), nullable=False, comment="The trial manager's account"),
    sa.Column('first_name', sa.String(length=200), nullable=False),
    sa.Column('second_account', sa.Integer(), nullable=True),
    sa.Column('second_name', sa.String(length=200), nullable=True),
    sa.Column('first_commitment', sa.String(length=64), nullable=True),
    sa.Column('second_commitment', sa.String(length=64), nullable=True),
    sa.Column('sealed_code', sa.Text(), nullable=True, comment='The code revealed first, sealed under the instance key'),
    sa.Column('sealed_by', sa.Integer(), nullable=True, comment='Whose code was revealed first'),
    sa.Column('first_code', sa.String(length=32), nullable=True),
    sa.Column('second_code', sa.String(length=32), nullable=True),
    sa.Column('scheme', sa.Integer(), nullable=True),
    sa.Column('drawn_at', trial.records.base.Instant(), nullable=True),
    sa.Column('abandoned_at', trial.records.base.Instant(), nullable=True),
    sa.Column('abandoned_reason', sa.Text(), nullable=True),
    sa.Column('masks', trial.records.base.Answers(), nullable=True, comment='Which arm is A, which cluster is 1: for blinded roles'),
    sa.Column('warnings', sa.JSON(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'abandoned') = (standing IS NULL)", name=op.f('ck_allocation_standing')),
    sa.CheckConstraint("state IN ('frozen', 'drawn', 'abandoned')", name=op.f('ck_allocation_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allocation')),
    sa.UniqueConstraint('standing', name=op.f('uq_allocation_standing'))
    )
    op.create_table('cluster',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False, comment='Its key in the protocol'),
    sa.Column('identified_on', sa.Date(), nullable=True),
    sa.Column('approached_on', sa.Date(), nullable=True),
    sa.Column('permission_on', sa.Date(), nullable=True),
    sa.Column('permission_by', sa.String(length=200), nullable=True, comment="The gatekeeper's name"),
    sa.Column('permission_role', sa.String(length=200), nullable=True),
    sa.Column('permission_document', sa.String(length=200), nullable=True),
    sa.Column('opened_on', sa.Date(), nullable=True),
    sa.Column('allocated_on', sa.Date(), nullable=True),
    sa.Column('revealed_on', sa.Date(), nullable=True),
    sa.Column('revealed_at', trial.records.base.Instant(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('closed_reason', sa.String(length=500), nullable=True),
    sa.Column('arm', sa.String(length=40), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('arm IS NULL OR allocated_on IS NOT NULL', name=op.f('ck_cluster_allocated')),
    sa.CheckConstraint('closed_on IS NULL OR opened_on IS NULL OR closed_on >= opened_on', name=op.f('ck_cluster_life')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cluster')),
    sa.UniqueConstraint('key', name=op.f('uq_cluster_key'))
    )
    op.create_table('throttle',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False, comment='A keyed hash: no name and no address'),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_at', trial.records.base.Instant(), nullable=False),
    sa.Column('until_at', trial.records.base.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_throttle')),
    sa.UniqueConstraint('subject', name=op.f('uq_throttle_subject'))
    )
    with op.batch_alter_table('throttle', schema=None) as batch_op:
        batch_op.create_index('ix_throttle_last_at', ['last_at'], unique=False)
    op.create_table('web_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('begun_at', trial.records.base.Instant(), nullable=False),
    sa.Column('seen_at', trial.records.base.Instant(), nullable=False),
    sa.Column('ended_at', trial.records.base.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_web_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_web_session_token_hash'))
    )
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_session_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_web_session_seen_at'), ['seen_at'], unique=False)
    op.create_table('account_cluster',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('from_at', trial.records.base.Instant(), nullable=False),
    sa.Column('until_at', trial.records.base.Instant(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_account_cluster_account_id_account')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_account_cluster_cluster_id_cluster')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_cluster'))
    )
    with op.batch_alter_table('account_cluster', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_cluster_account_id'), ['account_id'], unique=False)
    op.create_table('account_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', trial.records.base.Instant(), nullable=False),
    sa.Column('used_at', trial.records.base.Instant(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_account_link_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_account_link_token_hash'))
    )
    with op.batch_alter_table('account_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_link_account_id'), ['account_id'], unique=False)
    op.create_table('account_use',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('signed_in_at', trial.records.base.Instant(), nullable=True),
    sa.Column('signed_in_before', trial.records.base.Instant(), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False, comment='Refused attempts since the last one'),
    sa.Column('code_counter', sa.Integer(), nullable=True, comment='A code of the second factor works once'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_account_use_account_id_account')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_account_use'))
    )
    op.create_table('act',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', trial.records.base.Instant(), nullable=False, comment='When, by the server, in UTC'),
    sa.Column('by', sa.Integer(), nullable=False, comment="The account's number; 0 is the command line"),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('second', sa.String(length=200), nullable=True, comment='The second person of a two-person act'),
    sa.Column('note', sa.JSON(), nullable=True, comment="What an act without change was about: a file's hash, a study number"),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=False, comment='Note and reason may tell the arm'),
    sa.Column('changes', sa.Integer(), nullable=False, comment='How many values it changed in trial tables'),
    sa.Column('once', sa.String(length=64), nullable=True, comment="The form's one-time token: a second press finds it here"),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_act_cluster_id_cluster')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_act')),
    sa.UniqueConstraint('hash', name=op.f('uq_act_hash')),
    sa.UniqueConstraint('once', name=op.f('uq_act_once'))
    )
    with op.batch_alter_table('act', schema=None) as batch_op:
        batch_op.create_index('ix_act_by_number', ['by', 'number'], unique=False)
        batch_op.create_index(batch_op.f('ix_act_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_act_participant_id'), ['participant_id'], unique=False)
    op.create_table('change',
    sa.Column('act', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('table_name', sa.String(length=40), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(length=120), nullable=False),
    sa.Column('old', sa.Text(), nullable=True, comment='Canonical JSON; empty when redacted'),
    sa.Column('new', sa.Text(), nullable=True, comment='Canonical JSON; empty when redacted'),
    sa.Column('salt', sa.String(length=32), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False, comment='clear, cipher or secret'),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('redacted_by', sa.Integer(), nullable=True, comment='The two-person act that redacted it'),
    sa.ForeignKeyConstraint(['act'], ['act.number'], name=op.f('fk_change_act_act')),
    sa.ForeignKeyConstraint(['redacted_by'], ['act.number'], name=op.f('fk_change_redacted_by_act')),
    sa.PrimaryKeyConstraint('act', 'seq', name=op.f('pk_change'))
    )
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.create_index('ix_change_cluster', ['cluster_id', 'act'], unique=False)
        batch_op.create_index('ix_change_participant', ['participant_id', 'act'], unique=False)
        batch_op.create_index('ix_change_value', ['table_name', 'row_id', 'item'], unique=False)
    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    with op.batch_alter_table('change', schema=None) as batch_op:
        batch_op.drop_index('ix_change_value')
        batch_op.drop_index('ix_change_participant')
        batch_op.drop_index('ix_change_cluster')
    op.drop_table('change')
    with op.batch_alter_table('act', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_act_participant_id'))
        batch_op.drop_index(batch_op.f('ix_act_cluster_id'))
        batch_op.drop_index('ix_act_by_number')
    op.drop_table('act')
    op.drop_table('account_use')
    with op.batch_alter_table('account_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_account_link_account_id'))
    op.drop_table('account_link')
    with op.batch_alter_table('account_cluster', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_account_cluster_account_id'))
    op.drop_table('account_cluster')
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_session_seen_at'))
        batch_op.drop_index(batch_op.f('ix_web_session_account_id'))
    op.drop_table('web_session')
    with op.batch_alter_table('throttle', schema=None) as batch_op:
        batch_op.drop_index('ix_throttle_last_at')
    op.drop_table('throttle')
    op.drop_table('cluster')
    op.drop_table('allocation')
    op.drop_table('account')
