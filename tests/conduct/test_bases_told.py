"""The bases of consent in results, exports and reports: told by basis, and out of denominators."""

import csv
import io
from datetime import date

import pytest

from tests.conduct import basing, of_some
from tests.conduct.recruiting import Recruiting
from tests.conduct.test_knowledge import as_of, plant
from tests.conduct.test_redo import made, needs_r, on_sqlite, same, written
from trial.analysis import clustering
from trial.analysis.retention import Fate
from trial.conduct import reports, withdrawal
from trial.conduct.access import Act
from trial.conduct.reports.sections import allocation, design, followed, recruitment, retention
from trial.protocol import load
from trial.records.models import Participant
from trial.records.trail import head
from trial.report.value import Table

TODAY = date(2016, 1, 15)
NAMES = ("own", "consultee", "records", "opt-out")


@pytest.fixture
def protocol(tmp_path):
    return basing.loaded(tmp_path)


@pytest.fixture
def people(session, protocol, clusters):
    """One person on each basis in one cluster, and who changed from opt-out to their own consent."""
    play = Recruiting(session, protocol)
    cluster = play.open(clusters["city-forensic"])
    for basis in NAMES:
        basing.enrolled(play, cluster, basis)
    row = play.ready(cluster)
    basing.take(play, row, "opt-out")
    play.enrol(row)
    basing.take(play, row, "own", informed_on=date(2015, 11, 2), signed_on=date(2015, 11, 9))
    return play


def assembled(play, **reader):
    play.session.rollback()
    cut = reports.cut.data_cut(play.session, TODAY, None)
    told = {"blinded": False} | reader
    return reports.assembly.assemble(play.session, play.protocol, cut, **told)


def table(blocks, caption):
    found = next(b for b in blocks if isinstance(b, Table) and b.caption.startswith(caption))
    return {row[0]: row[1:] for row in found.rows}


def words(blocks):
    return " ".join(map(str, blocks))


def test_the_frames_tell_the_basis_at_enrolment_and_now(people):
    told = assembled(people).frames.participants
    assert list(told["basis"]) == [*NAMES, "opt-out"]
    assert list(told["basis_now"]) == [*NAMES, "own"]
    every = "baseline month-6 month-12"
    assert list(told["visits_outside"]) == ["", "month-6", every, every, ""]


def test_a_visit_that_tells_the_arm_stands_in_nobodys_list(session, clusters, tmp_path):
    both = load(basing.written(tmp_path, basing.text() + of_some.VISITS + of_some.FORMS))
    assert both.telling_visits
    play = Recruiting(session, both)
    basing.enrolled(play, play.open(clusters["city-forensic"]), "records")
    (outside,) = assembled(play).frames.participants["visits_outside"]
    assert outside.split() == ["baseline", "month-6", "month-12", "after-two"]


def test_an_earlier_cut_tells_the_same_from_the_trail(people):
    cut = reports.cut.Cut(TODAY, head(people.session)[0], "")
    then = reports.assembly.assemble(people.session, people.protocol, cut, blinded=False)
    now = assembled(people)
    assert list(then.frames.participants["basis_now"]) == list(now.frames.participants["basis_now"])
    assert list(then.frames.participants["visits_outside"])[2] == "baseline month-6 month-12"


def test_who_consented_to_no_such_visit_is_in_no_denominator(people):
    found = assembled(people)
    results = found.results
    assert results.recruitment.enrolled == 5
    kept = results.retention
    assert kept.overall.n == kept.in_window.n == kept.attrition.n == 3
    assert (kept.fates[Fate.OUTSIDE], kept.fates[Fate.NOT_YET]) == (2, 3)
    assert results.completeness.by_visit["month-6"].planned == 2
    assert results.completeness.by_visit["baseline"].done.n == 3
    assert results.clustering.outcomes[clustering.RETENTION].prevalence.n == 3
    assert all(results.flow.checks.values())


def test_reports_count_people_by_basis(people):
    found = assembled(people, arms=False)
    blocks = list(recruitment.recruited(people.protocol, found))
    names = [basis.name for basis in people.protocol.consent.bases]
    told = table(blocks, "Basis of consent")
    assert [told[name] for name in names] == [(1, 2), (1, 1), (1, 1), (2, 1)]
    assert "without an objection counts as consented" in words(blocks)
    for part in (design.consent, allocation.gatekeepers):
        said = words(part(people.protocol, found))
        assert names[1] in said
        assert "written consent before" not in said
        assert "their own consent" not in said
    analysed = table(followed.analysed(people.protocol, found), "Numbers analysed")
    assert analysed["Enrolled"][0] == 5
    assert analysed["Retention: everyone whose consent holds the visit"][0] == 3
    assert "outside their consent" in table(followed.losses(people.protocol, found), "What became")
    assert retention.OUTSIDE in words(retention.kept(people.protocol, found))
    monthly = reports.recruitment_report.build(people.protocol, found)
    assert table(monthly.blocks, "Basis of consent")[names[3]] == (2, 1)


def test_of_who_withdrew_their_data_no_basis_is_told(people):
    person = people.session.get(Participant, 3)
    levels = {"data"}
    people.does(
        Act.WITHDRAW, withdrawal.withdraw, person, levels=levels, happened_on=TODAY, reason="health"
    )
    found = assembled(people, arms=False)
    assert found.frames.participants["basis"].isna().tolist() == [False, False, True, False, False]
    told = table(recruitment.recruited(people.protocol, found), "Basis of consent")
    assert told["Use of data withdrawn"] == (1, 1)
    assert told["Own consent to the use of records only"] == (0, 0)


def test_a_blinded_reader_is_told_the_basis_by_letters_only(session, protocol, clusters, actor):
    play = plant(session, protocol, clusters, actor)
    as_of(play, actor(id=31), TODAY)
    basing.enrolled(play, clusters["city-forensic"], "opt-out")
    found = assembled(play, blinded=True)
    blocks = list(recruitment.recruited(protocol, found))
    told = next(b for b in blocks if isinstance(b, Table) and b.caption == "Basis of consent")
    assert told.columns[3:] == ("Enrolled: Arm A", "Enrolled: Arm B")
    assert not {"IPS", "TAU"} & {word for name in told.columns for word in name.split()}
    assert not any(arm.name in words(blocks) for arm in protocol.arms)


def sheet(files, name):
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))


def test_the_export_has_the_basis_and_the_codebook_explains_it(people):
    files = made(people.session, people.protocol, TODAY)
    told = sheet(files, "participants.csv")
    assert [one["basis"] for one in told] == [*NAMES, "opt-out"]
    assert told[3]["visits_outside"] == "baseline month-6 month-12"
    assert "relative" not in files["participants.csv"].decode()
    explained = [one for one in sheet(files, "codebook.csv") if "basis" in one.values()]
    assert explained
    assert "Basis of consent at enrolment" in files["codebook.csv"].decode()


def test_a_trial_without_bases_exports_no_column_of_them(session, clusters):
    protocol = load(None)
    play = Recruiting(session, protocol)
    play.participant(play.open(clusters["city-forensic"]))
    files = made(session, protocol, TODAY)
    assert not {"basis", "basis_now", "visits_outside"} & sheet(files, "participants.csv")[0].keys()
    blocks = list(recruitment.recruited(protocol, assembled(play)))
    assert "Basis of consent" not in words(blocks)


@needs_r
@on_sqlite
def test_r_leaves_them_out_of_retention_too(people, tmp_path):
    found = same(written(made(people.session, people.protocol, TODAY), tmp_path / "out"))
    assert found["retention", "", "", ""]["denominator"] == "3"
    assert found["enrolled", "", "", ""]["estimate"] == "5"


def test_the_audit_report_names_the_basis_and_the_relationship(people):
    cut = reports.cut.data_cut(people.session, TODAY, None)
    report = reports.audit.build(people.session, people.protocol, cut, people.by)
    found = next(
        b for b in report.blocks if isinstance(b, Table) and b.caption.startswith("Consent st")
    )
    assert found.columns[1:3] == ("Basis", "Signed or included")
    told = [row[1] for row in found.rows]
    assert "A consultee's declaration (Relative or friend)" in told
    silent = next(row for row in found.rows if str(row[1]).startswith("Opt-out"))
    assert silent[5] == "not asked"
