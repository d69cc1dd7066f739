"""The codebook: what each column of each exported table holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column: its meaning, its kind, its codes with their labels, its unit and its source."""

    name: str
    label: str
    kind: str = "text"
    codes: Mapping[str, str] | None = None
    unit: str = ""
    source: str = ""
    missing: str = "not recorded"


HEAD = ("table", "column", "label", "kind", "codes", "unit", "source", "empty cell means")


def codebook(tables: Mapping[str, Sequence[Column]]) -> pd.DataFrame:
    """The codebook of tables as a frame, a row a column."""
    rows = [
        (table, one.name, one.label, one.kind, _codes(one.codes), one.unit, one.source, one.missing)
        for table, columns in tables.items()
        for one in columns
    ]
    return pd.DataFrame(rows, columns=list(HEAD), dtype=object)


def _codes(codes: Mapping[str, str] | None) -> str:
    return "; ".join(f"{key} = {label}" for key, label in (codes or {}).items())
