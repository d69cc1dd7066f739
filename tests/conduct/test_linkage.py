"""A form that is read from routine records: after follow-up ended too, until linkage is withdrawn."""

import shutil
from datetime import date

import pytest

from tests.conduct.recruiting import Recruiting
from tests.conduct.test_amendments import FORM
from trial.conduct import capacity, withdrawal
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.conduct.refused import Refused
from trial.protocol import load
from trial.protocol.loading import SHIPPED

LEFT, AFTER = date(2015, 12, 1), date(2015, 12, 8)


@pytest.fixture
def trial(session, tmp_path):
    for file in SHIPPED.glob("[1-6]*.toml"):
        shutil.copy(file, tmp_path)
    read = FORM.replace('occurs = "log"', 'occurs = "log"\nfrom_records = true')
    asked = FORM.replace('key = "mood"\nname = "Mood"', 'key = "asked"\nname = "Asked"', 1)
    (tmp_path / "70-mood.toml").write_text(read + asked)
    return Recruiting(session, load(tmp_path))


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


def fills(trial, person, form="mood", day=AFTER):
    def do(session, protocol, on):
        return saving.save(
            session, protocol, form_of(protocol, form), Subject(participant=person),
            answers={"mood": "low"}, observed_on=day, complete=True, on=on,
        )  # fmt: skip

    return trial.does(Act.ENTER_FORM, do)


def leaves(trial, person, level):
    told = {"levels": {level}, "happened_on": LEFT, "reason": "burden"}
    trial.does(Act.WITHDRAW, withdrawal.withdraw, person, **told)


def test_records_are_read_on_after_follow_up_ended_and_nothing_is_asked(trial, person):
    leaves(trial, person, "follow-up")
    assert fills(trial, person).state == "complete"
    with pytest.raises(Refused, match="left follow-up on 1 December 2015"):
        fills(trial, person, "asked")


@pytest.mark.parametrize("level", ["linkage", "data"])
def test_after_that_withdrawal_nothing_is_read_but_what_was_before(trial, person, level):
    leaves(trial, person, level)
    with pytest.raises(Refused, match="Nothing is read from the records of"):
        fills(trial, person)
    assert fills(trial, person, day=LEFT).state == "complete"


def test_who_withdrew_from_linkage_alone_is_asked_on(trial, person):
    leaves(trial, person, "linkage")
    assert fills(trial, person, "asked").state == "complete"


def test_nothing_is_read_of_who_lost_capacity(trial, person):
    trial.does(Act.RECORD_CAPACITY, capacity.lose, person, happened_on=LEFT)
    with pytest.raises(Refused, match="Nothing is read"):
        fills(trial, person)
    with pytest.raises(Refused, match="was stopped on 1 December 2015, as capacity was lost"):
        fills(trial, person, "asked")
