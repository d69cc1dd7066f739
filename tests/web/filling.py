"""A protocol with forms of every kind, and somebody to fill them in about."""

import json
import tomllib
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.records.models import Record, Visit
from trial.web.database import db

FORMS = Path(__file__).with_name("forms.toml")


def plans() -> tuple[FormPlan, ...]:
    """The forms of the file."""
    told = tomllib.loads(FORMS.read_text())["forms"]
    return tuple(FormPlan.model_validate_json(json.dumps(one, default=str)) for one in told)


def plan(key: str) -> FormPlan:
    """One form of the file."""
    return next(one for one in plans() if one.key == key)


def long_form(items: int) -> FormPlan:
    """A form of so many items of mixed kinds in sections of 25, at the baseline visit."""
    return FormPlan.model_validate_json(json.dumps(told_of(items)))


def told_of(items: int) -> dict[str, Any]:
    """The same as a protocol's file says it; the second question is asked after a yes to the first."""
    scale = [{"value": n, "label": w} for n, w in enumerate(("Never", "Rarely", "Often", "Always"))]
    codes = [{"key": f"c{n}", "label": f"Answer {n}"} for n in range(1, 5)]
    kinds: list[dict[str, Any]] = [
        {"kind": "yes-no"},
        {"kind": "whole", "between": [0, 999], "usual": [1, 500]},
        {"kind": "choice", "codes": codes},
        {"kind": "scale", "anchors": scale},
        {"kind": "text"},
        {"kind": "date", "partial": True},
        {"kind": "decimal", "between": [0, 999]},
        {"kind": "time"},
        {"kind": "several", "codes": codes},
        {"kind": "scale", "anchors": scale},
    ]
    made = [
        {"key": f"q{n}", "label": f"Question {n}", **kinds[n % len(kinds)]} for n in range(items)
    ]
    made[1]["when"] = [{"item": "q0", "equals": ["yes"]}]
    sections = [
        {"title": f"Part {n // 25 + 1}", "items": made[n : n + 25]} for n in range(0, items, 25)
    ]
    return {
        "key": "long", "name": "Long form", "about": "participant", "occurs": "visit",
        "visits": ["baseline"], "entered_by": ["researcher"], "seen_by": ["data manager"],
        "sections": sections,
    }  # fmt: skip


def with_forms(app: Flask, protocol: Protocol, *forms: FormPlan) -> Protocol:
    """Let an application run a protocol with these forms, or with those of the file."""
    changed = protocol.model_copy(update={"forms": forms or plans()})
    app.extensions["trial_protocol"] = changed
    return changed


def records(app: Flask, form: str) -> list[Record]:
    """The records of a form, past the door."""
    with app.app_context():
        found = list(db.session.scalars(select(Record).where(Record.form == form)))
        db.session.expunge_all()
    return found


def visit_of(app: Flask, person: int, plan: str = "baseline") -> int:
    """The number of a visit of somebody."""
    with app.app_context():
        wanted = select(Visit.id).where(Visit.participant_id == person, Visit.plan == plan)
        return db.session.scalars(wanted).one()
