"""Amendments: a new version of the protocol beside the records of the old one."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.conduct.recruiting import Recruiting
from trial.conduct import amendments, begin
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.conduct.refused import Refused
from trial.protocol import Protocol, files_of, load
from trial.protocol.loading import SHIPPED
from trial.records.models import Record, Screening, Visit

FORM = """
[[forms]]
key = "mood"
name = "Mood"
about = "participant"
occurs = "log"
entered_by = ["trial manager"]

[[forms.sections]]
title = "Mood"

[[forms.sections.items]]
key = "mood"
label = "Mood today"
kind = "choice"
codes = [{ key = "low", label = "Low" }, { key = "high", label = "High" }]

[[forms.sections.items]]
key = "sleep"
label = "Hours of sleep"
kind = "whole"
between = [0, 24]
required = false
"""
FORM_1 = """key = "consent-form"
name = "Consent form"
version = "1.1"
in_force_from = 2015-12-14
"""
FORM_2 = """in_force_until = 2016-01-10

[[consent.documents]]
key = "consent-form"
name = "Consent form"
version = "2.0"
in_force_from = 2016-01-11
"""
MONTH_3 = """\
[[visits]]
key = "month-3"
name = "3-month follow-up"
months = 3
opens_days_before = 7
closes_days_after = 14
missed_reasons = [{ key = "not-reached", label = "Could not be reached" }]
not_needed_reasons = [{ key = "died", label = "Died" }]

[[visits]]
remark = "assumed: the trial team confirms"
key = "month-6\""""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A protocol of this test's own, with one form."""
    made = tmp_path / "protocol"
    made.mkdir()
    for file in SHIPPED.glob("[1-6]-*.toml"):
        shutil.copy(file, made)
    (made / "70-mood.toml").write_text(FORM)
    return made


@pytest.fixture
def amend(folder: Path) -> Callable[..., Protocol]:
    """The next version, after pieces of its text were replaced."""

    def make(*changes: tuple[str, str, str], version: str = "2.0") -> Protocol:
        for name, old, new in (
            ("1-design.toml", 'version = "1.0"', f'version = "{version}"'),
            *changes,
        ):
            text = (folder / name).read_text()
            assert old in text
            (folder / name).write_text(text.replace(old, new, 1))
        return load(folder)

    return make


@pytest.fixture
def trial(session, folder: Path) -> Recruiting:
    """A trial under the first version, which is kept."""
    trial = Recruiting(session, load(folder))
    trial.does(Act.BEGIN_TRIAL, lambda s, p, on: begin.keep(s, p, files_of(folder), on))
    return trial


def adopt(trial: Recruiting, new: Protocol, folder: Path):
    def do(session, old, on):
        return amendments.adopt(session, old, new, files_of(folder), on=on)

    made = trial.does(Act.ADOPT_PROTOCOL, do, why="Substantial amendment 1")
    trial.protocol = new
    return made


def mood(trial: Recruiting, person, **answers) -> Record:
    def do(session, protocol, on):
        return saving.save(
            session, protocol, form_of(protocol, "mood"), Subject(participant=person),
            answers=answers, observed_on=on, complete=True, on=on,
        )  # fmt: skip

    return trial.does(Act.ENTER_FORM, do)


def test_the_version_adopted_last_is_the_one_the_trial_runs_under(trial, session, folder, amend):
    old = trial.protocol
    assert amendments.running(session, load()).sha256 == old.sha256
    new = amend(("70-mood.toml", "Hours of sleep", "Hours slept"))
    adopt(trial, new, folder)
    assert amendments.running(session, load()).sha256 == new.sha256
    assert amendments.version_of(session, old.sha256, new) == old
    assert [one.number for one in amendments.versions(session)] == ["1.0", "2.0"]


def test_a_version_must_be_later_and_of_this_trial(trial, session, folder, amend):
    new = amend(("1-design.toml", 'key = "ipsoh"', 'key = "other"'), version="1.0.0")
    with pytest.raises(Refused) as refused:
        adopt(trial, new, folder)
    assert {f.message.partition(":")[0] for f in refused.value.findings} == {"key", "version"}


def test_a_question_that_has_answers_is_neither_dropped_nor_retyped(
    trial, clusters, session, folder, amend
):
    person = trial.participant(trial.open(clusters["city-forensic"]))
    record = mood(trial, person, mood="low", sleep=7)
    dropped = amend(("70-mood.toml", 'key = "sleep"', 'key = "slept"'))
    found = amendments.consequences(session, trial.protocol, dropped)
    assert [(c.difference.item, c.number) for c in found if c.refused] == [("sleep", 1)]
    with pytest.raises(Refused, match="sleep is gone"):
        adopt(trial, dropped, folder)
    assert record.protocol_version == "1.0"


def test_a_code_that_was_given_stays(trial, clusters, session, folder, amend):
    person = trial.participant(trial.open(clusters["city-forensic"]))
    mood(trial, person, mood="low")
    without_low = amend(("70-mood.toml", '{ key = "low", label = "Low" }, ', ""))
    with pytest.raises(Refused, match="The answer low to mood is gone"):
        adopt(trial, without_low, folder)


def test_a_question_without_answers_may_go_and_old_records_keep_their_form(
    trial, clusters, session, folder, amend
):
    person = trial.participant(trial.open(clusters["city-forensic"]))
    old = mood(trial, person, mood="low")
    new = amend(
        ("70-mood.toml", 'kind = "whole"\nbetween = [0, 24]', 'kind = "text"'),
        ("70-mood.toml", '{ key = "high", label = "High" }]', '{ key = "glad", label = "Glad" }]'),
    )
    adopt(trial, new, folder)
    later = mood(trial, person, mood="glad", sleep="well")
    first = form_of(amendments.version_of(session, old.protocol_sha256, new), "mood")
    assert [code.key for code in first.item("mood").codes] == ["low", "high"]
    assert (old.protocol_version, later.protocol_version) == ("1.0", "2.0")


def test_who_signed_an_earlier_version_is_to_consent_again(trial, clusters, session, folder, amend):
    def outdated():
        found = amendments.to_consent_again(session, trial.protocol, trial.on)
        return {one.document.key: (one.signed, one.document.version) for one in found}

    person = trial.participant(trial.open(clusters["city-forensic"]))
    row = session.get(Screening, person.screening_id)
    assert outdated()["consent-form"] == ("1.0", "1.1")
    trial.take(row, signed_on=date(2016, 1, 4), informed_on=date(2016, 1, 4))
    assert outdated() == {}
    new = amend(("3-consent.toml", FORM_1, FORM_1 + FORM_2))
    found = amendments.consequences(session, trial.protocol, new)
    assert [c.number for c in found if c.difference.key == "consent-form"] == [1]
    adopt(trial, new, folder)
    assert outdated() == {"consent-form": ("1.1", "2.0")}
    trial.take(row, signed_on=date(2016, 1, 12), informed_on=date(2016, 1, 12))
    assert outdated() == {}


def test_a_new_visit_is_planned_for_everyone_in_follow_up(trial, clusters, session, folder, amend):
    person = trial.participant(trial.open(clusters["city-forensic"]))
    before = {v.plan: v.due_on for v in session.query(Visit).filter_by(participant_id=person.id)}
    head = '[[visits]]\nremark = "assumed: the trial team confirms"\nkey = "month-6"'
    new = amend(("4-follow-up.toml", head, MONTH_3))
    adopt(trial, new, folder)
    after = {v.plan: v.due_on for v in session.query(Visit).filter_by(participant_id=person.id)}
    assert {plan: after[plan] for plan in before} == before
    assert set(after) - set(before) == {"month-3"}


def test_an_amendment_has_a_reason_and_is_an_act(trial, session, folder, amend):
    new = amend()
    with pytest.raises(Refused, match="why"):
        trial.does(
            Act.ADOPT_PROTOCOL,
            lambda s, p, on: amendments.adopt(s, p, new, files_of(folder), on=on),
        )
    made = adopt(trial, new, folder)
    assert made.adopted_on == date(2016, 1, 15)
