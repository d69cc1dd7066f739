"""Queries about the answers of forms: raised, settled by a change that they name, listed, and as a file."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import MANAGER, TODAY, Recruiting
from tests.conduct.sheets import save, sheet
from trial.conduct import queries, query_list
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.query_list import Narrowing
from trial.conduct.refused import Refused
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Act as Acts
from trial.records.models import Query
from trial.records.trail import acting
from trial.records.verify import verify

FORM = sheet()
RESEARCHER = Actor(21, "A researcher", Role.RESEARCHER, blinded=False)
BLINDED = Actor(22, "A data manager", Role.DATA_MANAGER)


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol.model_copy(update={"forms": (FORM,)}))


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


def seeing(trial, person):
    """The same trial, in which whoever acts may know the arm."""
    return replace(trial, by=replace(MANAGER, revealed=frozenset({person.cluster_id})))


def asked(session):
    return session.scalars(select(Query).order_by(Query.id)).all()


def newest(session):
    return session.scalars(select(Acts.number).order_by(Acts.number.desc())).first()


def ask(trial, record, item="answers.hours", text="Sure?"):
    return trial.does(
        Act.RAISE_QUERY,
        lambda s, p, on: queries.raise_about_record(s, p, record, item=item, text=text),
    )


def answer(trial, query, text="Yes."):
    return replace(trial, by=RESEARCHER).does(Act.ANSWER_QUERY, queries.answer, query, answer=text)


def test_a_change_that_settles_a_query_is_named_by_it(trial, session, person):
    record = save(trial, FORM, person, hours=60)
    (query,) = asked(session)
    assert (query.form, query.item, query.state) == ("sheet", "answers.hours", "open")
    save(trial, FORM, person, record=record, hours=70, why="misread")
    first, second = asked(session)
    assert (first.state, first.resolved_by, second.state) == ("closed", newest(session), "open")
    save(trial, FORM, person, record=record, hours=40, why="misread again")
    assert (second.state, second.resolved_by) == ("closed", newest(session))
    told = queries.settled_by(session, "record", record.id, "answers.hours")
    assert told == {first.resolved_by: [first], second.resolved_by: [second]}
    assert verify(session).faults == ()


def test_a_query_closed_by_a_person_names_the_change_made_in_between(trial, session, person):
    record = save(trial, FORM, person, hours=40, remark="All well")
    changed, unchanged = ask(trial, record), ask(trial, record, "answers.remark")
    save(trial, FORM, person, record=record, hours=41, why="the sheet says so")
    settled = newest(session)
    for query in (changed, unchanged):
        answer(trial, query)
        trial.does(Act.CLOSE_QUERY, queries.close, query)
    assert (changed.resolved_by, unchanged.resolved_by) == (settled, None)
    trial.does(Act.RAISE_QUERY, queries.reopen, changed, why="which sheet?")
    assert (changed.state, changed.resolved_by) == ("open", None)
    assert verify(session).faults == ()


def test_voiding_a_record_settles_what_checks_asked_and_ends_asking(trial, session, person):
    record = save(trial, FORM, person, hours=60)
    trial.does(Act.VOID_FORM, lambda s, p, on: saving.void(s, p, record), why="a slip")
    (query,) = asked(session)
    assert (query.state, query.resolved_by) == ("closed", newest(session))
    with pytest.raises(Refused, match="voided"):
        ask(trial, record)


@pytest.mark.parametrize("item", ["answers.nothing", "entered_by", "telling", "answers"])
def test_a_question_about_no_answer_is_refused(trial, person, item):
    record = save(trial, FORM, person, hours=40)
    with pytest.raises(Refused, match="no such value"):
        ask(trial, record, item)


def test_a_query_whose_answer_tells_the_arm_is_not_there_for_the_blinded(trial, session, person):
    save(seeing(trial, person), FORM, person, hours=60, coach=12)
    told = {query.item: query.unblinds for query in asked(session)}
    assert told == {"answers.hours": False, "telling.coach": True}
    session.rollback()
    session.expunge_all()
    session.info["actor"] = BLINDED
    (query,) = asked(session)
    assert query.item == "answers.hours"
    content, number = query_list.as_csv(
        session,
        trial.protocol,
        query_list.listed(trial.protocol, BLINDED, Narrowing(), TODAY),
        TODAY,
    )
    assert number == 1
    assert b"coach" not in content


def test_a_blinded_save_leaves_the_queries_that_it_cannot_see(trial, session, person):
    record = save(seeing(trial, person), FORM, person, hours=60, coach=12)
    session.info["actor"] = blinded = replace(RESEARCHER, blinded=True)
    session.expire_all()
    save(replace(trial, by=blinded), FORM, person, record=record, hours=20, why="misread")
    del session.info["actor"]
    session.expire_all()
    assert {query.item: query.state for query in asked(session)} == {
        "answers.hours": "closed",
        "telling.coach": "open",
    }


def test_the_list_is_narrowed_by_who_waits_cluster_form_and_age(trial, session, clusters, person):
    record = save(trial, FORM, person, hours=60)
    other = trial.participant(trial.open(clusters["county-forensic"]))
    own = trial.does(
        Act.RAISE_QUERY, queries.raise_by_person, other,
        table="participant", row=other.id, item="birth_year", text="=1+1",
    )  # fmt: skip
    session.rollback()
    at = datetime(2015, 12, 1, 9, tzinfo=UTC)
    with acting(session, by=MANAGER, name=Act.RAISE_QUERY, at=at):
        old = queries.raise_about_record(
            session, trial.protocol, record, item="observed_on", text="That day?"
        )
    answer(trial, old)

    def found(actor=MANAGER, **by):
        wanted = query_list.listed(trial.protocol, actor, Narrowing(**by), TODAY)
        return {query.id for query in session.scalars(wanted)}

    (check,) = (query for query in asked(session) if query.check)
    assert found() == {check.id, own.id, old.id}
    assert found(state="answered") == found(waits="office") == {old.id}
    assert found(waits="site") == {check.id, own.id}
    assert found(RESEARCHER, waits="me") == {check.id, own.id}
    assert found(BLINDED, waits="me") == {old.id}
    assert found(cluster=other.cluster_id) == found(about="participant") == {own.id}
    assert found(about="sheet") == {check.id, old.id}
    assert found(days=30) == {old.id}
    assert query_list.age(old, TODAY) == 45
    wanted = query_list.listed(trial.protocol, MANAGER, Narrowing(), TODAY)
    content, number = query_list.as_csv(session, trial.protocol, wanted, TODAY)
    lines = content.decode("utf-8-sig").splitlines()
    assert (number, len(lines), lines[0].split(",")[:3]) == (
        3,
        4,
        ["query", "participant", "cluster"],
    )
    assert "'=1+1" in lines[2]
    assert "Sheet,Hours" in lines[1]


def test_who_sees_no_participants_sees_only_queries_of_their_forms(trial, session, person):
    save(trial, FORM, person, hours=60)
    reviewer = Actor(
        23, "A reviewer", Role.FIDELITY_REVIEWER, participants=False, blinded=False, draw_open=True
    )
    session.info["actor"] = reviewer
    session.expire_all()
    wanted = query_list.listed(trial.protocol, reviewer, Narrowing(), date(2016, 1, 15))
    assert session.scalars(wanted).all() == []
