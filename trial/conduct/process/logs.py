"""What the employment specialist's log adds up to, against the protocol's benchmarks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from trial import analysis
from trial.analysis.fidelity import Caseload, FirstContact, Weekly
from trial.conduct.process.reading import Entry, Read, codes
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms.missing import is_missing
from trial.protocol.process import KindPart, ProcessPlan

FULL_DATE = len("2016-01-15")


@dataclass(frozen=True)
class Contacts:
    """Contacts with employers: all, those face to face by week, and how many employers were met."""

    logged: int
    employers: int
    weekly: Weekly
    leave: int


@dataclass(frozen=True)
class Counted:
    """Entries of a log: how many, of how many participants or clusters, and by kind."""

    entries: int
    of: int
    by_kind: Mapping[str, int]
    by_cluster: Mapping[str, int]


@dataclass(frozen=True)
class Event:
    """One event of the implementation, in the words of its form."""

    on: date
    kind: str
    domain: str


@dataclass(frozen=True)
class Logs:
    """Every log that the protocol gives a part; None for those that it does not."""

    contacts: Contacts | None
    caseload: Caseload | None
    first_contact: FirstContact | None
    advice: Counted | None
    meetings: Counted | None
    events: tuple[Event, ...] | None
    events_by: Mapping[tuple[str, str], int]


def logs(protocol: Protocol, found: Read) -> Logs:
    """Add up what was logged."""
    plan = protocol.process or ProcessPlan()
    forms = {form.key: form for form in protocol.forms}
    events = _events(plan, forms, found)
    return Logs(
        contacts=_contacts(plan, found),
        caseload=_caseload(plan, found),
        first_contact=_first_contact(plan, found),
        advice=None if plan.advice is None else _counted(plan.advice, forms, found),
        meetings=None if plan.meetings is None else _counted(plan.meetings, forms, found),
        events=events,
        events_by=Counter((one.domain, one.kind) for one in events or ()),
    )


def _weeks(plan: ProcessPlan, found: Read, at_work: str) -> list[Entry]:
    if plan.weeks is None:
        return []
    entries = found.of(plan.weeks.form)
    return [one for one in entries if one.answer(plan.weeks.at_work) == at_work]


def _contacts(plan: ProcessPlan, found: Read) -> Contacts | None:
    part = plan.contacts
    if part is None:
        return None
    logged = found.of(part.form)
    met = [one.observed_on for one in logged if one.answer(part.face_to_face) == "yes"]
    weeks = [one.observed_on for one in _weeks(plan, found, "yes")]
    return Contacts(
        logged=len(logged),
        employers=len({one.employer for one in logged if one.employer is not None}),
        weekly=analysis.fidelity.weekly(met, weeks, plan.benchmarks.contacts_per_week),
        leave=len(_weeks(plan, found, "no")),
    )


def _caseload(plan: ProcessPlan, found: Read) -> Caseload | None:
    part = plan.weeks
    if part is None:
        return None
    weeks = []
    for one in _weeks(plan, found, "yes"):
        size, share = one.number(part.caseload), one.answer(part.share)
        if size is not None:
            weeks.append((size, None if share is None else float(share)))
    return analysis.fidelity.caseload(weeks, plan.benchmarks.caseload)


def _first_contact(plan: ProcessPlan, found: Read) -> FirstContact | None:
    part = plan.first_contact
    if part is None:
        return None
    days: list[int | None] = []
    unknown = 0
    for one in found.of(part.form):
        entry, contact = one.answer(part.entry), one.answers.get(part.contact)
        none_yet = contact == "missing: not applicable"
        if none_yet:
            days.append(None)
        elif is_missing(contact) or not (_whole(entry) and _whole(contact)):
            unknown += 1
        else:
            days.append((date.fromisoformat(str(contact)) - date.fromisoformat(str(entry))).days)
    return analysis.fidelity.first_contact(days, plan.benchmarks.first_contact_days, unknown)


def _whole(answer: object) -> bool:
    """Whether a date is known to the day."""
    return isinstance(answer, str) and len(answer) == FULL_DATE


def _counted(part: KindPart, forms: Mapping[str, FormPlan], found: Read) -> Counted:
    form, entries = forms[part.form], found.of(part.form)
    chosen = Counter(code for one in entries for code in one.chosen(part.kind))
    people = form.about == "participant"
    owners = {one.participant if people else one.cluster for one in entries}
    return Counted(
        entries=len(entries),
        of=len(owners - {None}),
        by_kind={label: chosen[code] for code, label in codes(form, part.kind)},
        by_cluster=Counter(one.cluster for one in entries if one.cluster is not None),
    )


def _events(
    plan: ProcessPlan, forms: Mapping[str, FormPlan], found: Read
) -> tuple[Event, ...] | None:
    part = plan.events
    if part is None:
        return None
    form = forms[part.form]
    kinds, domains = dict(codes(form, part.kind)), dict(codes(form, part.domain))
    return tuple(
        Event(one.observed_on, _joined(kinds, one.chosen(part.kind)), domain)
        for one in found.of(part.form)
        for domain in [_joined(domains, one.chosen(part.domain))]
    )


def _joined(labels: Mapping[str, str], chosen: Sequence[str]) -> str:
    return ", ".join(labels.get(code, code) for code in chosen) or "not stated"
