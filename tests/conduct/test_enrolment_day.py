"""The day of enrolment corrected: windows follow, and in whatever order nobody gains or loses a visit."""

import shutil
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from tests.conduct.test_amendments import MONTH_3
from trial.conduct import (
    amendments,
    begin,
    capacity,
    consent,
    employment,
    enrolment_day,
    moves,
    stops,
    visits,
    withdrawal,
)
from trial.conduct.access import Act
from trial.conduct.contact import lost
from trial.conduct.queries import UNCONSENTED
from trial.conduct.refused import Refused
from trial.protocol import files_of, load
from trial.protocol.loading import SHIPPED
from trial.protocol.windows import anniversary, window
from trial.records.models import Consent, Event, Query, Screening, Spell, Visit
from trial.records.verify import verify

RIGHT = date(2015, 10, 8)
STEPS, RUNS = 30, 15
MONTH_6 = '[[visits]]\nremark = "assumed: the trial team confirms"\nkey = "month-6"'


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))  # enrolled on 12 October 2015


def corrected(trial, person, day=RIGHT, why="the form says so"):
    trial.does(Act.CORRECT_PARTICIPANT, enrolment_day.correct, person, enrolled_on=day, why=why)


def visits_of(session, person):
    session.rollback()
    wanted = select(Visit).where(Visit.participant_id == person.id).order_by(Visit.due_on)
    return session.scalars(wanted).all()


def test_every_window_is_counted_from_the_right_day(trial, person, session, protocol):
    corrected(trial, person)
    assert person.enrolled_on == person.known_until == RIGHT
    assert session.get_one(Consent, person.consent_id).signed_on == RIGHT
    plans = {one.key: one for one in protocol.visits}
    for visit in visits_of(session, person):
        days = window(plans[visit.plan], RIGHT)
        assert (visit.due_on, visit.opens_on, visit.closes_on) == (
            days.due_on, days.opens_on, days.closes_on,
        )  # fmt: skip
    assert verify(session).valid


def test_a_visit_that_was_done_keeps_its_day_and_is_judged_by_the_new_window(
    trial, person, session
):
    visit = next(one for one in visits_of(session, person) if one.plan == "baseline")
    told = {"done_on": date(2015, 10, 26), "working": "no", "history_known_until": None}
    trial.does(Act.RECORD_VISIT, visits.record_done, visit, **told)
    before = visits.in_window(visit)
    corrected(trial, person)
    found = next(one for one in visits_of(session, person) if one.plan == "baseline")
    assert found.state == "done" and found.done_on == date(2015, 10, 26)
    assert (before, visits.in_window(found)) == (
        found.done_on <= found.closes_on + timedelta(days=4), found.done_on <= found.closes_on,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2015, 10, 12), "the day that is recorded"),
        (date(2016, 2, 1), "future"),
        (date(2015, 10, 4), "day of information"),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_words(trial, person, day, told):
    with pytest.raises(Refused, match=told):
        corrected(trial, person, day)
    assert person.enrolled_on == date(2015, 10, 12)


def test_without_a_reason_and_after_what_followed_it_is_refused(trial, person, session):
    with pytest.raises(Refused):
        corrected(trial, person, why=None)
    visit = next(one for one in visits_of(session, person) if one.plan == "baseline")
    told = {"done_on": date(2015, 10, 13), "working": "no", "history_known_until": None}
    trial.does(Act.RECORD_VISIT, visits.record_done, visit, **told)
    with pytest.raises(Refused, match="A visit was done on 13 October 2015, before this day"):
        corrected(trial, person, date(2015, 10, 14))
    session.rollback()
    assert person.enrolled_on == date(2015, 10, 12)


def test_months_are_those_of_the_calendar_also_from_a_leap_day_and_the_end_of_a_month():
    assert anniversary(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert anniversary(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert anniversary(date(2027, 2, 28), 12) == date(2028, 2, 28)
    assert anniversary(date(2026, 3, 29), 12) == date(2027, 3, 29)  # both clock changes
    assert anniversary(date(2026, 10, 25), 12) == date(2027, 10, 25)


@pytest.fixture
def amended(tmp_path, session, trial):
    """The protocol's next version in a folder, with the first one kept."""
    trial.does(Act.BEGIN_TRIAL, lambda s, p, on: begin.keep(s, p, files_of(SHIPPED), on))
    made = tmp_path / "amended"
    shutil.copytree(SHIPPED, made)
    design, visits_in = made / "1-design.toml", made / "4-follow-up.toml"
    design.write_text(design.read_text().replace('version = "1.0"', 'version = "2.0"', 1))
    text = visits_in.read_text()
    assert text.count(MONTH_6) == 1
    visits_in.write_text(text.replace(MONTH_6, MONTH_3))
    return made


class Life:
    """Whatever may happen to one participant, in any order."""

    def __init__(self, trial, person, chance, amended):
        self.trial, self.person, self.chance, self.amended = trial, person, chance, amended
        self.session, self.protocol = trial.session, trial.protocol

    def visit(self):
        return self.chance.choice(visits_of(self.session, self.person))

    def correct(self):
        corrected(self.trial, self.person, date(2015, 10, self.chance.randint(5, 20)))

    def done(self):
        day = self.person.enrolled_on + timedelta(days=self.chance.randint(0, 500))
        told = {"done_on": day, "working": "no", "history_known_until": None}
        self.trial.does(Act.RECORD_VISIT, visits.record_done, self.visit(), **told)
        self.refuse_inside(day)

    def put_right(self):
        """The day on which a visit was done."""
        day = self.person.enrolled_on + timedelta(days=self.chance.randint(0, 500))
        told = {"done_on": day, "working": "no", "history_known_until": None}
        self.trial.does(
            Act.RECORD_VISIT, visits.correct, self.visit(), state="done", why="typed", **told
        )
        self.refuse_inside(day)

    def work(self):
        day = self.person.enrolled_on + timedelta(days=self.chance.randint(0, 300))
        told = {"kind": "open", "source": "payslip", "started_on": day}
        self.trial.does(Act.RECORD_SPELL, employment.record_spell, self.person, **told)
        self.refuse_inside(day)

    def end_work(self):
        self.session.rollback()
        running = self.session.scalars(select(Spell).where(Spell.ended_on.is_(None))).all()
        if running:
            spell = self.chance.choice(running)
            day = spell.started_on + timedelta(days=self.chance.randint(0, 200))
            self.trial.does(Act.RECORD_SPELL, employment.end_spell, spell, ended_on=day)
            self.refuse_inside(day)

    def refuse_inside(self, day):
        """What was just recorded is dated while something was to be collected."""
        assert day <= (visits.closed_on(self.person) or day)
        assert not any(one.holds(day) for one in stops.of_person(self.session, self.person))

    def missed(self):
        visit = self.visit()
        reason = visits.plan_of(self.protocol, visit).missed_reasons[0].key
        self.trial.does(Act.RECORD_VISIT, visits.record_missed, visit, reason=reason)

    def expected_again(self):
        self.trial.does(
            Act.RECORD_VISIT, visits.correct, self.visit(), state="expected", why="a mistake"
        )

    def withdraw(self):
        level = self.chance.choice(self.protocol.withdrawal.levels).key
        told = {"levels": {level}, "reason": self.protocol.withdrawal.reasons[0].key}
        day = self.person.enrolled_on + timedelta(days=self.chance.randint(0, 300))
        self.trial.does(Act.WITHDRAW, withdrawal.withdraw, self.person, happened_on=day, **told)

    def die(self):
        day = self.person.enrolled_on + timedelta(days=self.chance.randint(100, 300))
        self.trial.does(Act.RECORD_DEATH, withdrawal.record_death, self.person, happened_on=day)

    def take_back(self):
        self.session.rollback()
        events = self.session.scalars(select(Event).where(Event.voided_on.is_(None))).all()
        if events:
            event = self.chance.choice(events)
            self.trial.does(Act.WITHDRAW, withdrawal.undo, event, why="a mistake")

    def lose(self):
        told = {"happened_on": self.trial.on, "reason": "not-traced", "note": "Nobody knows."}
        self.trial.does(Act.DECLARE_LOST, lost.declare, self.person, **told)

    def find(self):
        self.trial.does(Act.RECORD_FOUND, lost.find, self.person, happened_on=self.trial.on)

    def lose_capacity(self):
        day = self.person.enrolled_on + timedelta(days=self.chance.randint(0, 300))
        self.trial.does(Act.RECORD_CAPACITY, capacity.lose, self.person, happened_on=day)

    def regain_capacity(self):
        day = self.person.enrolled_on + timedelta(days=self.chance.randint(0, 400))
        self.trial.does(Act.RECORD_CAPACITY, capacity.regain, self.person, happened_on=day)

    def consent_again(self):
        row = self.session.get_one(Screening, self.person.screening_id)
        day = self.person.enrolled_on + timedelta(days=self.chance.randint(0, 400))
        self.trial.take(row, informed_on=day, signed_on=day, capacity_on=day)

    def void_consent(self):
        self.session.rollback()
        wanted = select(Consent).where(Consent.voided_on.is_(None))
        given = self.session.scalars(wanted.order_by(Consent.id)).all()
        self.trial.does(Act.TAKE_CONSENT, consent.void, self.chance.choice(given), why="a mistake")

    def object(self):
        self.trial.does(Act.WITHDRAW, withdrawal.objects, self.person)

    def move(self):
        self.trial.does(
            Act.RECORD_MOVE, moves.move, self.person, to="county-forensic",
            happened_on=self.trial.on,
        )  # fmt: skip

    def amend(self):
        """A new version of the protocol adds a visit at three months."""
        if self.protocol.version == "2.0":
            return
        new = load(self.amended)

        def do(session, old, on):
            return amendments.adopt(session, old, new, files_of(self.amended), on=on)

        self.trial.does(Act.ADOPT_PROTOCOL, do, why="Substantial amendment 1")
        self.protocol = self.trial.protocol = new


ACTS = (
    "lose_capacity",
    "regain_capacity",
    "consent_again",
    "void_consent",
    "object",
    "put_right",
    "work",
    "end_work",
    "move",
    "amend",
    "correct",
    "done",
    "missed",
    "expected_again",
    "withdraw",
    "die",
    "take_back",
    "lose",
    "find",
)


@pytest.mark.parametrize("seed", range(RUNS))
def test_in_whatever_order_each_participant_has_exactly_the_visits_of_the_protocol(
    trial, person, session, seed, amended
):
    chance = Random(seed)
    life, happened = Life(trial, person, chance, amended), 0
    trial.on = date(2017, 6, 1)
    for _ in range(STEPS):
        try:
            getattr(life, chance.choice(ACTS))()
            happened += 1
        except Refused:
            session.rollback()
        found, plans = visits_of(session, person), {one.key: one for one in life.protocol.visits}
        left = visits.left_on(person) is not None
        held = left or person.lost_on is not None or person.stopped_on is not None
        # What an amendment adds is planned for who is followed, and for the others once they are.
        lacking = {"month-3"} - {one.plan for one in found} if held else set()
        assert [one.plan for one in found] == [key for key in plans if key not in lacking]
        for visit in found:
            days = window(plans[visit.plan], person.enrolled_on)
            assert (visit.opens_on, visit.due_on, visit.closes_on) == (
                days.opens_on, days.due_on, days.closes_on,
            )  # fmt: skip
        states = {one.state for one in found}
        assert not (held and "expected" in states)
        assert left or "not needed" not in states
        stopped = stops.of_person(session, person)
        open_since = stopped[-1].since if stopped and stopped[-1].until is None else None
        assert person.stopped_on == open_since
        # What a change of capacity told late finds inside is asked about, and nothing else is.
        asks = select(Query.row).where(Query.check == UNCONSENTED, Query.state != "closed")
        assert set(session.scalars(asks)) == {
            one.id for one in found if one.done_on and any(s.holds(one.done_on) for s in stopped)
        }
    assert happened > 1 and verify(session).valid
