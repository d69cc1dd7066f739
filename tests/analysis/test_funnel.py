"""Where everyone considered stands, whatever was recorded of them."""

from datetime import date

import pytest

from trial.analysis import flow, funnel, tables
from trial.analysis.funnel import Standing

ON = date(2017, 1, 31)
ARMS = ("IPS", "TAU")


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


def test_every_standing_has_its_box(frame) -> None:
    rows = [
        {"number": i, "cluster": "a", "referral": "referred"} | row
        for i, (row, standing) in enumerate(ROWS)
        if standing != Standing.ENROLLED
    ]
    given = tables.prepare(screening=frame("screening", *rows))
    found = flow.draw(given, arms=ARMS, visit_names={}, on=ON)
    assert found.box("declined").people == 2
    assert all(found.checks.values())
