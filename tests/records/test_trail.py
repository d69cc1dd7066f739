"""The trail: every write is an act, and its chain and replay hold."""

from datetime import date

import pytest
from sqlalchemy import select, text

from trial.records import trail
from trial.records.models import Act, Change, Cluster
from trial.records.trail import ReadOnly, Repeated, Stale, Unattributed, acting, head
from trial.records.verify import verify


def test_a_write_outside_an_act_is_refused(session, clusters):
    clusters["city-forensic"].identified_on = date(2015, 6, 1)
    with pytest.raises(Unattributed):
        session.flush()


def test_a_page_that_only_shows_cannot_act(session, actor):
    session.info["read_only"] = True
    with pytest.raises(ReadOnly), acting(session, by=actor(), name="open cluster"):
        pass


def test_each_changed_value_is_one_change_with_old_and_new(session, clusters, actor):
    cluster = clusters["city-forensic"]
    for day in (date(2015, 6, 1), date(2015, 6, 2)):
        with acting(session, by=actor(), name="record cluster", reason="letter seen"):
            cluster.identified_on = day
    changes = session.scalars(select(Change).where(Change.item == "identified_on")).all()
    assert [(c.old, c.new) for c in changes] == [
        (None, '"2015-06-01"'),
        ('"2015-06-01"', '"2015-06-02"'),
    ]
    assert session.get(Act, changes[1].act).reason == "letter seen"
    assert verify(session).faults == ()


def test_an_act_of_more_values_than_one_statement_holds_is_whole(
    session, clusters, actor, monkeypatch
):
    monkeypatch.setattr(trail, "TOGETHER", 2)
    cluster = clusters["city-forensic"]
    with acting(session, by=actor(), name="record cluster"):
        for item in ("identified_on", "approached_on", "permission_on"):
            setattr(cluster, item, date(2015, 6, 1))
    act = session.scalars(select(Act).order_by(Act.number.desc())).first()
    seqs = session.scalars(select(Change.seq).where(Change.act == act.number)).all()
    assert sorted(seqs) == [1, 2, 3] and verify(session).faults == ()


def test_a_form_sent_twice_is_one_act(session, clusters, actor):
    with acting(session, by=actor(), name="record cluster", once="token"):
        clusters["city-forensic"].identified_on = date(2015, 6, 1)
    before = head(session)
    with pytest.raises(Repeated), acting(session, by=actor(), name="record cluster", once="token"):
        clusters["city-forensic"].identified_on = date(2015, 6, 3)
    assert head(session) == before
    assert clusters["city-forensic"].identified_on == date(2015, 6, 1)


def test_an_act_that_fails_leaves_nothing(session, clusters, actor):
    before = head(session)
    with pytest.raises(ZeroDivisionError), acting(session, by=actor(), name="record cluster"):
        clusters["city-forensic"].identified_on = date(2015, 6, 1)
        session.flush()
        raise ZeroDivisionError
    assert head(session) == before
    assert clusters["city-forensic"].identified_on is None


def test_the_second_of_two_editors_is_refused(session, engine, clusters, actor):
    from_elsewhere = "UPDATE cluster SET version = version + 1 WHERE key = 'city-forensic'"
    with pytest.raises(Stale), acting(session, by=actor(), name="record cluster"):
        clusters["city-forensic"].identified_on = date(2015, 6, 1)
        session.connection().execute(text(from_elsewhere))


def test_nothing_is_deleted_and_nothing_changed_in_bulk(session, clusters, actor):
    with pytest.raises(Unattributed), acting(session, by=actor(), name="record cluster"):
        session.delete(clusters["city-forensic"])
        session.flush()
    with pytest.raises(Unattributed):
        session.execute(Cluster.__table__.update().values(version=9))
