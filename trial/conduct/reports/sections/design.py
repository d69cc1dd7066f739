"""What was planned: design, eligibility, settings, assessments and numbers, from the protocol."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from trial.conduct.dates import words
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled, each_row
from trial.conduct.reports.sections import bands
from trial.protocol import Protocol
from trial.protocol.outcome import OutcomePlan
from trial.protocol.progression import ProgressionCriterion, Rule
from trial.protocol.visits import ENROLMENT
from trial.report.value import Block, Listing, Table, Text


def title(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The title that the protocol gives the trial."""
    yield Text(f"The protocol's title: {protocol.title}.")


def design(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Arms, ratio and clusters."""
    shares = protocol.allocation.clusters_per_arm
    if found.told.blinded:
        ratio = " and ".join(str(shares[arm.key]) for arm in protocol.arms) + " to the arms"
    else:
        ratio = ", ".join(f"{shares[arm.key]} to {arm.key}" for arm in protocol.arms)
    planned = len(protocol.planned_clusters)
    yield Text(
        f"A cluster randomised trial with {len(protocol.arms)} parallel arms. {_cluster(protocol)}"
        f" {planned} clusters were planned, {ratio}.{_reserves(protocol, found)}"
    )


def _cluster(protocol: Protocol) -> str:
    """What a cluster is."""
    if protocol.participants:
        return "The cluster is the service in which a participant is cared for;"
    return "The outcome is one of each cluster, and nobody is enrolled;"


def _reserves(protocol: Protocol, found: Assembled) -> str:
    """How many clusters stood in reserve, and how many of them took the place of another."""
    if not protocol.reserves:
        return ""
    rows = list(each_row(found.frames.records["cluster"]))
    came = [one for one in rows if one.key in protocol.reserves and one.allocated_on is not None]
    later = len({one.replaces_id for one in came} & {one.id for one in rows})
    after = ""
    if protocol.allocation.replace_after_draw:
        after = (
            f" After it {later} took the place, and the arm, of one that dropped out: not drawn."
        )
    return (
        f" Besides these, clusters in reserve for such as dropped out before their allocation:"
        f" {len(protocol.reserves)}; {len(came) - later} took such a place.{after}"
    )


def changes(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Under which version of the protocol the participants were enrolled."""
    versions = Counter(str(one) for one in found.frames.participants["protocol_version"])
    if versions:
        yield Table(
            "Participants by the version of the protocol under which they were enrolled",
            ("Version", "Participants"),
            tuple(sorted(versions.items())),
            numeric=(1,),
        )
    else:
        yield Text(f"Nobody was enrolled yet. The protocol stands at version {protocol.version}.")


def eligibility(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The criteria for participants, and the clusters that were planned."""
    included = tuple(one.text for one in protocol.eligibility if one.kind == "include")
    excluded = tuple(one.text for one in protocol.eligibility if one.kind == "exclude")
    yield Text("Participants had to meet every one of these:")
    yield Listing(included)
    if excluded:
        yield Text("and none of these:")
        yield Listing(excluded)
    yield Text(
        "A criterion whose answer was not known made a person not yet determined, never eligible."
    )


def settings(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The clusters with their strata."""
    strata = sorted({key for plan in protocol.clusters for key in plan.strata})
    yield Table(
        "Clusters",
        ("Cluster", *(key.capitalize() for key in strata)),
        tuple(
            (
                plan.name + (" (reserve)" if plan.reserve else ""),
                *(plan.strata.get(key, "") for key in strata),
            )
            for plan in protocol.clusters
        ),
    )


def consent(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How people were found and asked, and from when each consent document was in force."""
    yield Text(
        "The teams of the clusters considered the people on their caseloads. The screening log holds"
        " everyone who was considered, by number only, with who decided on referral and why not."
        + sentences.consented(protocol)
    )
    yield Table(
        "Consent documents",
        ("Document", "Version", "In force from", "In force until"),
        tuple(
            (one.name, one.version, one.in_force_from, one.in_force_until)
            for one in protocol.consent.documents
        ),
    )


def included(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """How members of a cluster came into the trial."""
    funnel = found.results.funnel
    yield Text(
        "Everyone on the caseload of a cluster could be considered; nobody was sampled. Considered:"
        f" {funnel.counts['considered']} people."
    )


def interventions(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What each arm is given; blinded readers find it in the protocol."""
    if found.told.blinded:
        yield Text("The arms are described in the protocol; here they go by letters only.")
        return
    yield Listing(tuple(f"{arm.name}: {arm.description}." for arm in protocol.arms))


def assessments(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The visits with their windows, and how the outcomes are derived."""
    blinded = found.told.blinded or not found.told.arms
    if all(
        visit.months is not None and visit.counted_from == ENROLMENT and visit.session is None
        for visit in protocol.visits
    ):
        yield _visits("Month", [visit.months for visit in protocol.visits], protocol, blinded)
    else:
        names = {visit.key: visit.name for visit in protocol.visits}
        yield _visits(
            "Due", [visit.due_words(names) for visit in protocol.visits], protocol, blinded
        )
    if protocol.outcome is not None:
        yield _outcome(protocol.outcome, protocol)
        return
    open_kinds = "; ".join(kind.label for kind in protocol.work.kinds if kind.open)
    yield Text(
        "Primary outcome: in open employment on the 12-month date (the calendar anniversary of"
        f" enrolment). As open employment counts: {open_kinds}. Outcomes are derived from dated spells"
        " of work; beyond the last day on which a participant's work is known they are not known, and"
        " not taken as unemployment."
    )


def _visits(due: str, days: Sequence[int | str | None], protocol: Protocol, blinded: bool) -> Table:
    numeric = (1, 2, 3) if due == "Month" else (2, 3)
    counted = "Visits, counted from each participant's own enrolment date"
    clauses = {clause.key: clause.text for clause in protocol.consent.clauses}
    return Table(
        counted if due == "Month" else "Visits",
        ("Visit", due, "Window opens (days before)", "Window closes (days after)"),
        tuple(
            (visit.name, day, visit.opens_days_before, visit.closes_days_after)
            for visit, day in zip(protocol.visits, days, strict=True)
        ),
        note=" ".join(_for_some(protocol, clauses, blinded)),
        numeric=numeric,
    )


def _for_some(protocol: Protocol, clauses: Mapping[str, str], blinded: bool) -> Iterator[str]:
    """Which visits fall due only for some; a blinded reader is not told in which arms."""
    forms = {form.key: form.name for form in protocol.forms}
    names = {arm.key: arm.name for arm in protocol.arms}
    for visit in protocol.visits:
        if visit.clause:
            yield f"{visit.name}: only for who agreed to “{clauses[visit.clause]}”."
        if visit.session is not None:
            number, form = visit.session.number, forms[visit.session.form]
            yield f"{visit.name}: counted from complete record number {number} of “{form}”, by day."
        if visit.arms:
            arms = "some arms" if blinded else " and ".join(names[key] for key in visit.arms)
            yield f"{visit.name}: only in {arms}."


def _outcome(plan: OutcomePlan, protocol: Protocol) -> Text:
    """Where the primary outcome is read."""
    form = next(form for form in protocol.forms if form.key == plan.form)
    item = form.item(plan.item)
    visit = next(visit for visit in protocol.visits if visit.primary)
    asked = "" if item is None else f", “{item.label}”"
    return Text(
        f"Primary outcome: {plan.label}, a {plan.summary}. It is read from the form “{form.name}”{asked},"
        f" at the visit “{visit.name}”; {plan.direction} values are better. Only complete forms count."
    )


def criteria(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The progression criteria as they were set beforehand."""
    single = [one for one in protocol.progression if not one.parts and not one.judged]
    lights = [one for one in single if not one.bands]
    if lights:
        yield Table(
            "Progression criteria, as the protocol set them",
            ("Criterion", "Unit", "Green from", "Amber from", "Why"),
            tuple(
                (_label(one), one.unit, one.green_at, one.amber_at, one.rationale) for one in lights
            ),
            numeric=(2, 3),
        )
    banded = [one for one in single if one.bands]
    if banded:
        yield Table(
            "Progression criteria in bands, as the protocol set them",
            ("Criterion", "Unit", "Bands", "Why"),
            tuple((_label(one), one.unit, _in_bands(one), one.rationale) for one in banded),
        )
    several = [one for one in protocol.progression if one.parts]
    if several:
        yield Table(
            "Progression criteria on several figures at once, as the protocol set them",
            ("Criterion", "What must be good", "Parts", "Why"),
            tuple(
                (one.label, bands.COMBINED[one.combine or "all"], _in_parts(one), one.rationale)
                for one in several
            ),
        )
    judged = [one for one in protocol.progression if one.judged]
    if judged:
        yield Table(
            "Progression criteria for judgement, as the protocol set them",
            ("Criterion", "What can be decided", "Why"),
            tuple(
                (one.label, "; ".join(band.label for band in one.bands), one.rationale)
                for one in judged
            ),
        )


def _label(rule: Rule) -> str:
    """Its name, and what each cluster must reach where clusters are counted."""
    return rule.label if rule.each is None else f"{rule.label} ({bands.each(rule.each)})"


def _in_parts(criterion: ProgressionCriterion) -> str:
    return "; ".join(f"{_label(one)}: {_in_bands(one)}" for one in criterion.parts)


def _in_bands(rule: Rule) -> str:
    return "; ".join(bands.words(rule.unit or "", rule.direction or "", _bands(rule)))


def _bands(rule: Rule) -> Iterable[bands.Band]:
    if rule.bands:
        return [(band.label, _float(band.worst), _float(band.best)) for band in rule.bands]
    return bands.of_thresholds(float(rule.green_at or 0), float(rule.amber_at or 0))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def numbers(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The target and the rate that was planned."""
    window = protocol.recruitment
    rate = ""
    if window.per_cluster_month is not None:
        rate = f", {window.per_cluster_month} a month in each cluster"
    yield Text(
        f"Planned: {window.target} participants in {len(protocol.planned_clusters)} clusters from"
        f" {words(window.opens_on)} to {words(window.closes_on)}{rate}."
    )


def registered(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The numbers under which the trial is known elsewhere."""
    yield Listing(tuple(f"{one.name}: {one.value}." for one in protocol.identifiers))


def approved(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The approval of the research ethics committee."""
    given = [one for one in protocol.identifiers if "ethic" in one.name.lower()]
    if given:
        yield Listing(tuple(f"{one.name}: {one.value}." for one in given))
    else:
        yield Text("The protocol file names no approval: its numbers stand under item 23.")


def document(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The protocol file with its fingerprint."""
    yield Text(
        f"{protocol.name}, version {protocol.version}, as a file with SHA-256 {protocol.sha256}."
    )


def funding(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Funder and sponsor."""
    yield Text(f"Funder: {protocol.funder}. Sponsor: {protocol.sponsor}.")


def dates(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """When people were enrolled and last seen."""
    window = protocol.recruitment
    people, visits = found.frames.participants, found.frames.visits
    enrolled = span(people["enrolled_on"])
    seen = span(visits["done_on"])
    yield Table(
        "Dates",
        ("What", "First", "Last"),
        (
            ("Recruitment window", window.opens_on, window.closes_on),
            ("Clusters opened", *span(found.frames.clusters["opened_on"])),
            ("Participants enrolled", *enrolled),
            ("Visits done", *seen),
        ),
    )


def span(days: Any) -> tuple[Any, Any]:
    """The first and the last of the days that are known."""
    known = [day for day in days if day is not None and day == day]
    return (min(known), max(known)) if known else (None, None)
