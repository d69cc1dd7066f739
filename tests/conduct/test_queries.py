"""Queries: raised by a check or a person, answered from the site, closed by someone else, opened again."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import MANAGER, Recruiting
from trial.conduct import employment, queries
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Query
from trial.records.verify import verify

RESEARCHER = Actor(21, "A researcher", Role.RESEARCHER, blinded=False)


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


@pytest.fixture
def spell(trial, person):
    return trial.does(
        Act.RECORD_SPELL, employment.record_spell, person, kind="open", source="payslip",
        started_on=date(2015, 11, 2), weekly_hours=Decimal(20), pay=Decimal(5), pay_period="hour",
    )  # fmt: skip


@pytest.fixture
def query(spell, session) -> Query:
    """What the check of pay raised about the spell."""
    return session.scalars(select(Query)).one()


def ask(trial, person, **what) -> Query:
    told = {"table": "participant", "row": person.id, "item": "birth_year", "text": "Sure?"}
    return trial.does(Act.RAISE_QUERY, queries.raise_by_person, person, **(told | what))


def answer(trial, query, text="The payslip says so.", by=RESEARCHER, why=None):
    return replace(trial, by=by).does(Act.ANSWER_QUERY, queries.answer, query, answer=text, why=why)


def correct_pay(trial, spell, pay):
    trial.does(
        Act.CORRECT_SPELL, employment.correct_term, spell.terms[0],
        pay=Decimal(pay), why="payslip seen",
    )  # fmt: skip


def test_a_person_asks_about_one_value(trial, session, person):
    query = ask(trial, person)
    assert (query.state, query.raised_by, query.check) == ("open", MANAGER.id, None)
    assert verify(session).faults == ()


@pytest.mark.parametrize(
    "what",
    [{"table": "act"}, {"table": "identity"}, {"row": 99}, {"item": "secret"}, {"text": " "}],
)
def test_a_question_about_nothing_is_refused(trial, session, person, what):
    with pytest.raises(Refused):
        ask(trial, person, **what)
    assert session.scalars(select(Query)).all() == []


def test_a_question_about_someone_else_s_value_is_refused(trial, person, clusters):
    other = trial.participant(trial.open(clusters["county-forensic"]))
    with pytest.raises(Refused):
        ask(trial, person, row=other.id)


def test_an_answered_query_is_closed_by_someone_else(trial, query):
    close = {"name": Act.CLOSE_QUERY, "do": queries.close}
    with pytest.raises(Refused, match="no answer yet"):
        trial.does(close["name"], close["do"], query)
    answer(trial, query)
    assert (query.state, query.answered_by) == ("answered", RESEARCHER.id)
    with pytest.raises(Refused, match="someone else"):
        replace(trial, by=RESEARCHER).does(close["name"], close["do"], query)
    trial.does(close["name"], close["do"], query)
    assert (query.state, query.closed_by) == ("closed", MANAGER.id)
    with pytest.raises(Refused, match="closed"):
        answer(trial, query)
    with pytest.raises(Refused, match="already"):
        trial.does(close["name"], close["do"], query)


def test_changing_an_answer_needs_a_reason(trial, query):
    answer(trial, query)
    with pytest.raises(Refused, match="Say why"):
        answer(trial, query, text="It is weekly pay.")
    answer(trial, query, text="It is weekly pay.", why="misread")
    assert query.answer == "It is weekly pay."


def test_a_query_is_opened_again_with_a_reason(trial, query):
    with pytest.raises(Refused, match="open already"):
        trial.does(Act.RAISE_QUERY, queries.reopen, query, why="which payslip?")
    answer(trial, query)
    with pytest.raises(Refused, match="Say why"):
        trial.does(Act.RAISE_QUERY, queries.reopen, query)
    trial.does(Act.RAISE_QUERY, queries.reopen, query, why="which payslip?")
    assert query.state == "open"
    answer(trial, query, text="That of May.")
    assert (query.state, query.answer) == ("answered", "That of May.")


def test_a_check_does_not_ask_twice_while_its_query_stands(trial, session, spell, query):
    trial.does(Act.CORRECT_SPELL, employment.correct_spell, spell, job_title="Porter")
    assert session.scalars(select(Query)).all() == [query]


def test_a_check_that_no_longer_doubts_closes_its_query(trial, session, spell, query):
    correct_pay(trial, spell, "7.50")
    assert (query.state, query.answer) == ("closed", queries.SETTLED)
    correct_pay(trial, spell, "5")
    assert [q.state for q in session.scalars(select(Query).order_by(Query.id))] == [
        "closed",
        "open",
    ]


def test_another_doubtful_value_is_another_query(trial, session, spell, query):
    correct_pay(trial, spell, "5.50")
    first, second = session.scalars(select(Query).order_by(Query.id))
    assert (first.state, second.state) == ("closed", "open")
    assert "£5.50" in second.text


def test_what_a_person_settled_is_not_asked_again_in_the_same_words(trial, session, spell, query):
    answer(trial, query)
    trial.does(Act.CLOSE_QUERY, queries.close, query)
    trial.does(Act.CORRECT_SPELL, employment.correct_spell, spell, job_title="Porter")
    assert [q.state for q in session.scalars(select(Query))] == ["closed"]


def test_a_check_leaves_what_people_asked_alone(trial, person, spell, query):
    own = ask(trial, person, table="term", row=spell.terms[0].id, item="pay")
    correct_pay(trial, spell, "7.50")
    assert (own.state, query.state) == ("open", "closed")
