"""A figure as an SVG file that scales, names itself and obeys a strict content security policy."""

import re
from xml.etree import ElementTree

from reportlab.graphics import renderSVG

from trial.report.figures.draw import draw
from trial.report.letters import BOLD, REGULAR, width
from trial.report.value import Figure
from trial.report.wording import legible

SVG = "http://www.w3.org/2000/svg"
FAMILY = "Source Sans Pro, Arial, Helvetica, sans-serif"
# The words of a drawing are of 9 to 10 points; on a page that has room they are shown larger.
ENLARGED = 1.5
_WEIGHTS = {REGULAR: "400", BOLD: "600"}
ElementTree.register_namespace("", SVG)


def svg(figure: Figure) -> bytes:
    """The figure as an SVG file, the same bytes each time."""
    drawing = draw(figure.drawing, figure.marks)
    root = ElementTree.fromstring(renderSVG.drawToString(drawing))
    for node in root.iter():
        _styled(node)
        if node.tag == f"{{{SVG}}}text":
            _fitted(node)
    _named(root, figure)
    root.set("viewBox", f"0 0 {drawing.width:g} {drawing.height:g}")
    root.set("width", f"{drawing.width * ENLARGED:g}")
    root.set("height", f"{drawing.height * ENLARGED:g}")
    text = ElementTree.tostring(root, encoding="unicode")
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text + "\n").encode()


def _styled(node: ElementTree.Element) -> None:
    """Style attributes, which the policy blocks, become attributes of presentation."""
    style = node.attrib.pop("style", "")
    for rule in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = rule.partition(":")
        node.set(name.strip(), value.strip())


def _fitted(node: ElementTree.Element) -> None:
    """A reader without our font squeezes the words into the width that they were drawn with."""
    face = node.attrib.pop("font-family", REGULAR)
    weight = _WEIGHTS.get(face, "400")
    size = float(re.sub(r"[^0-9.]", "", node.get("font-size", "10")))
    wide = width(node.text or "", size, face if face in _WEIGHTS else REGULAR)
    node.set("font-family", FAMILY)
    node.set("font-weight", weight)
    node.set("font-size", f"{size:g}")
    node.set("textLength", f"{wide:.2f}")
    node.set("lengthAdjust", "spacingAndGlyphs")


def _named(root: ElementTree.Element, figure: Figure) -> None:
    for tag, text in (("title", figure.title), ("desc", figure.description)):
        node = root.find(f"{{{SVG}}}{tag}")
        if node is None:
            node = ElementTree.SubElement(root, f"{{{SVG}}}{tag}")
        node.text = legible(text)
        node.set("id", tag)
    root.set("role", "img")
    root.set("aria-labelledby", "title desc")
