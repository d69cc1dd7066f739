"""What every page shows around its own matter: the way about, the day, and how dates are written."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app, request, url_for

from trial.conduct import due
from trial.conduct.first_letter import lowered, raised
from trial.config import LONDON
from trial.web import here
from trial.web.permission import may_open

# Each section's first page; a section is shown where it exists and the role may open it.
SECTIONS = (
    ("Today", "today.index"),
    ("Screening", "screening.index"),
    ("Participants", "participants.index"),
    ("Follow-up", "follow_up.index"),
    ("Safety", "safety.index"),
    ("Reminders", "reminders.index"),
    ("Forms", "forms.index"),
    ("Queries", "queries.index"),
    ("Clusters", "clusters.index"),
    ("Feasibility", "feasibility.index"),
    ("Process", "process.index"),
    ("Planning", "planning.index"),
    ("Reports and exports", "reports.index"),
    ("Reports due", "duties.index"),
    ("Verification", "verifying.index"),
    ("Signatures", "signatures.index"),
    ("Locks", "holds.index"),
    ("Protocol", "protocol.index"),
    ("Trail", "trail.index"),
    ("Administration", "accounts.index"),
)
# Roles that use many sections find these, which they open less often, under one entry.
SELDOM = frozenset(
    {
        "reminders",
        "process",
        "planning",
        "duties",
        "verifying",
        "signatures",
        "holds",
        "protocol",
        "trail",
        "accounts",
    }
)
AT_ONCE = 9
SEARCH = "search.index"
PROCESS = "process.index"
FOLLOW_UP = "follow_up.index"


@dataclass(frozen=True)
class Section:
    """One entry of the navigation; ``number`` is what waits there now."""

    name: str
    key: str
    href: str
    number: int = 0


def sections() -> list[Section]:
    """The sections that whoever is signed in can use."""
    return [
        Section(name, endpoint.partition(".")[0], url_for(endpoint), _waiting(endpoint))
        for name, endpoint in SECTIONS
        if may_open(current_app, endpoint) and (endpoint != PROCESS or here.protocol().process)
    ]


def _waiting(endpoint: str) -> int:
    if endpoint == FOLLOW_UP:
        return due.waiting(here.session(), here.today())
    return 0


def shown() -> tuple[list[Section], list[Section]]:
    """The sections as the navigation shows them: those at hand, and those under “More”."""
    found = sections()
    if len(found) <= AT_ONCE:
        return found, []
    seldom = [one for one in found if one.key in SELDOM]
    return [one for one in found if one not in seldom], seldom


def search_at() -> str | None:
    """Where the search box sends, if whoever is signed in may search."""
    may = may_open(current_app, SEARCH)
    return url_for(SEARCH) if may else None


def day(value: date | None) -> str:
    """A calendar date as people read it: 27 March 2026."""
    return "" if value is None else f"{value.day} {value:%B %Y}"


def moment(value: datetime | None) -> str:
    """An instant as a clock in London shows it: 27 March 2026, 14:05."""
    if value is None:
        return ""
    local = value.astimezone(LONDON)
    return f"{day(local.date())}, {local:%H:%M}"


def attach(app: Flask) -> None:
    """Let every template show dates our way and know who is asking."""
    app.jinja_env.filters.update(day=day, moment=moment, lowered=lowered, raised=raised)

    @app.context_processor
    def surroundings() -> dict[str, Any]:
        return {
            "actor": here.person(),
            "protocol": here.protocol(),
            "demonstration": here.settings().demonstration,
            "today": here.today(),
            "sections": sections,
            "sections_shown": shown,
            "search_at": search_at,
            "may": lambda endpoint: may_open(current_app, endpoint),
            "section": request.blueprint,
        }
