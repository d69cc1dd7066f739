"""Names and figures that the sections of the process evaluation share."""

from trial.protocol import Protocol

ACROSS = "Across clusters"


def team_label(protocol: Protocol, key: str | None) -> str:
    """The cluster of a review or an interview by its name."""
    names = {plan.key: plan.name for plan in protocol.clusters}
    return ACROSS if key is None else names.get(key, key)


def number(value: float | None) -> str:
    """A figure with at most two places; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
