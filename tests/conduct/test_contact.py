"""Contact between visits: attempts, wishes, the next step, and who is lost to follow-up and found again."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from trial.conduct import due, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.contact import assigning, attempts, lost, wishes
from trial.conduct.contact.next_step import Step, next_step
from trial.conduct.due import Due, Whose
from trial.conduct.refused import Refused
from trial.records.models import ContactAttempt, Participant, Visit
from trial.records.trail import acting
from trial.records.verify import verify

ON = date(2016, 4, 20)  # in the window of the 6-month visit, due on 12 April 2016
DAY = date(2016, 4, 11)


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters):
    made = trial.participant(trial.open(clusters["city-forensic"]))
    trial.on = ON
    return made


@pytest.fixture
def visit(session, person):
    return session.scalars(select(Visit).where(Visit.plan == "month-6")).one()


def attempt(trial, person, visit, **what):
    told = {"tried_on": DAY, "way": "phone", "outcome": "no-answer"} | what
    return trial.does(Act.RECORD_CONTACT, attempts.record, person, visit, **told)


def declare(trial, person, day=ON, **what):
    told = {"happened_on": day, "reason": "not-traced", "note": "Nobody knows."} | what
    return trial.does(Act.DECLARE_LOST, lost.declare, person, **told)


def find(trial, person, day):
    trial.on = max(trial.on, day)
    return trial.does(Act.RECORD_FOUND, lost.find, person, happened_on=day)


def undo(trial, event):
    return trial.does(Act.WITHDRAW, withdrawal.undo, event, why="the wrong person")


def states(session, person):
    wanted = select(Visit.plan, Visit.state).where(Visit.participant_id == person.id)
    return dict(session.execute(wanted.order_by(Visit.due_on)).all())


def step(session, protocol, visit, on=ON):
    made = attempts.of_visits(session, [visit.id])[visit.id]
    return next_step(protocol, visit, made, on)


def test_an_attempt_is_kept_with_who_made_it(trial, session, person, visit):
    made = attempt(trial, person, visit, tried_at="14:05", next_try_on=date(2016, 4, 22))
    assert (made.tried_by_name, made.visit_id, made.tried_at) == (
        "A trial manager",
        visit.id,
        "14:05",
    )
    assert verify(session).faults == ()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"tried_on": date(2016, 4, 21)}, "in the future"),
        ({"tried_on": date(2015, 10, 11)}, "before enrolment"),
        ({"way": "pigeon"}, "Choose how"),
        ({"outcome": "shouted"}, "Choose what came"),
        ({"outcome": "arranged"}, "Enter the day that was arranged"),
        ({"arranged_for": ON}, "no day was arranged"),
        ({"outcome": "arranged", "arranged_for": date(2016, 4, 10)}, "before the attempt"),
        ({"next_try_on": date(2016, 4, 10)}, "before the attempt"),
    ],
)
def test_an_impossible_attempt_is_refused(trial, session, person, visit, what, said):
    with pytest.raises(Refused, match=said):
        attempt(trial, person, visit, **what)
    assert session.scalars(select(ContactAttempt)).all() == []


def test_nobody_is_contacted_after_they_left(trial, person, visit):
    told = {"levels": {"follow-up"}, "happened_on": date(2016, 4, 12), "reason": "burden"}
    trial.does(Act.WITHDRAW, withdrawal.withdraw, person, **told)
    attempt(trial, person, visit, tried_on=date(2016, 4, 12))  # made before, recorded late
    with pytest.raises(Refused, match="left follow-up on 12 April 2016"):
        attempt(trial, person, visit, tried_on=date(2016, 4, 13))


def test_a_way_that_was_asked_never_to_be_used_needs_a_word(trial, person, visit):
    said = {"never_ways": {"phone"}, "preferred_ways": {"letter"}}
    made = trial.does(Act.RECORD_WISHES, wishes.record, person, **said)
    assert dict(made.ways) == {"phone": "never", "letter": "preferred"}
    with pytest.raises(Refused, match=r"never to be contacted this way \(Telephone\)"):
        attempt(trial, person, visit)
    assert attempt(trial, person, visit, note="They rang back.").note == "They rang back."


def test_wishes_change_with_a_reason_and_do_not_contradict_themselves(trial, person):
    trial.does(Act.RECORD_WISHES, wishes.record, person, never_ways={"phone"})
    with pytest.raises(Refused, match="not both: Letter"):
        trial.does(
            Act.RECORD_WISHES, wishes.record, person, never_ways={"letter"},
            preferred_ways={"letter"}, why="asked",
        )  # fmt: skip
    with pytest.raises(Refused, match="Say why"):
        trial.does(Act.RECORD_WISHES, wishes.record, person, never_ways=())
    made = trial.does(Act.RECORD_WISHES, wishes.record, person, never_ways=(), why="asked")
    assert dict(made.ways) == {}


def test_the_next_step_goes_from_the_first_try_to_the_decision(
    trial, session, protocol, person, visit
):
    def now(on=ON):
        return step(session, protocol, visit, on)

    assert now(date(2016, 3, 1)).step is Step.WAIT
    assert now().step is Step.ARRANGE
    for _ in range(2):
        attempt(trial, person, visit)
    assert now() == (Step.TRY_AGAIN, "Try again: tried 2 times without reaching them")
    attempt(trial, person, visit)
    for way, said in (("care-team", "care team"), ("named-contact", "named"), ("gp", "GP")):
        assert now().step is Step.TRACE and said in now().words
        attempt(trial, person, visit, way=way)
    assert now().step is Step.DECIDE
    attempt(trial, person, visit, outcome="arranged", arranged_for=date(2016, 4, 26))
    assert now() == (Step.SEE, "Arranged for 26 April 2016")
    assert now(date(2016, 4, 27)).step is Step.RECORD
    waits = attempt(trial, person, visit, next_try_on=date(2016, 5, 2))
    assert now() == (Step.WAIT, "Try again on 2 May 2016")
    trial.does(
        Act.RECORD_CONTACT,
        lambda s, p, one, on: attempts.take_back(s, one, on=on),
        waits,
        why="not made",
    )
    assert now().step is Step.SEE


def test_whoever_is_lost_has_missed_what_was_expected_until_they_are_found(
    trial, session, person, visit
):
    declare(trial, person)
    assert states(session, person) == {
        "baseline": "missed", "month-6": "missed", "month-12": "missed"
    }  # fmt: skip
    assert (person.lost_on, visit.reason) == (ON, "lost")
    assert due.counts(session, ON)[Due.DUE] == {person.cluster_id: 0}
    find(trial, person, date(2016, 6, 1))
    assert person.lost_on is None
    assert states(session, person) == {
        "baseline": "missed", "month-6": "missed", "month-12": "expected"
    }  # fmt: skip
    assert verify(session).faults == ()


def test_a_decision_before_every_step_was_tried_says_why(trial, person, visit):
    with pytest.raises(Refused, match=r"not tried: Through the care team, Through the person"):
        declare(trial, person, note=None)
    for way in ("care-team", "named-contact", "gp"):
        attempt(trial, person, visit, way=way)
    assert declare(trial, person, note=None).decided_by_name == "A trial manager"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"day": date(2016, 4, 21)}, "in the future"),
        ({"day": date(2015, 10, 1)}, "before enrolment"),
        ({"reason": "weather"}, "Choose why"),
    ],
)
def test_an_impossible_decision_is_refused(trial, person, what, said):
    with pytest.raises(Refused, match=said):
        declare(trial, person, **what)
    assert person.lost_on is None


def test_nobody_is_lost_twice_nor_found_unless_lost(trial, person):
    with pytest.raises(Refused, match="is not lost"):
        find(trial, person, ON)
    declare(trial, person)
    with pytest.raises(Refused, match="is lost to follow-up since 20 April 2016"):
        declare(trial, person)


def test_a_decision_by_mistake_is_taken_back_and_so_is_a_finding(trial, session, person):
    before = states(session, person)
    first = declare(trial, person)
    found = find(trial, person, ON)
    with pytest.raises(Refused, match="recorded after this"):
        undo(trial, first)
    undo(trial, found)
    assert (person.lost_on, states(session, person)["month-12"]) == (ON, "missed")
    undo(trial, first)
    assert (person.lost_on, states(session, person)) == (None, before)
    assert verify(session).faults == ()


def test_what_is_planned_for_who_is_lost_is_missed(trial, session, protocol, person, visit):
    declare(trial, person)
    trial.does(Act.RECORD_VISIT, visits.correct, visit, state="expected", why="not missed")
    assert (visit.state, visit.reason) == ("missed", "lost")


def test_visits_are_assigned_to_who_sees_their_cluster(trial, session, person, visit):
    def give(numbers, to):
        session.rollback()
        with acting(session, by=trial.by, name=Act.ASSIGN_VISITS):
            return assigning.assign(session, numbers, to)

    mine = assigning.Assignee(5, "A researcher", frozenset({person.cluster_id}))
    other = mine._replace(id=6, clusters=frozenset())
    with pytest.raises(Refused, match="does not see the clusters of 1 of these visits"):
        give({visit.id}, other)
    with pytest.raises(Refused, match="Choose at least one"):
        give((), mine)
    with pytest.raises(Refused, match="no longer expected"):
        give({visit.id, 999}, mine)
    assert give({visit.id}, mine) == 1
    assert give({visit.id}, mine) == 0
    listed = due.due(session, ON, Due.DUE, whose=Whose(assigned_to=5))
    assert [one.visit.assigned_name for one in listed] == ["A researcher"]
    assert due.due(session, ON, Due.DUE, whose=Whose(assigned_to=due.NOBODY)) == []
    assert give({visit.id}, None) == 1


def test_the_lists_narrow_by_visit_and_say_what_closes(session, person, visit):
    late = date(2016, 5, 1)  # its window closes on 10 May 2016
    assert [one.visit.id for one in due.due(session, late, Due.CLOSING)] == [visit.id]
    assert due.due(session, ON, Due.CLOSING) == []
    assert due.due(session, ON, Due.DUE, whose=Whose(plan="month-12")) == []


def test_without_contact_in_the_protocol_the_step_is_said_from_the_window(protocol, visit):
    silent = protocol.model_copy(update={"contact": None})
    said = [
        next_step(silent, visit, (), on).step for on in (date(2016, 3, 1), ON, date(2016, 6, 1))
    ]
    assert said == [Step.WAIT, Step.SEE, Step.RECORD]


def test_who_sees_other_clusters_sees_no_attempts(trial, session, person, visit):
    attempt(trial, person, visit)
    session.info["actor"] = replace(trial.by, clusters=frozenset())
    assert session.scalars(select(ContactAttempt)).all() == []
    assert session.scalars(select(Participant)).all() == []
