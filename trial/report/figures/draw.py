"""From a picture's value to its drawing."""

from reportlab.graphics.shapes import Drawing

from trial.report.figures import flow, intervals, lanes, recruitment
from trial.report.picture import Flow, Intervals, Lanes, Picture, Recruitment


def draw(picture: Picture) -> Drawing:
    """The drawing of a picture."""
    match picture:
        case Flow():
            return flow.draw(picture)
        case Recruitment():
            return recruitment.draw(picture)
        case Lanes():
            return lanes.draw(picture)
        case Intervals():
            return intervals.draw(picture)
