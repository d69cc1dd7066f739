"""Follow-up visits: their windows, what was recorded of them, and the lists of what is due."""

from datetime import date, timedelta

import pytest

from tests.conduct.recruiting import Recruiting
from tests.conduct.sheets import sheet
from trial.conduct import due, schedule, visits
from trial.conduct.access import Act
from trial.conduct.due import Due, Whose
from trial.conduct.forms import offered
from trial.conduct.refused import Refused
from trial.conduct.visits import Standing
from trial.protocol.roles import Role
from trial.records.models import Participant, Visit
from trial.records.verify import verify

ENROLLED = date(2015, 10, 12)
LATE = date(2016, 12, 20)


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters) -> Participant:
    return trial.participant(trial.open(clusters["city-forensic"]))


def of(session, person) -> dict[str, Visit]:
    found = session.query(Visit).filter_by(participant_id=person.id).order_by(Visit.due_on)
    return {visit.plan: visit for visit in found}


def done(trial, visit, on=LATE, why=None, do=visits.record_done, **what):
    trial.on = on
    told = {"done_on": visit.due_on, "working": "no", "history_known_until": None} | what
    return trial.does(Act.RECORD_VISIT, do, visit, why=why, **told)


def test_every_visit_is_planned_from_the_person_s_own_enrolment(session, person):
    found = of(session, person)
    assert [(v.plan, v.due_on, v.opens_on, v.closes_on) for v in found.values()] == [
        ("baseline", date(2015, 10, 12), date(2015, 10, 12), date(2015, 11, 9)),
        ("month-6", date(2016, 4, 12), date(2016, 3, 29), date(2016, 5, 10)),
        ("month-12", date(2016, 10, 12), date(2016, 9, 28), date(2016, 12, 7)),
    ]


def test_planning_twice_plans_nothing_twice(trial, person):
    assert trial.session.query(Visit).count() == 3
    made = []

    def again(session, protocol, on):
        made.extend(schedule.plan(session, protocol, person))

    trial.does(Act.RECORD_VISIT, again)
    assert made == []


def test_a_visit_stands_where_its_window_says(session, person):
    visit = of(session, person)["month-6"]
    stands = [
        visits.standing(visit, day)
        for day in (
            visit.opens_on - timedelta(1),
            visit.opens_on,
            visit.closes_on,
            visit.closes_on + timedelta(1),
        )
    ]
    assert stands == [Standing.UPCOMING, Standing.OPEN, Standing.OPEN, Standing.OVERDUE]


def test_a_visit_done_makes_the_history_known(trial, session, person):
    visit = of(session, person)["month-6"]
    done(trial, visit, history_known_until=date(2016, 4, 1), working="yes")
    assert (visit.state, visit.working, visit.done_by_name) == ("done", "yes", "A trial manager")
    assert person.known_until == date(2016, 4, 1)
    assert visits.in_window(visit) is True
    assert verify(session).faults == ()


def test_a_visit_outside_its_window_is_allowed_and_shown(trial, session, person):
    visit = of(session, person)["month-6"]
    done(trial, visit, done_on=date(2016, 6, 1))
    assert visits.in_window(visit) is False


def test_what_is_known_never_shrinks_when_an_older_visit_comes_in_late(trial, session, person):
    found = of(session, person)
    done(trial, found["month-12"], history_known_until=date(2016, 10, 12))
    done(trial, found["month-6"], history_known_until=date(2016, 4, 12))
    assert person.known_until == date(2016, 10, 12)


@pytest.mark.parametrize(
    ("what", "item"),
    [
        ({"done_on": date(2015, 10, 11)}, "done_on"),
        ({"done_on": LATE + timedelta(1)}, "done_on"),
        ({"working": "perhaps"}, "working"),
        ({"history_known_until": date(2016, 4, 13)}, "history_known_until"),
        ({"history_known_until": date(2015, 10, 1)}, "history_known_until"),
    ],
)
def test_an_impossible_record_is_refused_beside_its_item(trial, session, person, what, item):
    with pytest.raises(Refused) as refused:
        done(trial, of(session, person)["month-6"], **what)
    assert refused.value.findings[0].item == item
    assert of(session, person)["month-6"].state == "expected"


def test_a_missed_visit_needs_a_reason_of_the_list(trial, session, person):
    visit = of(session, person)["month-6"]
    trial.on = LATE
    with pytest.raises(Refused):
        trial.does(Act.RECORD_VISIT, visits.record_missed, visit, reason="lazy")
    trial.does(Act.RECORD_VISIT, visits.record_missed, visit, reason="not-reached")
    assert (visit.state, visit.reason) == ("missed", "not-reached")


def test_the_forms_of_a_visit_that_was_missed_are_not_waited_for(trial, session, person):
    form = sheet(key="mine", occurs="visit", visits=("baseline", "month-6", "month-12"))
    protocol = trial.protocol.model_copy(update={"forms": (form,)})
    done(trial, of(session, person)["baseline"])
    trial.does(
        Act.RECORD_VISIT, visits.record_missed, of(session, person)["month-6"], reason="not-reached"
    )

    def cells():
        planned = of(session, person)
        told = offered.of_participant(session, protocol, trial.by, person, planned.values())
        (found,) = (row for _, row in told.visits)
        return {plan: (found[v.id].state, found[v.id].may_enter) for plan, v in planned.items()}

    assert cells() == {
        "baseline": ("not started", True),
        "month-6": ("visit missed", False),
        "month-12": ("not started", True),
    }
    late = of(session, person)["month-6"]
    done(trial, late, why="Found in the diary", do=visits.correct, state="done")
    assert cells()["month-6"] == ("not started", True)


def test_a_visit_cannot_be_missed_before_it_opens(trial, session, person):
    visit = of(session, person)["month-12"]
    with pytest.raises(Refused, match="28 September 2016"):
        trial.does(Act.RECORD_VISIT, visits.record_missed, visit, reason="not-reached")


def test_a_recorded_visit_is_corrected_not_recorded_again(trial, session, person):
    visit = of(session, person)["month-6"]
    done(trial, visit, history_known_until=date(2016, 4, 12))
    with pytest.raises(Refused, match="correct it"):
        done(trial, visit)
    with pytest.raises(Refused, match="Say why"):
        done(trial, visit, do=visits.correct, state="done", done_on=date(2016, 4, 11))
    done(
        trial, visit, do=visits.correct, why="wrong day", state="done",
        done_on=date(2016, 4, 11), history_known_until=date(2016, 3, 1),
    )  # fmt: skip
    assert (visit.done_on, person.known_until) == (date(2016, 4, 11), date(2016, 3, 1))


def test_a_visit_recorded_by_mistake_is_expected_again(trial, session, person):
    visit = of(session, person)["month-6"]
    done(trial, visit, history_known_until=date(2016, 4, 12))
    trial.does(Act.RECORD_VISIT, visits.correct, visit, why="wrong person", state="expected")
    assert (visit.state, visit.done_on, visit.working) == ("expected", None, None)
    assert person.known_until == ENROLLED


def test_the_lists_of_follow_up(session, person):
    expected = {
        date(2015, 10, 20): {Due.DUE: ["baseline"]},
        date(2016, 3, 5): {Due.OVERDUE: ["baseline"], Due.UPCOMING: ["month-6"]},
        date(2016, 4, 12): {Due.OVERDUE: ["baseline"], Due.DUE: ["month-6"]},
        date(2016, 12, 8): {Due.OVERDUE: ["baseline", "month-6", "month-12"]},
    }
    for on, lists in expected.items():
        found = {which: [one.visit.plan for one in due.due(session, on, which)] for which in Due}
        assert {which: plans for which, plans in found.items() if plans} == lists
        counted = due.counts(session, on)
        assert {which: sum(numbers.values()) for which, numbers in counted.items()} == {
            which: len(plans) for which, plans in found.items()
        }


def test_the_lists_stop_at_their_limit_and_at_the_door(trial, session, person, clusters, actor):
    elsewhere = trial.open(clusters["county-forensic"])
    trial.participant(elsewhere)
    on = date(2016, 12, 8)
    assert len(due.due(session, on, Due.OVERDUE, limit=4)) == 4
    assert len(due.due(session, on, Due.OVERDUE, whose=Whose(elsewhere.id))) == 3
    session.info["actor"] = actor(Role.RESEARCHER, clusters={elsewhere.id})
    session.expire_all()
    assert {one.visit.cluster_id for one in due.due(session, on, Due.OVERDUE)} == {elsewhere.id}
    assert due.counts(session, on)[Due.OVERDUE] == {elsewhere.id: 3}
