"""Three-outcome designs: the smallest pilot that ends in stop, pause or go with known errors."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import special


class Decision(StrEnum):
    """What a pilot's count says."""

    STOP = "stop"
    PAUSE = "pause"
    GO = "go"


@dataclass(frozen=True)
class Design:
    """A size with its thresholds (stop up to the first, go above the second) and their errors.

    None throughout, with the reason, where no size up to the largest allowed will do.
    """

    n: int | None
    thresholds: tuple[int, int] | None
    alpha: float | None
    beta: float | None
    gamma: float | None
    method: str = "three-outcome design (Wilson 2024)"
    reason: str = ""


def smallest(
    rho0: float,
    rho1: float,
    alpha: float = 0.05,
    beta: float = 0.2,
    gamma: float = 1.0,
    *,
    eta0: float = 0.5,
    eta1: float = 0.5,
    max_n: int = 300,
) -> Design:
    """The smallest pilot for a share that keeps three errors, and its two thresholds.

    ``alpha`` is the chance to go on in the end when the share is ``rho0``, ``beta`` not to when it
    is ``rho1``, ``gamma`` to decide at once when it is half way. ``eta0`` and ``eta1`` are the
    chances that a pause ends in the wrong decision. Among thresholds that keep all three the ones
    with the smallest gamma are taken. No effect of changes made in the pause is assumed. Raises
    ValueError unless 0 < rho0 < rho1 < 1 and the errors lie in (0, 1].
    Source: Wilson et al. 2024, BMC Med Res Methodol, 10.1186/s12874-024-02351-x (R package tout).

    >>> found = smallest(0.5, 0.7, gamma=0.6)
    >>> found.n, found.thresholds, round(found.alpha, 5), round(found.gamma, 5)
    (57, (33, 38), 0.04809, 0.54332)
    """
    if not 0 < rho0 < rho1 < 1:
        raise ValueError("the two shares are 0 < rho0 < rho1 < 1")
    if not all(0 < error <= 1 for error in (alpha, beta, gamma)):
        raise ValueError("the errors allowed lie above 0, and are at most 1")
    if not (0 <= eta0 <= 1 and 0 <= eta1 <= 1):
        raise ValueError("the errors after a pause lie between 0 and 1")
    for n in range(1, max_n + 1):
        errors = _errors(n, rho0, rho1, eta0, eta1)
        kept = (errors[0] <= alpha) & (errors[1] <= beta) & (errors[2] <= gamma)
        if kept.any():
            place = int(np.where(kept, errors[2], math.inf).argmin())
            stop, go = divmod(place, n + 1)
            first, second, third = (float(error.flat[place]) for error in errors)
            return Design(n, (stop, go), first, second, third)
    reason = (
        f"no pilot of up to {max_n} people keeps these errors: allow larger ones or more people"
    )
    return Design(None, None, None, None, None, reason=reason)


def decide(count: int, n: int, thresholds: tuple[int, int]) -> Decision:
    """What a count of n says: stop up to the first threshold, go above the second, else pause.

    Raises ValueError unless 0 <= count <= n. Source: Wilson et al. 2024.

    >>> decide(33, 57, (33, 38)), decide(38, 57, (33, 38)), decide(39, 57, (33, 38))
    (<Decision.STOP: 'stop'>, <Decision.PAUSE: 'pause'>, <Decision.GO: 'go'>)
    """
    if not 0 <= count <= n:
        raise ValueError(f"a count lies between 0 and {n}")
    if count <= thresholds[0]:
        return Decision.STOP
    return Decision.GO if count > thresholds[1] else Decision.PAUSE


def _errors(
    n: int, rho0: float, rho1: float, eta0: float, eta1: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Alpha, beta and gamma for every pair of thresholds: a row a stop, a column a go."""
    counts = np.arange(n + 1)
    low, high, middle = (special.bdtr(counts, n, rho) for rho in (rho0, rho1, (rho0 + rho1) / 2))
    alpha = (1 - low)[None, :] + eta0 * (low[None, :] - low[:, None])
    beta = high[:, None] + eta1 * (high[None, :] - high[:, None])
    gamma = 1 - (middle[None, :] - middle[:, None])
    possible = counts[:, None] <= counts[None, :]
    return np.where(possible, alpha, 2.0), np.where(possible, beta, 2.0), gamma
