"""What the forms say: how complete they are, scores and costs by visit, and guesses of the allocation."""

from collections.abc import Iterator
from typing import Any

from trial.analysis.balance import Compared
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.form_results import Complete, Measured
from trial.protocol import Protocol
from trial.report.value import Block, Table, Text

DUE = (
    "A form is due once its visit is done. A form that two people enter counts as a draft until their"
    " differences are settled. Forms of those who withdrew the use of their data are not counted."
)
NOT_TESTED = "Described, not tested: the trial was not sized to compare the arms."
PLACES = 1
HEAD = ("Due", "Complete", "Draft", "Not there", "Complete, of those due")


def complete(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How complete the forms are, by form and visit, and by cluster."""
    told = found.forms.completeness
    if told is None or not told.overall.due:
        return
    forms = {form.key: form.name for form in protocol.forms}
    visits = {visit.key: visit.name for visit in protocol.visits}
    order = {key: place for place, key in enumerate(forms)}
    by_form = sorted(
        told.by_form.items(), key=lambda one: (order[one[0][0]], list(visits).index(one[0][1]))
    )
    yield Table(
        "Completeness of forms, of those due",
        ("Form", "Visit", *HEAD),
        (
            *(
                (forms[form], visits.get(visit, visit), *_row(one))
                for (form, visit), one in by_form
            ),
            ("All", "", *_row(told.overall)),
        ),
        note=DUE,
        numeric=(2, 3, 4, 5),
    )
    labels = sentences.cluster_labels(protocol, found.told)
    yield Table(
        "Completeness of forms by cluster",
        ("Cluster", *HEAD),
        tuple((labels.get(key, key), *_row(one)) for key, one in told.by_cluster.items()),
        numeric=(1, 2, 3, 4),
    )


def scored(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The scores at each visit, of everyone and by arm."""
    if found.forms.scores:
        note = f"Not known: of those whose visit was done. {NOT_TESTED}"
        yield _measures(protocol, found, "Scores by visit", found.forms.scores, note)


def costed(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What services cost per participant at each visit and over the whole follow-up."""
    if not found.forms.costs:
        return
    yield _measures(protocol, found, "Cost per participant", found.forms.costs, _prices(protocol))
    rows = tuple((one.label, f"{one.cost:.2f}", one.year, one.source) for one in protocol.costs)
    yield Table("Unit costs", ("Unit", "Pounds", "Prices of", "Source"), rows, numeric=(1, 2))


def guessed(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What those who should not know the arm guessed it to be."""
    told, plan = found.forms.guessed, protocol.reporting.guess
    if told is None or plan is None:
        return
    form = next(form for form in protocol.forms if form.key == plan.form)
    item: Any = form.item(plan.item)
    labels = {code.key: code.label for code in item.codes} | {"not answered": "Not answered"}
    arms = list(told.by_arm)
    yield Table(
        f"{form.name}: {item.label}",
        ("Answer", "All", *(sentences.arm_label(protocol, found.told, arm) for arm in arms)),
        tuple(
            (labels[key], n, *(told.by_arm[arm][key] for arm in arms))
            for key, n in told.overall.items()
        ),
        note=""
        if arms
        else "By arm this is left out where arms go by letters: guesses could tell which is which.",
        numeric=tuple(range(1, len(arms) + 2)),
    )
    for arm, index in told.index.items():
        name = sentences.arm_label(protocol, found.told, arm)
        yield Text(
            f"Bang's blinding index, {name}: {sentences.figure(index, 2)}. It is 1 where everyone guesses"
            " right, 0 where as many guess right as wrong, and takes people as independent."
        )


def _row(one: Complete) -> tuple[str | int, ...]:
    share = sentences.percent(one.share)
    return (one.due, one.complete, one.draft, one.missing, share)


def _measures(
    protocol: Protocol, found: Assembled, caption: str, measured: tuple[Measured, ...], note: str
) -> Table:
    arms = list(found.results.arms)
    visits = {visit.key: visit.name for visit in protocol.visits}
    rows = []
    for one in measured:
        unit = f" ({one.unit})" if one.unit else ""
        for visit, at in one.by_visit.items():
            rows.append((f"{one.name}{unit}", visits.get(visit, visit), *_cells(at, arms)))
        if one.together is not None:
            rows.append(
                (f"{one.name}{unit}", "All follow-up visits together", *_cells(one.together, arms))
            )
    return Table(
        caption,
        (
            "What", "Visit", "n", "Not known", "Mean (SD)",
            *(f"{sentences.arm_label(protocol, found.told, arm)}: n, mean (SD)" for arm in arms),
        ),
        tuple(rows),
        note=note,
        numeric=(2, 3),
    )  # fmt: skip


def _cells(at: Compared, arms: list[str]) -> tuple[str | int, ...]:
    told: Any = at.overall
    return (
        told.n, told.missing, _mean(told),
        *(f"{at.by_group[arm].n}, {_mean(at.by_group[arm])}" for arm in arms),
    )  # fmt: skip


def _mean(cell: Any) -> str:
    if cell.mean is None:
        return "nobody"
    spread = "no SD" if cell.sd is None else f"{cell.sd:.{PLACES}f}"
    return f"{cell.mean:.{PLACES}f} ({spread})"


def _prices(protocol: Protocol) -> str:
    """Which prices the costs are told in, and whether they are assumed."""
    years = sorted({one.year for one in protocol.costs})
    span = f"{years[0]}" if len(years) == 1 else f"{years[0]} to {years[-1]}"
    assumed = (
        " All or some of them are assumed." if any(one.assumed for one in protocol.costs) else ""
    )
    return (
        f"Contacts times unit costs in pounds, at prices of {span}.{assumed} Not known: of those whose visit"
        f" was done. {NOT_TESTED}"
    )
