"""Raters do not see each other's review of fidelity until both have rated, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.test_process import MANAGER, REVIEWER, SPECIALIST, enter, review
from tests.conftest import TODAY
from trial.conduct.access import Act
from trial.conduct.forms.saving import void
from trial.conduct.process.results import evaluate
from trial.conduct.process.unseen import unseen
from trial.conduct.queries import raise_about_record
from trial.conduct.reports import datasets
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.request import Request
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Change, Query, Record
from trial.records.trail import acting

SECOND = replace(REVIEWER, id=6, name="Sam")
AUDITOR = Actor(9, "Alex", Role.AUDITOR, None, True, False, MANAGER.revealed, True)


@pytest.fixture
def first(session: Session, protocol: Protocol) -> int:
    """The number of the first rater's complete review."""
    return enter(session, protocol, "fidelity-review", review(protocol, "first", "4" * 25)).id


def rate(session: Session, protocol: Protocol, by: Actor, rating: str = "second", **rest) -> Record:
    given = rest.pop("given", "5" * 25)
    return enter(
        session, protocol, "fidelity-review", review(protocol, rating, given, **rest), by=by
    )


def hidden(session: Session, protocol: Protocol, actor: Actor) -> frozenset[int]:
    return unseen(session, protocol, actor.id, actor.role)


def looking(session: Session, protocol: Protocol, actor: Actor) -> Actor:
    """The same person as they come through the door now."""
    session.rollback()
    session.expunge_all()
    seen = replace(actor, unseen=hidden(session, protocol, actor))
    session.info["actor"] = seen
    return seen


@pytest.mark.parametrize("rater", [SECOND, MANAGER], ids=["reviewer", "manager"])
def test_who_may_rate_sees_another_s_review_only_after_their_own(
    session: Session, protocol: Protocol, first: int, rater: Actor
) -> None:
    assert hidden(session, protocol, rater) == {first}
    looking(session, protocol, rater)
    assert session.get(Record, first) is None
    changed = select(Change).where(Change.table == "record", Change.row == first)
    assert session.scalars(changed).all() == []
    session.info.pop("actor")
    rate(session, protocol, rater)
    looking(session, protocol, rater)
    assert session.get(Record, first) is not None
    assert session.scalars(changed).first() is not None


def test_a_draft_of_one_s_own_is_not_enough_and_hides_nothing_of_oneself(
    session: Session, protocol: Protocol, first: int
) -> None:
    draft = review(protocol, "second", "5" * 25)
    made = enter(session, protocol, "fidelity-review", draft, by=SECOND, complete=False)
    assert hidden(session, protocol, SECOND) == {first}
    assert hidden(session, protocol, REVIEWER) == frozenset()
    assert hidden(session, protocol, MANAGER) == {first, made.id}


def test_when_two_have_rated_everyone_sees_both(
    session: Session, protocol: Protocol, first: int
) -> None:
    rate(session, protocol, SECOND)
    assert hidden(session, protocol, MANAGER) == frozenset()


def test_another_occasion_and_a_voided_review_do_not_count(
    session: Session, protocol: Protocol, first: int
) -> None:
    before = rate(session, protocol, SECOND, occasion="before")
    assert hidden(session, protocol, SECOND) == {first}
    assert hidden(session, protocol, REVIEWER) == {before.id}
    with acting(session, by=SECOND, name=Act.VOID_FORM, reason="By mistake."):
        void(session, protocol, before)
    assert hidden(session, protocol, REVIEWER) == frozenset()


def test_the_consensus_shows_what_it_is_of(
    session: Session, protocol: Protocol, first: int
) -> None:
    rate(session, protocol, REVIEWER, "consensus", first_review=first, second_review=999)
    assert hidden(session, protocol, SECOND) == frozenset()


def test_who_does_not_rate_is_hidden_nothing(
    session: Session, protocol: Protocol, first: int
) -> None:
    for actor in (AUDITOR, SPECIALIST):
        assert hidden(session, protocol, actor) == frozenset()
    bare = protocol.model_copy(update={"process": None})
    assert hidden(session, bare, MANAGER) == frozenset()


def test_neither_report_nor_export_nor_query_tells_it(
    session: Session, protocol: Protocol, first: int
) -> None:
    with acting(session, by=AUDITOR, name=Act.RAISE_QUERY):
        record = session.get_one(Record, first)
        raise_about_record(session, protocol, record, item="observed_on", text="Which day?")
    for actor, there in ((MANAGER, False), (AUDITOR, True)):
        seen = looking(session, protocol, actor)
        found = evaluate(session, protocol, data_cut(session, TODAY), seen)
        assert found.fidelity is not None
        assert bool(found.fidelity.teams) is there
        assert bool(session.scalars(select(Query).where(Query.table == "record")).all()) is there
    seen = looking(session, protocol, MANAGER)
    files = datasets.make(session, protocol, seen, Request("datasets"), TODAY).files
    assert files["form_fidelity_review.csv"].count(b"\n") == 1
    seen = replace(seen, unseen=frozenset())
    files = datasets.make(session, protocol, seen, Request("datasets"), TODAY).files
    assert files["form_fidelity_review.csv"].count(b"\n") == 2
