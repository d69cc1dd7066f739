"""Tables that people send: read whole or refused with a sentence, however they were made."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.exchange import sheets, workbook
from trial.exchange.sheets import Unreadable, read

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def taken(content: bytes) -> list[list[str]]:
    """The head and every row."""
    sheet = read(content)
    return [list(sheet.columns), *(list(row.cells.values()) for row in sheet.rows)]


def refused(content: bytes) -> Unreadable:
    """What is said of a file that is not taken."""
    with pytest.raises(Unreadable) as told:
        taken(content)
    return told.value


def book(*rows: list[object], more: tuple[str, ...] = ()) -> bytes:
    """A workbook with these rows, and with more sheets of these names."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for name in more:
        made.create_sheet(name)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return out.getvalue()


def sheet_of(data: str) -> bytes:
    """A workbook whose sheet holds this text between its tags."""
    whole = f'<?xml version="1.0"?><worksheet {MAIN}><sheetData>{data}</sheetData></worksheet>'
    return with_part(book(["a"]), SHEET, lambda _: whole.encode())


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8))
def test_what_is_written_as_csv_is_read_as_it_is(rows: list[list[str]]) -> None:
    rows = [[cell.strip() for cell in row] for row in rows]
    rows = [row for row in rows if any(row) and not any(c.startswith("=") for c in row)]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["a", "b"], *rows])
    assert taken(out.getvalue().encode("utf-8-sig")) == [["a", "b"], *rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_and_ends_of_lines_are_found_out(separator: str, end: str) -> None:
    text = end.join([separator.join(["a", "b"]), separator.join(["1", '"x, y; z"']), "", ""])
    assert taken(text.encode()) == [["a", "b"], ["1", "x, y; z"]]


def test_a_row_is_told_by_its_line() -> None:
    rows = list(read(b'a,b\n"one\ntwo",2\n\n3,4\n').rows)
    assert [row.number for row in rows] == [2, 5]


@pytest.mark.parametrize(
    ("content", "message", "row", "column"),
    [
        (b"", "empty", 1, None),
        (b"\n\n", "empty", 1, None),
        (b"a,,c\n1,2,3\n", "Column 2 has no name", 1, None),
        (b"a,a\n1,2\n", "twice", 1, "a"),
        (b"a\n1,2\n", "more cells", 2, None),
        (b"a,b\n1,=1+1\n", "formula", 2, "b"),
        (b"a\n" + b"x" * 20_001, "longer than", 2, "a"),
        (b"a\n" + b"x" * 1_000_000, "cannot be read as CSV", 2, None),
        (b'a\n"never closed\n', "cannot be read as CSV", 2, None),
        (b"a\nx\x00y\n", "not a text file", 2, None),
        ("a\ncafé\n".encode("cp1252"), "not UTF-8", None, None),
        ("a\n1\n".encode("utf-16"), "not UTF-8", None, None),
        ("a\n1\n".encode("utf-32"), "not UTF-8", None, None),
        (b"\x89PNG\r\n\x1a\n", "not UTF-8", None, None),
        (",".join(f"c{n}" for n in range(601)).encode(), "600 columns", 1, None),
    ],
)
def test_a_text_that_is_no_table_is_refused(
    content: bytes, message: str, row: int | None, column: str | None
) -> None:
    told = refused(content)
    assert message in str(told) and told.column == column
    assert row is None or told.row == row


def test_a_head_alone_has_no_rows() -> None:
    assert taken(b"a,b\n") == [["a", "b"]]
    assert taken(book(["a", "b"])) == [["a", "b"]]


def test_more_rows_than_a_trial_has_are_refused() -> None:
    lines = b"1\n" * (sheets.MOST_ROWS + 1)
    assert refused(b"a\n" + lines).row == sheets.MOST_ROWS + 2


def test_a_workbook_gives_what_somebody_would_type() -> None:
    day, at = date(2016, 1, 15), datetime(2016, 1, 15, 14, 5)
    made = book(
        ["a", "b", "c", "d", "e", "f", "g"],
        [1, 1.5, True, day, at, time(9, 5), " words "],
        [],
        [None, 0.1 + 0.2, False],
    )
    assert taken(made) == [
        ["a", "b", "c", "d", "e", "f", "g"],
        ["1", "1.5", "yes", "2016-01-15", "2016-01-15T14:05:00", "09:05", "words"],
        ["", "0.3", "no", "", "", "", ""],
    ]
    assert [row.number for row in read(made).rows] == [2, 4]


def test_what_a_workbook_computes_is_refused_by_its_cell() -> None:
    told = refused(book(["a", "b"], [1, "=1+1"]))
    assert "formula" in str(told) and (told.row, told.column) == (2, "B")
    told = refused(sheet_of('<row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>'))
    assert "error" in str(told) and (told.row, told.column) == (1, "A")


def test_several_sheets_and_too_many_columns_are_refused() -> None:
    assert "several sheets" in str(refused(book(["a"], more=("Two",))))
    assert "600 columns" in str(refused(book([f"c{n}" for n in range(16_384)])))
    assert "longer than" in str(refused(book(["a"], ["x" * 20_001])))


def test_a_file_that_lies_about_its_size_gives_its_cells() -> None:
    lies = b'<dimension ref="A1:XFD1048576"/>'
    made = with_part(book(["a"], [1]), SHEET, lambda xml: re.sub(b"<dimension[^>]*>", lies, xml))
    assert lies in zipfile.ZipFile(io.BytesIO(made)).read(SHEET)
    assert taken(made) == [["a"], ["1"]]


ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">'
    f'<!ENTITY c SYSTEM "file:///etc/passwd">]><worksheet {MAIN}><sheetData><row r="1"><c r="A1"'
    ' t="inlineStr"><is><t>&b;&c;</t></is></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(100),
        book(["a"])[:-200],
        with_part(book(["a"]), SHEET, lambda _: b"<worksheet><row"),
        with_part(book(["a"]), SHEET, lambda _: ENTITIES.encode()),
        with_part(book(["a"]), SHEET, lambda _: ENTITIES.encode("utf-16")),
        with_part(
            book(["a"]),
            "xl/workbook.xml",
            lambda xml: ENTITIES.encode().replace(b"worksheet", b"workbook"),
        ),
        with_part(book(["a"]), SHEET, lambda _: bytes(4_000_000)),
        with_part(book(["a"]), "xl/media/bomb.png", lambda _: bytes(4_000_000)),
        with_part(book(["a"]), "xl/sharedStrings.xml", lambda _: b"<t/>" * 400_000),
        sheet_of(f'<row r="1"><c r="A1"><v>{"1" * 2_000_000}</v></c></row>'),
        sheet_of('<row r="999999999"><c><v>1</v></c></row>'),
        sheet_of('<row r="2"/><row r="1"/>'),
        sheet_of('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
        sheet_of('<row r="1"><c r="A1" s="999999999999"><v>1</v></c><c r="ZZZZ1"><v>1</v></c></row>'),
    ],
)  # fmt: skip
def test_a_hostile_workbook_is_refused(content: bytes) -> None:
    assert str(refused(content)) in {workbook.UNREADABLE, workbook.TOO_LARGE}


def test_far_away_rows_cost_nothing() -> None:
    made = sheet_of(f'{ROW}<row r="1048576"><c r="A1048576"><v>1</v></c></row>')
    assert [row.number for row in read(made).rows] == [1_048_576]


def test_a_file_of_no_kind_leaves_no_program_behind() -> None:
    rows = read(book(["a"], *([n] for n in range(2000)))).rows
    assert next(rows).cells == {"a": "0"}
    rows.close()  # type: ignore[attr-defined]
