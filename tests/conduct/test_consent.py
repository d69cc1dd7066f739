"""Written consent: the documents in force, every mandatory clause, capacity, and days in a possible order."""

from datetime import date

import pytest

from trial.conduct import consent
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.screening import decline

OCTOBER = date(2015, 10, 12)


def items(play, row, **rest):
    """The items that a refusal names."""
    with pytest.raises(Refused) as refused:
        play.take(row, **rest)
    assert consent.standing(play.session, row) is None
    return [finding.item for finding in refused.value.findings]


def test_consent_is_kept_with_who_took_it_and_on_what(play, protocol, row):
    signed = play.take(row)
    assert (signed.taken_by, signed.taken_by_name) == (play.by.id, play.by.name)
    assert dict(signed.documents) == {"information-sheet": "1.0", "consent-form": "1.0"}
    assert set(signed.clauses) == {clause.key for clause in protocol.consent.clauses}
    assert (row.outcome, row.outcome_on) == ("consented", OCTOBER)
    assert consent.valid(protocol, signed) == []
    assert consent.standing(play.session, row) is signed


@pytest.mark.parametrize(
    ("days", "item"),
    [
        ({"informed_on": date(2015, 10, 4)}, "informed_on"),
        ({"signed_on": date(2015, 10, 4), "capacity_on": date(2015, 10, 4)}, "signed_on"),
        ({"capacity_on": date(2015, 10, 13)}, "capacity_on"),
        ({"signed_on": date(2016, 1, 16)}, "signed_on"),
        ({"informed_on": date(2016, 1, 16), "signed_on": date(2016, 1, 16)}, "informed_on"),
    ],
)
def test_days_come_in_a_possible_order(play, row, days, item):
    assert items(play, row, **days) == [item]


def test_the_day_on_which_one_was_approached_informed_and_signed_may_be_one(play, row):
    day = row.approached_on
    assert play.take(row, informed_on=day, signed_on=day, capacity_on=day).signed_on == day


def test_only_the_version_in_force_on_the_day_counts(play, row):
    last, first = date(2015, 12, 13), date(2015, 12, 14)
    old = {"information-sheet": "1.0", "consent-form": "1.0"}
    new = {"information-sheet": "1.1", "consent-form": "1.1"}
    assert items(play, row, signed_on=last, documents=new) == [
        "document-information-sheet",
        "document-consent-form",
    ]
    assert items(play, row, signed_on=first, documents=new | {"consent-form": "1.0"}) == [
        "document-consent-form"
    ]
    assert items(play, row, signed_on=first, documents={"consent-form": "1.1"}) == [
        "document-information-sheet"
    ]
    assert items(play, row, signed_on=first, documents=new | {"leaflet": "1.0"}) == [
        "document-leaflet"
    ]
    assert dict(play.take(row, signed_on=last, documents=old).documents) == old


def test_every_mandatory_clause_is_agreed_to_and_the_others_may_not_be(play, protocol, row):
    clauses = protocol.consent.clauses
    refusing = {clause.key: False for clause in clauses}
    assert items(play, row, clauses=refusing) == [
        f"clause-{clause.key}" for clause in clauses if clause.mandatory
    ]
    signed = play.take(row, clauses={clause.key: clause.mandatory for clause in clauses})
    assert [signed.clauses[c.key] for c in clauses] == [c.mandatory for c in clauses]


def test_without_capacity_there_is_no_consent(play, protocol, row):
    for code in protocol.consent.capacity:
        if not code.may_consent:
            assert items(play, row, capacity=code.key) == ["capacity"]
    assert items(play, row, capacity="invented") == ["capacity"]


def test_everything_that_is_wrong_is_said_at_once(play, row):
    wrong = items(play, row, clauses={}, capacity="in-doubt", documents={})
    assert {"capacity", "document-consent-form", "clause-voluntary"} <= set(wrong)


def test_consent_comes_after_eligibility_and_approach_and_only_once(play, cluster):
    row = play.consider(cluster)
    with pytest.raises(Refused, match="was approached"):
        play.take(row)
    play.approach(row)
    with pytest.raises(Refused, match="answer every criterion"):
        play.take(row)
    play.answer(row)
    play.take(row)
    with pytest.raises(Refused, match="Consent was given on 12 October 2015"):
        play.take(row)


def test_who_declined_does_not_consent_until_the_decline_is_taken_back(play, protocol, row):
    reason = protocol.screening.declined_reasons[0].key
    play.does(Act.APPROACH, decline, row, declined_on=date(2015, 10, 6), reason=reason)
    with pytest.raises(Refused, match="take the decline back"):
        play.take(row)


def void(play, signed, why="The wrong form was entered."):
    play.does(Act.TAKE_CONSENT, consent.void, signed, why=why)


def test_a_voided_consent_stays_with_its_reason_and_makes_room(play, protocol, row):
    signed = play.take(row)
    with pytest.raises(Refused, match="Say why"):
        void(play, signed, why=None)
    void(play, signed)
    assert (signed.voided_on, signed.voided_reason) == (play.on, "The wrong form was entered.")
    assert (row.outcome, row.outcome_on) == (None, None)
    assert consent.valid(protocol, signed)
    with pytest.raises(Refused, match="already"):
        void(play, signed)
    again = play.take(row)
    assert consent.standing(play.session, row) is again


def test_the_consent_of_an_enrolment_is_not_voided(play, row):
    signed = play.take(row)
    play.enrol(row)
    with pytest.raises(Refused, match="record a withdrawal instead"):
        void(play, signed)


def test_a_participant_consents_again_to_a_newer_version(play, row):
    first = play.take(row)
    person = play.enrol(row)
    again = play.take(row, signed_on=date(2015, 12, 20), informed_on=date(2015, 12, 15))
    assert (again.participant_id, person.consent_id) == (person.id, first.id)
    assert person.enrolled_on == row.outcome_on == OCTOBER
