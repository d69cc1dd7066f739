"""Answers as people type them, as they are kept, and as people read them: one function a kind each."""

import re
from calendar import month_name
from datetime import date
from decimal import Decimal
from functools import singledispatch
from typing import Any

from trial.protocol import typed
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import ALL, BY_LETTER, Missing, is_missing

Answer = str | int
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
REAL_DATE = "Enter a real date, such as 27 3 2026"
CHOOSE = "Choose one of the answers shown"
LIMITED = (kinds.Whole, kinds.DecimalNumber, kinds.DateQuestion)
LETTERED = (kinds.Whole, kinds.DecimalNumber, kinds.DateQuestion, kinds.TimeQuestion, kinds.Scale)


def read(item: Item, text: str) -> Answer | None:
    """The answer that a text is, as it is kept; None for an empty one.

    Raises ``ValueError`` with a sentence that says what to type. In a box that takes no words one
    letter (K, R, N, A) is a reserved code; elsewhere its whole value is.
    """
    text = typed.tidy(text)
    if not text:
        return None
    if text in ALL:
        return Missing(text).value
    if isinstance(item, LETTERED) and text.upper() in BY_LETTER:
        return BY_LETTER[text.upper()].value
    return _read(item, text)


def spelled(item: Item, answer: Answer | None) -> str:
    """An answer as it stands in its box: what ``read`` reads back as the same."""
    return "" if answer is None else str(answer)


def words(item: Item, answer: Answer | None) -> str:
    """An answer as a page shows it: labels for codes, dates as people write them."""
    if answer is None:
        return ""
    if is_missing(answer):
        return Missing(str(answer)).label
    return _words(item, answer)


def refusal(item: Item, answer: Answer, on: date) -> str | None:
    """Why an answer cannot be kept, as a sentence; None where it can. Never raises."""
    if is_missing(answer):
        return None
    try:
        if answer == "" or _read(item, str(answer)) != answer:
            return "Enter this again: it is not in the form in which it is kept"
    except ValueError as wrong:
        return str(wrong)
    return _outside(item, answer, on)


def doubt(item: Item, answer: Answer) -> str | None:
    """Why an answer is unusual, as a question to whoever entered it; None where it is not."""
    usual: Any = item.usual if isinstance(item, LIMITED) else None
    if usual is None or is_missing(answer):
        return None
    least, most = usual
    value = _comparable(item, answer)
    if least <= value <= most:
        return None
    return f"{words(item, answer)} is outside the usual {_limit(least)} to {_limit(most)}. Is that right?"


@singledispatch
def _read(item: Item, text: str) -> Answer:
    raise NotImplementedError(f"no reading for {type(item).__name__}")


@_read.register(kinds.Choice)
def _choice(item: kinds.Choice, text: str) -> Answer:
    for code in item.codes:
        if text in (code.key, code.label):
            return code.key
    raise ValueError(CHOOSE)


@_read.register(kinds.Several)
def _several(item: kinds.Several, text: str) -> Answer:
    chosen = set(text.split())
    if not chosen <= {code.key for code in item.codes}:
        raise ValueError("Choose from the answers shown")
    return " ".join(code.key for code in item.codes if code.key in chosen)


@_read.register(kinds.YesNo)
def _yes_no(item: kinds.YesNo, text: str) -> Answer:
    if text.lower() not in ("yes", "no"):
        raise ValueError("Choose yes or no")
    return text.lower()


@_read.register(kinds.Whole)
def _whole(item: kinds.Whole, text: str) -> Answer:
    if not re.fullmatch(r"-?[0-9]{1,10}", text):
        raise ValueError(f"Enter a whole number, such as {item.between[0]}")
    return int(text)


@_read.register(kinds.Scale)
def _scale(item: kinds.Scale, text: str) -> Answer:
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or not item.least <= int(text) <= item.most:
        raise ValueError(CHOOSE)
    return int(text)


@_read.register(kinds.DecimalNumber)
def _decimal(item: kinds.DecimalNumber, text: str) -> Answer:
    plain = text.removeprefix("£").replace(",", "").strip()
    if not re.fullmatch(rf"-?[0-9]{{1,10}}(\.[0-9]{{1,{item.places}}})?", plain):
        many = "one decimal" if item.places == 1 else f"{item.places} decimals"
        raise ValueError(f"Enter a number with at most {many}, such as 12.5")
    value = Decimal(plain)
    return f"{value if value else Decimal(0):.{item.places}f}"


@_read.register(kinds.DateQuestion)
def _date(item: kinds.DateQuestion, text: str) -> Answer:
    iso = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?", text)
    parts = list(iso.groups()) if iso else [*reversed(re.split(r"[\s/.-]+", text))]
    year, month, day, *more = [*parts, None, None, None]
    if any(more) or not re.fullmatch(r"(19|20)[0-9]{2}", year or ""):
        raise ValueError(REAL_DATE)
    if not item.partial and day is None:
        raise ValueError("Enter the day, the month and the year, such as 27 3 2026")
    return _day(str(year), month, day)


def _day(year: str, month: str | None, day: str | None) -> str:
    number = None if month is None else _month(month)
    if month is None:
        return year
    if number is None or (day is not None and not re.fullmatch(r"[0-9]{1,2}", day)):
        raise ValueError(REAL_DATE)
    try:
        made = date(int(year), number, int(day or 1))
    except ValueError:
        raise ValueError(REAL_DATE) from None
    return made.isoformat() if day is not None else made.isoformat()[:7]


def _month(text: str) -> int | None:
    if re.fullmatch(r"0?[1-9]|1[0-2]", text):
        return int(text)
    start = text.lower()[:3]
    return MONTHS.index(start) + 1 if start in MONTHS else None


@_read.register(kinds.TimeQuestion)
def _time(item: kinds.TimeQuestion, text: str) -> Answer:
    return time_of_day(text)


def time_of_day(text: str) -> str:
    """A time of day as it is kept; ``ValueError`` with what to type instead.

    >>> time_of_day("9.30")
    '09:30'
    """
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:. ]?([0-5][0-9])", text)
    if not found:
        raise ValueError("Enter a time of day, such as 14:05")
    return f"{int(found[1]):02d}:{found[2]}"


@_read.register(kinds.TextQuestion)
def _text(item: kinds.TextQuestion, text: str) -> Answer:
    fault = typed.fault(text, item.most, item.long)
    if fault:
        raise ValueError(fault)
    return text


@_read.register(kinds.Score)
def _score(item: kinds.Score, text: str) -> Answer:
    raise ValueError("This is worked out from the other answers: leave it empty")


@_read.register(kinds.File)
def _file(item: kinds.File, text: str) -> Answer:
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise ValueError("Choose a file")
    return int(text)


@singledispatch
def _words(item: Item, answer: Answer) -> str:
    unit = getattr(item, "unit", None)
    return f"{answer} {unit}" if unit else str(answer)


@_words.register(kinds.Choice)
def _choice_words(item: kinds.Choice, answer: Answer) -> str:
    return next((code.label for code in item.codes if code.key == answer), str(answer))


@_words.register(kinds.Several)
def _several_words(item: kinds.Several, answer: Answer) -> str:
    labels = {code.key: code.label for code in item.codes}
    return ", ".join(labels.get(key, key) for key in str(answer).split())


@_words.register(kinds.YesNo)
def _yes_no_words(item: kinds.YesNo, answer: Answer) -> str:
    return str(answer).capitalize()


@_words.register(kinds.Scale)
def _scale_words(item: kinds.Scale, answer: Answer) -> str:
    meant = next((one.label for one in item.anchors if one.value == answer), "")
    return f"{answer}: {meant}" if meant else str(answer)


@_words.register(kinds.DateQuestion)
def _date_words(item: kinds.DateQuestion, answer: Answer) -> str:
    year, month, day = [*str(answer).split("-"), "", ""][:3]
    named = month_name[int(month)] if month else ""
    return " ".join(part for part in (day.lstrip("0"), named, year) if part)


def earliest(answer: str) -> date:
    """The first day that a date, perhaps a partial one, can be."""
    year, month, day = [*(int(part) for part in answer.split("-")), 1, 1][:3]
    return date(year, month, day)


def latest(answer: str) -> date:
    """The last day that a date, perhaps a partial one, can be."""
    parts = [int(part) for part in answer.split("-")]
    match parts:
        case [year]:
            return date(year, 12, 31)
        case [year, month]:
            following = date(year + month // 12, month % 12 + 1, 1)
            return date.fromordinal(following.toordinal() - 1)
        case _:
            return date(*parts)


def _outside(item: Item, answer: Answer, on: date) -> str | None:
    if isinstance(item, kinds.DateQuestion):
        return _outside_days(item, str(answer), on)
    if isinstance(item, LIMITED):
        limits: Any = item.between
        least, most = limits
        if not least <= _comparable(item, answer) <= most:
            return f"Enter a number from {least} to {most}"
    return None


def _outside_days(item: kinds.DateQuestion, answer: str, on: date) -> str | None:
    least, most = item.between
    if latest(answer) < least or earliest(answer) > most:
        return f"Enter a date from {_limit(least)} to {_limit(most)}"
    if not item.future and earliest(answer) > on:
        return f"This cannot be in the future: today is {_limit(on)}"
    return None


def _comparable(item: Item, answer: Answer) -> Decimal | int | date:
    if isinstance(item, kinds.DateQuestion):
        return earliest(str(answer))
    return answer if isinstance(answer, int) else Decimal(answer)


def _limit(value: object) -> str:
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else str(value)
