"""Forms: their records, checks, signatures and holds."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import trial.records.base
from trial.records import triggers

revision: str = '0003'
down_revision: str | None = '0002'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('protocol_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False, comment='The version that the file names'),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('files', sa.Text(), nullable=False, comment='JSON: the text of each file by its name'),
    sa.Column('adopted_on', sa.Date(), nullable=False),
    sa.Column('adopted_by', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_protocol_version')),
    sa.UniqueConstraint('sha256', name=op.f('uq_protocol_version_sha256'))
    )
    op.create_table('snapshot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('act', sa.Integer(), nullable=False, comment='The newest act that it holds'),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('checklist', sa.Text(), nullable=False, comment='JSON: what was open when it was made'),
    sa.Column('made_at', trial.records.base.Instant(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_snapshot')),
    sa.UniqueConstraint('name', name=op.f('uq_snapshot_name'))
    )
    op.create_table('typed',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False, comment='The address of the page'),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('typed_at', trial.records.base.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_typed')),
    sa.UniqueConstraint('account_id', 'place', name=op.f('uq_typed_account_id_place'))
    )
    op.create_table('draw',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True, comment='Always empty'),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('listed', sa.Text(), nullable=False, comment='The numbers on the list, in order'),
    sa.Column('commitment', sa.String(length=64), nullable=False, comment='SHA-256 of seed and list'),
    sa.Column('sealed_seed', sa.Text(), nullable=False),
    sa.Column('seed', sa.String(length=64), nullable=True),
    sa.Column('drawn', sa.Text(), nullable=True, comment='The numbers drawn, in order'),
    sa.Column('committed_at', trial.records.base.Instant(), nullable=False),
    sa.Column('drawn_at', trial.records.base.Instant(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(seed IS NULL) = (drawn IS NULL)', name=op.f('ck_draw_seed')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_draw_cluster_id_cluster')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draw'))
    )
    op.create_table('employer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True, comment='Always empty: no employer is one'),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('sector', sa.String(length=60), nullable=True),
    sa.Column('listed_on', sa.Date(), nullable=False),
    sa.Column('hired', sa.Boolean(), nullable=False, comment='Has employed someone through the trial'),
    sa.Column('struck_on', sa.Date(), nullable=True, comment='Taken off the register'),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('participant_id IS NULL', name=op.f('ck_employer_nobody')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_employer_cluster_id_cluster')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employer')),
    sa.UniqueConstraint('number', name=op.f('uq_employer_number'))
    )
    with op.batch_alter_table('employer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_employer_cluster_id'), ['cluster_id'], unique=False)
    op.create_table('attachment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('type', sa.String(length=10), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_attachment_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_attachment_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachment_participant_id'), ['participant_id'], unique=False)
    op.create_table('hold',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.Column('level', sa.String(length=12), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False, comment='0 for the trial'),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('set_by', sa.Integer(), nullable=False),
    sa.Column('set_at', trial.records.base.Instant(), nullable=False),
    sa.Column('lifted_by', sa.Integer(), nullable=True),
    sa.Column('lifted_at', trial.records.base.Instant(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('frozen', 'locked')", name=op.f('ck_hold_kind')),
    sa.CheckConstraint("level IN ('record', 'participant', 'cluster', 'trial')", name=op.f('ck_hold_level')),
    sa.CheckConstraint('(lifted_at IS NULL) = (lifted_by IS NULL)', name=op.f('ck_hold_lifted')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_hold_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_hold_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold'))
    )
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hold_participant_id'), ['participant_id'], unique=False)
        batch_op.create_index('ix_hold_standing', ['level', 'row_id', 'lifted_at'], unique=False)
    op.create_table('signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.Column('level', sa.String(length=12), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='Of level, row and content'),
    sa.Column('meaning', sa.String(length=200), nullable=False),
    sa.Column('signed_by', sa.Integer(), nullable=False),
    sa.Column('signed_name', sa.String(length=200), nullable=False),
    sa.Column('signed_role', sa.String(length=40), nullable=False),
    sa.Column('signed_at', trial.records.base.Instant(), nullable=False),
    sa.CheckConstraint("level IN ('record', 'participant')", name=op.f('ck_signature_level')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_signature_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_signature_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signature'))
    )
    with op.batch_alter_table('signature', schema=None) as batch_op:
        batch_op.create_index('ix_signature_level_row_id', ['level', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_signature_participant_id'), ['participant_id'], unique=False)
    op.create_table('verification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.Column('table_name', sa.String(length=40), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(length=120), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='Of the value that was compared'),
    sa.Column('agrees', sa.Boolean(), nullable=False, comment='Whether value and source agree'),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('verified_by', sa.Integer(), nullable=False),
    sa.Column('verified_at', trial.records.base.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_verification_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_verification_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification'))
    )
    with op.batch_alter_table('verification', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_verification_participant_id'), ['participant_id'], unique=False)
        batch_op.create_index('ix_verification_value', ['table_name', 'row_id', 'item'], unique=False)
    op.create_table('record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('form', sa.String(length=40), nullable=False, comment="The form's key in the protocol"),
    sa.Column('cluster_id', sa.Integer(), nullable=True),
    sa.Column('participant_id', sa.Integer(), nullable=True),
    sa.Column('employer_id', sa.Integer(), nullable=True),
    sa.Column('visit_id', sa.Integer(), nullable=True),
    sa.Column('entry', sa.Integer(), nullable=False),
    sa.Column('observed_on', sa.Date(), nullable=True, comment='The day that the answers are of'),
    sa.Column('entered_on', sa.Date(), nullable=False, comment='The day of the first entry'),
    sa.Column('entered_by', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('answers', trial.records.base.Answers(), nullable=False),
    sa.Column('telling', trial.records.base.Answers(), nullable=False),
    sa.Column('unblinds', sa.Boolean(), nullable=False),
    sa.Column('protocol_version', sa.String(length=40), nullable=False),
    sa.Column('protocol_sha256', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'complete', 'voided')", name=op.f('ck_record_state')),
    sa.CheckConstraint('entry IN (0, 1, 2)', name=op.f('ck_record_entry')),
    sa.CheckConstraint('participant_id IS NULL OR cluster_id IS NOT NULL', name=op.f('ck_record_cluster')),
    sa.CheckConstraint('visit_id IS NULL OR participant_id IS NOT NULL', name=op.f('ck_record_visit')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_record_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['employer_id'], ['employer.id'], name=op.f('fk_record_employer_id_employer')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_record_participant_id_participant')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_record_visit_id_visit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record'))
    )
    with op.batch_alter_table('record', schema=None) as batch_op:
        batch_op.create_index('ix_record_cluster_id_form', ['cluster_id', 'form'], unique=False)
        batch_op.create_index(batch_op.f('ix_record_employer_id'), ['employer_id'], unique=False)
        batch_op.create_index('ix_record_form_state', ['form', 'state'], unique=False)
        batch_op.create_index('ix_record_one_a_visit', ['visit_id', 'form', 'entry'], unique=True, sqlite_where=sa.text("state != 'voided'"), postgresql_where=sa.text("state != 'voided'"))
        batch_op.create_index('ix_record_participant_id_form', ['participant_id', 'form'], unique=False)
        batch_op.create_index(batch_op.f('ix_record_visit_id'), ['visit_id'], unique=False)
    with op.batch_alter_table('query', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unblinds', sa.Boolean(), nullable=True, comment='Whether its words may tell the arm; empty: no'))
        batch_op.add_column(sa.Column('form', sa.String(length=40), nullable=True, comment='The form of the value, if any'))
        batch_op.add_column(sa.Column('resolved_by', sa.Integer(), nullable=True, comment='The act whose change settled it'))
        batch_op.alter_column('participant_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.alter_column('cluster_id',
               existing_type=sa.INTEGER(),
               nullable=True)

    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    triggers.drop(op.get_bind())
    with op.batch_alter_table('query', schema=None) as batch_op:
        batch_op.alter_column('cluster_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.alter_column('participant_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('resolved_by')
        batch_op.drop_column('form')
        batch_op.drop_column('unblinds')
    with op.batch_alter_table('record', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_record_visit_id'))
        batch_op.drop_index('ix_record_participant_id_form')
        batch_op.drop_index('ix_record_one_a_visit', sqlite_where=sa.text("state != 'voided'"), postgresql_where=sa.text("state != 'voided'"))
        batch_op.drop_index('ix_record_form_state')
        batch_op.drop_index(batch_op.f('ix_record_employer_id'))
        batch_op.drop_index('ix_record_cluster_id_form')
    op.drop_table('record')
    with op.batch_alter_table('verification', schema=None) as batch_op:
        batch_op.drop_index('ix_verification_value')
        batch_op.drop_index(batch_op.f('ix_verification_participant_id'))
    op.drop_table('verification')
    with op.batch_alter_table('signature', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_signature_participant_id'))
        batch_op.drop_index('ix_signature_level_row_id')
    op.drop_table('signature')
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.drop_index('ix_hold_standing')
        batch_op.drop_index(batch_op.f('ix_hold_participant_id'))
    op.drop_table('hold')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attachment_participant_id'))
        batch_op.drop_index(batch_op.f('ix_attachment_cluster_id'))
    op.drop_table('attachment')
    with op.batch_alter_table('employer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_employer_cluster_id'))
    op.drop_table('employer')
    op.drop_table('draw')
    op.drop_table('typed')
    op.drop_table('snapshot')
    op.drop_table('protocol_version')
