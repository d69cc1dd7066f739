"""What holds of a trial of clusters alone, whatever its clusters are like."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, figures, sound
from trial.analysis import clusters_alone, feasibility, flow, primary, progression, tables

QUICK = settings(max_examples=40, deadline=None, derandomize=True)
ON, DAY = date(2024, 12, 1), date(2024, 1, 1)
ARMS = ("A", "B")
SOME_DAY = st.none() | st.just(DAY)
# A cluster: its arm, whether approached, permitted, opened, allocated, closed; and its outcome.
CLUSTER = st.tuples(
    st.sampled_from([*ARMS, None]), *[SOME_DAY] * 5, st.none() | st.integers(0, 1).map(float)
)
CLUSTERS = st.lists(CLUSTER, max_size=16)
SUMMARIES = st.sampled_from(["mean", "proportion"])


def _frames(rows) -> tables.Frames:
    names = [
        "arm",
        "approached_on",
        "permission_on",
        "opened_on",
        "allocated_on",
        "closed_on",
        "value",
    ]
    table = pd.DataFrame(rows, columns=names, dtype=object)
    table["cluster"] = [f"ward-{n:02}" for n in range(len(table))]
    outcome = table[["value"]].assign(number=table["cluster"], due_on=DAY)
    return tables.prepare(clusters=table.assign(identified_on=DAY), primary=outcome)


@QUICK
@given(rows=CLUSTERS, summary=SUMMARIES)
def test_any_clusters_give_sound_results(rows, summary) -> None:
    frames = _frames(rows)
    found = feasibility.assess_clusters(frames, arms=ARMS, summary=summary, on=ON)
    assert sound(found.primary) and all(found.flow.checks.values())
    assert all(box.people is None for box in found.flow.boxes)
    part = primary.of_each_cluster(frames)
    assert found.primary.overall.enrolled == len(part) <= len(rows)
    assert found.primary.overall.known == part["value"].notna().sum()


@QUICK
@given(rows=CLUSTERS, summary=SUMMARIES)
def test_arms_change_places_and_rows_their_order(rows, summary) -> None:
    def told(listed):
        return primary.of_clusters(_frames(listed), arms=ARMS, summary=summary, on=ON)

    turned = {"A": "B", "B": "A", None: None}
    found, swapped = told(rows), told([(turned[arm], *rest) for arm, *rest in rows])
    assert alike(figures(found.overall), figures(told(rows[::-1]).overall))
    assert alike(figures(found.by_arm["A"]), figures(swapped.by_arm["B"]))
    one, other = found.differences[0].of_clusters, swapped.differences[0].of_clusters
    assert (one.value is None) == (other.value is None)
    if one.value is not None:
        assert one.value == pytest.approx(-other.value, abs=1e-9)


@QUICK
@given(rows=CLUSTERS)
def test_shares_of_clusters_are_counts_of_them(rows) -> None:
    frames = _frames(rows)
    known = primary.of_clusters(frames, arms=ARMS, summary="mean", on=ON).known
    found = clusters_alone.metrics(frames.clusters, known)
    assert found.keys() > clusters_alone.taking_part(frames.clusters).keys()
    assert 0 <= found["clusters_opened"].exact <= len(rows)
    for name in ("cluster_agreement", "cluster_retention", "outcome_completeness"):
        one = found[name]
        assert sound(one.estimate) and one == progression.of_share(one.estimate)
        assert one.exact is None or 0 <= one.exact <= 1
    boxes = flow.cluster_boxes(frames.clusters)
    drawn = clusters_alone.flow_of(frames, arms=()).boxes
    assert [box.clusters for box in drawn[: len(boxes)]] == [box.clusters for box in boxes]
    assert boxes[0].clusters == len(rows)
