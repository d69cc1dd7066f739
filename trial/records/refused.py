"""How an act says no: with a sentence that tells the person what to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and the item that it is wrong with (None: the whole)."""

    message: str
    item: str | None = None


class Refused(Exception):
    """An act that cannot be done, in words; ``findings`` name the items."""

    def __init__(self, message: str, item: str | None = None) -> None:
        super().__init__(message)
        self.findings: tuple[Finding, ...] = (Finding(message, item),)

    @classmethod
    def of(cls, findings: list[Finding]) -> "Refused":
        """One refusal that names several things at once."""
        refused = cls(" ".join(finding.message for finding in findings))
        refused.findings = tuple(findings)
        return refused


class NotAllowed(Refused):
    """This person's role may not do this."""


class Locked(Refused):
    """The record is locked."""
