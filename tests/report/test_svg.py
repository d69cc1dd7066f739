"""Figures as SVG: they obey the policy, name themselves, and their words keep apart."""

import subprocess
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.graphics.shapes import Rect, String

from tests.report.pictures import FLOW, LANES, NO_SPACE, PICTURES, recruitment
from trial.report.figures.draw import draw
from trial.report.letters import printable, width
from trial.report.picture import (
    AtRisk,
    Bar,
    Box,
    ClusterLine,
    Curve,
    Curves,
    Flow,
    Interval,
    Intervals,
    Lane,
    Lanes,
    Life,
    Lives,
    Moment,
    Point,
    Stage,
    StepLine,
    Stretch,
    Timeline,
)
from trial.report.svg import SVG, svg
from trial.report.value import Figure

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\x00\u202e]]>'


def _figure(picture, title="Title", description="What it shows"):
    return Figure("key", title, description, picture)


def _root(picture, **said):
    return ElementTree.fromstring(svg(_figure(picture, **said)))


def _words(drawing):
    """The edges of each line of words: left, bottom, right, top."""
    return [
        (one.x, one.y, one.x + width(one.text, one.fontSize, one.fontName), one.y + one.fontSize)
        for one in drawing.contents
        if isinstance(one, String)
    ]


def _overlap(a, b):
    return a[0] < b[2] - 0.1 and b[0] < a[2] - 0.1 and a[1] < b[3] - 2.5 and b[1] < a[3] - 2.5


@pytest.mark.parametrize("name", PICTURES)
def test_the_file_obeys_a_strict_policy_and_scales(name):
    root = _root(PICTURES[name])
    for node in root.iter():
        assert node.tag.removeprefix(f"{{{SVG}}}") in {
            "svg", "title", "desc", "clipPath", "rect", "g", "text", "line", "polyline", "polygon",
            "path",
        }  # fmt: skip
        assert not {key for key in node.attrib if key == "style" or key.startswith("on")}
        assert not {key for key in node.attrib if "href" in key}
    assert root.find(f"{{{SVG}}}title").text == "Title"
    assert root.find(f"{{{SVG}}}desc").text == "What it shows"
    assert root.get("role") == "img" and root.get("viewBox").startswith("0 0 ")


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_picture_is_the_same_bytes(name):
    assert svg(_figure(PICTURES[name])) == svg(_figure(PICTURES[name]))


def test_another_run_gives_the_same_bytes():
    code = (
        "from tests.report.pictures import *; from trial.report.svg import svg;"
        "from trial.report.value import Figure; import sys;"
        "sys.stdout.buffer.write(svg(Figure('key', 'Title', 'What it shows', LANES)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert run.stdout == svg(_figure(LANES))


@pytest.mark.parametrize("name", PICTURES)
def test_no_words_lie_on_others_or_leave_the_figure(name):
    drawing = draw(PICTURES[name])
    words = _words(drawing)
    for number, one in enumerate(words):
        assert one[0] >= -0.1 and one[1] >= 0
        assert one[2] <= drawing.width + 0.1 and one[3] <= drawing.height + 2.5
        assert not [other for other in words[number + 1 :] if _overlap(one, other)]


@pytest.mark.parametrize("name", ["flow", "flow-four"])
def test_words_of_the_flow_stay_inside_their_boxes(name):
    drawing = draw(PICTURES[name])
    boxes = [one for one in drawing.contents if isinstance(one, Rect)]
    for number, a in enumerate(boxes):
        for b in boxes[number + 1 :]:
            assert not _overlap(
                (a.x, a.y, a.x + a.width, a.y + a.height), (b.x, b.y, b.x + b.width, b.y + b.height)
            )
    for left, bottom, right, top in _words(drawing):
        for box in boxes:
            if box.x < left < box.x + box.width and box.y < bottom < box.y + box.height:
                assert right <= box.x + box.width and top <= box.y + box.height


def test_the_flow_says_clusters_people_and_reasons():
    said = [one.text for one in draw(FLOW).contents if isinstance(one, String)]
    for line in (
        "2 clusters, 11 participants",
        "1 cluster, 1 participant",
        "4 clusters, 62 people",
    ):
        assert line in said
    assert "Not eligible: 9" in said and "Lost to follow-up: 0" in said
    assert NO_SPACE not in said


def test_the_legend_of_recruitment_says_what_is_reached():
    said = [one.text for one in draw(recruitment(6, 4, 3, 10)).contents if isinstance(one, String)]
    assert "Enrolled: 12" in said and "Target: 60" in said


def test_a_stage_of_several_boxes_has_no_box_beside_it():
    with pytest.raises(ValueError, match="into the boxes"):
        Stage("Arms", (Box("A"), Box("B")), Box("Lost"))
    with pytest.raises(ValueError, match="at least one"):
        Stage("Arms", ())


def _pictures(text):
    day = LANES.starts_on
    return (
        Flow((Stage(text, (Box(text, 1, 1, (text, text)),)),)),
        Lanes(day, LANES.ends_on, (Lane(text, (Bar(day, None, text),)),)),
        Intervals(
            text, (Interval(text, 0.5, 0.1, 0.9, text, group=text),), thresholds=((0.5, text),)
        ),
        Curves(
            text,
            text,
            (Curve(text, (Point(0, 1), Point(1, 0))),),
            marks=((0.5, text),),
            at_risk=(AtRisk(text, ((0, 1),)),),
        ),
        Lives(9, (text,), (Life(text, text, (Stretch(1, 2, 0),), 5, text),)),
        Timeline(
            day,
            LANES.ends_on,
            (ClusterLine(text, text, (Moment(day, text),), (StepLine(text),)),),
        ),
    )


@pytest.mark.parametrize("number", range(6))
def test_hostile_words_are_only_words(number):
    picture = _pictures(HOSTILE)[number]
    root = _root(picture, title=HOSTILE, description=HOSTILE)
    assert not list(root.iter(f"{{{SVG}}}script")) and not list(root.iter(f"{{{SVG}}}img"))
    assert "<script>" in root.find(f"{{{SVG}}}title").text


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60))
def test_any_words_can_be_drawn(text):
    for picture in _pictures(text):
        assert _root(picture, title=text, description=text).tag == f"{{{SVG}}}svg"


def test_words_are_squeezed_into_their_width_where_the_font_is_not_there():
    text = next(_root(FLOW).iter(f"{{{SVG}}}text"))
    assert printable(text.text) == text.text
    assert float(text.get("textLength")) == pytest.approx(
        width(text.text, 10, "SourceSansPro-Semibold"), abs=0.01
    )
