"""Lists a page at a time: a page never grows with the trial."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of a list, with the way to the others."""

    rows: Sequence[Any]
    number: int
    total: int
    size: int = SIZE

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        """The number of the first row shown, counted from 1."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        """The number of the last row shown."""
        return min(self.number * self.size, self.total)

    def address(self, number: int) -> str:
        """Where another page of the same list is, with the same filter."""
        asked = {key: value for key, value in request.args.items() if key != "page"}
        return url_for(
            request.endpoint or "", **{**(request.view_args or {}), **asked, "page": number}
        )

    def items_shown(self) -> list[dict[str, Any]]:
        """The numbers in the pagination: the first, the last, and those around this page."""
        near = {1, self.last, self.number - 1, self.number, self.number + 1}
        numbers = sorted(n for n in near if 1 <= n <= self.last)
        items: list[dict[str, Any]] = []
        for before, number in zip([0, *numbers], numbers, strict=False):
            if number - before > 1:
                items.append({"ellipsis": True})
            items.append(
                {"number": number, "current": number == self.number, "href": self.address(number)}
            )
        return items


def asked_page() -> int:
    """The page that the address asks for, counted from 1."""
    asked = request.args.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdecimal() and 0 < len(asked) < 7 else 1


def paged(session: Session, statement: Select[Any], size: int = SIZE) -> Page:
    """The page asked for of an ordered statement over one kind of row; too high a number gives the last."""
    counted = select(func.count()).select_from(statement.order_by(None).subquery())
    total = session.scalar(counted) or 0
    number = min(asked_page(), max(1, -(-total // size)))
    rows = session.scalars(statement.limit(size).offset((number - 1) * size)).all()
    return Page(rows, number, total, size)
