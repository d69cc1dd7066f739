"""The bands of a progression criterion in words: which values each holds."""

from collections.abc import Iterable, Iterator

from trial.conduct.reports import sentences
from trial.protocol.progression import UNITS, Each

COMBINED = {"all": "all parts: the worst stands", "any": "any part: the best stands"}
OF_A_CLUSTER = {
    "recruited": "enrolled",
    "recruitment_rate": "enrolled a month",
    "retention": "with the primary visit done, of everyone enrolled",
    "retention_of_due": "with the primary visit done, of those due",
    "consent_rate": "consenting, of those approached",
    "outcome_completeness": "with the primary outcome known",
}
Band = tuple[str, float | None, float | None]


def words(unit: str, direction: str, bands: Iterable[Band]) -> Iterator[str]:
    """Each band with its values: label, worst and best value as numbers; the best band first."""
    higher, before = direction == "higher", None
    for label, worst, best in bands:
        yield f"{label}: {_values(unit, higher, before, worst, best)}"
        before = worst


def each(reached: Each) -> str:
    """What a cluster must reach to be counted: a cluster counts with 10 people or more enrolled."""
    worst, up = (
        (reached.at_least, "or more") if reached.at_most is None else (reached.at_most, "or less")
    )
    told = limit(float(worst or 0), UNITS[reached.metric])
    return f"a cluster counts with {told} {up} {OF_A_CLUSTER[reached.metric]}"


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
