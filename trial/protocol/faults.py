"""What is wrong with a protocol file, said so that it can be put right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: where it stands in the file's own words, and what to do about it."""

    place: str
    message: str
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = [self.file, f"line {self.line}" if self.line else ""]
        return ": ".join(part for part in (" ".join(filter(None, where)), self.place) if part) + (
            f": {self.message}" if any((*where, self.place)) else self.message
        )


class ProtocolFaults(Exception):
    """The protocol cannot be used; ``faults`` holds everything that is wrong with it."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
