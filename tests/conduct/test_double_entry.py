"""Two people enter a form, unseen by each other; a third settles what differs; then one record counts."""

import json
from dataclasses import replace
from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.recruiting import MANAGER, TODAY, Recruiting
from trial.conduct.access import Act
from trial.conduct.forms import double_entry, saving
from trial.conduct.forms.double_entry import Decision
from trial.conduct.forms.entries import Turn, pair_of
from trial.conduct.forms.plans import Subject
from trial.conduct.refused import NotAllowed, Refused
from trial.protocol import load
from trial.protocol.forms import FormPlan
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.history import history
from trial.records.models import Change, Participant, Record, Visit
from trial.records.trail import acting
from trial.records.verify import verify

KEY = "twice"
PLAN = {
    "key": KEY, "name": "Twice", "about": "participant", "occurs": "visit", "visits": ["baseline"],
    "entered_by": ["researcher", "trial manager"], "seen_by": ["data manager", "auditor"],
    "double_entry": True,
    "sections": [
        {
            "title": "All",
            "items": [
                {"key": key, "kind": "whole", "label": key, "between": [0, 100]}
                for key in (*(f"dimension_{n}" for n in range(1, 6)), "health_today")
            ],
        }
    ],
}  # fmt: skip
DAY = date(2015, 10, 20)
ANSWERS = {f"dimension_{n}": n for n in range(1, 6)} | {"health_today": 70}
FIRST = Actor(21, "First", Role.RESEARCHER)
SECOND = Actor(22, "Second", Role.RESEARCHER)
THIRD = Actor(23, "Third", Role.DATA_MANAGER)


@pytest.fixture
def form():
    return FormPlan.model_validate_json(json.dumps(PLAN))


@pytest.fixture
def protocol(form):
    shipped = load(None)
    return shipped.model_copy(update={"forms": (*shipped.forms, form)})


@pytest.fixture
def subject(session, protocol, clusters):
    trial = Recruiting(session, protocol)
    person = trial.participant(trial.open(clusters["city-forensic"]))
    visit = session.scalars(
        select(Visit).where(Visit.participant_id == person.id, Visit.plan == "baseline")
    ).one()
    return Subject(participant=person, visit=visit)


@pytest.fixture
def enters(session, protocol, form, subject):
    """Makes an entry: ``enters(FIRST, 1, health_today=80)``."""

    def enter(by: Actor, entry: int, record: Record | None = None, **rest: object) -> Record:
        session.rollback()
        with acting(session, by=by, name=Act.ENTER_FORM):
            return saving.save(
                session, protocol, form, subject,
                record=record, answers=ANSWERS | rest.pop("answers", {}),
                observed_on=rest.pop("day", DAY), complete=rest.pop("complete", True),
                entry=entry, on=TODAY,
            )  # fmt: skip

    return enter


@pytest.fixture
def settles(session, protocol, form, subject):
    def settle(by: Actor, **decided: Decision) -> Record:
        session.rollback()
        with acting(session, by=by, name=Act.ADJUDICATE):
            return double_entry.settle(session, protocol, form, subject, decided, TODAY)

    return settle


def as_(session: Session, actor: Actor | None) -> Session:
    """The session as somebody sees it through the door."""
    session.rollback()
    for one in [one for one in session if isinstance(one, Record | Change)]:
        session.expunge(one)
    session.info["actor"] = actor
    return session


def turn(session, form, subject, actor):
    return pair_of(session, form, subject).turn(actor)


def test_nobody_sees_an_entry_of_another_before_both_are_complete(session, form, subject, enters):
    first = enters(FIRST, 1).id
    for actor, seen in ((FIRST, 1), (SECOND, 0), (THIRD, 0), (replace(MANAGER, id=30), 0)):
        as_(session, actor)
        assert len(session.scalars(select(Record)).all()) == seen, actor
        assert bool(session.get(Record, first)) == bool(seen)
        assert bool(history(session, "record", first)) == bool(seen)
        found = session.scalars(select(Change).where(Change.table == "record")).all()
        assert bool(found) == bool(seen)
    as_(session, None)
    assert turn(session, form, subject, SECOND) is Turn.SECOND
    assert turn(session, form, subject, FIRST) is Turn.WAIT
    second = enters(SECOND, 2, complete=False).id
    as_(session, FIRST)
    assert session.get(Record, second) is None
    as_(session, None)
    assert turn(session, form, subject, SECOND) is Turn.GO_ON
    enters(SECOND, 2, session.get(Record, second))
    for actor in (FIRST, SECOND, THIRD):
        as_(session, actor)
        assert len(session.scalars(select(Record)).all()) == 2
        assert len(history(session, "record", first, "answers.health_today")) == 1
    as_(session, None)


def test_differences_are_settled_by_a_third_person_and_only_then_a_record_counts(
    session, protocol, form, subject, enters, settles
):
    enters(FIRST, 1)
    enters(SECOND, 2, answers={"dimension_2": 5, "health_today": "missing: refused"})
    pair = pair_of(session, form, subject)
    differing = [one.path for one in double_entry.differences(form, pair)]
    assert differing == ["dimension_2", "health_today"]
    told = {
        "dimension_2": Decision("second", "the paper says 5"),
        "health_today": Decision("other", "read again", 75),
    }
    for enterer in (FIRST, SECOND, replace(THIRD, id=FIRST.id)):
        with pytest.raises(NotAllowed):
            settles(enterer, **told)
    with pytest.raises(Refused) as refused:
        settles(THIRD, dimension_2=Decision("second", " "), health_today=Decision("other", "x"))
    assert [one.item for one in refused.value.findings] == ["why-dimension_2", "health_today"]
    with pytest.raises(Refused):
        settles(THIRD)
    made = settles(THIRD, **told)
    assert (made.entry, made.state, made.entered_by) == (0, "complete", THIRD.id)
    assert dict(made.answers) == ANSWERS | {"dimension_2": 5, "health_today": 75}
    assert made.observed_on == DAY
    with pytest.raises(Refused, match="settled already"):
        settles(THIRD, **told)
    assert turn(session, form, subject, FIRST) is Turn.SETTLED
    assert double_entry.waiting(session, protocol, THIRD) == []


def test_what_agrees_is_confirmed_by_whoever_fills_in_the_form(
    session, protocol, form, subject, enters, settles
):
    enters(FIRST, 1)
    with pytest.raises(Refused, match="Both entries"):
        settles(SECOND)
    enters(SECOND, 2)
    (waiting,) = double_entry.waiting(session, protocol, FIRST)
    assert waiting.differences == 0 and waiting.since == TODAY
    assert dict(settles(SECOND).answers) == ANSWERS
    found = double_entry.agreement(session, protocol, KEY)
    assert (found.pairs, found.compared, found.equal, found.rate) == (1, 7, 7, 1.0)
    assert verify(session, None).valid


def test_a_second_save_never_overrides(session, form, subject, enters, settles):
    first = enters(FIRST, 1)
    with pytest.raises(Refused, match="entered twice"):
        enters(SECOND, 0)
    with pytest.raises(Refused, match="another person"):
        enters(FIRST, 2)
    with pytest.raises(Refused, match="meanwhile"):
        enters(SECOND, 1)
    with pytest.raises(Refused, match="only they"):
        enters(SECOND, 1, session.get(Record, first.id))
    enters(SECOND, 2)
    with pytest.raises(Refused, match=r"meanwhile|Somebody else"):
        enters(replace(SECOND, id=29), 2)
    with pytest.raises(Refused, match="change no more"):
        enters(FIRST, 1, session.get(Record, first.id), answers={"health_today": 1})
    made = settles(FIRST)
    with pytest.raises(Refused, match="settled"):
        enters(FIRST, 1, session.get(Record, first.id), answers={"health_today": 1})
    with pytest.raises(Refused, match=r"[Rr]eason|why"):
        enters(FIRST, 0, session.get(Record, made.id), answers={"health_today": 1})


def test_the_second_entry_comes_after_the_first_and_voiding_begins_anew(
    session, protocol, form, subject, enters, settles
):
    with pytest.raises(Refused, match="first"):
        enters(FIRST, 2)
    enters(FIRST, 1)
    enters(SECOND, 2)
    made = settles(FIRST)
    session.rollback()
    with acting(session, by=FIRST, name=Act.VOID_FORM, reason="the wrong person's paper"):
        saving.void(session, protocol, session.get_one(Record, made.id))
    assert {one.state for one in session.scalars(select(Record))} == {"voided"}
    assert turn(session, form, subject, SECOND) is Turn.FIRST


def test_two_who_send_the_second_entry_at_once_make_one(
    engine, session, protocol, form, subject, enters
):
    enters(FIRST, 1)
    person, visit = subject.participant.id, subject.visit.id
    session.rollback()
    start, answers = Barrier(4), []

    def send(number: int) -> None:
        with Session(engine) as own:
            by = replace(SECOND, id=number)
            start.wait()
            try:
                with acting(own, by=by, name=Act.ENTER_FORM):
                    about = Subject(
                        participant=own.get_one(Participant, person),
                        visit=own.get_one(Visit, visit),
                    )
                    saving.save(
                        own, protocol, form, about,
                        answers=ANSWERS, observed_on=DAY, complete=True, entry=2, on=TODAY,
                    )  # fmt: skip
                answers.append("saved")
            except Refused:
                answers.append("refused")

    threads = [Thread(target=send, args=(number,)) for number in range(41, 45)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == ["refused", "refused", "refused", "saved"]
    assert len(session.scalars(select(Record).where(Record.entry == 2)).all()) == 1
