"""What single figures promise: where things stand, how large they are, what they carry along."""

import io
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pypdf
import pytest
from reportlab.graphics.shapes import Group, Line, Path, Polygon, PolyLine, Rect, String

from tests.report.pictures import (
    AHEAD,
    DATED,
    GROUPED,
    KINDS,
    LONG_CURVE,
    PICTURES,
    lives,
    timeline,
)
from tests.report.pictures import recruitment as months
from trial.report.figures.draw import draw, parts
from trial.report.letters import width
from trial.report.pdf import pdf
from trial.report.picture import (
    MOST_LIVES,
    ClusterLine,
    Curve,
    Curves,
    Interval,
    Intervals,
    Knowledge,
    Life,
    Lives,
    Point,
    Seen,
    StepLine,
    Stretch,
    Timeline,
)
from trial.report.svg import svg
from trial.report.value import Figure, Report

MARKS = "Data cut 20 Jan 2017. Protocol ipsoh 1.0, 3fa41c2e9b07. Software 0.1.0."


def _of(drawing, kind):
    return [one for one in drawing.contents if isinstance(one, kind)]


def _said(drawing):
    return [one.text for one in _of(drawing, String)]


def _pages(figure):
    reader = pypdf.PdfReader(io.BytesIO(pdf(Report("R", "", (figure,)))))
    return [page.extract_text() for page in reader.pages]


@pytest.mark.parametrize("name", PICTURES)
def test_marks_stand_below_the_figure_and_move_nothing_else(name):
    alone, marked = draw(PICTURES[name]), draw(PICTURES[name], MARKS + " " + "Head 0123abcd. " * 12)
    (moved,) = _of(marked, Group)
    written = _of(marked, String)
    assert len(written) > 1
    assert marked.height - alone.height == pytest.approx(moved.transform[5], abs=1)
    for line in written:
        assert line.y >= 0 and line.y + line.fontSize <= moved.transform[5]
        assert width(line.text, line.fontSize) <= marked.width
    assert all(upper.y - lower.y >= upper.fontSize for upper, lower in pairwise(written))


def test_page_and_print_carry_the_same_marks():
    figure = Figure("key", "Title", "What it shows", PICTURES["lives"], marks=MARKS)
    assert MARKS.encode() in svg(figure)
    assert MARKS.encode() not in svg(replace(figure, marks=""))
    assert MARKS in _pages(figure)[0]


def test_a_timeline_of_thirty_clusters_is_printed_in_parts_of_legible_size():
    picture = timeline(30)
    figure = Figure("key", "Thirty", "What it shows", picture, marks=MARKS)
    cut = parts(picture)
    assert len(cut) > 1 and sum((part.clusters for part in cut), ()) == picture.clusters
    pages = [page for page in _pages(figure) if MARKS in page]
    assert len(pages) == len(cut)
    for number, (page, part) in enumerate(zip(pages, cut, strict=True), start=1):
        assert number == 1 or f"Thirty (part {number} of {len(cut)})" in page
        assert all(f"{one.label}, {one.arm}".removesuffix(", ") in page for one in part.clusters)
        assert "Could know" in page and "First day of the month" in page
    # Words of 8 points are printed at least at 6.
    assert all(draw(part).height < 760 for part in cut)


def test_a_picture_that_fits_the_page_stays_whole():
    for picture in (timeline(4), GROUPED, PICTURES["flow"], Intervals("None", ())):
        assert parts(picture) == (picture,)


def test_every_part_of_long_intervals_names_its_group():
    rows = tuple(Interval(f"Row {n}", 0.5, 0.4, 0.6, "", group=f"Arm {n // 60}") for n in range(90))
    cut = parts(Intervals("Share", rows))
    assert sum((part.rows for part in cut), ()) == rows
    assert max(len(part.rows) for part in cut) < 2 * min(len(part.rows) for part in cut)
    for part in cut:
        assert {f"Arm {n}" for n in (0, 1)} & set(_said(draw(part)))


def test_squares_are_as_large_as_the_numbers_behind_them():
    marks = [one for one in _of(draw(GROUPED), Rect) if one.strokeColor is not None]
    areas = {round(one.n): (mark.width**2) for one, mark in zip(GROUPED.rows, marks, strict=True)}
    assert areas[40] / areas[18] == pytest.approx(40 / 18)
    assert areas[18] > areas[7] > areas[2]


def test_the_fan_ends_on_the_day_of_the_forecast_between_its_limits():
    picture = replace(months(6, 4, 3, 4), forecast=DATED)
    drawing = draw(picture)
    (fan,) = _of(drawing, Polygon)
    x, y, end, high, _, low = fan.points
    ends = [one.points[-2] for one in _of(drawing, PolyLine)]
    month = (max(ends) - min(ends)) / 2
    assert (end - x) / month == pytest.approx(1 + 10 / 31)
    assert (high - y) / (low - y) == pytest.approx((24 - 12) / (14 - 12))
    assert "Predicted by 10 October 2015: 17 (95% interval 14 to 24)" in _said(drawing)
    assert (
        "Target met: 3 January 2016 (95% interval 20 September 2015 to 30 December 2017)"
    ) in _said(drawing)


def test_without_months_to_come_a_forecast_is_only_words():
    over = replace(months(6, 6, 3, 4), forecast=AHEAD)
    beyond = replace(months(6, 4, 3, 4), forecast=replace(AHEAD, by=date(2016, 2, 29)))
    for picture in (over, beyond):
        assert not _of(draw(picture), Polygon)
        assert any(text.startswith("Predicted by") for text in _said(draw(picture)))


def _near(points, drawn):
    """The farthest that a point lies from the nearest corner drawn, in either direction."""
    return max(min(max(abs(x - a), abs(y - b)) for a, b in drawn) for x, y in points)


def test_a_long_curve_is_thinned_without_changing_its_look():
    # Most steps crowd at the left, and one fall is large.
    points = [Point(n / 10, 1 - n / 20_000) for n in range(4000)]
    points += [Point(400 + n, 0.5 - n / 10_000) for n in range(1000)]
    picture = Curves("Days", "Share", (Curve("All", tuple(points)),), stepped=True, highest_y=1)
    (drawn,) = [one.points for one in _of(draw(picture), PolyLine) if one.strokeWidth == 1.8]
    corners = list(zip(drawn[::2], drawn[1::2], strict=True))
    assert len(corners) < 1600
    (left, top), (right, foot) = corners[0], corners[-1]
    across = (right - left) / (points[-1].x - points[0].x)
    up = (top - foot) / (points[0].y - points[-1].y)
    placed = [(left + p.x * across, top - (1 - p.y) * up) for p in points[::7]]
    assert _near(placed, corners) <= 1.1


def test_large_figures_are_few_shapes():
    """Shapes and bytes decide how long a figure takes to draw: about 50 ms for these."""
    for picture, shapes, size in ((lives(MOST_LIVES), 80, 150_000), (LONG_CURVE, 80, 100_000)):
        assert len(draw(picture).contents) < shapes
        assert len(svg(Figure("key", "Title", "What it shows", picture))) < size


def test_numbers_that_are_not_finite_are_refused():
    for point in (Point(float("nan"), 0), Point(0, float("inf")), Point(0, 0, float("nan"), 1)):
        with pytest.raises(ValueError, match="finite"):
            Curves("x", "y", (Curve("One", (point,)),))
    with pytest.raises(ValueError, match="finite"):
        Curves("x", "y", (), marks=((float("inf"), "Here"),))


def test_lanes_are_bounded_and_of_known_kinds():
    with pytest.raises(ValueError, match=f"at most {MOST_LIVES}"):
        lives(MOST_LIVES + 1)
    with pytest.raises(ValueError, match="one of the kinds"):
        Lives(365, ("Work",), (Life("1", "", (Stretch(0, 3, 1),), 365),))
    with pytest.raises(ValueError, match="at most 3 kinds"):
        Lives(365, ("a", "b", "c", "d"), ())


def _stripes(picture):
    """The ends of the stripes of a drawing: lines of 1.2 points in one path."""
    paths = [one for one in _of(draw(picture), Path) if one.strokeWidth == 1.2]
    return sum(len(one.points) // 4 for one in paths)


def test_the_shortest_bar_still_shows_its_filling():
    """A striped bar without a stripe would say that the arm was not drawn."""
    day = date(2015, 9, 1)

    def one(knowledge):
        step = StepLine("Consented", (Seen(day, day, 1, knowledge),))
        return Timeline(day, date(2018, 9, 1), (ClusterLine("City", "", (), (step,)),))

    # Stripes are told from those of the legend by what a timeline without any has.
    legend = _stripes(timeline(0))
    assert _stripes(one(Knowledge.COULD_NOT_KNOW)) > legend == _stripes(one(Knowledge.NOT_DRAWN))
    kinds = [Lives(365, KINDS, (Life("1", "", (Stretch(0, 0, n),), 365),)) for n in range(3)]
    assert _stripes(kinds[1]) > _stripes(kinds[0]) == _stripes(kinds[2])


def test_lanes_say_how_histories_end_only_where_they_do():
    assert "History ends: withdrew" in _said(draw(lives(18)))
    assert "IPS (IPS and treatment as usual): 11 participants" in _said(draw(lives(18)))
    assert not [text for text in _said(draw(lives(1))) if text.startswith("History")]


@pytest.mark.parametrize("months", [10, 20, 60])
def test_no_pole_of_the_timeline_stands_in_the_words_of_a_moment(months):
    picture = timeline(4, months, 50)
    drawing = draw(picture)
    poles = [one for one in _of(drawing, Line) if one.x1 == one.x2 and one.strokeWidth == 1]
    named = {moment.label for cluster in picture.clusters for moment in cluster.moments}
    labels = [one for one in _of(drawing, String) if one.text in named and one.fontSize < 9]
    assert len(poles) == len(labels) == sum(len(one.moments) for one in picture.clusters)
    for label in labels:
        right = label.x + width(label.text, label.fontSize)
        for pole in poles:
            low, high = sorted((pole.y1, pole.y2))
            assert not (label.x < pole.x1 < right and low < label.y + 4 < high)


def test_the_legend_of_the_timeline_names_what_could_be_known():
    assert {one.value.capitalize() for one in Knowledge} <= set(_said(draw(timeline(0))))


def test_a_figure_without_data_says_so():
    assert "No data yet." in _said(draw(PICTURES["curves-none"]))
    assert "No participants yet." in _said(draw(PICTURES["lives-none"]))
    assert "No clusters yet." in _said(draw(PICTURES["timeline-none"]))
