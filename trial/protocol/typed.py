"""What people type, made fit to keep: the one place where characters that do harm are refused."""

import re
import unicodedata

# C0 and C1 controls except tab and newline, lone surrogates, the mark of a failed decoding, and the
# characters that turn the direction of writing (they make a page show something else than it holds).
UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]"
)
LINE_ENDS = re.compile("\r\n?")


def tidy(typed: str) -> str:
    """The same text in one way of writing: newlines as newlines, accents composed, no outer spaces."""
    return unicodedata.normalize("NFC", LINE_ENDS.sub("\n", typed)).strip()


def fault(text: str, most: int, lines: bool = False) -> str | None:
    """What is wrong with a tidied text, as a sentence that says what to do; None where nothing is."""
    if UNFIT.search(text):
        return (
            "Remove the characters that cannot be kept: type the text again instead of pasting it"
        )
    if not lines and ("\n" in text or "\t" in text):
        return "Write this on one line, without tabs"
    if len(text) > most:
        return f"Shorten this to {most} characters: it has {len(text)}"
    return None


def without_unfit(text: str) -> str:
    """A text without its unfit characters, so that a page can show again what was typed."""
    return UNFIT.sub("", text)
