"""A saved value changes only with a reason."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct.refused import Refused

SENTENCE = "Say why this is being changed."


def need(session: Session) -> None:
    """Raise ``Refused`` unless the act under way gives a reason."""
    draft = session.info.get("acting")
    if draft is None or not draft.reason:
        raise Refused(SENTENCE, "reason")


def set_with_reason(session: Session, record: Any, values: Mapping[str, Any]) -> bool:
    """Set the values on a record; True if any changed. A value that was saved before needs a reason."""
    changed = {name: value for name, value in values.items() if getattr(record, name) != value}
    if any(getattr(record, name) is not None for name in changed):
        need(session)
    for name, value in changed.items():
        setattr(record, name, value)
    return bool(changed)
