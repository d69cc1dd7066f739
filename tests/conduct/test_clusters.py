"""The life of a cluster: each step after the one before it, each correction with a reason."""

from datetime import date

import pytest

from tests.conduct.recruiting import PERMISSION
from trial.conduct import clusters as lives
from trial.conduct.access import Act
from trial.conduct.refused import Refused


@pytest.fixture
def cluster(clusters):
    return clusters["city-forensic"]


def record(play, cluster, **steps):
    return play.does(Act.RECORD_CLUSTER, lives.record_step, cluster, **steps)


def test_a_life_is_recorded_step_by_step_and_says_what_comes_next(play, protocol, cluster):
    assert lives.next_steps(protocol, cluster) == ("identified_on",)
    record(play, cluster, identified_on=date(2015, 5, 4))
    assert lives.next_steps(protocol, cluster) == ("approached_on", "closed_on")
    record(play, cluster, approached_on=date(2015, 6, 1))
    record(play, cluster, **PERMISSION)
    assert lives.next_steps(protocol, cluster) == ("opened_on", "closed_on")
    play.does(Act.OPEN_CLUSTER, lives.open_cluster, cluster, opened_on=date(2015, 9, 1))
    assert lives.next_steps(protocol, cluster) == ("allocated_on", "closed_on")
    told = {step.key: step for step in lives.life(protocol, cluster)}
    assert told["permission_on"].day == date(2015, 7, 1)
    assert told["permission_on"].detail.startswith("The gatekeeper, Service manager.")
    assert [step.key for step in told.values() if step.next] == ["allocated_on", "closed_on"]


@pytest.mark.parametrize(
    ("steps", "item", "said"),
    [
        (
            {"approached_on": date(2015, 6, 1)},
            "approached_on",
            "Record the day on which the cluster",
        ),
        (
            {"identified_on": date(2015, 5, 4), "approached_on": date(2015, 5, 3)},
            "approached_on",
            "cannot be before the day on which the cluster was identified (4 May 2015)",
        ),
        ({"identified_on": date(2016, 1, 16)}, "identified_on", "today is 15 January 2016"),
        (
            {
                "identified_on": date(2015, 5, 4),
                "approached_on": date(2015, 5, 4),
                "permission_on": date(2015, 5, 5),
            },
            "permission_by",
            "Enter the name",
        ),
        ({"permission_by": "Somebody"}, "permission_on", "Enter the day"),
    ],
)
def test_an_impossible_step_is_refused_beside_its_item(play, session, cluster, steps, item, said):
    with pytest.raises(Refused) as refused:
        record(play, cluster, **steps)
    (finding,) = refused.value.findings
    assert finding.item == item
    assert said in finding.message
    session.refresh(cluster)
    assert cluster.identified_on is None


def test_a_correction_needs_a_reason_and_keeps_the_order(play, session, cluster):
    play.open(cluster)
    with pytest.raises(Refused, match="Say why"):
        record(play, cluster, identified_on=date(2015, 5, 5))
    record(play, cluster, identified_on=date(2015, 5, 5), why="The letter is dated the 5th.")
    assert cluster.identified_on == date(2015, 5, 5)
    with pytest.raises(Refused, match="cannot be before") as refused:
        record(play, cluster, identified_on=date(2015, 6, 2), why="Another letter.")
    assert refused.value.findings[0].item == "identified_on"


def test_opening_needs_permission(play, cluster):
    record(play, cluster, identified_on=date(2015, 5, 4), approached_on=date(2015, 6, 1))
    with pytest.raises(Refused, match="permission was given first"):
        play.does(Act.OPEN_CLUSTER, lives.open_cluster, cluster, opened_on=date(2015, 9, 1))


def test_both_the_first_and_the_last_day_belong_to_an_open_cluster(play, cluster):
    assert not lives.is_open(cluster, date(2015, 9, 1))
    play.open(cluster, opened_on=date(2015, 9, 1))
    assert not lives.is_open(cluster, date(2015, 8, 31))
    assert lives.is_open(cluster, date(2015, 9, 1))
    close(play, cluster, date(2015, 12, 1))
    assert lives.is_open(cluster, date(2015, 12, 1))
    assert not lives.is_open(cluster, date(2015, 12, 2))


def close(play, cluster, day, **rest):
    what = {"closed_on": day, "reason": "The service is reorganised."} | rest
    return play.does(Act.CLOSE_CLUSTER, lives.close_cluster, cluster, **what)


def test_a_closing_has_a_reason_of_its_own_and_comes_last(play, protocol, cluster):
    play.open(cluster)
    with pytest.raises(Refused, match="Say why the cluster closes"):
        close(play, cluster, date(2015, 12, 1), reason="  ")
    with pytest.raises(Refused, match="before the day on which the cluster was opened"):
        close(play, cluster, date(2015, 8, 31))
    close(play, cluster, date(2015, 12, 1))
    assert lives.next_steps(protocol, cluster) == ()
    with pytest.raises(Refused, match="Say why this"):
        play.does(Act.OPEN_CLUSTER, lives.reopen_cluster, cluster)
    play.does(Act.OPEN_CLUSTER, lives.reopen_cluster, cluster, why="The wrong cluster was closed.")
    assert (cluster.closed_on, cluster.closed_reason) == (None, None)
    with pytest.raises(Refused, match="is not closed"):
        play.does(Act.OPEN_CLUSTER, lives.reopen_cluster, cluster, why="Again.")


def test_a_cluster_that_said_no_closes_without_ever_opening(play, cluster):
    record(play, cluster, identified_on=date(2015, 5, 4), approached_on=date(2015, 6, 1))
    close(play, cluster, date(2015, 6, 20), reason="No permission was given.")
    with pytest.raises(Refused, match="was closed on 20 June 2015"):
        play.does(Act.OPEN_CLUSTER, lives.open_cluster, cluster, opened_on=date(2015, 9, 1))


def test_days_cannot_move_past_what_happened_in_the_cluster(play, cluster):
    play.open(cluster)
    play.participant(cluster)
    for act, do, steps, said in (
        (
            Act.OPEN_CLUSTER,
            lives.open_cluster,
            {"opened_on": date(2015, 10, 13)},
            "enrolled here on 12",
        ),
        (
            Act.CLOSE_CLUSTER,
            lives.close_cluster,
            {"closed_on": date(2015, 10, 11), "reason": "x"},
            "late as 12",
        ),
        (
            Act.RECORD_CLUSTER,
            lives.record_step,
            {"permission_on": date(2015, 10, 2)},
            "cannot be before",
        ),
    ):
        with pytest.raises(Refused, match=said):
            play.does(act, do, cluster, why="A slip.", **steps)


def test_permission_comes_before_the_first_person_considered(play, clusters):
    cluster = play.open(clusters["county-forensic"], opened_on=date(2015, 12, 1))
    play.consider(cluster)
    with pytest.raises(Refused, match="considered here on 1 October 2015") as refused:
        record(play, cluster, permission_on=date(2015, 10, 2), why="A slip.")
    assert refused.value.findings[0].item == "permission_on"
