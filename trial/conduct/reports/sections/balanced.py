"""The table of characteristics at baseline, whatever they are."""

from collections.abc import Iterator, Mapping

from trial import analysis
from trial.analysis.balance import Balance, Compared, Counts, Numbers
from trial.analysis.estimate import Estimate
from trial.report.value import Block, Table, Text

Cells = tuple[str, ...]
# In units as small as these a count of a few could point at somebody.
LEAST = 5
FEW, LEFT_OUT = f"fewer than {LEAST}", "left out"
SENSITIVE = (
    f"Of sensitive questions a count below {LEAST} is not told, nor the arms where one of theirs would be"
    " that small; the datasets hold them."
)


def told(found: Balance, labels: Mapping[str, str], *, people: bool = True) -> Iterator[Block]:
    """The table by group, with what its differences can say; ``labels`` name the groups.

    Without ``people`` what is compared are clusters.
    """
    pairs = [(a, b) for i, a in enumerate(found.groups) for b in found.groups[i + 1 :]]
    everyone = sum(found.people.values()) + found.ungrouped
    yield Table(
        "Characteristics at baseline",
        (
            "Characteristic",
            f"All ({everyone})",
            *(f"{labels[name]} ({n})" for name, n in found.people.items()),
            *_headings(pairs, labels),
        ),
        tuple(row for one in found.covariates for row in _rows(one, found.groups, pairs)),
        note=_note(found),
    )
    if found.groups:
        yield Text(_by_chance(found, people))


def _headings(pairs: list[tuple[str, str]], labels: Mapping[str, str]) -> Iterator[str]:
    for first, second in pairs:
        yield (
            "Standardised difference"
            if len(pairs) == 1
            else f"Standardised difference, {labels[first]} and {labels[second]}"
        )


def _note(found: Balance) -> str:
    notes = [f"{one.name}: {one.note}." for one in found.covariates if one.note]
    if any(one.sensitive for one in found.covariates):
        notes.append(SENSITIVE)
    if found.ungrouped and found.groups:
        notes.append(
            f"{found.ungrouped} are in clusters whose arm is not told and count in all only."
        )
    if found.groups:
        notes.append(
            "Standardised differences: Austin 2009; of several categories Yang & Dalton 2012, without"
            " a sign."
        )
    return " ".join(notes)


def _by_chance(found: Balance, people: bool) -> str:
    sizes = list(found.people.values())
    spread = analysis.balance.by_chance(*sizes) if len(sizes) == 2 else None
    words = (
        "No test of baseline is made: the arms were drawn by lot, so that a test would ask what is"
        " known already."
    )
    if people:
        words += " People who were recruited after the draw may differ for other reasons."
    if spread is None:
        return words
    noun, more = ("people", ", and by more where clusters differ") if people else ("clusters", "")
    return (
        f"{words} By chance alone the standardised differences of {sizes[0]} and {sizes[1]} {noun}"
        f" vary with an SD of {spread:.2f}{more}."
    )


def _rows(one: Compared, groups: tuple[str, ...], pairs: list[tuple[str, str]]) -> Iterator[Cells]:
    columns = [one.overall, *(one.by_group[name] for name in groups)]
    hidden = _hidden(one)
    differences = [LEFT_OUT if hidden else _difference(one.differences[pair]) for pair in pairs]
    blank = [""] * len(pairs)
    numbers = [cell for cell in columns if isinstance(cell, Numbers)]
    counts = [cell for cell in columns if isinstance(cell, Counts)]
    if numbers:
        yield (f"{one.name}: mean (SD)", *map(_mean, numbers), *differences)
        yield (f"{one.name}: median (quartiles)", *map(_median, numbers), *blank)
    # Of yes and no, yes tells both.
    levels = one.levels[:1] if one.levels == ("True", "False") else one.levels
    for place, level in enumerate(levels if counts else ()):
        name = one.name if level == "True" else f"{one.name}: {level}"
        yield (name, *_shares(one, counts, level, hidden), *(blank if place else differences))
    name = one.name if one.missing_as is None else one.missing_as
    if one.overall.missing and name:
        yield (f"{name}: not known", *(str(cell.missing) for cell in columns), *blank)


def _shares(one: Compared, counts: list[Counts], level: str, hidden: bool) -> Iterator[str]:
    """The counts of a level: of everyone, and by group unless some of them are too small to be told."""
    overall, *groups = counts
    yield FEW if one.sensitive and _small(overall, level) else _share(overall, level)
    yield from (LEFT_OUT if hidden else _share(cell, level) for cell in groups)


def _hidden(one: Compared) -> bool:
    """Whether the groups are left out: of a sensitive question a count in some group is small."""
    cells = [cell for cell in one.by_group.values() if isinstance(cell, Counts)]
    return one.sensitive and any(_small(cell, level) for cell in cells for level in one.levels)


def _small(cell: Counts, level: str) -> bool:
    """Whether a count is so small that it could point at somebody."""
    return 0 < cell.counts[level] < LEAST


def _mean(cell: Numbers) -> str:
    if cell.mean is None:
        return "nobody"
    return f"{cell.mean:.1f} ({'no SD' if cell.sd is None else f'{cell.sd:.1f}'})"


def _median(cell: Numbers) -> str:
    if cell.median is None:
        return "nobody"
    return f"{cell.median:.1f} ({cell.lower_quartile:.1f} to {cell.upper_quartile:.1f})"


def _share(cell: Counts, level: str) -> str:
    share = cell.share(level)
    if share is None:
        return "nobody"
    return f"{cell.counts[level]} of {cell.n} ({100 * share:.1f}%)"


def _difference(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"not estimable: {estimate.reason}"
    return f"{estimate.value:.2f}"
