"""Fidelity: the totals over time, item by item, where the raters differed, what was not assessed."""

from collections.abc import Iterator
from decimal import Decimal

from trial.conduct.process.results import Process
from trial.conduct.process.reviews import Fidelity, Occasion, Review, Team
from trial.conduct.reports import sentences
from trial.conduct.reports.process_words import team_label
from trial.protocol import Protocol
from trial.protocol.forms import items as kinds
from trial.report.picture import Interval, Intervals, Matrix, MatrixRow
from trial.report.value import Block, Cell, Figure, Table, Text

NOT_ASSESSED = "not assessed"


def reviewed(protocol: Protocol, found: Process) -> Iterator[Block]:
    """Every team's reviews; nothing where the protocol has none."""
    told = found.fidelity
    if told is None:
        yield Text("This protocol has no review of fidelity.")
        return
    if not told.teams:
        yield Text("No review of fidelity is complete yet.")
        return
    for number, team in enumerate(told.teams, start=1):
        key = "" if len(told.teams) == 1 else f"-{number}"
        name = "" if len(told.teams) == 1 else f": {team_label(protocol, team.key)}"
        yield from _team(protocol, told, team, key, name)


def _team(protocol: Protocol, told: Fidelity, team: Team, key: str, name: str) -> Iterator[Block]:
    final = team.final
    if final is None:
        yield Text(f"No consensus{name} yet: totals are told of a consensus only.")
    else:
        yield Text(_said(told, final))
    yield _totals_figure(protocol, told, team, key, name)
    yield _totals(told, team, name)
    yield _items_figure(protocol, told, team, key, name)
    yield _unassessed(team, name)
    yield _raters(team, name)
    yield from _differences(told, team, name)
    if team.changes:
        yield _changes(team, name)


def _said(told: Fidelity, final: Review) -> str:
    lacking = len(final.unassessed)
    over = f"all {len(told.labels)} items" if not lacking else (
        f"the {final.total.answered} of {len(told.labels)} items that were assessed"
    )  # fmt: skip
    said = f"At the last review the total was {final.total.words}, over {over}."
    if lacking and final.pro_rated.value is not None:
        said += (
            f" Pro-rated to all {len(told.labels)} items it would be {final.pro_rated.words}; this is no"
            " total of the scale, and its bands do not apply to it."
        )
    return said


def _totals_figure(protocol: Protocol, told: Fidelity, team: Team, key: str, name: str) -> Figure:
    rows = []
    for one in team.occasions:
        made = one.consensus
        value = None if made is None or made.total.value is None else float(made.total.value)
        rows.append(
            Interval(one.label, value, None, None, _in_words(told, made), made is team.final)
        )
    drawn = Intervals(
        "Total over the items assessed", tuple(rows), 0.0, float(told.highest or 1), percent=False,
        thresholds=_bands(protocol),
    )  # fmt: skip
    said = "; ".join(f"{row.label}: {row.words}" for row in rows)
    return Figure(f"fidelity{key}", f"Fidelity over time{name}", f"{said}.", drawn)


def _in_words(told: Fidelity, made: Review | None) -> str:
    if made is None:
        return "no consensus yet"
    return f"{made.total.words}, {made.total.answered} of {len(told.labels)} items"


def _bands(protocol: Protocol) -> tuple[tuple[float, str], ...]:
    part = None if protocol.process is None else protocol.process.fidelity
    form = next((one for one in protocol.forms if part and one.key == part.form), None)
    total = form.item(part.total) if form and part else None
    bands = total.bands if isinstance(total, kinds.Score) else ()
    return tuple((float(one.least), f"{one.key} from {one.least:f}") for one in bands if one.least)


def _totals(told: Fidelity, team: Team, name: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in team.occasions:
        for whose, made in (*_each_rater(one), ("Consensus", one.consensus)):
            if made is not None:
                rows.append(
                    (one.label, whose, made.on, _plain(made.total.value), made.total.band or "",
                     f"{made.total.answered} of {len(told.labels)}", _plain(made.pro_rated.value))
                )  # fmt: skip
    return Table(
        f"Totals of every review{name}",
        ("Occasion", "Review", "Day", "Total of the items assessed", "Band", "Items assessed",
         "Pro-rated to all items"),
        tuple(rows),
        note="The pro-rated figure is the mean of the items assessed times the number of all items.",
        numeric=(3, 6),
    )  # fmt: skip


def _each_rater(one: Occasion) -> list[tuple[str, Review]]:
    return [(f"Rater {number}", made) for number, made in enumerate(one.raters, start=1)]


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _items_figure(protocol: Protocol, told: Fidelity, team: Team, key: str, name: str) -> Figure:
    part = protocol.process.fidelity if protocol.process else None
    form = next((one for one in protocol.forms if part and one.key == part.form), None)
    groups = {
        item.key: section.title
        for section in (form.sections if form else ())
        for item in section.items
    }
    agreed = [(one.label, one.consensus) for one in team.occasions]
    rows = tuple(
        MatrixRow(
            label,
            tuple((_rating(made, item),) for _, made in agreed),
            groups.get(item, ""),
        )
        for item, label in told.labels.items()
    )
    highest = told.highest / max(len(told.labels), 1)
    return Figure(
        f"fidelity-items{key}",
        f"Ratings by item{name}",
        "The consensus rating of each item at each review, as a bar with its number; a dash where the"
        " item was not assessed.",
        Matrix(tuple(label for label, _ in agreed), ("Rating",), rows, highest),
    )


def _rating(made: Review | None, item: str) -> float | None:
    value = None if made is None else made.ratings.get(item)
    return None if value is None else float(value)


def _unassessed(team: Team, name: str) -> Table:
    rows = tuple(
        (one.label, lacking.label, lacking.code, lacking.reason, lacking.evidence)
        for one in team.occasions
        if one.consensus is not None
        for lacking in one.consensus.unassessed
    )
    return Table(
        f"Items not assessed, and why{name}",
        ("Occasion", "Item", "Code", "Reason", "Evidence"),
        rows or (("None", "", "", "", ""),),
    )


def _raters(team: Team, name: str) -> Table:
    rows = []
    for one in team.occasions:
        numbers = ", ".join(str(made.id) for made in one.raters) or "none"
        rows.append(
            (one.label, numbers, str(one.consensus.id) if one.consensus else "none yet",
             "" if one.agreed is None else f"{one.agreed.count} of {one.agreed.n}",
             "" if one.kappa is None else sentences.figure(one.kappa, 2), one.fault)
        )  # fmt: skip
    return Table(
        f"Raters and consensus{name}",
        ("Occasion", "Raters' records", "Consensus", "Same rating", "Weighted kappa", "Remark"),
        tuple(rows),
        note="Items that both raters assessed. Kappa with quadratic weights, interval by Fleiss, Cohen"
        " and Everitt; items of one review are not independent, so that the interval is a rough one.",
    )


def _differences(told: Fidelity, team: Team, name: str) -> Iterator[Block]:
    rows = tuple(
        (one.label, told.labels[apart.item], _given(apart.first), _given(apart.second),
         NOT_ASSESSED if one.consensus is None else _given(one.consensus.ratings[apart.item]))
        for one in team.occasions
        for apart in one.differences
    )  # fmt: skip
    if rows:
        yield Table(
            f"Items on which the raters differed{name}",
            ("Occasion", "Item", "Rater 1", "Rater 2", "Consensus"),
            rows,
        )
    else:
        yield Text("The raters differed on no item.")


def _given(value: int | None) -> str:
    return NOT_ASSESSED if value is None else str(value)


def _changes(team: Team, name: str) -> Table:
    return Table(
        f"Change between reviews, over the items that both assessed{name}",
        ("From", "To", "Items", "Before", "After", "Change", "Items risen", "Items fallen"),
        tuple(
            (before, after, one.items, one.before, one.after, f"{one.by:+d}", one.risen, one.fallen)
            for before, after, one in team.changes
        ),
        note="Totals of different reviews rest on different items; these rest on the same.",
        numeric=(2, 3, 4, 5, 6, 7),
    )
