"""The employment specialist's log against its benchmarks, and the events of the implementation."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from trial.analysis.fidelity import Weekly
from trial.conduct.process.logs import Contacts, Counted, Logs
from trial.conduct.process.results import Process
from trial.conduct.reports.process_words import number, team_label
from trial.protocol import Protocol
from trial.protocol.process import Benchmarks, ProcessPlan
from trial.report.picture import Curve, Curves, Point
from trial.report.value import Block, Cell, Figure, Table, Text
from trial.report.wording import day


def benchmarks(protocol: Protocol, found: Process) -> Iterator[Block]:
    """Contacts a week, caseload and days to the first contact, each against what it should be."""
    aims, logs = (protocol.process or ProcessPlan()).benchmarks, found.logs
    rows = [*_contact_rows(aims, logs), *_caseload_rows(aims, logs), *_first_rows(aims, logs)]
    if not rows:
        yield Text("This protocol has no log of the employment specialist.")
        return
    yield Table(
        "The log against the benchmarks",
        ("What", "Benchmark", "Found", "Reached"),
        tuple(rows),
        note="Weeks of leave count in no rate; weeks at work without a contact count as 0.",
    )
    if logs.contacts is not None and logs.contacts.weekly.counts:
        yield _weekly_figure(aims, logs.contacts)
        yield Text(_contacts_said(logs.contacts))


def _contact_rows(aims: Benchmarks, logs: Logs) -> list[tuple[Cell, ...]]:
    if logs.contacts is None:
        return []
    weekly = logs.contacts.weekly
    aim = "none" if aims.contacts_per_week is None else f"at least {aims.contacts_per_week:f}"
    found = f"mean {number(weekly.mean)}, median {number(weekly.median)}; {weekly.total} in all"
    reached = (
        "" if weekly.reached is None else f"{weekly.reached.count} of {weekly.reached.n} weeks"
    )
    return [("Face-to-face employer contacts a week at work", aim, found, reached)]


def _caseload_rows(aims: Benchmarks, logs: Logs) -> list[tuple[Cell, ...]]:
    one = logs.caseload
    if one is None:
        return []
    aim = "none" if aims.caseload is None else f"at most {aims.caseload:f}"
    full = number(one.most_full_time)
    found = f"median {number(one.median)}, largest {number(one.most)}; for a full-time post {full}"
    reached = "" if one.within is None else f"{one.within.count} of {one.within.n} weeks"
    return [("Caseload for a full-time post", aim, found, reached)]


def _first_rows(aims: Benchmarks, logs: Logs) -> list[tuple[Cell, ...]]:
    one = logs.first_contact
    if one is None:
        return []
    aim = "none" if aims.first_contact_days is None else f"within {aims.first_contact_days} days"
    found = (
        f"median {number(one.median)} ({number(one.least)} to {number(one.most)}) of {one.known};"
        f" {one.none_yet} without a contact, {one.n - one.known - one.none_yet} not known"
    )
    reached = "" if one.within is None else f"{one.within.count} of {one.within.n} people"
    return [("Days from entering the programme to the first employer contact", aim, found, reached)]


def _contacts_said(contacts: Contacts) -> str:
    weekly = contacts.weekly
    return (
        f"{contacts.logged} contacts with {contacts.employers} employers were logged,"
        f" {weekly.total} of them face to face. Of {len(weekly.counts)} weeks at work"
        f" {weekly.without} had none face to face; {contacts.leave} weeks were leave."
        + (f" {weekly.elsewhere} contacts fall in weeks without a row." if weekly.elsewhere else "")
    )


def _weekly_figure(aims: Benchmarks, contacts: Contacts) -> Figure:
    weekly = contacts.weekly
    first = min(weekly.counts)
    points = tuple(
        Point(float((monday - first) / timedelta(weeks=1)) + 1, float(count))
        for monday, count in weekly.counts.items()
    )
    curves = [Curve("Face-to-face contacts", points)]
    if aims.contacts_per_week is not None:
        aim = float(aims.contacts_per_week)
        curves.append(
            Curve("Benchmark", (Point(points[0].x, aim), Point(max(points[-1].x, 2.0), aim)))
        )
    highest = max(*(point.y for one in curves for point in one.points), 1.0)
    return Figure(
        "contacts",
        "Face-to-face contacts with employers by week",
        f"Contacts in each week at work from {day(first)} on, against the benchmark.",
        Curves("Week of the implementation", "Contacts", tuple(curves), highest_y=highest),
        table=_weekly_table(weekly),
    )


def _weekly_table(weekly: Weekly) -> Table:
    return Table(
        "Face-to-face contacts by week",
        ("Week from", "Contacts"),
        tuple((monday, count) for monday, count in weekly.counts.items()),
        numeric=(1,),
    )


def supported(protocol: Protocol, found: Process) -> Iterator[Block]:
    """Advice on benefits, and meetings with clinical teams."""
    for what, owners, one in (
        ("Advice on benefits", "participants", found.logs.advice),
        ("Meetings with clinical teams", "clusters", found.logs.meetings),
    ):
        if one is not None:
            yield Text(f"{what}: {one.entries} entries, of {one.of} {owners}.")
            if one.entries:
                yield _kinds(what, one.by_kind)
                yield _places(protocol, what, one)


def _kinds(what: str, by_kind: Mapping[str, int]) -> Table:
    return Table(f"{what} by kind", ("Kind", "Entries"), tuple(by_kind.items()), numeric=(1,))


def _places(protocol: Protocol, what: str, one: Counted) -> Table:
    rows = tuple((team_label(protocol, key), one.by_cluster[key]) for key in sorted(one.by_cluster))
    return Table(f"{what} by cluster", ("Cluster", "Entries"), rows, numeric=(1,))


def events(protocol: Protocol, found: Process) -> Iterator[Block]:
    """Training, steering and advice, by the domain of the framework."""
    told = found.logs.events
    if not told:
        yield Text("No event of the implementation is logged.")
        return
    kinds = list(dict.fromkeys(one.kind for one in told))
    domains = list(dict.fromkeys(one.domain for one in told))
    yield Table(
        "Events by domain of the framework",
        ("Domain", *kinds, "All"),
        tuple(
            (domain, *(found.logs.events_by.get((domain, kind), 0) for kind in kinds),
             sum(one.domain == domain for one in told))
            for domain in domains
        ),
        numeric=tuple(range(1, len(kinds) + 2)),
    )  # fmt: skip
    yield Table(
        "Events in their order", ("Day", "Event", "Domain"),
        tuple((one.on, one.kind, one.domain) for one in told),
    )  # fmt: skip
