"""CSV: what is written comes back, and no spreadsheet runs what somebody typed."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.exchange import tables

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    '"=1',
    "'=1",
    "“=1",
    "' =1",
    " =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    '=HYPERLINK("http://example.org","see")',
    "=cmd|' /C calc'!A0",
    "+/-",
)
HARMLESS = ("", "a=1", "Smith-Jones", "3 - 4", "n/a", "“quoted”", "日本", "'tis")


def _frame(*values):
    return pd.DataFrame({"value": pd.Series(values, dtype=object)})


def _cell(value, **flavour):
    return tables.spelled(value, **flavour)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_neutralised_for_spreadsheets_only(text):
    assert _cell(text, spreadsheet=True) == "'" + text
    assert _cell(text) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text):
    assert _cell(text, spreadsheet=True) == text


@given(TEXT)
def test_no_text_of_a_spreadsheet_begins_like_a_formula(text):
    assert _cell(text, spreadsheet=True)[:1] not in tables.FORMULA or not text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, "-5"),
        (np.int64(-5), "-5"),
        (Decimal("-6.50"), "-6.50"),
        (Decimal("1E+3"), "1000"),
        (-0.5, "-0.5"),
        (np.float64(0.1) + np.float64(0.2), "0.3"),
        (3.0, "3"),
        (True, "yes"),
        (np.bool_(False), "no"),
        (None, ""),
        (math.nan, ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (date(2016, 2, 29), "2016-02-29"),
        (pd.Timestamp("2016-02-29"), "2016-02-29"),
        (datetime(2016, 2, 29, 12, 30, tzinfo=UTC), "2016-02-29T12:30:00+00:00"),
    ],
)
def test_a_value_is_spelled_without_artefacts_and_never_prefixed(value, cell):
    assert _cell(value) == cell
    assert _cell(value, spreadsheet=True) == cell


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_text_comes_back_as_it_was_entered(rows):
    frame = pd.DataFrame(rows, columns=["one", "two"], dtype=object)
    back = tables.from_csv(tables.to_csv(frame))
    assert list(back.columns) == ["one", "two"]
    assert [tuple(value or "" for value in row) for row in back.to_numpy()] == rows
    assert tables.size(tables.to_csv(frame)) == (len(rows), 2)


def test_numbers_of_whole_columns_come_back():
    frame = pd.DataFrame({"hours": [16.5, math.nan], "day": [date(2016, 5, 3), None]})
    assert tables.to_csv(frame) == b"hours,day\r\n16.5,2016-05-03\r\n,\r\n"
    assert tables.from_csv(tables.to_csv(frame)).to_numpy().tolist() == [
        ["16.5", "2016-05-03"],
        [None, None],
    ]


def test_only_the_spreadsheet_flavour_has_a_byte_order_mark():
    assert tables.to_csv(_frame("Siân"), spreadsheet=True).startswith(b"\xef\xbb\xbfvalue")
    assert tables.to_csv(_frame("Siân")) == "value\r\nSiân\r\n".encode()


def test_an_empty_frame_has_its_head():
    assert tables.to_csv(pd.DataFrame(columns=["a", "b"])) == b"a,b\r\n"
    assert list(tables.from_csv(b"a,b\r\n").columns) == ["a", "b"]
    assert tables.from_csv(b"").empty


def test_a_heading_is_neutralised_too():
    assert tables.rows_to_csv(["=1"], [], spreadsheet=True) == b"\xef\xbb\xbf'=1\r\n"
