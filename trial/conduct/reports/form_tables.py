"""The answers to forms as tidy tables, one a form and one a group that repeats, with their codebook."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from trial.conduct.forms.saving import COMPLETE
from trial.conduct.forms.scores import scores
from trial.conduct.reports.cut import Cut
from trial.exchange.codebook import Column
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan, Section
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import ALL, Missing, is_missing
from trial.records.frames import Frames, Masks
from trial.records.models import Record
from trial.records.rows import table_at, table_now


def _reason(code: str) -> str:
    """A reserved code as one word: not-known."""
    return code.removeprefix("missing: ").replace(" ", "-")


DAY, WHOLE, DECIMAL, CODE, TEXT = (
    "date (YYYY-MM-DD)", "whole number", "decimal", "code", "text",
)  # fmt: skip
WHY = {_reason(code): Missing(code).label for code in sorted(ALL)}
CHOSEN = {"1": "chosen", "0": "not chosen"}
# What every table says of a record, beside the answers.
OWN = frozenset(
    {"number", "cluster", "arm", "visit", "record", "row", "employer", "observed_on", "entered_on",
     "state", "protocol_version"}
)  # fmt: skip
# Free text may name a person or a place, and a file may hold anything: both stay in the system.
STAY = (kinds.TextQuestion, kinds.File)


@dataclass(frozen=True)
class FormTable:
    """One table: its name, its columns for the codebook, and its rows."""

    name: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame


@dataclass(frozen=True)
class _Reader:
    """What a reader may be told, and under which names."""

    protocol: Protocol
    known: Frames
    told: Masks

    def forms(self) -> Iterator[FormPlan]:
        """The forms that do not tell an arm to whoever must not know it.

        Guesses of the arm would, beside its letter: who guesses mostly guesses right.
        """
        hidden = self.told.blinded or not self.told.arms
        guess = self.protocol.reporting.guess
        guessed = guess.form if guess is not None and self.told.blinded else None
        for form in self.protocol.forms:
            if form.key != guessed and not (hidden and form.telling):
                yield form

    def items(self, section: Section) -> list[Item]:
        """The questions of a section whose answers leave the system for this reader."""
        hidden = self.told.blinded or not self.told.arms
        return [
            item for item in section.items
            if not isinstance(item, STAY) and not (hidden and item.unblinds)
        ]  # fmt: skip


def records(session: Session, cut: Cut) -> pd.DataFrame:
    """Every record of every form at a cut, past the door: only what a reader may be told leaves."""
    name = Record.__tablename__
    return table_now(session, name) if cut.act is None else table_at(session, name, cut.act)


def form_tables(
    rows: pd.DataFrame, protocol: Protocol, known: Frames, told: Masks
) -> tuple[FormTable, ...]:
    """The complete ones of these records of every form, for a reader.

    Left out: drafts, what was voided, the single entries of a double entry, free text and files, and
    everything of those who withdrew the use of their data.
    """
    reader = _Reader(protocol, known, told)
    rows = rows[(rows["state"] == COMPLETE) & (rows["entry"] == 0)]
    of: dict[Any, Any] = {key: frame.to_dict("records") for key, frame in rows.groupby("form")}
    places = _Places(known, told)
    return tuple(
        table
        for form in reader.forms()
        for table in _tables(reader, places, form, of.get(form.key, []))
    )


class _Places:
    """Who and where the rows of records belong to, as the reader is told."""

    def __init__(self, known: Frames, told: Masks) -> None:
        clusters: Any = known.records["cluster"]
        self.hidden = told.blinded or not told.arms
        self.clusters = {
            row.id: (told.cluster(row.key), told.arm(row.arm, row.revealed_on))
            for row in clusters.itertuples(index=False)
        }
        people = known.records["participant"]
        used = people[people["withdrew_data_on"].isna()]
        self.numbers = dict(zip(used["id"], used["number"], strict=True))
        visits = known.records["visit"]
        self.visits = dict(zip(visits["id"], visits["plan"], strict=True))

    def of(self, form: FormPlan, row: Mapping[str, Any]) -> list[Any] | None:
        """The first cells of a row; None where nothing more may be told of the person."""
        cluster, arm = self.clusters.get(row["cluster_id"], (None, None))
        if row["unblinds"] and self.hidden:
            return None
        if (form.telling or row["unblinds"]) and cluster is not None and arm is None:
            return None  # before the arm is revealed there is nothing that may tell it
        start: list[Any] = []
        if form.about == "participant":
            number = self.numbers.get(row["participant_id"])
            if number is None:
                return None
            start = [number]
        if form.about == "employer":
            start = [row["employer_id"]]
        visit = [self.visits.get(row["visit_id"])] if form.occurs == "visit" else []
        return [
            *start, cluster, arm, *visit, row["id"], row["observed_on"], row["entered_on"],
            row["state"], row["protocol_version"],
        ]  # fmt: skip

    def answers(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The answers of a record; those that tell the arm only once it is revealed."""
        cluster, arm = self.clusters.get(row["cluster_id"], (None, None))
        return {**row["answers"], **(row["telling"] if cluster is None or arm is not None else {})}


def _tables(
    reader: _Reader, places: _Places, form: FormPlan, rows: list[dict[str, Any]]
) -> Iterator[FormTable]:
    start = _start(reader.protocol, form)
    placed = [(row, at) for row in rows if (at := places.of(form, row)) is not None]
    single = [item for one in form.sections if one.repeats is None for item in reader.items(one)]
    columns = [*start, *(column for item in single for column in _columns(item))]
    told = [
        [*at, *_cells(reader.protocol, form, single, answers, "")]
        for row, at in placed
        for answers in (places.answers(row),)
    ]
    yield _table(table_name(form), columns, told)
    for section in form.sections:
        if section.repeats is not None:
            yield _group(reader, places, form, section, start, placed)


def _group(
    reader: _Reader,
    places: _Places,
    form: FormPlan,
    section: Section,
    start: list[Column],
    placed: list[tuple[dict[str, Any], list[Any]]],
) -> FormTable:
    items = reader.items(section)
    columns = [*start, Column("row", "Place in the group", WHOLE)]
    columns += [column for item in items for column in _columns(item)]
    told = []
    for row, at in placed:
        answers = places.answers(row)
        for number in _numbers(section, answers):
            cells = _cells(reader.protocol, form, items, answers, f"{section.repeats}.{number}.")
            told.append([*at, number, *cells])
    return _table(f"{table_name(form)}_{section.repeats}", columns, told)


def table_name(form: FormPlan) -> str:
    """One plain word, so that scripts can call the table by it."""
    return f"form_{form.key.replace('-', '_')}"


def _table(name: str, columns: list[Column], rows: list[list[Any]]) -> FormTable:
    names = [column.name for column in columns]
    return FormTable(name, tuple(columns), pd.DataFrame(rows, columns=names, dtype=object))


def _numbers(section: Section, answers: Mapping[str, Any]) -> list[int]:
    """The repetitions of a group that hold an answer."""
    start = f"{section.repeats}."
    return sorted({int(path.split(".")[1]) for path in answers if path.startswith(start)})


def _start(protocol: Protocol, form: FormPlan) -> list[Column]:
    visits = {visit.key: visit.name for visit in protocol.visits}
    about = {
        "participant": [Column("number", "Study number")],
        "employer": [Column("employer", "Number of the employer in the register", WHOLE)],
    }.get(form.about, [])
    at_visit = (
        [Column("visit", "Visit, by its key in the protocol", CODE, visits)]
        if form.occurs == "visit"
        else []
    )
    return [
        *about,
        Column("cluster", "Cluster; a drawn number where the reader is blinded", missing="none"),
        Column("arm", "Arm; a letter where the reader is blinded", missing="none, or not revealed"),
        *at_visit,
        Column("record", "Number of the record", WHOLE),
        Column("observed_on", form.observed, DAY),
        Column("entered_on", "Day of entry", DAY),
        Column("state", "State of the record", CODE, {COMPLETE: "complete"}),
        Column("protocol_version", "Version of the protocol at entry"),
    ]


def _columns(item: Item) -> Iterator[Column]:
    unit = getattr(item, "unit", None) or ""
    codes = _codes(item)
    absent = (
        f"see {column_name(item)}_missing"
        if not isinstance(item, kinds.Score)
        else "not worked out"
    )
    yield Column(column_name(item), item.label, _kind(item), codes, unit, missing=absent)
    if isinstance(item, kinds.Several):
        for code in item.codes:
            label = f"{item.label}: {code.label}"
            yield Column(_column_of(item, code.key), label, WHOLE, CHOSEN, missing=absent)
    if not isinstance(item, kinds.Score):
        yield Column(
            f"{column_name(item)}_missing", f"Why there is no answer: {item.label}", CODE, WHY,
            missing="answered, or not asked because of another answer",
        )  # fmt: skip


def column_name(item: Item) -> str:
    """The column of a question; one called like a column of every table says that it was answered."""
    return f"{item.key}_answered" if item.key in OWN else item.key


def _column_of(item: Item, code: str) -> str:
    return f"{column_name(item)}_{code.replace('-', '_')}"


def _codes(item: Item) -> Mapping[str, str] | None:
    match item:
        case kinds.Choice():
            return {code.key: code.label for code in item.codes}
        case kinds.YesNo():
            return {"yes": "yes", "no": "no"}
        case kinds.Scale():
            return {str(anchor.value): anchor.label for anchor in item.anchors}
        case _:
            return None


def _kind(item: Item) -> str:
    match item:
        case kinds.Whole() | kinds.Scale():
            return WHOLE
        case kinds.DecimalNumber() | kinds.Score():
            return DECIMAL
        case kinds.DateQuestion() if not item.partial:
            return DAY
        case kinds.Choice() | kinds.YesNo():
            return CODE
        case _:
            return TEXT


def _cells(
    protocol: Protocol, form: FormPlan, items: list[Item], answers: Mapping[str, Any], start: str
) -> Iterator[Any]:
    worked_out = scores(protocol, form, answers) if not start else {}
    for item in items:
        if isinstance(item, kinds.Score):
            scored = worked_out.get(item.key)
            yield None if scored is None or scored.value is None else scored.value.normalize()
            continue
        answer = answers.get(start + item.key)
        missing = is_missing(answer)
        value = None if missing else answer
        yield value
        if isinstance(item, kinds.Several):
            chosen = None if value is None else set(str(value).split())
            yield from (None if chosen is None else int(one.key in chosen) for one in item.codes)
        yield _reason(str(answer)) if missing else None
