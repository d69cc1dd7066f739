"""The bases of consent: what a protocol without any says, and every fault in those declared."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conduct import basing
from trial.protocol import Fault, load, shipped
from trial.protocol.consent import OWN, ConsentPlan
from trial.protocol.differences import differences

Faults = Callable[[str | bytes], tuple[Fault, ...]]

LACKING = "may_consent = false, lacks = true"
SPOILT: list[tuple[str, str, str, str]] = [
    ('documents = ["leaflet"]', 'documents = ["letter"]', "consent.bases[3].documents[0]",
     "There is no such document: enter one of information-sheet"),
    ('documents = ["leaflet"]', "documents = []", "consent.bases[3].documents", "at least 1"),
    ('documents = ["leaflet"]', 'documents = ["declaration"]', "consent.bases",
     "No basis has the document leaflet"),
    ('"participation", "clin', '"taking-part", "clin', "consent.bases[1].clauses[1]", "no such clause"),
    ('["baseline", "month-12"]', '["baseline", "month-13"]', "consent.bases[1].visits[1]",
     "There is no such visit: enter one of baseline, month-6, month-12."),
    ('given_by = "consultee"', 'given_by = "relative"', "consent.bases[1].given_by", "'consultee'"),
    ("waiting_days = 14\n", "", "consent.bases[3]", "Add waiting_days"),
    ("waiting_days = 14", "waiting_days = 0", "consent.bases[3].waiting_days", "1 or more"),
    ('key = "records"\n', 'key = "records"\nwaiting_days = 7\n', "consent.bases[2].waiting_days",
     "only a basis with given_by"),
    ("waiting_days = 14", 'waiting_days = 14\nclauses = ["information"]', "consent.bases[3].clauses",
     "no clause is agreed to"),
    (LACKING, "may_consent = false", "consent.capacity", "lacks = true"),
    (LACKING, "may_consent = true, lacks = true", "consent.capacity[1].lacks", "does not lack"),
    (basing.RELATIONSHIPS, "", "consent", "Add relationships"),
    ('given_by = "consultee"', 'given_by = "participant"', "consent.relationships",
     "no basis is given by a consultee"),
    ('["information", "inspection"]', '["clinician-told"]', "consent.bases[2].clauses",
     "at least one clause with mandatory = true"),
    ('key = "records"\n', 'key = "own"\n', "consent.bases[2].key", "earlier in the same list"),
    ('name = "Own written consent"\n', 'name = "Own written consent"\nvisits = []\n', "consent.bases",
     "No basis has the visit month-6"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "place", "says"), SPOILT)
def test_every_fault_of_a_basis_is_placed_and_answered(
    answered: Callable[..., None], right: str, wrong: str, place: str, says: str
) -> None:
    answered(basing.text(), right, wrong, place, says)


def test_four_bases_are_sound(faults: Faults) -> None:
    assert faults(basing.text()) == ()


def test_a_visit_needs_what_it_counts_from_and_the_clause_it_asks(faults: Faults) -> None:
    content = basing.text()
    counted = content.replace("months = 12\n", 'days = 180\ncounted_from = "month-6"\n', 1)
    places = {fault.place: fault.message for fault in faults(counted)}
    assert places["consent.bases[1].visits[1]"] == "Add month-6 too: this visit is counted from it."
    asking = content.replace("months = 6\n", 'months = 6\nclause = "results"\n', 1)
    asking = asking.replace('told"]\nvisits = [', 'told"]\nvisits = ["month-6", ')
    (fault,) = faults(asking)
    assert fault.place == "consent.bases[1].visits[0]"
    assert "asks for the clause results, which this basis lacks" in fault.message


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_protocol_without_bases_has_the_participants_own_consent(name: str) -> None:
    plan: ConsentPlan = load(shipped()[name]).consent
    assert plan.choices == (OWN,)
    assert plan.basis(None) == plan.basis("anything") == OWN
    assert plan.clauses_of(OWN) == plan.clauses
    assert all(OWN.holds(visit.key) for visit in load(shipped()[name]).visits)


def test_what_changes_in_the_bases_is_told(tmp_path: Path) -> None:
    old = basing.loaded(tmp_path)
    content = basing.text().replace('version = "1.0"\nsponsor', 'version = "2.0"\nsponsor')
    for right, wrong in (
        ('key = "records"\n', 'key = "data"\n'),
        ("waiting_days = 14", "waiting_days = 28"),
        ('"Relative or friend"', '"Relative"'),
    ):
        content = content.replace(right, wrong)
    told = {one.place: one for one in differences(old, load(basing.written(tmp_path, content)))}
    assert told["consent: records"].refused_if_any
    assert "is added" in told["consent: data"].words
    assert "changes (waiting days)" in told["consent: opt-out"].words
    assert "from now on" in told["consent: relationships"].words


def test_who_gives_a_basis_does_not_change_under_people(tmp_path: Path) -> None:
    old = basing.loaded(tmp_path)
    bases = tuple(
        one.model_copy(update={"given_by": "participant"}) if one.key == "consultee" else one
        for one in old.consent.bases
    )
    new = old.model_copy(update={"consent": old.consent.model_copy(update={"bases": bases})})
    (told,) = (one for one in differences(old, new) if one.place == "consent: consultee")
    assert told == replace(told, refused_if_any=True, key="consultee")
