"""The visits of follow-up: when each falls due, and the window in which it counts as on time."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Code, Codes, Day, Key, Table, Text
from trial.protocol.design import ArmKey
from trial.protocol.forms import FormPlan
from trial.protocol.forms.items import ItemKey

Days = Annotated[int, Field(ge=0, le=1000)]
Unit = Literal["months", "weeks", "days"]
ENROLMENT, ALLOCATION = "enrolment", "allocation"
# Why a visit is not needed whose cluster skips it.
SKIPPED = Code(key="cluster-skipped", label="The cluster skipped it")
# Why a visit is not needed that was counted from a session no longer on record.
UNREACHED = Code(key="session-gone", label="The session it was counted from is not on record")
# Why a visit is missed of somebody who was lost to follow-up before it.
LOST = Code(key="lost", label="Lost to follow-up")
# Why a visit is missed of somebody who lost capacity, until consent or advice is given again.
STOPPED = Code(key="capacity-stopped", label="Stopped when capacity was lost")
# Keys of the reasons for which a death or withdrawal ends a visit.
WITHDRAWN, DIED = "withdrawn", "died"
# Reasons that the protocol does not list: the record gives them of itself.
OWN_REASONS = (UNREACHED, SKIPPED, LOST, STOPPED)


class SessionPlan(Table):
    """The session of a log from which a visit is counted: the complete record of this ``number`` by day.

    Its day is the answer to the question ``item``, or without one the record's day of observation.
    """

    form: Key
    item: ItemKey | None = None
    number: Annotated[int, Field(ge=1, le=1000)]


class VisitPlan(Table):
    """One visit, due so many calendar months, weeks or days after a day, or on a day of the calendar.

    ``counted_from`` is the participant's enrolment, the allocation of their cluster, or the key of an
    earlier visit, from the day on which that was done; with a ``session`` it is that session instead.
    With a ``clause`` the visit falls due only for who agreed to that clause of the consent, with
    ``arms`` only in clusters of these arms. A whole cluster can skip it where there are ``skipped_reasons``.
    """

    key: Key
    name: Text
    months: Annotated[int, Field(ge=0, le=240)] | None = None
    weeks: Annotated[int, Field(ge=0, le=1040)] | None = None
    days: Annotated[int, Field(ge=0, le=7300)] | None = None
    due_on: Day | None = None
    counted_from: Key = ENROLMENT
    session: SessionPlan | None = None
    arms: tuple[ArmKey, ...] = ()
    clause: Key | None = None
    opens_days_before: Days
    closes_days_after: Days
    baseline: bool = False
    primary: bool = False
    missed_reasons: Codes
    not_needed_reasons: Codes
    skipped_reasons: Codes | tuple[()] = ()

    @property
    def spans(self) -> tuple[tuple[Unit, int], ...]:
        """The units in which it says when it is due, with their numbers; a sound visit has at most one."""
        said: dict[Unit, int | None] = {
            "months": self.months, "weeks": self.weeks, "days": self.days,
        }  # fmt: skip
        return tuple((unit, number) for unit, number in said.items() if number is not None)

    @property
    def for_some(self) -> bool:
        """Whether it falls due only for some: by consent, by arm, or by what it is counted from."""
        if self.clause is not None or self.session is not None or self.arms:
            return True
        return self.counted_from not in (ENROLMENT, ALLOCATION)

    def due_words(self, names: Mapping[str, str]) -> str:
        """When it is due: 12 weeks after allocation; ``names`` are those of visits it may be counted from."""
        if self.due_on is not None:
            on: date = self.due_on
            return f"on {on.day} {on:%B %Y}"
        ((unit, number),) = self.spans
        start = names.get(self.counted_from, self.counted_from)
        if self.session is not None:
            start = f"session {self.session.number}"
        if not number:
            return f"at {start}"
        noun = unit.removesuffix("s") if number == 1 else unit
        return f"{number} {noun} after {start}"


def telling_visits(visits: Iterable[VisitPlan], forms: Iterable[FormPlan]) -> frozenset[str]:
    """The visits of which there being one tells the arm: of some arms, or counted from what tells it."""
    plans = {form.key: form for form in forms}
    found: set[str] = set()
    for visit in visits:
        if visit.arms or visit.counted_from in found or _session_tells(visit.session, plans):
            found.add(visit.key)
    return frozenset(found)


def _session_tells(session: SessionPlan | None, forms: Mapping[str, FormPlan]) -> bool:
    form = None if session is None else forms.get(session.form)
    if session is None or form is None:
        return False
    item = None if session.item is None else form.item(session.item)
    return form.telling or (item is not None and item.unblinds)
