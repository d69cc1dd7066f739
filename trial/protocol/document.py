"""The whole protocol as one frozen value."""

from collections.abc import Iterator
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from trial.protocol.base import Key, Table, Text, Version
from trial.protocol.blinding import Blinding
from trial.protocol.consent import ConsentPlan
from trial.protocol.contact import ContactPlan
from trial.protocol.design import AllocationPlan, Arm, ClusterPlan, Identifier
from trial.protocol.duties import DayPlan, DutyPlan
from trial.protocol.eligibility import Criterion
from trial.protocol.employment import EmploymentPlan
from trial.protocol.forms import FormPlan, UnitCost
from trial.protocol.outcome import OutcomePlan
from trial.protocol.process import ProcessPlan
from trial.protocol.progression import ProgressionCriterion
from trial.protocol.recruitment import Recruitment, Screening
from trial.protocol.reminders import ReminderPlan
from trial.protocol.reporting import ReportingPlan
from trial.protocol.safety import SafetyPlan
from trial.protocol.verification import VerificationPlan
from trial.protocol.visits import VisitPlan, telling_visits
from trial.protocol.withdrawal import WithdrawalPlan


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("Enter a time zone, such as Europe/London") from None
    return name


Prefix = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,9}$")]
Zone = Annotated[str, Field(max_length=60), AfterValidator(_known_zone)]


# What only a trial with participants has; in every such trial they are all there.
OF_PARTICIPANTS = (
    "study_number_prefix", "recruitment", "screening", "eligibility", "consent", "visits", "withdrawal",
)  # fmt: skip
ABSENT: Any = None


class Protocol(Table):
    """One version of one trial's protocol; ``sha256`` is the fingerprint of what was read.

    Without ``participants`` the trial is of clusters alone: the tables of ``OF_PARTICIPANTS`` are then
    empty or None, and nothing may ask for them.
    """

    key: Key
    name: Text
    title: Text
    version: Version
    sponsor: Text
    funder: Text
    participants: Annotated[bool, Field(strict=True)] = True
    study_number_prefix: Prefix = Field(default=ABSENT)
    time_zone: Zone
    identifiers: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    arms: Annotated[tuple[Arm, ...], Field(min_length=2)]
    clusters: Annotated[tuple[ClusterPlan, ...], Field(min_length=2, max_length=1000)]
    allocation: AllocationPlan
    blinding: Blinding
    recruitment: Recruitment = Field(default=ABSENT)
    screening: Screening = Field(default=ABSENT)
    eligibility: Annotated[tuple[Criterion, ...], Field(min_length=1)] = ()
    consent: ConsentPlan = Field(default=ABSENT)
    visits: Annotated[tuple[VisitPlan, ...], Field(min_length=2, max_length=100)] = ()
    employment: EmploymentPlan | None = None
    outcome: OutcomePlan | None = None
    withdrawal: WithdrawalPlan = Field(default=ABSENT)
    contact: ContactPlan | None = None
    reminders: ReminderPlan | None = None
    safety: SafetyPlan | None = None
    days: Annotated[tuple[DayPlan, ...], Field(max_length=50)] = ()
    duties: Annotated[tuple[DutyPlan, ...], Field(max_length=50)] = ()
    progression: Annotated[tuple[ProgressionCriterion, ...], Field(min_length=1)]
    forms: Annotated[tuple[FormPlan, ...], Field(max_length=200)] = ()
    costs: Annotated[tuple[UnitCost, ...], Field(max_length=500)] = ()
    reporting: ReportingPlan = ReportingPlan()
    process: ProcessPlan | None = None
    verification: VerificationPlan | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    def has(self, part: str) -> bool:
        """Whether the trial has a part that not every trial has, such as participants or employment."""
        return bool(getattr(self, part))

    @property
    def contacting(self) -> ContactPlan:
        """How participants are contacted, in a trial whose protocol says so; only such a trial is asked."""
        if self.contact is None:
            raise LookupError("this protocol does not say how participants are contacted")
        return self.contact

    @property
    def reminding(self) -> ReminderPlan:
        """The reminders of a trial whose protocol has them; only such a trial is asked."""
        if self.reminders is None:
            raise LookupError("this protocol has no reminders")
        return self.reminders

    @property
    def keeping_safe(self) -> SafetyPlan:
        """The log of safety of a trial whose protocol has one; only such a trial is asked."""
        if self.safety is None:
            raise LookupError("this protocol has no log of safety")
        return self.safety

    @property
    def work(self) -> EmploymentPlan:
        """The employment of a trial whose outcome is work; only such a trial is asked."""
        if self.employment is None:
            raise LookupError("this trial does not ask about work")
        return self.employment

    @property
    def planned_clusters(self) -> tuple[ClusterPlan, ...]:
        """The clusters that are shared among the arms: all but the reserves."""
        return tuple(one for one in self.clusters if not one.reserve)

    @property
    def reserves(self) -> frozenset[str]:
        """The keys of the clusters that take part only in place of another."""
        return frozenset(one.key for one in self.clusters if one.reserve)

    @property
    def telling_visits(self) -> frozenset[str]:
        """The visits of which there being one tells the arm."""
        return telling_visits(self.visits, self.forms)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The place of every table that the trial team has still to confirm."""
        return tuple(_assumed(self, ""))


def _assumed(value: object, place: str) -> Iterator[str]:
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _assumed(item, f"{place}[{index}]")
    elif isinstance(value, Table):
        if value.assumed:
            yield place or "the whole file"
        for name in type(value).model_fields:
            yield from _assumed(getattr(value, name), f"{place}.{name}" if place else name)
