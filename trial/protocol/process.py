"""The process evaluation: which form and which question plays which part in it, and its benchmarks."""

from typing import Annotated

from pydantic import Field

from trial.protocol.base import Amount, Key, Table
from trial.protocol.forms.items import ItemKey

Suffix = Annotated[str, Field(pattern=r"^(_[a-z0-9]+)+$", max_length=20)]
Count = Annotated[int, Field(ge=1, le=10_000)]


class FidelityPart(Table):
    """The review of fidelity: a rating each by its raters, and the consensus that names both by number.

    The reason why an item is not assessed, and the evidence for it, are questions whose keys are the
    item's with ``reason`` and ``evidence`` behind it.
    """

    form: Key
    occasion: ItemKey
    rating: ItemKey
    consensus: Key
    reviews: tuple[ItemKey, ...] = ()
    total: ItemKey
    pro_rated: ItemKey | None = None
    reason: Suffix | None = None
    evidence: Suffix | None = None


class ContactsPart(Table):
    """The log of contacts with employers; those answered yes to ``face_to_face`` count."""

    form: Key
    face_to_face: ItemKey


class WeeksPart(Table):
    """The employment specialist's weeks: at work or not, caseload, share of a full-time post."""

    form: Key
    at_work: ItemKey
    caseload: ItemKey
    share: ItemKey


class FirstContactPart(Table):
    """When each participant entered the programme, and when the first employer was met."""

    form: Key
    entry: ItemKey
    contact: ItemKey


class KindPart(Table):
    """A log of which each entry is of some kind."""

    form: Key
    kind: ItemKey


class EventsPart(KindPart):
    """Events of the implementation, on the domains of the framework that guides it."""

    domain: ItemKey


class Planned(Table):
    """How many people of a group, or of a role in it, are to be interviewed."""

    group: Key
    role: Key | None = None
    number: Count


class InterviewsPart(Table):
    """The interviews: group, role and cluster of the informant, an employer's number, own consent."""

    form: Key
    group: ItemKey
    role: ItemKey
    cluster: ItemKey
    employer: ItemKey
    consent: ItemKey
    frame: tuple[Planned, ...] = ()


class ExtractsPart(Table):
    """Coded extracts: of which interview, by whom, and what they were coded as.

    ``coders`` are the two codes of ``coder`` that agreement is worked out between; ``agreed`` the
    code of what they settled on. ``barrier`` and ``facilitator`` are codes of ``bears``.
    """

    form: Key
    interview: ItemKey
    segment: ItemKey
    coder: ItemKey
    coders: Annotated[tuple[Key, ...], Field(min_length=2, max_length=2)]
    agreed: Key | None = None
    theme: ItemKey
    bears: ItemKey
    barrier: Key
    facilitator: Key
    criterion: ItemKey
    domain: ItemKey


class Benchmarks(Table):
    """What the intervention aims at: contacts a week, people a full-time post, days to first contact."""

    contacts_per_week: Amount | None = None
    caseload: Amount | None = None
    first_contact_days: Count | None = None


class ProcessPlan(Table):
    """The parts that a trial's process evaluation has; any may be absent."""

    fidelity: FidelityPart | None = None
    contacts: ContactsPart | None = None
    weeks: WeeksPart | None = None
    first_contact: FirstContactPart | None = None
    advice: KindPart | None = None
    meetings: KindPart | None = None
    events: EventsPart | None = None
    benchmarks: Benchmarks = Benchmarks()
    interviews: InterviewsPart | None = None
    extracts: ExtractsPart | None = None

    @property
    def forms(self) -> frozenset[str]:
        """The keys of every form that plays a part."""
        parts = (getattr(self, name) for name in type(self).model_fields)
        return frozenset(part.form for part in parts if hasattr(part, "form"))
