"""Who was followed up, and how complete the visits are."""

from collections.abc import Iterator

from trial import analysis
from trial.analysis.retention import Fate, Retention
from trial.conduct.outcomes import primary_visit
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.protocol.visits import SKIPPED
from trial.report.value import Block, Table, Text

OUTSIDE = "Of those enrolled whose consent holds the visit: the others are never asked for it."


def _differences(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The first arm minus the other; of more than two arms each minus the last."""
    kept, arms = found.results.retention, found.results.arms
    if len(arms) <= 2:
        if arms:
            said = sentences.points(kept.difference)
            yield Text(f"Difference in retention between the arms: {said}.")
        return
    names = {arm: sentences.arm_label(protocol, found.told, arm) for arm in arms}
    for arm in arms[:-1]:
        pair = {arm: kept.by_arm[arm], arms[-1]: kept.by_arm[arms[-1]]}
        said = sentences.points(analysis.retention.difference(pair))
        yield Text(f"Difference in retention, {names[arm]} minus {names[arms[-1]]}: {said}.")


def _of_due(kept: Retention) -> str:
    """The share of those whose visit was due, and how many are left out of it and why."""
    left = [
        f"{number} {words}"
        for number, words in (
            (kept.fates[Fate.DIED], "who died before its window closed"),
            (kept.in_open_window, "whose visit is not yet due or still in its window"),
            (kept.fates[Fate.NOT_NEEDED], "who did not need it"),
        )
        if number
    ]
    apart = f", leaving out {'; '.join(left)}" if left else ""
    return f"Done, of those whose window closed{apart}: {sentences.share(kept.of_due)}."


def kept(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Retention by arm, what became of the visits, and completeness."""
    kept, complete = found.results.retention, found.results.completeness
    rows = [("All", kept.overall, kept.in_window)]
    rows += [
        (sentences.arm_label(protocol, found.told, arm), one, kept.in_window_by_arm[arm])
        for arm, one in kept.by_arm.items()
    ]
    yield Table(
        f"Retention: the {primary_visit(protocol).name} visit done, of those enrolled",
        ("Group", "Done", "Done within its window"),
        tuple(
            (name, sentences.share(done), sentences.share(within)) for name, done, within in rows
        ),
        note=OUTSIDE if len(protocol.consent.bases) > 1 else "",
    )
    yield Text(_of_due(kept))
    yield from _differences(protocol, found)
    names = {visit.key: visit.name for visit in protocol.visits}
    yield Table(
        "Completeness: visits done, of those due by the data cut",
        ("Visit", "Planned", "Not due", "Done"),
        tuple(
            (names.get(key, key), one.planned, one.not_due, sentences.share(one.done))
            for key, one in complete.by_visit.items()
        ),
        numeric=(1, 2),
    )
    yield from _skipped(protocol, found)


def _skipped(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The visits that whole clusters skipped, and how many people had none of them for that."""
    stands = found.frames.skips[found.frames.skips["taken_back_on"].isna()]
    if stands.empty:
        return
    visits = found.frames.visits
    left = visits[visits["reason"] == SKIPPED.key]
    rows = []
    for plan in protocol.visits:
        for code in plan.skipped_reasons:
            which = (stands["visit"] == plan.key) & (stands["reason"] == code.key)
            clusters = stands.loc[which, "cluster"]
            people = (left["visit"] == plan.key) & left["cluster"].isin(clusters)
            if len(clusters):
                rows.append((plan.name, code.label, len(clusters), int(people.sum())))
    yield Table(
        "Visits that a whole cluster skipped",
        ("Visit", "Why", "Clusters", "Participants"),
        tuple(rows),
        note="They were not needed, so that completeness leaves them out of what was due.",
        numeric=(2, 3),
    )
