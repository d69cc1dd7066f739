"""The named functions that a protocol can call on: what each does stands in ``conduct/forms``."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field


class _ScoreName(StrEnum):
    SUM = "sum"
    SCALE = "scale"
    ROSENBERG = "rosenberg"
    TOTAL_OF_ASSESSED = "total-of-assessed"
    PRO_RATED = "pro-rated"
    UNIT_COSTS = "unit-costs"
    DAYS_BETWEEN = "days-between"


class _CheckName(StrEnum):
    NOT_BEFORE_ENROLMENT = "not-before-enrolment"
    NOT_AFTER_VISIT = "not-after-visit"
    NOT_BEFORE_ITEM = "not-before-item"
    NOT_ABOVE_ITEM = "not-above-item"
    SAME_AS_FORM = "same-as-form"
    WITHIN_YEARS_OF_AGE = "within-years-of-age"


ScoreName = Annotated[_ScoreName, Field(strict=False)]
CheckName = Annotated[_CheckName, Field(strict=False)]
SCORES = tuple(_ScoreName)
CHECKS = tuple(_CheckName)
