"""Steps that clusters count, from their forms into the flow and the report, on both databases."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.conduct.recruiting import Recruiting
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.conduct.reports.assembly import assemble
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.participants_flow import flow_figure
from trial.conduct.reports.sections import screening
from trial.protocol import Protocol, ProtocolFaults, load
from trial.protocol.loading import SHIPPED
from trial.report.value import Table

TODAY = date(2016, 1, 15)
FORMS = """
[[forms]]
key = "mailing"
name = "Mailing"
about = "cluster"
occurs = "log"
entered_by = ["trial manager"]

[[forms.sections]]
title = "Mailing"
items = [
    { key = "sent", kind = "whole", label = "Letters sent", between = [0, 5000] },
    { key = "note", kind = "text", label = "Note", required = false },
]

[[forms]]
key = "mine"
name = "Mine"
about = "participant"
occurs = "log"
entered_by = ["trial manager"]

[[forms.sections]]
title = "Mine"
items = [{ key = "sent", kind = "whole", label = "Letters sent", between = [0, 5000] }]
"""
STEP = """
[[screening.counted]]
key = "letters"
title = "Letters sent"
form = "mailing"
item = "sent"
"""


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Protocol]:
    """IPSOH with a form of the clusters and a step that it counts."""

    def make(step: str = STEP) -> Protocol:
        folder = tmp_path / "protocol"
        shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
        (folder / "9z-forms.toml").write_text(FORMS)
        file = SHIPPED / "2-recruitment.toml"
        (folder / file.name).write_text(file.read_text() + step)
        return load(folder)

    return make


@pytest.fixture
def protocol(made: Callable[..., Protocol]) -> Protocol:
    return made()


@pytest.fixture
def trial(session, protocol, clusters) -> Recruiting:
    recruiting = Recruiting(session, protocol)
    for key in ("city-forensic", "county-forensic"):
        recruiting.open(clusters[key])
    return recruiting


def mail(trial: Recruiting, cluster, sent, *, complete: bool = True):
    def do(session, protocol, on):
        return saving.save(
            session, protocol, form_of(protocol, "mailing"), Subject(cluster=cluster),
            answers={"sent": sent} if sent is not None else {}, observed_on=on,
            complete=complete, on=on,
        )  # fmt: skip

    return trial.does(Act.ENTER_FORM, do)


def box(trial: Recruiting):
    found = assemble(trial.session, trial.protocol, data_cut(trial.session, TODAY), blinded=False)
    return found, found.results.flow.box("counted-letters")


def test_numbers_of_a_log_are_summed_over_the_clusters_that_opened(trial, clusters):
    mail(trial, clusters["city-forensic"], 40)
    mail(trial, clusters["city-forensic"], 25)
    mail(trial, clusters["county-forensic"], 900, complete=False)
    found, told = box(trial)
    assert (told.people, told.unknown) == (None, "not known of 1 of 2 clusters; 65 in the others")
    mail(trial, clusters["county-forensic"], 0)
    found, told = box(trial)
    assert (told.people, told.clusters, told.unknown) == (65, 2, "")
    (table, *_) = [
        one for one in screening.screened(trial.protocol, found) if isinstance(one, Table)
    ]
    assert [row[1] for row in table.rows] == [65, 0]
    flow = flow_figure(trial.protocol, found).drawing
    assert "Letters sent: 65" in [one.title for stage in flow.stages for one in stage.boxes]


def test_a_number_given_as_missing_leaves_its_cluster_unknown(trial, clusters):
    mail(trial, clusters["city-forensic"], 40)
    mail(trial, clusters["city-forensic"], "missing: not known")
    found, told = box(trial)
    assert (told.people, told.unknown) == (None, "not known of any cluster")
    (table, *_) = [
        one for one in screening.screened(trial.protocol, found) if isinstance(one, Table)
    ]
    assert {row[1] for row in table.rows} == {"not known"}


FAULTS = [
    ('form = "mailing"', 'form = "mine"', "counted[0].form"),
    ('form = "mailing"', 'form = "none"', "counted[0].form"),
    ('item = "sent"', 'item = "note"', "counted[0].item"),
    ('item = "sent"', 'item = "none"', "counted[0].item"),
]


@pytest.mark.parametrize(("old", "new", "place"), FAULTS)
def test_a_step_that_nobody_can_count_is_a_fault(made, old, new, place):
    with pytest.raises(ProtocolFaults) as raised:
        made(STEP.replace(old, new))
    assert [place in one.place for one in raised.value.faults] == [True]
