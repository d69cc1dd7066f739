"""The kinds of answers that a page asks for: each reads what was typed, or says what to type instead."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import Field
from wtforms.validators import StopValidation

from trial.protocol import Protocol, typed
from trial.web import here

REAL_DATE = "Enter a real date, such as 27 3 2026"
BOXES = ("day", "month", "year")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Option = tuple[str, str]


class Answer(Field):
    """One question: ``needed`` is the sentence shown when it is left empty, None if it may be."""

    kind = "line"

    def __init__(
        self,
        label: str,
        *,
        needed: str | None = None,
        hint: str = "",
        width: int | None = None,
        autocomplete: str | None = None,
        **rest: Any,
    ) -> None:
        super().__init__(label, description=hint, **rest)
        self.needed = needed
        self.width = width
        self.autocomplete = autocomplete
        self.shown = ""

    @property
    def focus(self) -> str:
        """The element that a link in the error summary goes to."""
        return str(self.id)

    def process_data(self, value: Any) -> None:
        """Take a value that is already known, to be shown again."""
        self.data = value
        self.shown = self.spelled(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; what cannot be read stays on the page beside its message."""
        text = typed.tidy(valuelist[0]) if valuelist else ""
        self.shown, self.data = typed.without_unfit(text), None
        if text:
            self.data = self.read(text)

    def pre_validate(self, form: Any) -> None:
        """Say that an answer is missing, once."""
        if self.process_errors:
            raise StopValidation()
        if self.needed and self.is_empty():
            raise StopValidation(self.needed)

    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return self.data is None

    def spelled(self, value: Any) -> str:
        """A known value as it stands in the box."""
        return "" if value is None else str(value)

    def read(self, text: str) -> Any:
        """The value of a text, or a ``ValueError`` that says what to type."""
        raise NotImplementedError


class Line(Answer):
    """Words on one line."""

    lines = False

    def __init__(self, label: str, *, most: int = 200, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.most = most

    def read(self, text: str) -> str:
        fault = typed.fault(text, self.most, self.lines)
        if fault:
            raise ValueError(fault)
        return text


class Lines(Line):
    """Words on several lines."""

    kind = "lines"
    lines = True

    def __init__(self, label: str, *, most: int = 2000, rows: int = 4, **rest: Any) -> None:
        super().__init__(label, most=most, **rest)
        self.rows = rows


class Secret(Answer):
    """A password: taken as typed, spaces and all, and never shown again."""

    kind = "password"
    most = 1000

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = (valuelist[0] if valuelist else "") or None
        if self.data and typed.UNFIT.search(self.data):
            self.data = None
            raise ValueError("Leave out characters that cannot be typed")
        if self.data and len(self.data) > self.most:
            self.data = None
            raise ValueError(f"Use at most {self.most} characters")


class Whole(Answer):
    """A whole number between two limits."""

    kind = "number"

    def __init__(self, label: str, *, least: int = 0, most: int = 999_999, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.least, self.most = least, most

    def read(self, text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise ValueError(f"Enter a whole number, such as {max(self.least, min(12, self.most))}")
        value = int(text)
        if not self.least <= value <= self.most:
            raise ValueError(f"Enter a number from {self.least} to {self.most}")
        return value


class Amount(Answer):
    """A number with so many decimals at most, between two limits."""

    kind = "number"

    def __init__(
        self,
        label: str,
        *,
        least: str = "0",
        most: str = "999999",
        prefix: str = "",
        places: int = 2,
        **rest: Any,
    ) -> None:
        super().__init__(label, **rest)
        self.least, self.most, self.prefix = Decimal(least), Decimal(most), prefix
        self.places = places

    def read(self, text: str) -> Decimal:
        plain = text.removeprefix("£").replace(",", "").strip()
        if not re.fullmatch(rf"-?[0-9]{{1,9}}(\.[0-9]{{1,{self.places}}})?", plain):
            many = "two" if self.places == 2 else str(self.places)
            raise ValueError(f"Enter a number with at most {many} decimals, such as 12.50")
        value = Decimal(plain)
        if not self.least <= value <= self.most:
            raise ValueError(f"Enter a number from {self.least} to {self.most}")
        return value


class DateField3(Answer):
    """A date in three boxes."""

    kind = "date"

    def __init__(self, label: str, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.boxes = dict.fromkeys(BOXES, "")
        self.wrong: tuple[str, ...] = ()

    @property
    def focus(self) -> str:
        return f"{self.id}-{self.wrong[0] if self.wrong else BOXES[0]}"

    def process_data(self, value: date | None) -> None:
        self.data = value
        if value is not None:
            self.boxes = {box: str(getattr(value, box)) for box in BOXES}

    def process(self, formdata: Any, *args: Any, **rest: Any) -> None:
        super().process(None, *args, **rest)
        if formdata is None:
            return
        self.raw_data = [formdata.get(f"{self.name}-{box}", "") for box in BOXES]
        try:
            self.process_formdata(self.raw_data)
        except ValueError as fault:
            self.process_errors.append(fault.args[0])

    def process_formdata(self, valuelist: list[str]) -> None:
        tidied = [typed.tidy(text) for text in valuelist]
        self.boxes = {b: typed.without_unfit(t)[:40] for b, t in zip(BOXES, tidied, strict=True)}
        self.data, self.wrong = None, ()
        if not any(tidied):
            return
        self.data = self._date(dict(zip(BOXES, tidied, strict=True)))

    def _date(self, boxes: dict[str, str]) -> date:
        empty = tuple(box for box in BOXES if not boxes[box])
        if empty:
            self.wrong = empty
            raise ValueError(f"Enter the {' and the '.join(empty)} too")
        month = _month(boxes["month"])
        self.wrong = tuple(
            box
            for box, fits in (
                ("day", re.fullmatch(r"[0-9]{1,2}", boxes["day"])),
                ("month", month),
                ("year", re.fullmatch(r"(19|20)[0-9]{2}", boxes["year"])),
            )
            if not fits
        )
        if self.wrong or month is None:
            raise ValueError(REAL_DATE)
        try:
            return date(int(boxes["year"]), month, int(boxes["day"]))
        except ValueError:
            self.wrong = ("day",)
            raise ValueError(REAL_DATE) from None


def _month(text: str) -> int | None:
    if re.fullmatch(r"0?[1-9]|1[0-2]", text):
        return int(text)
    start = text.lower()[:3]
    return MONTHS.index(start) + 1 if start in MONTHS else None


class Codes(Answer):
    """One of a list: radio buttons. ``codes`` picks the list from the protocol."""

    kind = "radios"

    def __init__(
        self,
        label: str,
        *,
        codes: Callable[[Protocol], Iterable[Any]] | None = None,
        options: Sequence[Option] = (),
        inline: bool = False,
        **rest: Any,
    ) -> None:
        super().__init__(label, **rest)
        listed = [(code.key, code.label) for code in codes(here.protocol())] if codes else []
        self.options: list[Option] = [*listed, *options]
        self.hints: dict[str, str] = {}
        self.inline = inline

    def offer(self, options: Iterable[Option]) -> None:
        """Offer answers that are known only once the page is asked for."""
        self.options = list(options)

    def read(self, text: str) -> Any:
        return text[:200]

    def pre_validate(self, form: Any) -> None:
        """Refuse an answer that was not offered."""
        if self.shown and self.shown not in [key for key, _ in self.options]:
            self.shown, self.data = "", None
            raise StopValidation("Choose one of the answers shown")
        super().pre_validate(form)


class Pick(Codes):
    """One of a long list: a drop-down."""

    kind = "select"


class YesNo(Codes):
    """Yes or no."""

    def __init__(self, label: str, **rest: Any) -> None:
        super().__init__(label, options=(("yes", "Yes"), ("no", "No")), inline=True, **rest)

    def read(self, text: str) -> bool:
        return text == "yes"

    def spelled(self, value: bool | None) -> str:
        return "" if value is None else ("yes" if value else "no")


class Several(Codes):
    """Any number of a list: tick boxes."""

    kind = "checkboxes"

    def process_data(self, value: Iterable[str] | None) -> None:
        self.data = tuple(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = tuple(dict.fromkeys(valuelist))

    def pre_validate(self, form: Any) -> None:
        known = {key for key, _ in self.options}
        strange = [key for key in self.data if key not in known]
        self.data = tuple(key for key in self.data if key in known)
        if strange:
            raise StopValidation("Choose from the answers shown")
        super().pre_validate(form)

    def is_empty(self) -> bool:
        return not self.data


class Tick(Answer):
    """One box that is ticked or not."""

    kind = "tick"

    def process_data(self, value: bool | None) -> None:
        self.data = bool(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = bool(valuelist)

    def is_empty(self) -> bool:
        return not self.data
