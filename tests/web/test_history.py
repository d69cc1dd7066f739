"""The history of a value: its steps in order, for whoever may see the value, and for nobody else."""

import pytest

from tests.web.following import enrolled, worked
from trial.conduct.values import TABLES, items_of
from trial.protocol.roles import Role
from trial.records.actor import Actor


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


@pytest.fixture
def spell(app, protocol, person) -> int:
    return worked(app, protocol, person)


def test_the_first_value_is_a_step_from_empty(sign_in, spell):
    text = sign_in().get(f"/history/spell/{spell}/kind").text
    for said in ("History of kind", "Empty", "Open employment", "Record spell", "A trial manager"):
        assert said in text, said


def test_dates_are_shown_as_people_read_them(sign_in, person):
    text = sign_in().get(f"/history/participant/{person}/enrolled_on").text
    assert "12 October 2015" in text
    assert "2015-10-12" not in text


def test_a_value_never_recorded_has_no_history(sign_in, spell):
    assert "never recorded" in sign_in().get(f"/history/spell/{spell}/ended_on").text


def test_one_clause_of_a_consent_has_its_own_history(sign_in, person, protocol):
    clause = protocol.consent.clauses[0].key
    answer = sign_in().get(f"/history/consent/1/clauses.{clause}")
    assert answer.status_code == 200
    assert "Yes" in answer.text or "yes" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "spell/1/id", "spell/1/version", "spell/1/secret", "spell/99/kind", "spell/99999999999/kind",
        "act/1/reason", "change/1/old", "account/1/password", "participant_key/1/wrapped",
        "consent/1/clauses.none", "participant/1/number.part", "nothing/1/at",
    ],
)  # fmt: skip
def test_what_is_no_value_has_no_page(sign_in, spell, address):
    assert sign_in().get(f"/history/{address}").status_code == 404


def test_another_cluster_s_value_is_not_there(sign_in, app, protocol, spell):
    other = enrolled(app, protocol, "county-forensic")
    theirs = worked(app, protocol, other)
    browser = sign_in(Role.RESEARCHER, clusters={1})
    assert browser.get(f"/history/spell/{spell}/kind").status_code == 200
    assert browser.get(f"/history/spell/{theirs}/kind").status_code == 404
    assert browser.get(f"/history/participant/{other}/birth_year").status_code == 404


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.ADMINISTRATOR, Role.FIDELITY_REVIEWER])
def test_roles_without_it_have_no_history(sign_in, spell, role):
    assert sign_in(role).get(f"/history/spell/{spell}/kind").status_code == 404


def test_no_item_that_tells_the_arm_is_an_item_for_the_blinded():
    blinded = Actor(1, "A researcher", Role.RESEARCHER, blinded=True)
    for cls in TABLES.values():
        marks = {a.key: a.columns[0].info for a in cls.__mapper__.column_attrs}
        shown = items_of(cls, blinded, 1)
        assert not [key for key in shown if marks[key].get("unblinds")]
        assert "version" not in shown
