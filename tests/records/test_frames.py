"""Frames: what leaves the records, as a blinded reader and as an unblinded one is told it."""

from contextlib import suppress
from datetime import date

from trial.records.frames import frames
from trial.records.models import Allocation, Cluster
from trial.records.rows import table_now
from trial.records.trail import acting


def _allocate(session, clusters, actor):
    names = {"arm.IPS": "B", "arm.TAU": "A"}
    codes = ["3", "1", "4", "2"]
    names |= {f"cluster.{key}": code for key, code in zip(clusters, codes, strict=True)}
    with acting(session, by=actor(), name="freeze allocation") as draft:
        session.add(
            Allocation(
                state="drawn",
                frozen_at=draft.at,
                frozen="text",
                frozen_hash="f" * 64,
                schemes=4,
                first_account=7,
                first_name="A trial manager",
                masks=names,
            )
        )
        for cluster, arm in zip(clusters.values(), ("IPS", "TAU", "TAU", "IPS"), strict=True):
            cluster.arm, cluster.allocated_on = arm, date(2015, 10, 1)
    with acting(session, by=actor(), name="reveal arm"):
        for cluster in list(clusters.values())[:2]:
            cluster.revealed_on = date(2015, 10, 5)


def _told(session, blinded):
    return frames(session, act=None, blinded=blinded, failing={}).clusters


def test_an_arm_is_told_once_it_is_revealed(session, clusters, actor):
    _allocate(session, clusters, actor)
    told = _told(session, blinded=False)
    assert list(told["cluster"]) == list(clusters)
    assert list(told["arm"]) == ["IPS", "TAU", None, None]


def test_a_blinded_reader_gets_drawn_names_in_an_order_that_tells_nothing(session, clusters, actor):
    _allocate(session, clusters, actor)
    told = _told(session, blinded=True)
    assert list(told["cluster"]) == ["1", "2", "3", "4"]
    assert list(told["arm"]) == ["A", None, "B", None]


def test_orm_rows_hide_the_arm_from_the_blinded_and_before_the_reveal(session, clusters, actor):
    _allocate(session, clusters, actor)
    first, *_, last = (c.id for c in clusters.values())
    session.info["actor"] = actor(revealed=frozenset({first}))
    session.expunge_all()
    assert session.get(Cluster, first).arm == "IPS"
    assert session.get(Cluster, last).arm is None
    session.info["actor"] = actor(blinded=True, revealed=frozenset({first}))
    session.expunge_all()
    assert session.get(Cluster, first).arm is None


def test_a_table_is_read_anew_once_something_in_it_changed(session, clusters, actor):
    def approached():
        return list(table_now(session, "cluster")["approached_on"])

    assert approached() == [None] * 4
    with acting(session, by=actor(), name="record cluster"):
        clusters["city-forensic"].approached_on = date(2015, 6, 1)
    assert approached() == [date(2015, 6, 1), None, None, None]
    with acting(session, by=actor(), name="record cluster", reason="letter seen"):
        clusters["city-forensic"].approached_on = date(2015, 6, 2)
    assert approached() == [date(2015, 6, 2), None, None, None]
    with (
        suppress(ZeroDivisionError),
        acting(session, by=actor(), name="record cluster", reason="x"),
    ):
        clusters["county-forensic"].approached_on = date(2015, 6, 3)
        session.flush()
        assert sum(day is not None for day in approached()) == 2
        raise ZeroDivisionError
    assert approached() == [date(2015, 6, 2), None, None, None]
