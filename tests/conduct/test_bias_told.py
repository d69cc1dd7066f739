"""Recruitment bias as each reader is told it: arms, codes, and days that would tell."""

import re
from dataclasses import replace
from datetime import date

import pytest

from tests.conduct.recruiting import Recruiting
from tests.conduct.test_knowledge import EARLY, LATE, as_of, noon, plant
from trial.conduct import reports, screening
from trial.conduct.access import Act
from trial.conduct.reports import characteristics
from trial.conduct.reports.sections import bias
from trial.protocol.roles import Role
from trial.records.frames import frames
from trial.records.models import Participant
from trial.records.trail import acting, head
from trial.report.value import Figure, Table, Text

TODAY = date(2016, 1, 15)


@pytest.fixture
def recruited(session, protocol, clusters, actor):
    """One enrolled before the draw and one after the reveal of both clusters."""
    planted = plant(session, protocol, clusters, actor)
    told, untold = clusters["city-forensic"], clusters["county-forensic"]
    with acting(session, by=actor(), name=Act.REVEAL_ARM, at=noon(date(2016, 1, 12))):
        untold.revealed_on, untold.revealed_at = date(2016, 1, 12), noon(date(2016, 1, 12))
    as_of(planted, actor(Role.RESEARCHER, id=30, blinded=True), EARLY).participant(told)
    as_of(planted, actor(id=31), LATE).participant(untold)
    planted.consider(
        untold, considered_on=date(2016, 1, 13), referral="not referred",
        reason="clinician-readiness",
    )  # fmt: skip
    return planted


def told(recruiting: Recruiting, part, **reader) -> list:
    session, protocol = recruiting.session, recruiting.protocol
    session.rollback()
    cut = reports.cut.Cut(TODAY, None, "")
    found = reports.assembly.assemble(session, protocol, cut, **({"blinded": False} | reader))
    return list(part(protocol, found))


def table(blocks: list, caption: str) -> dict:
    found = next(b for b in blocks if isinstance(b, Table) and b.caption.startswith(caption))
    return {row[0]: row[1:] for row in found.rows}


def every_word(blocks: list) -> str:
    return " ".join(map(str, blocks))


def test_the_trial_team_sees_splits_by_arm_and_cluster(recruited):
    blocks = told(recruited, bias.after_allocation)
    assert table(blocks, "People at each stage")["Considered"] == (3, 2, 1, 0)
    arms = table(blocks, "Before and after the reveal, by arm")
    assert [cells[0] for cells in arms.values()] == ["1 | 0", "1 | 1"]
    clusters = table(blocks, "Before and after the reveal, by cluster")
    assert clusters["County Community Forensic Service"][0] == "1 | 1"
    refused = table(blocks, "Not referred")["County Community Forensic Service"]
    assert refused[0].startswith("1 of 2") and refused[2].endswith("not ready for work: 1")


def test_the_timeline_is_drawn_with_what_could_be_known(recruited):
    blocks = told(recruited, bias.timeline)
    figure = next(block for block in blocks if isinstance(block, Figure))
    line = next(one for one in figure.drawing.clusters if one.label.startswith("County Comm"))
    assert line.arm == "TAU"
    enrolled = next(step for step in line.steps if step.label == "Consented")
    assert [(seen.count, str(seen.knowledge)) for seen in enrolled.stretches] == [(1, "could know")]
    numbers = [row for row in figure.table.rows if row[:2] == (line.label, "Considered")]
    assert [row[-3:] for row in numbers] == [(0, 0, 2)]
    days = table(blocks, "Days of each cluster")["County Community Forensic Service"]
    assert days[-3:] == (date(2016, 1, 10), date(2016, 1, 12), None)
    known = table(blocks, "Who recorded each step")
    assert known["Enrolled"] == (2, "researcher: 1; trial manager: 1", 1, 0, 1)


def test_a_blinded_reader_gets_letters_and_no_days(recruited):
    blocks = [*told(recruited, bias.after_allocation, blinded=True)]
    words = every_word(blocks + told(recruited, bias.timeline, blinded=True))
    words += every_word(told(recruited, bias.baseline, blinded=True))
    assert "Arm A" in words and "Cluster 4" in words
    for telling in ("IPS", "TAU", "Forensic", "forensic", "datetime.date", "2016,", "Figure("):
        assert telling not in words.replace("Caille et al. 2016,", "")
    assert bias.UNTOLD in words


def test_a_report_without_arms_has_the_overall_split_only(recruited):
    blocks = told(recruited, bias.after_allocation, arms=False)
    captions = [block.caption for block in blocks if isinstance(block, Table)]
    assert not any("by arm" in one or "IPS" in one for one in captions) and len(captions) == 3
    words = every_word(blocks + told(recruited, bias.timeline, arms=False))
    words += every_word(told(recruited, bias.baseline, arms=False))
    assert "City Community Forensic Service" in words
    for telling in ("IPS", "TAU", "Arm A", "Arm B"):
        assert telling not in words


def test_baseline_has_a_column_an_arm_and_no_test(recruited, session):
    blocks = told(recruited, bias.baseline)
    rows = table(blocks, "Characteristics")
    assert rows["Age at enrolment (years): mean (SD)"][0] == "35.0 (0.0)"
    assert rows["Days from being considered to consent: mean (SD)"][1] == "11.0 (no SD)"
    assert rows["Area of the cluster: city"][:3] == (
        "1 of 2 (50.0%)", "1 of 1 (100.0%)", "0 of 1 (0.0%)",
    )  # fmt: skip
    assert any(isinstance(block, Text) and "No test" in block.text for block in blocks)


def test_nothing_is_used_of_who_withdrew_their_data(recruited, session, actor):
    with acting(session, by=actor(), name=Act.WITHDRAW):
        session.query(Participant).order_by(Participant.id).first().withdrew_data_on = TODAY
    rows = table(told(recruited, bias.baseline), "Characteristics")
    assert rows["Age at enrolment (years): not known"][0] == "1"
    assert rows["Enrolled after the arm of the cluster was revealed: not known"][0] == "1"


def test_paid_work_before_enrolment_once_it_is_on_record(recruited, protocol):
    session = recruited.session
    session.rollback()
    cut = reports.cut.Cut(TODAY, None, "")
    found = reports.assembly.assemble(session, protocol, cut, blinded=False)
    names = {one.name for one in characteristics.covariates(protocol, found)}
    assert "Paid work before enrolment on record" not in names
    paid = next(kind.key for kind in protocol.employment.kinds if kind.paid)
    number = found.frames.participants["number"][0]
    spell = dict.fromkeys(found.frames.spells.columns) | {"number": number, "kind": paid}
    spell["started_on"] = date(2010, 1, 4)
    spells = found.frames.spells.reindex(range(1)).astype(object)
    spells.loc[0] = spell
    with_work = replace(found, frames=replace(found.frames, spells=spells))
    worked = {one.name: one.values for one in characteristics.covariates(protocol, with_work)}
    assert worked["Paid work before enrolment on record"] == [True, False]


@pytest.mark.parametrize("reader", [{}, {"blinded": True}, {"arms": False}])
def test_before_anything_all_is_said_in_words(session, protocol, reader):
    none = Recruiting(session, protocol)
    parts = (bias.baseline, bias.after_allocation, bias.timeline)
    words = every_word([block for part in parts for block in told(none, part, **reader)])
    assert "not estimable: there was no open time to count over" in words
    assert not re.search(r"\bnan\b", words.lower())


def test_the_day_of_determination_is_the_same_from_the_trail_and_after_a_later_answer(recruited):
    session, protocol = recruited.session, recruited.protocol

    def determined(act) -> list:
        session.rollback()
        failing = reports.assembly.failing(protocol)
        return list(
            frames(session, act=act, blinded=False, failing=failing).screening["determined_on"]
        )

    assert determined(None) == [date(2015, 10, 2), date(2015, 10, 2), None]
    assert determined(head(session)[0]) == determined(None)
    row = screening.numbered(session, 1)
    first = next(iter(recruited.met()))
    recruited.answer(row, date(2015, 11, 3), answers={first: recruited.met()[first]}, why="again")
    assert determined(None)[0] == date(2015, 11, 3)
    assert determined(head(session)[0])[0] == date(2015, 11, 3)
