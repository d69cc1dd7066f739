"""What `scripts/bench --simulate` prints: every line is drawn, and no default is far off its level."""

import numpy as np
import pytest

from tests.bench import drawn, simulate


@pytest.mark.parametrize("group", simulate.GROUPS, ids=lambda group: group.__name__)
def test_intervals_hold_about_what_they_promise(group) -> None:
    rows = group(np.random.default_rng(7), 60)
    assert rows
    for row in rows:
        assert 0 <= row.held <= row.tried and row.tried + row.none >= 12, row
        if row.aim == "95%" and "±" not in row.what and "differ" not in row.truth:
            # Five errors below 90% is a fault; what is short by far, and by design, is left out.
            assert row.held / row.tried > 0.71, row


def test_drawn_clusters_have_the_correlation_asked() -> None:
    """The variance of a cluster's mean is ICC + (1 - ICC) / size; within, 1 - ICC a participant."""
    found = drawn.normal(np.random.default_rng(1), drawn.FEW, 0.3, 8000)
    means, within = (np.array([getattr(own, of) for own in found]) for of in ("means", "within"))
    for i, m in enumerate(drawn.FEW.sizes):
        assert means[:, i].var() == pytest.approx(0.3 + 0.7 / m, rel=0.07)
        assert within[:, i].mean() == pytest.approx(0.7 * (m - 1), rel=0.07)


@pytest.mark.parametrize("frailty", [0, 0.5])
def test_drawn_times_have_the_share_asked(frailty: float) -> None:
    months, jobs = drawn.times_to_job(np.random.default_rng(1), drawn.MANY, 0.75, frailty, 2000)
    early = (jobs & (months <= 6)).mean()
    # One in twenty is lost by 6 months, half of them before a job that would have come.
    assert early == pytest.approx(0.25 * 0.974, abs=0.012)
    assert months.max() <= 12
