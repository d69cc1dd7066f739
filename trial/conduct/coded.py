"""Coded lists: an answer is one of the protocol's codes, and is shown by its label."""

from collections.abc import Iterable

from trial.conduct.refused import Refused
from trial.protocol.base import Code


def one_of(codes: Iterable[Code], key: str | None, item: str, sentence: str) -> None:
    """Raise ``Refused`` with the sentence where the key is not one of the list."""
    if key not in {code.key for code in codes}:
        raise Refused(sentence, item)


def label(codes: Iterable[Code], key: str | None) -> str:
    """What is shown for a key; the key itself where the list no longer has it."""
    return next((code.label for code in codes if code.key == key), key or "")
