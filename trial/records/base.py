"""The base of all tables: constraint names, column kinds, and the marks that trail and door read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Integer, MetaData, TypeDecorator, event
from sqlalchemy.orm import ColumnProperty, DeclarativeBase, Mapper

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table inherits.

    ``scope`` says whom a table is about: ``"participant"`` or ``"cluster"`` (it carries ``cluster_id``
    and the door filters on it), ``"form"`` (about a participant, a cluster, an employer or the trial:
    the door decides row by row), ``"outbox"`` (likewise, but outside the trail), ``"trial"``
    (trial-wide), ``"account"`` (people and what they may do), ``"trail"`` (the trail itself), or
    ``"technical"`` (outside the trail: sessions and throttles).
    """

    metadata = MetaData(naming_convention=NAMES)
    scope: ClassVar[str] = "trial"


class Instant(TypeDecorator[datetime]):
    """An instant in UTC; refuses one that does not name its zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Hundredths(TypeDecorator[Decimal]):
    """An exact decimal with two places, kept as a whole number of hundredths."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        if value is None:
            return None
        whole = Decimal(value) * 100
        if whole != int(whole):
            raise ValueError("two decimal places at most")
        return int(whole)

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value) / 100


class Answers(TypeDecorator[Mapping[str, Any]]):
    """One document of plain scalars, read back read-only: an in-place change would be lost silently."""

    impl = JSON
    cache_ok = True

    def process_bind_param(
        self, value: Mapping[str, Any] | None, dialect: Any
    ) -> dict[str, Any] | None:
        return None if value is None else dict(value)

    def process_result_value(self, value: Any, dialect: Any) -> Mapping[str, Any] | None:
        return None if value is None else MappingProxyType(value)

    def compare_values(self, x: Any, y: Any) -> bool:
        return (None if x is None else dict(x)) == (None if y is None else dict(y))


@event.listens_for(Base, "after_mapper_constructed", propagate=True)
def _remember_old_values(mapper: Mapper[Any], cls: type[Base]) -> None:
    """Load the old value when a new one is set, else the trail would not know what was there."""
    for column in mapper.local_table.columns:
        attribute = mapper.get_property_by_column(column)
        assert isinstance(attribute, ColumnProperty)
        attribute.active_history = True
