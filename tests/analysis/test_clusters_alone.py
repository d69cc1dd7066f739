"""The outcome of clusters without participants, against formulas that share no code with ours."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from trial.analysis import clusters_alone, feasibility, primary, tables
from trial.analysis.criteria import Criterion
from trial.protocol.progression import ProgressionCriterion

ON = date(2016, 1, 15)
ARMS = ("NEW", "USUAL")


def frames(values: list[float | None], *, closed: tuple[int, ...] = (), due: str = "2015-12-31"):
    """As many clusters as values, by turns in the two arms; those ``closed`` have dropped out."""
    number = range(len(values))
    names = [f"ward-{n}" for n in number]
    day = pd.Timestamp("2015-03-01")
    clusters = pd.DataFrame(
        {
            "cluster": names, "arm": [ARMS[n % 2] for n in number], "identified_on": day,
            "approached_on": day, "permission_on": day, "opened_on": day, "allocated_on": day,
            "closed_on": [day if n in closed else pd.NaT for n in number],
        }
    )  # fmt: skip
    told = pd.DataFrame({"number": names, "due_on": pd.Timestamp(due), "value": values})
    return tables.prepare(clusters=clusters, primary=told)


def of_arm(values: list[float | None], place: int) -> list[float]:
    return [one for one in values[place::2] if one is not None]


@pytest.mark.parametrize("seed", range(5))
def test_means_are_those_of_scipy(seed: int) -> None:
    values: list[float | None] = list(np.random.default_rng(seed).normal(50, 10, 12))
    values[seed] = None
    found = primary.of_clusters(frames(values), arms=ARMS, summary="mean", on=ON)
    first, second = of_arm(values, 0), of_arm(values, 1)
    theirs = stats.ttest_ind(first, second).confidence_interval(0.95)
    (apart,) = found.differences
    assert (apart.of_clusters.low, apart.of_clusters.high) == pytest.approx(tuple(theirs))
    low, high = stats.t.interval(0.95, len(first) - 1, np.mean(first), stats.sem(first))
    assert (found.by_arm["NEW"].observed.low, found.by_arm["NEW"].observed.high) == pytest.approx(
        (low, high)
    )
    assert {one.observed.method for one in found.by_arm.values()} == {primary.MEAN_OF_CLUSTERS}


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_those_of_statsmodels(seed: int) -> None:
    values: list[float | None] = list(np.random.default_rng(seed).integers(0, 2, 14).astype(float))
    found = primary.of_clusters(frames(values), arms=ARMS, summary="proportion", on=ON)
    first, second = of_arm(values, 0), of_arm(values, 1)
    (apart,) = found.differences
    theirs = confint_proportions_2indep(
        int(sum(first)), len(first), int(sum(second)), len(second), method="newcomb"
    )
    assert (apart.of_clusters.low, apart.of_clusters.high) == pytest.approx(theirs)
    assert apart.df is None
    wilson = proportion_confint(int(sum(first)), len(first), method="wilson")
    assert (found.by_arm["NEW"].observed.low, found.by_arm["NEW"].observed.high) == pytest.approx(
        wilson
    )


def test_what_is_not_due_is_not_lacking() -> None:
    values = [1.0, None, None, 2.0]
    late = primary.of_clusters(frames(values, due="2016-01-16"), arms=ARMS, summary="mean", on=ON)
    now = primary.of_clusters(frames(values, due="2016-01-15"), arms=ARMS, summary="mean", on=ON)
    assert (late.known.n, now.known.count, now.known.n) == (0, 2, 4)


def test_clusters_that_never_took_part_are_left_out() -> None:
    made = frames([1.0, 2.0, 3.0, None])
    made.clusters.loc[3, ["opened_on", "allocated_on"]] = pd.NaT
    found = primary.of_clusters(made, arms=ARMS, summary="mean", on=ON)
    assert (found.overall.enrolled, found.known.n) == (3, 3)
    figures = clusters_alone.metrics(made.clusters, found.known)
    assert (figures["clusters_opened"].exact, figures["cluster_agreement"].exact) == (3, 1)


def test_of_the_clusters_opened_those_stay_that_are_not_closed() -> None:
    made = frames([1.0, 2.0, None, None], closed=(2,))
    figures = clusters_alone.metrics(made.clusters, primary.of_clusters(
        made, arms=ARMS, summary="mean", on=ON).known)  # fmt: skip
    assert figures["cluster_retention"].exact == pytest.approx(3 / 4)
    flow = clusters_alone.flow_of(made, arms=ARMS)
    assert {one.key for one in flow.box("not-analysed", "NEW").reasons} == {"dropped out"}
    assert {one.key for one in flow.box("not-analysed", "USUAL").reasons} == {"outcome not known"}
    assert all(flow.checks.values())


def test_nobody_can_be_asked_about_people() -> None:
    found = feasibility.assess_clusters(frames([1.0, 2.0]), arms=ARMS, summary="mean", on=ON)
    for name in ("recruitment", "retention", "funnel", "clustering", "employment", "work"):
        with pytest.raises(LookupError, match="no participants"):
            getattr(found, name)
    assert found.known.n == 2


def test_a_metric_of_people_cannot_be_judged() -> None:
    criterion: Criterion = ProgressionCriterion(
        key="k", label="l", metric="retention", unit="proportion", green_at=Decimal("0.8"),
        amber_at=Decimal("0.5"),
        direction="higher", rationale="r",
    )  # fmt: skip
    with pytest.raises(KeyError):
        feasibility.assess_clusters(
            frames([1.0, 2.0]), arms=ARMS, summary="mean", on=ON, criteria=[criterion]
        )
