"""The page of a report: accessible, escaped, and with the numbers of every figure."""

from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.pictures import FLOW, PICTURES, recruitment
from trial.report.numbers import numbers
from trial.report.page import html
from trial.report.picture import Box, Flow, Stage
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

HOSTILE = "\"'><script>alert(1)</script><svg/onload=alert(1)>{{7*7}}\x00\x1b\u202e"


def _parsed(*blocks):
    text = html(Report("Title", "", blocks), lambda figure: f"/figures/{figure.key}.svg?a=1&b=2")
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = f'<!doctype html><html lang="en"><head><title>x</title></head><body>{text}</body></html>'
    return parser.parse(page)


def _every_block(text):
    table = Table(text, (text, "n"), ((text, 1), (Light("red", text), None)), text, numeric=(1,))
    return (
        Heading(text),
        Heading(text, 2),
        Text(text),
        Notice(text),
        Listing((text,)),
        Light(Colour.GREEN, text),
        table,
        table,
        Figure("flow", text, text, FLOW),
        Figure("own", text, text, FLOW, table),
    )


def test_a_table_says_what_its_cells_belong_to():
    page = _parsed(
        Table("People", ("Cluster", "Enrolled"), (("City", 6), ("County", None)), numeric=(1,))
    )
    wrap = page.find(".//div[@class='trial-table-wrap']")
    assert wrap.get("tabindex") == "0" and wrap.get("role") == "region"
    caption = page.find(".//caption")
    assert caption.text == "People" and wrap.get("aria-labelledby") == caption.get("id")
    assert [head.get("scope") for head in page.iter("th")] == ["col", "col", "row", "row"]
    assert [cell.text for cell in page.iter("td")] == ["6", None]
    assert all("--numeric" in cell.get("class") for cell in page.iter("td"))


def test_headings_start_at_the_second_level():
    page = _parsed(Heading("One"), Heading("Two", 2))
    assert page.find(".//h2").text == "One" and page.find(".//h3").text == "Two"
    assert page.find(".//h1") is None


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_has_words_and_its_numbers(name):
    page = _parsed(Figure(name, "Title", "What it shows", PICTURES[name]))
    image = page.find(".//figure/img")
    assert image.get("alt") == "What it shows"
    assert image.get("src") == f"/figures/{name}.svg?a=1&b=2"
    assert page.find(".//figcaption").text == "Title"
    assert page.find(".//details//table") is not None


def test_identifiers_occur_once_and_nothing_is_styled():
    page = _parsed(*_every_block("The same words"))
    identifiers = [node.get("id") for node in page.iter() if node.get("id")]
    assert len(identifiers) == len(set(identifiers)) > 4
    assert not [node for node in page.iter() if node.get("style") or node.tag == "script"]
    for node in page.iter():
        assert node.get("aria-labelledby", identifiers[0]) in identifiers


def test_hostile_words_are_only_words():
    page = _parsed(*_every_block(HOSTILE))
    tags = {node.tag for node in page.iter() if isinstance(node.tag, str)}
    assert not tags & {"script", "svg"}
    assert not [k for node in page.iter() for k in node.attrib if k.startswith("on")]
    assert "<script>alert(1)</script>" in page.find(".//p").text
    assert "\x00" not in ElementTree.tostring(page, encoding="unicode")


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60))
def test_any_words_make_a_valid_page(text):
    assert _parsed(*_every_block(text)).find(".//table") is not None


def test_the_numbers_of_a_figure_are_those_that_it_shows():
    table = numbers(Figure("r", "Recruitment", "", recruitment(3, 2, 4, 10)))
    assert table.rows == (
        ("May 2015", 4, 4, "10"),
        ("Jun 2015", 4, 8, "20"),
        ("Jul 2015", None, None, "30"),
    )
    flow = numbers(Figure("f", "Flow", "", FLOW))
    assert ("Screening", "Not enrolled", None, None, "Declined", 15) in flow.rows
    assert ("Allocation", "Treatment as usual (TAU)", 2, 7, "", None) in flow.rows
    followed = "Followed up; Treatment as usual (TAU)"
    assert ("12 months", followed, None, None, "Lost to follow-up", 0) in flow.rows
    assert ("Analysis", "Analysed; Treatment as usual (TAU)", 1, 1, "", None) in flow.rows


def test_a_stage_without_a_name_belongs_to_the_one_above():
    flow = Flow((Stage("Clusters", (Box("Identified", 4),)), Stage("", (Box("Opened", 3),))))
    assert numbers(Figure("f", "Flow", "", flow)).rows == (
        ("Clusters", "Identified", 4, "", None),
        ("Clusters", "Opened", 3, "", None),
    )


def test_a_flow_has_a_column_of_people_where_a_box_counts_them():
    flow = Flow((Stage("Clusters", (Box("Opened", 3),)), Stage("Enrolment", (Box("In", 3, 7),))))
    assert numbers(Figure("f", "Flow", "", flow)).rows == (
        ("Clusters", "Opened", 3, None, "", None),
        ("Enrolment", "In", 3, 7, "", None),
    )


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (None, ""),
        (0, "0"),
        (True, "Yes"),
        (Decimal("0.10"), "0.10"),
        (date(2016, 5, 3), "3 May 2016"),
        (Light(Colour.AMBER, "close"), "Amber: close"),
        (Light("grey"), "Not judged yet"),
    ],
)
def test_a_cell_is_written_in_words(cell, words):
    assert shown(cell) == words


def test_a_number_of_unsaid_places_is_refused():
    with pytest.raises(TypeError, match="its places"):
        shown(0.1)


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 cells"):
        Table("People", ("Cluster", "Enrolled"), (("City",),))
