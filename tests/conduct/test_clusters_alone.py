"""A trial without participants, from the approach of its clusters to report and export, on both databases."""

from datetime import date
from fractions import Fraction
from statistics import mean

import pytest
from scipy import stats
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, STATISTICIAN, TODAY
from tests.conduct.alone import AFTER, CAIRN, Wards, by_arm
from tests.conduct.test_redo import needs_r, on_sqlite, same, written
from trial import report as told
from trial.conduct import clusters as lives
from trial.conduct import query_check, reports, signing
from trial.conduct.access import Act, told_of
from trial.conduct.refused import Refused
from trial.conduct.reports import audit, feasibility
from trial.conduct.reports.assembly import assemble
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.kinds import KINDS
from trial.conduct.reports.request import Request
from trial.protocol import Protocol, load
from trial.records.models import Query


@pytest.fixture
def protocol() -> Protocol:
    return load(CAIRN)


@pytest.fixture
def wards(session: Session, protocol: Protocol) -> Wards:
    return Wards(session, protocol)


def results(wards: Wards, *, blinded: bool = False):
    return assemble(wards.session, wards.protocol, data_cut(wards.session, TODAY), blinded=blinded)


def test_the_outcome_is_compared_between_the_clusters(wards: Wards) -> None:
    wards.played()
    found = results(wards).results
    arms = by_arm(wards.session)
    theirs = stats.ttest_ind(arms["FEEDBACK"], arms["USUAL"]).confidence_interval(0.95)
    (difference,) = found.other.differences
    assert difference.of_clusters.value == pytest.approx(
        mean(arms["FEEDBACK"]) - mean(arms["USUAL"])
    )
    assert (difference.of_clusters.low, difference.of_clusters.high) == pytest.approx(tuple(theirs))
    assert difference.df == len(AFTER) - 2
    assert found.other.overall.observed.value == pytest.approx(mean(AFTER))
    assert (found.other.overall.enrolled, found.other.overall.known) == (8, 6)
    assert (found.other.known.count, found.other.known.n) == (6, 8)
    assert not found.other.icc.estimable


def test_criteria_are_judged_on_the_clusters(wards: Wards) -> None:
    wards.played()
    agreed, opened, stayed = results(wards).results.progression.criteria
    assert (agreed.estimate.count, agreed.estimate.n, str(agreed.colour)) == (8, 8, "GREEN")
    assert (opened.estimate.value, str(opened.colour)) == (8, "GREEN")
    kept, known = stayed.parts
    assert Fraction(kept.estimate.count, kept.estimate.n) == Fraction(7, 8)
    assert (str(kept.colour), str(known.colour), str(stayed.colour)) == ("GREEN", "AMBER", "AMBER")


def test_a_cluster_that_was_only_approached_counts_against_agreement(wards: Wards) -> None:
    for ward in wards.all[:6]:
        wards.steps(ward)
    for ward in wards.all[6:]:
        wards.steps(ward, "approached_on")
    agreed, opened, _ = results(wards).results.progression.criteria
    assert (agreed.estimate.count, agreed.estimate.n, str(agreed.colour)) == (6, 8, "AMBER")
    assert opened.estimate.value == 6


def test_the_flow_counts_clusters_only(wards: Wards) -> None:
    wards.played()
    flow = results(wards).results.flow
    assert all(box.people is None for box in flow.boxes)
    assert all(flow.checks.values())
    assert [flow.box(key).clusters for key in ("clusters-opened", "clusters-allocated")] == [8, 8]
    lost = [flow.box("not-analysed", arm) for arm in ("FEEDBACK", "USUAL")]
    reasons = {one.key: one.count for box in lost for one in box.reasons}
    assert sum(box.clusters for box in lost) == 2
    assert reasons == {"dropped out": 1, "outcome not known": 1}


def test_before_its_day_the_outcome_is_not_due(wards: Wards, protocol: Protocol) -> None:
    late = protocol.outcome.model_copy(update={"due_on": TODAY.replace(year=2017)})
    wards.protocol = protocol.model_copy(update={"outcome": late})
    for ward in wards.all:
        wards.steps(ward)
    found = results(wards)
    assert set(found.outcomes["reason"]) == {"the form is not due yet"}
    assert found.results.other.known.n == 0


@pytest.mark.parametrize("blinded", [False, True])
def test_the_report_is_written_without_a_word_of_participants(wards: Wards, blinded: bool) -> None:
    wards.played()
    found = results(wards, blinded=blinded)
    report = feasibility.build(wards.protocol, found)
    assert told.pdf.pdf(report).startswith(b"%PDF")
    html = told.page.html(report, lambda one: one.key)
    assert ("Security: low" in html, "The strata are left out here" in html) == (
        not blinded,
        blinded,
    )
    if blinded:
        assert "FEEDBACK" not in html
        assert "Ash Ward" not in html.split("4b. Settings")[1].split("15. Baseline")[1]
    for word in ("enrolled", "People", "caseload", "Recruitment", "screening"):
        assert word not in html.replace("nobody is enrolled", "")
    kept = feasibility.as_json(wards.protocol, found)
    assert kept["primary"]["overall"]["known"] == 6
    assert not {"recruitment", "retention", "funnel", "clustering"} & kept.keys()


def test_before_anything_happens_the_report_says_so(wards: Wards) -> None:
    found = results(wards)
    assert "no cluster has an outcome" in told.page.html(
        feasibility.build(wards.protocol, found), lambda one: one.key
    )


def test_reports_about_people_are_refused(wards: Wards) -> None:
    told_of_it = {kind.name for kind in KINDS.values() if kind.told_of(wards.protocol)}
    assert told_of_it == {"feasibility", "audit"}
    with pytest.raises(Refused, match="says nothing that a report “Recruitment report” could tell"):
        reports.request.make(wards.session, wards.protocol, MANAGER, Request("recruitment"), TODAY)
    assert not told_of(wards.protocol, Act.ENROL)


def exported(wards: Wards, *, blinded: bool):
    actor = STATISTICIAN if blinded else MANAGER
    return reports.datasets.make(
        wards.session, wards.protocol, actor, Request("datasets"), TODAY
    ).files


@pytest.mark.parametrize("blinded", [False, True])
def test_the_export_has_the_clusters_and_nothing_of_people(wards: Wards, blinded: bool) -> None:
    wards.played()
    files = exported(wards, blinded=blinded)
    tables = {name for name in files if name.endswith(".csv") and "/" not in name}
    forms = {"form_checks_after.csv", "form_checks_before.csv"} | (
        set() if blinded else {"form_letters.csv"}
    )
    assert tables == {"clusters.csv", "outcomes.csv", "headline.csv", "codebook.csv"} | forms
    assert (b"Ash" in files["outcomes.csv"], b"ward-1" in files["outcomes.csv"]) == (
        False,
        not blinded,
    )


@needs_r
@on_sqlite
@pytest.mark.parametrize("summary", ["mean", "proportion"])
@pytest.mark.parametrize("blinded", [False, True])
def test_r_redoes_the_headline_table(wards: Wards, tmp_path, blinded: bool, summary: str) -> None:
    if summary == "proportion":
        share = wards.protocol.outcome.model_copy(
            update={"summary": "proportion", "at_least": 60, "unit": None}
        )
        wards.protocol = wards.protocol.model_copy(update={"outcome": share})
    wards.played()
    found = same(written(exported(wards, blinded=blinded), tmp_path / "out"))
    assert found["outcome_known", "", "", ""]["numerator"] == "6"
    assert any(key[0] == "cluster_mean_difference" for key in found)


def test_the_form_of_the_outcome_is_asked_for_once_it_is_due(wards: Wards) -> None:
    """Its day is 31 December 2015; the form before the trial is asked for from the day the ward began."""
    for ward in wards.all[:2]:
        wards.steps(ward)
    wards.drop(wards.all[1])

    def asked(on: date) -> set[tuple[str | None, int]]:
        wards.session.rollback()
        query_check.check(wards.session, wards.protocol, on=on)
        wards.session.expire_all()
        return {(one.form, one.row) for one in wards.session.scalars(select(Query))}

    first = wards.all[0].id
    before, after = ("checks-before", first), ("checks-after", first)
    assert asked(date(2015, 4, 15)) == set()
    assert asked(date(2015, 4, 16)) == {before}
    assert asked(date(2016, 1, 14)) == {before}
    assert asked(date(2016, 1, 15)) == {before, after}


def test_the_audit_report_names_the_cluster_of_a_correction(wards: Wards) -> None:
    ward = wards.all[0]
    wards.steps(ward)
    wards.does(
        Act.OPEN_CLUSTER,
        lambda: lives.open_cluster(
            wards.session, wards.protocol, ward, opened_on=date(2015, 4, 2), on=TODAY
        ),
        "Typed wrong",
    )
    cut = data_cut(wards.session, TODAY)
    report = audit.build(wards.session, wards.protocol, cut, MANAGER, checked=False)
    (table,) = (one for one in report.blocks if getattr(one, "caption", "") == "Corrections")
    assert table.columns[3] == "Cluster"
    (row,) = table.rows
    assert row[3] == "ward-1" and row[5:] == ("2015-04-01", "2015-04-02", "Typed wrong")


def test_the_audit_report_names_the_cluster_of_a_signed_form(wards: Wards) -> None:
    wards.steps(wards.all[0])
    record = wards.fill(wards.all[0], 50)
    wards.does(
        Act.SIGN_RECORD,
        lambda: signing.sign(wards.session, wards.protocol, record, "I have read it"),
    )
    cut = data_cut(wards.session, TODAY)
    report = audit.build(wards.session, wards.protocol, cut, MANAGER, checked=False)
    (table,) = (
        one for one in report.blocks if getattr(one, "caption", "") == "Signatures of forms"
    )
    assert [row[4] for row in table.rows] == ["Ash Ward"]


def test_a_cluster_that_left_is_told_as_dropped_out(wards: Wards) -> None:
    wards.steps(wards.all[0])
    with pytest.raises(Refused, match="Say why the cluster dropped out"):
        wards.drop(wards.all[0], " ")
    wards.drop(wards.all[0])
    names = {step.key: step.name for step in lives.life(wards.protocol, wards.all[0])}
    assert (names["opened_on"], names["closed_on"]) == ("Began", "Dropped out")
