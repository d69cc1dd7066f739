"""What holds of everything made from frames, whatever the order, the names and the people."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import pairwise
from random import Random

import pandas as pd
import pytest

from tests.analysis.invariants import alike, mirrored, parts, sound, three, wider
from tests.analysis.trials import (
    ARMS,
    ON,
    PLAN,
    START,
    WINDOW,
    Person,
    Trial,
    assess,
    bias,
    day,
    drawn,
    everything,
    no_arms,
    said,
    with_each,
    without,
)
from trial.analysis import (
    clustering,
    feasibility,
    first_job,
    flow,
    follow_up,
    funnel,
    outcome,
    outlook,
    recruitment,
    recruitment_bias,
    retention,
    tables,
    tenure,
)
from trial.analysis.estimate import Estimate, not_estimable, plain
from trial.analysis.tables import Frames

SEEDS = (0, 11, 13)


@cache
def of_seed(seed: int) -> dict[str, object]:
    return everything(drawn(seed))


def told(found: object, *names: tuple[str, str]) -> object:
    """A result as plain values, clusters in the order of their names, some words put in place of others."""
    text = json.dumps(plain(found), allow_nan=False)
    for new, old in names:
        text = text.replace(new, old)
    return _sorted(json.loads(text))


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(one) for key, one in value.items()}
    if isinstance(value, list):
        rows = [_sorted(one) for one in value]
        places = bool(rows) and all(isinstance(one, dict) and "cluster" in one for one in rows)
        return sorted(rows, key=lambda one: one["cluster"]) if places else rows
    return value


@pytest.mark.parametrize("seed", SEEDS)
def test_results_are_sound_and_their_sums_hold(seed: int) -> None:
    found = of_seed(seed)
    assert sound(found)
    assert all(found["results"].flow.checks.values()) and all(found["timeline"].checks.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_people_and_clusters_says_nothing(seed: int) -> None:
    trial = drawn(seed)
    people, places = list(trial.people), list(trial.clusters)
    for rows in (people, places):
        Random(seed).shuffle(rows)
    found = everything(Trial(tuple(people), tuple(places)))
    assert alike(told(of_seed(seed)), told(found), 1e-6)  # REML is searched


@pytest.mark.parametrize("seed", SEEDS)
def test_the_names_of_clusters_and_arms_say_nothing(seed: int) -> None:
    """The new names come in the opposite order of the alphabet."""
    names = {f"ward-{i:02}": f"place-{9 - i}" for i in range(9)} | {"IPS": "zips", "TAU": "atau"}

    def renamed(row):
        return row and {key: names.get(value, value) for key, value in row.items()}

    trial = drawn(seed)
    other = Trial(
        tuple(
            replace(
                one,
                screening=tuple(renamed(row) for row in one.screening),
                participant=renamed(one.participant),
            )
            for one in trial.people
        ),
        tuple(renamed(row) for row in trial.clusters),
    )
    found = everything(other, replace(PLAN, arms=("zips", "atau")))
    back = [(new, old) for old, new in names.items()]
    assert alike(told(of_seed(seed)), told(found, *back), 1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_other_arm_first_mirrors_every_difference(seed: int) -> None:
    found = of_seed(seed)["results"]
    back = assess(drawn(seed), replace(PLAN, arms=ARMS[::-1]))
    pairs = [(found.retention.difference, back.retention.difference)]
    for one, two in zip(found.employment.differences, back.employment.differences, strict=True):
        shares = [found.employment.by_arm[arm].observed.value for arm in ARMS]
        gap = None if None in shares else shares[0] - shares[1]
        assert (one.first, one.second) == ARMS and alike(one.observed.value, gap)
        pairs += [
            (one.observed, two.observed),
            (one.missing_as_not_employed, two.missing_as_not_employed),
        ]
    for key, one in found.clustering.outcomes.items():
        other = back.clustering.outcomes[key]
        pairs += [(one.contrasts[0].t_interval, other.contrasts[0].t_interval)]
        assert alike(plain(one.correlation), plain(other.correlation))
    assert all(alike(three(one), mirrored(two)) for one, two in pairs)
    for part in ("recruitment", "retention", "employment", "first_job", "tenure"):
        one, two = (plain(getattr(result, part))["by_arm"] for result in (found, back))
        assert alike(one, two), part


@pytest.mark.parametrize("seed", SEEDS)
def test_one_person_fewer_is_one_fewer_everywhere(seed: int) -> None:
    trial = drawn(seed)
    enrolled = [i for i, one in enumerate(trial.people) if one.participant]
    if not enrolled:
        return
    left = tuple(one for i, one in enumerate(trial.people) if i != enrolled[0])
    counts = [
        (
            result.recruitment.enrolled,
            result.retention.overall.n,
            result.employment.overall.enrolled,
            result.clustering.sizes.participants,
            result.first_job.overall.people,
            result.tenure.overall.people,
            result.funnel.counts["considered"],
            result.flow.box("enrolled").people,
            sum(result.retention.fates.values()),
            sum(one.enrolled for one in result.recruitment.by_cluster),
            sum(month.enrolled for month in result.recruitment.by_month),
        )
        for result in (of_seed(seed)["results"], assess(replace(trial, people=left)))
    ]
    assert [one - two for one, two in zip(*counts, strict=True)] == [1] * len(counts[0])


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_everybody_twice_keeps_the_shares_and_narrows_them(seed: int) -> None:
    trial = drawn(seed, people=18)

    def again(row):
        earlier = {"earlier": f"x{row['earlier']}"} if row.get("earlier") else {}
        return dict(row) | {"number": f"x{row['number']}"} | earlier

    more = tuple(
        Person(
            tuple(again(row) for row in one.screening),
            again(one.participant) if one.participant else None,
            tuple(again(row) for row in one.visits),
            again(one.outcome) if one.outcome else None,
        )
        for one in trial.people
    )
    one, two = assess(trial), assess(replace(trial, people=trial.people + more))
    pairs = [(one.retention.overall, two.retention.overall)]
    pairs += [
        (less.estimate, twice.estimate)
        for less, twice in zip(one.funnel.conversions, two.funnel.conversions, strict=True)
    ]
    pairs += [
        (one.employment.by_arm[arm].observed, two.employment.by_arm[arm].observed) for arm in ARMS
    ]
    for less, twice in pairs:
        assert twice.n == 2 * less.n and alike(less.value, twice.value)
        assert less.value is None or twice.high - twice.low < less.high - less.low
    assert two.recruitment.rate.value == pytest.approx(2 * one.recruitment.rate.value)
    assert alike(one.tenure.overall.open.median, two.tenure.overall.open.median)
    assert alike(three(one.first_job.overall.median)[0], three(two.first_job.overall.median)[0])


def levels(frames: Frames) -> dict[str, Callable[[float], object]]:
    """Every result of frames that has a level, as a function of it."""
    people, visits, work = frames.participants, frames.visits, frames.outcomes
    known = {"arms": ARMS, "on": ON}

    def counted(level: float) -> recruitment.Recruitment:
        return recruitment.count(people, frames.clusters, plan=WINDOW, conf_level=level, **known)

    on = day(100)
    so_far = recruitment.count(people, frames.clusters, arms=ARMS, plan=WINDOW, on=on)
    order = list(PLAN.visits)
    return {
        "recruitment": counted,
        "funnel": lambda level: funnel.count(frames.screening, level),
        "retention": lambda level: retention.retained(
            people, visits, visit="month-12", conf_level=level, **known
        ),
        "completeness": lambda level: retention.complete(
            people, visits, order=order, on=ON, conf_level=level
        ),
        "follow_up": lambda level: follow_up.by_visit(
            people, visits, order=order, conf_level=level, **known
        ),
        "employment": lambda level: outcome.by_arm(people, work, conf_level=level, **known),
        "clustering": lambda level: clustering.describe(
            frames, primary_visit="month-12", conf_level=level, **known
        ),
        "first_job": lambda level: first_job.describe(frames, arms=ARMS, conf_level=level),
        "tenure": lambda level: tenure.describe(frames, arms=ARMS, conf_level=level),
        "outlook": lambda level: outlook.of_recruitment(
            so_far, frames.clusters, plan=WINDOW, on=on, conf_level=level
        ),
        "bias": lambda level: bias(frames, conf_level=level),
    }


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_parts_are_those_of_the_whole_and_widen_with_the_level(seed: int) -> None:
    frames = drawn(seed, people=18).frames()
    whole = feasibility.assess(frames, plan=PLAN, on=ON)
    for name, of in levels(frames).items():
        found = of(0.95)
        if name not in ("outlook", "bias"):
            assert found == getattr(whole, name), name
        narrow, wide = (
            [one for one in parts(result) if isinstance(one, Estimate)]
            for result in (found, of(0.99))
        )
        assert len(narrow) == len(wide), name
        for one, two in zip(narrow, wide, strict=True):
            assert one.value == two.value
            assert (one.low is None or two.low <= one.low) and (
                one.high is None or two.high >= one.high
            )
    drawn_flow = flow.draw(frames, arms=ARMS, visit_names={"month-12": "12 months"}, on=ON)
    assert drawn_flow == whole.flow
    metrics = feasibility.metrics(
        whole.recruitment, whole.funnel, whole.retention, whole.employment
    )
    for metric in metrics.values():
        assert alike(metric.estimate.value, None if metric.exact is None else float(metric.exact))


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_stands_in_one_place(seed: int) -> None:
    frames = drawn(seed).frames()
    latest = funnel.latest(frames.screening)
    pd.testing.assert_frame_equal(funnel.latest(latest), latest)
    stands = funnel.standing(latest)
    counted = funnel.count(frames.screening)
    assert (
        len(stands)
        == len(latest)
        == counted.counts["considered"]
        == sum(counted.standings.values())
    )
    assert sum(one.count for one in funnel.reasons(stands)) == len(latest)
    first = {place: stands == place for place in list(funnel.Standing)[:-1]}
    assert funnel.first_that_holds(first, funnel.Standing.CONSENTED).tolist() == stands.tolist()
    reached = recruitment_bias.reached(latest)
    assert not (reached["consented"] & ~reached["approached"]).any() and reached["identified"].all()
    for stage in ("eligible", "approached", "consented"):
        assert reached[stage].sum() == counted.counts[stage], stage
    fates = retention.fates(frames.participants, frames.visits, "month-12", ON)
    joined = outcome.joined(frames.participants, frames.outcomes)
    assert fates["number"].tolist() == joined["number"].tolist()
    assert set(joined["open_at_12"]) <= {"yes", "no", "unknown"}
    again = tables.prepare(
        frames.screening, frames.participants, frames.visits, frames.outcomes, frames.clusters
    )
    for name, table in vars(frames).items():
        if table is None:
            continue
        pd.testing.assert_frame_equal(getattr(again, name), table)


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_later_more_days_were_open_and_more_windows_are_closed(seed: int) -> None:
    frames = drawn(seed, people=18).frames()
    people, known = frames.participants, {"arms": ARMS}
    before: list[float] = []
    for offset in (-30, 0, 50, 183, 400, 800):
        on = day(offset)
        count = recruitment.count(people, frames.clusters, plan=WINDOW, on=on, **known)
        kept = retention.retained(people, frames.visits, visit="month-12", on=on, **known)
        employed = outcome.by_arm(people, frames.outcomes, on=on, **known)
        now = [
            count.open_days,
            kept.of_closed.n,
            -kept.fates[retention.Fate.NOT_YET],
            employed.overall.reached,
            recruitment.target_by(on, WINDOW),
            -len(recruitment.months_ahead(WINDOW, on)),
        ]
        assert all(a <= b for a, b in zip(before, now, strict=False))
        before = now


@pytest.mark.parametrize("places", [{}, {"a": 0.5}, {"a": 0.5, "b": 0.2}, {"a": 1.0, "b": None}])
def test_a_difference_of_arms_mirrors_or_says_why_not(places) -> None:
    found = {
        arm: not_estimable(0, "none", "nobody")
        if share is None
        else Estimate(share, 0.0, 1.0, 10, "any", count=round(10 * share))
        for arm, share in places.items()
    }
    one = retention.difference(found)
    two = retention.difference(dict(reversed(found.items())))
    assert sound(one) and alike(three(one), mirrored(two)) and one.reason == two.reason
    assert one.value is None or wider(retention.difference(found, 0.99), one)


def test_months_are_days_that_rise_and_cautions_end_at_ten_clusters() -> None:
    days = [first_job.day_of(months) for months in range(25)]
    assert {b - a for a, b in pairwise(days)} == {30, 31} and days[12] == 365
    beyond = not_estimable(3, "Kaplan-Meier", "the last was followed to 40")
    once = first_job.in_days(beyond)
    assert once.reason.endswith("40 days") and first_job.in_days(once) == once
    assert [bool(feasibility.caution(k)) for k in range(12)] == [True] * 10 + [False] * 2


CORNERS = {
    "an empty trial": lambda: Trial((), ()),
    "nobody in four clusters": lambda: drawn(1, clusters=4, people=0),
    "one participant": lambda: drawn(7, clusters=1, people=1),
    "one cluster": lambda: drawn(8, clusters=1, people=9),
    "one cluster an arm": lambda: drawn(9, clusters=2, people=12),
    "one cluster in an arm": lambda: drawn(10, clusters=3, people=12),
    "clusters of one": lambda: drawn(11, clusters=4, people=4),
    "twelve clusters": lambda: drawn(12, clusters=12, people=60),
    "twelve clusters of one": lambda: drawn(13, clusters=12, people=12),
    "no events": lambda: said("no", "missed"),
    "all events": lambda: said("yes", "done"),
    "all unknown": lambda: said("unknown", "expected"),
    "no outcomes": lambda: without("outcome"),
    "no visits": lambda: without("visits"),
    "no screening": lambda: without("screening"),
    "no arm yet": no_arms,
    "all withdrew their data": lambda: with_each("withdrew_data_on", day(300)),
    "all died at once": lambda: with_each("died_on", day(200)),
    "all withdrew": lambda: with_each("withdrew_followup_on", day(200)),
    "nobody has a day of enrolment": lambda: with_each("enrolled_on", None),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_every_corner_has_results_or_reasons(corner: str) -> None:
    assert sound(everything(CORNERS[corner]()))


@pytest.mark.parametrize("arms", [(), ARMS[:1], (*ARMS, "a third")])
def test_any_number_of_arms_on_any_day_has_results_or_reasons(arms) -> None:
    assert sound(assess(drawn(1), replace(PLAN, arms=arms), START - timedelta(days=1)))


@pytest.mark.parametrize("answer", ["no", "yes"])
def test_no_events_and_all_events_are_nought_and_one(answer: str) -> None:
    found = assess(said(answer, "done" if answer == "yes" else "missed"))
    share = {"no": 0.0, "yes": 1.0}[answer]
    shares = [found.employment.by_arm[arm].observed.value for arm in ARMS]
    assert set(shares) <= {share, None} and share in shares
    employed = found.clustering.outcomes["open_employment"].correlation.within_arm.estimate
    assert employed.value is None and "no variation" in employed.reason
    assert found.flow.box("enrolled").people > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_reminders_followed_are_over_and_sent_and_do_not_hang_on_their_order(seed: int) -> None:
    frames = drawn(seed, people=18).frames()
    sent = frames.visits.rename(columns={"visit": "rule"}).assign(sent_on=frames.visits["opens_on"])
    found = follow_up.reminded(sent, on=ON)
    assert sum(one.sent for one in found) == len(sent) > 0
    assert all(one.followed <= one.over <= one.sent for one in found)
    assert found == follow_up.reminded(sent.iloc[::-1], on=ON)
    twice = follow_up.reminded(pd.concat([sent, sent]), on=ON)
    assert [one.share for one in twice] == [one.share for one in found]
