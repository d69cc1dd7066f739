"""What holds of criteria on several quantities and on clusters, whatever the trial."""

from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import sound
from tests.analysis.trials import drawn
from trial.analysis import estimate, progression, tables
from trial.analysis.progression import WITHOUT_COLOUR, Colour, Metric

QUICK = settings(max_examples=30, deadline=None, derandomize=True)
COLOURS = st.lists(st.sampled_from(Colour))
MIRRORED = {Colour.RED: Colour.GREEN, Colour.GREEN: Colour.RED}
FIGURES = st.none() | st.integers(0, 20).map(lambda n: Fraction(n, 20))
NONE = estimate.not_estimable(0, "none", "nobody")


@QUICK
@given(colours=COLOURS, more=st.sampled_from(Colour))
def test_the_best_colour_knows_no_order_and_never_falls(colours, more) -> None:
    goodness = [Colour.RED, Colour.AMBER, *WITHOUT_COLOUR[::-1], Colour.GREEN]
    found = progression.best(colours)
    assert found is progression.best(reversed(colours))
    if colours:
        better = progression.best([*colours, more])
        assert goodness.index(better) == max(goodness.index(found), goodness.index(more))
    # Amber is the middle of three: red and green change places, all else stays.
    turned = [MIRRORED.get(one, one) for one in colours]
    assert progression.worst(turned) is MIRRORED.get(found, found)


def rule(value, **more):
    own = {"metric": value, "label": "", "unit": "proportion", "green_at": 0.7, "amber_at": 0.4}
    return SimpleNamespace(**own | {"bands": (), "direction": "higher", "each": None} | more)


def judged(values, combine):
    parts = tuple(rule(value) for value in values)
    one = SimpleNamespace(key="one", label="One", combine=combine, parts=parts)
    return progression.judge([one], lambda part: Metric(part.metric, NONE))


@QUICK
@given(values=st.lists(FIGURES, min_size=2, max_size=4))
def test_any_part_is_never_worse_than_all_and_no_order_counts(values) -> None:
    order = [Colour.RED, Colour.AMBER, Colour.GREEN]
    every, some = judged(values, "all"), judged(values, "any")
    assert sound(every) and sound(some)
    assert judged(values[::-1], "all").overall is every.overall
    assert judged(values[::-1], "any").overall is some.overall
    if None not in values:
        assert order.index(every.overall) <= order.index(some.overall)
    else:
        # Whatever the missing figures turn out to be, a verdict that stands does not change.
        for late in (Fraction(0), Fraction(1, 2), Fraction(1)):
            filled = [late if value is None else value for value in values]
            for found, combine in ((every, "all"), (some, "any")):
                stands = found.overall is not Colour.NONE
                assert not stands or judged(filled, combine).overall is found.overall


@QUICK
@given(values=st.lists(FIGURES, min_size=1, max_size=8), limit=st.integers(0, 20))
def test_clusters_that_reach_more_reach_less(values, limit) -> None:
    def reached(at, share=False, of=values):
        each = SimpleNamespace(metric="retention", at_least=Fraction(at, 20), at_most=None)
        return progression.reaching(of, each, share=share)

    found = reached(limit)
    assert sound(found.estimate) and 0 <= found.exact <= len(values)
    assert reached(limit + 1).exact <= found.exact == reached(limit, of=values[::-1]).exact
    assert reached(limit, share=True).exact == found.exact / len(values)
    assert reached(limit, of=[*values, None]).exact == found.exact


@QUICK
@given(seed=st.integers(0, 10**6))
def test_the_clusters_of_a_trial_are_its_parts(seed) -> None:
    whole = drawn(seed).frames()
    parts = [tables.of_cluster(whole, key) for key in whole.clusters["cluster"]]
    for name in ("screening", "participants", "visits", "outcomes", "clusters"):
        frames = [getattr(one, name) for one in parts]
        assert sum(map(len, frames)) == len(getattr(whole, name))
        assert all(list(one.columns) == list(getattr(whole, name).columns) for one in frames)
    numbers = pd.concat([one.participants["number"] for one in parts])
    assert sorted(numbers) == sorted(whole.participants["number"])
