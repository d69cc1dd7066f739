"""Reports that are due: the days of the trial from which they are counted, and which of them were made."""

from datetime import date

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from trial.records.base import Base

STANDS = text("voided_on IS NULL")


class Milestone(Base):
    """A day in the life of the trial that a person records, such as the end of the study."""

    __tablename__ = "milestone"
    scope = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40))
    happened_on: Mapped[date]
    recorded_by_name: Mapped[str] = mapped_column(String(200))
    voided_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        Index(
            "ix_milestone_standing", "key", unique=True,
            sqlite_where=STANDS, postgresql_where=STANDS,
        ),
    )  # fmt: skip
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class DutyDone(Base):
    """That a report was made: which one, the how many-th of those that come again, and when."""

    __tablename__ = "duty_done"
    scope = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    duty: Mapped[str] = mapped_column(String(40), comment="Its key in the protocol")
    number: Mapped[int] = mapped_column(comment="1; of a report that comes again the how many-th")
    done_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(String(200))
    done_by_name: Mapped[str] = mapped_column(String(200))
    voided_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        Index(
            "ix_duty_done_standing", "duty", "number", unique=True,
            sqlite_where=STANDS, postgresql_where=STANDS,
        ),
    )  # fmt: skip
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
