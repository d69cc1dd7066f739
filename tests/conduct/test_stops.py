"""The time between a change of capacity and the consent that followed: nothing is dated inside it, ever."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conduct import basing
from tests.conduct.recruiting import MANAGER, TODAY, Recruiting
from tests.conduct.test_amendments import FORM
from tests.conduct.test_capacity import ADVISED, AGAIN, LATER, LOSS, ask, lose, regain, undo
from trial.conduct import consent, employment, holds, moves, stops, terms, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.conduct.importing.run import Order, Source, take_in
from trial.conduct.queries import UNCONSENTED
from trial.conduct.refused import Refused
from trial.conduct.stops import LOST, REGAINED, Dated, Stop
from trial.records.holds import LOCKED
from trial.records.models import Query, Visit
from trial.records.trail import acting
from trial.records.verify import verify

INSIDE = date(2015, 12, 20)
BETWEEN = "was stopped between 1 December 2015 and 11 January 2016, when consent stood again"
JOB = {
    "kind": "open", "source": "payslip", "started_on": date(2015, 11, 1),
    "weekly_hours": Decimal(16), "pay": Decimal(8), "pay_period": "hour",
}  # fmt: skip


@pytest.fixture
def trial(session, clusters, tmp_path):
    """A trial in which a consultee may advise, and that asks for moods."""
    read = FORM.replace(
        'key = "mood"\nname = "Mood"', 'key = "read"\nname = "Read"\nfrom_records = true', 1
    )
    text = basing.text().replace("[consent]\n", f"[consent]\n{ADVISED}") + FORM + read
    made = Recruiting(session, basing.load(basing.written(tmp_path, text)))
    made.open(clusters["city-forensic"])
    return made


@pytest.fixture
def person(trial, clusters):
    return basing.enrolled(trial, clusters["city-forensic"], "own")


@pytest.fixture
def back(trial, person):
    """Somebody who lost capacity on 1 December, regained it, and consented on 11 January."""
    lose(trial, person)
    regain(trial, person)
    ask(trial, person, "own")
    return person


def first_visit(trial, person):
    wanted = select(Visit).where(Visit.participant_id == person.id).order_by(Visit.due_on)
    return trial.session.scalars(wanted).first()


def see(trial, person, day=INSIDE):
    visit = first_visit(trial, person)
    told = {"done_on": day, "working": "no", "history_known_until": None}
    if visit.state == "expected":
        return trial.does(Act.RECORD_VISIT, visits.record_done, visit, **told)
    return trial.does(Act.RECORD_VISIT, visits.correct, visit, state="done", why="seen", **told)


def fill(trial, person, day=INSIDE, form="mood", record=None, **rest):
    def do(session, protocol, on):
        return saving.save(
            session, protocol, form_of(protocol, form), Subject(participant=person), record=record,
            answers={"mood": "low"}, observed_on=day, complete=True, on=on,
        )  # fmt: skip

    return trial.does(Act.ENTER_FORM, do, **rest)


def work(trial, person, **rest):
    return trial.does(Act.RECORD_SPELL, employment.record_spell, person, **(JOB | rest))


def asked(trial):
    """What is asked of days without consent: the table, and whether it still stands."""
    trial.session.rollback()
    wanted = select(Query).where(Query.check == UNCONSENTED).order_by(Query.id)
    return [(one.table, one.state) for one in trial.session.scalars(wanted)]


def test_nothing_is_dated_inside_once_consent_stands_again(trial, back):
    assert stops.of_person(trial.session, back) == [Stop(LOST, LOSS, LATER)]
    for attempt in (
        lambda: see(trial, back),
        lambda: fill(trial, back),
        lambda: fill(trial, back, form="read"),
    ):
        with pytest.raises(Refused, match=BETWEEN):
            attempt()
    # Both of its days stay open: what happened on them came before it, or after it.
    assert see(trial, back, LOSS).done_on == LOSS
    assert fill(trial, back, LATER).observed_on == LATER
    assert verify(trial.session).valid


def test_once_consent_stands_again_work_and_moves_meanwhile_are_told(trial, person):
    """They are collected then, from the person themselves: the outcome would be wrong without them."""
    spell = work(trial, person)
    lose(trial, person)
    for told in ({"started_on": INSIDE}, {"ended_on": INSIDE}):
        with pytest.raises(Refused, match="nothing more is collected"):
            work(trial, person, **told)
    regain(trial, person)
    ask(trial, person, "own")
    changed = {"from_on": INSIDE, "weekly_hours": Decimal(9), "pay": None, "pay_period": None}
    trial.does(Act.RECORD_SPELL, terms.add_term, spell, **changed)
    assert work(trial, person, started_on=INSIDE).started_on == INSIDE
    ended = trial.does(Act.RECORD_SPELL, employment.end_spell, spell, ended_on=LATER)
    assert ended.ended_on == LATER
    told = {"to": "county-forensic", "happened_on": INSIDE}
    assert trial.does(Act.RECORD_MOVE, moves.move, person, **told).happened_on == INSIDE
    assert verify(trial.session).valid


@pytest.mark.parametrize("ends", ["stop", "withdrawal", "death"])
def test_after_the_last_day_no_work_is_recorded_and_what_came_before_can_be_put_right(
    trial, person, ends
):
    spell = work(trial, person)
    match ends:
        case "stop":
            lose(trial, person)
        case "withdrawal":
            told = {"levels": {"follow-up"}, "happened_on": LOSS, "reason": "other"}
            trial.does(Act.WITHDRAW, withdrawal.withdraw, person, **told)
        case "death":
            trial.does(Act.RECORD_DEATH, withdrawal.record_death, person, happened_on=LOSS)
    for act, of, told in (
        (employment.end_spell, spell, {"ended_on": AGAIN}),
        (employment.correct_spell, spell, {"ended_on": AGAIN}),
        (employment.correct_spell, spell, {"started_on": AGAIN}),
        (terms.correct_term, spell.terms[0], {"from_on": AGAIN}),
    ):
        with pytest.raises(Refused, match="after that"):
            trial.does(Act.CORRECT_SPELL, act, of, why="a payslip", **told)
    # The month in which it ended is known, and follow-up ended in it: the last day that can be.
    told = {"ended_on": date(2015, 12, 1), "end_day_known": False}
    ended = trial.does(Act.RECORD_SPELL, employment.end_spell, spell, **told)
    assert ended.ended_on == LOSS
    trial.does(Act.CORRECT_SPELL, employment.correct_spell, spell, job_title="Cook", why="typed")
    assert spell.job_title == "Cook"


def test_a_file_is_held_to_it_too(trial, session, back):
    rows = f"number,observed_on,mood\n{back.number},2015-12-20,low\n{back.number},2016-01-12,low\n"
    order = Order(form_of(trial.protocol, "mood"), Source("moods.csv", rows.encode()), TODAY)
    session.rollback()
    told = take_in(session, trial.protocol, MANAGER, order)
    assert [(one.row, one.column) for one in told.refusals] == [(2, "observed_on")]
    assert BETWEEN in told.refusals[0].message


def test_what_a_loss_told_late_finds_collected_is_asked_about(trial, person):
    see(trial, person, date(2015, 12, 10))
    inside, before = fill(trial, person), fill(trial, person, date(2015, 11, 20))
    event = lose(trial, person)
    assert asked(trial) == [("visit", "open"), ("record", "open")]
    query = trial.session.scalars(select(Query).where(Query.table == "record")).one()
    assert (query.row, query.item, query.form) == (inside.id, "observed_on", "mood")
    assert "after 1 December 2015 (capacity lost)" in query.text and before.id != inside.id
    # It is asked once, and is settled when the loss never was.
    trial.on = date(2016, 2, 1)
    undo(trial, event)
    assert asked(trial) == [("visit", "closed"), ("record", "closed")]
    lose(trial, person)
    assert len(asked(trial)) == 4


def test_what_is_asked_is_settled_when_the_day_is_put_right(trial, person):
    see(trial, person, date(2015, 12, 10))
    record = fill(trial, person)
    lose(trial, person)
    see(trial, person, date(2015, 11, 30))
    fill(trial, person, LOSS, record=record, why="the paper says so")
    assert asked(trial) == [("visit", "closed"), ("record", "closed")]


def test_a_voided_advice_asks_about_what_was_collected_by_it(trial, session, person):
    lose(trial, person)
    advice = ask(trial, person, "consultee", day=date(2015, 12, 14))
    fill(trial, person)
    assert asked(trial) == []
    trial.does(Act.TAKE_CONSENT, consent.void, advice, why="the wrong person's form")
    assert person.stopped_on == LOSS
    assert asked(trial) == [("record", "open")]
    assert verify(session).valid


def test_a_locked_form_does_not_keep_a_stop_from_being_recorded(trial, session, person):
    record = fill(trial, person)
    session.rollback()
    with acting(session, by=MANAGER, name=Act.HOLD, reason="verified"):
        holds.place(session, trial.protocol, record, LOCKED)
    lose(trial, person)
    assert person.stopped_on == LOSS and asked(trial) == []


@pytest.mark.parametrize(
    ("events", "given", "found"),
    [
        ([(LOST, LOSS, 1)], [], [Stop(LOST, LOSS, None)]),
        ([(LOST, LOSS, 1)], [(LOST, LATER, 2)], [Stop(LOST, LOSS, LATER)]),
        # Only a consultee answers a loss, and only the person that they have capacity again.
        ([(LOST, LOSS, 1)], [(REGAINED, LATER, 2)], [Stop(LOST, LOSS, None)]),
        ([(LOST, LOSS, 1), (REGAINED, AGAIN, 2)], [(LOST, LATER, 3)], [Stop(LOST, LOSS, None)]),
        (
            [(LOST, LOSS, 1), (REGAINED, AGAIN, 2)],
            [(REGAINED, LATER, 3)],
            [Stop(LOST, LOSS, LATER)],
        ),
        (
            [(LOST, LOSS, 1), (REGAINED, AGAIN, 3)],
            [(LOST, INSIDE, 2), (REGAINED, LATER, 4)],
            [Stop(LOST, LOSS, INSIDE), Stop(REGAINED, AGAIN, LATER)],
        ),
        # On one day what was recorded first came first.
        ([(LOST, LOSS, 2)], [(LOST, LOSS, 1)], [Stop(LOST, LOSS, None)]),
        ([(LOST, LOSS, 2)], [(LOST, LOSS, 3)], [Stop(LOST, LOSS, LOSS)]),
        (
            [(LOST, LOSS, 1), (REGAINED, AGAIN, 2), (LOST, AGAIN, 4), (REGAINED, AGAIN, 5)],
            [(REGAINED, AGAIN, 3)],
            [Stop(LOST, LOSS, AGAIN), Stop(LOST, AGAIN, None)],
        ),
    ],
)
def test_stops_follow_from_events_and_the_consents_that_answer_them(events, given, found):
    made = stops.stops([Dated(*one) for one in events], [Dated(*one) for one in given])
    assert made == found


def test_consent_of_a_day_does_not_answer_what_was_recorded_after_it(trial, person):
    lose(trial, person)
    regain(trial, person)
    ask(trial, person, "own", day=AGAIN)
    assert person.stopped_on is None
    lose(trial, person, AGAIN)
    regain(trial, person, AGAIN)
    assert (person.stopped_on, person.stopped_for) == (AGAIN, "consent")
    ask(trial, person, "own", day=AGAIN)
    assert person.stopped_on is None
