"""An allocation made elsewhere: recorded by two people, allocated only where both say the same."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, SECOND, STATISTICIAN, TODAY, Ceremony
from tests.conduct.drawing import ONE, harbour
from trial.conduct import begin
from trial.conduct.access import Act
from trial.conduct.allocation import certificate, earlier, frozen, kept, proof, stage
from trial.conduct.allocation.stage import Offer
from trial.conduct.allocation.verify import redone, verify
from trial.conduct.refused import NotAllowed, Refused
from trial.conduct.reports.assembly import assemble
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.sections import allocation as sections
from trial.protocol import Protocol, ProtocolFaults
from trial.records.models import Cluster
from trial.records.verify import verify as verify_trail
from trial.report.value import Text

ELSEWHERE = date(2015, 5, 3)
RULES = ONE.replace(
    'balance = ["size"]', 'earlier = { source = "the QUAY trial", allocated_on = 2015-05-03 }'
)
PRACTICES = [f"practice-{n:02}" for n in range(1, 13)]
ARMS = {key: "ADVICE" if n % 2 else "LEAFLET" for n, key in enumerate(PRACTICES)}
OTHER = {**ARMS, "practice-01": ARMS["practice-02"], "practice-02": ARMS["practice-01"]}


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return harbour(tmp_path / "harbour", RULES)


@pytest.fixture
def played(session: Session, protocol: Protocol) -> Ceremony:
    made = Ceremony(session, protocol)
    made.open()
    return made


def record(played: Ceremony, arms: dict[str, str] = ARMS, by=MANAGER, on: date = TODAY):
    return played.does(
        by,
        Act.RECORD_ALLOCATION,
        lambda: earlier.record(played.session, played.protocol, arms, on=on),
    )


def confirm(played: Ceremony, arms: dict[str, str] = ARMS, by=SECOND):
    return played.does(
        by, Act.CONFIRM_ALLOCATION, lambda: earlier.confirm(played.session, played.protocol, arms)
    )


def test_what_both_record_alike_allocates_the_clusters_on_the_day_it_was_made(
    played: Ceremony,
) -> None:
    record(played)
    assert not any(kept.arms(played.session).values())
    confirm(played)
    assert kept.arms(played.session) == ARMS
    days = played.session.scalars(select(Cluster.allocated_on)).all()
    assert set(days) == {ELSEWHERE}
    assert verify(played.session).verified
    assert verify_trail(played.session).valid


def test_two_records_that_differ_allocate_nothing(played: Ceremony) -> None:
    record(played)
    with pytest.raises(Refused, match="is not what Trial Manager recorded"):
        confirm(played, OTHER)
    assert not any(kept.arms(played.session).values())
    played.abandon("The list was of another year")
    record(played, OTHER)
    confirm(played, OTHER)
    assert kept.arms(played.session) == OTHER


def test_one_person_is_not_both_and_each_has_their_own_step(played: Ceremony) -> None:
    with pytest.raises(NotAllowed):
        record(played, by=SECOND)
    record(played)
    with pytest.raises(NotAllowed):
        confirm(played, by=MANAGER)
    with pytest.raises(Refused, match="must be somebody else"):
        confirm(played, by=replace(SECOND, id=MANAGER.id))
    with pytest.raises(Refused, match="frozen already"):
        record(played)
    confirm(played)
    for again in (record, confirm):
        with pytest.raises(Refused, match="once and for all"):
            again(played)


def test_every_cluster_needs_an_arm_and_every_arm_its_number(played: Ceremony) -> None:
    with pytest.raises(Refused) as refused:
        record(played, {key: arm for key, arm in ARMS.items() if key != "practice-03"})
    assert [one.item for one in refused.value.findings] == ["arm-practice-03"]
    with pytest.raises(Refused, match="ADVICE 7 of 6; LEAFLET 5 of 6"):
        record(played, {**ARMS, "practice-01": "ADVICE"})
    with pytest.raises(Refused, match="cannot be in the future"):
        record(played, on=date(2015, 5, 2))
    assert not kept.ceremonies(played.session)


def test_there_is_no_draw_beside_it(played: Ceremony) -> None:
    with pytest.raises(Refused, match="recorded by two people, not drawn"):
        played.freeze()
    record(played)
    for step in (played.join, lambda: played.commit(MANAGER), lambda: played.enter(MANAGER, "0")):
        with pytest.raises(Refused, match="recorded by two people, not drawn"):
            step()


def test_a_trial_that_draws_records_no_other(session: Session, tmp_path: Path) -> None:
    played = Ceremony(session, harbour(tmp_path / "drawn"))
    with pytest.raises(Refused, match="draws its allocation"):
        record(played)


def test_the_second_person_is_shown_nothing_of_the_first_record(played: Ceremony) -> None:
    record(played)
    found = stage.stage(played.session, played.protocol, SECOND)
    assert found.offers == {Offer.CONFIRM}
    played.session.info["actor"] = SECOND
    played.session.expire_all()
    assert stage.stage(played.session, played.protocol, SECOND).made.frozen is None
    assert stage.stage(played.session, played.protocol, MANAGER).offers == {Offer.ABANDON}
    assert not stage.stage(played.session, played.protocol, STATISTICIAN).offers


def test_its_certificate_says_so_and_is_checked_from_the_file_alone(
    played: Ceremony, tmp_path: Path
) -> None:
    record(played)
    confirm(played)
    proved, report = certificate.issue(played.session, played.protocol, MANAGER, on=TODAY)
    texts = [one.text for one in report.blocks if isinstance(one, Text)]
    assert "keep the allocation of the QUAY trial. Nothing was drawn." in texts[0]
    file = tmp_path / "c.json"
    file.write_text(proof.spelled(proved))
    assert redone(proof.from_file(file)).verified
    file.write_text(
        proof.spelled(proved).replace('"practice-01": "LEAFLET"', '"practice-01": "ADVICE"')
    )
    assert not redone(proof.from_file(file)).verified


def test_a_text_with_two_allocations_does_not_verify(played: Ceremony) -> None:
    record(played)
    confirm(played)
    (made,) = kept.drawn(played.session)
    text = frozen.read(made.frozen)
    forged = replace(text, schemes=(*text.schemes, text.schemes[0]))
    changed = replace(made, frozen=forged.text, frozen_hash=frozen.hashed(forged.text))
    steps = redone(proof.Proof(changed, kept.arms(played.session), ())).steps
    assert [one.ok for one in steps] == [True, False, True, True]


def test_reports_say_that_it_was_made_elsewhere(played: Ceremony) -> None:
    record(played)
    confirm(played)
    found = assemble(
        played.session, played.protocol, data_cut(played.session, TODAY, None), blinded=False
    )
    texts = [
        one.text
        for section in (
            sections.sequence,
            sections.restriction,
            sections.concealment,
            sections.people,
        )
        for one in section(played.protocol, found)
        if isinstance(one, Text)
    ]
    assert texts[0].startswith(
        "The clusters kept the allocation of the QUAY trial, made on 3 May 2015"
    )
    assert texts[1].startswith("Both records agreed on 15 January 2016")
    assert "were not concealed" in texts[3] and texts[4].startswith("Recorded by Trial Manager")
    assert found.results.clustering.schemes.smallest is None


def test_it_is_neither_restricted_nor_drawn(tmp_path: Path) -> None:
    with pytest.raises(ProtocolFaults, match="Leave this out"):
        harbour(tmp_path, RULES.replace("earlier =", 'balance = ["size"]\nearlier ='))


def test_it_begins_with_the_clusters_that_take_part(session: Session, protocol: Protocol) -> None:
    played = Ceremony(session, protocol)
    played.open(*PRACTICES[1:])
    with pytest.raises(Refused, match="Alder Practice has not given permission"):
        record(played)
    assert begin.cluster_of(session, "practice-01").arm is None
