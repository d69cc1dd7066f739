"""What is compared with its source: of whom, by sample and risk, and which values of everybody."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trial.protocol.base import Key, Table, number

Risk = Literal["high", "medium", "low"]
Share = Annotated[Decimal, BeforeValidator(number), Field(ge=0, le=1, decimal_places=3)]
Value = Literal[
    "participant.birth_year",
    "participant.enrolled_on",
    "consent.signed_on",
    "visit.done_on",
    "visit.working",
    "spell.kind",
    "spell.started_on",
    "spell.ended_on",
    "term.weekly_hours",
    "term.pay",
    "event.happened_on",
]


class FormRisk(Table):
    """The risk of a form; one that is not named has a medium risk."""

    form: Key
    risk: Risk


class ValueRisk(Table):
    """The risk of a value outside the forms; one that is not named is not verified."""

    value: Value
    risk: Risk


class VerificationPlan(Table):
    """The plan of source verification.

    What has a high risk is verified of every participant, as are the ``verified`` questions of forms; a
    medium risk of the sample: the ``first`` participants of each cluster and a ``share`` of all; a low
    risk of the ``first`` alone.
    """

    share: Share
    first: Annotated[int, Field(ge=0, le=1000)]
    forms: Annotated[tuple[FormRisk, ...], Field(max_length=200)] = ()
    values: Annotated[tuple[ValueRisk, ...], Field(max_length=50)] = ()

    def risk_of_form(self, key: str) -> Risk:
        """The risk of a form."""
        return next((one.risk for one in self.forms if one.form == key), "medium")
