"""Consent on each basis: what it asks, what it refuses, which visits it holds, and how it changes."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.conduct import basing
from tests.conduct.basing import enrolled, take
from trial.conduct import amendments, casebook, consent, signing, standing, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.screening import decline, take_back_decline
from trial.protocol import files_of, load
from trial.records.models import Participant, Visit
from trial.records.verify import verify

LATER = date(2016, 1, 10)


@pytest.fixture
def protocol(tmp_path):
    return basing.loaded(tmp_path)


def items(play, row, basis, **rest):
    """The items that a refusal names."""
    with pytest.raises(Refused) as refused:
        take(play, row, basis, **rest)
    assert consent.standing(play.session, row) is None
    return [finding.item for finding in refused.value.findings]


def planned(play, person):
    wanted = select(Visit.plan).where(Visit.participant_id == person.id).order_by(Visit.due_on)
    return list(play.session.scalars(wanted))


@pytest.mark.parametrize(
    ("basis", "asked", "held"),
    [
        ("own", {"information-sheet", "consent-form"}, ["baseline", "month-6", "month-12"]),
        ("consultee", {"information-sheet", "declaration"}, ["baseline", "month-12"]),
        ("records", {"information-sheet", "consent-form"}, []),
        ("opt-out", {"leaflet"}, []),
    ],
)
def test_each_basis_is_kept_with_what_it_asks_and_plans_what_it_holds(
    play, protocol, row, basis, asked, held
):
    made = take(play, row, basis)
    assert (made.basis, set(made.documents)) == (basis, asked)
    clauses = protocol.consent.clauses_of(protocol.consent.basis(basis))
    assert set(made.clauses) == {clause.key for clause in clauses}
    assert consent.valid(protocol, made) == []
    person = play.enrol(row)
    assert planned(play, person) == held
    assert person.enrolled_on == made.signed_on
    assert verify(play.session).valid


def test_a_basis_is_chosen_where_there_are_several(play, row):
    for basis in (None, "invented"):
        with pytest.raises(Refused, match="Choose on which basis") as refused:
            play.take(row, basis=basis)
        assert refused.value.findings[0].item == "basis"


@pytest.mark.parametrize("capacity", ["has-capacity", "in-doubt", None])
def test_a_consultee_is_refused_for_who_does_not_lack_capacity(play, row, capacity):
    assert items(play, row, "consultee", capacity=capacity) == ["capacity"]


def test_a_consultee_is_somebody_to_the_person(play, row):
    for relationship in (None, "Mrs Invented"):
        assert items(play, row, "consultee", relationship=relationship) == ["relationship"]
    assert items(play, row, "own", relationship="relative") == ["relationship"]
    assert take(play, row, "consultee").relationship == "relative"


@pytest.mark.parametrize("basis", ["own", "records"])
def test_who_lacks_capacity_gives_no_consent_of_their_own(play, row, basis):
    assert items(play, row, basis, capacity="lacks-capacity") == ["capacity"]
    assert items(play, row, basis, capacity_on=None) == ["capacity_on"]


def test_documents_and_clauses_of_another_basis_do_not_count(play, row):
    wrong = {"information-sheet": "1.0", "consent-form": "1.0"}
    assert items(play, row, "consultee", documents=wrong) == [
        "document-declaration",
        "document-consent-form",
    ]
    only = {"information": True, "participation": True}
    assert items(play, row, "records", clauses=only) == ["clause-inspection"]
    assert set(take(play, row, "consultee", clauses=only).clauses) == {*only, "clinician-told"}


def test_silence_counts_only_after_the_full_days(play, row):
    informed = date(2015, 10, 5)
    for days in (0, 13, 14):
        assert items(play, row, "opt-out", signed_on=informed + timedelta(days=days)) == [
            "signed_on"
        ]
    assert items(play, row, "opt-out", signed_on=play.on + timedelta(days=1)) == ["signed_on"]
    assert take(play, row, "opt-out", signed_on=informed + timedelta(days=15)).basis == "opt-out"


def test_silence_says_nothing_of_capacity_and_agrees_to_nothing(play, row):
    assert items(play, row, "opt-out", capacity="has-capacity") == ["capacity"]
    made = take(play, row, "opt-out")
    assert (made.capacity, made.capacity_on, dict(made.clauses)) == (None, None, {})


def objects(play, row):
    reason = play.protocol.screening.declined_reasons[0].key
    play.does(Act.APPROACH, decline, row, declined_on=date(2015, 10, 6), reason=reason)


def test_after_an_objection_there_is_no_opt_out(play, protocol, row):
    objects(play, row)
    with pytest.raises(Refused, match="objected or declined, under number 1"):
        take(play, row, "opt-out")
    assert "opt-out" not in [one.key for one in consent.offered(play.session, protocol, row)]
    play.does(Act.APPROACH, take_back_decline, row, why="The wrong person's.")
    assert take(play, row, "opt-out").basis == "opt-out"


def test_an_objection_holds_when_the_person_is_considered_again(play, cluster, row):
    objects(play, row)
    again = play.ready(cluster, earlier_number=row.number)
    with pytest.raises(Refused, match="under number 1: silence"):
        take(play, again, "opt-out")
    assert take(play, again, "own").basis == "own"


def test_who_takes_part_in_data_only_is_enrolled_and_a_wider_consent_plans_the_visits(play, row):
    take(play, row, "opt-out")
    person = play.enrol(row)
    assert planned(play, person) == []
    again = take(play, row, "own", informed_on=date(2015, 11, 2), signed_on=date(2015, 11, 9))
    assert (again.participant_id, again.basis) == (person.id, "own")
    assert planned(play, person) == ["baseline", "month-6", "month-12"]
    due = play.session.scalar(select(Visit.due_on).where(Visit.plan == "month-6"))
    assert due == date(2016, 4, 20)  # counted from enrolment, as for everyone
    assert person.enrolled_on == date(2015, 10, 20)


def test_a_visit_that_was_over_before_the_wider_consent_never_fell_due(play, row):
    take(play, row, "records")
    person = play.enrol(row)
    take(play, row, "own", informed_on=LATER, signed_on=LATER, capacity_on=LATER)
    assert planned(play, person) == ["month-6", "month-12"]  # the baseline closed in November


def test_who_regains_capacity_consents_and_both_stand(play, protocol, row):
    first = take(play, row, "consultee")
    person = play.enrol(row)
    again = take(play, row, "own", informed_on=date(2015, 11, 2), signed_on=date(2015, 11, 9))
    assert planned(play, person) == ["baseline", "month-6", "month-12"]
    assert person.consent_id == first.id
    assert consent.standing(play.session, row) is again
    assert consent.valid(protocol, first) == consent.valid(protocol, again) == []
    told = [
        dict(part.rows)["Basis"]
        for part in casebook.of_participant(play.session, protocol, play.by, person)
        if part.title.startswith("Consent")
    ]
    assert told == ["A consultee's declaration", "Own written consent"]


def test_silence_never_replaces_a_consent_that_was_given(play, protocol, row):
    take(play, row, "records")
    play.enrol(row)
    with pytest.raises(Refused, match="silence does not replace it"):
        take(play, row, "opt-out", informed_on=date(2015, 11, 2), signed_on=date(2015, 12, 1))
    offered = [one.key for one in consent.offered(play.session, protocol, row)]
    assert offered == ["own", "consultee", "records"]


def test_a_narrower_basis_waits_until_its_visits_are_settled(play, row):
    take(play, row, "own")
    person = play.enrol(row)
    later = {"informed_on": LATER, "signed_on": LATER, "capacity_on": LATER}
    with pytest.raises(
        Refused, match=r"still expected: Baseline, 6-month follow-up, .* Record first"
    ):
        take(play, row, "records", **later)
    for visit in play.session.scalars(select(Visit)).all():
        play.does(Act.RECORD_VISIT, visits.record_not_needed, visit, reason="withdrawn")
    assert take(play, row, "records", **later).basis == "records"
    assert len(planned(play, person)) == 3


def test_a_wider_consent_is_voided_only_when_the_visits_that_it_added_are_settled(play, row):
    first = take(play, row, "opt-out")
    person = play.enrol(row)
    again = take(play, row, "own", informed_on=date(2015, 11, 2), signed_on=date(2015, 11, 9))
    with pytest.raises(
        Refused, match=r"The consent of 20 October 2015 would stand.*: Baseline, 6-month"
    ):
        play.does(Act.TAKE_CONSENT, consent.void, again, why="Another person's form")
    assert again.voided_on is None
    for visit in play.session.scalars(select(Visit).where(Visit.participant_id == person.id)):
        play.does(Act.RECORD_VISIT, visits.record_not_needed, visit, reason="withdrawn")
    play.does(Act.TAKE_CONSENT, consent.void, again, why="Another person's form")
    assert consent.standing(play.session, row) is first


def test_a_consent_that_is_not_the_newest_is_voided_whatever_is_expected(play, row):
    take(play, row, "opt-out")
    play.enrol(row)
    second = take(play, row, "records", informed_on=date(2015, 11, 2), signed_on=date(2015, 11, 9))
    take(play, row, "own", informed_on=date(2015, 11, 10), signed_on=date(2015, 11, 11))
    play.does(Act.TAKE_CONSENT, consent.void, second, why="Another person's form")
    assert second.voided_on


def test_the_dead_are_not_asked_again(play, row):
    take(play, row, "own")
    person = play.enrol(row)
    play.does(Act.RECORD_DEATH, withdrawal.record_death, person, happened_on=date(2015, 12, 1))
    with pytest.raises(Refused, match="died on 1 December 2015"):
        take(play, row, "own", informed_on=LATER, signed_on=LATER)


def test_who_consents_again_is_asked_only_for_the_documents_of_their_basis(play, protocol, cluster):
    people = {basis: enrolled(play, cluster, basis) for basis in basing.SAID}
    found = {
        (one.participant.number, one.document.key)
        for one in amendments.to_consent_again(play.session, protocol, LATER)
    }
    new = {"own": "consent-form", "records": "consent-form", "consultee": "declaration"}
    assert found == {
        (people[basis].number, key)
        for basis, other in new.items()
        for key in ("information-sheet", other)
    }


def test_a_new_consent_shows_the_signature_of_the_casebook_invalid(play, row):
    take(play, row, "records")
    person = play.enrol(row)
    before = signing.fingerprint(play.session, person)
    take(play, row, "records", informed_on=LATER, signed_on=LATER, capacity_on=LATER)
    assert signing.fingerprint(play.session, person) != before


def adopt(play, folder, old, new):
    """Adopt the protocol with one passage in the place of another."""
    content = basing.text().replace('version = "1.0"\nsponsor', 'version = "2.0"\nsponsor')
    assert content.count(old) == 1
    file = basing.written(folder, content.replace(old, new))

    def do(session, protocol, on):
        return amendments.adopt(session, protocol, load(file), files_of(file), on=on)

    play.does(Act.ADOPT_PROTOCOL, do, why="Substantial amendment 1")


def test_an_amendment_that_widens_a_basis_plans_its_visits(play, cluster, tmp_path):
    person = enrolled(play, cluster, "records")
    old = '"inspection"]\nvisits = []'
    adopt(play, tmp_path, old, old.replace("[]", '["month-12"]'))
    assert planned(play, person) == ["month-12"]


def test_a_basis_that_people_take_part_on_is_not_dropped(play, cluster, tmp_path):
    enrolled(play, cluster, "records")
    with pytest.raises(Refused, match="The basis records is gone"):
        adopt(play, tmp_path, 'key = "records"\n', 'key = "other"\n')


def test_who_has_no_visits_is_not_said_to_have_ended_follow_up(play, protocol, cluster):
    person = enrolled(play, cluster, "opt-out")
    asked = standing.Status.UNVISITED
    assert standing.status_of(person, []) == asked
    listed = select(Participant.id).where(standing.having(asked))
    assert list(play.session.scalars(listed)) == [person.id]
    ended = select(Participant.id).where(standing.having(standing.Status.THROUGH))
    assert list(play.session.scalars(ended)) == []
    assert asked in standing.known(protocol)
    assert asked not in standing.known(load(None))
