"""The reference cases of planning: sizes, zones, time to events and scale scores."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from trial.analysis import (
    competing_events,
    lewis,
    sample_size,
    scale,
    simple_size,
    three_outcomes,
    time_to_event,
)
from trial.analysis.sample_size import Design

Given = dict[str, Any]
FAMILIES = {"cluster_sample_size", "progression", "time_to_event", "scale_score"}
CASES: dict[str, Given] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parent / "reference" / "statistics.json").read_text())
    if case["family"] in FAMILIES and case["id"] != "avery-traffic-light"
}


def test_inflated() -> None:
    case = CASES["ss-sampclus"]
    given = case["inputs"]
    alone = simple_size.individual_means(
        given["mean1"], given["mean2"], given["sd"], given["alpha"], given["power"]
    )
    found = simple_size.inflated(alone.rounded, given["m"], given["icc"])
    assert case["expected"] == {
        "n_per_arm_individual": alone.rounded,
        "deff": found.deff,
        "n_per_arm_adjusted": found.n_per_arm_adjusted,
        "clusters_total": found.clusters_total,
    }
    assert found.clusters_per_arm == 10


def design(given: Given, **more: Any) -> Design:
    asked: dict[str, Any] = {"cluster_size": given["m"], "icc": given["icc"]}
    asked |= {key: given[key] for key in ("alpha", "power", "cv", "p1", "p2") if key in given}
    if "p1" not in given:
        spread = given.get("sd") or math.sqrt(given["var_total"])
        asked |= {"mean1": 0.0, "mean2": given.get("d", given.get("delta")), "sd": spread}
    return Design(**asked | more)


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("ss-cpa-binary-normal", True),
        ("ss-cpa-normal-t", False),
        ("ss-crtsize-n4props", True),
        ("ss-crtsize-n4means-t", False),
    ],
)
def test_clusters(name: str, normal: bool) -> None:
    case = CASES[name]
    given, expected, rel = case["inputs"], case["expected"], case["tolerance"]["rel"]
    found = sample_size.solve(design(given, normal=normal))
    assert found.value == pytest.approx(expected["clusters_per_arm_unrounded"], rel=rel)
    assert found.rounded == expected["clusters_per_arm"]
    if "power_at_16" in expected:
        assert found.power == pytest.approx(expected["power_at_16"], abs=1e-6)
    if "mdd_p2_at_38" in expected:
        back = sample_size.solve(design(given, normal=True, p2=None, clusters_per_arm=38))
        assert back.value == pytest.approx(expected["mdd_p2_at_38"], rel=rel)


def test_hayes_bennett() -> None:
    case = CASES["ss-hayes-bennett-prop"]
    found = simple_size.hayes_bennett_proportions(**case["inputs"])
    expected = case["expected"]
    assert found.unrounded == pytest.approx(expected["clusters_per_arm_unrounded"], rel=1e-8)
    assert found.rounded == expected["clusters_per_arm"]


def test_the_definitive_trial() -> None:
    case = CASES["ss-ipsoh-definitive"]
    given, expected, rel = case["inputs"], case["expected"], case["tolerance"]["rel"]
    found = sample_size.solve(design(given))
    normal = sample_size.solve(design(given, normal=True))
    assert found.deff == pytest.approx(expected["deff"], rel=rel)
    assert normal.value == pytest.approx(expected["normal_unrounded"], rel=rel)
    assert found.value == pytest.approx(expected["t_unrounded"], rel=rel)
    assert found.rounded == expected["clusters_per_arm"]
    for k in (12, 13):
        seen = sample_size.solve(design(given, clusters_per_arm=k, power=None))
        assert seen.value == pytest.approx(expected[f"power_at_{k}"], abs=1e-6)
    inflation = expected["inflate_for_15pct_attrition"]
    assert simple_size.recruited_for(given["m"], 0.15) == inflation["recruit_per_cluster"]


def test_the_power_of_the_pilot_is_given_with_its_warning() -> None:
    case = CASES["power-2-clusters-per-arm"]
    found = sample_size.solve(design(case["inputs"], clusters_per_arm=2))
    assert found.value == pytest.approx(case["expected"]["power"], abs=1e-6)
    assert "does not test" in found.warning


def test_individual_size() -> None:
    case = CASES["ss-power-prop-test-doc"]
    found = simple_size.individual_proportions(**case["inputs"])
    assert found.unrounded == pytest.approx(case["expected"]["n_per_arm_unrounded"], abs=1e-3)
    assert found.rounded == case["expected"]["n_per_arm"]


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("lewis-n-")])
def test_lewis_size(name: str) -> None:
    given, expected = CASES[name]["inputs"], CASES[name]["expected"]
    four = given["rul"], given["gll"], given["alpha_one_sided"], given["power"]
    exact = lewis.sample_size(*four)
    normal, corrected = (lewis.sample_size(*four, method=name) for name in ("normal", "normal_cc"))
    assert exact.n == expected["exact_binomial_first_n"]
    assert exact.critical == expected["exact_critical_count"]
    assert exact.power == pytest.approx(expected["exact_power"], abs=1e-9)
    assert normal.n == expected["normal_uncorrected"]
    assert normal.raw == pytest.approx(expected["normal_uncorrected_raw"], abs=1e-6)
    assert corrected.n == expected["normal_cc_fleiss"]
    assert corrected.raw == pytest.approx(expected["normal_cc_raw"], abs=1e-6)
    rounded = round(normal.raw + 1 / (given["gll"] - given["rul"]))
    assert rounded == expected["cc_n_plus_1_over_d_rounded"]
    sizes = (normal.n, corrected.n, rounded)
    assert min(abs(expected["published_n"] - size) for size in sizes) <= 1


def test_lewis_cut_offs_and_zones() -> None:
    case = CASES["lewis-ac-table5"]
    shares = [lewis.critical_share(one["n"], one["rul"], 0.05) for one in case["inputs"]["cases"]]
    assert shares == pytest.approx(case["expected"]["Ac_unrounded"], abs=0.0006)
    assert shares == pytest.approx(case["expected"]["Ac"], abs=0.0006)
    case = CASES["lewis-zones-200"]
    given, expected = case["inputs"], case["expected"]
    tiers = lewis.boundaries(given["n"], given["rul"], given["gll"], method="normal")
    assert [lewis.zone(count, tiers) for count in given["counts"]] == expected["zones"]
    assert expected["boundaries"] == {
        "red_upto": tiers.red_upto,
        "amber_split": tiers.amber_split,
        "green_from": tiers.green_from,
    }


def test_three_outcomes() -> None:
    case = CASES["tout-design-57"]
    found, expected = three_outcomes.smallest(**case["inputs"]), case["expected"]
    assert found.n == expected["n"]
    assert found.thresholds == tuple(expected["thresholds"])
    for error in ("alpha", "beta", "gamma"):
        assert getattr(found, error) == pytest.approx(expected[error], abs=1e-6)


def test_kaplan_meier_of_a_published_trial() -> None:
    given, expected = CASES["km-aml"]["inputs"], CASES["km-aml"]["expected"]
    curves = {name: curve_of(given, "group", name) for name in expected["median"]}
    steps = curves["Maintained"].steps
    close = {"abs": 1e-6}
    assert [step.time for step in steps] == expected["maintained_times"]
    survival = [step.survival for step in steps]
    assert survival == pytest.approx(expected["maintained_survival"], **close)
    assert [step.se for step in steps] == pytest.approx(expected["maintained_se"], **close)
    limits = expected["maintained_loglog_ci"]
    assert [step.low for step in steps] == pytest.approx(limits["lower"], **close)
    assert [step.high for step in steps] == pytest.approx(limits["upper"], **close)
    medians = {name: time_to_event.median(curve).value for name, curve in curves.items()}
    assert medians == expected["median"]
    check_log_rank(given, "group", expected)


def curve_of(given: Given, by: str, name: Any, event: str = "event") -> time_to_event.Curve:
    rows = [row for row in zip(given["time"], given[event], given[by], strict=True)]
    own = [(time, state) for time, state, group in rows if group == name]
    return time_to_event.kaplan_meier(*zip(*own, strict=True))


def check_log_rank(given: Given, by: str, expected: Given) -> None:
    test = time_to_event.log_rank(given["time"], given["event"], given[by])
    assert test.chi2 == pytest.approx(expected["logrank_chi2"], abs=1e-6)
    assert test.p == pytest.approx(expected["logrank_p"], abs=1e-6)


def test_time_to_first_job() -> None:
    case = CASES["km-time-to-first-job"]
    given, expected = case["inputs"], case["expected"]
    found = []
    for arm in (0, 1):
        curve = curve_of(given, "arm", arm)
        found += [(arm, step) for step in curve.steps]
        assert time_to_event.median(curve).value == expected["median"][str(arm)]
        mean = time_to_event.restricted_mean(curve, given["tau"])
        assert mean.estimate.value == pytest.approx(expected["restricted_mean_12"][str(arm)])
        assert mean.se == pytest.approx(expected["restricted_mean_se"][str(arm)], abs=1e-6)
    assert len(found) == len(expected["steps"])
    for (arm, step), known in zip(found, expected["steps"], strict=True):
        assert (arm, step.time) == (known["arm"], known["time"])
        assert step.survival == pytest.approx(known["survival"], abs=1e-6)
        assert step.se == pytest.approx(known["se"], abs=1e-6)
        assert [step.low, step.high] == pytest.approx(known["loglog_ci"], abs=1e-6)
    check_log_rank(given, "arm", expected)


def test_competing_events() -> None:
    case = CASES["aj-job-vs-death"]
    given = case["inputs"]
    for arm, expected in enumerate(case["expected"][f"arm{arm}"] for arm in (0, 1)):
        rows = zip(given["time"], given["status"], given["arm"], strict=True)
        own = [(time, status) for time, status, group in rows if group == arm]
        job, other = competing_events.aalen_johansen(*zip(*own, strict=True))
        assert {
            "job_at_6": competing_events.incidence_at(job, 6).value,
            "job_at_12": competing_events.incidence_at(job, 12).value,
            "competing_at_12": competing_events.incidence_at(other, 12).value,
        } == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("name", "field", "share"),
    [
        ("mean_okmiss50", "mean", 0.5),
        ("sum_prorated_okmiss50", "total", 0.5),
        ("pomp_0_100_okmiss50", "percent", 0.5),
        ("mean_okmiss20", "mean", 0.8),
        ("mean_no_missing_allowed", "mean", 1),
    ],
)
def test_scale_scores(name: str, field: str, share: float) -> None:
    case = CASES["scale-prorated"]
    given, expected = case["inputs"], case["expected"][name]
    found = scale.score(
        given["items"], given["min"], given["max"], reverse=given["reverse"], least_share=share
    )
    assert len(found) == len(expected)
    for one, known in zip(found, expected, strict=True):
        value = getattr(one, field)
        assert (value is None) == (known is None)
        assert known is None or value == pytest.approx(known, abs=1e-8)
        assert known is not None or one.reason


def test_no_case_is_forgotten() -> None:
    text = Path(__file__).read_text()
    named = {name for name in CASES if f'"{name}"' in text or name.startswith("lewis-n-")}
    assert named == set(CASES)
