"""Hours and pay as they may be entered: what is possible, and the term that keeps them."""

from datetime import date
from decimal import Decimal

from trial.conduct.coded import one_of
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.records.models import Participant, Term

HOURS_IN_A_WEEK = 168


def new_term(
    participant: Participant,
    from_on: date,
    weekly_hours: Decimal | None,
    pay: Decimal | None,
    pay_period: str | None,
) -> Term:
    """A term of a participant's spell, not yet saved."""
    return Term(
        participant_id=participant.id,
        cluster_id=participant.cluster_id,
        from_on=from_on,
        weekly_hours=weekly_hours,
        pay=pay,
        pay_period=pay_period,
    )


def check_amounts(
    protocol: Protocol,
    weekly_hours: Decimal | None,
    pay: Decimal | None,
    pay_period: str | None,
) -> None:
    """Raise ``Refused`` where hours or pay are impossible."""
    if weekly_hours is not None and not 0 <= weekly_hours <= HOURS_IN_A_WEEK:
        raise Refused(f"A week has {HOURS_IN_A_WEEK} hours: enter no more.", "weekly_hours")
    if pay is not None and pay < 0:
        raise Refused("Enter the pay as an amount of nought or more.", "pay")
    if pay is not None:
        one_of(
            protocol.work.pay_periods, pay_period, "pay_period",
            "Choose the period that the pay is for.",
        )  # fmt: skip
    elif pay_period is not None:
        raise Refused("Enter the pay, or leave out its period.", "pay")
