"""The proof: verified as recorded, found out where anything was changed, and told to few."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, SECOND, STATISTICIAN, Ceremony
from trial.conduct.allocation import frozen, kept, proof
from trial.conduct.allocation.certificate import certificate
from trial.conduct.allocation.proof import Proof
from trial.conduct.allocation.verify import Step, redone, verify
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.models import Allocation, Cluster
from trial.report.value import Table, Text


@pytest.fixture
def played(session: Session, protocol: Protocol) -> Ceremony:
    return Ceremony(session, protocol)


def failing(steps: tuple[Step, ...]) -> list[str]:
    return [step.name for step in steps if not step.ok]


def test_a_draw_verifies_step_by_step(played: Ceremony) -> None:
    played.drawn()
    found = verify(played.session)
    assert found.verified
    assert found.word == "verified"
    assert len(found.steps) == 8


def test_before_the_draw_there_is_nothing_to_verify(played: Ceremony) -> None:
    with pytest.raises(Refused, match="There is no certificate yet"):
        verify(played.session)
    played.committed()
    with pytest.raises(Refused, match="There is no certificate yet"):
        verify(played.session)


def other(made: Proof, **changed: Any) -> Proof:
    return replace(made, ceremony=replace(made.ceremony, **changed))


CHANGES: dict[str, tuple[Callable[[Proof], Proof], str]] = {
    "another text": (
        lambda p: other(p, frozen=p.ceremony.frozen.replace("ceremony 1", "ceremony 2")),
        "The SHA-256 of the frozen text is F",
    ),
    "no text": (lambda p: other(p, frozen="nothing"), "The numbered schemes are those"),
    "schemes in another order": (
        lambda p: other(p, frozen=_swapped(p.ceremony.frozen)),
        "The numbered schemes are those",
    ),
    "a stratum that is missing": (
        lambda p: other(
            p,
            frozen=p.ceremony.frozen.replace("stratum service city-forensic forensic\n", ""),
        ),
        "The numbered schemes are those",
    ),
    "another number of schemes": (lambda p: other(p, schemes=6), "The numbered schemes are those"),
    "another first code": (lambda p: other(p, first_code="0" * 32), "The first code fits"),
    "no first code": (lambda p: other(p, first_code=None), "The first code fits"),
    "another second code": (lambda p: other(p, second_code="0" * 32), "The second code fits"),
    "another account": (lambda p: other(p, second_account=99), "The second code fits"),
    "one person": (
        lambda p: other(p, second_account=p.ceremony.first_account),
        "The two codes are those of two people",
    ),
    "another scheme": (
        lambda p: other(p, scheme=((p.ceremony.scheme or 0) + 1) % 4),
        "F and the two codes give the number",
    ),
    "no scheme": (lambda p: other(p, scheme=None), "The scheme gives every cluster"),
    "swapped arms": (
        lambda p: replace(
            p, arms={k: {"IPS": "TAU", "TAU": "IPS"}[v or ""] for k, v in p.arms.items()}
        ),
        "The scheme gives every cluster the arm on record",
    ),
}


def _swapped(text: str) -> str:
    lines = text.splitlines()
    first, second = lines[-4], lines[-3]
    lines[-4], lines[-3] = "0 " + second[2:], "1 " + first[2:]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_changed_afterwards_shows(played: Ceremony, change: str) -> None:
    played.drawn()
    alter, said = CHANGES[change]
    found = redone(alter(proof.proof(played.session)))
    assert not found.verified
    assert found.word == "not verified"
    assert any(name.startswith(said) for name in failing(found.steps))


def test_an_arm_changed_in_the_database_shows(played: Ceremony) -> None:
    played.drawn()
    played.session.connection().execute(
        update(Cluster.__table__).where(Cluster.__table__.c.key == "city-forensic").values(arm="X")
    )
    assert failing(verify(played.session).steps) == [
        "The scheme gives every cluster the arm on record"
    ]
    played.session.rollback()


def test_codes_that_never_were_in_the_trail_show(played: Ceremony) -> None:
    """A draw written into the tables behind the trail's back has no acts in the right order."""
    first, second = played.committed()
    made = kept.standing(played.session)
    assert made is not None
    number = frozen.drawn(made.frozen_hash, first, second, 4)
    connection = played.session.connection()
    drawn = {"first_code": first, "second_code": second, "scheme": number, "state": "drawn"}
    connection.execute(update(Allocation.__table__).values(**drawn))
    for key, arm in frozen.read(made.frozen).arms(number).items():
        table = Cluster.__table__
        connection.execute(
            update(table)
            .where(table.c.key == key)
            .values(arm=arm, allocated_on=made.frozen_at.date())
        )
    assert failing(verify(played.session).steps) == [
        "The trail has the freezing first, then both commitments, then the codes"
    ]
    played.session.rollback()


def test_the_two_people_may_see_the_draw_others_only_after_the_reveal(played: Ceremony) -> None:
    played.drawn()
    made = proof.proof(played.session).ceremony
    auditor = replace(MANAGER, id=50, role=Role.AUDITOR)
    assert proof.may_see(MANAGER, made)
    assert proof.may_see(SECOND, made)
    assert not proof.may_see(auditor, made)
    assert proof.may_see(replace(auditor, draw_open=True), made)
    assert not proof.may_see(replace(STATISTICIAN, draw_open=True), made)


def test_a_proof_travels_as_a_file(played: Ceremony, tmp_path: Path) -> None:
    played.committed()
    played.abandon("The line went dead")
    played.drawn()
    made = proof.proof(played.session)
    file = tmp_path / "certificate.json"
    file.write_text(proof.spelled(made))
    again = proof.from_file(file)
    assert again == made
    assert again.abandoned[0].reason == "The line went dead"
    assert redone(again).verified
    file.write_text('{"ceremony": 3}')
    with pytest.raises(Refused, match="is not a certificate of an allocation"):
        proof.from_file(file)


def test_the_certificate_holds_everything(played: Ceremony, protocol: Protocol) -> None:
    played.committed()
    played.abandon("The line went dead")
    played.drawn()
    made = proof.proof(played.session)
    report = certificate(made, protocol, verify(played.session), "f" * 64)
    tables = {block.caption: block for block in report.blocks if isinstance(block, Table)}
    assert [row[1] for row in tables["Lines of the frozen text"].rows] == (
        made.ceremony.frozen.splitlines()
    )
    told = dict(tables["What went in and what came out"].rows)
    assert told["First person, code"] == made.ceremony.first_code
    assert told["Second person, commitment"] == made.ceremony.second_commitment
    assert {row[0]: row[2] for row in tables["The arm of each cluster"].rows} == made.arms
    assert tables["Ceremonies that ended without a draw"].rows[0][4] == "The line went dead"
    assert report.footer == (f"F {made.ceremony.frozen_hash}", f"Trail head {'f' * 64}")


def test_a_first_ceremony_says_that_none_was_abandoned(
    played: Ceremony, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    played.drawn()
    monkeypatch.setattr("trial.conduct.allocation.certificate.MOST_SCHEMES", 3)
    report = certificate(proof.proof(played.session), protocol, verify(played.session))
    assert Text("None: every ceremony that was begun ended with its draw.") in report.blocks
    lines = next(b for b in report.blocks if isinstance(b, Table) and "Lines" in b.caption)
    assert lines.rows[-1][1] == "schemes 4"
    assert "`trial allocation text`" in lines.note


def test_more_schemes_than_can_be_numbered_do_not_verify(
    played: Ceremony, monkeypatch: pytest.MonkeyPatch
) -> None:
    played.drawn()
    monkeypatch.setattr("trial.conduct.allocation.schemes.MOST_SCHEMES", 3)
    assert failing(verify(played.session).steps) == [
        "The numbered schemes are those that the restriction permits"
    ]


def test_a_certificate_without_an_instant_leaves_it_empty(
    played: Ceremony, protocol: Protocol
) -> None:
    played.drawn()
    made = other(proof.proof(played.session), drawn_at=None)
    report = certificate(made, protocol, redone(made))
    tables = {block.caption: block for block in report.blocks if isinstance(block, Table)}
    assert dict(tables["What went in and what came out"].rows)["Drawn"] == ""
