"""Times of the week that a participant ruled out: a reminder waits until they are over."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from tests.conduct.reminding import Reminding
from trial.config import LONDON
from trial.records.models import Message

TUESDAY = date(2016, 4, 5)  # a week before the 6-month visit, due on 12 April 2016
TO = "ada@example.org"


@pytest.fixture
def office(session, protocol):
    return Reminding(Recruiting(session, protocol))


@pytest.fixture
def person(office, clusters):
    return office.agreed(clusters["city-forensic"], then=TUESDAY)


def planned(session):
    session.rollback()
    return session.scalars(select(Message).where(Message.rule == "participant-email")).one()


@pytest.mark.parametrize(
    ("never", "nine", "later", "hour"),
    [
        ((), True, TUESDAY, 9),
        (("weekday-evening", "weekend"), True, TUESDAY, 9),
        (("weekday-morning",), False, TUESDAY, 12),
        (("weekday-morning", "weekday-afternoon"), False, TUESDAY, 17),
        (("weekday-morning", "weekday-afternoon", "weekday-evening"), False, date(2016, 4, 9), 9),
    ],
)
def test_a_participant_is_not_reminded_at_a_time_that_they_ruled_out(
    office, person, session, never, nine, later, hour
):
    office.agrees(person, "email", never_times=never, why="they said so")
    office.plan(TUESDAY, 9 - 1)
    done = office.send(TUESDAY, 9 - 1)  # nine in London in summer
    assert (TO in [one.to for one in office.email.sent]) is nine
    assert done.held_back == (0 if nine else 1)
    if not nine:
        message = planned(session)
        assert (message.state, message.attempts) == ("waiting", 0)
        assert office.send(TUESDAY, 9 - 1).held_back == 0  # it is not taken up again meanwhile
        office.send(later, hour - 1)
    assert [one.to for one in office.email.sent].count(TO) == 1


def test_to_who_rules_out_every_time_nothing_is_sent_and_it_is_said_why(office, person, session):
    every = {one.key for one in office.trial.protocol.contacting.times}
    office.agrees(person, "email", never_times=every, why="they said so")
    office.plan(TUESDAY)
    office.send(TUESDAY)
    message = planned(session)
    assert message.state == "dropped" and "at any time of the week" in message.why


def test_times_of_the_week_are_those_of_the_clock_in_london(protocol):
    morning = next(one for one in protocol.contacting.times if one.key == "weekday-morning")
    last = datetime(2016, 4, 5, 11, 59, tzinfo=LONDON)
    assert morning.covers(last) and morning.covers(last.astimezone(UTC))
    assert not morning.covers(last + timedelta(minutes=1))
    assert morning.over(last) == datetime(2016, 4, 5, 12, tzinfo=LONDON)
    weekend = next(one for one in protocol.contacting.times if one.key == "weekend")
    # The clocks go forward in the night to this Sunday, which ends on Monday at midnight all the same.
    assert weekend.over(datetime(2016, 3, 27, 0, 30, tzinfo=UTC)) == datetime(
        2016, 3, 27, 23, tzinfo=UTC
    )
