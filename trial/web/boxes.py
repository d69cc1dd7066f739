"""The boxes of one question, a small function a kind: which there are, what they hold, what they say."""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import NamedTuple

from trial.protocol import typed
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import ALL, BY_LETTER, LETTERS, Missing, is_missing
from trial.protocol.forms.reading import Answer, spelled

Raw = Mapping[str, Sequence[str]]
BOXES = ("day", "month", "year")
MISSING, REMOVE, UNREAD = "missing", "remove", "?"
FEW = 11  # a scale with more values is a box for its number
BOTH = "Answer this or say why it is missing, not both"


class Option(NamedTuple):
    """One answer that can be chosen; a reserved code has its ``letter``."""

    value: str
    label: str
    chosen: bool
    letter: str = ""


def first(raw: Raw, name: str) -> str:
    """What a box holds, tidied; empty where it was not sent."""
    sent = raw.get(name) or ("",)
    return typed.tidy(sent[0])


def shape(item: Item) -> str:
    """How a question looks: box, area, date, radios, select, ticks, file or score."""
    match item:
        case kinds.YesNo():
            return "radios"
        case kinds.Choice():
            return "select" if item.long else "radios"
        case kinds.Scale():
            return "radios" if item.most - item.least < FEW else "box"
        case kinds.TextQuestion():
            return "area" if item.long else "box"
        case _:
            return SHAPES.get(item.kind, "box")


SHAPES = {"several": "ticks", "date": "date", "file": "file", "score": "score"}


@singledispatch
def choices(item: Item) -> tuple[tuple[str, str], ...]:
    """The answers that can be chosen, each with its words; none where something is typed."""
    return ()


@choices.register(kinds.Choice)
@choices.register(kinds.Several)
def _listed(item: kinds.Choice | kinds.Several) -> tuple[tuple[str, str], ...]:
    return tuple((code.key, code.label) for code in item.codes)


@choices.register(kinds.YesNo)
def _yes_no(item: kinds.YesNo) -> tuple[tuple[str, str], ...]:
    return (("yes", "Yes"), ("no", "No"))


@choices.register(kinds.Scale)
def _scale(item: kinds.Scale) -> tuple[tuple[str, str], ...]:
    meant = {anchor.value: anchor.label for anchor in item.anchors}
    return tuple(
        (str(value), f"{value}: {meant[value]}" if value in meant else str(value))
        for value in range(item.least, item.most + 1)
    )


def apart(item: Item) -> bool:
    """Whether why an answer is missing is chosen apart from it: where words are typed, or ticks."""
    return isinstance(item, kinds.TextQuestion | kinds.Several | kinds.File)


@singledispatch
def sent(item: Item, path: str, answer: Answer) -> dict[str, list[str]]:
    """What a browser sends for an answer: the boxes that hold something, by name."""
    if is_missing(answer):
        letter = LETTERS[Missing(str(answer))]
        if apart(item):
            return {f"{path}-{MISSING}": [letter]}
        return {path: [letter if shape(item) == "box" else str(answer)]}
    return {path: [spelled(item, answer)]}


@sent.register(kinds.Several)
def _ticks_sent(item: kinds.Several, path: str, answer: Answer) -> dict[str, list[str]]:
    if is_missing(answer):
        return {f"{path}-{MISSING}": [LETTERS[Missing(str(answer))]]}
    return {path: str(answer).split()}


@sent.register(kinds.DateQuestion)
def _date_sent(item: kinds.DateQuestion, path: str, answer: Answer) -> dict[str, list[str]]:
    if is_missing(answer):
        return {f"{path}-day": [LETTERS[Missing(str(answer))]]}
    parts = str(answer).split("-")
    boxes = zip(("year", "month", "day"), parts, strict=False)
    return {f"{path}-{box}": [part.lstrip("0")] for box, part in boxes}


@sent.register(kinds.File)
def _file_sent(item: kinds.File, path: str, answer: Answer) -> dict[str, list[str]]:
    # A browser sends no file that is there already: the record says which one it keeps.
    return {f"{path}-{MISSING}": [LETTERS[Missing(str(answer))]]} if is_missing(answer) else {}


def joined(item: Item, path: str, raw: Raw) -> str:
    """The one text that the boxes of a question make, for ``reading.read``; ``ValueError`` if both
    an answer and a reason for its absence are given.
    """
    text, code = _text(item, path, raw), first(raw, f"{path}-{MISSING}")
    if not code:
        return text
    if text and text not in ALL:
        raise ValueError(BOTH)
    return BY_LETTER[code.upper()].value if code.upper() in BY_LETTER else code


@singledispatch
def _text(item: Item, path: str, raw: Raw) -> str:
    return first(raw, path)


@_text.register(kinds.Several)
def _ticks_text(item: kinds.Several, path: str, raw: Raw) -> str:
    return " ".join(typed.tidy(one) for one in raw.get(path, ()))


@_text.register(kinds.DateQuestion)
def _date_text(item: kinds.DateQuestion, path: str, raw: Raw) -> str:
    """Day, month and year; a gap before something typed is marked, so that 7 and 2016 are no July.

    A whole date typed into the first box, or a letter alone, is what it says.
    """
    day, month, year = (first(raw, f"{path}-{box}") for box in BOXES)
    if not (month or year):
        return day
    month = month or (UNREAD if day else "")
    return f"{day} {month} {year or UNREAD}".strip()


@_text.register(kinds.File)
@_text.register(kinds.Score)
def _never_typed(item: Item, path: str, raw: Raw) -> str:
    return ""
