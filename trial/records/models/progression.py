"""What was decided on the progression criteria, beside what their rules give."""

from datetime import date

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base


class Decision(Base):
    """One decision on a criterion, or on the trial as a whole; a later one takes its place.

    ``because`` may speak of arms and is not shown to blinded people.
    """

    __tablename__ = "decision"
    scope = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    criterion: Mapped[str] = mapped_column(String(40), comment="Its key; empty: the whole trial")
    rule_gave: Mapped[str] = mapped_column(String(2000), comment="What the rule gave that day")
    decided: Mapped[str] = mapped_column(String(2000), comment="In the words of the protocol")
    because: Mapped[str] = mapped_column(Text, info={"unblinds": True})
    decided_by: Mapped[str] = mapped_column(String(200), comment="The person or the committee")
    decided_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
