"""The progression criteria: their thresholds, what was observed, and the lights."""

from collections.abc import Iterator
from typing import Any

from trial.analysis.progression import Banded, Combined, Judged
from trial.analysis.progression import Colour as Verdict
from trial.analysis.progression import Light as Coloured
from trial.conduct.reports import sentences
from trial.conduct.reports.assembly import Assembled
from trial.conduct.reports.sections import bands
from trial.protocol import Protocol
from trial.protocol.progression import OF_CLUSTERS
from trial.report.value import Block, Colour, Light, Table, Text

FOR_JUDGEMENT = "For judgement"
NOTE = "Lights judge the point estimate; the interval shows how far it may be off."


def judged(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Each criterion with its light, and the worst of them."""
    overall = found.results.progression.overall
    if overall is Verdict.BETWEEN:
        yield Text("All criteria together: for judgement, since a value lies between two bands.")
    elif overall is Verdict.UNDECIDED:
        yield Text("All criteria together: not decided yet, since people decide on one of them.")
    else:
        yield Light(_colour(overall), "all criteria together")
    criteria = found.results.progression.criteria
    rows = tuple(_criterion(light) for light in criteria if isinstance(light, Coloured))
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
    for one in criteria:
        if isinstance(one, Combined):
            yield _combined(one)
    yield from _for_judgement(protocol, found)
    yield from _decided(protocol, found)


def _combined(one: Combined) -> Table:
    """One criterion on several figures: each with its light, and last what stands of them."""
    parts = [
        (part.label, _observed(part), "; ".join(_limits(part)), _light(part)) for part in one.parts
    ]
    stands = (f"Together, {bands.COMBINED[one.combine]}", "", "", _light(one))
    return Table(
        f"{one.label}: several figures at once",
        ("Part", "Observed", "Limits", "Light"),
        (*parts, stands),
        note=NOTE,
    )


def _for_judgement(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """The criteria on which people alone decide, with what they decided."""
    judged = [one for one in found.results.progression.criteria if isinstance(one, Judged)]
    if judged:
        yield Table(
            "Each criterion for judgement",
            ("Criterion", "What can be decided", "Decided", "Light"),
            tuple(
                (
                    one.label,
                    "; ".join(label for label, _ in one.options),
                    one.verdict or "not decided yet",
                    _light(one),
                )
                for one in judged
            ),
            note="No rule gives these: people decide, and say why.",
        )


def _limits(light: Coloured | Banded) -> Iterator[str]:
    if isinstance(light, Banded):
        return bands.words(light.unit, light.direction, light.bands)
    ends = bands.of_thresholds(light.green_at, light.amber_at)
    return bands.words(light.unit, light.direction, ends)


def _light(one: Coloured | Banded | Combined | Judged) -> str | Light:
    if one.colour is Verdict.BETWEEN:
        return FOR_JUDGEMENT
    return Light(_colour(one.colour))


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


def _observed(light: Coloured | Banded) -> str:
    counts = light.unit == "proportion" or light.metric in OF_CLUSTERS
    told = sentences.share if counts else sentences.rate
    if light.metric in ("recruited", "clusters_opened"):
        return "" if light.estimate.value is None else f"{light.estimate.value:.0f}"
    return told(light.estimate)


def _banded(one: Banded) -> tuple[Any, ...]:
    verdict = one.verdict or ("between two bands" if one.estimate.estimable else "no figure yet")
    said = "; ".join(bands.words(one.unit, one.direction, one.bands))
    return (one.label, _observed(one), said, verdict, _light(one))


def _criterion(light: Coloured) -> tuple[Any, ...]:
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
