"""The ceremony of allocation: its order, its secrets, its draw, its end."""

import re
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.allocating import KEY, MANAGER, SECOND, STATISTICIAN, TODAY, Ceremony, everything
from trial.conduct.access import Act
from trial.conduct.allocation import ceremony, frozen, kept, reveal
from trial.conduct.allocation.plan import plan
from trial.conduct.refused import NotAllowed, Refused
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records import models
from trial.records.actor import Actor
from trial.records.models import Allocation, Change, Cluster
from trial.records.verify import verify

STRANGER = Actor(14, "Another Administrator", Role.ADMINISTRATOR, participants=False, blinded=False)


@pytest.fixture
def played(session: Session, protocol: Protocol) -> Ceremony:
    return Ceremony(session, protocol)


def test_the_draw_gives_every_cluster_its_arm(played: Ceremony) -> None:
    first, second = played.drawn()
    made = kept.standing(played.session)
    assert made is not None
    assert made.state == "drawn"
    assert made.frozen_hash == frozen.hashed(made.frozen)
    assert made.first_commitment == frozen.commitment(made.frozen_hash, MANAGER.id, first)
    assert made.second_commitment == frozen.commitment(made.frozen_hash, SECOND.id, second)
    assert made.scheme == frozen.drawn(made.frozen_hash, first, second, 4)
    assert kept.arms(played.session) == frozen.read(made.frozen).arms(made.scheme)
    dates = played.session.execute(select(Cluster.allocated_on)).scalars()
    assert set(dates) == {TODAY}
    assert verify(played.session).valid


def test_either_code_may_come_first_and_however_it_is_typed(played: Ceremony) -> None:
    first, second = played.committed()
    assert not played.enter(SECOND, second)
    spaced = "  " + " ".join(re.findall("....", first.upper())) + " "
    assert played.enter(MANAGER, spaced)
    made = kept.standing(played.session)
    assert made is not None
    assert (made.first_code, made.second_code) == (first, second)


def test_the_frozen_text_names_the_protocol_and_the_instant(played: Ceremony) -> None:
    played.open()
    played.freeze()
    made = kept.standing(played.session)
    assert made is not None
    text = frozen.read(made.frozen)
    assert (text.trial, text.fingerprint, text.ceremony) == ("ipsoh", played.protocol.sha256, 1)
    assert text.frozen_at == frozen.instant(made.frozen_at)
    assert made.schemes == 4


def test_blinded_letters_and_numbers_are_drawn_at_freezing(played: Ceremony) -> None:
    played.open()
    played.freeze(chance=Random(1))
    masks = kept.masks(played.session)
    arms = {key.removeprefix("arm."): v for key, v in masks.items() if key.startswith("arm.")}
    clusters = {k: v for k, v in masks.items() if k.startswith("cluster.")}
    assert set(arms) == {"IPS", "TAU"}
    assert set(arms.values()) == {"A", "B"}
    assert {k.removeprefix("cluster.") for k in clusters} == {
        p.key for p in played.protocol.clusters
    }
    assert sorted(clusters.values()) == ["1", "2", "3", "4"]


def refused(sentence: str) -> pytest.RaisesExc[Refused]:
    return pytest.raises(Refused, match=re.escape(sentence))


def test_freezing_needs_permission_and_opening_of_every_cluster(played: Ceremony) -> None:
    with refused("City Community Forensic Service has not given permission") as found:
        played.freeze()
    assert len(found.value.findings) == 4
    played.open("city-forensic", "county-forensic", "city-personality-disorder")

    def permit_last() -> None:
        found = played.session.scalars(
            select(Cluster).where(Cluster.key.startswith("county-p"))
        ).one()
        found.permission_on = date(2015, 5, 1)

    played.does(MANAGER, Act.RECORD_CLUSTER, permit_last)
    with refused(
        "County Personality Disorder Network is not open: open it first. It gave permission on 1 May"
    ):
        played.freeze()
    assert kept.ceremonies(played.session) == []


def test_a_protocol_may_allocate_before_opening(played: Ceremony) -> None:
    def permit_all() -> None:
        for cluster in played.session.scalars(select(Cluster)):
            cluster.permission_on = date(2015, 5, 1)

    played.does(MANAGER, Act.RECORD_CLUSTER, permit_all)
    early = played.protocol.allocation.model_copy(update={"after_opening": False})
    played.protocol = played.protocol.model_copy(update={"allocation": early})
    played.freeze()
    assert kept.standing(played.session) is not None


def close(played: Ceremony, key: str) -> None:
    def do() -> None:
        found = played.session.scalars(select(Cluster).where(Cluster.key == key)).one()
        found.closed_on = TODAY

    played.does(MANAGER, Act.CLOSE_CLUSTER, do)


def test_fewer_clusters_than_the_protocol_shares_are_refused(played: Ceremony) -> None:
    played.open()
    close(played, "city-forensic")
    with refused("The protocol shares 4 clusters among the arms, and 3 take part."):
        played.freeze()


def test_a_restriction_that_cannot_hold_is_refused(played: Ceremony) -> None:
    played.open()
    clusters = tuple(
        p.model_copy(update={"strata": {"service": f"kind {n}"}})
        for n, p in enumerate(played.protocol.clusters)
    )
    played.protocol = played.protocol.model_copy(update={"clusters": clusters})
    with refused("No scheme fulfils the protocol's restriction."):
        played.freeze()


def test_more_schemes_than_can_be_numbered_are_refused(
    played: Ceremony, monkeypatch: pytest.MonkeyPatch
) -> None:
    played.open()
    monkeypatch.setattr("trial.conduct.allocation.schemes.MOST_SCHEMES", 3)
    with refused("Balance the arms over more strata in the protocol."):
        played.freeze()


def test_a_cluster_of_an_amended_protocol_is_begun_first(played: Ceremony) -> None:
    added = played.protocol.clusters[0].model_copy(update={"key": "new", "name": "New Service"})
    amended = played.protocol.model_copy(update={"clusters": (*played.protocol.clusters, added)})
    played.open()
    with refused("New Service is not a record of this trial yet"):
        plan(played.session, amended)


def test_every_step_out_of_order_is_refused_with_a_sentence(played: Ceremony) -> None:
    none_yet = "No allocation is frozen: the trial manager freezes one first."
    for step in (
        played.join,
        lambda: played.commit(MANAGER),
        lambda: played.enter(MANAGER, "0" * 32),
        played.abandon,
    ):
        with refused(none_yet):
            step()
    played.open()
    played.freeze()
    with refused("An allocation is frozen already."):
        played.freeze()
    with refused("Join this allocation as its second person first."):
        played.commit(SECOND)
    first = played.commit(MANAGER)
    with refused("Both people must have received their codes"):
        played.enter(MANAGER, first)
    with refused("It is kept nowhere, so it cannot be shown again"):
        played.commit(MANAGER)
    played.join()
    with refused("Second Person has joined this allocation as its second person already."):
        played.join(STRANGER)
    with refused("This allocation is between Trial Manager and Second Person"):
        played.commit(STRANGER)
    second = played.commit(SECOND)
    played.enter(MANAGER, first)
    with refused("Your code is in."):
        played.enter(MANAGER, first)
    played.enter(SECOND, second)
    for step in (
        played.freeze,
        played.join,
        lambda: played.commit(SECOND),
        lambda: played.enter(SECOND, second),
        played.abandon,
    ):
        with refused("The draw has been made"):
            step()


def test_one_person_cannot_be_both(played: Ceremony) -> None:
    played.open()
    played.freeze()
    with refused("its second person must be somebody else"):
        played.join(replace(SECOND, id=MANAGER.id))


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.TRIAL_MANAGER])
def test_only_the_trial_manager_freezes_and_abandons(played: Ceremony, role: Role) -> None:
    played.open()
    other = replace(MANAGER, role=role)
    with pytest.raises(NotAllowed):
        played.does(other, Act.FREEZE_ALLOCATION, lambda: _freeze(played))
    with pytest.raises(NotAllowed):
        played.does(other, Act.ABANDON_ALLOCATION, lambda: _abandon(played))


def _freeze(played: Ceremony) -> None:
    ceremony.freeze(played.session, played.protocol)


def _abandon(played: Ceremony) -> None:
    ceremony.abandon(played.session)


def test_a_wrong_code_is_refused_and_leaves_nothing(played: Ceremony) -> None:
    first, second = played.committed()
    acts = played.session.scalar(select(models.Act.number).order_by(models.Act.number.desc()))
    with refused("A code has 32 characters, 0 to 9 and a to f; you entered 31.") as found:
        played.enter(MANAGER, first[:-1])
    assert found.value.findings[0].item == "code"
    with refused("This is not the code that you received."):
        played.enter(MANAGER, second)
    assert acts == played.session.scalar(
        select(models.Act.number).order_by(models.Act.number.desc())
    )
    played.enter(MANAGER, first)
    with refused("This is not the code that you received."):
        played.enter(SECOND, first)
    made = kept.standing(played.session)
    assert made is not None
    assert made.state == "frozen"
    assert set(kept.arms(played.session).values()) == {None}
    assert played.enter(SECOND, second)


def test_the_first_code_stays_sealed_until_the_second(played: Ceremony) -> None:
    first, second = played.committed()
    assert all(first not in text and second not in text for text in everything(played.session))
    played.enter(MANAGER, first)
    assert all(first not in text for text in everything(played.session))
    assert played.session.connection().execute(select(Allocation.sealed_code)).scalar()
    played.enter(SECOND, second)
    assert played.session.connection().execute(select(Allocation.sealed_code)).scalar() is None
    said = played.session.scalars(
        select(Change.new).where(Change.item == "sealed_code").order_by(Change.act)
    )
    assert set(said) == {'"changed"'}


def test_a_code_sealed_under_another_key_is_not_opened(played: Ceremony) -> None:
    first, second = played.committed()
    played.enter(MANAGER, first)
    with refused("cannot be opened with this instance's key"):
        played.enter(SECOND, second, key=bytes(32))
    assert played.enter(SECOND, second, key=KEY)


def test_a_cluster_that_closes_after_freezing_stops_the_draw(played: Ceremony) -> None:
    first, second = played.committed()
    played.enter(MANAGER, first)
    close(played, "city-forensic")
    with refused("City Community Forensic Service closed on 15 January 2016, after the allocation"):
        played.enter(SECOND, second)
    assert set(kept.arms(played.session).values()) == {None}


def test_an_abandoned_ceremony_is_told_for_ever_and_another_may_begin(played: Ceremony) -> None:
    first, _ = played.committed()
    played.enter(MANAGER, first)
    with refused("Say why this allocation is abandoned."):
        played.abandon(reason="  ")
    played.abandon("The second person lost the code")
    (ended,) = kept.abandoned(played.session)
    assert (ended.number, ended.reason) == (1, "The second person lost the code")
    assert ended.second_name == "Second Person"
    assert played.session.connection().execute(select(Allocation.sealed_code)).scalar() is None
    played.drawn()
    made = kept.standing(played.session)
    assert made is not None
    assert frozen.read(made.frozen).ceremony == 2
    assert made.frozen_hash != ended.frozen_hash
    assert verify(played.session).valid


def test_the_door_shows_nothing_of_the_draw_before_the_reveal(played: Ceremony) -> None:
    played.drawn()
    hidden = ("first_code", "second_code", "scheme", "masks", "frozen")
    for person in (MANAGER, SECOND, STATISTICIAN):
        played.session.expire_all()
        played.session.info["actor"] = person
        row = played.session.scalars(select(Allocation)).one()
        assert [getattr(row, name) for name in hidden] == [None] * len(hidden), person.role
        assert row.first_commitment
        arms = {cluster.arm for cluster in played.session.scalars(select(Cluster))}
        assert arms == {None}
        said = "".join(c.new or "" for c in played.session.scalars(select(Change)))
        assert not re.search(r"\b(IPS|TAU)\b", said)


def test_an_arm_is_revealed_cluster_by_cluster(played: Ceremony) -> None:
    def show(key: str, on: date = TODAY) -> None:
        found = played.session.scalars(select(Cluster).where(Cluster.key == key)).one()
        played.does(MANAGER, Act.REVEAL_ARM, lambda: reveal.reveal(played.session, found, on=on))

    with refused("This cluster is not allocated yet"):
        show("city-forensic")
    played.drawn()
    with refused("The reveal cannot be before the allocation (15 January 2016)."):
        show("city-forensic", date(2016, 1, 14))
    show("city-forensic")
    with refused("The arm of this cluster was revealed on 15 January 2016."):
        show("city-forensic")
    shown = played.session.scalars(select(Cluster).where(Cluster.revealed_on.is_not(None))).one()
    assert shown.key == "city-forensic"
    assert shown.revealed_at is not None
    number = shown.id
    played.session.expire_all()
    played.session.info["actor"] = replace(MANAGER, revealed=frozenset({number}))
    arms = {c.key: c.arm for c in played.session.scalars(select(Cluster))}
    assert {key for key, arm in arms.items() if arm} == {"city-forensic"}


def test_only_the_trial_manager_reveals(played: Ceremony) -> None:
    played.drawn()
    found = played.session.scalars(select(Cluster)).first()
    assert found is not None
    with pytest.raises(NotAllowed):
        played.does(SECOND, Act.REVEAL_ARM, lambda: reveal.reveal(played.session, found, on=TODAY))
