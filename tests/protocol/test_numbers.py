"""A study number's check character finds every slip of one character and every swap."""

import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.protocol.numbers import make, read, valid

ALPHABET = string.digits + string.ascii_uppercase
PREFIXES = ["IPSOH", "HB", "TRIAL", "NHS", "A1", "ABCDEFGHIJ"]
SPREAD = [*range(1, 1200), *range(1500, 1700), *range(7700, 9999, 7), 9995, 9999, 10000, 10001]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_wrong_character_is_found(prefix: str) -> None:
    for n in SPREAD[::23]:
        number = make(prefix, n)
        for at, sign in enumerate(number):
            for other in ALPHABET:
                if sign not in ("-", other):
                    assert not valid(prefix, number[:at] + other + number[at + 1 :]), number


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_swap_of_neighbours_is_found(prefix: str) -> None:
    for n in SPREAD:
        number = make(prefix, n).replace("-", "")
        for at in range(len(number) - 1):
            swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
            assert swapped == number or not valid(prefix, swapped), number


@pytest.mark.parametrize("prefix", PREFIXES)
def test_numbers_rise_and_are_never_given_twice(prefix: str) -> None:
    numbers = [make(prefix, n) for n in range(1, 2500)]
    serials = [int(number.split("-")[1]) for number in numbers]
    assert all(a < b for a, b in pairwise(serials))
    assert all(valid(prefix, number) for number in numbers)


def test_the_written_form() -> None:
    assert make("IPSOH", 1) == "IPSOH-0001-L"
    assert make("IPSOH", 18).startswith("IPSOH-0018-")
    assert len(make("IPSOH", 20_000)) == len("IPSOH-20000-X")


@given(st.integers(1, 9999))
def test_the_check_character_is_that_of_iso_7064(n: int) -> None:
    # Hybrid system MOD 37,36, written out from the standard's recursion.
    product = 36
    number = make("IPSOH", n).replace("-", "")
    for sign in number[:-1]:
        product = ((product + ALPHABET.index(sign)) % 36 or 36) * 2 % 37
    assert (product + ALPHABET.index(number[-1])) % 36 == 1


@pytest.mark.parametrize("typed", [" {} ", "{}\n", "\u00a0{}"])
def test_a_search_forgives_case_spaces_and_hyphens(typed: str) -> None:
    number = make("IPSOH", 7)
    bare = number.replace("-", "")
    for form in (
        number,
        number.lower(),
        bare,
        bare.lower(),
        number.replace("-", " "),
        number.replace("-", "\u2013"),
        " ".join(bare),
    ):
        assert read("IPSOH", typed.format(form)) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "IPSOH",
        "IPSOH-",
        "IPSOH-0000-0",
        "0007",
        "ＩＰＳＯＨ-0007-A",
        "IPSOH-00007-A",
        "IPSOH-" + "9" * 5000 + "-A",
        "IPSOH-²³¹¹-A",
        "IPSOH-٠٠٠٧-A",
        "\x00",
        "\ud800",
    ],
)
def test_anything_else_is_no_study_number(typed: str) -> None:
    assert read("IPSOH", typed) is None


@pytest.mark.parametrize("n", [0, -1])
def test_participants_are_counted_from_1(n: int) -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        make("IPSOH", n)


@given(st.sampled_from(PREFIXES), st.integers(1, 12_000))
def test_a_number_reads_back(prefix: str, n: int) -> None:
    assert read(prefix, make(prefix, n)) == make(prefix, n)


@given(st.sampled_from(PREFIXES), st.text())
def test_no_text_upsets_a_search(prefix: str, text: str) -> None:
    found = read(prefix, text)
    assert found is None or valid(prefix, found)
