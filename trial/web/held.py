"""What holds a page's matter as it is: who froze or locked it, and which ways to change it are gone."""

from collections.abc import Callable
from typing import Any

from flask import current_app

from trial.conduct import holds
from trial.records.holds import LOCKED
from trial.web import here
from trial.web.permission import may_open

# What goes on under any hold, and what goes on while only values are frozen.
APART = frozenset({"holds", "identities", "reports"})
ABOUT_VALUES = frozenset({"queries", "signatures", "verifying"})


def told(held: holds.Held) -> dict[str, Any]:
    """For the page of something: the holds that stand over it, and what may still be done there."""
    standing = holds.standing_over(here.session(), held)
    if not standing:
        return {"held": []}
    locked = any(one.kind == LOCKED for one in standing)
    return {"held": holds.told(here.session(), standing), "may": _may(locked)}


def _may(locked: bool) -> Callable[[str], bool]:
    """Which endpoints a page of something held offers still: those that only show, and a few apart."""
    apart = APART if locked else APART | ABOUT_VALUES

    def may(endpoint: str) -> bool:
        only_shows = not _writes(endpoint) or endpoint.partition(".")[0] in apart
        return only_shows and may_open(current_app, endpoint)

    return may


def _writes(endpoint: str) -> bool:
    rules = current_app.url_map.iter_rules(endpoint)
    return any("POST" in (rule.methods or ()) for rule in rules)
