"""A report as a page: the accessible twin of the PDF, from the same value."""

import re
from collections.abc import Callable, Iterator
from html import escape

from trial.report.numbers import numbers
from trial.report.value import (
    Blank,
    Cell,
    Figure,
    Heading,
    Light,
    Listing,
    Notice,
    Report,
    Table,
    Text,
)
from trial.report.wording import legible, shown

SIZES = {1: "l", 2: "m"}
FigureUrl = Callable[[Figure], str]


def html(report: Report, figure_url: FigureUrl) -> str:
    """The blocks of a report as an HTML fragment under a first-level heading of the page's own.

    ``figure_url`` says where a figure's picture is served. Everything is escaped; there is no style
    and no script.
    """
    return _Markup("\n".join(_blocks(report, figure_url)))


class _Markup(str):
    """Text that is HTML already: templates print it as it is."""

    def __html__(self) -> str:
        return self


def contents(report: Report) -> tuple[tuple[str, str], ...]:
    """The sections of a report, each with the identifier that its heading has on the page."""
    sections = _Names("section")
    named = [(sections.fresh(one.text), one) for one in report.blocks if isinstance(one, Heading)]
    return tuple((ident, one.text) for ident, one in named if one.level == 1)


def _blocks(report: Report, figure_url: FigureUrl) -> Iterator[str]:
    names, sections = _Names("report"), _Names("section")
    for block in report.blocks:
        if isinstance(block, Heading):
            yield _heading(block, sections.fresh(block.text))
        else:
            yield _block(block, figure_url, names)


def _heading(heading: Heading, ident: str) -> str:
    size, level = SIZES.get(heading.level, "s"), heading.level + 1
    return f'<h{level} class="govuk-heading-{size}" id="{ident}">{_e(heading.text)}</h{level}>'


class _Names:
    """Identifiers that occur once on a page."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._given: dict[str, int] = {}

    def fresh(self, text: str) -> str:
        """An identifier made of a text."""
        base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "part"
        self._given[base] = self._given.get(base, 0) + 1
        count = self._given[base]
        return f"{self._prefix}-{base}" if count == 1 else f"{self._prefix}-{base}-{count}"


def _block(
    block: Text | Notice | Listing | Light | Table | Figure | Blank,
    figure_url: FigureUrl,
    names: _Names,
) -> str:
    match block:
        case Text(text):
            return f'<p class="govuk-body">{_e(text)}</p>'
        case Notice(text):
            return f'<div class="govuk-inset-text">{_e(text)}</div>'
        case Listing(items):
            points = "".join(f"<li>{_e(item)}</li>" for item in items)
            return f'<ul class="govuk-list govuk-list--bullet">{points}</ul>'
        case Light():
            return f'<p class="govuk-body">{_light(block)}</p>'
        case Table():
            return _table(block, names)
        case Figure():
            return _figure(block, figure_url, names)
        case Blank():
            return _blank(block)


def _blank(blank: Blank) -> str:
    """A question of a form for paper: what can be ticked, or what is to be written."""
    hint = f'<div class="govuk-hint">{_e(blank.hint)}</div>' if blank.hint else ""
    written = " ".join(word for _, word in blank.boxes if word)
    wanted = " ".join(part for part in (written, blank.unit) if part)
    room = f'<p class="govuk-body">{_e(wanted) or "To be written"}</p>'
    points = "".join(f"<li>{_e(one)}</li>" for one in blank.choices)
    told = f'<ul class="govuk-list govuk-list--bullet">{points}</ul>' if points else room
    return f'<p class="govuk-label govuk-label--s">{_e(blank.label)}</p>{hint}{told}'


def _e(text: str) -> str:
    return escape(legible(text))


def _light(light: Light) -> str:
    return f'<strong class="trial-light--{light.word.value}">{_e(light.text)}</strong>'


def _table(table: Table, names: _Names) -> str:
    ident = names.fresh(table.caption)
    head = "".join(
        f'<th scope="col" class="govuk-table__header{_numeric(table, number)}">{_e(column)}</th>'
        for number, column in enumerate(table.columns)
    )
    body = "".join(_row(table, row) for row in table.rows)
    note = f'<p class="govuk-body-s">{_e(table.note)}</p>' if table.note else ""
    return (
        f'<div class="trial-table-wrap" tabindex="0" role="region" aria-labelledby="{ident}">'
        f'<table class="govuk-table"><caption class="govuk-table__caption govuk-table__caption--s"'
        f' id="{ident}">{_e(table.caption)}</caption>'
        f'<thead class="govuk-table__head"><tr class="govuk-table__row">{head}</tr></thead>'
        f'<tbody class="govuk-table__body">{body}</tbody></table></div>{note}'
    )


def _numeric(table: Table, number: int) -> str:
    return " govuk-table__header--numeric" if number in table.numeric else ""


def _row(table: Table, row: tuple[Cell, ...]) -> str:
    first = f'<th scope="row" class="govuk-table__header">{_cell(row[0])}</th>' if row else ""
    rest = "".join(
        f'<td class="govuk-table__cell{_numeric_cell(table, number)}">{_cell(cell)}</td>'
        for number, cell in enumerate(row[1:], start=1)
    )
    return f'<tr class="govuk-table__row">{first}{rest}</tr>'


def _numeric_cell(table: Table, number: int) -> str:
    return " govuk-table__cell--numeric" if number in table.numeric else ""


def _cell(cell: Cell) -> str:
    return _light(cell) if isinstance(cell, Light) else _e(shown(cell))


def _figure(figure: Figure, figure_url: FigureUrl, names: _Names) -> str:
    ident = names.fresh(figure.title)
    return (
        f'<figure class="trial-figure" aria-labelledby="{ident}">'
        f'<img src="{escape(figure_url(figure))}" alt="{_e(figure.description)}">'
        f'<figcaption class="govuk-body-s" id="{ident}">{_e(figure.title)}</figcaption></figure>'
        f'<details class="govuk-details"><summary class="govuk-details__summary">'
        f'<span class="govuk-details__summary-text">{_e(figure.title)}: the numbers as a table</span>'
        f'</summary><div class="govuk-details__text">{_table(numbers(figure), names)}</div></details>'
    )
