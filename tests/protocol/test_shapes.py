"""Trials of other shapes: visits in weeks and days, other anchors, bands, an outcome that is not work."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.analysis.progression import Colour, band
from trial.protocol import Protocol, ProtocolFaults, load, shipped
from trial.protocol.checks.visits import shortest
from trial.protocol.windows import after, due, window

PACED = load(shipped()["paced"])
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))
UNITS = st.sampled_from(["months", "weeks", "days"])
SPANS = st.tuples(UNITS, st.integers(0, 120))


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Protocol]:
    """PACED with some text of a file replaced."""

    def make(file: str, *pairs: tuple[str, str]) -> Protocol:
        folder = tmp_path / "paced"
        shutil.copytree(shipped()["paced"], folder, dirs_exist_ok=True)
        text = (folder / file).read_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / file).write_text(text)
        return load(folder)

    return make


@pytest.mark.parametrize("key", sorted(shipped()))
def test_every_shipped_protocol_loads_under_its_own_key(key: str) -> None:
    protocol = load(shipped()[key])
    assert protocol.key == key
    assert (protocol.employment is None) is (protocol.outcome is not None)


@given(DAYS, SPANS, SPANS)
def test_the_shortest_distance_is_never_undercut(
    day: date, one: tuple[str, int], two: tuple[str, int]
) -> None:
    between = (after(day, *two) - after(day, *one)).days  # type: ignore[arg-type]
    least = shortest(one, two)  # type: ignore[arg-type]
    assert between >= least or least == 0


@given(DAYS)
def test_no_day_belongs_to_two_windows_that_are_counted_from_the_same_day(day: date) -> None:
    visits = [one for one in PACED.visits if one.counted_from == "allocation"]
    windows = [window(visit, day) for visit in visits]
    assert all(a.closes_on < b.opens_on for a, b in pairwise(windows))
    assert all(w.opens_on <= w.due_on <= w.closes_on for w in windows)
    assert [(w.due_on - day) // timedelta(weeks=1) for w in windows] == [6, 12, 24]


@given(DAYS)
def test_a_day_of_the_calendar_is_counted_from_nothing(day: date) -> None:
    assert due(PACED.visits[-1], day) == date(2024, 11, 25)


VISITS = "4-follow-up.toml"
FAULTS = [
    (VISITS, ("weeks = 6\n", "weeks = 6\nmonths = 1\n"), "visits[1].weeks", "in one way"),
    (VISITS, ("weeks = 6\n", ""), "visits[1]", "in one way"),
    (VISITS, ("weeks = 6\n", "due_on = 2024-06-01\n"), "visits[1].counted_from", "not counted from"),
    (VISITS, ("weeks = 12\n", "weeks = 5\n"), "visits[2].weeks", "in order of time"),
    (VISITS, ("weeks = 12\n", "weeks = 8\n"), "visits[2].opens_days_before", "overlaps"),
    (VISITS, ('counted_from = "week-12"', 'counted_from = "week-24"'), "visits[3].counted_from",
     "stands before"),
    (VISITS, ("weeks = 0\n", "weeks = 1\n"), "visits[0].weeks", "Enter 0"),
    (VISITS, ('clause = "activity-monitor"', 'clause = "voluntary"'), "visits[3].clause",
     "not mandatory"),
    (VISITS, ('form = "pain-impact"', 'form = "call"'), "outcome.form", "at the primary visit"),
    (VISITS, ('item = "impact"', 'item = "imp"'), "outcome.item", "tells no arm"),
    (VISITS, ('summary = "mean"', 'summary = "proportion"'), "outcome", "which values count"),
    ("5-progression.toml", ("worst = 42", "worst = 61"), "progression[0].bands[1]", "apart"),
    ("5-progression.toml", (", worst = 42 }", " }"), "progression[0].bands[1]", "Add worst"),
    ("5-progression.toml", ("worst = 60", "worst = 60, best = 50"), "progression[0].bands[0].best",
     "not worse"),
    ("5-progression.toml", ('metric = "recruited"', 'metric = "recruited"\ngreen_at = 1'),
     "progression[0].green_at", "bands say it"),
    ("6-forms.toml", ('key = "worse"', 'key = "worse"\nunblinds = true'),
     "forms[3].sections[0].items[1]", "worse, on which it depends, tells the arm"),
    ("6-forms.toml", ('key = "household"', 'key = "household"\nunblinds = true'),
     "forms[1].sections[1].items[0]", "household, on which it depends, tells the arm"),
    ("1-design.toml", ("GROUP = 4, GUIDE = 4", "GROUP = 3, GUIDE = 5"), "allocation.balance[0]",
     "cannot be shared"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "pair", "place", "said"), FAULTS, ids=[one[2] + one[3] for one in FAULTS]
)
def test_what_contradicts_is_named(
    changed: Callable[..., Protocol], file: str, pair: tuple[str, str], place: str, said: str
) -> None:
    with pytest.raises(ProtocolFaults) as told:
        changed(file, pair)
    assert any(one.place == place and said in one.message for one in told.value.faults), told.value


FIFTH, SIXTH, SEVENTH = "progression[4]", "progression[5]", "progression[6]"
OF_CRITERIA = [
    (("each = { metric", "rationale_ = { metric"), FIFTH, "Add each"),
    (('metric = "share_of_clusters"', 'metric = "recruited"'), f"{FIFTH}.each", "Leave this out"),
    ((", at_least = 5 }", " }"), f"{FIFTH}.each", "Give one limit"),
    (("at_least = 5 }", "at_least = 5, at_most = 9 }"), f"{FIFTH}.each", "Give one limit"),
    (('{ metric = "recruited", at', '{ metric = "clusters", at'), f"{FIFTH}.each.metric", "of a cluster"),
    (('{ metric = "recruited", at', '{ metric = "retention", at'), f"{FIFTH}.each.at_least", "0 to 1"),
    (('combine = "all"\n', ""), SIXTH, "Add combine"),
    (('combine = "all"', 'combine = "all"\ngreen_at = 1'), f"{SIXTH}.green_at", "each part has its own"),
    (("green_at = 60, amber_at = 42", "green_at = 60, amber_at = 70"),
     f"{SIXTH}.parts[0].amber_at", "not above"),
    (('unit = "people", direction = "higher", green_at = 60', "green_at = 60"),
     f"{SIXTH}.parts[0]", "Add unit"),
    (('unit = "people", direction = "higher", green_at = 60', 'unit = "people", green_at = 60'),
     f"{SIXTH}.parts[0]", "Add direction"),
    (('light = "green" },\n    { label = "Review"', 'light = "green", worst = 1 },\n    { label = "Review"'),
     f"{SEVENTH}.bands[0].worst", "no value to hold against it"),
    (('key = "acceptable"', 'key = "acceptable"\ncombine = "any"'), f"{SEVENTH}.combine", "Add parts"),
    (('key = "acceptable"', 'key = "acceptable"\nunit = "people"'), f"{SEVENTH}.unit", "Add metric"),
]  # fmt: skip


@pytest.mark.parametrize(("pair", "place", "said"), OF_CRITERIA)
def test_a_criterion_that_cannot_be_judged_is_named(
    changed: Callable[..., Protocol], pair: tuple[str, str], place: str, said: str
) -> None:
    with pytest.raises(ProtocolFaults) as told:
        changed("5-progression.toml", pair)
    assert any(one.place == place and said in one.message for one in told.value.faults), told.value


def test_a_criterion_needs_two_parts_or_two_things_to_decide(
    changed: Callable[..., Protocol],
) -> None:
    lines = (shipped()["paced"] / "5-progression.toml").read_text().splitlines(keepends=True)
    part = [line for line in lines if "24-week follow-up done, of those due" in line]
    choices = [line for line in lines if line.endswith(('"amber" },\n', '"red" },\n'))][-2:]
    for taken, place in ((part, f"{SIXTH}.parts"), (choices, f"{SEVENTH}.bands")):
        with pytest.raises(ProtocolFaults) as told:
            changed("5-progression.toml", ("".join(taken), ""))
        assert [one.place for one in told.value.faults] == [place]


def test_a_trial_has_one_primary_outcome(changed: Callable[..., Protocol]) -> None:
    employment = (shipped()["ipsoh"] / "5-employment.toml").read_text()
    with pytest.raises(ProtocolFaults, match="work is the primary outcome"):
        changed("2-recruitment.toml", ("[recruitment]", f"{employment}\n[recruitment]"))


def test_arms_in_an_unequal_ratio_over_a_stratum(changed: Callable[..., Protocol]) -> None:
    found = changed(
        "1-design.toml",
        ("GROUP = 4, GUIDE = 4, USUAL = 4", "GROUP = 6, GUIDE = 3, USUAL = 3"),
        ('balance = ["triple"]', "balance = []"),
    )
    assert dict(found.allocation.clusters_per_arm) == {"GROUP": 6, "GUIDE": 3, "USUAL": 3}


@given(
    st.lists(st.integers(0, 100), min_size=2, max_size=4, unique=True),
    st.fractions(0, 100),
    st.sampled_from(["higher", "lower"]),
)
def test_bands_without_gaps_hold_every_value_once(
    ends: list[int], value: Fraction, direction: str
) -> None:
    ends.sort(reverse=direction == "higher")
    bands = [SimpleNamespace(label=str(end), light="amber", worst=end, best=None) for end in ends]
    bands[-1].worst = None
    held = band(value, bands, direction)
    sign = 1 if direction == "higher" else -1
    reached = [one for one in bands if one.worst is None or sign * value >= sign * one.worst]
    assert held is reached[0]


@pytest.mark.parametrize(
    ("value", "label"), [("0.6", "Go"), ("0.55", None), ("0.5", "Amend how people are asked"), ("0.33", None),
                         ("0.3", "Stop"), ("0", "Stop")]
)  # fmt: skip
def test_a_value_in_a_gap_is_for_judgement(value: str, label: str | None) -> None:
    held = band(Fraction(value), PACED.progression[1].bands, "higher")
    assert (held and held.label) == label
    assert Colour.BETWEEN.value == "BETWEEN BANDS"
