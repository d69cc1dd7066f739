"""People, their work and their visits."""

# As Alembic wrote it: one line a column.
# fmt: off

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import trial.records.base
from trial.records import triggers

revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('screening',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('earlier_id', sa.Integer(), nullable=True, comment="One person's rows follow each other"),
    sa.Column('considered_on', sa.Date(), nullable=False),
    sa.Column('referral', sa.String(length=14), nullable=False),
    sa.Column('decided_by', sa.String(length=60), nullable=False, comment='Who decided on referral, coded'),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(length=60), nullable=True, comment='Why not referred, coded'),
    sa.Column('eligibility', sa.String(length=20), nullable=False, comment='Derived from the answers to the criteria'),
    sa.Column('approach', sa.String(length=14), nullable=True),
    sa.Column('approached_on', sa.Date(), nullable=True),
    sa.Column('not_approached_reason', sa.String(length=60), nullable=True),
    sa.Column('outcome', sa.String(length=10), nullable=True),
    sa.Column('outcome_on', sa.Date(), nullable=True),
    sa.Column('declined_reason', sa.String(length=60), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("approach IN ('approached', 'not approached')", name=op.f('ck_screening_approach')),
    sa.CheckConstraint("eligibility IN ('eligible', 'not eligible', 'not yet determined')", name=op.f('ck_screening_eligibility')),
    sa.CheckConstraint("outcome IN ('consented', 'declined')", name=op.f('ck_screening_outcome')),
    sa.CheckConstraint("referral IN ('referred', 'not referred')", name=op.f('ck_screening_referral')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_screening_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['earlier_id'], ['screening.id'], name=op.f('fk_screening_earlier_id_screening')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_screening')),
    sa.UniqueConstraint('earlier_id', name=op.f('uq_screening_earlier_id')),
    sa.UniqueConstraint('number', name=op.f('uq_screening_number'))
    )
    with op.batch_alter_table('screening', schema=None) as batch_op:
        batch_op.create_index('ix_screening_cluster_id_number', ['cluster_id', 'number'], unique=False)
        batch_op.create_index(batch_op.f('ix_screening_considered_on'), ['considered_on'], unique=False)
        batch_op.create_index('ix_screening_standing', ['cluster_id', 'referral', 'eligibility', 'approach', 'outcome'], unique=False)
    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('screening_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=True, comment='Filled at enrolment; no foreign key, as the participant points here'),
    sa.Column('informed_on', sa.Date(), nullable=False, comment='When the information sheet was given'),
    sa.Column('signed_on', sa.Date(), nullable=False),
    sa.Column('taken_by', sa.Integer(), nullable=False, comment='The account of who took it'),
    sa.Column('taken_by_name', sa.String(length=200), nullable=False),
    sa.Column('documents', trial.records.base.Answers(), nullable=False, comment='Version of each consent document by its key'),
    sa.Column('clauses', trial.records.base.Answers(), nullable=False, comment='Agreed or not by clause'),
    sa.Column('capacity', sa.String(length=40), nullable=False),
    sa.Column('capacity_on', sa.Date(), nullable=False),
    sa.Column('voided_on', sa.Date(), nullable=True),
    sa.Column('voided_reason', sa.String(length=500), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('signed_on >= informed_on', name=op.f('ck_consent_informed_first')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_consent_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_consent_screening_id_screening')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_consent_participant_id'), ['participant_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_consent_screening_id'), ['screening_id'], unique=False)
    op.create_table('eligibility',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('screening_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('criterion', sa.String(length=60), nullable=False),
    sa.Column('answer', sa.String(length=8), nullable=False),
    sa.Column('answered_on', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=60), nullable=False),
    sa.CheckConstraint("answer IN ('yes', 'no', 'unknown')", name=op.f('ck_eligibility_answer')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_eligibility_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_eligibility_screening_id_screening')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_eligibility')),
    sa.UniqueConstraint('screening_id', 'criterion', name=op.f('uq_eligibility_screening_id_criterion'))
    )
    with op.batch_alter_table('eligibility', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_eligibility_cluster_id'), ['cluster_id'], unique=False)
    op.create_table('participant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('screening_id', sa.Integer(), nullable=False),
    sa.Column('consent_id', sa.Integer(), nullable=False),
    sa.Column('enrolled_on', sa.Date(), nullable=False),
    sa.Column('birth_year', sa.Integer(), nullable=False),
    sa.Column('after_reveal', sa.Boolean(), nullable=False, comment="Enrolled when this cluster's arm was already revealed"),
    sa.Column('protocol_version', sa.String(length=40), nullable=False),
    sa.Column('protocol_sha256', sa.String(length=64), nullable=False),
    sa.Column('known_until', sa.Date(), nullable=True, comment='The last day on which the work history is known'),
    sa.Column('died_on', sa.Date(), nullable=True),
    sa.Column('withdrew_intervention_on', sa.Date(), nullable=True),
    sa.Column('withdrew_followup_on', sa.Date(), nullable=True),
    sa.Column('withdrew_data_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('birth_year BETWEEN 1900 AND 2100', name=op.f('ck_participant_birth_year')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_participant_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['consent_id'], ['consent.id'], name=op.f('fk_participant_consent_id_consent')),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_participant_screening_id_screening')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participant')),
    sa.UniqueConstraint('consent_id', name=op.f('uq_participant_consent_id')),
    sa.UniqueConstraint('number', name=op.f('uq_participant_number')),
    sa.UniqueConstraint('screening_id', name=op.f('uq_participant_screening_id'))
    )
    with op.batch_alter_table('participant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_participant_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index('ix_participant_cluster_id_number', ['cluster_id', 'number'], unique=False)
        batch_op.create_index(batch_op.f('ix_participant_enrolled_on'), ['enrolled_on'], unique=False)
    op.create_table('event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('level', sa.String(length=40), nullable=True),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=60), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('voided_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('withdrawal', 'death')", name=op.f('ck_event_kind')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_event_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_event_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_event_participant_id'), ['participant_id'], unique=False)
    op.create_table('identity',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('date_of_birth', sa.Text(), nullable=True),
    sa.Column('nhs_number', sa.Text(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('nhs_index', sa.String(length=64), nullable=True, comment='Keyed blind index: finds duplicates'),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_identity_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_identity_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity')),
    sa.UniqueConstraint('nhs_index', name=op.f('uq_identity_nhs_index')),
    sa.UniqueConstraint('participant_id', name=op.f('uq_identity_participant_id'))
    )
    with op.batch_alter_table('identity', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identity_cluster_id'), ['cluster_id'], unique=False)
    op.create_table('participant_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('wrapped', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_participant_key_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_participant_key_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participant_key')),
    sa.UniqueConstraint('participant_id', name=op.f('uq_participant_key_participant_id'))
    )
    with op.batch_alter_table('participant_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_participant_key_cluster_id'), ['cluster_id'], unique=False)
    op.create_table('query',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('table_name', sa.String(length=40), nullable=False),
    sa.Column('row_id', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(length=120), nullable=False),
    sa.Column('check_name', sa.String(length=60), nullable=True, comment='Empty: a person'),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('raised_at', trial.records.base.Instant(), nullable=False),
    sa.Column('raised_by', sa.Integer(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', trial.records.base.Instant(), nullable=True),
    sa.Column('closed_by', sa.Integer(), nullable=True),
    sa.Column('closed_at', trial.records.base.Instant(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'answered', 'closed')", name=op.f('ck_query_state')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_query_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_query_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_query'))
    )
    with op.batch_alter_table('query', schema=None) as batch_op:
        batch_op.create_index('ix_query_cluster_id_state', ['cluster_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_query_participant_id'), ['participant_id'], unique=False)
        batch_op.create_index('ix_query_value', ['table_name', 'row_id', 'item'], unique=False)
    op.create_table('spell',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('start_day_known', sa.Boolean(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True, comment='The last day worked; empty while ongoing'),
    sa.Column('end_day_known', sa.Boolean(), nullable=False),
    sa.Column('sector', sa.String(length=60), nullable=True),
    sa.Column('job_title', sa.String(length=200), nullable=True),
    sa.Column('found_with_specialist', sa.String(length=20), nullable=True),
    sa.Column('disclosed_mental_health', sa.String(length=60), nullable=True),
    sa.Column('disclosed_offending', sa.String(length=60), nullable=True),
    sa.Column('ending_reason', sa.String(length=60), nullable=True),
    sa.Column('source', sa.String(length=60), nullable=False, comment='Source of the evidence, coded'),
    sa.Column('voided_on', sa.Date(), nullable=True, comment='Entered by mistake, kept but not counted'),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ended_on IS NULL OR ended_on >= started_on', name=op.f('ck_spell_ends_after_start')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_spell_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_spell_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spell'))
    )
    with op.batch_alter_table('spell', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_spell_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_spell_participant_id'), ['participant_id'], unique=False)
    op.create_table('visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('plan', sa.String(length=40), nullable=False, comment="The visit's key in the protocol"),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('opens_on', sa.Date(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('done_by_name', sa.String(length=200), nullable=True),
    sa.Column('reason', sa.String(length=60), nullable=True, comment='Why missed or not needed, coded'),
    sa.Column('working', sa.String(length=8), nullable=True, comment='In open employment on the day of the visit: yes, no or unknown'),
    sa.Column('history_known_until', sa.Date(), nullable=True, comment='How far this visit made the work history known'),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name=op.f('ck_visit_done')),
    sa.CheckConstraint("state IN ('expected', 'done', 'missed', 'not needed')", name=op.f('ck_visit_state')),
    sa.CheckConstraint('history_known_until <= done_on', name=op.f('ck_visit_known')),
    sa.CheckConstraint('opens_on <= due_on AND due_on <= closes_on', name=op.f('ck_visit_window')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_visit_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_visit_participant_id_participant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit')),
    sa.UniqueConstraint('participant_id', 'plan', name=op.f('uq_visit_participant_id_plan'))
    )
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index('ix_visit_cluster_id_state_opens_on', ['cluster_id', 'state', 'opens_on'], unique=False)
        batch_op.create_index('ix_visit_state_opens_on', ['state', 'opens_on'], unique=False)
    op.create_table('term',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('spell_id', sa.Integer(), nullable=False),
    sa.Column('participant_id', sa.Integer(), nullable=False),
    sa.Column('cluster_id', sa.Integer(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('weekly_hours', trial.records.base.Hundredths(), nullable=True),
    sa.Column('pay', trial.records.base.Hundredths(), nullable=True, comment='Pounds a period, before tax'),
    sa.Column('pay_period', sa.String(length=20), nullable=True),
    sa.Column('voided_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('pay >= 0', name=op.f('ck_term_pay')),
    sa.CheckConstraint('weekly_hours BETWEEN 0 AND 16800', name=op.f('ck_term_hours_in_a_week')),
    sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name=op.f('fk_term_cluster_id_cluster')),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_term_participant_id_participant')),
    sa.ForeignKeyConstraint(['spell_id'], ['spell.id'], name=op.f('fk_term_spell_id_spell')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_term'))
    )
    with op.batch_alter_table('term', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_term_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_term_participant_id'), ['participant_id'], unique=False)
    # Batch mode drops triggers silently: every migration ends by putting them back.
    triggers.install(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table('term', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_term_participant_id'))
        batch_op.drop_index(batch_op.f('ix_term_cluster_id'))
    op.drop_table('term')
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_state_opens_on')
        batch_op.drop_index('ix_visit_cluster_id_state_opens_on')
    op.drop_table('visit')
    with op.batch_alter_table('spell', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_spell_participant_id'))
        batch_op.drop_index(batch_op.f('ix_spell_cluster_id'))
    op.drop_table('spell')
    with op.batch_alter_table('query', schema=None) as batch_op:
        batch_op.drop_index('ix_query_value')
        batch_op.drop_index(batch_op.f('ix_query_participant_id'))
        batch_op.drop_index('ix_query_cluster_id_state')
    op.drop_table('query')
    with op.batch_alter_table('participant_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_participant_key_cluster_id'))
    op.drop_table('participant_key')
    with op.batch_alter_table('identity', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identity_cluster_id'))
    op.drop_table('identity')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_event_participant_id'))
        batch_op.drop_index(batch_op.f('ix_event_cluster_id'))
    op.drop_table('event')
    with op.batch_alter_table('participant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_participant_enrolled_on'))
        batch_op.drop_index('ix_participant_cluster_id_number')
        batch_op.drop_index(batch_op.f('ix_participant_cluster_id'))
    op.drop_table('participant')
    with op.batch_alter_table('eligibility', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_eligibility_cluster_id'))
    op.drop_table('eligibility')
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_screening_id'))
        batch_op.drop_index(batch_op.f('ix_consent_participant_id'))
        batch_op.drop_index(batch_op.f('ix_consent_cluster_id'))
    op.drop_table('consent')
    with op.batch_alter_table('screening', schema=None) as batch_op:
        batch_op.drop_index('ix_screening_standing')
        batch_op.drop_index(batch_op.f('ix_screening_considered_on'))
        batch_op.drop_index('ix_screening_cluster_id_number')
    op.drop_table('screening')
