"""Reports: the records at a cut, the results from them, and what each reader is told."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from trial.conduct import employment, moves, queries, reports
from trial.conduct.access import Act
from trial.conduct.refused import NotAllowed, Refused
from trial.protocol.roles import Role
from trial.records.frames import TABLES
from trial.records.models import Participant
from trial.records.rows import table_at, table_now
from trial.records.trail import acting, head

TODAY = date(2016, 1, 15)
STATISTICIAN = {"role": Role.STATISTICIAN, "blinded": True}


@pytest.fixture
def recruiting(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def two(recruiting, clusters):
    """One person enrolled in each of two clusters, one of them with a job, one person declined."""
    first = recruiting.participant(recruiting.open(clusters["city-forensic"]))
    second = recruiting.participant(recruiting.open(clusters["county-forensic"]))
    told = {"to": "city-forensic", "happened_on": date(2015, 12, 1)}
    recruiting.does(Act.RECORD_MOVE, moves.move, second, **told)
    recruiting.consider(
        clusters["city-forensic"],
        referral="not referred",
        decided_on=date(2015, 10, 1),
        reason="clinician-readiness",
    )
    with acting(recruiting.session, by=recruiting.by, name=Act.RECORD_SPELL):
        employment.record_spell(
            recruiting.session,
            recruiting.protocol,
            first,
            kind=next(k.key for k in recruiting.protocol.employment.kinds if k.open),
            started_on=date(2015, 11, 2),
            source=recruiting.protocol.employment.evidence_sources[0].key,
            on=TODAY,
        )
    return recruiting


def assembled(recruiting, blinded=False, on=None):
    cut = reports.cut.data_cut(recruiting.session, TODAY, on)
    return reports.assembly.assemble(recruiting.session, recruiting.protocol, cut, blinded=blinded)


@pytest.mark.parametrize("table", [*TABLES, "eligibility"])
def test_the_trail_tells_the_same_rows_as_the_tables(two, table):
    newest = head(two.session)[0]
    now = table_now(two.session, table).drop(columns="version", errors="ignore")
    then = table_at(two.session, table, newest).drop(columns="version", errors="ignore")
    assert len(now) > 0 or table in (
        "term",
        "skipped_visit",
    )  # tests/conduct/test_skips.py has some
    pd.testing.assert_frame_equal(now, then)


def test_the_results_count_who_was_enrolled(two):
    results = assembled(two).results
    assert results.recruitment.enrolled == 2
    assert results.funnel.counts["considered"] == 3
    assert [r.key for r in results.funnel.gatekeeping.reasons] == ["clinician-readiness"]


def test_an_earlier_cut_tells_what_was_known_then(two):
    with acting(two.session, by=two.by, name=Act.SCREEN, at=datetime(2016, 1, 16, 9, tzinfo=UTC)):
        pass
    before = assembled(two, on=date(2016, 1, 14))
    assert before.results.recruitment.enrolled == 0
    assert assembled(two).results.recruitment.enrolled == 2


def test_a_cut_in_the_future_is_refused(two):
    with pytest.raises(Refused, match="cannot be in the future"):
        reports.cut.data_cut(two.session, TODAY, date(2016, 1, 16))


def test_the_same_records_give_the_same_bytes(two, protocol, actor):
    asked = reports.request.Request("feasibility")
    made = [reports.request.make(two.session, protocol, actor(), asked, TODAY) for _ in range(2)]
    assert made[0].results == made[1].results
    assert made[0].report == made[1].report


def test_a_blinded_reader_needs_right_and_reason_to_be_unblinded(two, protocol, actor):
    asked = reports.request.Request("feasibility", unblind=True)
    with pytest.raises(Refused, match="Say why"):
        reports.request.make(two.session, protocol, actor(**STATISTICIAN), asked, TODAY)
    with pytest.raises(NotAllowed):
        manager = actor(Role.DATA_MANAGER, blinded=True)
        reports.request.make(
            two.session, protocol, manager, replace(asked, reason="analysis plan signed"), TODAY
        )
    made = reports.request.make(
        two.session,
        protocol,
        actor(**STATISTICIAN),
        replace(asked, reason="analysis plan signed"),
        TODAY,
    )
    assert made.unblinded
    assert made.act == Act.UNBLIND


def test_no_trial_yet_is_told_in_words(session, protocol):
    found = assembled(Recruiting(session, protocol))
    told = reports.feasibility.build(protocol, found)
    words = str(told)
    assert "not estimable" in words
    assert "nan" not in words.lower().replace("finance", "")
    assert isinstance(found.outcomes, pd.DataFrame)


def test_the_audit_report_tells_consent_and_access(two, protocol, actor):
    asked = reports.request.Request("audit")
    made = reports.request.make(two.session, protocol, actor(Role.AUDITOR), asked, TODAY)
    tables = {block.caption: block for block in made.report.blocks if hasattr(block, "caption")}
    consent = tables["Consent status and versions by participant"]
    assert len(consent.rows) == 2
    assert tables["People considered and enrolled by cluster"].rows[0][1:] == (2, 1, 0)
    assert "The trail holds" in str(made.report.blocks[1])


def test_the_datasets_hold_no_arm_for_a_blinded_reader_and_no_free_text(two, protocol, actor):
    asked = reports.request.Request("datasets")
    made = reports.datasets.make(two.session, protocol, actor(**STATISTICIAN), asked, TODAY)
    assert set(made.files) >= {
        "screening.csv", "participants.csv", "visits.csv", "employment.csv", "outcomes.csv",
        "codebook.csv", "manifest.json", "spreadsheet/participants.csv",
    }  # fmt: skip
    assert b"job_title" not in made.files["employment.csv"]
    assert b"found_with_specialist" not in made.files["employment.csv"]
    book = made.files["codebook.csv"].decode()
    for line in made.files["participants.csv"].decode().splitlines()[0].split(","):
        assert f"participants,{line}," in book


def test_an_export_says_how_many_queries_are_not_closed(two, protocol, actor):
    def told():
        asked = reports.request.Request("datasets")
        made = reports.datasets.make(two.session, protocol, actor(), asked, TODAY)
        return json.loads(made.files["manifest.json"])["queries_not_closed"]

    assert told() == 0
    person = two.session.scalars(select(Participant)).first()
    about = {"table": "participant", "row": person.id, "item": "birth_year"}
    two.does(Act.RAISE_QUERY, queries.raise_by_person, person, **about, text="Is this right?")
    assert told() == 1


def test_every_exported_column_is_described(two, protocol, actor):
    asked = reports.request.Request("datasets")
    made = reports.datasets.make(two.session, protocol, actor(), asked, TODAY)
    known = assembled(two)
    assert set(known.outcomes.columns) == {
        c.name for c in reports.columns.described(protocol)["outcomes"]
    }
    assert made.files == reports.datasets.make(two.session, protocol, actor(), asked, TODAY).files
