"""An empty table for each form that can be imported: the head of its columns, and what each of them takes."""

from typing import Any

from trial import exchange
from trial.conduct.forms.saving import OBSERVED
from trial.conduct.importing.columns import (
    CLUSTER,
    EMPLOYER,
    NUMBER,
    RECORD,
    VISIT,
    needed,
    offered,
)
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Item

LEAVES = "a new record has no answer; an existing one keeps its own"
KINDS = {
    "choice": "code",
    "several": "codes separated by spaces",
    "yes-no": "yes or no",
    "whole": "whole number",
    "decimal": "decimal",
    "date": "date (YYYY-MM-DD)",
    "time": "time (HH:MM)",
    "text": "text",
    "scale": "whole number",
}
OWN = {
    NUMBER: "Study number",
    CLUSTER: "Cluster",
    EMPLOYER: "Number of the employer",
    VISIT: "Visit",
    RECORD: "Number of the record to be changed",
}


def template(protocol: Protocol, form: FormPlan, telling: bool) -> bytes:
    """A ZIP archive: a table without rows, and its codebook."""
    columns = _columns(protocol, form, telling)
    head = exchange.tables.rows_to_csv([one.name for one in columns], [])
    book = exchange.codebook.codebook({form.key: columns})
    made: bytes = exchange.bundle.bundle(
        {
            f"{form.key}.csv": head,
            f"{form.key}-codebook.csv": exchange.tables.to_csv(book, spreadsheet=True),
        }
    )
    return made


def _columns(protocol: Protocol, form: FormPlan, telling: bool) -> list[Any]:
    codes = {
        VISIT: {one.key: one.name for one in protocol.visits if one.key in form.visits},
        CLUSTER: {one.key: one.name for one in protocol.clusters},
    }
    own = [
        exchange.codebook.Column(name, OWN[name], "text", codes.get(name), missing="refused")
        for name in needed(form)
    ]
    if form.occurs == "log":
        own.append(
            exchange.codebook.Column(RECORD, OWN[RECORD], "whole number", missing="a new record")
        )
    day = exchange.codebook.Column(
        OBSERVED, form.observed, KINDS["date"], missing="only where the record has its day"
    )
    return [*own, day, *(_column(path, item) for path, item in offered(form, telling))]


def _column(path: str, item: Item) -> Any:
    group = path.rpartition(".")[0].rpartition(".")[0]
    again = f"; {group}.2, {group}.3 and so on for more" if group else ""
    kind = KINDS[item.kind] + (" or YYYY-MM or YYYY" if getattr(item, "partial", False) else "")
    return exchange.codebook.Column(
        path,
        item.label + again,
        kind + "; or K, R, N, A where it takes no words",
        _codes(item),
        unit=str(getattr(item, "unit", None) or ""),
        missing=LEAVES,
    )


def _codes(item: Any) -> dict[str, str] | None:
    if isinstance(item, kinds.Choice | kinds.Several):
        return {code.key: code.label for code in item.codes}
    if isinstance(item, kinds.Scale):
        return {str(one.value): one.label for one in item.anchors}
    return None
