"""Blinding: whether those who should not know the arm guess it more often than by chance."""

import math

from trial.analysis.estimate import Estimate, level_words, normal_quantile, not_estimable

METHOD = "Bang's blinding index (Bang, Ni & Davis 2004)"


def bang(right: int, wrong: int, unsure: int, conf_level: float = 0.95) -> Estimate:
    """Bang's blinding index of one arm: the share of right guesses less that of wrong ones.

    1 where all guess right, 0 where as many guess right as wrong, -1 where all guess wrong; ``unsure``
    are those who name no arm. The interval is Wald's, of people taken as independent, kept within -1
    and 1; it has no width where everyone answers alike. Not estimable where nobody was asked. Raises
    ValueError for a count below 0.
    Source: Bang, Ni & Davis 2004, Control Clin Trials 25:143-156, section 3.2.

    >>> round(bang(82, 25, 170).value, 4)
    0.2058
    """
    if min(right, wrong, unsure) < 0:
        raise ValueError("a count is 0 or more")
    n = right + wrong + unsure
    method = f"{METHOD}, {level_words(conf_level)}"
    if not n:
        return not_estimable(0, method, "nobody was asked")
    value = (right - wrong) / n
    # The variance of a difference of two shares of one multinomial.
    spread = (right + wrong) / n - value * value
    half = normal_quantile(conf_level) * math.sqrt(max(spread, 0.0) / n)
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), n, method, count=right)
