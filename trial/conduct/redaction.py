"""Redaction: two people take personal data that was typed by mistake out of the trail."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.refused import Refused
from trial.records.models import Change
from trial.records.trail import Draft
from trial.records.verify import stored


def redact(session: Session, draft: Draft, *, table: str, row: int, item: str) -> int:
    """Empty the whole history of one value, which must have been corrected first; how many changes.

    The act needs a reason and a second person; the digests stay, so that the chain still holds.
    """
    if not draft.reason:
        raise Refused("Say why this is redacted.", "reason")
    if not draft.second or draft.second == draft.by.name:
        raise Refused("A redaction needs a second person.", "second")
    wanted = select(Change).where(Change.table == table, Change.row == row, Change.item == item)
    changes = session.scalars(wanted.order_by(Change.act, Change.seq)).all()
    live = [change for change in changes if change.redacted_by is None]
    if not live:
        raise Refused("The trail holds no such value, or it is redacted already.", "item")
    if len(live) == 1 and live[0].new is not None and _stands(session, live[0]):
        raise Refused("Correct the value itself first: the record still holds it.", "item")
    draft.redactions.extend((change.act, change.seq) for change in live)
    return len(live)


def _stands(session: Session, change: Change) -> bool:
    kept = stored(session.connection(), change.table).get(change.row, {})
    return kept.get(change.item) == json.loads(change.new or "null")
