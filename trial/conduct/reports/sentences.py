"""Estimates, reasons and names in words."""

from collections.abc import Iterable, Mapping

from trial.analysis.estimate import Estimate
from trial.analysis.funnel import Reason
from trial.protocol import Protocol
from trial.records.frames import Masks
from trial.report.picture import Interval
from trial.report.value import Table


def percent(value: float | None) -> str:
    """A proportion as a percentage with one place."""
    return "" if value is None else f"{100 * value:.1f}%"


def share(estimate: Estimate) -> str:
    """A proportion with its count and interval: 13 of 18 (72.2%, 95% CI 49.1% to 87.5%)."""
    if estimate.value is None:
        return f"not estimable: {estimate.reason}"
    return (
        f"{estimate.count} of {estimate.n} ({percent(estimate.value)},"
        f" 95% CI {percent(estimate.low)} to {percent(estimate.high)})"
    )


def points(estimate: Estimate) -> str:
    """A difference of proportions in percentage points with its interval."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return f"not estimable: {estimate.reason}"
    value, low, high = (f"{100 * v:+.1f}" for v in (estimate.value, estimate.low, estimate.high))
    return f"{value} percentage points (95% CI {low} to {high})"


def rate(estimate: Estimate) -> str:
    """A rate with its interval."""
    if estimate.value is None:
        return f"not estimable: {estimate.reason}"
    high = "no upper limit" if estimate.high is None else f"{estimate.high:.2f}"
    return f"{estimate.value:.2f} (95% CI {estimate.low:.2f} to {high})"


def figure(estimate: Estimate, places: int) -> str:
    """A figure with its interval, both to so many places; or why there is none."""
    if estimate.value is None:
        return f"not estimable: {estimate.reason}"
    if estimate.low is None and estimate.high is None:
        return f"{estimate.value:.{places}f}"
    low = "no lower limit" if estimate.low is None else f"{estimate.low:.{places}f}"
    high = "no upper limit" if estimate.high is None else f"{estimate.high:.{places}f}"
    return f"{estimate.value:.{places}f} (95% CI {low} to {high})"


def chance(estimate: Estimate) -> str:
    """A share that no count stands behind, such as of a curve, with its interval."""
    if estimate.value is None:
        return f"not estimable: {estimate.reason}"
    if estimate.low is None or estimate.high is None:
        return percent(estimate.value)
    return f"{percent(estimate.value)} (95% CI {percent(estimate.low)} to {percent(estimate.high)})"


def interval(label: str, estimate: Estimate) -> Interval:
    """A row of the figure of proportions."""
    return Interval(label, estimate.value, estimate.low, estimate.high, share(estimate))


def arm_label(protocol: Protocol, told: Masks, arm: str) -> str:
    """An arm as this reader is told it: "Arm A", or its key with its name."""
    if told.blinded:
        return f"Arm {arm}"
    names = {one.key: one.name for one in protocol.arms}
    return f"{arm} ({names[arm]})" if arm in names else arm


def cluster_labels(protocol: Protocol, told: Masks) -> dict[str, str]:
    """The clusters as this reader is told them, by the key that the frames carry."""
    named = {plan.key: plan.name for plan in protocol.clusters}
    if not (told.blinded and told.names):
        return named
    return {told.cluster(key): f"Cluster {told.cluster(key)}" for key in named}


def reason_labels(protocol: Protocol) -> dict[str, str]:
    """The words of every coded reason that the flow can show."""
    lists = (
        protocol.screening.deciders,
        protocol.screening.not_referred_reasons,
        protocol.screening.not_approached_reasons,
        protocol.screening.declined_reasons,
    )
    labels = {code.key: code.label for codes in lists for code in codes}
    labels |= {criterion.key: criterion.text for criterion in protocol.eligibility}
    return labels | {"": "no reason recorded"}


def reasons_table(caption: str, reasons: Iterable[Reason], labels: Mapping[str, str]) -> Table:
    """Coded reasons with their counts."""
    rows = tuple((labels.get(reason.key, reason.key), reason.count) for reason in reasons)
    return Table(caption, ("Reason", "People"), rows or (("None", 0),), numeric=(1,))


def consented(protocol: Protocol) -> str:
    """How participants came to take part, as a sentence that follows another."""
    if not protocol.consent.bases:
        return (
            " Every participant gave written consent before anything else was done for the trial."
        )
    return f" People took part {on_bases(protocol)}, before anything else was done for the trial."


def on_bases(protocol: Protocol) -> str:
    """The bases of consent in words."""
    names = "; ".join(one.name for one in protocol.consent.bases)
    return f"on one of these bases ({names})" if len(protocol.consent.bases) > 1 else f"by: {names}"
