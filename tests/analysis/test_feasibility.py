"""The feasibility results: an invented trial by hand, its corners, its sums, and its speed."""

import json
import math
import time
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import pandas as pd
import pytest

from trial.analysis import feasibility, funnel, recruitment, retention, tables
from trial.analysis.estimate import Estimate
from trial.analysis.funnel import Standing
from trial.analysis.progression import Colour, avery, colour, worst
from trial.analysis.retention import Fate

ON = date(2017, 1, 31)
WINDOW = recruitment.Plan(date(2015, 7, 1), date(2015, 12, 31), 40, 1.67)
ARMS = ("IPS", "TAU")


@dataclass(frozen=True)
class Rule:
    """A progression criterion."""

    key: str
    metric: str
    green_at: float
    amber_at: float
    unit: str = "proportion"
    label: str = "A criterion"
    direction: str = "higher"


RULES = (
    Rule("number", "recruited", 30, 15),
    Rule("speed", "recruitment_rate", 1, 0.5),
    Rule("kept", "retention", 80, 13 / 18 * 100, unit="%"),
    Rule("agreed", "consent_rate", 3 / 7, 0.2),
    Rule("known", "outcome_completeness", 0.9, 0.8),
)
PLAN = feasibility.Plan(
    ARMS,
    WINDOW,
    {"baseline": "Baseline", "month-12": "12 months"},
    "baseline",
    "month-12",
    RULES,
)


def assess(frames, plan=PLAN, on=ON) -> feasibility.Feasibility:
    return feasibility.assess(tables.prepare(**frames), plan=plan, on=on)


def estimates(value: object) -> list[dict]:
    """Every estimate inside a result, found by its keys."""
    if isinstance(value, dict):
        if {"value", "low", "high", "method"} <= set(value):
            return [value]
        return [found for item in value.values() for found in estimates(item)]
    if isinstance(value, list):
        return [found for item in value for found in estimates(item)]
    return []


def whole(result: feasibility.Feasibility) -> dict:
    """The result by way of JSON, which refuses NaN and infinity here."""
    shown = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    for found in estimates(shown):
        assert {"value", "low", "high", "n", "method"} <= set(found)
        assert None not in (found["value"], found["low"], found["high"]) or found["reason"]
        assert isinstance(found["n"], int)
    assert all(result.flow.checks.values())
    return shown


def test_the_invented_trial(small) -> None:
    shown = whole(assess(small))
    assert shown["recruitment"]["enrolled"] == 18
    assert shown["recruitment"]["by_arm"] == {"IPS": 11, "TAU": 7}
    assert shown["retention"]["overall"]["value"] == pytest.approx(13 / 18)
    assert shown["retention"]["overall"]["low"] == pytest.approx(0.491273434397)
    assert shown["retention"]["by_arm"]["IPS"]["count"] == 8
    employment = shown["employment"]["by_arm"]
    assert (employment["IPS"]["observed"]["count"], employment["IPS"]["observed"]["n"]) == (4, 8)
    assert employment["IPS"]["missing_as_not_employed"]["value"] == pytest.approx(4 / 11)
    assert employment["TAU"]["unknown"] == 2
    (gap,) = shown["employment"]["differences"]
    assert gap["missing_as_not_employed"]["low"] == pytest.approx(-0.2058732874296)
    assert gap["missing_as_not_employed"]["high"] == pytest.approx(0.5266748168487)
    assert shown["funnel"]["counts"]["eligible"] == 46
    assert "Four clusters cannot tell" in shown["caution"]
    assert "p_" not in json.dumps(shown)


def test_the_lights(small) -> None:
    found = assess(small).progression
    colours = {light.key: light.colour for light in found.criteria}
    assert colours == {
        "number": Colour.AMBER,
        "speed": Colour.AMBER,
        "kept": Colour.AMBER,
        "agreed": Colour.GREEN,
        "known": Colour.RED,
    }
    assert found.overall == Colour.RED


def test_conversions_name_both_ends(small) -> None:
    conversions = {c.key: c for c in assess(small).funnel.conversions}
    consented = conversions["consented_of_approached"]
    assert (consented.estimate.count, consented.estimate.n) == (18, 42)
    assert conversions["consented_of_eligible"].estimate.n == 46
    assert conversions["consented_of_considered"].estimate.n == 120
    assert "approached" in consented.denominator
    assert conversions["approached_of_eligible"].estimate.count == 42


def test_reasons_are_counted(small) -> None:
    found = assess(small).funnel
    assert found.declined_reasons == (funnel.Reason("time", 24),)
    assert found.not_approached_reasons == (funnel.Reason("moved", 4),)
    assert {r.key: r.count for r in found.not_eligible_by_criterion} == {
        "age": 74,
        "wants-work": 74,
    }


ROWS = [
    ({"enrolled": True, "referral": "not referred"}, Standing.ENROLLED),
    ({"referral": "not referred", "eligibility": "eligible"}, Standing.NOT_REFERRED),
    ({"eligibility": "not eligible", "outcome": "consented"}, Standing.NOT_ELIGIBLE),
    ({"eligibility": "not yet determined", "outcome": "declined"}, Standing.DECLINED_EARLY),
    ({"eligibility": "not yet determined", "outcome": "consented"}, Standing.UNDETERMINED),
    ({"eligibility": "eligible"}, Standing.NOT_APPROACHED),
    ({"eligibility": "eligible", "approached_on": ON}, Standing.AWAITING),
    ({"eligibility": "eligible", "outcome": "declined"}, Standing.DECLINED),
    ({"eligibility": "eligible", "outcome": "consented"}, Standing.CONSENTED),
]


@pytest.mark.parametrize(("row", "expected"), ROWS)
def test_everyone_stands_somewhere(frame, row, expected) -> None:
    screening = frame("screening", {"number": 1, "cluster": "a", "referral": "referred"} | row)
    found = funnel.count(tables.prepare(screening).screening)
    assert found.standings[expected] == 1 and sum(found.standings.values()) == 1


def test_an_early_refusal_counts_against_the_consent_rate(frame) -> None:
    rows = [
        {"number": i, "cluster": "a", "referral": "referred"} | row
        for i, (row, _) in enumerate(ROWS)
    ]
    found = funnel.count(tables.prepare(frame("screening", *rows)).screening)
    estimate = found.conversion("consented_of_approached").estimate
    assert (estimate.count, estimate.n) == (2, 5)  # enrolled, consented; awaiting, declined twice


def test_gatekeeping(frame) -> None:
    refused = {"referral": "not referred", "cluster": "a"}
    screening = frame(
        "screening",
        {"number": 1, "decided_by": "nurse", "reason": "clinician-readiness"} | refused,
        {"number": 2, "decided_by": "doctor", "reason": "clinician-readiness"} | refused,
        {"number": 3, "decided_by": "nurse"} | refused,
        {"number": 4, "referral": "referred", "cluster": "b"},
    )
    found = funnel.count(tables.prepare(screening).screening).gatekeeping
    assert (found.not_referred.count, found.not_referred.n) == (3, 4)
    assert found.reasons == (funnel.Reason("clinician-readiness", 2), funnel.Reason("", 1))
    assert found.deciders == (funnel.Reason("nurse", 2), funnel.Reason("doctor", 1))
    assert found.by_cluster["b"].value == 0


def test_a_person_considered_again_counts_once(frame) -> None:
    screening = frame(
        "screening",
        {"number": 1, "cluster": "a", "referral": "not referred"},
        {"number": 2, "earlier": 1, "cluster": "a", "referral": "not referred"},
        {"number": 3, "earlier": 2, "cluster": "a", "referral": "referred"},
    )
    found = funnel.count(tables.prepare(screening).screening)
    assert (found.rows, found.considered_again, found.counts["considered"]) == (3, 2, 1)
    assert found.gatekeeping.not_referred.value == 0


@pytest.mark.parametrize(
    ("links", "enrolled", "kept"),
    [
        ([None, 1, 1], None, [3]),
        ([None, 1, 2], 1, [1]),
        ([None, 1, None], None, [2, 3]),
        ([2, 1, None], None, [2, 3]),
    ],
)
def test_rows_of_one_person_are_found(frame, links, enrolled, kept) -> None:
    rows = [
        {"number": i, "earlier": link, "enrolled": i == enrolled}
        for i, link in enumerate(links, start=1)
    ]
    people = funnel.latest(tables.prepare(frame("screening", *rows)).screening)
    assert people["number"].tolist() == kept


def test_nobody_yet(empty) -> None:
    shown = whole(assess(empty))
    assert shown["recruitment"]["by_arm"] == {"IPS": 0, "TAU": 0}
    assert shown["retention"]["overall"]["value"] is None
    assert shown["employment"]["by_arm"]["IPS"]["observed"]["reason"]
    assert shown["progression"]["overall"] == "RED"  # nobody recruited of 15
    assert "No clusters" in shown["caution"]


@pytest.mark.parametrize("answer", ["yes", "no", "unknown"])
def test_all_or_nothing(small, answer) -> None:
    frames = small | {"outcomes": small["outcomes"].assign(open_at_12=answer, ever_open=answer)}
    found = assess(frames).employment
    whole(assess(frames))
    assert (found.differences[0].observed.value is None) == (answer == "unknown")
    assert found.overall.missing_as_not_employed.value == (1.0 if answer == "yes" else 0.0)
    assert (found.known.value == 0.0) == (answer == "unknown")


def test_one_cluster_and_no_arm_yet(small) -> None:
    one = {
        name: table[table["cluster"] == "alpha"]
        for name, table in small.items()
        if "cluster" in table
    }
    frames = small | one
    frames = frames | {
        name: frames[name].assign(arm=None) for name in ("participants", "clusters", "screening")
    }
    shown = whole(assess(frames))
    assert shown["recruitment"]["not_in_an_arm"] == 7
    assert shown["recruitment"]["by_arm"] == {"IPS": 0, "TAU": 0}
    assert shown["caution"].startswith("One cluster cannot")


def test_three_arms_are_each_compared_with_the_last(small) -> None:
    plan = replace(PLAN, arms=("C", "IPS", "TAU"))
    found = assess(small, plan)
    assert [(gap.first, gap.second) for gap in found.employment.differences] == [
        ("C", "TAU"),
        ("IPS", "TAU"),
    ]


def test_one_arm_has_no_difference(small) -> None:
    found = assess(small, replace(PLAN, arms=("IPS",)))
    assert found.employment.differences == () and found.retention.difference.value is None


def test_a_reader_who_may_be_told_no_arm_sees_the_totals(small) -> None:
    shown = whole(assess(small, replace(PLAN, arms=())))
    assert shown["recruitment"]["by_arm"] == {} and shown["recruitment"]["not_in_an_arm"] == 18
    assert shown["retention"]["difference"]["value"] is None


def test_recruitment_by_cluster_and_month(small) -> None:
    found = assess(small).recruitment
    assert {c.cluster: c.enrolled for c in found.by_cluster} == {
        "alpha": 7,
        "beta": 4,
        "gamma": 5,
        "delta": 2,
    }
    assert {c.open_days for c in found.by_cluster} == {184}
    assert found.exact_rate == Fraction(18) * 487 / 16 / (4 * 184)
    assert found.rate.value == pytest.approx(float(found.exact_rate))
    assert [month.month for month in found.by_month][:2] == ["2015-07", "2015-08"]
    assert sum(month.enrolled for month in found.by_month) == found.by_month[-1].cumulative == 18
    assert found.by_month[-1].target_cumulative == 40
    for month in found.by_month:
        assert sum(month.by_cluster.values()) == month.enrolled


def test_exposure_stops_at_the_cut_and_at_closing(small) -> None:
    clusters = small["clusters"].assign(closed_on=[date(2015, 7, 31), None, None, None])
    found = assess(small | {"clusters": clusters}, on=date(2015, 8, 9)).recruitment
    assert [cluster.open_days for cluster in found.by_cluster] == [31, 40, 40, 40]
    assert found.by_month[1].target_cumulative == pytest.approx(40 * 40 / 184)


VISIT = {
    "number": "P1",
    "visit": "month-12",
    "opens_on": date(2016, 7, 1),
    "due_on": date(2016, 7, 15),
    "closes_on": date(2016, 8, 15),
    "state": "expected",
}
DONE = {"state": "done", "done_on": date(2016, 7, 20)}
FATES = [
    ({}, DONE, ON, Fate.DONE),
    ({"withdrew_data_on": date(2016, 1, 1)}, DONE, ON, Fate.DATA_WITHDRAWN),
    ({"died_on": date(2016, 9, 1)}, DONE, ON, Fate.DONE),
    ({"died_on": date(2016, 1, 1)}, {"state": "not needed"}, ON, Fate.DIED),
    ({"died_on": date(2016, 9, 1)}, {"state": "missed"}, ON, Fate.MISSED),
    ({"withdrew_followup_on": date(2016, 1, 1)}, {}, ON, Fate.WITHDREW),
    ({"withdrew_intervention_on": date(2016, 1, 1)}, {}, ON, Fate.OVERDUE),
    ({}, {"state": "not needed"}, ON, Fate.NOT_NEEDED),
    ({}, {}, date(2016, 8, 15), Fate.NOT_YET),
    ({}, {}, date(2016, 8, 16), Fate.OVERDUE),
]


@pytest.mark.parametrize(("person", "visit", "on", "expected"), FATES)
def test_every_visit_has_one_fate(frame, person, visit, on, expected) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"} | person)
    given = tables.prepare(participants=people, visits=frame("visits", VISIT | visit))
    found = retention.fates(given.participants, given.visits, "month-12", on)
    assert found["fate"].tolist() == [expected]


def test_a_visit_out_of_its_window_is_retained_but_not_on_time(frame) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"})
    visits = frame("visits", VISIT | DONE | {"done_on": date(2016, 8, 16)})
    given = tables.prepare(participants=people, visits=visits)
    found = retention.retained(given.participants, given.visits, visit="month-12", arms=ARMS, on=ON)
    assert (found.overall.value, found.in_window.value) == (1.0, 0.0)


def test_a_participant_without_a_visit_row_is_not_yet_seen(frame) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"})
    given = tables.prepare(participants=people)
    found = retention.retained(given.participants, given.visits, visit="month-12", arms=ARMS, on=ON)
    assert found.fates[Fate.NOT_YET] == 1 and found.of_closed.value is None


@pytest.mark.parametrize(
    ("person", "visit", "on", "due", "done"),
    [
        ({}, {}, date(2016, 7, 14), 0, 0),
        ({}, {}, date(2016, 7, 15), 1, 0),
        ({}, DONE | {"done_on": date(2016, 7, 2)}, date(2016, 7, 2), 1, 1),
        ({}, {"state": "not needed"}, ON, 0, 0),
        ({}, {"state": "missed"}, ON, 1, 0),
        ({"died_on": date(2016, 7, 15)}, {}, ON, 0, 0),
        ({"died_on": date(2016, 7, 16)}, {}, ON, 1, 0),
        ({"withdrew_followup_on": date(2016, 1, 1)}, {}, ON, 0, 0),
        ({"withdrew_followup_on": date(2016, 9, 1)}, DONE, ON, 1, 1),
        ({"withdrew_intervention_on": date(2016, 1, 1)}, {}, ON, 1, 0),
        ({"withdrew_data_on": date(2016, 9, 1)}, DONE, ON, 0, 0),
    ],
)
def test_completeness_is_of_visits_due(frame, person, visit, on, due, done) -> None:
    people = frame("participants", {"number": "P1", "arm": "IPS", "cluster": "a"} | person)
    given = tables.prepare(participants=people, visits=frame("visits", VISIT | visit))
    found = retention.complete(given.participants, given.visits, order=["month-12"], on=on)
    one = found.by_visit["month-12"]
    assert (one.planned, one.not_due, one.done.n) == (1, 1 - due, due)
    assert (found.overall.count or 0, found.overall.n) == (done, due)


def test_withdrawn_data_is_enrolled_but_unknown(small) -> None:
    people = small["participants"].assign(withdrew_data_on=date(2016, 9, 1))
    found = assess(small | {"participants": people})
    assert found.employment.overall.unknown == 18 and found.recruitment.enrolled == 18
    assert found.employment.overall.totals["open_days"].n == 0
    assert found.flow.box("analysed", "IPS").people == 0


def test_totals_are_of_complete_histories_only(small) -> None:
    spread = assess(small).employment.overall.totals["open_days"]
    assert (spread.n, spread.median, spread.upper_quartile) == (13, 0.0, 100.0)
    assert spread.mean == pytest.approx(500 / 13)
    assert assess(small).employment.overall.totals["open_earnings"].median is None


def test_a_missing_column_is_named(small) -> None:
    with pytest.raises(ValueError, match="the frame of visits lacks: closes_on, state"):
        assess(small | {"visits": small["visits"].drop(columns=["closes_on", "state"])})


def test_no_caution_from_ten_clusters_on() -> None:
    assert feasibility.caution(10) == "" and feasibility.caution(9).startswith("Nine clusters")


@pytest.mark.parametrize(
    ("value", "green", "amber", "direction", "expected"),
    [
        (Fraction(41, 200), 0.35, 0.2, "higher", "AMBER"),
        (Fraction(40, 200), 0.35, 0.2, "higher", "AMBER"),
        (Fraction(39, 200), 0.35, 0.2, "higher", "RED"),
        (Fraction(70, 200), 0.35, 0.2, "higher", "GREEN"),
        (0.29 * 100, 29, 20, "higher", "GREEN"),
        (0.1 + 0.2, 0.3, 0.4, "lower", "GREEN"),
        (Fraction(3, 10), 0.3, 0.4, "lower", "GREEN"),
        (Fraction(4, 10), 0.3, 0.4, "lower", "AMBER"),
        (Fraction(5, 10), 0.3, 0.4, "lower", "RED"),
        (None, 0.3, 0.2, "higher", "NOT ESTIMABLE"),
    ],
)
def test_colours_at_the_cut_offs(value, green, amber, direction, expected) -> None:
    assert colour(value, green, amber, direction) == expected


def test_impossible_criteria_are_refused() -> None:
    with pytest.raises(ValueError, match="higher or lower"):
        colour(1, 2, 1, "sideways")
    with pytest.raises(ValueError, match="easier"):
        colour(1, 1, 2)
    with pytest.raises(KeyError):
        avery([RULES[0]], {})


def test_the_worst_colour_wins() -> None:
    assert worst([Colour.GREEN, Colour.NONE, Colour.AMBER]) == Colour.NONE
    assert worst([Colour.NONE, Colour.RED]) == Colour.RED
    assert worst([Colour.GREEN]) == Colour.GREEN


def test_every_estimate_is_inside_its_interval(small) -> None:
    for found in estimates(whole(assess(small))):
        if found["value"] is not None:
            assert found["low"] <= found["value"] <= found["high"]


def test_frames_are_left_as_they_were(small) -> None:
    before = {name: table.copy() for name, table in small.items()}
    assess(small)
    for name, table in small.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_dates_may_be_dates_or_stamps(small) -> None:
    stamps = {
        name: table.assign(
            **{c: pd.to_datetime(table[c]) for c in table.columns if c.endswith("_on")}
        )
        for name, table in small.items()
    }
    assert assess(stamps) == assess(small)


def _many(frame_of: dict[str, pd.DataFrame], times: int) -> dict[str, pd.DataFrame]:
    """Each frame's rows many times over, every person with a number of their own."""
    found = {}
    for name, table in frame_of.items():
        if name == "clusters":
            found[name] = table
            continue
        long = pd.concat([table] * times, ignore_index=True)
        long["number"] = [f"{number}-{i // len(table)}" for i, number in enumerate(long["number"])]
        found[name] = long
    return found


def test_thousands_of_people_take_a_moment(small) -> None:
    frames = _many(small, 278)
    assert len(frames["participants"]) == 5004
    best = math.inf
    for _ in range(3):
        start = time.process_time()
        result = assess(frames)
        best = min(best, time.process_time() - start)
    assert result.recruitment.enrolled == 5004
    assert best < 0.5  # about 0.2 s of one core; the bench script measures closely


def test_an_estimate_without_interval_says_why() -> None:
    assert Estimate(1.0, 0.5, None, 3, "any", "no upper limit").estimable
