"""Many at once: however many press together, one ceremony is frozen and one draw is made."""

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.conduct.allocating import KEY, MANAGER, SECOND, TODAY, Ceremony
from tests.conduct.at_once import at_once
from trial.conduct.access import Act
from trial.conduct.allocation import ceremony, kept
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.records import models
from trial.records.models import Allocation
from trial.records.trail import acting
from trial.records.verify import verify

FIFTY = 50


@pytest.fixture
def played(session: Session, protocol: Protocol) -> Ceremony:
    return Ceremony(session, protocol)


def test_fifty_draws_at_once_give_one_allocation(
    played: Ceremony, engine: Engine, protocol: Protocol
) -> None:
    first, second = played.committed()
    played.enter(MANAGER, first)
    played.session.close()

    def draw(session: Session) -> bool:
        session.info["actor"] = SECOND
        with acting(session, by=SECOND, name=Act.REVEAL_CODE):
            return ceremony.reveal_code(session, protocol, second, key=KEY, on=TODAY)

    found = at_once(engine, FIFTY, draw)
    assert found.count(True) == 1
    refused = [one for one in found if one is not True]
    assert len(refused) == FIFTY - 1
    assert {type(one) for one in refused} == {Refused}
    assert {str(one) for one in refused} == {ceremony.ALL_DRAWN}
    played.session.info.pop("actor")
    draws = played.session.scalar(
        select(func.count()).select_from(models.Change).where(models.Change.item == "scheme")
    )
    assert draws == 1
    assert verify(played.session).valid


def test_many_freezing_at_once_begin_one_ceremony(
    played: Ceremony, engine: Engine, protocol: Protocol
) -> None:
    played.open()
    played.session.close()

    def freeze(session: Session) -> bool:
        with acting(session, by=MANAGER, name=Act.FREEZE_ALLOCATION):
            ceremony.freeze(session, protocol)
            return True

    found = at_once(engine, 12, freeze)
    assert found.count(True) == 1
    assert {str(one) for one in found if one is not True} == {ceremony.UNDER_WAY}
    assert len(kept.ceremonies(played.session)) == 1


def test_two_second_people_at_once_join_as_one(
    played: Ceremony, engine: Engine, protocol: Protocol
) -> None:
    played.open()
    played.freeze()
    played.session.close()

    def join(session: Session) -> bool:
        with acting(session, by=SECOND, name=Act.JOIN_ALLOCATION):
            ceremony.join(session)
            return True

    found = at_once(engine, 12, join)
    assert found.count(True) == 1
    assert {type(one) for one in found if one is not True} == {Refused}


def test_the_database_itself_refuses_a_second_ceremony(played: Ceremony) -> None:
    played.open()
    played.freeze()
    table = Allocation.__table__
    row = dict(played.session.connection().execute(select(table)).one()._mapping)
    row["id"] += 1
    with pytest.raises(IntegrityError):
        played.session.connection().execute(insert(table), row)
    played.session.rollback()


def test_whoever_loses_the_race_to_freeze_is_told_so(
    played: Ceremony, monkeypatch: pytest.MonkeyPatch
) -> None:
    played.open()
    played.freeze()
    # As on PostgreSQL, where both looked before either had written: the database decides.
    monkeypatch.setattr(ceremony, "_refuse_second_ceremony", lambda *_: 1)
    with pytest.raises(Refused, match="An allocation is frozen already"):
        played.freeze()
