"""What holds of scores, traffic lights, characteristics at baseline and one person's work."""

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, figures, finite, sound
from trial.analysis import balance, employment, estimate, progression, scale
from trial.analysis.balance import Covariate, Kind
from trial.analysis.employment import History, SpellSeen, TermSeen
from trial.analysis.progression import WITHOUT_COLOUR, Colour, Metric

QUICK = settings(max_examples=30, deadline=None, derandomize=True)
ANSWERS = st.lists(st.none() | st.integers(1, 5), min_size=5, max_size=5)


@QUICK
@given(rows=st.lists(ANSWERS, min_size=1, max_size=5), reverse=st.sets(st.integers(1, 5)))
def test_a_score_knows_no_unit_and_turns_round(rows, reverse) -> None:
    found = scale.score(rows, 1, 5, reverse=reverse)
    moved = scale.score(
        [[None if x is None else 10 + 3 * x for x in row] for row in rows], 13, 25, reverse=reverse
    )
    turned = scale.score(rows, 1, 5, reverse=set(range(1, 6)) - reverse)
    for one, other, back in zip(found, moved, turned, strict=True):
        assert finite(one) and (one.percent is None) == bool(one.reason)
        if one.percent is not None:
            assert one.percent == pytest.approx(other.percent)
            assert one.percent == pytest.approx(100 - back.percent)
    assert found[::-1] == scale.score(rows[::-1], 1, 5, reverse=reverse)


@QUICK
@given(row=ANSWERS, least=st.integers(1, 5), place=st.integers(0, 4))
def test_a_higher_answer_raises_and_a_stricter_rule_drops(row, least, place) -> None:
    (found,) = scale.score([row], 1, 5, least_answered=least)
    (strict,) = scale.score([row], 1, 5, least_answered=min(5, least + 1))
    assert strict.total is None or strict == found
    if found.total is not None and row[place] not in (None, 5):
        row = [*row[:place], row[place] + 1, *row[place + 1 :]]
        (more,) = scale.score([row], 1, 5, least_answered=least)
        assert more.total > found.total


ORDER = [Colour.RED, Colour.AMBER, Colour.GREEN]
CUTS = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted)


@QUICK
@given(value=st.integers(-5, 25), cuts=CUTS, step=st.integers(0, 9))
def test_a_colour_never_falls_as_its_value_rises_and_mirrors(value, cuts, step) -> None:
    amber, green = cuts
    found = progression.colour(value, green, amber)
    assert ORDER.index(progression.colour(value + step, green, amber)) >= ORDER.index(found)
    assert progression.colour(-value, -green, -amber, "lower") is found
    assert progression.colour(Fraction(value, 100), green / 100, amber / 100) is found


@QUICK
@given(colours=st.lists(st.sampled_from(Colour)), more=st.sampled_from(Colour))
def test_the_worst_colour_knows_no_order_and_never_improves(colours, more) -> None:
    severity = [Colour.GREEN, Colour.AMBER, *WITHOUT_COLOUR[::-1], Colour.RED]
    found = progression.worst(colours)
    assert found is progression.worst(reversed(colours))
    if colours:
        worse = progression.worst([*colours, more])
        assert severity.index(worse) == max(severity.index(found), severity.index(more))


@dataclass(frozen=True)
class Rule:
    """A progression criterion."""

    key: str
    metric: str
    green_at: float = 0.7
    amber_at: float = 0.5
    unit: str = "proportion"
    label: str = "A criterion"
    direction: str = "higher"


@QUICK
@given(counts=st.lists(st.none() | st.integers(0, 20), max_size=4))
def test_lights_know_neither_order_nor_unit(counts) -> None:
    none = estimate.not_estimable(0, "none", "nobody")
    metrics = {
        str(i): Metric(None if x is None else Fraction(x, 20), none) for i, x in enumerate(counts)
    }
    rules = [Rule(f"rule {name}", name) for name in metrics]
    found = progression.avery(rules, metrics)
    assert sound(found) and found.overall is progression.worst(x.colour for x in found.criteria)
    back = progression.avery(rules[::-1], metrics)
    assert (back.overall, back.criteria[::-1]) == (found.overall, found.criteria)
    percent = [replace(rule, unit="%", green_at=70, amber_at=50) for rule in rules]
    assert [light.colour for light in progression.avery(percent, metrics).criteria] == [
        light.colour for light in found.criteria
    ]


PEOPLE = st.lists(
    st.tuples(st.sampled_from("AB"), st.none() | st.integers(-20, 20), st.booleans()), max_size=15
)


@QUICK
@given(people=PEOPLE, unit=st.sampled_from([0.25, 3]))
def test_characteristics_swap_and_know_neither_order_nor_unit(people, unit) -> None:
    def compared(rows, groups=("A", "B"), times=1):
        values = [None if x is None else 50 + times * x for _, x, _ in rows]
        covariates = [
            Covariate("score", Kind.CONTINUOUS, values),
            Covariate("yes", Kind.BINARY, [yes for *_, yes in rows]),
            Covariate("both", Kind.CATEGORICAL, [None if x is None else x % 3 for _, x, _ in rows]),
        ]
        return balance.compare(covariates, [group for group, *_ in rows], groups=groups)

    found = compared(people)
    assert sound(found) and alike(figures(found), figures(compared(people[::-1])))
    swapped = compared(people, ("B", "A"))
    scaled = compared(people, times=unit)
    for one, back, other in zip(
        found.covariates, swapped.covariates, scaled.covariates, strict=True
    ):
        own, turned = one.differences["A", "B"].value, back.differences["B", "A"].value
        if turned is not None and len(one.levels) < 3:
            turned = -turned
        assert alike([own], [turned])
        assert alike([own], [other.differences["A", "B"].value])
        assert one.overall.n + one.overall.missing == len(people)


@QUICK
@given(counts=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=5))
def test_shares_are_a_distance_whatever_the_order_of_the_categories(counts) -> None:
    first, second = [a for a, _ in counts], [b for _, b in counts]
    found, back = balance.shares(first, second), balance.shares(second, first)
    turned = balance.shares(first[::-1], second[::-1])
    more = balance.shares([3 * x for x in first], [5 * x for x in second])
    assert sound(found) and {found.reason} == {back.reason, turned.reason, more.reason}
    if found.value is not None:
        sizes = [abs(one.value) for one in (found, back, turned, more)]
        assert sizes == pytest.approx([sizes[0]] * 4, abs=1e-7)
        assert balance.shares(first, first).value in (None, 0)


@QUICK
@given(
    mean=st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
    sd=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    n=st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
def test_a_difference_of_means_swaps_and_chance_shrinks_with_people(mean, sd, n) -> None:
    found = balance.means(mean[0], sd[0], n[0], mean[1], sd[1], n[1])
    back = balance.means(mean[1], sd[1], n[1], mean[0], sd[0], n[0])
    assert sound(found) and found.reason == back.reason
    assert found.value is None or found.value == pytest.approx(-back.value)
    chance = balance.by_chance(*n)
    assert chance == balance.by_chance(*n[::-1]) and (chance is None) == (min(n) == 0)
    assert chance is None or balance.by_chance(n[0] + 1, n[1]) < chance


ENROLLED, TWELVE = date(2015, 8, 3), date(2016, 8, 3)


def day(offset: int) -> date:
    return ENROLLED + timedelta(days=offset)


@st.composite
def spells(draw) -> SpellSeen:
    first = draw(st.integers(-40, 420))
    last = draw(st.none() | st.integers(first, first + 200))
    terms = (
        TermSeen(day(first), Decimal(20), Decimal(8), draw(st.sampled_from(["hour", "week"]))),
    )
    end = None if last is None else day(last)
    return SpellSeen("job", draw(st.booleans()), True, day(first), end, terms)


@QUICK
@given(
    work=st.lists(spells(), max_size=4),
    known=st.none() | st.integers(-5, 420),
    shift=st.integers(0, 9),
)
def test_more_work_and_more_knowledge_never_take_away(work, known, shift) -> None:
    history = History(ENROLLED, None if known is None else day(known), TWELVE)
    found = employment.derive(work, history)
    assert finite(found)
    parts = ("open_days", "paid_days", "open_hours", "open_earnings", "jobs", "longest_tenure")
    with_one = employment.derive(
        [*work, SpellSeen("job", True, True, day(3), day(40), ())], history
    )
    later = employment.derive(work, replace(history, known_until=TWELVE))
    for name in parts:
        own = getattr(found, name)
        more = getattr(with_one, name)
        assert own is None or more is None or more >= own, name
        if known is None or known < 366:
            assert own is None or getattr(later, name) >= own, name
    if found.known_days:
        assert 0 <= found.open_days <= found.paid_days <= found.known_days <= 367
        assert (found.first_job_days or 0) <= found.open_days
    assert employment.at_twelve_months([s for s in work if s.open], history)[0] == found.open_at_12
    split = [part for one in work for part in _halves(one, shift)]
    halved = employment.derive(split, history)
    assert (halved.open_days, halved.paid_days) == (found.open_days, found.paid_days)
    assert (halved.open_at_12, halved.ever_open) == (found.open_at_12, found.ever_open)


def _halves(spell: SpellSeen, after: int) -> list[SpellSeen]:
    """A spell told as two, the second beginning the day after the first ends."""
    cut = spell.started_on + timedelta(days=after)
    if spell.ended_on is None or spell.ended_on <= cut:
        return [spell]
    return [replace(spell, ended_on=cut), replace(spell, started_on=cut + timedelta(days=1))]


@QUICK
@given(level=st.integers(1, 998).map(lambda x: x / 1000))
def test_a_level_is_checked_worded_and_widens(level) -> None:
    estimate.check_level(level)
    assert float(estimate.level_words(level).rstrip("%")) == pytest.approx(100 * level)
    assert estimate.normal_quantile(level) < estimate.normal_quantile(level + 0.001)
    tail = 2 * (1 - 0.5 * math.erfc(-estimate.normal_quantile(level) / math.sqrt(2)))
    assert tail == pytest.approx(1 - level)


@pytest.mark.parametrize("level", [0, 1, -0.1, 95, math.nan, math.inf])
def test_no_estimator_takes_an_impossible_level(level) -> None:
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        estimate.check_level(level)
