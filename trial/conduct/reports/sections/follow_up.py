"""Follow-up visit by visit: who was seen in each group, why others were not, how late, and reminders."""

from collections.abc import Iterator, Mapping

from trial.analysis.follow_up import Lateness, VisitFollowed
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.values import codes_of
from trial.protocol import Protocol
from trial.report.value import Block, Table, Text

DUE = (
    "Of those whose window closed; without who died before it closed, did not need the visit, or "
    "consented to no such visit."
)
OPEN = "Done in a window that is still open (not counted above)"
PEOPLE = (
    "The intervals take people as independent: that they come in clusters would make them wider, so that "
    "none of them is a test of the arms."
)
MANY = (
    "One visit may have had several reminders. Known what followed: the window closed, or the visit was "
    "done, and not before the reminder was sent."
)


def followed(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Retention by visit, arm and cluster, differential attrition, reasons, lateness and reminders."""
    names = {visit.key: visit.name for visit in protocol.visits}
    told = {key: one for key, one in found.results.follow_up.items() if one.overall.n}
    if not told:
        yield Text(
            "No visit was due by the data cut, so that nothing can be said of follow-up yet."
        )
        return
    yield _by_group(protocol, found, told, names)
    if len(found.results.arms) > 1:
        yield _attrition(protocol, found, told, names)
    yield from _reasons(protocol, told, names)
    yield Table(
        "When visits took place",
        ("Visit", "Done", "Early", "In window", "Late", "Days from the due day", "Latest"),
        tuple((names.get(key, key), *_late(one.lateness)) for key, one in told.items()),
        note="Early and late: outside the window. Days from the due day: median (quartiles), early below 0. "
        "Latest: the most days after a window closed.",
        numeric=(1, 2, 3, 4, 6),
    )
    yield from _reminded(protocol, found)


def harmed(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Adverse events, overall and by arm."""
    if not found.harms:
        return
    yield Table(
        "Adverse events in the log of safety",
        ("Group", "Enrolled", "Events", "People with one", "Serious", "People with a serious one"),
        tuple(
            ("All" if one.arm is None else sentences.arm_label(protocol, found.told, one.arm),
             one.people, one.events, one.people_with_event, one.serious, one.people_with_serious)
            for one in found.harms
        ),
        note="Whatever caused them. Events of people who withdrew the use of their data are counted.",
        numeric=(1, 2, 3, 4, 5),
    )  # fmt: skip


def _by_group(
    protocol: Protocol,
    found: Assembled,
    told: Mapping[str, VisitFollowed],
    names: Mapping[str, str],
) -> Table:
    """One row a group, one column a visit, in the order of time."""
    clusters = sentences.cluster_labels(protocol, found.told)
    rows = [("All", *(sentences.share(one.overall) for one in told.values()))]
    rows += [
        (sentences.arm_label(protocol, found.told, arm),
         *(sentences.share(one.by_arm[arm]) for one in told.values()))
        for arm in found.results.arms
    ]  # fmt: skip
    rows += [
        (clusters.get(key, key), *(sentences.share(one.by_cluster[key]) for one in told.values()))
        for key in next(iter(told.values())).by_cluster
    ]
    if any(one.in_open_window for one in told.values()):
        rows.append((OPEN, *(str(one.in_open_window) for one in told.values())))
    heads = ("Group", *(names.get(key, key) for key in told))
    caption = "Retention over time: visits done, of those due"
    return Table(caption, heads, tuple(rows), note=f"{DUE} {PEOPLE}")


def _attrition(
    protocol: Protocol,
    found: Assembled,
    told: Mapping[str, VisitFollowed],
    names: Mapping[str, str],
) -> Table:
    """Each arm against the last; a visit that only some arms have is not compared."""
    *arms, last = (
        (arm, sentences.arm_label(protocol, found.told, arm)) for arm in found.results.arms
    )
    rows = [
        (names.get(key, key), *(sentences.points(one.attrition[arm]) for arm, _ in arms))
        for key, one in told.items()
        if all(share.n for share in one.by_arm.values())
    ]
    heads = ("Visit", *(f"{name} minus {last[1]}" for _, name in arms))
    caption = "Differential attrition: the share of visits due that were not done"
    return Table(caption, heads, tuple(rows), note=PEOPLE)


def _reasons(
    protocol: Protocol, told: Mapping[str, VisitFollowed], names: Mapping[str, str]
) -> Iterator[Table]:
    labels = {code.key: code.label for code in codes_of(protocol, "visit", "reason")}
    rows: list[tuple[str, str, int]] = []
    for key, one in told.items():
        rest = {name.capitalize(): n for name, n in one.fates.items() if name != "missed"}
        why = {f"Missed: {labels.get(code, code)}": n for code, n in one.reasons.items()}
        rows += [(names.get(key, key), reason, n) for reason, n in (why | rest).items()]
    if rows:
        heads = ("Visit", "Why it was not done", "People")
        yield Table("Why visits that were due were not done", heads, tuple(rows), numeric=(2,))


def _late(one: Lateness) -> tuple[str | int, ...]:
    days = "" if one.median is None else f"{one.median:g} ({one.lower:g} to {one.upper:g})"
    return one.done, one.early, one.within, one.late, days, one.latest


def _reminded(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    if not found.reminded or protocol.reminders is None:
        return
    labels = {rule.key: rule.label for rule in protocol.reminders.rules}
    yield Table(
        "Reminders, and visits that followed",
        ("Reminder", "Sent", "Known what followed", "Of these sent before the window closed",
         "Followed by a visit in its window", "By a later visit"),
        tuple(
            (labels.get(one.rule, one.rule), one.sent, one.over, one.timely,
             "–" if one.share is None else f"{one.followed} ({sentences.percent(one.share)})", one.late)
            for one in found.reminded
        ),
        note=MANY,
        numeric=(1, 2, 3, 5),
    )  # fmt: skip
