"""The feasibility report in the order of the CONSORT checklists, every item filled or the authors'."""

from datetime import date

import pytest

from tests.conduct.recruiting import Recruiting
from trial.conduct import reports
from trial.conduct.reports.consort import AUTHORS, Item, Part, told
from trial.conduct.reports.feasibility import PARTS
from trial.report.value import Figure, Heading, Table, Text

TODAY = date(2016, 1, 15)
# The numbers of both checklists in their order, those of the cluster extension (10a to 10c) included.
NUMBERS = [
    "1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b", "4c", "5", "6a", "6b", "6c", "7a", "7b", "8a",
    "8b", "9", "10a", "10b", "10c", "11a", "11b", "12", "13a", "13b", "14a", "14b", "15", "16", "17",
    "18", "19", "19a", "20", "21", "22", "22a", "23", "24", "25", "26",
]  # fmt: skip


@pytest.fixture
def report(session, protocol):
    recruiting = Recruiting(session, protocol)
    cut = reports.cut.data_cut(recruiting.session, TODAY)
    found = reports.assembly.assemble(session, protocol, cut, blinded=False)
    return reports.feasibility.build(protocol, found)


def test_the_items_stand_in_the_order_of_the_checklists():
    assert [item.number for part in PARTS for item in part.items] == NUMBERS


def test_every_item_has_something_under_its_heading_even_in_an_empty_trial(report):
    places = [n for n, one in enumerate(report.blocks) if isinstance(one, Heading)]
    headings = [report.blocks[n].text.split(".")[0] for n in places if report.blocks[n].level == 2]
    assert [one for one in headings if one in NUMBERS] == NUMBERS
    for n in places:
        if report.blocks[n].level == 2:
            assert not isinstance(report.blocks[n + 1], Heading), report.blocks[n].text


def test_the_checklist_says_what_the_authors_have_to_write(report):
    (checklist,) = [
        one for one in report.blocks if isinstance(one, Table) and "checklist" in one.caption
    ]
    marked = [row[0] for row in checklist.rows if row[3] != "Given"]
    asked = [one for one in report.blocks if isinstance(one, Text) and one.text.startswith(AUTHORS)]
    assert len(marked) == len(asked)
    assert {"2a", "21", "22"} <= set(marked)


def test_every_figure_says_what_it_was_drawn_from(report, protocol):
    figures = [one for one in report.blocks if isinstance(one, Figure)]
    assert figures
    for one in figures:
        assert "Data cut: end of 15 January 2016" in one.marks
        assert protocol.sha256[:12] in one.marks
        assert "Software" in one.marks


def test_an_item_that_nobody_fills_is_refused():
    with pytest.raises(ValueError, match="Fill item 2a"):
        Item("2a", "Background", "pilot")


def test_an_item_is_told_with_its_number(protocol):
    item = Item("2a", "Background", "pilot", authors="why")
    blocks = list(told(protocol, None, [Part("Introduction", (item,))]))
    assert blocks == [
        Heading("Introduction"),
        Heading("2a. Background", 2),
        Text("For the authors to write: why"),
    ]
