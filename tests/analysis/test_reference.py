"""The published and computed reference cases of the families that the analysis holds."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from trial.analysis import flow, progression, proportion, rate, risk_difference, tables
from trial.analysis.estimate import Estimate

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "reference" / "statistics.json").read_text()
)

# Computed in test_reference_planning.py, with all of progression but the plain traffic lights.
PLANNING_FAMILIES = {"cluster_sample_size", "time_to_event", "scale_score", "progression"}

# Computed in test_reference_clusters.py.
CLUSTER_FAMILIES = {
    "risk_ratio",
    "icc",
    "cluster_summary_test",
    "randomisation_test",
    "design_effect",
    "gee",
    "mixed_logistic",
    "adjusted_chi_square",
}

Solver = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
SOLVERS: dict[str, Solver] = {}


def solves(*ids: str) -> Callable[[Solver], Solver]:
    """Registers how the cases of these ids are computed."""

    def register(solver: Solver) -> Solver:
        SOLVERS.update(dict.fromkeys(ids, solver))
        return solver

    return register


def limits(estimate: Estimate) -> list[float | None]:
    return [estimate.low, estimate.high]


def both(x: int, n: int, level: float) -> dict[str, Any]:
    found = proportion.wilson(x, n, level)
    exact = proportion.clopper_pearson(x, n, level)
    return {"p": found.value, "wilson": limits(found), "clopper_pearson": limits(exact)}


@solves(
    "prop-newcombe1998-81of263",
    "prop-newcombe1998-15of148",
    "prop-newcombe1998-0of20",
    "prop-ips-arm-3of11",
    "prop-control-arm-0of7",
)
def single(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    return both(given["x"], given["n"], given["conf_level"])


@solves("funnel-conversion")
def conversions(given: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for key in expected:
        to, of = key.split("_of_")
        x, n = given[to], given[of]
        found[key] = {"x": x, "n": n} | both(x, n, given["conf_level"])
    return found


@solves("retention-attrition-complement")
def kept(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    seen, n, level = given["followed_up"], given["randomised"], given["conf_level"]
    return {"retention": both(seen, n, level), "attrition": both(n - seen, n, level)}


@solves("completeness-forms")
def forms(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    due = given["planned"] - given["not_due"]
    return {"due": due} | both(given["received"], due, given["conf_level"])


@solves("prop-cluster-adjusted-wilson")
def widened(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    x, n, sizes, icc = (given[name] for name in ("x", "n", "sizes", "icc"))
    deff = proportion.design_effect(sizes, icc)
    adjusted = proportion.cluster_adjusted_wilson(x, n, sizes, icc, given["conf_level"])
    return {
        "deff": deff,
        "n_eff": n / deff,
        "wilson_adjusted": limits(adjusted),
        "wilson_unadjusted": limits(proportion.wilson(x, n, given["conf_level"])),
    }


@solves("prop-survey-clustered")
def surveyed(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    found = proportion.survey(given["cluster"], given["r"], given["conf_level"])
    return {
        "p": found.logit.value,
        "se": found.se,
        "deff": found.deff,
        "logit_ci": limits(found.logit),
        "korn_graubard_beta_ci": limits(found.korn_graubard),
    }


def four(given: dict[str, Any]) -> tuple[int, int, int, int, float]:
    return given["x1"], given["n1"], given["x2"], given["n2"], given["conf_level"]


@solves(*(f"rd-newcombe1998-{letter}" for letter in "abdefh"))
def difference(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    found = risk_difference.newcombe(*four(given))
    return {"rd": found.value, "newcombe": limits(found)}


@solves("rd-ips-4-11-vs-1-7")
def scores(given: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    score = risk_difference.miettinen_nurminen
    return difference(given, expected) | {
        "miettinen_nurminen": limits(score(*four(given))),
        "mee": limits(score(*four(given), correction=False)),
    }


@solves("rd-cluster-adjusted-newcombe")
def widened_difference(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    first, second = (given["x1"], given["sizes1"]), (given["x2"], given["sizes2"])
    level, icc = given["conf_level"], given["icc"]
    found = risk_difference.cluster_adjusted_newcombe(first, second, icc, level)
    each = [
        proportion.cluster_adjusted_wilson(x, sum(sizes), sizes, icc, level)
        for x, sizes in (first, second)
    ]
    return {
        "deff1": proportion.design_effect(given["sizes1"], icc),
        "deff2": proportion.design_effect(given["sizes2"], icc),
        "wilson1": limits(each[0]),
        "wilson2": limits(each[1]),
        "rd": found.value,
        "newcombe_adjusted": limits(found),
    }


@solves("rate-recruitment-18-per-24", "rate-garwood-10", "rate-R-doc-137")
def poisson(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    exposure = given.get("exposure", given.get("cluster_months"))
    found = rate.garwood(given["count"], exposure, given["conf_level"])
    return {"rate": found.value, "exact": limits(found)}


@solves("rate-ratio-R-doc", "rate-ratio-arm")
def ratio(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    found = rate.rate_ratio(
        given["count1"],
        given["exposure1"],
        given["count2"],
        given["exposure2"],
        given["conf_level"],
    )
    return {
        "ratio": found.estimate.value,
        "exact": limits(found.estimate),
        "p_two_sided": found.p_two_sided,
    }


@solves("rate-by-cluster-dispersion")
def spread(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    found = rate.dispersion(given["recruited"], given["months"], given["conf_level"])
    return {
        "rates": list(found.rates),
        "mean_rate": found.mean.value,
        "sd_rate": found.sd,
        "t_ci_df3": limits(found.mean),
        "poisson_exact_pooled": limits(found.pooled),
        "pearson_X2": found.pearson,
        "df": found.df,
        "p_heterogeneity": found.p_heterogeneity,
        "dispersion": found.dispersion,
    }


@dataclass(frozen=True)
class Rule:
    """A progression criterion of a reference case."""

    key: str
    green_at: float
    amber_at: float
    label: str = ""
    unit: str = "proportion"
    direction: str = "higher"

    @property
    def metric(self) -> str:
        return self.key


@solves("avery-traffic-light")
def lights(given: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    rules = [Rule(c["name"], c["green_from"], c["red_below"]) for c in given["criteria"]]
    figures = {
        c["name"]: progression.Metric(c["value"], Estimate(c["value"], 0, 2, 1, "given"))
        for c in given["criteria"]
    }
    found = progression.avery(rules, figures)
    return {"colours": [str(light.colour) for light in found.criteria], "overall": found.overall}


# R's quasi-Poisson dispersion weighs the last residuals with the weights of the iteration before:
# 0.9629679 where Pearson's chi-square over its degrees of freedom, 2.8888889 / 3, is 0.9629630.
R_STOPS_EARLY = {"dispersion": 1e-5}


def agree(found: Any, expected: Any, tolerance: dict[str, Any], path: str = "") -> None:
    """Every expected figure is there and within the tolerance of its name or group, else `abs`."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            agree(found[key], value, tolerance, f"{path}.{key}" if path else key)
    elif isinstance(expected, list):
        assert len(found) == len(expected), path
        for one, other in zip(found, expected, strict=True):
            agree(one, other, tolerance, path)
    elif isinstance(expected, float) or (isinstance(expected, int) and not tolerance.get("exact")):
        allowed = tolerance_of(path, tolerance)
        assert abs(found - expected) <= allowed, f"{path}: {found} is not {expected}"
    else:
        assert found == expected, path


def tolerance_of(path: str, tolerance: dict[str, Any]) -> float:
    if path in R_STOPS_EARLY:
        return R_STOPS_EARLY[path]
    if "newcombe_abs" in tolerance:
        return tolerance["newcombe_abs" if path in ("rd", "newcombe") else "score_abs"]
    return tolerance.get("abs", 0)


BUILT = [case for case in CASES if case["id"] in SOLVERS]


@pytest.mark.parametrize("case", BUILT, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    found = SOLVERS[case["id"]](case["inputs"], case["expected"])
    agree(found, case["expected"], case["tolerance"])


def test_every_case_is_computed_in_one_place() -> None:
    flows = {"consort-cluster-flow"}  # from frames: test_flow_case below
    elsewhere = {
        case["id"] for case in CASES if case["family"] in CLUSTER_FAMILIES | PLANNING_FAMILIES
    } - {"avery-traffic-light"}
    assert {case["id"] for case in CASES} == set(SOLVERS) | flows | elsewhere
    assert not elsewhere & set(SOLVERS)


def test_flow_case(small) -> None:
    (case,) = [case for case in CASES if case["id"] == "consort-cluster-flow"]
    given, expected = case["inputs"], case["expected"]
    found = flow.draw(
        tables.prepare(**small),
        arms=["IPS", "TAU"],
        visit_names={"month-12": "12 months"},
        on=date(2017, 1, 31),
    )
    people, clusters = given["participants"], given["clusters"]
    assert found.box("considered").people == people["screened"]
    assert found.box("not-eligible").people == people["ineligible"]
    assert found.box("declined").people == people["declined"]
    assert found.box("not-approached").people == people["not_approached"]
    assert found.box("enrolled").people == people["consented"]
    assert found.box("clusters-assessed").clusters == clusters["assessed"]
    assert found.box("clusters-allocated").clusters == clusters["randomised"]
    for arm, name in (("IPS", "ips"), ("TAU", "control")):
        assert found.box("allocated", arm).people == people[name]
        assert found.box("allocated", arm).clusters == clusters[name]
        assert found.box("analysed", arm).people == expected["analysed_12m"][name]
        assert found.mean_cluster_size[arm] == expected["mean_cluster_size"][name]
    assert found.mean_cluster_size["all"] == expected["mean_cluster_size"]["all"]
    assert all(found.checks.values())
