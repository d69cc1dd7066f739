"""What holds of an outcome that is not work, of the guesses of the arm, and of bands of criteria."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, figures, sound, wider
from trial.analysis import blinding, primary, progression, tables

QUICK = settings(max_examples=40, deadline=None, derandomize=True)
COUNTS = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
VALUES = st.lists(st.integers(-50, 50).map(float), max_size=30)
ROWS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 50)), min_size=1, max_size=30
)
ARM_OF = dict(zip("abcdef", "ABABAB", strict=True))
ON = date(2024, 12, 1)


@QUICK
@given(counts=COUNTS)
def test_guesses_turned_round_turn_the_index(counts) -> None:
    right, wrong, unsure = counts
    found, turned = blinding.bang(right, wrong, unsure), blinding.bang(wrong, right, unsure)
    assert sound(found)
    if found.value is not None:
        assert found.value == pytest.approx(-turned.value)
        assert blinding.bang(right + 1, wrong, unsure).value >= found.value
        assert wider(blinding.bang(right, wrong, unsure, conf_level=0.99), found)


@QUICK
@given(values=VALUES, by=st.integers(-9, 9))
def test_a_mean_knows_no_order_and_moves_with_its_values(values, by) -> None:
    found, moved = primary.mean(values), primary.mean([value + by for value in values])
    assert sound(found) and alike(figures(found), figures(primary.mean(values[::-1])))
    if found.value is not None:
        assert moved.value == pytest.approx(found.value + by, abs=1e-9)


def _frames(rows, arm_of):
    people = pd.DataFrame(
        {
            "number": [f"P{i}" for i in range(len(rows))],
            "cluster": [cluster for cluster, _ in rows],
            "arm": [arm_of[cluster] for cluster, _ in rows],
            "enrolled_on": [date(2024, 1, 1)] * len(rows),
            "after_reveal": False,
            "withdrew_intervention_on": None,
            "withdrew_followup_on": None,
            "withdrew_data_on": None,
            "died_on": None,
        }
    )
    outcome = pd.DataFrame(
        {
            "number": people["number"],
            "due_on": [date(2024, 10, 1)] * len(rows),
            "value": [value for _, value in rows],
        }
    )
    return tables.prepare(participants=people, primary=outcome)


@QUICK
@given(rows=ROWS)
def test_an_outcome_knows_no_order_and_arms_change_places(rows) -> None:
    def told(listed, arm_of=ARM_OF):
        frames = _frames(listed, arm_of)
        assert primary.joined(frames)["value"].notna().sum() == sum(v is not None for _, v in rows)
        return primary.describe(frames, arms=["A", "B"], summary="mean", on=ON)

    found, back = told(rows), told(rows[::-1])
    assert sound(found) and alike(figures(found), figures(back))
    swapped = told(rows, {cluster: "BA"["AB".index(arm)] for cluster, arm in ARM_OF.items()})
    assert alike(figures(found.by_arm["A"]), figures(swapped.by_arm["B"]))
    one, other = found.differences[0].of_clusters, swapped.differences[0].of_clusters
    assert (one.value is None) == (other.value is None)
    if one.value is not None:
        assert one.value == pytest.approx(-other.value, abs=1e-9)


ENDS = st.lists(st.integers(0, 100), min_size=2, max_size=4, unique=True)


@QUICK
@given(ends=ENDS, value=st.integers(-5, 105), step=st.integers(0, 20))
def test_a_better_value_is_never_in_a_worse_band_and_mirrors(ends, value, step) -> None:
    ends = sorted(ends, reverse=True)
    bands = [SimpleNamespace(label=str(end), worst=end, best=None) for end in ends]
    mirrored = [SimpleNamespace(label=str(end), worst=-end, best=None) for end in ends]

    def place(at):
        held = progression.band(at, bands)
        return len(ends) if held is None else bands.index(held)

    assert place(value + step) <= place(value)
    held, turned = progression.band(value, bands), progression.band(-value, mirrored, "lower")
    assert (held and held.label) == (turned and turned.label)
