"""The PDF of a report: its words and numbers, its pages, and the same bytes each time."""

import io
import os
import re
import subprocess
import sys
import threading
import time
from datetime import date
from decimal import Decimal

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.pictures import FLOW, PICTURES
from trial.report.letters import printable
from trial.report.numbers import numbers
from trial.report.pdf import LACKING, pdf
from trial.report.value import (
    Colour,
    Figure,
    Heading,
    Light,
    Listing,
    Notice,
    Report,
    Table,
    Text,
)
from trial.report.wording import shown

FOOTER = ("Data cut 3 May 2016", "Protocol 1.0 " + "a" * 64, "Software 0.1.0", "Head " + "b" * 64)
HOSTILE = '<img src="file:///etc/passwd"> <font color=red> <b>open & <para>'
PORTRAIT = 595


def _report(*blocks, **settings):
    return Report("Feasibility report", "At 3 May 2016", blocks, FOOTER, **settings)


def _read(report):
    return pypdf.PdfReader(io.BytesIO(pdf(report)))


def _text(report):
    return "\n".join(page.extract_text() for page in _read(report).pages)


def _joined(text):
    return re.sub(r"\s+", "", text)


def _table(rows, columns=("Row", "What"), **settings):
    return Table("Long", columns, tuple(rows), **settings)


def _every_block(text):
    table = Table(text, (text, "n"), ((text, 1), (Light("red", text), None)), text, numeric=(1,))
    return (
        Heading(text),
        Heading(text, 3),
        Text(text),
        Notice(text),
        Listing((text, text)),
        Light(Colour.GREEN, text),
        table,
        Figure("flow", text, text, FLOW),
        Figure("own", text, text, FLOW, table),
    )


def test_it_carries_the_words_and_the_numbers():
    table = Table(
        "Enrolled",
        ("Cluster", "n", "Share", "On", "Light"),
        (("City", 11, Decimal("0.6111"), date(2016, 5, 3), Light("amber", "close")),),
        note="Of all enrolled.",
        numeric=(1, 2),
    )
    text = _text(_report(Heading("Recruitment"), table, Figure("flow", "Flow", "Words", FLOW)))
    for words in ("Feasibility report", "Recruitment", "City", "11", "0.6111", "3 May 2016"):
        assert words in text
    for words in ("Amber: close", "Of all enrolled.", "2 clusters, 11 participants", "Declined"):
        assert words in text
    assert LACKING not in text


def test_every_page_has_footer_header_and_number():
    reader = _read(
        _report(_table((n, "row") for n in range(200)), header=("IPSOH", "Confidential"))
    )
    count = len(reader.pages)
    assert count > 2
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert f"Page {number} of {count}" in text
        for words in (*FOOTER, "IPSOH", "Confidential"):
            assert words in text


def test_it_says_its_title_and_language_and_embeds_its_fonts():
    reader = _read(_report(Heading("One"), Text("Siân")))
    assert reader.metadata.title == "Feasibility report"
    assert reader.metadata.author in (None, "")
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    used = [
        font.get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
        if "Source" in font.get_object()["/BaseFont"]
    ]
    assert used and all("/FontFile2" in font["/FontDescriptor"] for font in used)


def test_headings_are_bookmarks_that_lead_to_their_pages():
    rows = tuple((n, "row") for n in range(100))
    reader = _read(_report(Heading("One"), _table(rows), Heading("Deep", 3), Heading("Two")))
    first, below, second = reader.outline
    assert (first.title, second.title, below[0].title) == ("One", "Two", "Deep")
    assert reader.get_destination_page_number(first) == 0
    assert reader.get_destination_page_number(second) == len(reader.pages) - 1 > 0


def test_the_same_report_is_the_same_bytes():
    report = _report(
        *(Figure(name, name, "Words", picture) for name, picture in PICTURES.items()),
        *_every_block("Words"),
    )
    first = pdf(report)
    pdf(_report(Text("another, with other letters: ŵ ≥ Ω")))
    assert pdf(report) == first


def test_reports_printed_at_the_same_time_are_the_same_bytes():
    report = _report(*_every_block("Siân – ŵ ≥ 5"))
    alone, together = pdf(report), []
    threads = [threading.Thread(target=lambda: together.append(pdf(report))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [alone] * 4


def test_markup_is_printed_as_it_was_typed():
    text = _joined(_text(_report(*_every_block(HOSTILE))))
    # Heading twice, text, notice, two points, light, and the table's caption, head, rows and note.
    assert text.count(_joined(HOSTILE)) >= 12


def test_accents_are_printed_and_unknown_letters_are_said_to_be_missing():
    text = _text(_report(Text("Siân Ŵyn ≥ 5 – “so”")))
    assert "Siân Ŵyn ≥ 5 – “so”" in text and "☐" not in text
    assert LACKING in _text(_report(Text("日本 \u202e \x00"))).replace("\n", " ")


def test_a_long_table_repeats_its_head():
    reader = _read(_report(_table((n, f"row {n}.") for n in range(300))))
    texts = [page.extract_text() for page in reader.pages]
    assert all("What" in text for text in texts)
    assert all("Long (continued)" in text for text in texts[1:])
    for n in range(300):
        assert sum(f"row {n}." in text for text in texts) == 1


def test_a_wide_table_turns_the_page_and_its_heading_goes_along():
    wide = _table(
        (tuple(f"value {n}" for n in range(14)) for _ in range(3)),
        tuple(f"Heading {n}" for n in range(14)),
    )
    long = _table((n, "row") for n in range(60))
    reader = _read(_report(Text("Before"), Heading("Wide"), wide, Heading("After"), long))
    turned = {n for n, page in enumerate(reader.pages) if page.mediabox.width > PORTRAIT + 1}
    assert turned == {1}
    assert "Wide" in reader.pages[1].extract_text()
    assert "After" not in reader.pages[1].extract_text()
    assert "After" in reader.pages[2].extract_text() and "row" in reader.pages[2].extract_text()


def test_a_cell_longer_than_a_page_goes_on():
    words = " ".join(f"word{n}" for n in range(3000))
    text = _text(_report(_table([(words, "short")])))
    assert "word0 " in text and "word2999" in text


def test_a_table_of_forty_columns_loses_no_value():
    columns = tuple(f"c{n}" for n in range(40))
    text = _joined(_text(_report(_table([tuple(f"v{n}." for n in range(40))], columns))))
    assert all(f"v{n}." in text for n in range(40))


@pytest.mark.parametrize("name", PICTURES)
def test_every_figure_can_be_printed(name):
    text = _text(_report(Figure(name, "The title", "What it shows", PICTURES[name])))
    assert "The title" in text and "What it shows" in text


def test_an_empty_report_is_one_page():
    assert len(_read(Report("", "", ())).pages) == 1
    assert "None." in _text(_report(_table([])))


def test_ten_thousand_rows_are_printed_in_bounded_time():
    rows = tuple(tuple(f"value {n} {k}" for k in range(6)) for n in range(10_000))
    began = time.process_time()
    made = pdf(_report(_table(rows, tuple(f"Column {k}" for k in range(6)))))
    assert time.process_time() - began < 20
    last = pypdf.PdfReader(io.BytesIO(made)).pages[-1].extract_text()
    assert "value 9999 5" in last


@settings(deadline=None, max_examples=20)
@given(st.text(max_size=200))
def test_any_words_can_be_printed(text):
    assert pdf(_report(*_every_block(text))).startswith(b"%PDF")


@pytest.mark.parametrize("name", PICTURES)
def test_the_numbers_of_a_figure_are_printed_as_they_are(name):
    figure = Figure(name, "Title", "What it shows", PICTURES[name])
    printed = _joined(_text(_report(figure)))
    for row in numbers(figure).rows:
        for cell in row:
            assert _joined(printable(shown(cell))) in printed


def test_a_small_table_is_not_split():
    small = Table("Small", ("Reason", "n"), tuple((f"Reason {n}", n) for n in range(8)))
    for before in range(30, 50):
        report = _report(*(Text(f"Line {n}") for n in range(before)), small)
        pages = [page.extract_text() for page in _read(report).pages]
        assert [("Reason 0" in text, "Reason 7" in text) for text in pages].count((True, True)) == 1


@pytest.mark.parametrize("name", ["flow", "intervals-many"])
def test_a_heading_stands_on_the_page_of_its_figure(name):
    figure = Figure(name, "The picture", "What it shows", PICTURES[name])
    page = _read(_report(*(Text("Before") for _ in range(20)), Heading("Above"), figure)).pages[1]
    assert "Above" in page.extract_text() and "The picture" in page.extract_text()


def test_narrow_columns_keep_their_lines_beside_a_wide_one():
    rows = (("people referred", "denominator " * 12, "57 of 118 (48.3%, CI 39 to 57)"),) * 3
    text = _text(_report(Table("Conversions", ("Numerator", "Of", "Estimate"), rows)))
    assert text.count("57 of 118 (48.3%, CI 39 to 57)") == 3


def test_another_run_gives_the_same_bytes():
    code = (
        "from tests.report.pictures import *; from trial.report.pdf import pdf;"
        "from trial.report.value import *; import sys;"
        "blocks = (Heading('One'), *(Figure(k, k, k, p) for k, p in PICTURES.items()));"
        "sys.stdout.buffer.write(pdf(Report('Title', 'Under it', blocks)))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] and runs[0].startswith(b"%PDF-")
