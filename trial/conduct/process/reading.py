"""The records of the process evaluation at a data cut, as one reader may see them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct.forms.saving import COMPLETE
from trial.conduct.reports.cut import Cut
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Item
from trial.protocol.forms.missing import is_missing
from trial.protocol.forms.reading import Answer, words
from trial.records.actor import Actor
from trial.records.models import Record
from trial.records.rows import table_at, table_now


@dataclass(frozen=True)
class Entry:
    """One complete record: where it belongs, of which day, and its answers."""

    id: int
    cluster: str | None
    arm: str | None
    participant: int | None
    employer: int | None
    observed_on: date
    answers: Mapping[str, Answer]

    def answer(self, key: str) -> Answer | None:
        """An answer that is not missing."""
        found = self.answers.get(key)
        return None if found is None or is_missing(found) else found

    def chosen(self, key: str) -> tuple[str, ...]:
        """The codes that were chosen of a list."""
        found = self.answer(key)
        return () if found is None else tuple(str(found).split())

    def number(self, key: str) -> int | None:
        """An answer that is a whole number."""
        found = self.answer(key)
        return found if isinstance(found, int) else None


@dataclass(frozen=True)
class Listed:
    """An employer of the register: by number, never by name."""

    id: int
    number: int
    sector: str | None
    hired: bool
    struck: bool


@dataclass(frozen=True)
class Read:
    """Everything that the process evaluation is made of."""

    entries: Mapping[str, tuple[Entry, ...]]
    employers: tuple[Listed, ...]
    draws: tuple[Any, ...]
    arms: Mapping[str, str | None]

    def of(self, form: str) -> tuple[Entry, ...]:
        """The entries of a form, by the day that they are of."""
        return self.entries.get(form, ())


def read(session: Session, protocol: Protocol, cut: Cut, actor: Actor) -> Read:
    """Read the forms that play a part, complete ones only, and the register with its draws."""
    wanted = frozenset() if protocol.process is None else protocol.process.forms
    clusters = _rows(session, "cluster", cut)
    keys = {row["id"]: row["key"] for row in clusters}
    arms = {row["key"]: _arm(row, actor) for row in clusters}
    gone = {
        row["id"]
        for row in _rows(session, "participant", cut)
        if row["withdrew_data_on"] is not None
    }
    entries: dict[str, list[Entry]] = {form: [] for form in wanted}
    for row in _records(session, wanted, cut):
        shown = _seen(actor, row) and row["id"] not in actor.unseen
        if _counts(row) and shown and row["participant_id"] not in gone:
            entries[row["form"]].append(_entry(row, keys, arms))
    return Read(
        {form: tuple(sorted(found, key=_placed)) for form, found in entries.items()},
        tuple(_listed(row) for row in _rows(session, "employer", cut) if _seen(actor, row)),
        tuple(row for row in _rows(session, "draw", cut) if _seen(actor, row)),
        arms,
    )


def label(form: FormPlan, key: str, code: str) -> str:
    """A code of a question as its form words it."""
    item = form.item(key)
    return code if item is None else words(item, code)


def codes(form: FormPlan, key: str) -> tuple[tuple[str, str], ...]:
    """The codes of a question with their labels, in the protocol's order."""
    item: Item | None = form.item(key)
    if not isinstance(item, (kinds.Choice, kinds.Several)):
        return ()
    return tuple((code.key, code.label) for code in item.codes)


def _rows(session: Session, table: str, cut: Cut) -> list[Mapping[str, Any]]:
    found = table_now(session, table) if cut.act is None else table_at(session, table, cut.act)
    return [{str(key): value for key, value in row.items()} for row in found.to_dict("records")]


def _records(session: Session, forms: Iterable[str], cut: Cut) -> list[Mapping[str, Any]]:
    names = sorted(forms)
    if cut.act is None:
        found = table_now(session, Record.__tablename__, Record.form.in_(names))
    else:
        found = table_at(session, Record.__tablename__, cut.act)
        found = found[found["form"].isin(names)]
    return [{str(key): value for key, value in row.items()} for row in found.to_dict("records")]


def _counts(row: Mapping[str, Any]) -> bool:
    return row["state"] == COMPLETE and not row["entry"] and row["observed_on"] is not None


def _seen(actor: Actor, row: Mapping[str, Any]) -> bool:
    """Whether the door lets this reader see a row; what is told of participants is only counted."""
    cluster = row["cluster_id"]
    if actor.clusters is not None and cluster is not None and cluster not in actor.clusters:
        return False
    return not row["unblinds"] or actor.sees_arm_of(cluster)


def _arm(row: Mapping[str, Any], actor: Actor) -> str | None:
    known = row["revealed_on"] is not None and actor.sees_arm_of(row["id"])
    return row["arm"] if known else None


def _entry(
    row: Mapping[str, Any], keys: Mapping[int, str], arms: Mapping[str, str | None]
) -> Entry:
    cluster = keys.get(row["cluster_id"])
    return Entry(
        row["id"], cluster, arms.get(cluster or ""), row["participant_id"], row["employer_id"],
        row["observed_on"], {**(row["answers"] or {}), **(row["telling"] or {})},
    )  # fmt: skip


def _placed(entry: Entry) -> tuple[date, int]:
    return entry.observed_on, entry.id


def _listed(row: Mapping[str, Any]) -> Listed:
    return Listed(
        row["id"], row["number"], row["sector"], bool(row["hired"]), row["struck_on"] is not None
    )
