"""What the demonstration plays of fidelity and process, read from its file."""

import tomllib
from datetime import date
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    """A part of the story: frozen, and without a word that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reviewed(_Part):
    """Both raters' reviews of one occasion and what they agreed on; a hyphen is an item not assessed."""

    occasion: str
    on: date
    agreed_on: date
    first: str
    second: str
    consensus: str
    reason: str
    evidence: str


class Weeks(_Part):
    """The employment specialist's weeks, one number a week; -1 contacts are a week of leave."""

    full_time_share: str
    face_to_face: tuple[int, ...]
    otherwise: tuple[int, ...]
    caseload: tuple[int, ...]
    meetings: tuple[int, ...]


class Entries(_Part):
    """Days from entering the programme to the first employer contact; -1 where there was none."""

    days: tuple[int, ...]


class Advised(_Part):
    """One advice on benefits to a participant of the intervention, counted from 0."""

    participant: int
    on: date
    given_by: str
    topic: str


class Held(_Part):
    """One event of the implementation."""

    on: date
    kind: str
    domain: str
    people: int
    decided: str | None = None


class Events(_Part):
    """All events."""

    list: tuple[Held, ...]


class Firm(_Part):
    """One employer: listed in which week, from when it employs someone, when it was struck off."""

    name: str
    sector: str
    week: int
    hired: date | None = None
    struck: date | None = None


class Firms(_Part):
    """The whole register."""

    list: tuple[Firm, ...]


class Spoken(_Part):
    """One interview; ``cluster`` counts those of the intervention, ``drawn`` the employers drawn."""

    who: str
    group: str = "staff"
    role: str | None = None
    cluster: int | None = None
    drawn: int | None = None
    on: date
    minutes: int = 30
    refused: bool = False


class Interviews(_Part):
    """All interviews."""

    list: tuple[Spoken, ...]


class Extract(_Part):
    """One extract as the first coder coded it, and where the second differed."""

    who: str
    theme: str
    bears: str
    criterion: str
    domain: str
    second_bears: str | None = None
    second_criterion: str | None = None
    second_domain: str | None = None


class Extracts(_Part):
    """All extracts, and the days on which they were coded."""

    first_on: date
    second_on: date
    agreed_on: date
    list: tuple[Extract, ...]


class ProcessStory(_Part):
    """The whole of it."""

    begins_on: date
    draw_on: date
    drawn_on: date
    draw_size: int
    reviews: tuple[Reviewed, ...]
    weeks: Weeks
    entries: Entries
    advice: tuple[Advised, ...]
    events: Events
    employers: Firms
    interviews: Interviews
    extracts: Extracts


def read() -> ProcessStory:
    """The story that comes with the software."""
    text = files(__package__).joinpath("process.toml").read_text("utf-8")
    return ProcessStory.model_validate(tomllib.loads(text))
