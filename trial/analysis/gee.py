"""Marginal logistic models of clustered data, with standard errors for few clusters.

Estimating equations with an exchangeable or independent working correlation. Separation, which
would give an infinite odds ratio, is looked for first: statsmodels prints 36.2 with a standard
error of 0.09 (0 events in an arm). Its t reference is missing too (issue 8610), and its
exchangeable correlation is unstable on small data (issue 8720), so the equations are solved here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy import optimize, special

from trial.analysis.estimate import Estimate, check_level, level_words, not_estimable
from trial.analysis.icc import FEW

FALLBACK = "show the exact counts and the risk difference with Newcombe's interval"
SEPARATED = (
    f"separation: a group has no event or only events, so the log odds are infinite; {FALLBACK}"
)
UNSETTLED = (
    "the working correlation leaves its range or does not settle: use the independence one, or "
    f"{FALLBACK}"
)
MOST_STEPS = 200
# Standard errors as small are rounding: the clusters' residuals cancel.
NOTHING = 1e-9


class Working(StrEnum):
    """The working correlation of two participants of one cluster."""

    EXCHANGEABLE = "exchangeable"
    INDEPENDENCE = "independence"


class Convention(StrEnum):
    """How the correlation is estimated from moments: less the coefficients (R's gee), or not."""

    LESS_COEFFICIENTS = "less the number of coefficients"
    PLAIN = "plain"


class Variance(StrEnum):
    """The sandwich whose standard errors are used."""

    LIANG_ZEGER = "Liang-Zeger"
    MANCL_DEROUEN = "Mancl-DeRouen"
    KAUERMANN_CARROLL = "Kauermann-Carroll"
    FAY_GRAUBARD = "Fay-Graubard"
    FORD_WESTGATE = "mean of Kauermann-Carroll and Mancl-DeRouen"
    PUSTEJOVSKY_TIPTON = "Pustejovsky-Tipton"


@dataclass(frozen=True)
class Fit:
    """Log odds and log odds ratios by term, working correlation and standard errors.

    ``beta`` and each entry of ``se`` follow ``terms``. ``df`` are the clusters less the parameters
    that are the same throughout each cluster. Where ``beta`` is empty ``reason`` says why. A
    standard error of exactly 0 says that the clusters' residuals cancel: :func:`effect` refuses it.
    """

    terms: tuple[str, ...]
    beta: tuple[float, ...]
    alpha: float | None
    se: dict[Variance, tuple[float, ...]]
    clusters: int
    n: int
    df: int
    method: str
    reason: str = ""
    caution: str = ""

    @property
    def estimable(self) -> bool:
        """Whether there are coefficients."""
        return bool(self.beta)


@dataclass(frozen=True)
class Effect:
    """One coefficient on the log odds scale with its t interval, t and two-sided p."""

    estimate: Estimate
    se: float | None
    t: float | None
    df: int
    p: float | None


def fit(
    cluster: Sequence[object],
    outcome: Sequence[int],
    terms: dict[str, Sequence[float]],
    *,
    working: Working = Working.EXCHANGEABLE,
    convention: Convention = Convention.LESS_COEFFICIENTS,
) -> Fit:
    """The logistic model of an outcome, 0 or 1, on an intercept and the terms given.

    ``cluster``, ``outcome`` and each of ``terms`` have one entry a participant. Not estimable, with
    the reason: separation, terms that say the same, fewer clusters than cluster-level parameters
    need, a working correlation out of its range. Below ten clusters the caution says that the
    model should not be used.
    Raises ValueError for lengths that differ, a term that is not finite, or an outcome other than 0
    and 1.
    Source: Liang & Zeger 1986, Biometrika 73:13-22; Mancl & DeRouen 2001, Biometrics 57:126-134;
    Kauermann & Carroll 2001, JASA 96:1387-1396; Fay & Graubard 2001, Biometrics 57:1198-1206.

    >>> found = fit("aaabbbcccddd", [1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0], {"arm": [1] * 6 + [0] * 6})
    >>> [round(value, 4) for value in found.beta], found.df
    ([-0.6931, 0.6931], 2)
    """
    x, y, names = _design(cluster, outcome, terms)
    labels, index = np.unique(np.array([str(c) for c in cluster], dtype=str), return_inverse=True)
    k = len(labels)
    df = k - _cluster_level(x, index, k)
    method = f"GEE, logit, {working} working correlation"
    caution = ""
    if k < FEW:
        caution = f"{k} clusters are too few for this model: {FALLBACK}."
    reason = _refusal(x, y, df)
    solved = None if reason else _solve(x, y, index, working, convention)
    if solved is None:
        reason = reason or UNSETTLED
        return Fit(names, (), None, {}, k, len(y), max(0, df), method, reason, caution)
    beta, alpha = solved
    se = _errors(x, y, index, beta, alpha)
    if Variance.FORD_WESTGATE not in se:
        caution += (
            " A cluster decides a coefficient alone: some standard errors cannot be corrected."
        )
    coefficients = tuple(float(value) for value in beta)
    return Fit(names, coefficients, alpha, se, k, len(y), df, method, caution=caution.strip())


def pustejovsky_tipton(
    cluster: Sequence[object], outcome: Sequence[int], terms: dict[str, Sequence[float]]
) -> Fit:
    """The independence fit with Pustejovsky and Tipton's standard errors (CR2) added.

    They equal Kauermann and Carroll's where the working weights do not vary within clusters. Not
    estimable, and ValueError, as for :func:`fit`; the time grows with the cube of a cluster's size.
    Source: Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683; as R's clubSandwich.

    >>> arm = {"arm": [1] * 6 + [0] * 6}
    >>> found = pustejovsky_tipton("aaabbbcccddd", [1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0], arm)
    >>> own, plain = found.se[Variance.PUSTEJOVSKY_TIPTON], found.se[Variance.KAUERMANN_CARROLL]
    >>> [round(a - b, 9) + 0 for a, b in zip(own, plain)]
    [0.0, 0.0]
    """
    found = fit(cluster, outcome, terms, working=Working.INDEPENDENCE)
    if Variance.FORD_WESTGATE not in found.se:
        return found
    x, y, _ = _design(cluster, outcome, terms)
    labels = np.array([str(own) for own in cluster], dtype=str)
    fitted = special.expit(x @ np.array(found.beta))
    weight = fitted * (1 - fitted)
    whole = np.linalg.inv(x.T @ (x * weight[:, None]))
    scores = []
    for label in np.unique(labels):
        own = labels == label
        root, slope = np.sqrt(weight[own]), x[own] * weight[own][:, None]
        inner = (np.diag(weight[own]) - slope @ whole @ slope.T) * np.outer(root, root)
        values, vectors = np.linalg.eigh(inner)
        shrunk = (vectors / np.sqrt(values)) @ vectors.T
        scores.append((x[own] * root[:, None]).T @ shrunk @ (root * (y - fitted)[own]))
    se = _sandwich(whole, np.array(scores))
    return replace(found, se=found.se | {Variance.PUSTEJOVSKY_TIPTON: se})


def effect(
    found: Fit,
    term: str,
    variance: Variance = Variance.KAUERMANN_CARROLL,
    conf_level: float = 0.95,
) -> Effect:
    """One coefficient with its t interval on clusters less cluster-level parameters.

    Not estimable where the model or the standard error is not. Raises ValueError for a term that
    the model does not have.
    Source: Li & Redden 2015, Stat Med 34:281-296; Ford & Westgate 2017, Stat Med 36:4124-4137.

    >>> arm = {"arm": [1] * 6 + [0] * 6}
    >>> found = fit("aaabbbcccddd", [0] * 12, arm)
    >>> effect(found, "arm").estimate.reason[:10]
    'separation'
    """
    check_level(conf_level)
    if term not in found.terms:
        raise ValueError(f"the model has no term {term}, only {', '.join(found.terms)}")
    method = f"{found.method}, {variance}, t on {found.df} {level_words(conf_level)}"
    at = found.terms.index(term)
    if not found.estimable:
        return Effect(not_estimable(found.n, method, found.reason), None, None, found.df, None)
    value = found.beta[at]
    if not found.se.get(variance, (0.0,) * len(found.terms))[at]:
        cancelled = variance in found.se
        why = "is 0: the clusters' residuals cancel" if cancelled else "is not available"
        reason = f"the {variance} standard error {why} for this model; {FALLBACK}"
        estimate = Estimate(value, None, None, found.n, method, reason)
        return Effect(estimate, None, None, found.df, None)
    se = found.se[variance][at]
    half = float(special.stdtrit(found.df, (1 + conf_level) / 2)) * se
    p = 2 * float(special.stdtr(found.df, -abs(value / se)))
    estimate = Estimate(value, value - half, value + half, found.n, method)
    return Effect(estimate, se, value / se, found.df, p)


def separated(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether some combination of the terms tells the outcomes apart, wholly or in part.

    ``x`` has one row a participant and one column a coefficient, the intercept among them; ``y`` is
    0 or 1. By linear programming. Source: Albert & Anderson 1984, Biometrika 71:1-10; Konis 2007.

    >>> separated(np.array([[1, 0], [1, 0], [1, 1], [1, 1]]), np.array([0, 0, 0, 1]))
    True
    """
    rows = np.unique(np.column_stack([x, y]).astype(float), axis=0)
    signed = rows[:, :-1] * (2 * rows[:, -1:] - 1)
    # Terms on one scale, so that the size of what is found means something.
    signed = signed / np.maximum(np.abs(signed).max(axis=0), 1e-300)
    best = optimize.linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1)
    )
    return bool(-best.fun > 1e-7)


def _design(
    cluster: Sequence[object], outcome: Sequence[int], terms: dict[str, Sequence[float]]
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    y = np.asarray(outcome, dtype=float)
    lengths = {len(cluster), len(y), *(len(values) for values in terms.values())}
    if len(lengths) > 1 or not np.isin(y, (0, 1)).all():
        raise ValueError("give each participant a cluster, an outcome (0 or 1) and each term")
    columns = [np.asarray(values, dtype=float) for values in terms.values()]
    x = np.column_stack([np.ones(len(y)), *columns])
    if not np.isfinite(x).all():
        raise ValueError("a term is a finite number for every participant")
    return x, y, ("(Intercept)", *terms)


def _cluster_level(x: np.ndarray, index: np.ndarray, k: int) -> int:
    """How many terms are the same throughout every cluster."""
    if not len(x):
        return x.shape[1]
    same = np.ones(x.shape[1], dtype=bool)
    for i in range(k):
        own = x[index == i]
        same &= (own == own[0]).all(axis=0)
    return int(same.sum())


def _refusal(x: np.ndarray, y: np.ndarray, df: int) -> str:
    if not len(y):
        return "nobody has an outcome"
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return "the terms say the same thing twice, or do not vary: leave one out"
    if separated(x, y):
        return SEPARATED
    if df < 1:
        return f"there are no more clusters than cluster-level parameters; {FALLBACK}"
    return ""


def _solve(
    x: np.ndarray, y: np.ndarray, index: np.ndarray, working: Working, convention: Convention
) -> tuple[np.ndarray, float] | None:
    """Coefficients and correlation by turns until neither moves; None if they do not settle."""
    beta, alpha = np.zeros(x.shape[1]), 0.0
    for _ in range(MOST_STEPS):
        fitted = special.expit(x @ beta)
        spread = np.sqrt(fitted * (1 - fitted))
        if not (spread > 1e-8).all():
            return None
        if working is Working.EXCHANGEABLE:
            alpha = _correlation((y - fitted) / spread, index, x.shape[1], convention)
        largest = np.bincount(index).max()
        if not (alpha < 1 and 1 + (largest - 1) * alpha > 1e-9):
            return None
        scores, bread = _pieces(x, y, index, beta, alpha)
        step = np.linalg.solve(bread.sum(axis=0), scores.sum(axis=0))
        # Half steps back where a full one would be wild: the equations start at 0.
        step = step / max(1.0, float(np.abs(step).max()) / 5)
        beta = beta + step
        if float(np.abs(step).max()) < 1e-11:
            return beta, alpha
    return None


def _correlation(residual: np.ndarray, index: np.ndarray, p: int, convention: Convention) -> float:
    less = p if convention is Convention.LESS_COEFFICIENTS else 0
    sizes, sums = np.bincount(index), np.bincount(index, weights=residual)
    squares = float(np.square(residual).sum())
    pairs = float((sizes * (sizes - 1)).sum()) / 2 - less
    people = len(residual) - less
    if pairs <= 0 or people <= 0:
        return 0.0
    products = (float(np.square(sums).sum()) - squares) / 2
    return products / pairs / (squares / people)


def _pieces(
    x: np.ndarray, y: np.ndarray, index: np.ndarray, beta: np.ndarray, alpha: float
) -> tuple[np.ndarray, np.ndarray]:
    """Each cluster's score and information, D'V^-1 r and D'V^-1 D, by the closed inverse of R."""
    fitted = special.expit(x @ beta)
    spread = np.sqrt(fitted * (1 - fitted))
    d, r = x * spread[:, None], (y - fitted) / spread
    k, p = int(index.max()) + 1, x.shape[1]
    sizes = np.bincount(index)
    total, squares, cross = np.zeros((k, p)), np.zeros((k, p, p)), np.zeros((k, p))
    np.add.at(total, index, d)
    np.add.at(squares, index, d[:, :, None] * d[:, None, :])
    np.add.at(cross, index, d * r[:, None])
    summed = np.bincount(index, weights=r)
    shared = alpha / (1 + (sizes - 1) * alpha)
    scores = (cross - shared[:, None] * total * summed[:, None]) / (1 - alpha)
    bread = squares - shared[:, None, None] * total[:, :, None] * total[:, None, :]
    return scores, bread / (1 - alpha)


def _errors(
    x: np.ndarray, y: np.ndarray, index: np.ndarray, beta: np.ndarray, alpha: float
) -> dict[Variance, tuple[float, ...]]:
    """The sandwiches, with each cluster's leverage H = D B D'V^-1 reduced to p by p.

    For any function f of H, D'V^-1 f(H) r = f(W B) D'V^-1 r with W = D'V^-1 D, so that no matrix
    of a cluster's size is needed. W B is turned symmetric by the root of B = (sum of W)^-1.
    """
    scores, bread = _pieces(x, y, index, beta, alpha)
    whole = np.linalg.inv(bread.sum(axis=0))
    values, vectors = np.linalg.eigh(whole)
    root = (vectors * np.sqrt(values)) @ vectors.T
    back = (vectors / np.sqrt(values)) @ vectors.T
    own, turn = np.linalg.eigh(root @ bread @ root)
    turned = np.einsum("kqp,kq->kp", turn, scores @ root)
    found = {Variance.LIANG_ZEGER: _sandwich(whole, scores)}
    leverage = np.einsum("kpq,qp->kp", bread, whole)
    fay = scores / np.sqrt(1 - np.minimum(0.75, leverage))
    found[Variance.FAY_GRAUBARD] = _sandwich(whole, fay)
    if own.max() < 1 - 1e-9:
        for name, power in ((Variance.MANCL_DEROUEN, 1.0), (Variance.KAUERMANN_CARROLL, 0.5)):
            grown = np.einsum("kpq,kq->kp", turn, turned / (1 - own) ** power)
            found[name] = _sandwich(whole, grown @ back)
        pair = found[Variance.KAUERMANN_CARROLL], found[Variance.MANCL_DEROUEN]
        found[Variance.FORD_WESTGATE] = tuple((a + b) / 2 for a, b in zip(*pair, strict=True))
    return found


def _sandwich(bread: np.ndarray, scores: np.ndarray) -> tuple[float, ...]:
    spread = bread @ (scores.T @ scores) @ bread
    found = [math.sqrt(max(0.0, float(value))) for value in np.diag(spread)]
    return tuple(0.0 if value < NOTHING else value for value in found)
