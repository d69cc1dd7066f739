"""Steps of the flow of which clusters give numbers only: known, partly known, not known at all."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.analysis import flow, tables
from trial.analysis.flow import Box, Counted

ON = date(2016, 8, 1)
NUMBERS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 10_000))
CLUSTERS = st.frozensets(st.sampled_from("abcdef"))


def drawn(*counted: Counted) -> flow.Flow:
    return flow.draw(tables.prepare(), arms=["A"], visit_names={}, on=ON, counted=counted)


def box(known: dict[str, int], expected: frozenset[str]) -> Box:
    return drawn(Counted("letters", "Letters", known, expected)).box("counted-letters")


@pytest.mark.parametrize(
    ("known", "expected", "people", "unknown"),
    [
        ({"a": 40, "b": 0}, "ab", 40, ""),
        ({"a": 40}, "ab", None, "not known of 1 of 2 clusters; 40 in the others"),
        ({}, "ab", None, "not known of any cluster"),
        ({}, "", None, "not known of any cluster"),
        ({"a": 40, "c": 7}, "a", 40, ""),
    ],
)
def test_a_number_is_known_only_where_every_cluster_gave_it(known, expected, people, unknown):
    found = box(known, frozenset(expected))
    assert (found.people, found.unknown) == (people, unknown)


@given(NUMBERS, CLUSTERS)
def test_it_is_a_sum_or_says_why_not(known, expected):
    found = box(known, expected)
    assert (found.people is None) == bool(found.unknown)
    assert found.clusters == len(expected & set(known))
    if found.people is not None:
        assert found.people == sum(known[key] for key in expected)


def test_the_steps_stand_in_their_order_between_the_clusters_and_the_log():
    steps = [Counted(key, key, {"a": n}, frozenset("a")) for key, n in (("one", 5), ("two", 900))]
    keys = [one.key for one in drawn(*steps).boxes]
    assert keys[4:7] == ["counted-one", "counted-two", "considered"]
    assert all(drawn(*steps).checks.values())
