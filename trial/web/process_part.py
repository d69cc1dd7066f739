"""What a record of the process evaluation shows besides: its number, and where two raters differed."""

from collections.abc import Mapping
from typing import Any

from trial.conduct import process
from trial.web import here


def told(shown: Any) -> Mapping[str, Any]:
    """The number by which other records name this one, and the raters beside a consensus."""
    plan = here.protocol().process
    part = {} if plan is None else {"fidelity": plan.fidelity, "interviews": plan.interviews}
    named = {one.form for one in part.values() if one is not None}
    return {
        "number": shown.record.id if shown.form.key in named else None,
        "apart": process.reviews.apart(here.session(), here.protocol(), shown.record),
    }
