"""The bands of a progression criterion in words: which values each holds."""

from collections.abc import Iterable, Iterator

from trial.conduct.reports import sentences
from trial.protocol.progression import UNITS, Each

COMBINED = {"all": "all parts: the worst stands", "any": "any part: the best stands"}
OF_A_CLUSTER = {
    "recruited": "an enrolment",
    "recruitment_rate": "a rate of enrolment",
    "retention": "a retention",
    "retention_of_due": "a retention, of those due,",
    "consent_rate": "a rate of consent",
    "outcome_completeness": "a completeness of the primary outcome",
}
Band = tuple[str, float | None, float | None]


def words(unit: str, direction: str, bands: Iterable[Band]) -> Iterator[str]:
    """Each band with its values: label, worst and best value as numbers; the best band first."""
    higher, before = direction == "higher", None
    for label, worst, best in bands:
        yield f"{label}: {_values(unit, higher, before, worst, best)}"
        before = worst


def each(reached: Each) -> str:
    """What a cluster must reach to be counted: clusters with an enrolment of 10 people or more."""
    least, up = reached.at_least, "or more"
    if least is None:
        least, up = reached.at_most, "or less"
    told = limit(float(least or 0), UNITS[reached.metric])
    return f"clusters with {OF_A_CLUSTER[reached.metric]} of {told} {up}"


def of_thresholds(green: float, amber: float) -> tuple[Band, ...]:
    """Two thresholds as the bands that they make."""
    return ("green", green, None), ("amber", amber, None), ("red", None, None)


def limit(value: float, unit: str) -> str:
    """One end of a band with its unit."""
    return sentences.percent(value) if unit == "proportion" else f"{value:g} {unit}"


def _values(
    unit: str, higher: bool, before: float | None, worst: float | None, best: float | None
) -> str:
    up, down = ("or more", "or less") if higher else ("or less", "or more")
    if worst is not None and best is not None:
        return f"{limit(worst, unit)} to {limit(best, unit)}"
    if worst is not None:
        beyond = ("below" if higher else "above") + f" {limit(before or 0.0, unit)}"
        return f"{limit(worst, unit)} {up}" + ("" if before is None else f", {beyond}")
    if best is not None:
        return f"{limit(best, unit)} {down}"
    return "any other value"
