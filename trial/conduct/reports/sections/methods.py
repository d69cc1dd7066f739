"""How the figures were computed: which estimator, by whose formula."""

import re
from collections.abc import Iterator

from trial.conduct.reports.assembly import Assembled
from trial.protocol import Protocol
from trial.report.value import Block, Listing, Text

PROPORTIONS = (
    "Proportions: Wilson's score interval (Wilson 1927, J Am Stat Assoc 22:209-212; Newcombe 1998,"
    " Stat Med 17:857-872). People are taken as independent; where a figure is adjusted for clusters,"
    " the number of people is divided by the design effect 1 + ((cv² + 1) m - 1) ICC at the planning"
    " ICC, never below 1 (Eldridge, Ashby & Kerry 2006, Int J Epidemiol 35:1292-1300)."
)
DIFFERENCES = (
    "Differences of proportions: Newcombe's hybrid score interval (Newcombe 1998, Stat Med"
    " 17:873-890, method 10)."
)
RATES = (
    "Recruitment rates: people enrolled per cluster-month, a month being 30.4375 days, with Garwood's"
    " exact Poisson interval (Garwood 1936, Biometrika 28:437-442)."
)
OUTLOOK = (
    "Prediction of recruitment: a Poisson process with one gamma-distributed rate for all clusters"
    " (Anisimov & Fedorov 2007, Stat Med 26:4958-4975); its intervals are prediction intervals."
)
CLUSTERS = (
    "Clusters: intracluster correlation by one-way analysis of variance, pooled within arms and never"
    " cut off at 0 (Donner & Klar 2000), with Searle's F interval on K - A and N - K degrees of freedom"
    " (Searle 1971), Fleiss and Cuzick's estimator for comparison (1979); comparison of the arms by"
    " cluster means with a t interval on K - 2 degrees of freedom (Hayes & Moulton 2017). Difference of"
    " cluster means and difference of participants are different estimands, and both are named (Kahan"
    " et al. 2023, Int J Epidemiol 52:107-118)."
)
TIMES = (
    "Time to the first open job and length of the first open job: Kaplan-Meier with log-log intervals"
    " (Kalbfleisch & Prentice 2002), medians after Brookmeyer & Crowley (1982), restricted mean after"
    " Klein & Moeschberger (2003); with death and withdrawal as competing events, Aalen-Johansen"
    " (Aalen & Johansen 1978)."
)
BALANCE = (
    "Characteristics at baseline: standardised differences (Austin 2009, Stat Med 28:3083-3107; Yang &"
    " Dalton 2012), without tests of significance."
)
PLANNING = (
    "Size of a definitive trial: non-central t on 2(k - 1) degrees of freedom, the number carried"
    " unrounded and rounded up once (Donner & Klar 2000; Rutterford et al. 2015, Int J Epidemiol"
    " 44:1051-1067; Hemming et al. 2011, BMC Med Res Methodol 11:102), by variation between clusters"
    " after Hayes & Bennett (1999, Int J Epidemiol 28:319-326)."
)
ASSURANCE = (
    "Assurance: the share of simulated definitive trials that are significant by the t test of the"
    " clusters, over what is uncertain of the proportions and of the ICC (O'Hagan, Stevens & Campbell"
    " 2005, Pharm Stat 4:187-201); planning on an upper limit of the ICC instead is wasteful."
)
PROGRESSION = (
    "Progression criteria: three colours by the point estimate (Avery et al. 2017, BMJ Open"
    " 7:e013537), judged on exact fractions."
)
BANDS = (
    "Progression criteria: the band that holds the point estimate, judged on exact fractions (after"
    " Avery et al. 2017, BMJ Open 7:e013537)."
)
SEVERAL = (
    "Progression criteria on several figures at once: of all parts the worst colour stands, of any the"
    " best; a figure that is missing is not outweighed where it could still change what stands."
)
COUNTED = (
    "Progression criteria on clusters: of the clusters opened, those that reach the value by their own"
    " point estimate; a cluster without an estimate does not reach it."
)
JUDGED = (
    "Progression criteria for judgement: no rule; the light is that of the latest decision, and until"
    " there is one the criteria together are amber or green no more than with a figure missing."
)
MEANS = (
    "Means: t intervals with people taken as independent; arms compared by the means of their clusters,"
    " each with the last arm (Hayes & Moulton 2017)."
)
PROPORTIONS_OF_CLUSTERS = (
    "Proportions of clusters: Wilson's score interval (Wilson 1927, J Am Stat Assoc 22:209-212; Newcombe"
    " 1998, Stat Med 17:857-872)."
)
MEANS_OF_CLUSTERS = (
    "Means of clusters: t intervals, each cluster with one value; arms compared by these, each with the"
    " last arm, with a t interval on K - 2 degrees of freedom (Hayes & Moulton 2017)."
)
NO_TEST = (
    "No test of an effect was made. Participants who withdrew the use of their data are counted as"
    " enrolled, and nothing else of theirs is used."
)
DEFINITIVE = (
    PROPORTIONS,
    DIFFERENCES,
    RATES,
    OUTLOOK,
    CLUSTERS,
    TIMES,
    BALANCE,
    PLANNING,
    ASSURANCE,
)


def described(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Every estimator of the feasibility report with its source, and what is still assumed."""
    if not protocol.participants:
        shares = [PROPORTIONS_OF_CLUSTERS, *([] if _mean(protocol) else [DIFFERENCES])]
        means = [MEANS_OF_CLUSTERS] if _mean(protocol) else []
        yield Text("No test of an effect was made.")
        yield Listing((*shares, *means, *_criteria(protocol)))
        yield from _assumed(protocol)
        return
    yield Text(NO_TEST)
    told = [one for one in DEFINITIVE if one != TIMES or protocol.outcome is None]
    means = [] if protocol.outcome is None else [MEANS]
    yield Listing((*told, *_criteria(protocol), *means))
    yield from _assumed(protocol)


def _mean(protocol: Protocol) -> bool:
    return protocol.outcome is not None and protocol.outcome.summary == "mean"


def _assumed(protocol: Protocol) -> Iterator[Block]:
    """What in the protocol is assumed, if anything is."""
    if protocol.assumptions:
        yield Text(
            f"{len(protocol.assumptions)} tables of the protocol file hold assumptions that the trial"
            " team has still to confirm, in: " + ", ".join(_parts(protocol)) + "."
        )


def _criteria(protocol: Protocol) -> Iterator[str]:
    """How criteria of the kinds that this protocol has are judged."""
    criteria = protocol.progression
    rules = [rule for one in criteria for rule in one.rules]
    kinds = {
        PROGRESSION: any(not rule.bands for rule in rules),
        BANDS: any(rule.bands for rule in rules),
        SEVERAL: any(one.parts for one in criteria),
        COUNTED: any(rule.each for rule in rules),
        JUDGED: any(one.judged for one in criteria),
    }
    return (words for words, there in kinds.items() if there)


def _parts(protocol: Protocol) -> list[str]:
    """The parts of the protocol in which something is assumed."""
    return sorted({re.split(r"[.[]", place)[0] for place in protocol.assumptions})
