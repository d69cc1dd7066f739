"""What holds of agreement and fidelity, whatever was coded and counted."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.invariants import alike, sound, wider
from trial.analysis import agreement, fidelity

QUICK = settings(max_examples=40, deadline=None, derandomize=True)
CODES = st.one_of(st.none(), st.sampled_from("abc"))
CODED = st.lists(st.tuples(CODES, CODES), max_size=40)
SETS = st.one_of(st.none(), st.sets(st.sampled_from("abcd")))
RATED = st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(1, 5)))
DAYS = st.lists(st.dates(date(2016, 1, 1), date(2016, 6, 30)), max_size=30)


@QUICK
@given(coded=CODED)
def test_coders_change_places(coded) -> None:
    first, second = [one for one, _ in coded], [other for _, other in coded]
    found, turned = agreement.agreement(first, second), agreement.agreement(second, first)
    assert sound(found) and alike(found.kappa.value, turned.kappa.value)
    ordered = agreement.kappa(first, second, order="abc", weights="quadratic")
    backwards = agreement.kappa(first, second, order="cba", weights="quadratic")
    assert sound(ordered) and alike(ordered.value, backwards.value)
    if found.kappa.low is not None:
        assert wider(agreement.kappa(first, second, conf_level=0.99), found.kappa)


@QUICK
@given(coded=st.lists(st.tuples(SETS, SETS), max_size=20))
def test_presence_is_kappa_code_by_code(coded) -> None:
    first, second = [one for one, _ in coded], [other for _, other in coded]
    found = agreement.presence(first, second, "abcd")
    assert sound(found)
    both = [(one, other) for one, other in coded if one is not None and other is not None]
    own = agreement.kappa(["a" in one for one, _ in both], ["a" in other for _, other in both])
    assert alike(found.by_code["a"].kappa.value, own.value)


@QUICK
@given(first=RATED, second=RATED)
def test_ratings_turned_round(first, second) -> None:
    there, back = fidelity.change(first, second), fidelity.change(second, first)
    assert there.by == -back.by and there.risen == back.fallen and sound(there)
    assert len(fidelity.differences(first, second)) == len(fidelity.differences(second, first))
    assert sound(fidelity.assess(list(first.values())))


@QUICK
@given(contacts=DAYS, weeks=DAYS, benchmark=st.integers(0, 8))
def test_every_contact_is_in_a_week_or_elsewhere(contacts, weeks, benchmark) -> None:
    found = fidelity.weekly(contacts, weeks, benchmark)
    assert sum(found.counts.values()) + found.elsewhere == found.total == len(contacts)
    assert set(found.counts) == {fidelity.monday(day) for day in weeks} and sound(found)
    later = timedelta(weeks=5)
    moved = fidelity.weekly([d + later for d in contacts], [d + later for d in weeks], benchmark)
    assert alike(list(moved.counts.values()), list(found.counts.values()))


@QUICK
@given(days=st.lists(st.one_of(st.none(), st.integers(0, 300)), max_size=20))
def test_a_longer_limit_takes_in_more(days) -> None:
    short, long = fidelity.first_contact(days, 30), fidelity.first_contact(days, 60)
    assert sound(short) and (short.within.count or 0) <= (long.within.count or 0)


@QUICK
@given(weeks=st.lists(st.tuples(st.integers(0, 60), st.sampled_from([0.2, 0.5, 1.0])), max_size=20))
def test_a_full_time_caseload_is_no_smaller(weeks) -> None:
    found = fidelity.caseload(weeks, 20)
    assert sound(found) and (found.most or 0) <= (found.most_full_time or 0)
