"""The story that the demonstration plays, read from its file: who, when, and how often."""

import tomllib
from datetime import date
from decimal import Decimal
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from trial.protocol.roles import Role


class _Part(BaseModel):
    """A part of the story: frozen, and without a word that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Part):
    """One invented member of the trial team; ``clusters`` are the keys of those assigned."""

    role: Role
    name: str
    email: str
    clusters: tuple[str, ...] = ()


class Ceremony(_Part):
    """The days of the allocation."""

    frozen_on: date
    committed_on: date
    drawn_on: date


class Skip(_Part):
    """A visit that a whole cluster skips."""

    visit: str
    reason: str
    note: str | None = None
    on: date


class ClusterLife(_Part):
    """The life of one cluster; ``considered`` weighs how many people are considered there.

    ``first_signed_on`` and ``first_born`` are of the first participant, who signs before the draw; or
    ``joins`` are the days on which all of them sign, where everyone joins before it.
    """

    key: str
    identified_on: date
    approached_on: date
    permission_on: date
    permission_by: str
    permission_role: str
    permission_document: str
    opened_on: date
    revealed_on: date
    closed_on: date
    considered: int
    first_signed_on: date | None = None
    first_born: int | None = None
    joins: tuple[date, ...] = ()
    skips: tuple[Skip, ...] = ()


class Considered(_Part):
    """How far some people came who were considered and not enrolled, and how many they were."""

    count: int
    not_referred: str | None = None
    decided_by: str = "clinical-team"
    mistaken_for: str | None = None
    failed: str | None = None
    unknown: str | None = None
    unanswered: bool = False
    not_approached: str | None = None
    approached: bool = False
    declined: str | None = None
    again: bool = False
    from_on: date | None = None


class Seen(_Part):
    """One visit of a life, so many days after it is due: done, or missed for a reason."""

    after: int
    missed: str | None = None
    mistyped_by: int = 0


class Raise(_Part):
    """A change of hours or pay, from a day of a spell on."""

    on: date
    hours: Decimal
    pay: Decimal


class Work(_Part):
    """One spell of work of a life; its days are counted from signing consent."""

    kind: str
    title: str
    sector: str
    starts: int
    lasts: int | None = None
    month_only: bool = False
    payslip_seen: bool = False
    hours: Decimal
    pay: Decimal | None = None
    mistyped_pay: Decimal | None = None
    period: str = "hour"
    helped: str | None = None
    disclosed_mental_health: str | None = None
    disclosed_offending: str | None = None
    ending_reason: str | None = None
    raises: tuple[Raise, ...] = ()
    entered_twice: bool = False
    answer: str | None = None


class Leaving(_Part):
    """A withdrawal of a life, so many days after signing consent."""

    after: int
    levels: tuple[str, ...]
    reason: str
    note: str | None = None


class Question(_Part):
    """What the data manager asks about one value of a visit, and what came of it."""

    visit: str
    item: str
    text: str
    answer: str | None = None
    close: bool = False


class Slip(_Part):
    """An answer told or typed oddly, by the how-manieth person enrolled, and what came of it.

    It becomes another value for a ``reason``; or the query about it is answered, and perhaps closed.
    """

    person: int
    visit: str
    form: str
    item: str
    value: str | int
    becomes: str | int | None = None
    reason: str | None = None
    answer: str | None = None
    closed: bool = False


class Harm(_Part):
    """An adverse event of the how-manieth person enrolled; ``ended_on`` it is reported as over."""

    person: int
    happened_on: date
    heard_on: date
    term: str
    seriousness: str | None = None
    outcome: str
    related: str
    description: str
    ended_on: date | None = None


class ReportMade(_Part):
    """A report that was due, and the day on which it was made."""

    duty: str
    number: int = 1
    on: date
    reference: str | None = None


class Life(_Part):
    """One participant's life in the trial; a cluster's first participant signs on the cluster's day.

    A life is of clusters of one service with or without the intervention, or of one ``arm``. ``levels``
    are the middle of the scales of the forms filled in at a visit, from 0 to 10.
    """

    service: str = ""
    intervention: bool = False
    arm: str | None = None
    levels: dict[str, int] = {}
    signed_on: date | None = None
    born: int | None = None
    again: bool = False
    phone_mistyped: bool = False
    visits: dict[str, Seen]
    spells: tuple[Work, ...] = ()
    withdrawal: Leaving | None = None
    question: Question | None = None


class Story(_Part):
    """The whole story; ``answers`` are those from which chance takes one, by form and question."""

    protocol: str
    begins_on: date
    today: date
    referring: tuple[str, ...]
    sources: tuple[str, ...]
    not_ready: str
    fills_forms: bool = False
    people: tuple[Person, ...]
    allocation: Ceremony
    clusters: tuple[ClusterLife, ...]
    considered: tuple[Considered, ...]
    lives: tuple[Life, ...]
    slips: tuple[Slip, ...] = ()
    harms: tuple[Harm, ...] = ()
    reports: tuple[ReportMade, ...] = ()
    milestones: dict[str, date] = {}
    clinicians: dict[str, str] = {}
    answers: dict[str, dict[str, tuple[str | int, ...]]] = {}

    @property
    def participants(self) -> int:
        """How many are enrolled when it is played once."""
        return sum(len(cluster.joins) for cluster in self.clusters) or len(self.lives)

    @property
    def revealed_on(self) -> date:
        """The day from which the arm of every cluster is known."""
        return max(cluster.revealed_on for cluster in self.clusters)


def read(protocol: str = "ipsoh") -> Story:
    """The story that is told of a shipped protocol."""
    told: dict[str, object] = {}
    for name in (f"{protocol}.toml", f"{protocol}_answers.toml"):
        file = files(__package__).joinpath(name)
        if file.is_file():
            told |= tomllib.loads(file.read_text("utf-8"))
    return Story.model_validate(told)
