"""The nightly check: what it raises and settles, run twice, by two machines, and around what is locked."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.conduct.recruiting import MANAGER, TODAY, Recruiting
from tests.conduct.sheets import save, sheet
from trial.conduct import employment, holds, query_check, visits
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject
from trial.conduct.refused import Refused
from trial.records.actor import COMMAND_LINE
from trial.records.database import sessions
from trial.records.models import Act as Acts
from trial.records.models import Cluster, Query, Visit
from trial.records.trail import acting
from trial.records.verify import verify

FORM = sheet()
OF_VISIT = sheet(key="visit-sheet", name="Visit sheet", occurs="visit", visits=("baseline",))
OF_ARM = sheet(
    key="arm-sheet", name="Arm sheet", occurs="visit", visits=("baseline",), arms=("IPS",)
)
TELLING = sheet(key="telling-sheet", name="Telling sheet", unblinds=True)
FORMS = (FORM, OF_VISIT, OF_ARM, TELLING)
LATER = TODAY + timedelta(days=30)


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol.model_copy(update={"forms": FORMS}))


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


def check(trial, on=TODAY, **rest):
    trial.session.rollback()
    return query_check.check(trial.session, trial.protocol, on=on, **rest)


def asked(session, state="open"):
    session.expire_all()
    wanted = select(Query).where(Query.state == state).order_by(Query.id)
    return {query.check: query for query in session.scalars(wanted)}


def visit(session, person, plan="baseline"):
    wanted = select(Visit).where(Visit.participant_id == person.id, Visit.plan == plan)
    return session.scalars(wanted).one()


def done(trial, person):
    trial.does(
        Act.RECORD_VISIT, visits.record_done, visit(trial.session, person),
        done_on=TODAY, working="no", history_known_until=None,
    )  # fmt: skip


def test_an_overdue_visit_is_asked_about_once_and_settled_when_it_is_recorded(
    trial, session, person
):
    first, again = check(trial), check(trial)
    assert (first.raised, again.raised, again.settled) == (1, 0, 0)
    query = asked(session)["overdue visit"]
    assert (query.table, query.item, query.raised_by) == ("visit", "state", COMMAND_LINE.id)
    assert "Record it as done, missed or not needed." in query.text
    done(trial, person)
    number = session.scalar(select(func.max(Acts.number)))
    settled = asked(session, "closed")["overdue visit"]
    assert settled.resolved_by == number
    assert check(trial).raised == 0
    assert verify(session).faults == ()


def test_a_form_missing_of_a_visit_is_asked_about_and_settled_when_it_is_begun(
    trial, session, person
):
    done(trial, person)
    assert check(trial, TODAY + timedelta(days=14)).raised == 0
    assert check(trial, LATER).raised == 1
    query = asked(session)["missing visit-sheet"]
    assert (query.form, query.unblinds) == ("visit-sheet", False)
    save(trial, OF_VISIT, person, visit=visit(session, person), hours=40)
    assert asked(session, "closed")["missing visit-sheet"].resolved_by
    assert check(trial, LATER).raised == 0


def test_a_form_missing_in_one_arm_is_asked_where_the_blinded_do_not_look(trial, session, person):
    session.rollback()
    with acting(session, by=MANAGER, name=Act.REVEAL_ARM):
        cluster = session.get_one(Cluster, person.cluster_id)
        cluster.arm, cluster.allocated_on, cluster.revealed_on = "IPS", TODAY, TODAY
    done(trial, person)
    seeing = replace(trial, by=replace(MANAGER, revealed=frozenset({person.cluster_id})))
    save(seeing, TELLING, person, complete=False, hours=40)
    check(trial, LATER)
    told = {check: query.unblinds for check, query in asked(session).items()}
    assert told == {"missing visit-sheet": False, "missing arm-sheet": True, "draft": True}


ONCE = "missing once-sheet"


def lacks(trial, on) -> bool:
    """Whether the check of that day leaves a query that the form is missing."""
    check(trial, on)
    return ONCE in asked(trial.session)


def test_a_form_filled_in_once_is_asked_for_and_settled_when_it_is_begun(trial, session, person):
    once = sheet(key="once-sheet", name="Once sheet", occurs="once")
    trial.protocol = trial.protocol.model_copy(update={"forms": (once,)})
    enrolled = person.enrolled_on
    assert not lacks(trial, enrolled + timedelta(days=14))
    assert lacks(trial, enrolled + timedelta(days=15))
    query = asked(session)[ONCE]
    assert (query.table, query.row, query.item) == ("participant", person.id, "number")
    assert (query.form, query.unblinds) == ("once-sheet", False)
    save(trial, once, person, complete=False, hours=40)
    assert asked(session, "closed")[ONCE].resolved_by
    assert not lacks(trial, LATER)


def test_a_form_filled_in_once_in_one_arm_is_asked_for_after_the_reveal(trial, session, person):
    once = sheet(key="once-sheet", name="Once sheet", occurs="once", arms=("IPS",))
    trial.protocol = trial.protocol.model_copy(update={"forms": (once,)})

    def cluster(**changed):
        session.rollback()
        with acting(session, by=MANAGER, name=Act.REVEAL_ARM):
            for item, value in changed.items():
                setattr(session.get_one(Cluster, person.cluster_id), item, value)

    cluster(arm="IPS", allocated_on=TODAY)
    assert not lacks(trial, LATER + timedelta(days=90))
    cluster(revealed_on=LATER)
    assert not lacks(trial, LATER + timedelta(days=14))
    assert lacks(trial, LATER + timedelta(days=15))
    assert asked(session)[ONCE].unblinds
    cluster(arm="TAU")
    assert not lacks(trial, LATER + timedelta(days=15))


def test_a_draft_left_behind_is_asked_about_and_settled_when_it_is_completed(
    trial, session, person
):
    done(trial, person)
    record = save(trial, FORM, person, complete=False, hours=40)
    assert check(trial, TODAY + timedelta(days=14)).raised == 0
    check(trial, LATER, days=29)
    query = asked(session)["draft"]
    assert (query.row, query.item, query.form) == (record.id, "state", "sheet")
    save(trial, FORM, person, record=record, complete=False, hours=41)
    assert "draft" in asked(session)
    save(trial, FORM, person, record=record, hours=42)
    assert asked(session, "closed")["draft"].resolved_by


def test_what_an_amended_form_doubts_is_raised_and_what_it_no_longer_doubts_is_settled(
    trial, session, person
):
    done(trial, person)
    save(trial, FORM, person, hours=40)
    told = FORM.sections[0].items
    hours = told[0].model_copy(update={"usual": (0, 20)})
    section = FORM.sections[0].model_copy(update={"items": (hours, *told[1:])})
    stricter = FORM.model_copy(update={"sections": (section,)})
    before, after = (
        trial.protocol,
        trial.protocol.model_copy(update={"forms": (stricter, *FORMS[1:])}),
    )
    assert check(trial).raised == 0
    assert check(replace(trial, protocol=after)).raised == 1
    assert asked(session)["form"].item == "answers.hours"
    assert check(replace(trial, protocol=before)).settled == 1
    assert asked(session, "closed")["form"].resolved_by is None


def test_doubts_of_work_are_raised_and_settled_by_night_too(trial, session, person):
    done(trial, person)
    trial.does(
        Act.RECORD_SPELL, employment.record_spell, person, kind="open", source="payslip",
        started_on=date(2015, 11, 2), weekly_hours=Decimal(20), pay=Decimal(5), pay_period="hour",
    )  # fmt: skip
    assert check(trial).raised == 0
    work = trial.protocol.work.model_copy(update={"usual_weekly_hours_max": 10})
    stricter = trial.protocol.model_copy(update={"employment": work})
    assert check(replace(trial, protocol=stricter)).raised == 1
    assert set(asked(session)) == {"minimum wage", "usual hours"}


def test_what_is_locked_is_left_alone_and_what_is_frozen_is_not(trial, session, person, clusters):
    other = trial.participant(trial.open(clusters["county-forensic"]))
    trial.does(Act.HOLD, lambda s, p, on: holds.place(s, p, person, "locked"))
    trial.does(Act.HOLD, lambda s, p, on: holds.place(s, p, other, "frozen"))
    found = check(trial)
    assert (found.people, found.raised, found.locked) == (1, 1, 1)
    assert asked(session)["overdue visit"].participant_id == other.id
    trial.does(Act.HOLD, lambda s, p, on: holds.place(s, p, None, "locked", checked=True))
    with pytest.raises(Refused, match="locked"):
        check(trial)


def test_two_machines_at_once_ask_once(trial, session, engine, person, clusters):
    for key in ("county-forensic", "city-personality-disorder"):
        trial.participant(trial.open(clusters[key]))
    session.rollback()
    ready, raised, faults = threading.Barrier(3), [], []

    def run() -> None:
        with sessions(engine)() as own:
            own.info["clock"] = session.info["clock"]
            ready.wait()
            try:
                raised.append(query_check.check(own, trial.protocol, on=TODAY).raised)
            except Exception as fault:
                faults.append(fault)

    machines = [threading.Thread(target=run) for _ in range(3)]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join()
    assert faults == []
    assert sum(raised) == 3
    assert session.scalar(select(func.count(Query.id))) == 3
    assert verify(session).faults == ()


def test_every_run_is_an_act_of_the_command_line_that_says_what_it_did(trial, session, person):
    check(trial)
    check(trial)
    wanted = select(Acts).where(Acts.name == Act.CHECK_QUERIES).order_by(Acts.number)
    told = [(act.by_name, act.changes > 0, act.note) for act in session.scalars(wanted)]
    assert [by for by, _, _ in told] == ["the command line"] * 3
    assert [changed for _, changed, _ in told] == [True, False, False]
    assert (told[1][2]["raised"], told[2][2]["raised"], told[2][2]["people"]) == (1, 0, 1)


def about_cluster(trial, arms=()):
    """The trial with a form about clusters that is filled in once."""
    once = sheet(key="once-sheet", name="Once sheet", about="cluster", occurs="once", arms=arms)
    trial.protocol = trial.protocol.model_copy(update={"forms": (once,)})
    return once


def test_a_form_filled_in_once_about_a_cluster_is_asked_for_and_settled(trial, session, clusters):
    once, cluster = about_cluster(trial), trial.open(clusters["city-forensic"])
    opened = cluster.opened_on
    assert not lacks(trial, opened + timedelta(days=14))
    done = check(trial, opened + timedelta(days=15))
    assert (done.clusters, done.raised) == (1, 1)
    query = asked(session)[ONCE]
    assert (query.table, query.row, query.item) == ("cluster", cluster.id, "opened_on")
    assert (query.participant_id, query.cluster_id) == (None, cluster.id)
    assert (query.form, query.unblinds) == ("once-sheet", False)
    assert not check(trial, opened + timedelta(days=16)).raised

    def fill(session, protocol, on):
        return saving.save(
            session, protocol, once, Subject(cluster=cluster), answers={"hours": 40},
            observed_on=on, complete=True, on=on,
        )  # fmt: skip

    trial.does(Act.ENTER_FORM, fill)
    assert asked(session, "closed")[ONCE].resolved_by
    assert not lacks(trial, LATER)
    assert verify(session).faults == ()


def test_of_a_cluster_in_another_arm_or_locked_nothing_is_asked(trial, session, clusters):
    about_cluster(trial, ("IPS",))
    cluster = trial.open(clusters["city-forensic"])

    def change(**changed):
        session.rollback()
        with acting(session, by=MANAGER, name=Act.REVEAL_ARM):
            for item, value in changed.items():
                setattr(session.get_one(Cluster, cluster.id), item, value)

    change(arm="TAU", allocated_on=TODAY, revealed_on=TODAY)
    assert not lacks(trial, LATER)
    change(arm="IPS")
    trial.does(
        Act.HOLD, lambda s, p, on: holds.place(s, p, s.get_one(Cluster, cluster.id), "locked")
    )
    assert check(trial, LATER).locked == 1
    assert not lacks(trial, LATER)
