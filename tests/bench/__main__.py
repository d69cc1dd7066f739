"""Measure, print one table; ``--check`` exits 1 if a page grows, ``--simulate`` tries estimators."""

import re
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import click

from tests.bench import forms, importing, reminding, reports, simulate, timing
from tests.bench.instances import Bench, instance
from tests.bench.pages import FEASIBILITY, PAGES

GROWTH = 1.5
AGAIN = 3  # a page that seems to grow is asked this often before it is believed
PAGE, SAVE, REPORT, APP, HELP = 100, 50, 1000, 2000, 600
BOTH, MEGABYTES, IMPORT = 3000, 300, 60_000
PLANNING, PLANNING_HELD = 20_000, 200
OPENING, SAVING, TWICE = 300, 200, 200


@dataclass(frozen=True)
class Row:
    """One measured thing: its times in milliseconds, small and large, and what is allowed."""

    name: str
    small: float | None
    large: float
    allowed: int | None = None
    bounded: bool = False

    @property
    def growth(self) -> float | None:
        """How much longer it takes with ten times the data."""
        return None if not self.small else self.large / self.small

    @property
    def grows(self) -> bool:
        """Whether it grows and may not."""
        return self.bounded and self.growth is not None and self.growth > GROWTH

    @property
    def verdict(self) -> str:
        """What stands in the last column."""
        if self.grows:
            return "grows"
        return "slow" if self.allowed is not None and self.large > self.allowed else ""


@click.command()
@click.option("--check", is_flag=True, help="Exit 1 where a page grows more than 1.5 times.")
@click.option("--scale", "small", default=100, show_default=True, type=click.IntRange(18, 5000))
@click.option("--times", default=15, show_default=True, type=click.IntRange(1, 200))
@click.option("--pages", "wanted", metavar="WORD", default="", help="Only pages named so.")
@click.option(
    "--feasibility",
    default=5000,
    show_default=True,
    type=click.IntRange(0, 20000),
    help="Participants of the feasibility page; 0 leaves it out, as --check and --pages do.",
)
@click.option(
    "--forms",
    "filled",
    default=1500,
    show_default=True,
    type=click.IntRange(0, 20000),
    help="Participants with 8 records each, for a form of 250 items; 0 leaves it out, as --check does.",
)
@click.option("--simulate", "simulated", is_flag=True, help="Try the estimators by simulation.")
@click.option(
    "--replicates",
    default=10_000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="Trials drawn for each line of --simulate.",
)
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the instances here, and reuse.")
def main(
    check: bool,
    small: int,
    times: int,
    wanted: str,
    feasibility: int,
    filled: int,
    simulated: bool,
    replicates: int,
    keep: Path | None,
) -> None:
    """Measure pages at a size and at ten times that size; saves, starts and the feasibility page."""
    if simulated:
        simulate.show(replicates)
        return
    with tempfile.TemporaryDirectory() as made:
        kept = keep or Path(made)
        benches = [instance(kept, small), instance(kept, small * 10)]
        rows = _pages(benches, wanted, times)
        if not wanted:
            rows += _saves_and_starts(benches, times)
        if feasibility and not check and not wanted:
            rows += _feasibility(kept, feasibility, times)
            taken, held = importing.measured()
            rows.append(Row(f"Import of {importing.ROWS:,} rows", None, taken, IMPORT))
            rows.append(Row("The same: megabytes held at most", None, held, MEGABYTES))
            taken, held = reminding.measured()
            rows.append(Row(f"Planning {reminding.MESSAGES:,} reminders", None, taken, PLANNING))
            rows.append(Row("The same: megabytes held at most", None, held, PLANNING_HELD))
        if filled and not check and not wanted:
            rows += _forms(kept, filled, times)
    _show(rows, benches)
    if check and any(row.grows for row in rows):
        sys.exit(1)


def _feasibility(kept: Path, participants: int, times: int) -> list[Row]:
    bench = instance(kept, participants)
    name = f"Feasibility, {bench.participants:,} participants"
    (changed,) = timing.pages([bench], FEASIBILITY, times)
    (again,) = timing.pages([bench], replace(FEASIBILITY, report=False), times)
    report, printed, held = reports.measured(bench.folder)
    return [
        Row(f"{name}, after a change", None, changed, REPORT),
        Row(f"{name}, again", None, again, REPORT),
        Row("Feasibility report and PDF, after the start", None, report + printed, BOTH),
        Row("The same: megabytes held at most", None, held, MEGABYTES),
    ]


def _forms(kept: Path, participants: int, times: int) -> list[Row]:
    """A form of 250 items at a size and at a tenth of it: 95th percentiles, and what the trail costs."""
    benches = [instance(kept, number) for number in (participants // 10, participants)]
    small, large = forms.measured(benches, max(times, forms.LEAST))
    size = f"{participants:,} participants with {forms.EACH} records (95th percentile)"
    return [
        Row(f"Opening a form of 250 items, {size}", small.opening, large.opening, OPENING, True),
        Row(f"Saving it, {size}", small.saving, large.saving, SAVING, True),
        Row("The act, per cent of the same without trail", small.cost, large.cost, TWICE),
    ]


def _pages(benches: list[Bench], wanted: str, times: int) -> list[Row]:
    rows = []
    for page in PAGES:
        if not re.search(wanted, page.name, re.IGNORECASE):
            continue
        for _ in range(AGAIN):
            small, large = timing.pages(benches, page, times)
            allowed = None if page.report else PAGE
            row = Row(page.name, small, large, allowed, bounded=not page.report)
            if not row.grows:
                break
        rows.append(row)
    return rows


def _saves_and_starts(benches: list[Bench], times: int) -> list[Row]:
    large, few = benches[-1], min(times, 5)
    return [
        Row("Saving a spell", *timing.saves(benches, times), SAVE, bounded=True),
        Row("Start of the application", None, timing.app_start(large, few), APP),
        Row("trial --help", None, timing.help_start(large, few), HELP),
    ]


def _show(rows: list[Row], benches: list[Bench]) -> None:
    sizes = [f"{bench.participants:,}" for bench in benches]
    heads = ("milliseconds (median)", *sizes, "growth", "allowed", "")
    lines = [heads, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo(f"| {' | '.join(cells)} |")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        "" if row.small is None else f"{row.small:,.0f}",
        f"{row.large:,.0f}",
        "" if row.growth is None else f"{row.growth:.1f}",
        "" if row.allowed is None else f"{row.allowed:,}",
        row.verdict,
    )


if __name__ == "__main__":
    main()
