"""Criteria of progression on several quantities, on clusters, and for judgement, from records to report."""

import shutil
from dataclasses import replace
from datetime import date

import pytest

from tests.conduct.recruiting import Recruiting
from trial.analysis.progression import Colour
from trial.conduct import decisions, reports
from trial.conduct.access import Act
from trial.protocol import load, shipped
from trial.records.trail import acting, head
from trial.report.value import Table

TODAY = date(2016, 1, 15)
CRITERIA = """
[[progression]]
key = "clusters"
label = "Clusters that recruit"
metric = "clusters"
unit = "clusters"
direction = "higher"
green_at = 2
amber_at = 1
each = { metric = "recruited", at_least = 2 }
rationale = "Two of four"

[[progression]]
key = "one-or-other"
label = "Enough people or a high rate of consent"
combine = "any"
rationale = "Either would do"

[[progression.parts]]
label = "Enrolled"
metric = "recruited"
unit = "people"
direction = "higher"
green_at = 30
amber_at = 20

[[progression.parts]]
label = "Consenting"
metric = "consent_rate"
unit = "proportion"
direction = "higher"
green_at = 0.5
amber_at = 0.3

[[progression]]
key = "acceptable"
label = "Is it acceptable?"
bands = [{ label = "Go on", light = "green" }, { label = "Think again", light = "red" }]
rationale = "The committee judges"
"""


@pytest.fixture
def protocol(tmp_path):
    folder = tmp_path / "ipsoh"
    shutil.copytree(shipped()["ipsoh"], folder)
    file = folder / "6-progression.toml"
    file.write_text(CRITERIA)
    return load(folder)


@pytest.fixture
def trial(session, protocol, clusters):
    """Two people in one cluster, one in another, none in the third; the fourth is not open yet."""
    made = Recruiting(session, protocol)
    for key, number in (
        ("city-forensic", 2),
        ("county-forensic", 1),
        ("city-personality-disorder", 0),
    ):
        cluster = made.open(clusters[key])
        for _ in range(number):
            made.participant(cluster)
    return made


def found(trial, act=None):
    cut = replace(reports.cut.data_cut(trial.session, TODAY, None), act=act)
    return reports.assembly.assemble(trial.session, trial.protocol, cut, blinded=False)


def decide(trial, decided):
    with acting(trial.session, by=trial.by, name=Act.RECORD_DECISION):
        decisions.decide(
            trial.session, trial.protocol, "acceptable", rule_gave="", decided=decided,
            because="The interviews say so.", decided_by="The committee", decided_on=TODAY, on=TODAY,
        )  # fmt: skip


def test_each_criterion_is_judged_in_its_own_way(trial):
    clusters, either, judged = found(trial).results.progression.criteria
    assert (clusters.estimate.count, clusters.estimate.n) == (1, 3)
    assert clusters.colour is Colour.AMBER
    assert [part.colour for part in either.parts] == [Colour.RED, Colour.GREEN]
    assert either.colour is Colour.GREEN
    assert (judged.verdict, judged.colour) == ("", Colour.UNDECIDED)
    assert found(trial).results.progression.overall is Colour.UNDECIDED


def test_what_people_decide_is_the_light_and_an_earlier_cut_does_not_know_it(trial):
    before, _ = head(trial.session)
    decide(trial, "Think again")
    assert found(trial).results.progression.overall is Colour.RED
    assert found(trial, before).results.progression.overall is Colour.UNDECIDED
    decide(trial, "Go on")
    progression = found(trial).results.progression
    assert progression.criteria[-1].verdict == "Go on"
    assert progression.overall is Colour.AMBER
    assert decisions.options(trial.protocol, "acceptable") == ("Go on", "Think again")
    assert decisions.options(trial.protocol, "one-or-other") == decisions.WORDS


def test_the_report_tells_the_parts_and_what_stands_of_them(trial):
    wanted = reports.request.Request("feasibility")
    cut = reports.request.make(trial.session, trial.protocol, trial.by, wanted, TODAY)
    held = {one.caption: one for one in cut.report.blocks if isinstance(one, Table)}
    both = held["Enough people or a high rate of consent: several figures at once"]
    assert [row[0] for row in both.rows] == [
        "Enrolled", "Consenting", "Together, any part: the best stands",
    ]  # fmt: skip
    (row,) = held["Each criterion for judgement"].rows
    assert row[:3] == ("Is it acceptable?", "Go on; Think again", "not decided yet")
    (row,) = held["Progression criteria, as the protocol set them"].rows
    assert row[0] == "Clusters that recruit (clusters with an enrolment of 2 people or more)"
    assert "1 of 3" in held["Each criterion against its thresholds"].rows[0][1]
