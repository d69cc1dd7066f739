"""Why an answer is missing: the four reserved codes that every question takes."""

from enum import StrEnum


class Missing(StrEnum):
    """A reserved answer; ``letter`` is the one key that types it."""

    NOT_KNOWN = "missing: not known"
    REFUSED = "missing: refused"
    NOT_APPLICABLE = "missing: not applicable"
    NOT_ASKED = "missing: not asked"

    @property
    def label(self) -> str:
        """What a page shows: “Not known”."""
        return self.value.removeprefix("missing: ").capitalize()

    @property
    def letter(self) -> str:
        """The one key that types it: K, R, N or A."""
        return LETTERS[self]


LETTERS = {
    Missing.NOT_KNOWN: "K",
    Missing.REFUSED: "R",
    Missing.NOT_APPLICABLE: "N",
    Missing.NOT_ASKED: "A",
}
BY_LETTER = {letter: code for code, letter in LETTERS.items()}
ALL = frozenset(Missing)


def is_missing(answer: object) -> bool:
    """Whether an answer is one of the reserved codes."""
    return isinstance(answer, str) and answer in ALL
