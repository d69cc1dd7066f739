"""Interviews, barriers and facilitators, the coders' agreement, and the employers drawn."""

from collections.abc import Iterator

from trial.analysis.agreement import Agreement
from trial.analysis.estimate import Estimate
from trial.conduct.process.results import Drawing, Process
from trial.conduct.process.voices import Extracts, Interviews
from trial.conduct.reports import sentences
from trial.conduct.reports.process_words import number, team_label
from trial.protocol import Protocol
from trial.report.picture import Matrix, MatrixRow
from trial.report.value import Block, Cell, Figure, Table, Text


def interviewed(protocol: Protocol, found: Process) -> Iterator[Block]:
    """Who was interviewed, against the sampling frame, by group, role, cluster and arm."""
    held = found.interviews
    if held is None:
        yield Text("This protocol has no interviews.")
        return
    counts = ", ".join(f"{label.lower()} {len(held.of(key))}" for key, label in held.groups.items())
    yield Text(
        f"{len(held.held)} interviews with consent: {counts}. {held.refused} without consent were not"
        " held."
    )
    met = held.employers
    if met:
        hired = sum(one.hired for one in met)
        yield Text(
            f"Of the {len(met)} employers interviewed {hired} had employed someone through the"
            " intervention."
        )
    yield _frame(held)
    yield _places(protocol, held)


def _frame(held: Interviews) -> Table:
    rows = tuple(
        (held.groups.get(one.group, one.group),
         held.roles.get(one.role, one.role) if one.role else "any", one.planned, one.held)
        for one in held.frame
    )  # fmt: skip
    return Table(
        "Interviews against the sampling frame",
        ("Group", "Role", "Planned", "Held"),
        rows or (("No frame is planned", "", None, None),),
        numeric=(2, 3),
    )


def _places(protocol: Protocol, held: Interviews) -> Table:
    counted: dict[tuple[str, str, str, str], int] = {}
    for one in held.held:
        place = (
            held.groups.get(one.group, one.group),
            held.roles.get(one.role or "", "–"),
            team_label(protocol, one.cluster),
            one.arm or "–",
        )
        counted[place] = counted.get(place, 0) + 1
    return Table(
        "Interviews by group, role, cluster and arm",
        ("Group", "Role", "Cluster", "Arm", "Interviews"),
        tuple((*place, count) for place, count in counted.items()) or (("None", "", "", "", 0),),
        numeric=(4,),
    )


def barriers(protocol: Protocol, found: Process) -> Iterator[Block]:
    """The matrix of barriers and facilitators by criterion and group, the themes, the domains."""
    told, held = found.extracts, found.interviews
    if told is None or held is None:
        yield Text("This protocol has no coded extracts.")
        return
    if not told.extracts:
        yield Text("No extract is coded yet.")
        return
    yield Text(
        f"{told.extracts} extracts were coded; one may bear on several criteria. Numbers of extracts say"
        " how often something was said, not how many hold it or how much it weighs."
        + (f" {told.unplaced} are of no interview on record." if told.unplaced else "")
    )
    yield _matrix(told, held)
    yield _domains(told)
    yield _themes(told)


def _matrix(told: Extracts, held: Interviews) -> Figure:
    used = [key for key in told.criteria if any(cell[0] == key for cell in told.matrix)]
    kinds = (told.barrier, told.facilitator)
    rows = tuple(
        MatrixRow(
            told.criteria[key],
            tuple(
                tuple(float(told.matrix.get((key, group, bears), 0)) for bears in kinds)
                for group in held.groups
            ),
        )
        for key in used
    )
    most = max(
        (value for row in rows for cell in row.cells for value in cell if value), default=1.0
    )
    return Figure(
        "barriers",
        "Barriers and facilitators by criterion of fidelity and informant group",
        "For each criterion that an extract bears on: how many extracts of each group name a barrier"
        " and how many a facilitator.",
        Matrix(tuple(held.groups.values()), ("Barriers", "Facilitators"), rows, most or 1.0),
    )


def _domains(told: Extracts) -> Table:
    rows = tuple(
        (label, told.by_domain.get((key, told.barrier), 0),
         told.by_domain.get((key, told.facilitator), 0))
        for key, label in told.domains.items()
    )  # fmt: skip
    return Table(
        "Extracts by domain of the framework", ("Domain", "Barriers", "Facilitators"), rows,
        numeric=(1, 2),
    )  # fmt: skip


def _themes(told: Extracts) -> Table:
    words = {told.barrier: "Barrier", told.facilitator: "Facilitator"}
    rows = tuple((theme, words.get(bears, "Neither"), count) for theme, bears, count in told.themes)
    return Table("Themes", ("Theme", "Bears", "Extracts"), rows, numeric=(2,))


def agreed(protocol: Protocol, found: Process) -> Iterator[Block]:
    """How far the two coders agreed, before they settled their differences."""
    told = found.extracts
    if told is None:
        return
    if not told.double:
        yield Text("No extract has been coded by two coders.")
        return
    yield Text(
        f"{told.double} of {told.extracts} extracts were coded by both coders;"
        f" {told.agreed} were settled between them afterwards, and count as settled."
    )
    rows: list[tuple[Cell, ...]] = [
        _agreement("Barrier or facilitator", told.bears),
        _agreement("Domain of the framework", told.domain),
        ("Criteria, pooled over all of them", told.criterion.n, "", _kappa(told.criterion.pooled)),
    ]
    rows += [
        _agreement(f"Criterion: {told.criteria[key]}", one)
        for key, one in told.criterion.by_code.items()
        if one.kappa.value is not None
    ]
    yield Table(
        "Agreement of the two coders",
        ("What was coded", "Extracts", "The same", "Cohen's kappa"),
        tuple(rows),
        note="As coded, before differences were settled. A criterion counts by whether both named it."
        " Intervals by Fleiss, Cohen and Everitt take extracts as independent; criteria that neither"
        " coder named are left out.",
        numeric=(1,),
    )


def _agreement(what: str, one: Agreement) -> tuple[Cell, ...]:
    share = (
        ""
        if one.agreed.value is None
        else f"{one.agreed.count} ({sentences.percent(one.agreed.value)})"
    )
    return what, one.n, share, _kappa(one.kappa)


def _kappa(one: Estimate) -> str:
    if one.value is None:
        return f"not estimable: {one.reason}"
    if one.low is None or one.high is None:
        return f"{one.value:.2f}"
    return f"{one.value:.2f} (95% CI {one.low:.2f} to {one.high:.2f})"


def drawn(protocol: Protocol, found: Process) -> Iterator[Block]:
    """The register in figures, and every draw from it."""
    yield Text(
        f"{number(found.listed)} employers are on the register, {found.hired} of them employ or employed"
        f" someone through the intervention; {found.struck} were struck off."
    )
    if not found.draws:
        yield Text("No employers have been drawn for interview.")
    for place, one in enumerate(found.draws, start=1):
        yield _drawing(place, one)


def _drawing(place: int, one: Drawing) -> Table:
    return Table(
        f"Draw {place} of employers for interview",
        ("Step", "What"),
        (
            ("Listed and committed on", one.committed_on),
            ("Drawn on", one.drawn_on or "not drawn yet"),
            ("To be drawn", f"{one.size} of {one.listed}"),
            ("Commitment: SHA-256 of seed|size|list", one.commitment),
            ("Seed", one.seed or "sealed until the draw"),
            ("Drawn, by number", " ".join(map(str, one.first))),
            ("Replacements in their order", " ".join(map(str, one.replacements))),
        ),
        note="The order is that of the SHA-256 of seed|number, the lowest first: anybody can redo it.",
    )
