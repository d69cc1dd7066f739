"""The kinds of value that every table of a protocol file is made of."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

ASSUMED = "assumed: the trial team confirms"
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)


def _readable(text: str) -> str:
    """Text without control characters, which would spoil pages, exports and terminals."""
    if not text.strip():
        raise ValueError("Enter some text between the quotes")
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for sign in text):
        raise ValueError("Enter the text on one line, without control or invisible characters")
    return " ".join(text.split())


def number(value: object) -> object:
    """A whole number stands for the same decimal number; ``true`` does not stand for 1."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


Text = Annotated[str, Field(max_length=2000), AfterValidator(_readable)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Version = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+){0,3}$", max_length=20)]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Amount = Annotated[Decimal, BeforeValidator(number), Field(ge=0, max_digits=9, decimal_places=2)]
Strata = Annotated[
    Mapping[Key, Text], AfterValidator(MappingProxyType), PlainSerializer(dict, return_type=dict)
]


class Table(BaseModel):
    """One table of a protocol file, with room for the remark that its values are assumed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    remark: Text | None = None

    @property
    def assumed(self) -> bool:
        """Whether the trial team has still to confirm this table."""
        return self.remark == ASSUMED


class Code(Table):
    """One entry of a coded list: the key is stored, the label is shown."""

    key: Key
    label: Text


Codes = Annotated[tuple[Code, ...], Field(min_length=1, max_length=200)]
