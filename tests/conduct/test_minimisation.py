"""Minimisation: of the schemes with the right numbers those with the least imbalance are permitted."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.conduct.allocating import Ceremony
from tests.conduct.drawing import MINIMISED, ONE, harbour
from trial.conduct.allocation import frozen, kept
from trial.conduct.allocation.frozen import Frozen
from trial.conduct.allocation.schemes import Restriction, imbalance, permitted
from trial.conduct.allocation.verify import verify
from trial.protocol import Protocol, ProtocolFaults

VALUES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=8, max_size=8)


def by_hand(restriction: Restriction, first: tuple[str, ...]) -> Fraction:
    """The imbalance of a scheme of two arms, as a fraction of a cluster, arm by arm."""
    arms = {cluster: ("A" if cluster in first else "B") for cluster in restriction.clusters}
    arms |= restriction.already
    total = Fraction(0)
    for arm in ("A", "B"):
        members = [cluster for cluster in arms if arms[cluster] == arm]
        for values in restriction.factors.values():
            for value in set(values.values()):
                share = Fraction(list(values.values()).count(value) * len(members), len(arms))
                total += abs(sum(values[cluster] == value for cluster in members) - share)
    return total * len(arms)


def restriction_of(sizes: list[str], areas: list[str], **rest: object) -> Restriction:
    keys = tuple(f"c{n}" for n in range(8))
    made = Restriction(
        keys, (("A", 4), ("B", 4)), {},
        {"size": dict(zip(keys, sizes, strict=True)), "area": dict(zip(keys, areas, strict=True))},
    )  # fmt: skip
    return replace(made, **rest)  # type: ignore[arg-type]


@given(VALUES, VALUES, st.integers(1, 70))
@settings(max_examples=40)
def test_the_best_are_permitted_and_those_as_good_as_the_last(
    sizes: list[str], areas: list[str], least: int
) -> None:
    restriction = restriction_of(sizes, areas, at_least=least)
    found = {scheme[0] for scheme in permitted(restriction)}
    scores = {first: by_hand(restriction, first) for first in combinations(restriction.clusters, 4)}
    assert len(found) >= least
    worst = max(scores[first] for first in found)
    assert found == {first for first, score in scores.items() if score <= worst}
    assert sum(score < worst for score in scores.values()) < least
    assert all(imbalance(restriction, (first,)) == score for first, score in scores.items())


@given(VALUES, VALUES)
@settings(max_examples=30)
def test_with_the_arms_swapped_a_scheme_is_as_good(sizes: list[str], areas: list[str]) -> None:
    restriction = restriction_of(sizes, areas)
    found = {scheme[0] for scheme in permitted(restriction)}
    swapped = {tuple(sorted(set(restriction.clusters) - set(first))) for first in found}
    assert swapped == found


@given(VALUES, VALUES, st.integers(1, 70))
@settings(max_examples=30)
def test_its_frozen_text_reads_back_as_it_was(
    sizes: list[str], areas: list[str], least: int
) -> None:
    restriction = restriction_of(sizes, areas, at_least=least)
    restriction = replace(
        restriction,
        already={"z1": "A", "z2": "B"},
        factors={k: {**v, "z1": "a", "z2": "a b"} for k, v in restriction.factors.items()},
    )
    schemes = permitted(restriction)
    made = Frozen("t", "1.0", "0" * 64, 1, "2016-01-15T09:00:00.000000+00:00", restriction, schemes)
    assert frozen.read(made.text) == made
    assert by_hand(restriction, schemes[0][0]) == imbalance(restriction, schemes[0])


def test_clusters_drawn_before_count_in_the_balance() -> None:
    # Both large clusters so far went to A: of two more, the large one is better placed in B.
    restriction = Restriction(
        ("c1", "c2"), (("A", 1), ("B", 1)), {},
        {"size": {"c1": "large", "c2": "small", "d1": "large", "d2": "small"}},
        already={"d1": "A", "d2": "B"},
    )  # fmt: skip
    assert permitted(restriction) == ((("c2",),),)


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return harbour(tmp_path / "minimised", MINIMISED)


def test_minimised_clusters_are_drawn_and_the_draw_verifies(
    session: Session, protocol: Protocol
) -> None:
    Ceremony(session, protocol).drawn()
    (made,) = kept.drawn(session)
    assert verify(session).verified
    text = frozen.read(made.frozen)
    worst = max(imbalance(text.restriction, scheme) for scheme in text.schemes)
    # 4 large and 8 small, 7 of high deprivation: sizes 2 and 4 each, deprivation 4:3 or 3:4.
    assert worst == by_hand(text.restriction, text.schemes[0][0])
    arms = kept.arms(session)
    large = [arms[f"practice-{n:02}"] for n in range(1, 5)]
    assert sorted(str(arm) for arm in large) == ["ADVICE", "ADVICE", "LEAFLET", "LEAFLET"]


FAULTS = [
    ('minimise = { over = ["colour"] }', "allocation.minimise.over[0]", "Name a stratum"),
    ("minimise = { over = [] }", "allocation.minimise.over", "Give at least 1"),
    ('minimise = { over = ["size"], at_least = 0 }', "allocation.minimise.at_least", "1"),
    ('balance = ["size"]\nminimise = { over = ["size"] }', "minimise.over[0]", "balanced already"),
]


@pytest.mark.parametrize(("line", "place", "words"), FAULTS)
def test_a_minimisation_that_cannot_be_is_a_fault(
    tmp_path: Path, line: str, place: str, words: str
) -> None:
    with pytest.raises(ProtocolFaults) as raised:
        harbour(tmp_path, ONE.replace('balance = ["size"]', line))
    assert any(place in str(one.place) and words in one.message for one in raised.value.faults), (
        raised.value.faults
    )
