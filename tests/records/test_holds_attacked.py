"""A lock held against what no page offers: rows moved away, rewritten holds and signatures, other tables."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.conduct.recruiting import Recruiting
from tests.records.holding import about
from trial.conduct import eligibility, holds, screening, signing
from trial.conduct.access import Act
from trial.conduct.refused import Locked
from trial.records.holds import LOCKED
from trial.records.models import Cluster, Consent, Participant, Record, Screening
from trial.records.trail import acting


@pytest.fixture
def held(session, protocol, clusters) -> tuple[Recruiting, Participant, Record]:
    """A participant with a record, and another in another cluster."""
    trial, person, record, _ = about(Recruiting(session, protocol), clusters["city-forensic"])
    return trial, person, record


def refused(trial: Recruiting, attempt: Callable[[], Any]) -> None:
    trial.session.rollback()
    with (
        pytest.raises(Locked),
        acting(trial.session, by=trial.by, name=Act.ENTER_FORM, reason="tried"),
    ):
        attempt()
    trial.session.rollback()


def lock(trial: Recruiting, what: Any) -> Any:
    return trial.does(Act.HOLD, lambda s, p, on: holds.place(s, p, what, LOCKED, checked=True))


def test_a_row_that_is_moved_out_of_what_is_locked_is_refused(session, held, clusters):
    trial, person, record = held
    other = trial.participant(trial.open(clusters["county-forensic"]))
    lock(trial, person)
    refused(trial, lambda: setattr(record, "participant_id", other.id))
    refused(
        trial,
        lambda: setattr(record, "cluster_id", None) or setattr(record, "participant_id", None),
    )
    mine = record.cluster_id
    lock(trial, clusters["city-forensic"])
    refused(trial, lambda: setattr(record, "cluster_id", other.cluster_id))
    assert session.get(Record, record.id).cluster_id == mine


def test_a_row_that_is_moved_into_what_is_locked_is_refused(held, clusters):
    trial, _, record = held
    other = trial.participant(trial.open(clusters["county-forensic"]))
    lock(trial, other)
    refused(trial, lambda: setattr(record, "participant_id", other.id))


def test_the_screening_and_the_consent_of_somebody_locked_stay(session, held):
    trial, person, _ = held
    lock(trial, person)
    row = session.get(Screening, person.screening_id)
    given = {trial.protocol.eligibility[0].key: ("unknown", date(2015, 10, 2), "clinical-record")}
    refused(trial, lambda: setattr(row, "considered_on", date(2015, 9, 30)))
    refused(
        trial,
        lambda: eligibility.answer(session, trial.protocol, row, given, on=trial.on),
    )
    paper = session.get(Consent, person.consent_id)
    refused(trial, lambda: setattr(paper, "capacity_on", date(2015, 10, 4)))
    considered = {
        "considered_on": date(2015, 10, 1),
        "referral": "referred",
        "decided_by": trial.protocol.screening.deciders[0].key,
    }
    cluster = session.get(Cluster, person.cluster_id)
    trial.does(Act.SCREEN, screening.consider, cluster, **considered)  # somebody else is not held


def test_a_hold_is_lifted_and_nothing_else(held):
    trial, person, _ = held
    hold = lock(trial, person)
    for item, value in (("row", 99), ("level", "record"), ("kind", "frozen"), ("set_by", 2)):
        refused(trial, lambda item=item, value=value: setattr(hold, item, value))
    trial.does(Act.LIFT_HOLD, lambda s, p, on: holds.lift(s, hold), why="Payslip arrived")
    refused(trial, lambda: setattr(hold, "lifted_by", 99))


def test_a_hold_is_not_lifted_without_a_reason_even_past_the_act(session, held):
    trial, person, _ = held
    hold = lock(trial, person)
    session.rollback()
    with pytest.raises(Locked, match="why"), acting(session, by=trial.by, name=Act.LIFT_HOLD):
        hold.lifted_by, hold.lifted_at = 7, hold.set_at


def test_a_signature_is_never_rewritten(session, held):
    trial, _, record = held
    row = trial.does(Act.SIGN_RECORD, lambda s, p, on: signing.sign(s, p, record, "Reviewed"))
    refused(trial, lambda: setattr(row, "sha256", "0" * 64))
    refused(trial, lambda: setattr(row, "meaning", "Something else"))
