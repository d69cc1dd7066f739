"""The analysis datasets: a tidy file a table, codebook, headline table, scripts; no identifiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from trial import exchange
from trial.conduct.access import Act, permit
from trial.conduct.reports import assembly, headline
from trial.conduct.reports.columns import SAFETY_KINDS, described, stratum
from trial.conduct.reports.cut import data_cut, marks
from trial.conduct.reports.request import Request, reader
from trial.exchange.codebook import Column
from trial.exchange.redo import People, Redo
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.frames import Frames, eligibility, safety

# Free text may name a person, a place or a diagnosis: it stays in the system.
FREE_TEXT = frozenset({"job_title"})


@dataclass(frozen=True)
class Datasets:
    """The files of one export by name, and what the trail keeps of them."""

    files: Mapping[str, bytes]
    about: Mapping[str, Any]
    act: Act
    unblinded: bool

    def note(self) -> dict[str, Any]:
        """What the trail keeps: the marks and the fingerprint of the manifest."""
        return dict(self.about) | {
            "manifest_sha256": exchange.manifest.sha256(self.files["manifest.json"])
        }

    def archive(self) -> bytes:
        """All files as one ZIP archive."""
        made: bytes = exchange.bundle.bundle(self.files)
        return made


def make(
    session: Session, protocol: Protocol, actor: Actor, wanted: Request, today: date
) -> Datasets:
    """The datasets at a data cut, blinded unless the person sees the arms or is unblinded for it."""
    permit(actor, Act.EXPORT)
    told_to = reader(actor, wanted.unblind, wanted.reason)
    cut = data_cut(session, today, wanted.cut)
    found = assembly.assemble(session, protocol, cut, blinded=told_to.blinded)
    known = found.frames
    tables: dict[str, pd.DataFrame] = {
        "outcomes": found.outcomes,
        "clusters": _clusters(protocol, known),
    }
    if protocol.participants:
        answers = eligibility(session, act=cut.act, blinded=told_to.blinded)
        tables |= _people(known, answers) | _work(protocol, known)
    if protocol.safety is not None:
        tables["safety"] = safety(session, known, act=cut.act, kinds=SAFETY_KINDS)
    tables |= {one.name: _shown(one.frame, actor) for one in found.forms.tables}
    book = described(protocol) | {one.name: one.columns for one in found.forms.tables}
    about = marks(protocol, cut) | {
        "trial": protocol.name,
        "blinded": told_to.blinded,
        "queries_not_closed": found.queries.all.open + found.queries.all.answered,
        "rows": {name: len(frame) for name, frame in tables.items()},
    }
    unblinded = actor.blinded and not told_to.blinded
    act = Act.UNBLIND if unblinded else Act.EXPORT
    return Datasets(_files(protocol, found, tables, book, about), about, act, unblinded)


def _clusters(protocol: Protocol, known: Frames) -> pd.DataFrame:
    """The clusters with strata, draw and place taken; not for the blinded: they tell which is which."""
    if known.blinded:
        return known.clusters
    planned = {
        one.key: {"draw": one.draw} | {stratum(key): value for key, value in one.strata.items()}
        for one in protocol.clusters
    }
    records = known.records["cluster"]
    keys = dict(zip(records["id"], records["key"], strict=True))
    places = dict(zip(records["key"], map(keys.get, records["replaces_id"]), strict=True))
    rows = [
        planned.get(key, {}) | {"replaces": places.get(key)} for key in known.clusters["cluster"]
    ]
    return pd.concat([known.clusters, pd.DataFrame(rows, dtype=object)], axis=1)


def _shown(frame: pd.DataFrame, actor: Actor) -> pd.DataFrame:
    """The rows of a form's table without the records that somebody must not see yet."""
    return frame[~frame["record"].isin(actor.unseen)].reset_index(drop=True)


def _people(known: Frames, answers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables that only a trial with participants has."""
    return {
        "screening": known.screening,
        "eligibility": answers,
        "participants": known.participants,
        "visits": known.visits,
        "skips": known.skips,
    }


def _work(protocol: Protocol, known: Frames) -> dict[str, pd.DataFrame]:
    """The tables of spells of work, in a trial that asks about it."""
    if protocol.employment is None:
        return {}
    return {"employment": known.spells.drop(columns=list(FREE_TEXT)), "terms": known.terms}


def _files(
    protocol: Protocol,
    found: assembly.Assembled,
    tables: Mapping[str, pd.DataFrame],
    book: Mapping[str, Sequence[Column]],
    about: Mapping[str, Any],
) -> dict[str, bytes]:
    tables = dict(tables) | {"headline": headline.headline(found)}
    book = dict(book) | {"headline": headline.COLUMNS}
    columns = {
        name: [one for one in book[name] if one.name in frame.columns]
        for name, frame in tables.items()
    }
    sheets = {name: frame[[one.name for one in columns[name]]] for name, frame in tables.items()}
    sheets["codebook"] = exchange.codebook.codebook(columns)
    files = {f"{name}.csv": exchange.tables.to_csv(frame) for name, frame in sheets.items()}
    files |= {
        f"spreadsheet/{name}.csv": exchange.tables.to_csv(frame, spreadsheet=True)
        for name, frame in sheets.items()
    }
    files |= exchange.redo.scripts(_redo(protocol, found, columns))
    return files | {"manifest.json": exchange.manifest.manifest(files, about)}


def _asked_of_people(protocol: Protocol, found: assembly.Assembled) -> People | None:
    """What the scripts are told of the participants, if there are any."""
    if not protocol.participants:
        return None
    window = protocol.recruitment
    return People(found.results.retention.visit, (window.opens_on, window.closes_on))


def _redo(
    protocol: Protocol, found: assembly.Assembled, tables: Mapping[str, Sequence[Column]]
) -> Redo:
    """What the scripts are told: nothing that this reader is not."""
    names = {arm.key: arm.name for arm in protocol.arms}
    return Redo(
        trial=protocol.name,
        tables=tables,
        arms={
            key: f"Arm {key}" if found.told.blinded else names[key] for key in found.results.arms
        },
        people=_asked_of_people(protocol, found),
        on=found.cut.on,
        summary="" if protocol.outcome is None else protocol.outcome.summary,
    )
