"""The characteristics at baseline that were asked with a form, for the table of balance."""

from collections.abc import Iterator, Sequence
from typing import Any

from trial.analysis.balance import Covariate, Kind
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.form_tables import column_name
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Item

Values = Sequence[Any]
SOME = "asked only of some, by another answer"


def asked(protocol: Protocol, found: Assembled) -> Iterator[Covariate]:
    """The questions that the protocol puts into the table, one value a participant in their order.

    Without participants it is one a cluster that took part, in the order of the outcomes. Answers of a
    list that nobody gave are left out.
    """
    first = next((visit.key for visit in protocol.visits if visit.baseline), None)
    people = protocol.participants
    unit, of = ("number", found.frames.participants) if people else ("cluster", found.outcomes)
    for part in protocol.reporting.baseline:
        form = next(form for form in protocol.forms if form.key == part.form)
        frame = found.forms.table(form)
        if frame is None:
            continue
        if first is not None:
            frame = frame[frame["visit"] == first]
        for key in part.items:
            item: Any = form.item(key)
            answers = dict(zip(frame[unit], frame[column_name(item)], strict=True))
            values = [answers.get(one) for one in of[unit]]
            yield from _covariates(form, item, values)


def _covariates(form: FormPlan, item: Item, values: Values) -> Iterator[Covariate]:
    note = SOME if _conditional(form, item) else ""
    name = f"{item.label} ({unit})" if (unit := getattr(item, "unit", None)) else item.label
    if isinstance(item, kinds.Several):
        given = {key for one in values if one is not None for key in str(one).split()}
        told = [code for code in item.codes if code.key in given]
        for code in told:
            chosen = [None if one is None else code.key in str(one).split() for one in values]
            missing_as = name if code is told[-1] else ""
            told_as = f"{name}: {code.label}"
            yield Covariate(told_as, Kind.BINARY, chosen, (), note, missing_as, item.sensitive)
        return
    kind, found, levels = _typed(item, values)
    yield Covariate(name, kind, found, levels, note, sensitive=item.sensitive)


def _typed(item: Item, values: Values) -> tuple[Kind, Values, tuple[object, ...]]:
    match item:
        case kinds.Choice():
            labels = {code.key: code.label for code in item.codes if code.key in values}
            return Kind.CATEGORICAL, [labels.get(one) for one in values], tuple(labels.values())
        case kinds.YesNo():
            return Kind.BINARY, [None if one is None else one == "yes" for one in values], ()
        case _:
            return Kind.CONTINUOUS, [None if one is None else float(one) for one in values], ()


def _conditional(form: FormPlan, item: Item) -> bool:
    section = next(one for one in form.sections if item in one.items)
    return bool(item.when or section.when)
