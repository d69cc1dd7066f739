"""Forms as tables for analysis: every answer by kind, reasons apart, nothing that a reader must not know."""

from datetime import date

import pytest

from tests.conduct.recruiting import Recruiting
from tests.web.filling import plan
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject
from trial.conduct.reports import assembly
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.form_tables import form_tables, records
from trial.protocol.roles import Role
from trial.records.frames import frames, masks
from trial.records.models import Visit

ANSWERS = {
    "works": "yes", "hours": 16, "pay": "7.20", "sector": "retail", "benefits": "esa pip",
    "seen_on": "2016-01-04", "left_school": "1996-07", "woke": "07:30", "remark": "Told in words",
    "reason": "missing: refused", "knows_arm": "yes", "calm": 2, "tired": 1,
    "jobs.1.title": "Porter", "jobs.1.ended": "yes", "jobs.1.ended_on": "2015",
    "jobs.2.title": "Clerk", "jobs.2.ended": "missing: not known",
}  # fmt: skip


@pytest.fixture
def told(session, protocol, clusters):
    """Gives the tables that a reader is told, after one form was filled in about somebody."""
    form = plan("everything").model_copy(update={"entered_by": (Role.TRIAL_MANAGER,)})
    trial = Recruiting(session, protocol.model_copy(update={"forms": (form,)}))
    person = trial.participant(trial.open(clusters["city-forensic"]))
    visit = session.query(Visit).filter_by(participant_id=person.id, plan="baseline").one()

    def save(s, p, on):
        return saving.save(
            s, p, form, Subject(participant=person, visit=visit), answers=ANSWERS,
            observed_on=date(2016, 1, 4), complete=True, on=on,
        )  # fmt: skip

    record = trial.does(Act.ENTER_FORM, save)
    with_arm = {**record.telling}
    assert with_arm in ({}, {"knows_arm": "yes"})

    def tables(*, blinded=False, on=None):
        cut = data_cut(session, trial.on, on)
        known = frames(
            session, act=cut.act, blinded=blinded, failing=assembly.failing(trial.protocol)
        )
        made = form_tables(records(session, cut), trial.protocol, known, masks(session, blinded))
        return {one.name: one for one in made}

    return trial, person, tables


def row(table):
    (found,) = table.frame.to_dict("records")
    return found


def test_every_answer_has_its_value_and_its_reason(told):
    _, person, tables = told
    found = row(tables()["form_everything"])
    assert (found["number"], found["visit"], found["hours"]) == (person.number, "baseline", 16)
    assert (found["benefits_esa"], found["benefits_pip"], found["benefits_none"]) == (1, 1, 0)
    assert (found["pay"], found["left_school"], found["mood"]) == ("7.20", "1996-07", 3)
    assert found["hours_missing"] is None
    assert "remark" not in found and "reason" not in found  # free text stays in the system


def test_a_group_is_a_table_of_its_own(told):
    _, _, tables = told
    rows = tables()["form_everything_jobs"].frame.to_dict("records")
    assert [(one["row"], one["ended"], one["ended_missing"]) for one in rows] == [
        (1, "yes", None),
        (2, None, "not-known"),
    ]


def test_the_codebook_has_every_column_in_order(told):
    _, _, tables = told
    for table in tables().values():
        assert [column.name for column in table.columns] == list(table.frame.columns)


def test_a_blinded_reader_gets_no_column_that_tells(told):
    _, _, tables = told
    assert "knows_arm" in tables()["form_everything"].frame.columns
    blinded = tables(blinded=True)["form_everything"].frame.columns
    assert not [name for name in blinded if name.startswith("knows_arm")]


def test_drafts_and_those_who_withdrew_their_data_are_left_out(told, session):
    trial, person, tables = told
    trial.does(
        Act.WITHDRAW,
        lambda s, p, on: setattr(person, "withdrew_data_on", date(2016, 1, 15)),
    )
    assert tables()["form_everything"].frame.empty


def test_at_an_earlier_cut_there_was_none_yet(told):
    _, _, tables = told
    assert tables(on=date(2016, 1, 1))["form_everything"].frame.empty
