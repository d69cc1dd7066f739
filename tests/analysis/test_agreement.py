"""Kappa against a published table, an independent implementation, and the corners said in words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from tests.analysis.invariants import alike
from trial.analysis.agreement import agreement, kappa, presence

# Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323-327: 200 people, three diagnoses, two raters.
PUBLISHED = ((106, 10, 4), (22, 28, 10), (2, 12, 6))
TABLES = st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=4, max_size=4)


def spread(table) -> tuple[list[int], list[int]]:
    """The two coders' codes behind a table of counts."""
    pairs = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def test_the_published_kappa() -> None:
    found = agreement(*spread(PUBLISHED))
    assert (found.n, found.agreed.count) == (200, 140)
    assert round(found.kappa.value, 3) == 0.429


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(table=TABLES)
def test_an_independent_implementation_agrees(weights, table) -> None:
    counts = np.array(table)
    first, second = spread(table)
    found = kappa(first, second, order=range(4), weights=weights)
    if not found.estimable:
        assert found.reason
        return
    with np.errstate(invalid="ignore", divide="ignore"):
        other = cohens_kappa(counts, wt=None if weights == "none" else weights)
    if found.low is None:
        assert found.value == pytest.approx(other.kappa) and other.std_kappa < 1e-6
        return
    half = 1.959963984540054 * other.std_kappa
    assert found.value == pytest.approx(other.kappa, abs=1e-9)
    assert found.low == pytest.approx(max(-1, other.kappa - half), abs=1e-6)
    assert found.high == pytest.approx(min(1, other.kappa + half), abs=1e-6)


def test_what_cannot_be_estimated_is_said_in_words() -> None:
    assert kappa([], []).reason == "nothing was coded by both"
    assert kappa(["a", None], [None, "a"]).n == 0
    assert "one and the same code" in kappa("aaa", "aaa").reason
    whole = kappa("abab", "abab")
    assert (whole.value, whole.low) == (1.0, None) and "no spread" in whole.reason
    assert kappa("aabb", "bbaa").value == -1.0


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        kappa("ab", "a")
    with pytest.raises(ValueError, match="in their order"):
        kappa("ab", "ab", weights="linear")
    with pytest.raises(ValueError, match="does not name"):
        kappa("ab", "ab", order="a")


def test_codes_that_nobody_used_do_not_change_kappa() -> None:
    first, second = spread(PUBLISHED)
    assert alike(kappa(first, second).value, kappa(first, second, order=range(9)).value)


def test_several_codes_count_by_their_presence() -> None:
    first = [{"a"}, {"a", "b"}, {"b"}, set(), None]
    second = [{"a"}, {"b"}, {"b"}, set(), {"a"}]
    found = presence(first, second, ["a", "b", "never"])
    assert found.n == 4
    assert found.by_code["b"].kappa.value == 1.0
    assert found.by_code["a"].agreed.count == 3
    assert found.by_code["never"].kappa.reason
    # a: seen 3/4, by chance 1/2*1/4 + 1/2*3/4 = 1/2; b: seen 1, by chance 1/2.
    assert found.pooled.value == pytest.approx((0.875 - 0.5) / 0.5)
    assert presence([], [], ["a"]).pooled.reason == "nothing was coded by both"
