"""How often the default intervals hold the truth and the tests err, found by simulation."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from itertools import product
from time import perf_counter

import click
import numpy as np

from tests.bench import drawn
from tests.bench.drawn import EIGHT, FEW, MANY, Chance, Setting
from trial.analysis import (
    assurance,
    cluster_summary,
    cluster_test,
    icc,
    outlook,
    proportion,
    randomisation_test,
    rate,
    risk_difference,
    time_to_event,
)
from trial.analysis.belief import Belief
from trial.analysis.estimate import Estimate, normal_quantile

SEED = 20150701
SLOW = 5  # what takes many milliseconds is tried this many times less often
Z = normal_quantile(0.95)
ALL, DRAWN = "all schemes", "999 schemes drawn"


@dataclass(frozen=True)
class Row:
    """How often something held, of the tries in which there was an interval or a test."""

    what: str
    clusters: int
    truth: str
    aim: str
    held: int
    tried: int
    none: int = 0
    width: float | None = None


def covered(
    names: tuple[str, int, str], found: Iterable[Estimate], truth: float | Sequence[float]
) -> Row:
    """How many of the 95% intervals hold the truth, and how wide they are on average."""
    kept = list(found)
    truths = [truth] * len(kept) if isinstance(truth, (int, float)) else truth
    limits = [
        (own.low, own.high, true)
        for own, true in zip(kept, truths, strict=True)
        if own.low is not None and own.high is not None
    ]
    # An exact 0 or 1 of the truth may be missed by rounding alone.
    held = sum(low - 1e-12 <= true <= high + 1e-12 for low, high, true in limits)
    width = sum(high - low for low, high, _ in limits) / max(1, len(limits))
    return Row(*names, "95%", held, len(limits), len(kept) - len(limits), width)


def one_proportion(chance: Chance, number: int) -> list[Row]:
    """Wilson's interval of 70% and of 25%, plain and adjusted for clusters."""
    rows = []
    for setting in (FEW, MANY):
        n = sum(setting.sizes)
        plain = cache(partial(proportion.wilson, n=n))
        adjusted = cache(
            partial(proportion.cluster_adjusted_wilson, n=n, sizes=setting.sizes, icc=0.05)
        )
        for p, (name, estimate, true) in product(
            (0.7, 0.25),
            (
                ("Wilson", plain, 0),
                ("Wilson", plain, 0.05),
                ("Wilson, adjusted at ICC 0.05", adjusted, 0.05),
                ("Wilson, adjusted at ICC 0.05", adjusted, 0.1),
            ),
        ):
            x = drawn.counts(chance, setting, p, true, number).sum(axis=1)
            names = name, setting.clusters, f"{p:.0%}, ICC {true:g}"
            rows.append(covered(names, map(estimate, x.tolist()), p))
    return rows


def differences(chance: Chance, number: int) -> list[Row]:
    """Newcombe's interval of 40% less 15%, plain and adjusted, and the clusters' t interval."""
    rows = []
    for setting in (FEW, MANY):
        sizes = setting.of_arm("IPS"), setting.of_arm("TAU")
        plain, adjusted = _newcombe(sizes)
        for true in (0, 0.05):
            truth = np.where(setting.inside("IPS"), 0.4, 0.15)
            x = drawn.counts(chance, setting, truth, true, number)
            pairs = [x[:, setting.inside(arm)].sum(axis=1).tolist() for arm in ("IPS", "TAU")]
            by_cluster = [_compared(setting, tuple(row)) for row in x.tolist()]
            names = setting.clusters, f"40% − 15%, ICC {true:g}"
            rows.append(covered(("Newcombe", *names), map(plain, *pairs), 0.25))
            if true:
                found = map(adjusted, *pairs)
                rows.append(covered(("Newcombe, adjusted at ICC 0.05", *names), found, 0.25))
            rows.append(covered(("clusters' t, proportions", *names), by_cluster, 0.25))
        means = drawn.normal(chance, setting, 0.05, number)
        found = [cluster_test.compare(own, "IPS", "TAU").estimate for own in means]
        names = "clusters' t, means", setting.clusters, "difference 0, ICC 0.05"
        rows.append(covered(names, found, 0))
    return rows


Pair = Callable[[int, int], Estimate]


def _newcombe(sizes: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[Pair, Pair]:
    one, two = sizes

    @cache
    def plain(x1: int, x2: int) -> Estimate:
        return risk_difference.newcombe(x1, sum(one), x2, sum(two))

    @cache
    def adjusted(x1: int, x2: int) -> Estimate:
        return risk_difference.cluster_adjusted_newcombe((x1, one), (x2, two), 0.05)

    return plain, adjusted


@cache
def _compared(setting: Setting, x: tuple[int, ...]) -> Estimate:
    clusters = cluster_summary.counted(setting.sizes, x, setting.arms)
    return cluster_test.compare(clusters, "IPS", "TAU").estimate


def recruitment_rates(chance: Chance, number: int) -> list[Row]:
    """Garwood's interval and the clusters' t interval of 0.75 a cluster-month over six months."""
    rows = []
    for k in (FEW.clusters, MANY.clusters):
        exact = cache(partial(rate.garwood, exposure=6 * k))
        for cv in (0, 0.5):
            x = chance.poisson(6 * drawn.rates(chance, k, 0.75, cv, number))
            words = (
                f"0.75 a month, clusters differ by CV {cv:g}" if cv else "0.75 a month, one rate"
            )
            found = map(exact, x.sum(axis=1).tolist())
            rows.append(covered(("Garwood", k, words), found, 0.75))
            means = [rate.dispersion(row, [6] * k).mean for row in x.tolist()]
            rows.append(covered(("clusters' t, rates", k, words), means, 0.75))
    return rows


def correlations(chance: Chance, number: int) -> list[Row]:
    """The intervals of the ICC of a normal outcome, and how often its estimate is negative."""
    rows = []
    for setting in (FEW, MANY):
        for true in (0, 0.05, 0.1):
            clusters = drawn.normal(chance, setting, true, number)
            within = [icc.anova_within_arm(own) for own in clusters]
            ignored = [icc.anova(own) for own in clusters]
            names = setting.clusters, f"ICC {true:g}"
            for what, found in (
                ("ICC, Searle, within arm (default)", [own.estimate for own in within]),
                ("ICC, Searle, arms ignored", [own.estimate for own in ignored]),
                ("ICC, ± 1.96 Swiger, within arm", map(_swiger, within)),
                ("ICC, ± 1.96 Smith, arms ignored", map(icc.smith_interval, ignored)),
            ):
                rows.append(covered((what, *names), found, true))
            negative = sum((own.estimate.value or 0) < 0 for own in within)
            rows.append(Row("ICC within arm is negative", *names, "", negative, number))
    return rows


def _swiger(found: icc.Icc) -> Estimate:
    value, se = found.estimate.value or 0.0, found.se_swiger or 0.0
    return Estimate(value, value - Z * se, value + Z * se, found.estimate.n, "Swiger")


def first_jobs(chance: Chance, number: int) -> list[Row]:
    """The Kaplan-Meier share without a job at 6 months, people independent and in clusters."""
    rows = []
    for setting in (FEW, MANY):
        for frailty in (0, 0.5):
            months, jobs = drawn.times_to_job(chance, setting, 0.75, frailty, number)
            found = [
                time_to_event.survival_at(time_to_event.kaplan_meier(t, e), 6)
                for t, e in zip(months, jobs, strict=True)
            ]
            words = f"75%, cluster frailty {frailty:g}" if frailty else "75%, people independent"
            rows.append(covered(("Kaplan-Meier at 6 months", setting.clusters, words), found, 0.75))
    return rows


HALFWAY, END, TARGET = date(2015, 9, 30), date(2015, 12, 31), 25


def predictions(chance: Chance, number: int) -> list[Row]:
    """The outlook half way through six months: the final number and the date of the target."""
    rows = []
    for words, cv, open_now in (
        ("one rate", 0, 4),
        ("rates with CV 0.5, all open", 0.5, 4),
        ("rates with CV 0.5, two open later", 0.5, 2),
    ):
        start, later = date(2015, 7, 1), HALFWAY + timedelta(days=1)
        clusters = [outlook.Opening(start if i < open_now else later) for i in range(4)]
        passed, ahead = (HALFWAY - start).days + 1, (END - HALFWAY).days
        per_day = drawn.rates(chance, 4, 0.75, cv, number) / 30.4375
        enrolled = chance.poisson(passed * per_day[:, :open_now].sum(axis=1))
        predict = cache(partial(_predict, exposure=passed * open_now / 30.4375, clusters=clusters))
        found = [predict(own) for own in enrolled.tolist()]
        total = per_day.sum(axis=1)
        final = enrolled + chance.poisson(ahead * total)
        ends = [own.final for own in found]
        rows.append(covered(("outlook, final number", 4, words), ends, final.tolist()))
        days = chance.gamma(np.maximum(1, TARGET - enrolled)) / total
        rows.append(_on_time(words, found, np.ceil(days).tolist()))
    return rows


def _predict(enrolled: int, exposure: float, clusters: list[outlook.Opening]) -> outlook.Outlook:
    return outlook.predict(enrolled, exposure, clusters, target=TARGET, on=HALFWAY, closes_on=END)


def _on_time(words: str, found: list[outlook.Outlook], days: list[float]) -> Row:
    """Whether the target was met between the two dates; a missing latest date is open-ended."""
    held, tried, width, bounded = 0, 0, 0, 0
    for own, after in zip(found, days, strict=True):
        met = own.met_on
        if met.earliest is None:
            continue
        tried += 1
        last = math.inf if met.latest is None else (met.latest - HALFWAY).days
        held += (met.earliest - HALFWAY).days <= after <= last
        if met.latest is not None:
            width, bounded = width + (met.latest - met.earliest).days, bounded + 1
    name = f"outlook, date of the target of {TARGET} (days)"
    return Row(name, 4, words, "95%", held, tried, len(found) - tried, width / max(1, bounded))


def randomisation_tests(chance: Chance, number: int) -> list[Row]:
    """How often the randomisation test rejects where the arms do not differ, ICC 0.05."""
    rows = []
    for setting, how, levels in (
        (FEW, ALL, (0.05, 1 / 3)),
        (EIGHT, ALL, (0.05,)),
        (MANY, DRAWN, (0.05,)),
    ):
        tried = max(1, number // SLOW) if how == DRAWN else number
        x = drawn.counts(chance, setting, 0.25, 0.05, tried) / np.array(setting.sizes)
        means = [own.means for own in drawn.normal(chance, setting, 0.05, tried)]
        for outcome, summaries in (("means", means), ("proportions of 25%", x)):
            # Which cluster is in which arm is drawn anew for every trial.
            mixed = chance.permuted(np.array(summaries), axis=1)
            p = [_p(setting, how, own, seed) for seed, own in enumerate(mixed.tolist())]
            for level in levels:
                rejected = sum(own <= level + 1e-9 for own in p)
                what = f"randomisation test at {level:.3g}, {how}"
                aim = f"≤ {level:.1%}"
                rows.append(Row(what, setting.clusters, outcome, aim, rejected, tried))
    return rows


def _p(setting: Setting, how: str, summary: Sequence[float], seed: int) -> float:
    permitted = (
        _permitted(setting)
        if how == ALL
        else randomisation_test.draw(setting.arms, number=999, seed=seed)
    )
    found = randomisation_test.test(
        summary, setting.arms, "IPS", permitted=permitted, sampled=how == DRAWN
    )
    return 1.0 if found.p_two_sided is None else found.p_two_sided


@cache
def _permitted(setting: Setting) -> tuple[tuple[str, ...], ...]:
    return randomisation_test.schemes(setting.arms)


def assurance_times() -> str:
    """How long 10,000 and 20,000 simulated trials with 20 clusters take."""
    beliefs = Belief.share(1, 7), Belief.share(4, 11), Belief.icc_about(0.05)
    taken = []
    for trials in (10_000, 20_000):
        begun = perf_counter()
        assurance.of_proportions(*beliefs, assurance.Design(10, 10, cv=0.5), trials=trials)
        taken.append(perf_counter() - begun)
    return (
        f"Assurance with 20 clusters: 10,000 trials in {taken[0]:.2f} s, 20,000 in {taken[1]:.2f} s "
        f"({taken[1] / taken[0]:.1f} times)."
    )


GROUPS: tuple[Callable[[Chance, int], list[Row]], ...] = (
    one_proportion,
    differences,
    recruitment_rates,
    correlations,
    first_jobs,
    predictions,
    randomisation_tests,
)


def show(number: int) -> None:
    """Simulate everything with so many trials a line, and print one table."""
    begun = perf_counter()
    streams = np.random.SeedSequence(SEED).spawn(len(GROUPS))
    click.echo("| what | clusters | truth | aim | found | ± | none | width | trials |")
    click.echo("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for group, stream in zip(GROUPS, streams, strict=True):
        for row in group(np.random.default_rng(stream), number):
            click.echo(f"| {' | '.join(_cells(row))} |")
    click.echo(f"\n{assurance_times()}")
    click.echo(f"Seed {SEED}; {perf_counter() - begun:.0f} s in all.")


def _cells(row: Row) -> tuple[str, ...]:
    share = row.held / max(1, row.tried)
    low, high = proportion.score_limits(share, max(1, row.tried), Z)
    width = "" if row.width is None else f"{row.width:.3g}"
    none = f"{row.none / (row.none + row.tried):.1%}" if row.none else ""
    return (
        *(row.what, str(row.clusters), row.truth, row.aim),
        *(f"{share:.1%}", f"{(high - low) / 2:.1%}", none, width, f"{row.none + row.tried:,}"),
    )
