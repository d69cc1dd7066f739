"""The act under way: who does it, and when."""

from sqlalchemy.orm import Session

from trial.records.trail import Draft, Unattributed


def draft(session: Session) -> Draft:
    """The act under way; raises ``Unattributed`` where there is none."""
    found: Draft | None = session.info.get("acting")
    if found is None:
        raise Unattributed("No write without an act: use `with acting(...)`.")
    return found
