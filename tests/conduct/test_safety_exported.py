"""The log of safety in the export: codes without words, and no cause or telling entry for the blinded."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from tests.conduct.recruiting import Recruiting
from tests.conduct.test_knowledge import plant
from tests.conduct.test_safety import does, judge, record
from trial.conduct import reports, withdrawal
from trial.conduct.access import Act
from trial.conduct.safety import log
from trial.protocol.roles import Role

TODAY = date(2016, 1, 20)
BLINDED = {"role": Role.STATISTICIAN, "blinded": True}


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def cluster(trial, clusters):
    return trial.open(clusters["city-forensic"])


@pytest.fixture
def entry(trial, cluster):
    made = record(trial, trial.participant(cluster))
    judge(trial, made)
    return made


def exported(trial, reader, name="safety.csv"):
    asked = reports.request.Request("datasets")
    files = reports.datasets.make(trial.session, trial.protocol, reader, asked, TODAY).files
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def test_an_event_is_exported_in_codes_without_its_words(trial, entry, actor):
    (row,) = exported(trial, actor())
    assert (row["number"], row["kind"], row["term"]) == (
        "IPSOH-0001-L", "adverse event", "injury-at-work",
    )  # fmt: skip
    assert (row["happened_on"], row["heard_on"]) == ("2016-01-03", "2016-01-04")
    assert (row["seriousness"], row["related"], row["outcome"]) == (
        "hospital", "probable", "ongoing",
    )  # fmt: skip
    assert "description" not in row
    book = exported(trial, actor(), "codebook.csv")
    told = {one["column"]: one["codes"] for one in book if one["table"] == "safety"}
    assert told.keys() == row.keys() and "Injury at work" in told["term"]


def test_the_day_is_exported_since_which_an_event_is_known_to_be_serious(trial, cluster, actor):
    person = trial.participant(cluster)
    since = datetime(2016, 1, 12, 10, tzinfo=UTC)
    late = record(trial, person, seriousness=None)
    told = {"text": "On a ward.", "outcome": "ongoing", "on": TODAY, "seriousness": "hospital"}
    act = (Act.RECORD_SAFETY, log.follow_up, trial.protocol, late)
    does(trial, *act, serious_at=since, **told)
    record(trial, person)
    assert [one["serious_on"] for one in exported(trial, actor())] == ["2016-01-12", ""]


def test_the_blinded_are_told_neither_the_cause_nor_what_tells_the_arm(
    session, protocol, clusters, actor
):
    trial = plant(session, protocol, clusters, actor)
    cluster = clusters["city-forensic"]  # whose arm is revealed
    first = record(trial, trial.participant(cluster))
    judge(trial, first)
    record(trial, cluster, kind=log.DEVIATION, tells=True)
    told, kept = exported(trial, actor()), exported(trial, actor(**BLINDED))
    assert [one["kind"] for one in told] == ["adverse event", "deviation"]
    assert [one["entry"] for one in kept] == [str(first.id)]
    assert "related" not in kept[0] and kept[0]["seriousness"] == "hospital"
    assert (told[0]["cluster"], told[0]["arm"]) == ("city-forensic", "IPS")
    assert (kept[0]["cluster"], kept[0]["arm"]) == ("4", "B")


def test_what_was_taken_back_or_is_no_data_of_the_trial_is_not_exported(
    trial, entry, cluster, actor
):
    does(trial, Act.RECORD_SAFETY, log.take_back, entry, on=TODAY, why="recorded twice")
    record(trial, None, kind=log.DATA, term=None)
    assert exported(trial, actor()) == []


def test_nothing_is_told_of_who_withdrew_the_use_of_their_data(trial, cluster, actor):
    person = trial.participant(cluster)
    record(trial, person)
    record(trial, cluster, kind=log.DEVIATION)
    trial.does(
        Act.WITHDRAW, withdrawal.withdraw, person, levels={"data"}, happened_on=date(2016, 1, 10),
        reason="no-reason",
    )  # fmt: skip
    assert [(one["kind"], one["number"]) for one in exported(trial, actor())] == [("deviation", "")]
