"""Every table says whom it is about, so that the door can filter it."""

import trial.records.models
import trial.web.accounts
from trial.conduct.access import ALLOWED, Act
from trial.records.base import Base
from trial.records.verify import stored

assert trial.records.models and trial.web.accounts and stored

SCOPES = {"participant", "cluster", "form", "outbox", "trial", "account", "trail", "technical"}
TRIAL_WIDE = {
    "allocation", "decision", "duty_done", "milestone", "protocol_version", "snapshot",
}  # fmt: skip
OF_A_FORM = {"cluster_id", "participant_id", "unblinds"}


def test_every_table_about_a_person_or_cluster_carries_its_cluster():
    for mapper in Base.registry.mappers:
        table, scope = mapper.local_table, mapper.class_.scope
        assert scope in SCOPES, table.name
        if scope == "participant":
            assert not table.c.cluster_id.nullable, table.name
        if scope in ("form", "outbox"):
            assert set(table.c.keys()) >= OF_A_FORM, table.name
        if scope == "trial":
            assert table.name in TRIAL_WIDE, f"{table.name}: say whom it is about"


def test_every_act_says_who_may_do_it():
    assert set(ALLOWED) == set(Act)
    assert all(ALLOWED[act] for act in Act)
