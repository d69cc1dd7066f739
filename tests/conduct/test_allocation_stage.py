"""Where the ceremony stands: told to each person in their turn, and never wrong whatever is tried."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, SECOND, STATISTICIAN, Ceremony
from trial.conduct.allocation import kept, stage
from trial.conduct.allocation.stage import Offer
from trial.conduct.allocation.verify import verify as redo
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.verify import verify

AUDITOR = replace(MANAGER, id=15, role=Role.AUDITOR)
OTHER = replace(SECOND, id=16, name="Third Person")


@pytest.fixture
def played(session: Session, protocol: Protocol) -> Ceremony:
    return Ceremony(session, protocol)


def turns(played: Ceremony) -> dict[str, str | None]:
    people = {"manager": MANAGER, "second": SECOND, "other": OTHER, "blinded": STATISTICIAN}
    return {
        name: stage.waiting(played.session, played.protocol, who) for name, who in people.items()
    }


def whose(played: Ceremony) -> set[str]:
    return {name for name, said in turns(played).items() if said}


def test_the_turn_goes_from_hand_to_hand(played: Ceremony) -> None:
    played.open()
    assert whose(played) == set()
    played.freeze()
    assert whose(played) == {"manager", "second", "other"}
    played.join()
    assert whose(played) == {"manager", "second"}
    first = played.commit(MANAGER)
    assert whose(played) == {"second"}
    second = played.commit(SECOND)
    assert whose(played) == {"manager", "second"}
    played.enter(SECOND, second)
    assert turns(played)["manager"] == (
        "Second Person has entered their code. Enter yours: the draw is made at once."
    )
    assert whose(played) == {"manager"}
    played.enter(MANAGER, first)
    assert whose(played) == set()


def test_others_are_told_who_draws(played: Ceremony) -> None:
    played.open()
    played.freeze()
    assert (
        "an administrator, joins next" in stage.stage(played.session, played.protocol, AUDITOR).says
    )
    played.join()
    assert (
        "between Trial Manager and Second Person"
        in stage.stage(played.session, played.protocol, AUDITOR).says
    )
    assert stage.stage(played.session, played.protocol, AUDITOR).offers == frozenset()


def test_only_the_manager_is_offered_to_abandon_and_to_reveal(played: Ceremony) -> None:
    played.committed()
    assert Offer.ABANDON in stage.stage(played.session, played.protocol, MANAGER).offers
    assert Offer.ABANDON not in stage.stage(played.session, played.protocol, SECOND).offers
    played.abandon()
    played.drawn()
    after = replace(AUDITOR, draw_open=True)
    people = (MANAGER, SECOND, AUDITOR, after)
    offers = [stage.stage(played.session, played.protocol, who).offers for who in people]
    assert offers == [{Offer.REVEAL}, set(), set(), set()]
    certified = [[one.certified for one in stage.draws(played.session, who)] for who in people]
    assert certified == [[True], [True], [False], [True]]


def test_the_outlook_tells_what_is_missing_then_the_plan(played: Ceremony) -> None:
    before = stage.outlook(played.session, played.protocol)
    assert before.plan is None
    assert len(before.missing) == 4
    played.open()
    after = stage.outlook(played.session, played.protocol)
    assert after.plan is not None
    assert len(after.plan.schemes) == 4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_tried_in_whatever_order_the_records_hold(played: Ceremony, seed: int) -> None:
    chance, codes = (
        Random(seed),
        {MANAGER.id: ["0" * 32], SECOND.id: ["f" * 32], OTHER.id: ["1" * 32]},
    )
    played.open()
    people = (MANAGER, SECOND, OTHER)

    def commit() -> None:
        who = chance.choice(people)
        codes[who.id].append(played.commit(who))

    def enter() -> None:
        who = chance.choice(people)
        played.enter(who, chance.choice(codes[who.id][-2:]))

    tries: list[Callable[[], Any]] = [
        played.freeze, lambda: played.join(chance.choice(people[1:])), commit, commit, enter, enter, enter,
        lambda: chance.random() < 0.2 and played.abandon(),
    ]  # fmt: skip
    for _ in range(90):
        try:
            chance.choice(tries)()
        except Refused as refused:
            assert str(refused).endswith((".", "again."))
        made, arms = kept.standing(played.session), set(kept.arms(played.session).values())
        drawn = made is not None and made.state == "drawn"
        assert arms == ({"IPS", "TAU"} if drawn else {None})
        assert sum(one.state != "abandoned" for one in kept.ceremonies(played.session)) <= 1
        played.session.rollback()
        if drawn:
            assert redo(played.session).verified
    assert verify(played.session).valid
