"""The progression criteria: their thresholds, what was observed, and the lights."""

from collections.abc import Iterator
from typing import Any

from trial.analysis.progression import Banded
from trial.analysis.progression import Colour as Verdict
from trial.analysis.progression import Light as Judged
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.sections import bands
from trial.protocol import Protocol
from trial.report.value import Block, Colour, Light, Table, Text

FOR_JUDGEMENT = "For judgement"
NOTE = "Lights judge the point estimate; the interval shows how far it may be off."


def judged(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Each criterion with its light, and the worst of them."""
    overall = found.results.progression.overall
    if overall is Verdict.BETWEEN:
        yield Text("All criteria together: for judgement, since a value lies between two bands.")
    else:
        yield Light(_colour(overall), "all criteria together")
    criteria = found.results.progression.criteria
    rows = tuple(_criterion(light) for light in criteria if isinstance(light, Judged))
    if rows:
        yield Table(
            "Each criterion against its thresholds",
            ("Criterion", "Observed", "Green from", "Amber from", "Light"),
            rows,
            note=NOTE,
        )
    banded = tuple(_banded(one) for one in criteria if isinstance(one, Banded))
    if banded:
        yield Table(
            "Each criterion against its bands",
            ("Criterion", "Observed", "Bands", "The rule gives", "Light"),
            banded,
            note=f"{NOTE} Between two bands no band holds the value, and it is for judgement.",
        )
    yield from _decided(protocol, found)


def _colour(word: object) -> Colour:
    found = str(word).lower()
    return Colour(found) if found in {colour.value for colour in Colour} else Colour.GREY


def _decided(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """What was decided, beside what the rules gave when it was."""
    names = {"": "The trial as a whole"} | {one.key: one.label for one in protocol.progression}
    held = [one for key in names if (one := found.decisions.get(key)) is not None]
    if held:
        why = [] if found.told.blinded or not found.told.arms else ["Why"]
        yield Table(
            "What was decided, beside what the rules gave that day",
            ("Criterion", "The rule gave", "Decided", "By", "On", *why),
            tuple(
                (
                    names[one.criterion], one.rule_gave, one.decided, one.decided_by,
                    one.decided_on, *([one.because] if why else []),
                )
                for one in held
            ),
        )  # fmt: skip


def _observed(light: Judged | Banded) -> str:
    told = sentences.share if light.unit == "proportion" else sentences.rate
    if light.metric == "recruited":
        return "" if light.estimate.value is None else f"{light.estimate.value:.0f}"
    return told(light.estimate)


def _banded(one: Banded) -> tuple[Any, ...]:
    verdict = one.verdict or ("between two bands" if one.estimate.estimable else "no figure yet")
    light = FOR_JUDGEMENT if one.colour is Verdict.BETWEEN else Light(_colour(one.colour))
    said = "; ".join(bands.words(one.unit, one.direction, one.bands))
    return (one.label, _observed(one), said, verdict, light)


def _criterion(light: Judged) -> tuple[Any, ...]:
    share = light.unit == "proportion"

    def limit(value: float) -> str:
        return sentences.percent(value) if share else f"{float(value):g} {light.unit}"

    return (
        light.label,
        _observed(light),
        limit(float(light.green_at)),
        limit(float(light.amber_at)),
        Light(_colour(light.colour)),
    )
