"""The permitted schemes: which there are, in which order, and how the draw falls on them."""

from collections import Counter
from itertools import combinations
from math import comb
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.conduct.allocation import frozen, schemes
from trial.conduct.allocation.frozen import Frozen, NotFrozenText
from trial.conduct.allocation.schemes import Restriction, TooManySchemes, permitted, tied, warnings
from trial.protocol import Protocol, load

OTHER = Path(__file__).parent.parent / "protocol" / "other.toml"


def restriction_of(protocol: Protocol, balance: tuple[str, ...] | None = None) -> Restriction:
    kept = protocol.allocation.balance if balance is None else balance
    shares = protocol.allocation.clusters_per_arm
    return Restriction(
        clusters=tuple(plan.key for plan in protocol.clusters),
        arms=tuple((arm.key, shares[arm.key]) for arm in protocol.arms),
        strata={s: {plan.key: plan.strata[s] for plan in protocol.clusters} for s in kept},
    )


def frozen_of(restriction: Restriction) -> Frozen:
    found = permitted(restriction)
    return Frozen(
        "ipsoh", "1.0", "0" * 64, 1, "2016-01-15T09:00:00.000000+00:00", restriction, found
    )


def test_four_clusters_two_and_two_have_six_schemes(protocol: Protocol) -> None:
    found = permitted(restriction_of(protocol, ()))
    keys = sorted(plan.key for plan in protocol.clusters)
    assert found == tuple((pair,) for pair in combinations(keys, 2))
    assert len(found) == 6


def test_one_of_each_service_type_per_arm_leaves_four_in_lexicographic_order(
    protocol: Protocol,
) -> None:
    assert permitted(restriction_of(protocol)) == (
        (("city-forensic", "city-personality-disorder"),),
        (("city-forensic", "county-personality-disorder"),),
        (("city-personality-disorder", "county-forensic"),),
        (("county-forensic", "county-personality-disorder"),),
    )


def test_warnings_name_the_clusters_that_never_share_an_arm(protocol: Protocol) -> None:
    restriction = restriction_of(protocol)
    said = warnings(restriction, permitted(restriction), {p.key: p.name for p in protocol.clusters})
    assert said == [
        "Only 4 schemes are permitted: with fewer than 20, no test by re-randomisation can give a p"
        " value below 0.05.",
        "City Community Forensic Service and County Community Forensic Service are never in the same"
        " arm.",
        "City Personality Disorder Network and County Personality Disorder Network are never in the"
        " same arm.",
    ]


def test_two_balanced_strata_can_tie_clusters_together(protocol: Protocol) -> None:
    restriction = restriction_of(protocol, ("service", "area"))
    found = permitted(restriction)
    assert len(found) == 2
    always, never = tied(restriction, found)
    assert always == [
        ("city-forensic", "county-personality-disorder"),
        ("city-personality-disorder", "county-forensic"),
    ]
    assert len(never) == 4


def test_another_trial_of_twelve_clusters_is_balanced_in_every_scheme() -> None:
    protocol = load(OTHER)
    restriction = restriction_of(protocol)
    found = permitted(restriction)
    assert 1 < len(found) <= comb(12, 6)
    assert len(permitted(restriction_of(protocol, ()))) == comb(12, 6)
    for scheme in found:
        arms = schemes.arms_of(restriction, scheme)
        assert sorted(Counter(arms.values()).values()) == [6, 6]
        for stratum, values in restriction.strata.items():
            shared = Counter((arms[c], values[c]) for c in restriction.clusters)
            for value in set(values.values()):
                assert len({shared[(arm, value)] for arm, _ in restriction.arms}) == 1, stratum


@st.composite
def restrictions(draw: st.DrawFn) -> Restriction:
    shares, repeats = draw(st.sampled_from([((1, 1), 2), ((1, 1), 3), ((1, 2), 2), ((1, 1, 1), 2)]))
    number = sum(shares) * repeats
    clusters = tuple(f"c{n:02}" for n in draw(st.permutations(range(number))))
    values = st.sampled_from(["red", "blue green"])
    strata = {
        name: {c: draw(values) for c in clusters}
        for name in draw(st.sampled_from([(), ("colour",), ("colour", "size")]))
    }
    arms = tuple((f"ARM{n}", share * repeats) for n, share in enumerate(shares))
    return Restriction(clusters, arms, strata)


def by_brute_force(restriction: Restriction) -> list[schemes.Scheme]:
    """All schemes by trying every assignment, the way nobody would write it for real."""
    found: list[schemes.Scheme] = [()]
    for _, number in restriction.arms[:-1]:
        found = [
            (*scheme, chosen)
            for scheme in found
            for chosen in combinations(
                sorted(set(restriction.clusters) - {c for part in scheme for c in part}), number
            )
        ]
    return [scheme for scheme in found if balanced(restriction, scheme)]


def balanced(restriction: Restriction, scheme: schemes.Scheme) -> bool:
    arms = schemes.arms_of(restriction, scheme)
    total = len(restriction.clusters)
    for values in restriction.strata.values():
        there = Counter(values.values())
        shared = Counter((arms[c], values[c]) for c in restriction.clusters)
        for arm, number in restriction.arms:
            if any(shared[(arm, v)] * total != n * number for v, n in there.items()):
                return False
    return True


@settings(max_examples=60, deadline=None)
@given(restrictions())
def test_the_schemes_are_those_of_brute_force_in_order(restriction: Restriction) -> None:
    assert list(permitted(restriction)) == sorted(by_brute_force(restriction))


@settings(max_examples=30, deadline=None)
@given(restrictions())
def test_the_frozen_text_reads_back_as_what_was_frozen(restriction: Restriction) -> None:
    made = frozen_of(restriction)
    if not made.schemes:
        return
    again = frozen.read(made.text)
    assert again.text == made.text
    assert again.schemes == made.schemes
    assert permitted(again.restriction) == made.schemes


def test_the_frozen_text_is_spelled_byte_for_byte(protocol: Protocol) -> None:
    text = frozen_of(restriction_of(protocol)).text
    assert text.encode() == (
        b"trial ipsoh\n"
        b"protocol 1.0\n"
        b"fingerprint " + b"0" * 64 + b"\n"
        b"ceremony 1\n"
        b"frozen 2016-01-15T09:00:00.000000+00:00\n"
        b"arm IPS 2\n"
        b"arm TAU 2\n"
        b"cluster city-forensic\n"
        b"cluster city-personality-disorder\n"
        b"cluster county-forensic\n"
        b"cluster county-personality-disorder\n"
        b"stratum service city-forensic forensic\n"
        b"stratum service city-personality-disorder personality disorder\n"
        b"stratum service county-forensic forensic\n"
        b"stratum service county-personality-disorder personality disorder\n"
        b"schemes 4\n"
        b"0 city-forensic city-personality-disorder\n"
        b"1 city-forensic county-personality-disorder\n"
        b"2 city-personality-disorder county-forensic\n"
        b"3 county-forensic county-personality-disorder\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "schemes 1\n",
        "trial a\n",
        "trial a\ntrial b\nschemes 0\n",
        "arm X two\nschemes 0\n",
    ],
)
def test_a_text_of_another_form_is_not_read(text: str) -> None:
    with pytest.raises(NotFrozenText):
        frozen.read(text)


def test_a_text_whose_lines_stand_in_another_order_is_not_read(protocol: Protocol) -> None:
    lines = frozen_of(restriction_of(protocol)).text.splitlines(keepends=True)
    lines[7], lines[8] = lines[8], lines[7]
    with pytest.raises(NotFrozenText, match="not spelled as a frozen allocation's are"):
        frozen.read("".join(lines))


def test_the_formulas_are_those_of_the_protocol_of_the_draw() -> None:
    # Computed with: printf '%s' 'ab|7|cd' | openssl dgst -sha256, and bc for the remainder.
    assert frozen.commitment("ab", 7, "cd") == (
        "4068b1d306c48ad0b779c8f80454dcff91f563ab51a126365c547f7282872d9f"
    )
    assert frozen.drawn("ab", "cd", "ef", 1000) == 146


def test_a_code_has_thirty_two_hexadecimal_characters_and_is_not_repeated() -> None:
    codes = {frozen.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 32 and set(code) <= set("0123456789abcdef") for code in codes)
    assert frozen.new_code(Random(3)) == frozen.new_code(Random(3))


@pytest.mark.parametrize("number", [4, 6, 7])
def test_over_random_codes_every_scheme_is_as_likely(number: int) -> None:
    chance, draws = Random(20160115), 6000
    f = frozen.hashed("any")
    counts = Counter(
        frozen.drawn(f, frozen.new_code(chance), frozen.new_code(chance), number)
        for _ in range(draws)
    )
    expected = draws / number
    chi_square = sum((counts[n] - expected) ** 2 / expected for n in range(number))
    assert set(counts) == set(range(number))
    assert chi_square < 30  # p below 0.0001 with 6 degrees of freedom


def test_too_many_schemes_are_refused_without_counting_them_all() -> None:
    clusters = tuple(f"c{n:03}" for n in range(60))
    with pytest.raises(TooManySchemes):
        permitted(Restriction(clusters, (("A", 30), ("B", 30)), {}))


def test_too_many_clusters_are_refused_at_once() -> None:
    clusters = tuple(f"c{n:04}" for n in range(schemes.MOST_CLUSTERS + 1))
    with pytest.raises(TooManySchemes):
        permitted(Restriction(clusters, (("A", 1), ("B", len(clusters) - 1)), {}))


def test_a_search_without_end_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemes, "MOST_STEPS", 50)
    clusters = tuple(f"c{n:02}" for n in range(12))
    with pytest.raises(TooManySchemes):
        permitted(Restriction(clusters, (("A", 6), ("B", 6)), {}))


def test_where_the_numbers_do_not_add_up_there_is_no_scheme() -> None:
    assert permitted(Restriction(("a", "b", "c"), (("A", 1), ("B", 1)), {})) == ()
    uneven = {"colour": {"a": "red", "b": "blue"}}
    assert permitted(Restriction(("a", "b"), (("A", 1), ("B", 1)), uneven)) == ()
