"""The sign of a traffic light: its colour and its shape, beside its words."""

from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.pdfgen.canvas import Canvas

from trial.report.printing.paper import Paper
from trial.report.value import Colour

FILLS: dict[Colour, Color] = {
    Colour.GREEN: HexColor("#00703c"),
    Colour.AMBER: HexColor("#f5a623"),
    Colour.RED: HexColor("#d4351c"),
    Colour.GREY: white,
}


def lamp(paper: Paper, colour: Colour, x: float, y: float, size: float) -> None:
    """A disc, triangle, square or ring at the left of a line, as high as its capitals."""
    high = size * 0.72

    def draw(canvas: Canvas) -> None:
        canvas.setFillColor(FILLS[colour])
        canvas.setStrokeColor(black)
        canvas.setLineWidth(0.6)
        match colour:
            case Colour.RED:
                canvas.rect(x, y - 0.5, high, high, fill=1)
            case Colour.AMBER:
                path = canvas.beginPath()
                path.moveTo(x, y - 0.5)
                path.lineTo(x + high, y - 0.5)
                path.lineTo(x + high / 2, y - 0.5 + high)
                path.close()
                canvas.drawPath(path, fill=1)
            case _:
                canvas.circle(x + high / 2, y - 0.5 + high / 2, high / 2, fill=1)

    paper.mark(draw)
