"""The splits of recruitment at the reveal, person by person."""

from datetime import date, timedelta

import pandas as pd
import pytest

from trial.analysis import funnel, rate, recruitment_bias, tables

REVEAL = date(2015, 10, 19)
OPENED, CLOSED = date(2015, 9, 1), date(2015, 12, 31)
WINDOW = (OPENED, date(2016, 2, 29))
ON = date(2016, 6, 30)
BEFORE, AFTER = REVEAL - timedelta(days=1), REVEAL


def frame(name: str, *rows: dict) -> pd.DataFrame:
    columns = [*getattr(tables, name.upper()), *tables.OPTIONAL.get(name, {})]
    made = [{column: row.get(column) for column in columns} for row in rows]
    return pd.DataFrame(made, columns=columns).astype(object)


def person(number: int, cluster: str = "told", **more) -> dict:
    arm = {"told": "IPS", "untold": None}[cluster]
    return {"number": number, "cluster": cluster, "arm": arm, "referral": "referred"} | more


def through(number: int, *days: date, cluster: str = "told") -> dict:
    """Somebody enrolled: considered, eligible, approached and consented on these days."""
    names = ("considered_on", "determined_on", "approached_on", "outcome_on")
    done = {"eligibility": "eligible", "outcome": "consented", "enrolled": True}
    return person(number, cluster, **dict(zip(names, days, strict=True)), **done)


PEOPLE = (
    through(1, BEFORE, BEFORE, AFTER, AFTER),
    through(2, AFTER, AFTER, AFTER, AFTER),
    through(3, BEFORE, None, BEFORE, BEFORE),
    through(4, AFTER, AFTER, AFTER, AFTER, cluster="untold"),
    person(
        5, considered_on=BEFORE, referral="not referred", decided_by="nurse", reason="not-ready"
    ),
    person(6, considered_on=BEFORE, approached_on=AFTER, outcome="declined", outcome_on=AFTER),
    # Considered again after the reveal: counts once, by the later row.
    person(7, considered_on=BEFORE, referral="not referred", reason="not-ready"),
    person(8, considered_on=AFTER, earlier=7, eligibility="not eligible"),
)
CLUSTERS = (
    {"cluster": "told", "arm": "IPS", "opened_on": OPENED, "closed_on": CLOSED}
    | {"revealed_on": REVEAL},
    {"cluster": "untold", "arm": None, "opened_on": OPENED, "closed_on": None},
)
ENROLLED = tuple(
    {"number": f"P{n}", "cluster": cluster, "arm": arm, "enrolled_on": AFTER, "after_reveal": after}
    for n, cluster, arm, after in (
        (1, "told", "IPS", True),
        (2, "told", "IPS", True),
        (3, "told", "IPS", False),
        (4, "untold", None, False),
    )
)


@pytest.fixture
def found():
    return counted(PEOPLE)


def counted(people, clusters=CLUSTERS, enrolled=ENROLLED, **more):
    made = tables.prepare(
        frame("screening", *people), frame("participants", *enrolled), None, None,
        frame("clusters", *clusters),
    )  # fmt: skip
    rest = {"arms": ["IPS", "TAU"], "on": ON, "window": WINDOW} | more
    return recruitment_bias.count(made.screening, made.participants, made.clusters, **rest)


def parts(group) -> dict[str, tuple[int, int, int]]:
    return {one.stage: (one.before, one.after, one.undated) for one in group.splits}


def test_the_day_of_the_reveal_counts_as_after_and_without_a_reveal_all_is_before(found) -> None:
    assert parts(found.by_cluster["told"]) == {
        "identified": (4, 2, 0),
        "eligible": (1, 1, 1),
        "approached": (1, 3, 0),
        "consented": (1, 2, 0),
        "enrolled": (1, 2, 0),
    }
    assert {after for _, after, _ in parts(found.by_cluster["untold"]).values()} == {0}
    assert (found.revealed, found.clusters) == (1, 2)


def test_stages_count_as_the_funnel_does(found) -> None:
    counts = funnel.count(tables.prepare(frame("screening", *PEOPLE)).screening).counts
    splits = {one.stage: one.people for one in found.overall.splits}
    assert splits == {
        "identified": counts["considered"],
        "eligible": counts["eligible"],
        "approached": counts["approached"],
        "consented": counts["consented"],
        "enrolled": counts["enrolled"],
    }


def test_arms_hold_the_clusters_whose_arm_is_told(found) -> None:
    assert parts(found.by_arm["IPS"]) == parts(found.by_cluster["told"])
    assert found.by_arm["TAU"].split("identified").people == 0
    assert counted(PEOPLE, arms=[]).by_arm == {}


def test_conversions_go_by_the_day_of_the_stage_that_people_come_from(found) -> None:
    told = found.by_cluster["told"]
    referred = told.conversion("referred_of_identified")
    assert (referred.before.count, referred.before.n) == (3, 4)
    assert (referred.after.count, referred.after.n) == (2, 2)
    assert referred.difference.value == pytest.approx(1 - 3 / 4)
    consented = told.conversion("consented_of_approached")
    assert (consented.before.count, consented.before.n) == (1, 1)
    assert (consented.after.count, consented.after.n) == (2, 3)


def test_an_empty_side_has_no_difference(found) -> None:
    other = found.by_cluster["untold"].conversion("consented_of_approached")
    assert other.before.value == 1 and other.after.value is None and other.difference.reason


def test_the_rate_counts_who_was_considered_while_open_over_the_open_days() -> None:
    early = person(9, considered_on=OPENED - timedelta(days=1))
    found = counted((*PEOPLE, early)).identifying
    before = (REVEAL - OPENED).days + (WINDOW[1] - OPENED).days + 1  # told, then untold
    after = (CLOSED - REVEAL).days + 1
    assert (found.before.count, found.after.count) == (5, 2)
    assert found.before.value == pytest.approx(5 / float(rate.cluster_months(before)))
    assert found.after.value == pytest.approx(2 / float(rate.cluster_months(after)))


def test_a_cluster_revealed_before_it_opened_has_no_time_before() -> None:
    place = CLUSTERS[0] | {"revealed_on": OPENED - timedelta(days=30)}
    found = counted(PEOPLE[:1], (place,), ()).identifying
    assert found.before.value is None and found.after.count == 1


def test_gatekeepers_by_cluster(found) -> None:
    told, untold = found.gatekeepers
    assert (told.not_referred.count, told.not_referred.n) == (1, 6)
    assert told.deciders == (funnel.Reason("nurse", 1),)
    assert told.reasons == (funnel.Reason("not-ready", 1),)
    assert (untold.not_referred.value, untold.reasons) == (0, ())


def test_frames_without_the_optional_days_are_undated() -> None:
    rows = frame("screening", *PEOPLE).drop(columns=list(tables.OPTIONAL["screening"]))
    made = tables.prepare(rows, clusters=frame("clusters", *CLUSTERS))
    found = recruitment_bias.count(
        made.screening, made.participants, made.clusters, arms=["IPS"], on=ON
    )
    assert found.overall.split("identified").undated == 7
    assert found.overall.conversion("referred_of_identified").before.n == 0
