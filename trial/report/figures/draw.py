"""From a picture's value to its drawing."""

from reportlab.graphics.shapes import Drawing, Group

from trial.report.figures import curves, flow, intervals, lanes, lives, recruitment, timeline
from trial.report.figures.strokes import DARK, sheet, words
from trial.report.letters import wrap
from trial.report.picture import (
    Curves,
    Flow,
    Intervals,
    Lanes,
    Lives,
    Picture,
    Recruitment,
    Timeline,
)

MARKS = 7.5
LINE = 9.5


def draw(picture: Picture, marks: str = "") -> Drawing:
    """The drawing of a picture, at its foot what it was drawn from."""
    drawing = _drawn(picture)
    return _marked(drawing, marks) if marks else drawing


def _drawn(picture: Picture) -> Drawing:
    match picture:
        case Flow():
            return flow.draw(picture)
        case Recruitment():
            return recruitment.draw(picture)
        case Lanes():
            return lanes.draw(picture)
        case Intervals():
            return intervals.draw(picture)
        case Curves():
            return curves.draw(picture)
        case Lives():
            return lives.draw(picture)
        case Timeline():
            return timeline.draw(picture)


def _marked(drawing: Drawing, marks: str) -> Drawing:
    written = wrap(marks, MARKS, drawing.width)
    room = len(written) * LINE + 6
    made = sheet(drawing.width, drawing.height + room)
    made.add(Group(*drawing.contents, transform=(1, 0, 0, 1, 0, room)))
    for number, text in enumerate(written):
        words(made, 0, room - 6 - MARKS - number * LINE + 2, text, MARKS, colour=DARK)
    return made
