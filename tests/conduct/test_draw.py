"""Drawing employers: committed first, drawn once, the same for everybody who does it again."""

import shutil
import subprocess
from datetime import date
from random import Random

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.conduct.at_once import at_once
from tests.conftest import TODAY
from trial.conduct.access import Act
from trial.conduct.process import draw, employers
from trial.conduct.refused import NotAllowed, Refused
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.models import Draw, Employer
from trial.records.trail import acting
from trial.records.verify import verify as verify_trail

KEY = bytes(range(32))
DAY = date(2015, 12, 1)
MANAGER = Actor(3, "Morgan Manager", Role.TRIAL_MANAGER, None, True, False, frozenset(), True)
SPECIALIST = Actor(4, "Ellis", Role.EMPLOYMENT_SPECIALIST, None, True, False, frozenset(), True)


def enlist(session: Session, protocol: Protocol, count: int) -> list[Employer]:
    made = []
    for number in range(1, count + 1):
        with acting(session, by=SPECIALIST, name=Act.LIST_EMPLOYER):
            made.append(
                employers.list_employer(
                    session, protocol, name=f"Firm {number}", sector="retail",
                    listed_on=DAY, on=TODAY,
                )
            )  # fmt: skip
    return made


def commit(session: Session, size: int, chance: Random | None = None, **rest: object) -> Draw:
    with acting(session, by=MANAGER, name=Act.DRAW_EMPLOYERS, **rest):
        return draw.freeze(session, size=size, key=KEY, chance=chance or draw.SYSTEM_CHANCE)


def make(session: Session, made: Draw) -> draw.Drawn:
    with acting(session, by=MANAGER, name=Act.DRAW_EMPLOYERS):
        return draw.make(session, made, key=KEY)


def strike(session: Session, employer: Employer, reason: str | None = "Closed.") -> None:
    with acting(session, by=SPECIALIST, name=Act.LIST_EMPLOYER, reason=reason):
        employers.strike_off(session, employer, struck_on=TODAY, on=TODAY)


def test_a_draw_is_committed_then_made_and_verifies(session: Session, protocol: Protocol) -> None:
    enlist(session, protocol, 9)
    made = commit(session, 4)
    assert made.seed is None and made.drawn is None
    found = make(session, made)
    assert len(found.first) == 4 and sorted(found.first + found.replacements) == list(range(1, 10))
    assert draw.numbers(made.drawn or "") == found.first
    assert all(step.ok for step in draw.verify(session, made))
    assert verify_trail(session).valid


def test_the_same_with_sha256sum(session: Session, protocol: Protocol) -> None:
    enlist(session, protocol, 6)
    made = commit(session, 2, Random(5))
    make(session, made)
    assert shutil.which("sha256sum")

    def hashed(given: str) -> str:
        ran = subprocess.run(["sha256sum"], input=given.encode(), capture_output=True, check=True)
        return ran.stdout.decode()[:64]

    assert hashed(f"{made.seed}|2|1 2 3 4 5 6") == made.commitment
    order = sorted(range(1, 7), key=lambda number: hashed(f"{made.seed}|{number}"))
    assert draw.order(made.seed or "", range(1, 7)) == tuple(order)
    assert draw.numbers(made.drawn or "") == tuple(order[:2])


def test_the_guide_s_example() -> None:
    assert draw.commitment("00ff", 2, (1, 2, 3, 5)).startswith("d2bb192f35f05c9b")
    assert draw.order("00ff", (1, 2, 3, 5)) == (2, 1, 5, 3)


def test_every_employer_is_drawn_about_equally_often() -> None:
    chance, counts = Random(1), dict.fromkeys(range(1, 11), 0)
    for _ in range(2000):
        for number in draw.order(f"{chance.getrandbits(256):064x}", range(1, 11))[:3]:
            counts[number] += 1
    assert all(abs(count - 600) < 100 for count in counts.values())


def test_only_employers_still_listed_are_drawn(session: Session, protocol: Protocol) -> None:
    rows = enlist(session, protocol, 3)
    strike(session, rows[1])
    with pytest.raises(Refused, match="from 1 to 2"):
        commit(session, 3)
    made = commit(session, 1)
    assert made.listed == "1 3"
    with pytest.raises(Refused, match="under way"):
        strike(session, rows[0])
    make(session, made)
    strike(session, rows[0])


def test_a_draw_is_made_once_and_another_needs_a_reason(
    session: Session, protocol: Protocol
) -> None:
    enlist(session, protocol, 3)
    made = commit(session, 1)
    with pytest.raises(Refused, match="committed already"):
        commit(session, 1)
    first = make(session, made)
    with pytest.raises(Refused, match="has been made"):
        make(session, made)
    with pytest.raises(Refused, match="Say why"):
        commit(session, 1)
    commit(session, 1, reason="Two of the employers declined.")
    assert [draw.drawn(one).first for one in draw.draws(session)] == [first.first, ()]


def test_a_draw_behind_the_trail_s_back_does_not_verify(
    session: Session, protocol: Protocol, engine: Engine
) -> None:
    enlist(session, protocol, 5)
    made = commit(session, 2)
    with pytest.raises(Refused, match="not been made"):
        draw.verify(session, made)
    make(session, made)
    number = made.id
    session.close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE draw SET drawn = '1 2 3'"))
    found = session.get(Draw, number)
    assert found is not None
    assert [step.ok for step in draw.verify(session, found)] == [True, False, True]


def test_a_seed_that_another_key_sealed_draws_nothing(session: Session, protocol: Protocol) -> None:
    enlist(session, protocol, 3)
    made = commit(session, 1)
    with (
        pytest.raises(Refused, match="Put back the key"),
        acting(session, by=MANAGER, name=Act.DRAW_EMPLOYERS),
    ):
        draw.make(session, made, key=bytes(32))


def test_who_may_list_and_draw(session: Session, protocol: Protocol) -> None:
    enlist(session, protocol, 2)
    with (
        pytest.raises(NotAllowed),
        acting(session, by=SPECIALIST, name=Act.DRAW_EMPLOYERS),
    ):
        draw.freeze(session, size=1, key=KEY)
    early = Actor(3, "Morgan", Role.TRIAL_MANAGER, None, True, False, frozenset(), False)
    with pytest.raises(Refused, match="revealed"), acting(session, by=early, name="x"):
        draw.freeze(session, size=1, key=KEY)
    with pytest.raises(Refused, match="revealed"), acting(session, by=early, name="x"):
        employers.list_employer(
            session, protocol, name="Firm", sector=None, listed_on=DAY, on=TODAY
        )


def test_the_register_refuses_in_words(session: Session, protocol: Protocol) -> None:
    (row,) = enlist(session, protocol, 1)
    values = {"sector": "retail", "listed_on": DAY, "on": TODAY}

    def listing(**given: object) -> None:
        with acting(session, by=SPECIALIST, name=Act.LIST_EMPLOYER):
            employers.list_employer(session, protocol, **{"name": "Other"} | values | given)  # type: ignore[arg-type]

    for given, said in (
        ({"name": "  "}, "Enter the employer's name"),
        ({"name": "firm 1"}, "on the register as number 1"),
        ({"sector": "fishing"}, "sectors shown"),
        ({"listed_on": date(2017, 1, 1)}, "future"),
    ):
        with pytest.raises(Refused, match=said):
            listing(**given)
    with acting(session, by=SPECIALIST, name=Act.LIST_EMPLOYER):
        employers.correct(session, protocol, row, name="Firm 1", hired=True, **values)
    assert row.hired
    with (
        pytest.raises(Refused, match="Say why"),
        acting(session, by=SPECIALIST, name=Act.LIST_EMPLOYER),
    ):
        employers.correct(session, protocol, row, name="Firm One", hired=True, **values)
    with pytest.raises(Refused, match="Say why"):
        strike(session, row, None)
    strike(session, row)
    with pytest.raises(Refused, match="was struck off"):
        strike(session, row)


def test_many_at_once_commit_one_list_and_make_one_draw(
    session: Session, protocol: Protocol, engine: Engine
) -> None:
    enlist(session, protocol, 8)
    session.close()
    found = at_once(engine, 12, lambda one: commit(one, 3).id)
    assert sum(isinstance(one, int) for one in found) == 1
    assert sum(isinstance(one, Refused) for one in found) == 11
    found = at_once(engine, 12, lambda one: make(one, draw.draws(one)[0]))
    assert sum(isinstance(one, draw.Drawn) for one in found) == 1
    assert sum(isinstance(one, Refused) for one in found) == 11
    assert len(draw.draws(session)) == 1
