"""Signatures: bound to the content, invalid after any change, and never of another row."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from tests.records.holding import FORM, about
from trial.conduct import casebook, signing, visits
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject
from trial.conduct.refused import Refused, Stale
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Change, Query, Signature, Visit
from trial.records.trail import acting

MEANING = "I have reviewed these data."


@pytest.fixture
def signed(session, protocol, clusters):
    """A trial, somebody enrolled, and a complete form of theirs."""
    return about(Recruiting(session, protocol), clusters["city-forensic"])


def sign(trial, what, meaning=MEANING):
    return trial.does(Act.SIGN_RECORD, lambda s, p, on: signing.sign(s, p, what, meaning))


def change(trial, person, record, mood, why="The sheet says so"):
    def do(session, protocol, on):
        return saving.save(
            session, protocol, FORM, Subject(participant=person), record=record,
            answers={"mood": mood}, observed_on=record.observed_on, complete=True, on=on,
        )  # fmt: skip

    return trial.does(Act.ENTER_FORM, do, why=why)


def test_a_signature_holds_until_anything_changes_and_again_when_signed_again(session, signed):
    trial, person, record, _ = signed
    made = sign(trial, record)
    assert (made.signed_name, made.signed_role) == (trial.by.name, "trial manager")
    assert [one.valid for one in signing.signatures(session, record)] == [True]
    change(trial, person, record, 9)
    assert [one.valid for one in signing.signatures(session, record)] == [False]
    assert not signing.signed(session, record)
    sign(trial, record)
    assert [one.valid for one in signing.signatures(session, record)] == [True, False]


def test_a_signature_copied_to_another_record_does_not_fit(session, signed):
    trial, person, record, _ = signed
    made = sign(trial, record)

    def another(s, p, on):
        return saving.save(
            s, p, FORM, Subject(participant=person), answers={"mood": 5},
            observed_on=record.observed_on, complete=True, on=on,
        )  # fmt: skip

    twin = trial.does(Act.ENTER_FORM, another)
    with acting(session, by=trial.by, name=Act.SIGN_RECORD):
        session.add(
            Signature(
                **{
                    key: getattr(made, key)
                    for key in Signature.__mapper__.columns.keys()  # noqa: SIM118
                    if key not in ("id", "row", "row_id", "table_name")
                },
                row=twin.id,
            )
        )
    assert [one.valid for one in signing.signatures(session, twin)] == [False]


def test_only_what_is_complete_and_without_open_queries_is_signed(session, signed):
    trial, person, record, _ = signed

    def draft(s, p, on):
        return saving.save(
            s, p, FORM, Subject(participant=person), answers={}, observed_on=None,
            complete=False, on=on,
        )  # fmt: skip

    unfinished = trial.does(Act.ENTER_FORM, draft)
    with pytest.raises(Refused, match="complete it before"):
        sign(trial, unfinished)
    with acting(session, by=trial.by, name=Act.RAISE_QUERY):
        session.add(
            Query(
                participant_id=person.id, cluster_id=person.cluster_id, table="record",
                row=record.id, item="answers.mood", text="Right?", state="open",
                raised_at=session.info["clock"].now(), raised_by=1,
            )
        )  # fmt: skip
    with pytest.raises(Refused, match="one query is open"):
        sign(trial, record)
    with pytest.raises(Refused, match="what the signature means"):
        sign(trial, record, meaning="  ")


def visited(trial, person):
    visit = trial.session.query(Visit).filter_by(participant_id=person.id, plan="baseline").one()
    day = {"done_on": date(2016, 1, 14), "working": "no", "history_known_until": None}
    trial.does(Act.RECORD_VISIT, visits.record_done, visit, **day)


def test_a_casebook_is_signed_only_when_nothing_is_missing(session, signed):
    trial, person, _, _ = signed
    with pytest.raises(Refused, match="no word of Baseline"):
        sign(trial, person)
    visited(trial, person)
    due = FORM.model_copy(update={"key": "due", "occurs": "visit", "visits": ("baseline",)})
    forms = trial.protocol.forms
    trial.protocol = trial.protocol.model_copy(update={"forms": (*forms, due)})
    with pytest.raises(Refused, match="not filled in: Mood of Baseline"):
        sign(trial, person)


def test_what_is_shown_is_what_is_signed(session, signed):
    trial, person, record, _ = signed
    shown = signing.fingerprint(session, record)
    change(trial, person, record, 9)
    with pytest.raises(Stale):
        trial.does(Act.SIGN_RECORD, lambda s, p, on: signing.sign(s, p, record, "x", shown=shown))
    assert signing.forms(session, trial.protocol) == {}
    part = casebook.of_form(session, trial.protocol, record)
    assert ("Mood", "9") in part.rows and ("Note", "Not answered") in part.rows


def test_the_fingerprint_in_the_trail_is_not_for_who_must_not_know_the_arm(session, signed):
    """Who knows all the other answers could try the few that tell the arm until the fingerprint fits."""
    trial, _, record, _ = signed
    sign(trial, record)
    session.info["actor"] = Actor(5, "A data manager", Role.DATA_MANAGER, blinded=True)
    seen = session.scalars(select(Change.item).where(Change.table == "signature")).all()
    assert "meaning" in seen and "sha256" not in seen


def test_a_casebook_covers_everything_about_the_person(session, signed):
    trial, person, record, _ = signed
    visited(trial, person)
    sign(trial, person)
    assert signing.casebooks(session) == {person.id: "signed"}
    assert signing.signed(session, person)
    change(trial, person, record, 7)
    assert not signing.signed(session, person)
    sign(trial, person)
    trial.does(Act.CORRECT_PARTICIPANT, lambda s, p, on: setattr(person, "birth_year", 1971))
    assert not signing.signed(session, person)


def test_a_reader_who_sees_less_sees_the_same_validity(session, signed):
    trial, person, record, _ = signed
    with acting(session, by=trial.by, name=Act.ENTER_FORM, reason="x"):
        record.telling = {"helped": "yes"}
    visited(trial, person)
    sign(trial, record)
    sign(trial, person)
    of_record, of_person = record.id, person.id
    session.expunge_all()
    session.info["actor"] = Actor(5, "A data manager", Role.DATA_MANAGER, blinded=True)
    again = session.get(type(record), of_record)
    assert dict(again.telling) == {}
    assert signing.signed(session, again)
    assert signing.signed(session, session.get(type(person), of_person))
    assert again.observed_on == date(2016, 1, 15)
