"""The numbers of a report that is due: the same for every reader, persons once, harms without causes."""

from dataclasses import replace
from datetime import date

import pytest

from tests.conduct.recruiting import Recruiting
from tests.conduct.test_safety import does, judge, record, tell
from trial import report as printed
from trial.conduct import duties, reports
from trial.conduct.access import Act
from trial.conduct.reports import numbers_due
from trial.conduct.reports.cut import Cut
from trial.conduct.reports.kinds import CLOSED, OPEN
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.report.value import Heading, Table

COMMITTEE = "research ethics committee that gave the opinion"
READERS = (
    Actor(8, "A trial manager", Role.TRIAL_MANAGER, blinded=False),
    Actor(9, "A data manager", Role.DATA_MANAGER, blinded=True),
    Actor(6, "An auditor", Role.AUDITOR, blinded=False, draw_open=True),
)


@pytest.fixture
def trial(session, protocol, clusters):
    """Two people in a cluster whose arm is known, one considered twice, and harms of both of them."""
    trial = Recruiting(session, protocol)
    cluster = trial.open(clusters["city-forensic"])
    first = trial.consider(cluster, referral="not referred", **NOT_REFERRED)
    again = trial.consider(cluster, earlier_number=first.number)
    trial.answer(again)
    trial.approach(again)
    trial.take(again)
    person = trial.enrol(again)
    trial.participant(cluster)
    session.rollback()
    does(trial, Act.REVEAL_ARM, reveal, cluster, protocol.arms[0].key)
    judge(trial, record(trial, person))
    record(trial, person, tells=True)
    tell(trial, record(trial, person), "serious-to-committee")
    return trial


NOT_REFERRED = {"decided_on": date(2015, 10, 1), "reason": "clinician-readiness"}


def reveal(session, cluster, arm):
    cluster.arm = arm
    cluster.allocated_on = cluster.revealed_on = date(2015, 12, 1)


def built(trial, actor=None):
    session, protocol = trial.session, trial.protocol
    session.rollback()
    session.expunge_all()
    if actor is not None:
        session.info["actor"] = actor
    (duty,) = [
        one for one in duties.listed(session, protocol, trial.on) if one.plan.key == "registration"
    ]
    report = numbers_due.build(session, protocol, duty, Cut(trial.on, None, "0" * 64))
    session.info.pop("actor", None)
    return report


def tables(report):
    return {one.caption: one for one in report.blocks if isinstance(one, Table)}


def test_whoever_prints_it_prints_the_same_bytes(trial):
    pages = {printed.pdf.pdf(built(trial, actor)) for actor in READERS}
    assert len(pages) == 1


def test_it_counts_what_the_blinded_do_not_see_and_leaves_out_what_depends_on_causes(trial):
    report = built(trial, READERS[1])
    found = tables(report)
    assert found["Entries in the log of safety"].rows[0] == ("Adverse event", 3, 3, 0)
    told = found["Whom it had to be told, at the cut"]
    assert not any(COMMITTEE in str(row) for row in told.rows)
    assert "left out: they could tell an arm" in told.note


def test_each_person_is_considered_once_as_in_the_flow(trial):
    numbers = dict(tables(built(trial))["Numbers of the trial"].rows)
    assert numbers["Considered"] == "2"


def test_only_the_first_letter_of_its_name_becomes_small_at_the_head(trial):
    assert built(trial).header[0] == "IPSOH: registration in a public register"
    (duty, *_) = duties.listed(trial.session, trial.protocol, trial.on)
    cut = Cut(trial.on, None, "0" * 64)
    for label, said in (("REC report", "REC report"), ("Report to the REC", "report to the REC")):
        named = replace(duty, plan=duty.plan.model_copy(update={"label": label}))
        report = numbers_due.build(trial.session, trial.protocol, named, cut)
        assert report.header[0] == f"IPSOH: {said}"


def test_harms_by_arm_are_told_in_the_closed_report_and_not_in_the_open_one(trial):
    cut = reports.cut.data_cut(trial.session, trial.on)

    def of(kind, blinded):
        found = reports.assembly.assemble(
            trial.session, trial.protocol, cut, blinded=blinded, arms=kind.arms
        )
        report = reports.request.build(trial.protocol, found, kind)
        headings = [one.text for one in report.blocks if isinstance(one, Heading)]
        return headings, tables(report).get("Adverse events in the log of safety")

    headings, table = of(CLOSED, False)
    arm = trial.protocol.arms[0].key
    assert "Adverse events" in headings
    assert [row[1:] for row in table.rows] == [(2, 3, 1, 3, 1)] * 2 and arm in table.rows[1][0]
    headings, table = of(OPEN, False)
    assert "Adverse events" not in headings and table is None
