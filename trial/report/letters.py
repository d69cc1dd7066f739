"""The printed font: which characters it has, how wide words are, how lines break."""

import unicodedata
from functools import lru_cache
from importlib import resources

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from trial.report.wording import legible

REGULAR = "SourceSansPro-Regular"
BOLD = "SourceSansPro-Semibold"
# A box in the place of a character that the font does not have.
MISSING = "☐"
_INVISIBLE = {"\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"}


def _register(name: str) -> TTFont:
    folder = resources.files("font_source_sans_pro") / "files"
    with resources.as_file(folder / f"{name}.ttf") as file:
        font = TTFont(name, str(file))
    pdfmetrics.registerFont(font)
    return font


_FACES = {name: _register(name).face.charToGlyph for name in (REGULAR, BOLD)}


@lru_cache(maxsize=65536)
def printable(text: str) -> str:
    """The text in characters that the font has; the others become a box."""
    clean = legible(unicodedata.normalize("NFC", text), MISSING).replace("\t", "    ")
    if clean.isascii():
        return clean
    return "".join(_letter(letter) for letter in clean)


def lacking(text: str) -> bool:
    """Whether the text has a character that is printed as a box."""
    return MISSING not in text and MISSING in printable(text)


def _letter(letter: str) -> str:
    if letter == "\n" or (ord(letter) in _FACES[REGULAR] and letter not in _INVISIBLE):
        return letter
    if letter in _INVISIBLE:
        return ""
    return " " if unicodedata.category(letter) == "Zs" else MISSING


@lru_cache(maxsize=65536)
def _unit_width(text: str, font: str) -> float:
    return float(pdfmetrics.stringWidth(text, font, 1))


def width(text: str, size: float, font: str = REGULAR) -> float:
    """The width of printable text in points."""
    return _unit_width(text, font) * size


def wrap(text: str, size: float, room: float, font: str = REGULAR) -> list[str]:
    """The text as printable lines no wider than the room; a word too long for a line is broken."""
    lines: list[str] = []
    for paragraph in printable(text).split("\n"):
        lines += _wrapped(paragraph, size, room, font)
    return lines or [""]


def _wrapped(paragraph: str, size: float, room: float, font: str) -> list[str]:
    if width(paragraph, size, font) <= room:
        return [paragraph]
    lines: list[str] = []
    line, used, space = "", 0.0, width(" ", size, font)
    for word in _pieces(paragraph, size, room, font):
        needed = width(word, size, font)
        if line and used + space + needed > room:
            lines.append(line)
            line, used = word, needed
        else:
            used += needed + (space if line else 0)
            line = f"{line} {word}" if line else word
    return [*lines, line]


def _pieces(paragraph: str, size: float, room: float, font: str) -> list[str]:
    pieces = []
    for word in paragraph.split(" "):
        if width(word, size, font) <= room:
            pieces.append(word)
        else:
            pieces += _broken(word, size, room, font)
    return pieces


def _broken(word: str, size: float, room: float, font: str) -> list[str]:
    pieces, start, used = [], 0, 0.0
    for position, letter in enumerate(word):
        needed = width(letter, size, font)
        if position > start and used + needed > room:
            pieces.append(word[start:position])
            start, used = position, 0.0
        used += needed
    return [*pieces, word[start:]]


def shortened(text: str, size: float, room: float, font: str = REGULAR) -> str:
    """One printable line no wider than the room, ended by an ellipsis where it was cut."""
    line = " ".join(printable(text).split("\n"))
    if width(line, size, font) <= room:
        return line
    first = _broken(line, size, max(room - width("…", size, font), 1), font)[0]
    return first.rstrip() + "…"
