"""What followed the reminders sent by the cut: the outbox beside the visits that they were about."""

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from trial import analysis
from trial.analysis.follow_up import Reminded
from trial.conduct.reports.cut import Cut
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.door import past_the_door
from trial.records.frames import Frames
from trial.records.models import Message
from trial.records.replay import end_of


def read(session: Session, protocol: Protocol, cut: Cut, known: Frames) -> tuple[Reminded, ...]:
    """What the reminders of each rule were followed by; of visits that the frames do not tell, nothing."""
    if protocol.reminders is None:
        return ()
    wanted = select(Message.rule, Message.visit_id, Message.sent_at).where(
        Message.visit_id.is_not(None), Message.state == "sent", Message.sent_at < end_of(cut.on)
    )
    with past_the_door(session):
        sent = session.execute(wanted).all()
    people = known.records["participant"]
    used = people.loc[people["withdrew_data_on"].isna(), "id"]
    visits = known.records["visit"]
    told = visits[visits["participant_id"].isin(used)].set_index("id")
    rows = pd.DataFrame(
        [(rule, visit, at.astimezone(LONDON).date()) for rule, visit, at in sent if at],
        columns=["rule", "visit", "sent_on"],
    )
    rows = rows[rows["visit"].isin(told.index)]
    days = told[["done_on", "opens_on", "closes_on"]]
    found: tuple[Reminded, ...] = analysis.follow_up.reminded(
        rows.join(days, on="visit"), on=cut.on
    )
    return found
