"""The progression criteria: their thresholds, what was observed, and the lights."""

from collections.abc import Iterator
from typing import Any

from trial.analysis.progression import Light as Judged
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.report.value import Block, Colour, Light, Table


def judged(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Each criterion with its light, and the worst of them."""
    yield Light(_colour(found.results.progression.overall), "all criteria together")
    rows = tuple(_criterion(light) for light in found.results.progression.criteria)
    yield Table(
        "Each criterion against its thresholds",
        ("Criterion", "Observed", "Green from", "Amber from", "Light"),
        rows,
        note="Lights judge the point estimate; the interval shows how far it may be off.",
    )


def _colour(word: object) -> Colour:
    found = str(word).lower()
    return Colour(found) if found in {colour.value for colour in Colour} else Colour.GREY


def _criterion(light: Judged) -> tuple[Any, ...]:
    share = light.unit == "proportion"
    told = sentences.share if share else sentences.rate
    if light.metric == "recruited":
        observed = "" if light.estimate.value is None else f"{light.estimate.value:.0f}"
    else:
        observed = told(light.estimate)

    def limit(value: float) -> str:
        return sentences.percent(value) if share else f"{float(value):g} {light.unit}"

    return (
        light.label,
        observed,
        limit(float(light.green_at)),
        limit(float(light.amber_at)),
        Light(_colour(light.colour)),
    )
