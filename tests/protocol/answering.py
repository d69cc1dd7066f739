"""Answers to any form as hypothesis draws them: such as people could give, and such as nobody should.

``answers_of(form)`` draws answers that can be kept as complete: every question that is asked is answered,
or its reserved code is there. ``hostile_answers(form)`` draws anything at all under likely and unlikely
paths. ``answer_to(item)`` draws one answer to one question.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from hypothesis import strategies as st

from trial.protocol import Protocol, load, typed
from trial.protocol import shipped as folders
from trial.protocol.forms import FormPlan, Section
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import path_of, sift
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import ALL, Missing
from trial.protocol.forms.reading import Answer

ON = date(2016, 1, 15)
Drawn = st.SearchStrategy[dict[str, Answer]]
CODES = st.sampled_from([code.value for code in Missing])
MOST_ROWS = 3


def shipped() -> tuple[Protocol, ...]:
    """The protocols that come with the system."""
    return tuple(load(folder) for folder in folders().values())


def forms(*protocols: Protocol) -> st.SearchStrategy[FormPlan]:
    """Any form of these protocols, of those shipped if none is named."""
    return st.sampled_from([form for one in protocols or shipped() for form in one.forms])


def answers_of(form: FormPlan, on: date = ON, *, complete: bool = True) -> Drawn:
    """Answers to a form on a day, as they are kept: to all that is asked, or to some of it as a draft."""

    @st.composite
    def drawn(draw: st.DrawFn) -> dict[str, Answer]:
        given: dict[str, Answer] = {}
        for section in form.sections:
            for row in _rows(draw, section):
                for item in section.items:
                    answer = draw(_given(item, on, complete))
                    if answer is not None:
                        given[path_of(section, item, row)] = answer
        return sift(form, given).answers

    return drawn()


def answer_to(item: Item, on: date = ON) -> st.SearchStrategy[Answer]:
    """A possible answer to a question, none of the reserved codes; a score and a file have none."""
    return ANSWERS[item.kind](item, on)


def hostile_answers(form: FormPlan) -> Drawn:
    """Anything under the paths of a form, under paths like them, and under others."""
    sound = [path for path, _ in paths(form)]
    likely = st.sampled_from(sound or ["none"])
    twisted = st.builds(lambda path, end: path + end, likely, st.sampled_from(TWISTS))
    rows = st.builds(
        lambda path, row: ".".join([path.split(".")[0], row, path.split(".")[-1]]),
        likely,
        st.sampled_from(("0", "-1", "999", "1000", "²", "٣", "", " 2")),
    )
    path = likely | likely | twisted | rows | st.text(max_size=30)
    return st.dictionaries(path, hostile(form), max_size=40)


def hostile(form: FormPlan) -> st.SearchStrategy[Answer]:
    """Anything that could stand in the place of an answer."""
    codes = [code.key for item in form.items for code in getattr(item, "codes", ())]
    return (
        st.sampled_from(["", *NASTY, *codes, *ALL])
        | st.text(max_size=60)
        | st.integers()
        | st.integers(-1, 11)
        | st.booleans()
        | st.dates().map(lambda day: day.isoformat())
        | st.decimals().map(str)
    )


def paths(form: FormPlan) -> Iterator[tuple[str, Item]]:
    """Every path of a form in its first repetitions, with the question asked there."""
    for section in form.sections:
        for row in (1, 2) if section.repeats and section.most > 1 else (1,):
            for item in section.items:
                yield path_of(section, item, row), item


NASTY = (
    "yes no", "YES", "NaN", "Infinity", "-0", "-0.00", "1e9999999", "0x10", "1_000", "٣", "²", "١٩٩٩",
    "2016-02-30", "2016-13", "0000-00-00", "0000", "2100-01-01", "9999-12-31", "31 12", "24:00", "7:5",
    "\x00", "\ud800", "\u202e", "=1+1", "<script>alert(1)</script>", "' OR 1=1 --", "missing: ",
    "missing: REFUSED", "a" * 25_000, "9" * 5_000, "\n" * 500, "{}", "null", "true",
)  # fmt: skip
TWISTS = (".", ".1", "_missing", " ", "\x00", ".1.2.3")


def _rows(draw: st.DrawFn, section: Section) -> tuple[int, ...] | tuple[None]:
    if section.repeats is None:
        return (None,)
    return tuple(range(1, draw(st.integers(1, min(section.most, MOST_ROWS))) + 1))


def _given(item: Item, on: date, complete: bool) -> st.SearchStrategy[Answer | None]:
    if isinstance(item, kinds.Score):
        return st.none()
    possible = CODES if isinstance(item, kinds.File) else answer_to(item, on)
    given: st.SearchStrategy[Answer | None] = possible | possible | possible | CODES
    return given if complete and item.required else given | st.none()


def _whole(item: Any, on: date) -> st.SearchStrategy[Answer]:
    return st.integers(*item.between)


def _decimal(item: Any, on: date) -> st.SearchStrategy[Answer]:
    scale = Decimal(10) ** item.places
    least = int((item.between[0] * scale).to_integral_value(ROUND_CEILING))
    most = int((item.between[1] * scale).to_integral_value(ROUND_FLOOR))
    return st.integers(least, most).map(lambda n: f"{Decimal(n) / scale:.{item.places}f}")


def _date(item: Any, on: date) -> st.SearchStrategy[Answer]:
    least, most = item.between
    days = st.dates(
        max(least, date(1900, 1, 1)), most if item.future else max(least, min(most, on))
    )
    shapes = st.sampled_from(["%Y-%m-%d", "%Y-%m", "%Y"] if item.partial else ["%Y-%m-%d"])
    return st.builds(lambda day, shape: day.strftime(shape), days, shapes)


def _text(item: Any, on: date) -> st.SearchStrategy[Answer]:
    letters = st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("é ’\"'=<&,;")
    if item.long:
        letters |= st.just("\n")
    words = st.text(letters, min_size=1, max_size=min(40, item.most)).map(typed.tidy)
    return words.filter(
        lambda said: bool(said) and said not in ALL and not typed.fault(said, item.most, item.long)
    )


def _several(item: Any, on: date) -> st.SearchStrategy[Answer]:
    keys = [code.key for code in item.codes]
    chosen = st.sets(st.sampled_from(keys), min_size=1)
    return chosen.map(lambda some: " ".join(key for key in keys if key in some))


ANSWERS: Mapping[str, Callable[[Any, date], st.SearchStrategy[Answer]]] = {
    "choice": lambda item, on: st.sampled_from([code.key for code in item.codes]),
    "several": _several,
    "yes-no": lambda item, on: st.sampled_from(["yes", "no"]),
    "whole": _whole,
    "decimal": _decimal,
    "date": _date,
    "time": lambda item, on: st.times().map(lambda at: at.strftime("%H:%M")),
    "text": _text,
    "scale": lambda item, on: st.integers(item.least, item.most),
    "score": lambda item, on: st.nothing(),
    "file": lambda item, on: st.nothing(),
}
assert set(ANSWERS) == kinds.KINDS
