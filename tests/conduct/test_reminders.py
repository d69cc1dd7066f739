"""Reminders: planned once, wanted until they are sent, sent by day, and never to who must not get them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from tests.conduct.reminding import MANAGER, Reminding
from trial.conduct import capacity, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.contact import assigning, lost
from trial.conduct.contact.assigning import Assignee
from trial.conduct.refused import Refused
from trial.conduct.reminders import settling
from trial.conduct.reminders.sending import MOST_ATTEMPTS
from trial.conduct.reminders.team import Member, Team
from trial.exchange.letter import BrokenOff, Undelivered, Unreachable
from trial.exchange.letter import Refused as RefusedByServer
from trial.protocol.roles import Role
from trial.records import outbox
from trial.records.actor import Actor
from trial.records.models import Act as Done
from trial.records.models import Message, ParticipantKey, Visit
from trial.records.trail import acting, head
from trial.records.verify import verify

TUESDAY = date(2016, 4, 5)  # a week before the 6-month visit, due on 12 April 2016
MONDAY = date(2016, 4, 4)
RULE = "participant-email"


@pytest.fixture
def office(session, protocol):
    return Reminding(Recruiting(session, protocol))


@pytest.fixture
def person(office, clusters):
    return office.agreed(clusters["city-forensic"], then=TUESDAY)


@pytest.fixture
def visit(session, person):
    return session.scalars(select(Visit).where(Visit.plan == "month-6")).one()


def messages(session, rule=RULE):
    session.rollback()
    return session.scalars(select(Message).where(Message.rule == rule).order_by(Message.id)).all()


def settled(office, do, *args, why=None):
    session = office.trial.session
    session.rollback()
    with acting(session, by=office.trial.by, name=Act.SETTLE_REMINDER, reason=why):
        do(session, *args)


def test_a_participant_who_agreed_is_reminded_once_in_words_that_tell_nothing(
    office, person, session
):
    assert office.plan(TUESDAY) > 0 and office.plan(TUESDAY) == 0
    office.send(TUESDAY)
    (letter,) = [one for one in office.email.sent if one.to == "ada@example.org"]
    assert letter.subject == "Your next meeting with the research team"
    said = " ".join((letter.subject, *letter.paragraphs))
    assert "12 April 2016" in said and "stop at once" in said
    assert "IPSOH" not in said and person.number not in said and "http" not in said
    office.send(TUESDAY)
    assert [one.to for one in office.email.sent].count("ada@example.org") == 1
    (message,) = messages(session)
    assert message.state == "sent" and message.message_id in letter.message_id
    acts = [one for one in session.scalars(select(Done)) if one.name == Act.SEND_REMINDER]
    (act,) = [one for one in acts if one.participant_id == person.id]
    assert act.note["outcome"] == "sent"
    assert "ada" not in str(act.note) and verify(session).valid


def test_a_reminder_missed_for_some_days_is_still_sent_and_then_no_more(office, person):
    late = timedelta(days=office.trial.protocol.reminding.late_days)
    assert office.plan(TUESDAY + late) > 0
    office.send(TUESDAY + late)
    assert "ada@example.org" in [one.to for one in office.email.sent]


def test_a_reminder_out_of_date_is_neither_planned_nor_sent(office, person, session):
    late = timedelta(days=office.trial.protocol.reminding.late_days + 1)
    office.plan(TUESDAY + late)
    assert messages(session) == []
    office.plan(TUESDAY)
    office.send(TUESDAY + late)
    (message,) = messages(session)
    assert message.state == "dropped" and "Out of date" in message.why


def does(office, act, do, *args, **rest):
    return office.trial.does(act, do, *args, **rest)


def withdrawn(office, person, visit):
    told = {"levels": {"follow-up"}, "happened_on": TUESDAY, "reason": "no-reason"}
    does(office, Act.WITHDRAW, withdrawal.withdraw, person, **told)


def died(office, person, visit):
    does(office, Act.RECORD_DEATH, withdrawal.record_death, person, happened_on=TUESDAY)


def lost_from_sight(office, person, visit):
    told = {"happened_on": TUESDAY, "reason": "not-traced", "note": "Nobody knows."}
    does(office, Act.DECLARE_LOST, lost.declare, person, **told)


def seen(office, person, visit):
    told = {"done_on": date(2016, 4, 1), "working": "no", "history_known_until": None}
    office.trial.on = date(2016, 4, 6)
    does(office, Act.RECORD_VISIT, visits.record_done, visit, **told)


def lost_capacity(office, person, visit):
    does(office, Act.RECORD_CAPACITY, capacity.lose, person, happened_on=TUESDAY)


def left_contact(office, person, visit):
    told = {"levels": {"contact"}, "happened_on": TUESDAY, "reason": "no-reason"}
    does(office, Act.WITHDRAW, withdrawal.withdraw, person, **told)


def changed_their_mind(office, person, visit):
    office.agrees(person, why="they asked")


def said_never(office, person, visit):
    office.agrees(person, "text", never_ways=("email",), why="they asked")


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (withdrawn, "recorded as not needed"),
        (died, "recorded as not needed"),
        (lost_from_sight, "recorded as missed"),
        (lost_capacity, "recorded as missed"),
        (left_contact, "withdrew from being contacted"),
        (seen, "recorded as done"),
        (changed_their_mind, "not agreed"),
        (said_never, "not agreed"),
    ],
)
def test_what_happens_after_the_planning_stops_it(office, person, visit, session, happens, told):
    office.plan(TUESDAY)
    happens(office, person, visit)
    office.send(TUESDAY)
    (message,) = messages(session)
    assert message.state == "dropped" and told in message.why
    assert "ada@example.org" not in [one.to for one in office.email.sent]
    assert office.plan(TUESDAY) == 0


def test_nobody_is_reminded_who_did_not_agree_or_has_no_address(office, person, session):
    office.agrees(person, "text", why="they asked")
    office.plan(TUESDAY)
    assert messages(session) == []
    office.agrees(person, "email", why="they asked again")
    office.reached_at(person, why="it is gone", emptied=("email",))
    office.plan(TUESDAY)
    office.send(TUESDAY)
    (message,) = messages(session)
    assert message.state == "dropped" and message.why == "No address is recorded."


def test_reminders_and_a_way_never_to_be_used_do_not_go_together(office, person):
    with pytest.raises(Refused, match="never to be contacted so: E-mail"):
        office.agrees(person, "email", never_ways=("email",), why="unclear")
    with pytest.raises(Refused, match="not sent by pigeon"):
        office.agrees(person, "pigeon", why="unclear")


@pytest.mark.parametrize("hour", [0, 6, 20, 23])
def test_nothing_is_sent_at_night(office, person, hour):
    office.plan(TUESDAY)
    done = office.send(TUESDAY, hour)
    assert (done.sent, done.stopped) == (0, ["Nothing is sent at this time of day."])
    assert office.email.sent == []


def test_night_is_by_the_clock_in_london(office, person):
    office.plan(TUESDAY)  # summer time: 8.30 to 19.30 in London is 7.30 to 18.30 in UTC
    assert office.send(TUESDAY, 7).stopped != []
    assert office.send(TUESDAY, 19).stopped != []
    assert office.send(TUESDAY, 18).stopped == []
    assert office.email.sent != []


def test_text_messages_go_by_their_own_channel(office, person):
    day = date(2016, 4, 10)
    office.plan(day)
    office.send(day)
    (letter,) = office.text.sent
    assert letter.to == "07700 900123" and letter.subject is None


def test_the_team_is_reminded_with_the_study_number_alone(office, person, visit):
    researcher = Member(
        Actor(31, "A researcher", Role.RESEARCHER, frozenset({visit.cluster_id})), "r@example.org"
    )
    office.team = Team([MANAGER, researcher])
    day = visit.closes_on - timedelta(days=7)
    office.plan(day)
    office.send(day)
    (letter,) = [one for one in office.email.sent if "still to be done" in one.subject]
    assert letter.to == "data@example.org" and person.number in letter.paragraphs[0]
    assert letter.paragraphs[-1] == "https://trial.example.org/follow-up"
    to = Assignee(31, "A researcher", None)
    session = office.trial.session
    session.rollback()
    with acting(session, by=office.trial.by, name=Act.ASSIGN_VISITS):
        assigning.assign(session, {visit.id}, to)
    office.plan(visit.closes_on + timedelta(days=7))
    office.send(visit.closes_on + timedelta(days=7))
    assert [one.to for one in office.email.sent if "overdue" in one.subject] == ["r@example.org"]


def test_a_member_of_the_team_who_left_is_not_written_to(office, person, visit, session):
    day = visit.closes_on - timedelta(days=7)
    office.plan(day)
    office.team = Team([])
    office.send(day)
    (message,) = messages(session, "closes-soon")
    assert message.state == "dropped" and "no longer has an account" in message.why


def test_each_monday_the_data_manager_is_told_how_it_stands_with_the_head_of_the_trail(
    office, person, session
):
    assert office.plan(MONDAY + timedelta(days=2)) > 0  # nothing ran on the Monday
    session.rollback()
    number, newest = head(session)
    office.send(MONDAY + timedelta(days=2))
    (letter,) = [one for one in office.email.sent if one.subject == "The week's follow-up"]
    said = " ".join(letter.paragraphs)
    assert f"act {number}" in said and newest in said and "Visits overdue:" in said
    assert office.plan(MONDAY + timedelta(days=3)) == 0


def test_what_the_server_does_not_take_is_tried_again_after_growing_delays(office, person, session):
    office.plan(TUESDAY)
    office.email.says = Undelivered("The mail server did not take the message (451).")
    office.send(TUESDAY)
    (message,) = messages(session)
    assert (message.state, message.attempts) == ("waiting", 1)
    first = message.next_try_at - message.planned_at
    office.send(TUESDAY, 13)
    (message,) = messages(session)
    assert message.next_try_at - message.planned_at - timedelta(hours=1) > first
    office.email.says = None
    office.send(TUESDAY, 15)
    assert [one.to for one in office.email.sent].count("ada@example.org") == 1


def test_after_too_many_tries_a_person_decides(office, person, session):
    office.plan(TUESDAY)
    office.email.says = Undelivered("The mail server did not take the message (451).")
    for day in range(6):
        for hour in (9, 12, 15, 17):
            office.send(TUESDAY + timedelta(days=day), hour)
    (message,) = messages(session)
    assert (message.state, message.attempts) == ("failed", MOST_ATTEMPTS)
    settled(office, settling.send_again, message, office.office(TUESDAY).clock.now())
    office.email.says = None
    office.send(TUESDAY)
    assert messages(session)[0].state == "sent"


def test_an_address_that_the_server_refuses_or_that_bounces_is_not_used_again(
    office, person, session
):
    office.plan(TUESDAY)
    office.email.says = RefusedByServer("The mail server refused the address (550).")
    office.send(TUESDAY)
    assert messages(session)[0].state == "failed"
    office.email.says = None
    settled(office, settling.send_again, messages(session)[0], office.office(TUESDAY).clock.now())
    office.send(TUESDAY)
    settled(office, settling.came_back, messages(session)[0], "It came back (5.1.1).")
    settled(office, settling.send_again, messages(session)[0], office.office(TUESDAY).clock.now())
    office.send(TUESDAY)
    assert messages(session)[0].state == "dropped"
    assert "record the right one" in messages(session)[0].why


def test_a_corrected_address_is_written_to_again(office, person, session):
    office.plan(TUESDAY)
    office.send(TUESDAY)
    settled(office, settling.came_back, messages(session)[0], "It came back (5.1.1).")
    office.reached_at(person, why="mistyped", email="ada.l@example.org")
    settled(office, settling.send_again, messages(session)[0], office.office(TUESDAY).clock.now())
    office.send(TUESDAY)
    assert messages(session)[0].state == "sent"
    assert office.email.sent[-1].to == "ada.l@example.org"


def test_a_server_out_of_reach_ends_the_run_and_counts_no_attempt(office, person, session):
    office.plan(TUESDAY)
    office.email.says = Unreachable("The mail server cannot be reached.")
    done = office.send(TUESDAY)
    assert done.stopped == ["The mail server cannot be reached."]
    (message,) = messages(session)
    assert (message.state, message.attempts) == ("waiting", 0)


def test_a_break_in_the_middle_is_sent_again_under_the_same_mark_and_shown_as_a_doubt(
    office, person, session
):
    office.plan(TUESDAY)
    office.email.says = BrokenOff("The mail server broke off while it took the message.")
    office.send(TUESDAY)
    office.email.says = None
    office.send(TUESDAY, 14)
    (message,) = messages(session)
    assert (message.state, message.doubted) == ("sent", 1)
    (letter,) = [one for one in office.email.sent if one.to == "ada@example.org"]
    assert letter.again
    settled(office, settling.see_to, message, office.office(TUESDAY).clock.now())
    with pytest.raises(Refused, match="Nothing about this message"):
        settled(office, settling.see_to, message, office.office(TUESDAY).clock.now())


def test_what_a_worker_let_lie_is_taken_up_after_its_lease_and_not_before(office, person, session):
    office.plan(TUESDAY)
    at = office.office(TUESDAY).clock.now()
    held = outbox.claim(session, "first", at, timedelta(minutes=10), ["email"]).id
    office.send(TUESDAY)
    assert session.get_one(Message, held).state == "held"
    office.send(TUESDAY, 13)
    assert session.get_one(Message, held).state == "sent"
    assert session.get_one(Message, held).doubted == 1


def test_who_lost_their_lease_marks_nothing(office, person, session):
    office.plan(TUESDAY)
    at = office.office(TUESDAY).clock.now()
    first = outbox.claim(session, "first", at, timedelta(minutes=1), ["email"])
    again = outbox.claim(session, "second", at + timedelta(minutes=5), timedelta(1), ["email"])
    assert again.id == first.id and again.doubted == 1
    with outbox.held(session, first, "first") as mine:
        assert not mine
    with outbox.held(session, again, "second") as mine:
        assert mine


def test_a_visit_that_tells_the_arm_is_no_matter_for_mail_to_the_team(
    office, person, visit, session
):
    session.rollback()
    with acting(session, by=office.trial.by, name=Act.RECORD_VISIT):
        visit.unblinds = True
    office.plan(visit.closes_on - timedelta(days=7))
    assert messages(session, "closes-soon") == []
    office.plan(TUESDAY)
    assert [one.unblinds for one in messages(session)] == [True]


def test_who_was_erased_and_what_the_protocol_dropped_does_not_stop_the_others(
    office, person, session
):
    office.plan(TUESDAY)
    session.rollback()
    with acting(session, by=office.trial.by, name=Act.RECORD_IDENTITY):
        session.scalars(select(ParticipantKey)).one().wrapped = None
    done = office.send(TUESDAY)
    (message,) = messages(session)
    assert (message.state, message.why) == ("dropped", "No address is recorded.")
    assert done.sent >= 1  # the digest, to the team


def test_a_reminder_or_a_visit_that_the_protocol_dropped_is_not_sent(office, person, session):
    office.plan(TUESDAY)
    whole = office.trial.protocol
    narrowed = tuple(
        one.model_copy(update={"visits": ("month-12",)}) for one in whole.reminding.rules
    )
    told = whole.reminding.model_copy(update={"rules": narrowed})
    office.trial.protocol = whole.model_copy(update={"reminders": told})
    office.send(TUESDAY)
    assert "no longer has this reminder" in messages(session)[0].why
