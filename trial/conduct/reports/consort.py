"""The order of the CONSORT checklists for pilot trials and for cluster trials, item by item.

Sources: Eldridge et al. 2016, BMJ 355:i5239 (pilot and feasibility trials); Campbell et al. 2012,
BMJ 345:e5661 (cluster trials). The topics are put in our own words.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.report.value import Block, Heading, Table, Text

Section = Callable[[Protocol, Assembled], Iterable[Block]]
AUTHORS = "For the authors to write"
BOTH, PILOT, CLUSTER = "pilot and cluster", "pilot", "cluster"


@dataclass(frozen=True)
class Item:
    """One item: its number and topic, which checklist asks for it, and what fills it.

    ``sections`` write what the records know; ``authors`` says what only the authors can add. One
    of the two there must be.
    """

    number: str
    topic: str
    asked_by: str
    sections: tuple[Section, ...] = ()
    authors: str = ""

    def __post_init__(self) -> None:
        if not self.sections and not self.authors:
            raise ValueError(f"Fill item {self.number}, or say what its authors have to write.")

    @property
    def standing(self) -> str:
        """Whether the report fills it, in words."""
        if not self.sections:
            return AUTHORS
        return "Given, the authors add to it" if self.authors else "Given"


@dataclass(frozen=True)
class Part:
    """One part of a report: its heading and its items in order."""

    title: str
    items: tuple[Item, ...]


def told(protocol: Protocol, found: Assembled, parts: Iterable[Part]) -> Iterator[Block]:
    """Every part and item in order, filled or marked as the authors' to write."""
    for part in parts:
        yield Heading(part.title)
        for item in part.items:
            yield Heading(f"{item.number}. {item.topic}", 2)
            for section in item.sections:
                yield from section(protocol, found)
            if item.authors:
                yield Text(f"{AUTHORS}: {item.authors}")


def checklist(parts: Iterable[Part]) -> Table:
    """The checklist: each item, who asks for it, and whether it is given."""
    return Table(
        "CONSORT checklist for pilot and for cluster trials",
        ("Item", "Topic", "Asked for trials that are", "In this report"),
        tuple(
            (item.number, item.topic, item.asked_by, item.standing)
            for part in parts
            for item in part.items
        ),
        note="Items stand in the order of the checklists: Eldridge et al. 2016, BMJ 355:i5239, and"
        " Campbell et al. 2012, BMJ 345:e5661.",
    )
