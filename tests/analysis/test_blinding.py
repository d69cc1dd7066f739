"""Bang's blinding index against its published example, and what always holds of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.analysis import blinding

COUNTS = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("counts", "value", "low", "high"),
    [((82, 25, 170), 0.21, 0.15, 0.26), ((29, 27, 83), 0.01, -0.07, 0.10)],
)
def test_the_published_example(counts, value, low, high):
    """CRISP, table 7 of Bang, Ni & Davis 2004: one-sided limits of 95% are those of 90% on two sides."""
    found = blinding.bang(*counts, conf_level=0.90)
    assert [round(one, 2) for one in (found.value, found.low, found.high)] == [value, low, high]


@given(COUNTS, COUNTS, COUNTS)
def test_it_lies_in_its_interval_and_turns_with_the_guesses(right, wrong, unsure):
    found, turned = blinding.bang(right, wrong, unsure), blinding.bang(wrong, right, unsure)
    if right + wrong + unsure == 0:
        assert found.value is None and found.reason
        return
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.value == pytest.approx(-turned.value)
    assert found.low == pytest.approx(-turned.high)
    assert found.n == right + wrong + unsure and found.count == right


def test_a_count_below_nought_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        blinding.bang(-1, 0, 0)
