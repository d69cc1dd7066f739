"""The pages of consent, enrolment and identity."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from tests.web.recruited import typed
from trial.conduct.access import Act
from trial.protocol.roles import Role
from trial.records.models import Act as Done
from trial.records.models import Cluster, Consent, Participant, Screening

NAME = "Invented Person"


def signed(protocol, **rest):
    mandatory = [one.key for one in protocol.consent.clauses if one.mandatory]
    days = {
        "informed_on": date(2015, 10, 5),
        "capacity_on": date(2015, 10, 5),
        "signed_on": date(2015, 10, 12),
    }
    form = {key: value for name, day in days.items() for key, value in typed(name, day).items()}
    form |= {"document-information-sheet": "1.0", "document-consent-form": "1.0"}
    return form | {"clauses": mandatory, "capacity": "has-capacity"} | rest


def test_from_consent_to_a_study_number(play, protocol, own, researcher):
    play.ready(own)
    researcher.get("/screening/1/consent")
    form = signed(protocol, optional=["interview"])
    assert researcher.post("/screening/1/consent", form).status_code == 302
    page = researcher.get("/screening/1").text
    assert page.count(">Version 1.0</dd>") == 2
    assert "My clinical team may be told that I take part" in page
    researcher.get("/screening/1/enrol")
    answer = researcher.post("/screening/1/enrol", {"birth_year": "1980"})
    assert answer.status_code == 302
    assert "Enrolled as IPSOH-0001-L." in researcher.get("/screening/1").text
    play.session.rollback()
    person = play.session.scalar(select(Participant))
    assert (person.birth_year, person.enrolled_on) == (1980, date(2015, 10, 12))
    given = play.session.scalar(select(Consent))
    assert given.taken_by_name == "A researcher" or given.taken_by > 0
    assert given.clauses["interview"] is True
    assert given.clauses["results"] is False


@pytest.mark.parametrize(
    ("wrong", "said", "focus"),
    [
        ({"document-consent-form": "1.1"}, "Version 1.0 of the consent form", "document-consent-form"),
        ({"clauses": ["information"]}, "Consent needs agreement to: I take part", "clauses"),
        ({"clauses": []}, "Tick every clause", "clauses"),
        ({"capacity": "in-doubt"}, "only from a person who has capacity", "capacity"),
        (typed("signed_on", date(2015, 10, 4)), "cannot be before the day of information", "signed_on-day"),
        (typed("capacity_on", date(2015, 10, 13)), "on or before the day of signing", "capacity_on-day"),
        (typed("signed_on", None), "Enter when the form was signed", "signed_on-day"),
    ],
)  # fmt: skip
def test_a_consent_that_does_not_count_is_refused_beside_its_item(
    play, protocol, own, researcher, wrong, said, focus
):
    play.ready(own)
    researcher.get("/screening/1/consent")
    answer = researcher.post("/screening/1/consent", signed(protocol, **wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{focus}"' in answer.text
    assert re.search(r'value="has-capacity" checked|value="in-doubt" checked', answer.text)
    play.session.rollback()
    assert play.session.scalar(select(Consent)) is None


def test_what_stands_in_the_way_of_enrolment_is_said(play, own, researcher):
    play.ready(own)
    page = researcher.get("/screening/1/enrol").text
    assert "There is no written consent yet" in page
    assert "birth_year" not in page


def test_a_year_of_birth_that_cannot_be_is_refused(play, own, researcher):
    play.take(play.ready(own))
    researcher.get("/screening/1/enrol")
    for year, said in (
        ("2005", "Nobody born in 2005 was 18"),
        ("", "Enter the year"),
        ("80", "from 1900"),
    ):
        answer = researcher.post("/screening/1/enrol", {"birth_year": year})
        assert answer.status_code == 422
        assert said in answer.text
        assert "12 October 2015" in answer.text


def test_a_form_sent_twice_enrols_once(play, own, researcher):
    play.take(play.ready(own))
    researcher.get("/screening/1/enrol")
    form = researcher.hidden() | {"birth_year": "1980"}
    answers = [
        researcher.client.post("/screening/1/enrol", data=form).status_code for _ in range(2)
    ]
    assert answers == [302, 409]


def test_a_consent_is_voided_with_a_reason(play, own, researcher):
    given = play.take(play.ready(own)).id
    address = f"/screening/1/consent/{given}/void"
    researcher.get(address)
    assert "Say why this is changed" in researcher.post(address, {}).text
    assert researcher.post(address, {"reason": "The wrong form."}).status_code == 302
    page = researcher.get("/screening/1").text
    assert "The wrong form." in page
    assert "Record written consent" in page
    assert researcher.get("/screening/1/consent/99/void").status_code == 404


def test_who_somebody_is_is_recorded_shown_once_and_corrected(play, own, researcher):
    person = play.participant(own).id
    address = f"/participants/{person}/identity"
    assert "Nothing is recorded yet" in researcher.get(address).text
    researcher.get(f"{address}/record")
    form = {"name": NAME, "nhs_number": "943 476 5919"} | typed("date_of_birth", date(1980, 2, 29))
    assert researcher.post(f"{address}/record", form).status_code == 302
    page = researcher.get(address).text
    assert NAME not in page
    assert "Recorded under seal: name, date of birth, NHS number." in page
    researcher.get(address)
    once = researcher.hidden()
    shown = researcher.client.post(address, data=once)
    assert NAME in shown.text
    assert "29 February 1980" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert NAME not in researcher.client.post(address, data=once).text
    researcher.get(f"{address}/record")
    answer = researcher.post(f"{address}/record", {"name": "Another"})
    assert "Say why this is being changed" in answer.text
    answer = researcher.post(f"{address}/record", {"name": "Another", "reason": "Misspelt."})
    assert answer.status_code == 302
    play.session.rollback()
    seen = play.session.scalars(select(Done).where(Done.name == Act.SHOW_IDENTITY.value)).all()
    assert [one.participant_id for one in seen] == [person]


def test_a_stale_page_keeps_what_was_typed_and_theirs_stays_sealed(play, own, researcher, sign_in):
    person, theirs = play.participant(own).id, sign_in(Role.TRIAL_MANAGER)
    address = f"/participants/{person}/identity/record"
    researcher.get(address)
    assert researcher.post(address, {"name": NAME}).status_code == 302
    researcher.get(address), theirs.get(address)
    named = {"name": "Bea Invented", "reason": "Misheard."}
    assert theirs.post(address, named).status_code == 302
    mine = {"name": "Cia Invented", "reason": "Misspelt."}
    answer = researcher.post(address, mine | {"seen": "9" * 30})
    assert answer.status_code == 409
    assert re.findall(r"<td[^>]*>(.*?)</td>", answer.text) == ["Sealed", "Sealed", "Cia Invented"]
    assert "Bea Invented" not in answer.text and 'value="Cia Invented"' in answer.text
    assert researcher.post(address, mine).status_code == 302


def test_a_wrong_nhs_number_is_said_beside_it_and_the_rest_stays(play, own, researcher):
    person = play.participant(own).id
    address = f"/participants/{person}/identity/record"
    researcher.get(address)
    answer = researcher.post(address, {"name": NAME, "nhs_number": "943 476 5918"})
    assert answer.status_code == 422
    assert "this one is mistyped" in answer.text
    assert f'value="{NAME}"' in answer.text


@pytest.mark.parametrize(
    "role", [Role.STATISTICIAN, Role.AUDITOR, Role.EMPLOYMENT_SPECIALIST, Role.ADMINISTRATOR]
)
def test_who_may_not_see_identities_finds_no_page(play, own, sign_in, role):
    person = play.participant(own).id
    clusters = {own.id} if role is Role.EMPLOYMENT_SPECIALIST else None
    assert (
        sign_in(role, clusters=clusters).get(f"/participants/{person}/identity").status_code == 404
    )


def test_another_clusters_participant_is_not_there(play, own, researcher):
    other = play.open(play.session.scalar(select(Cluster).where(Cluster.key == "county-forensic")))
    person = play.participant(other)
    assert play.session.scalar(select(Screening.number)) == 1
    for address in ("identity", "identity/record"):
        assert researcher.get(f"/participants/{person.id}/{address}").status_code == 404
    assert researcher.get("/participants/99999999999/identity").status_code == 404
