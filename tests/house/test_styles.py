"""The styles: enough contrast to read, nothing that belongs to somebody else, nothing left unstyled."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "trial" / "web" / "static"
TEMPLATES = STATIC.parent / "templates"
PALETTE = dict(
    re.findall(
        r"^\$([a-z-]+): (#[0-9a-f]{6});", (STATIC / "scss" / "_palette.scss").read_text(), re.M
    )
)
WORDS = [
    ("ink", "paper"),
    ("ink", "teal-wash"),
    ("ink", "grey-wash"),
    ("ink-soft", "paper"),
    ("ink-soft", "teal-wash"),
    ("teal", "paper"),
    ("teal", "teal-wash"),
    ("teal-deep", "teal-tint"),
    ("green", "green-wash"),
    ("amber", "amber-wash"),
    ("red", "red-wash"),
    ("red", "paper"),
    ("violet", "violet-wash"),
]
LINES = [("teal-line", "paper"), ("teal-line", "teal-deep")]


def luminance(colour: str) -> float:
    """How bright a colour is to the eye, from 0 to 1, as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(PALETTE[one]), luminance(PALETTE[other])))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("word", "ground"), WORDS)
def test_words_stand_out_from_their_ground(word: str, ground: str) -> None:
    assert contrast(word, ground) >= 4.5


@pytest.mark.parametrize(("line", "ground"), LINES)
def test_lines_that_mean_something_stand_out(line: str, ground: str) -> None:
    assert contrast(line, ground) >= 3


def test_the_built_styles_use_no_letters_or_pictures_of_others_and_fetch_nothing() -> None:
    built = (STATIC / "build" / "trial.css").read_text()
    assert ".govuk-table" in built and ".trial-table-wrap" in built
    assert re.findall(r"GDS Transport|@font-face|url\(|@import|crown|crest", built) == []
    assert {file.name for file in (STATIC / "build").iterdir()} == {
        "built.sha256",
        "govuk-frontend.min.js",
        "trial.css",
    }


def test_every_class_of_ours_in_a_template_is_styled() -> None:
    built = (STATIC / "build" / "trial.css").read_text()
    used = {
        name
        for template in TEMPLATES.rglob("*.html")
        for attribute in re.findall(r'class="([^"]*)"', template.read_text())
        for name in re.findall(r"trial-[\w-]+", attribute)
    }
    # A name that ends in dashes is completed when the page is made: its kind must be styled.
    unstyled = {
        name for name in used if not re.search(rf"\.{name}(?![\w-])|\.{name}(?<=--)", built)
    }
    assert used
    assert unstyled == set()
