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
MEANS = (
    "Means: t intervals with people taken as independent; arms compared by the means of their clusters,"
    " each with the last arm (Hayes & Moulton 2017)."
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
    PROGRESSION,
)


def described(protocol: Protocol, found: Assembled) -> Iterator[Block]:
    """Every estimator of the feasibility report with its source, and what is still assumed."""
    yield Text(NO_TEST)
    told = DEFINITIVE if protocol.outcome is None else (*_of_outcome(protocol), MEANS)
    yield Listing(told)
    if protocol.assumptions:
        yield Text(
            f"{len(protocol.assumptions)} tables of the protocol file hold assumptions that the trial"
            " team has still to confirm, in: " + ", ".join(_parts(protocol)) + "."
        )


def _of_outcome(protocol: Protocol) -> list[str]:
    """What is told of a trial whose outcome is not work, and so not of times to a job."""
    banded = any(one.bands for one in protocol.progression)
    return [BANDS if one == PROGRESSION and banded else one for one in DEFINITIVE if one != TIMES]


def _parts(protocol: Protocol) -> list[str]:
    """The parts of the protocol in which something is assumed."""
    return sorted({re.split(r"[.[]", place)[0] for place in protocol.assumptions})
