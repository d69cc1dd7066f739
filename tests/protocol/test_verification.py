"""What a protocol says of source verification: it names what is there, once."""

from collections.abc import Callable

import pytest

from trial.protocol import Fault, load

Faults = Callable[[str | bytes], tuple[Fault, ...]]
FORM, VALUE = '{ form = "service-use", risk = "low" }', '{ value = "spell.kind", risk = "high" }'
SPOILT = (
    ("share = 0.2", "share = 1.2", "verification.share", ""),
    ("first = 2\nforms", "first = -1\nforms", "verification.first", ""),
    (FORM, FORM.replace("service-use", "nothing"), "forms[0].form", "no form nothing"),
    (FORM, FORM.replace("service-use", "fidelity-review"), "forms[0].form", "about a participant"),
    (FORM, f"{FORM}, {FORM}", "forms[1].form", "given twice"),
    (FORM, FORM.replace("low", "none"), "forms[0].risk", ""),
    (VALUE, f"{VALUE}, {VALUE}", "values[4].value", "given twice"),
    (VALUE, VALUE.replace("spell.kind", "cluster.arm"), "values[3].value", ""),
)


@pytest.mark.parametrize(("said", "instead", "place", "words"), SPOILT)
def test_a_fault_is_placed_and_answered(
    ipsoh: str, faults: Faults, said: str, instead: str, place: str, words: str
) -> None:
    assert said in ipsoh
    found = faults(ipsoh.replace(said, instead, 1))
    assert any(one.place.endswith(place) and words in one.message for one in found), found


def test_a_form_that_is_not_named_has_a_medium_risk() -> None:
    plan = load(None).verification
    assert plan is not None
    assert (plan.risk_of_form("service-use"), plan.risk_of_form("background")) == ("low", "medium")
    assert plan.assumed
