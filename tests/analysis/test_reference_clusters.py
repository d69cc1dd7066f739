"""The reference cases of the estimators for clusters: ratios, ICC, tests and models."""

import json
from pathlib import Path
from typing import Any

import pytest

from trial.analysis import (
    cluster_summary,
    cluster_test,
    design_effect,
    gee,
    icc,
    mixed_logistic,
    randomisation_test,
    reml,
    risk_ratio,
)
from trial.analysis.cluster_summary import Clusters
from trial.analysis.estimate import Estimate

FAMILIES = {
    "risk_ratio",
    "icc",
    "cluster_summary_test",
    "randomisation_test",
    "design_effect",
    "gee",
    "mixed_logistic",
    "adjusted_chi_square",
}
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parent / "reference" / "statistics.json").read_text())
    if case["family"] in FAMILIES
}
Given = dict[str, Any]


def limits(estimate: Estimate) -> list[float | None]:
    return [estimate.low, estimate.high]


def rows(given: Given) -> Clusters:
    """The clusters of a case, given by participant or as counts."""
    if "y" in given:
        return cluster_summary.summarise(given["cluster"], given["y"], given.get("arm"))
    return cluster_summary.counted(given["n"], given["x"], given.get("arm", given.get("group")))


def risk_ratios(given: Given) -> Given:
    four = given["x1"], given["n1"], given["x2"], given["n2"], given["conf_level"]
    koopman, other = risk_ratio.koopman(*four), risk_ratio.miettinen_nurminen(*four)
    unbounded = koopman.high is None and "no upper limit" in koopman.reason
    return {
        "rr": koopman.value,
        "koopman": limits(koopman),
        "miettinen_nurminen": limits(other),
        "koopman_lower": koopman.low,
        "koopman_upper": "Infinity" if unbounded else koopman.high,
        "miettinen_nurminen_lower": other.low,
    }


def told(found: icc.Icc) -> Given:
    smith = icc.smith_interval(found)
    return {
        "k": found.clusters,
        "N": found.estimate.n,
        "n0": found.size,
        "m0": found.size,
        "MSB": found.ms_between,
        "MSC": found.ms_between,
        "MSW": found.ms_within,
        "F": found.f,
        "icc": found.estimate.value,
        "icc_anova": found.estimate.value,
        "anova": found.estimate.value,
        "ci_searle_F": limits(found.estimate),
        "ci_searle_F_n0": limits(found.estimate),
        "se_smith": found.se_smith,
        "se_swiger": found.se_swiger,
        "ci_smith": limits(smith),
        "reason": found.estimate.reason.split(":")[0],
    }


def components(found: reml.Variances) -> Given:
    own = {"var_between": found.var_between, "var_within": found.var_within}
    return own | {"icc": found.icc.value}


def mixed(clusters: Clusters) -> Given:
    found = reml.fit(clusters)
    gap = reml.difference(clusters, 1, 0)
    out = components(found) | {"beta_arm": gap.value, "se_arm": gap.se}
    # Arms in alphabetical order: 0 is the intercept, 1 less 0 the coefficient.
    out |= {"beta": [found.means[0], gap.value], "se_ols_limit": [found.se[0], gap.se]}
    for name in ("kenward_roger", "satterthwaite"):
        small = getattr(gap, name)
        out[name] = small and {"se": small.se, "df": small.df, "t": small.t, "p": small.p}
    return out


def correlations(given: Given) -> Given:
    if "clusters" in given:
        many = [(str(i), y) for i, own in enumerate(given["clusters"]) for y in own]
        labels, values = zip(*many, strict=True)
        return told(icc.anova(cluster_summary.summarise(labels, values)))
    clusters = rows(given)
    out = told(icc.anova(clusters))
    within = told(icc.anova_within_arm(clusters))
    out |= {"unadjusted": dict(out), "within_arm": within}
    out["reml"] = out["reml_unadjusted"] = components(reml.fit(clusters.without_arms()))
    out["ml"] = components(reml.fit(clusters.without_arms(), restricted=False))
    alone = reml.fit(clusters.without_arms())
    if alone.means:
        out |= {"mean": alone.means[0], "se_mean_reml": alone.se[0]}
    if clusters.binary:
        out["fleiss_cuzick"] = icc.fleiss_cuzick(clusters).value
        out["unadjusted"]["fleiss_cuzick"] = out["fleiss_cuzick"]
    if "arm" in given:
        out["reml_arm_adjusted"] = mixed(clusters)
        for name, arm in (("intervention", "1"), ("control", "0")):
            own = clusters.of_arm(arm)
            out[name] = told(icc.anova(own))
            if own.binary:
                out[name]["fleiss_cuzick"] = icc.fleiss_cuzick(own).value
    return out


def cluster_tests(given: Given) -> Given:
    clusters = rows(given)
    by_name = dict(zip(clusters.labels, clusters.means, strict=True))
    weighted = cluster_test.size_weighted(clusters, 1, 0)
    found = cluster_test.compare(clusters, 1, 0)
    if given.get("scale") == "percent":
        own = [[100 * mean for mean in clusters.of_arm(arm).means] for arm in "10"]
        found = cluster_test.t_test(*own)
    return {
        "cluster_means": by_name,
        "cluster_proportions": by_name,
        "mean_intervention": found.mean_first,
        "mean_control": found.mean_second,
        "difference": found.estimate.value,
        "se": found.se,
        "t": found.t,
        "df": found.df,
        "p": found.p,
        "ci": limits(found.estimate),
        "welch_df": found.welch_df,
        "size_weighted": {
            "difference": weighted.estimate.value,
            "se": weighted.se,
            "p": weighted.p,
        },
    }


def randomised(given: Given) -> Given:
    summary, arms = given.get("summary"), given["arm"]
    if summary is None:
        clusters = rows(given)
        summary, arms = clusters.means, clusters.arms
    found = randomisation_test.test(summary, arms, first=1)
    return {
        "observed": found.estimate.value,
        "n_allocations": found.schemes,
        "all_differences_sorted": list(found.differences),
        "p_two_sided": found.p_two_sided,
        "p_one_sided": found.p_greater,
        "p_greater": found.p_greater,
        "smallest_attainable_two_sided": found.smallest_p,
        "ci95_inversion": limits(found.estimate),
    }


def effects_of_design(given: Given) -> Given:
    found = design_effect.of_sizes(given["sizes"], given["icc"])
    sample = design_effect.planned(found.mean, given["icc"], cv=found.cv_sample or 0)
    return {
        "mean": found.mean,
        "cv_population_sd": found.cv,
        "cv_sample_sd": found.cv_sample,
        "deff_eldridge_population_cv": found.value,
        "deff_eldridge_sample_cv": sample,
        "kish_sum_m2_over_sum_m": found.kish,
        "relative_efficiency_van_breukelen": found.efficiency,
    }


SE = {
    "se_robust_LZ": gee.Variance.LIANG_ZEGER,
    "se_robust": gee.Variance.LIANG_ZEGER,
    "se_MD": gee.Variance.MANCL_DEROUEN,
    "se_KC": gee.Variance.KAUERMANN_CARROLL,
    "se_FG_b0.75": gee.Variance.FAY_GRAUBARD,
}


def people(given: Given) -> tuple[list[Any], list[int], dict[str, list[float]]]:
    """A participant each: cluster, outcome and terms."""
    if "y" in given:
        terms = {"arm": given["arm"]} | ({"x": given["x"]} if "x" in given else {})
        return given["cluster"], given["y"], terms
    many = [
        (i, int(j < x), float(group == "TREAT"))
        for i, (group, n, x) in enumerate(zip(given["group"], given["n"], given["x"], strict=True))
        for j in range(n)
    ]
    cluster, y, treated = zip(*many, strict=True)
    return list(cluster), list(y), {"TREAT": list(treated)}


def marginal(given: Given) -> Given:
    if "x" in given and "y" in given:
        return independent(given)
    cluster, y, terms = people(given)
    out: Given = {"terms": ["(Intercept)", *terms]}
    for name, convention in (
        ("R_gee_moment_ddof", gee.Convention.LESS_COEFFICIENTS),
        ("geepack", gee.Convention.PLAIN),
    ):
        found = gee.fit(cluster, y, terms, convention=convention)
        if not found.estimable:
            assert found.reason.startswith("separation")
            fallback = "risk difference with Newcombe interval 4/11 v 0/7 and exact counts"
            assert "risk difference with Newcombe" in found.reason
            return {"estimable": False, "log_odds_ratio": None, "fallback": fallback}
        out[name] = {"beta": list(found.beta), "alpha": found.alpha}
        out[name] |= {key: list(found.se[own]) for key, own in SE.items()}
    found = gee.fit(cluster, y, terms)
    term = next(iter(terms))
    kc = gee.effect(found, term)
    md = gee.effect(found, term, gee.Variance.MANCL_DEROUEN)
    out["arm_t_inference_df6"] = {
        "ci_KC": limits(kc.estimate),
        "p_KC": kc.p,
        "ci_MD": limits(md.estimate),
        "p_MD": md.p,
        "se_average_KC_MD_ford_westgate": found.se[gee.Variance.FORD_WESTGATE][1],
    }
    return out


def independent(given: Given) -> Given:
    found = gee.pustejovsky_tipton(*people(given))
    cr0 = list(found.se[gee.Variance.LIANG_ZEGER])
    md = list(found.se[gee.Variance.MANCL_DEROUEN])
    k = found.clusters
    return {
        "beta": list(found.beta),
        "CR0": cr0,
        "CR1": [(k / (k - 1)) ** 0.5 * se for se in cr0],
        "CR3": md,
        "MD_independence": md,
        "KC_independence": list(found.se[gee.Variance.KAUERMANN_CARROLL]),
        "CR2_pustejovsky_tipton": list(found.se[gee.Variance.PUSTEJOVSKY_TIPTON]),
    }


def latent(given: Given) -> Given:
    out = {}
    for name, points in (("agq25", 25), ("laplace", 1)):
        found = mixed_logistic.fit(rows(given), points)
        first, second = found.log_odds
        out[name] = {
            "beta": [first, second - first],
            "var": found.var_between,
            "icc_latent": found.icc.value,
            "loglik": found.loglik,
        }
    return out


def chi_square(given: Given) -> Given:
    found = cluster_test.adjusted_chi_square(rows(given))
    return {
        "icc_pooled_anova": found.icc,
        "correction_C": dict(zip(found.arms, found.corrections, strict=True)),
        "X2_adjusted": found.x2,
        "df": found.df,
        "p": found.p,
        "X2_unadjusted": found.x2_unadjusted,
        "rao_scott_X2": found.rao_scott,
    }


SOLVERS = {
    "risk_ratio": risk_ratios,
    "icc": correlations,
    "cluster_summary_test": cluster_tests,
    "randomisation_test": randomised,
    "design_effect": effects_of_design,
    "gee": marginal,
    "mixed_logistic": latent,
    "adjusted_chi_square": chi_square,
}
# lme4 stops early: the exact value is the root of MSB / 30, 11271.5 / 30.
STOPS_EARLY = {"se_mean_reml": 1e-6}


def allowed(path: list[str], size: float, tolerance: Given) -> float:
    """The tolerance of a figure: its own key or its group's, absolute or relative."""
    name = ".".join(path)
    if name in STOPS_EARLY:
        return STOPS_EARLY[name]
    keys = {
        "p_abs": path[-1].startswith("p"),
        "ci_abs": path[-1].startswith("ci"),
        "R_gee_abs": not name.startswith("geepack"),
        "geepack_abs": name.startswith("geepack"),
        "variance_abs": path[-1].startswith("var"),
        "icc_abs": path[0] in ("reml", "ml") and path[-1] == "icc",
        "reml_abs": path[0].startswith("reml"),
        "reml_rel": path[0].startswith("reml"),
        "anova_rel": True,
        "abs": True,
    }
    for key, holds in keys.items():
        if holds and key in tolerance:
            return tolerance[key] * (abs(size) if key.endswith("_rel") else 1)
    # Randomisation figures other than p and the interval are exact arithmetic.
    return 1e-9


def agree(found: Any, expected: Any, tolerance: Given, path: list[str]) -> None:
    if isinstance(expected, dict):
        for key, value in expected.items():
            agree(found[key], value, tolerance, [*path, key])
    elif isinstance(expected, list):
        assert len(found) == len(expected), path
        for one, other in zip(found, expected, strict=True):
            agree(one, other, tolerance, path)
    elif isinstance(expected, (int, float)) and not isinstance(expected, bool):
        assert found is not None, path
        assert abs(found - expected) <= allowed(path, expected, tolerance), (path, found, expected)
    else:
        assert found == expected, path


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = CASES[name]
    found = SOLVERS[case["family"]](case["inputs"])
    agree(found, case["expected"], case["tolerance"], [])
