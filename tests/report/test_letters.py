"""The printed font: what it shows, how lines break, what it cannot show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.report import letters

ANY = st.text(max_size=80)


@pytest.mark.parametrize(
    "text", ["–", "—", "≥ 6", "é", "Siân Ŵyn, ŷ", "£12.71", "“quoted”", "Łódź"]
)
def test_the_font_has_what_british_reports_need(text):
    assert letters.printable(text) == text


@pytest.mark.parametrize("text", ["日本", "\x00", "\u202e", "\ud800", "\ufffe", "😀", "\x1b[31m"])
def test_what_it_lacks_becomes_a_box(text):
    assert letters.MISSING in letters.printable(text)
    assert letters.lacking(text)


def test_parted_accents_are_joined_and_unseen_marks_left_out():
    assert letters.printable("e\u0301 so\u00adft\u200b\u2003end") == "é soft end"
    assert not letters.lacking("e\u0301 so\u00adft")


@given(ANY, st.floats(min_value=30, max_value=300))
def test_no_line_is_wider_than_its_room_and_no_letter_is_lost(text, room):
    lines = letters.wrap(text, 10, room)
    assert all(letters.width(line, 10) <= room + 0.01 for line in lines)
    kept = letters.printable(text).replace("\n", "").replace(" ", "")
    assert "".join(lines).replace(" ", "") == kept


@given(ANY, st.floats(min_value=20, max_value=300))
def test_a_shortened_line_fits_and_says_that_it_was_cut(text, room):
    line = letters.shortened(text, 10, room)
    assert letters.width(line, 10) <= room + 0.01
    assert line.endswith("…") or line == letters.printable(text).replace("\n", " ")
