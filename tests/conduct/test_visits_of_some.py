"""Visits counted from a session and visits of one arm: planned by every act, told to nobody blinded."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct.of_some import of_some
from tests.conduct.recruiting import Recruiting, two_open
from trial.conduct import (
    amendments,
    capacity,
    due,
    query_check,
    reports,
    schedule,
    visits,
    withdrawal,
)
from trial.conduct.access import Act
from trial.conduct.casebook import of_participant
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.conduct.importing.run import Order, Source, take_in
from trial.protocol.differences import differences
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.frames import Masks, frames
from trial.records.models import Act as Acts
from trial.records.models import Change, Participant, Query, Record, Visit
from trial.records.verify import verify

ALLOCATED = date(2015, 11, 2)
LATE = date(2016, 3, 1)
BLINDED = Actor(21, "A data manager", Role.DATA_MANAGER, blinded=True)


@pytest.fixture
def protocol(tmp_path):
    return of_some(tmp_path)


@pytest.fixture
def trial(session, protocol, clusters):
    return two_open(session, protocol, clusters)


def allocate(trial, cluster, arm):
    """What the draw does to one cluster."""

    def do(session, protocol, on):
        cluster.arm, cluster.allocated_on, cluster.revealed_on = arm, ALLOCATED, ALLOCATED
        schedule.plan_allocated(session, protocol, [cluster.id])

    trial.does(Act.OPEN_CLUSTER, do)


@pytest.fixture
def pair(trial, clusters):
    """Somebody in each arm, enrolled before the draw."""
    both = clusters["city-forensic"], clusters["county-forensic"]
    people = [trial.participant(one) for one in both]
    for one, arm in zip(both, ("IPS", "TAU"), strict=True):
        allocate(trial, one, arm)
    return people


def of(session, person):
    """Each planned visit by its key, past the door."""
    found = session.query(Visit).filter_by(participant_id=person.id)
    return {visit.plan: visit for visit in found}


def attends(trial, person, day, record=None, complete=True):
    """A session on record, or its day put right."""
    form = form_of(trial.protocol, "coaching")

    def do(session, protocol, on):
        return saving.save(
            session, protocol, form, Subject(participant=person), record=record,
            answers={"attended_on": day.isoformat()}, observed_on=day, complete=complete, on=on,
        )  # fmt: skip

    return trial.does(Act.ENTER_FORM, do, why="read again" if record else None)


def test_a_visit_is_counted_from_the_session_of_its_number_by_day(trial, session, clusters):
    person = trial.participant(clusters["city-forensic"])
    attends(trial, person, date(2015, 12, 10))
    attends(trial, person, date(2015, 12, 20), complete=False)
    assert "after-two" not in of(session, person)
    attends(trial, person, date(2015, 12, 3))
    visit = of(session, person)["after-two"]
    assert (visit.due_on, visit.opens_on) == (date(2016, 1, 7), date(2015, 12, 31))
    assert visit.unblinds is None and verify(session).faults == ()


def test_a_correction_counts_an_expected_visit_anew_and_leaves_a_done_one(trial, session, clusters):
    person = trial.participant(clusters["city-forensic"])
    first = attends(trial, person, date(2015, 11, 3))
    second = attends(trial, person, date(2015, 11, 10))
    attends(trial, person, date(2015, 11, 24), record=second)
    assert of(session, person)["after-two"].due_on == date(2015, 12, 22)
    trial.does(Act.VOID_FORM, lambda s, p, on: saving.void(s, p, first), why="not theirs")
    visit = of(session, person)["after-two"]
    assert (visit.state, visit.reason) == ("not needed", "session-gone")
    attends(trial, person, date(2015, 11, 27))
    assert (visit.state, visit.reason, visit.due_on) == ("expected", None, date(2015, 12, 25))
    told = {"done_on": date(2015, 12, 28), "working": "no", "history_known_until": None}
    trial.does(Act.RECORD_VISIT, visits.record_done, visit, **told)
    attends(trial, person, date(2015, 11, 2))
    assert (visit.state, visit.due_on) == ("done", date(2015, 12, 25))
    assert verify(session).faults == ()


def test_a_visit_held_back_is_counted_anew_too(trial, session, clusters):
    person = trial.participant(clusters["city-forensic"])
    attends(trial, person, date(2015, 11, 3))
    second = attends(trial, person, date(2015, 11, 10))
    day = {"happened_on": date(2016, 1, 4)}
    event = trial.does(Act.RECORD_CAPACITY, capacity.lose, person, **day)
    attends(trial, person, date(2015, 11, 24), record=second)
    visit = of(session, person)["after-two"]
    assert (visit.state, visit.due_on) == ("missed", date(2015, 12, 22))
    trial.does(Act.RECORD_CAPACITY, withdrawal.undo, event, why="the wrong person")
    assert of(session, person)["after-two"].state == "expected"
    assert verify(session).faults == ()


def test_an_import_of_sessions_plans_the_visit(trial, session, clusters):
    person = trial.participant(clusters["city-forensic"])
    rows = "".join(f"{person.number},{day},{day}\n" for day in ("2015-11-03", "2015-11-10"))
    content = f"number,observed_on,attended_on\n{rows}".encode()
    order = Order(form_of(trial.protocol, "coaching"), Source("s.csv", content), trial.on)
    session.rollback()
    told = take_in(session, trial.protocol, trial.by, order)
    assert (told.new, told.refused) == (2, 0)
    assert of(session, person)["after-two"].due_on == date(2015, 12, 8)


def test_who_left_follow_up_gets_no_visit_from_a_session_entered_late(trial, session, clusters):
    person = trial.participant(clusters["city-forensic"])
    attends(trial, person, date(2015, 11, 3))
    trial.does(
        Act.WITHDRAW, withdrawal.withdraw, person, levels={"follow-up"}, reason="burden",
        happened_on=date(2016, 1, 10),
    )  # fmt: skip
    attends(trial, person, date(2015, 11, 10))
    assert "after-two" not in of(session, person)


def test_a_withdrawal_taken_back_plans_what_came_due_meanwhile(trial, session, clusters):
    person = trial.participant(clusters["city-forensic"])
    attends(trial, person, date(2015, 11, 3))
    left = trial.does(
        Act.WITHDRAW, withdrawal.withdraw, person, levels={"follow-up"}, reason="burden",
        happened_on=date(2016, 1, 10),
    )  # fmt: skip
    attends(trial, person, date(2015, 11, 10))
    (event,) = left if isinstance(left, list) else [left]
    trial.does(Act.WITHDRAW, withdrawal.undo, event, why="recorded for the wrong person")
    visit = of(session, person)["after-two"]
    assert (visit.state, visit.due_on) == ("expected", date(2015, 12, 8))


def test_who_never_reaches_the_session_is_in_no_denominator(trial, session, clusters):
    people = [trial.participant(clusters["city-forensic"]) for _ in range(2)]
    for day in (3, 10):
        attends(trial, people[0], date(2015, 11, day))
    found = assembled(session, trial.protocol)
    assert found.results.completeness.by_visit["after-two"].done.n == 1
    assert found.results.completeness.by_visit["baseline"].done.n == 2


def test_a_visit_of_one_arm_falls_due_there_alone(trial, session, clusters, pair):
    treated, control = (of(session, person) for person in pair)
    assert treated["programme-end"].due_on == date(2015, 12, 28)
    assert treated["programme-end"].unblinds is True
    assert "programme-end" not in control
    later = [trial.participant(clusters[key]) for key in ("city-forensic", "county-forensic")]
    assert ["programme-end" in of(session, person) for person in later] == [True, False]


def test_nothing_of_one_arm_is_planned_before_the_draw(trial, session, clusters):
    person = trial.participant(clusters["city-forensic"])
    assert "programme-end" not in of(session, person)


def test_what_follows_such_a_visit_tells_as_much(trial, session, pair):
    told = {"done_on": date(2015, 12, 28), "working": "no", "history_known_until": None}
    visit = of(session, pair[0])["programme-end"]
    trial.does(Act.RECORD_VISIT, visits.record_done, visit, **told)
    assert of(session, pair[0])["programme-call"].unblinds is True


def blindly(session, actor=BLINDED):
    session.rollback()
    session.info["actor"] = actor
    session.expunge_all()  # as a request begins: nothing was loaded by somebody else


def assembled(session, protocol, blinded=False, arms=True):
    cut = reports.cut.data_cut(session, LATE, None)
    return reports.assembly.assemble(session, protocol, cut, blinded=blinded, arms=arms)


def test_the_door_hides_the_visit_its_forms_and_its_changes(trial, session, pair):
    visit = of(session, pair[0])["programme-end"]
    form = form_of(trial.protocol, "programme-form")
    subject = Subject(participant=pair[0], visit=visit)

    def do(session, protocol, on):
        told = {"answers": {"went_well": "yes"}, "observed_on": on, "complete": True, "on": on}
        return saving.save(session, protocol, form, subject, **told)

    record = trial.does(Act.ENTER_FORM, do)
    number, row, person = record.id, visit.id, pair[0].id
    blindly(session)
    assert session.get(Visit, row) is None and session.get(Record, number) is None
    about = select(Change).where(Change.participant_id == person)
    seen = [change for change in session.scalars(about) if change.table in ("visit", "record")]
    assert {change.row for change in seen if change.table == "visit"} == set(
        session.scalars(select(Visit.id).where(Visit.participant_id == person))
    )
    assert not [change for change in seen if change.table == "record"]
    parts = of_participant(session, trial.protocol, BLINDED, session.get_one(Participant, person))
    assert not [part for part in parts if "QX7" in part.title or "How it went" in part.title]


def test_lists_and_counts_are_the_same_in_both_arms_for_who_is_blinded(trial, session, pair):
    on = date(2015, 12, 28)
    here = {which.name: n for which, n in due.counts(session, on).items() if which is due.Due.DUE}
    assert here["DUE"] == {pair[0].cluster_id: 1, pair[1].cluster_id: 0}
    blindly(session)
    assert not any(due.counts(session, on)[due.Due.DUE].values())
    assert due.due(session, on, due.Due.DUE) == []


def test_acts_of_the_two_arms_look_alike_to_who_is_blinded(trial, session, clusters, pair):
    for key in ("city-forensic", "county-forensic"):
        trial.participant(clusters[key])
    for person in pair:
        trial.does(
            Act.WITHDRAW, withdrawal.withdraw, person, levels={"follow-up"}, reason="burden",
            happened_on=date(2016, 1, 10), why="a letter",
        )  # fmt: skip
    assert of(session, pair[0])["programme-end"].state == "not needed"
    blindly(session)
    for name in (Act.ENROL, Act.WITHDRAW):
        wanted = select(Acts).where(Acts.name == name.value).order_by(Acts.number.desc())
        acts = list(session.scalars(wanted))[:2]
        assert len({(one.changes, one.unblinds, one.reason) for one in acts}) == 1, name
    assert not session.scalars(
        select(Acts).where(Acts.name == Act.ENROL.value, Acts.unblinds)
    ).all()


def test_a_blinded_person_s_withdrawal_reaches_the_visit_that_they_do_not_see(trial, session, pair):
    blind = Recruiting(session, trial.protocol, by=BLINDED)
    visit, number = of(session, pair[0])["programme-end"].id, pair[0].id
    blindly(session)
    person = session.get_one(Participant, number)
    event = blind.does(
        Act.WITHDRAW, withdrawal.withdraw, person, levels={"follow-up"}, reason="burden",
        happened_on=date(2016, 1, 10),
    )[0]  # fmt: skip
    past = select(Visit.__table__.c.state).where(Visit.__table__.c.id == visit)
    assert session.connection().execute(past).scalar() == "not needed"
    blind.does(Act.WITHDRAW, withdrawal.undo, event, why="a slip")
    assert session.connection().execute(past).scalar() == "expected"


def test_frames_and_reports_tell_the_visit_only_where_the_arm_is_told(
    trial, session, pair, monkeypatch
):
    names = {"arm.IPS": "A", "arm.TAU": "B"}
    monkeypatch.setattr(
        Masks, "arm_named", lambda told, key: names[f"arm.{key}"] if told.blinded else key
    )
    told = {"failing": {}, "act": None}
    seen = frames(session, blinded=False, **told)
    assert "programme-end" in set(seen.visits["visit"])
    assert "programme-end" in set(seen.records["visit"]["plan"])
    for hidden in (frames(session, blinded=True, **told),
                   frames(session, blinded=False, arms=False, **told)):  # fmt: skip
        assert "programme-end" not in set(hidden.visits["visit"])
        assert "programme-end" not in set(hidden.records["visit"]["plan"])
    found = assembled(session, trial.protocol)
    assert found.results.completeness.by_visit["programme-end"].done.n == 1
    quiet = assembled(session, trial.protocol, arms=False)
    assert "programme-end" not in quiet.results.completeness.by_visit


def test_a_query_about_the_visit_tells_the_arm(trial, session, pair):
    session.info.pop("actor", None)
    query_check.check(session, trial.protocol, on=LATE)
    visit = of(session, pair[0])["programme-end"]
    about = select(Query).where(Query.table == "visit", Query.row == visit.id)
    assert session.scalars(about).one().unblinds is True
    blindly(session)
    assert session.scalars(about).all() == []
    assert session.scalars(select(Query).where(Query.table == "visit")).all() != []


def test_an_amendment_that_makes_a_planned_visit_tell_the_arm_is_refused(
    trial, session, pair, tmp_path
):
    new = trial.protocol.model_copy(update={
        "version": "9.0",
        "visits": tuple(
            one.model_copy(update={"arms": ("IPS",)}) if one.key == "month-6" else one
            for one in trial.protocol.visits
        ),
    })  # fmt: skip
    assert [one for one in differences(trial.protocol, new) if "tells the arm" in one.words]
    found = amendments.consequences(session, trial.protocol, new)
    assert [
        one.number for one in found if "tells the arm" in one.difference.words and one.refused
    ] == [2]


def test_an_amendment_says_whom_such_a_visit_is_planned_for(protocol):
    old = protocol.model_copy(update={
        "visits": tuple(one for one in protocol.visits if not one.for_some),
    })  # fmt: skip
    added = [one.words for one in differences(old, protocol) if " is added; " in one.words]
    assert [words.partition("planned for ")[2] for words in added] == [
        "everyone in follow-up, once their session is on record.",
        "everyone in follow-up in clusters of IPS.",
        "everyone in follow-up, once programme-end is done.",
    ]
