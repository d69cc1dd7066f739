"""Several draws: each of its own clusters, one after the other, each with its own proof."""

from csv import DictReader
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, SECOND, STATISTICIAN, TODAY, Ceremony
from tests.conduct.drawing import AUTUMN, DRAWS, FURTHER, MINIMISED, ONE, harbour, later_harbour
from tests.conduct.recruiting import Recruiting
from trial.conduct import amendments, begin
from trial.conduct.access import Act
from trial.conduct.allocation import certificate, frozen, kept, proof, reveal, stage
from trial.conduct.allocation.plan import plan
from trial.conduct.allocation.stage import Offer
from trial.conduct.allocation.verify import redone, verify
from trial.conduct.refused import Refused
from trial.conduct.reports import datasets, knowledge
from trial.conduct.reports.assembly import assemble
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.drawing import drawing
from trial.conduct.reports.request import Request
from trial.conduct.reports.sections import allocation as sections
from trial.config import Clock
from trial.protocol import Protocol, ProtocolFaults, load
from trial.records.actor import Actor
from trial.records.frames import masks
from trial.records.models import Cluster
from trial.records.rows import table_now
from trial.records.verify import verify as verify_trail
from trial.report.value import Text

SPRING = [f"practice-{n:02}" for n in range(1, AUTUMN)]
LATER = [f"practice-{n:02}" for n in range(AUTUMN, 13)]


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return harbour(tmp_path / "harbour", draws=True)


@pytest.fixture
def played(session: Session, protocol: Protocol) -> Ceremony:
    return Ceremony(session, protocol)


def show_all(played: Ceremony) -> None:
    def do() -> None:
        for cluster in played.session.scalars(select(Cluster)):
            if cluster.allocated_on and not cluster.revealed_on:
                reveal.reveal(played.session, cluster, on=TODAY)

    played.does(MANAGER, Act.REVEAL_ARM, do)


def test_each_draw_allocates_its_own_clusters_and_leaves_the_others(played: Ceremony) -> None:
    played.drawn(*SPRING)
    first = {key: arm for key, arm in kept.arms(played.session).items() if arm is not None}
    assert sorted(first) == SPRING
    played.drawn(*LATER)
    arms = kept.arms(played.session)
    assert {key: arms[key] for key in first} == first
    assert sorted(arms[key] or "" for key in LATER) == ["ADVICE", "ADVICE", "LEAFLET", "LEAFLET"]
    assert verify_trail(played.session).valid


def test_a_draw_asks_nothing_of_the_clusters_of_the_next(played: Ceremony) -> None:
    played.open(*SPRING)
    assert list(plan(played.session, played.protocol).restriction.clusters) == SPRING
    played.drawn(*SPRING)
    with pytest.raises(Refused, match="Ivy Practice has not given permission"):
        plan(played.session, played.protocol)


def test_a_draw_is_frozen_only_after_the_one_before_it_and_none_after_the_last(
    played: Ceremony,
) -> None:
    played.open()
    played.freeze()
    with pytest.raises(Refused, match="frozen already"):
        played.freeze()
    played.abandon()
    played.drawn(*SPRING)
    played.drawn(*LATER)
    with pytest.raises(Refused, match="once and for all"):
        played.freeze()
    with pytest.raises(Refused, match="once and for all"):
        played.join()


def test_an_abandoned_second_draw_leaves_the_first_and_can_be_begun_again(played: Ceremony) -> None:
    played.drawn(*SPRING)
    first = kept.arms(played.session)
    played.open(*LATER)
    played.freeze()
    assert not kept.abandoned(played.session)
    played.abandon()
    assert kept.arms(played.session) == first
    played.drawn(*LATER)
    assert [one.standing for one in _standing(played)] == [1, 2]


def _standing(played: Ceremony) -> list[stage.Allocation]:
    wanted = select(stage.Allocation).where(stage.Allocation.standing.is_not(None))
    return list(played.session.scalars(wanted.order_by(stage.Allocation.id)))


def test_each_draw_is_verified_and_certified_by_itself(played: Ceremony) -> None:
    played.drawn(*SPRING)
    played.drawn(*LATER)
    for number, keys in ((1, SPRING), (2, LATER)):
        assert verify(played.session, number).verified
        proved = proof.proof(played.session, number)
        assert sorted(proved.arms) == keys
        assert redone(proved).verified
    assert proof.proof(played.session) == proof.proof(played.session, 2)
    for number in (0, 3, -1):
        with pytest.raises(Refused, match="has not been made"):
            proof.proof(played.session, number)
    report = certificate.issue(played.session, played.protocol, MANAGER, on=TODAY, number=1)[1]
    assert f"F {kept.drawn(played.session)[0].frozen_hash}" in report.footer


def test_an_arm_that_no_draw_gave_is_found(played: Ceremony) -> None:
    played.drawn(*SPRING)
    stray = played.session.scalars(select(Cluster).where(Cluster.key == LATER[0])).one()

    def do() -> None:
        stray.arm, stray.allocated_on = "ADVICE", TODAY

    played.does(MANAGER, Act.OPEN_CLUSTER, do)
    assert not verify(played.session, 1).verified


def test_who_is_blinded_keeps_the_letters_and_numbers_of_the_first_draw(played: Ceremony) -> None:
    played.drawn(*SPRING)
    before = dict(masks(played.session, blinded=True).names)
    played.drawn(*LATER)
    assert masks(played.session, blinded=True).names == before
    assert len({name for key, name in before.items() if key.startswith("cluster")}) == 12


def test_the_page_offers_the_next_draw_to_the_manager_alone(played: Ceremony) -> None:
    played.drawn(*SPRING)
    found = stage.stage(played.session, played.protocol, MANAGER)
    assert Offer.FREEZE in found.offers and "next draw" in found.says
    assert Offer.FREEZE not in stage.stage(played.session, played.protocol, SECOND).offers
    assert [one.number for one in stage.draws(played.session, MANAGER)] == [1]
    assert not any(one.certified for one in stage.draws(played.session, STATISTICIAN))
    played.drawn(*LATER)
    found = stage.stage(played.session, played.protocol, MANAGER)
    assert Offer.FREEZE not in found.offers and "next draw" not in found.says


def test_the_arms_of_a_draw_can_be_revealed_while_the_next_goes_on(played: Ceremony) -> None:
    played.drawn(*SPRING)
    played.open(*LATER)
    played.freeze()
    found = stage.stage(played.session, played.protocol, MANAGER)
    assert found.offers == {Offer.CODE, Offer.ABANDON, Offer.REVEAL}
    assert Offer.REVEAL not in stage.stage(played.session, played.protocol, SECOND).offers
    show_all(played)
    assert Offer.REVEAL not in stage.stage(played.session, played.protocol, MANAGER).offers


def test_reports_tell_each_draw_and_multiply_their_schemes(played: Ceremony) -> None:
    played.drawn(*SPRING)
    played.drawn(*LATER)
    told = drawing(played.session, data_cut(played.session, TODAY, None))
    # Six ways to share four large practices, as many for four small ones; then six for the last four.
    assert [one.schemes for one in told.draws] == [36, 6]
    assert told.schemes == 216
    assert all(one.people == (MANAGER.name, SECOND.name) for one in told.draws)


def test_the_draw_of_late_clusters_can_minimise_imbalance_with_those_before(
    session: Session, tmp_path: Path
) -> None:
    played = Ceremony(session, harbour(tmp_path / "m", MINIMISED, draws=True))
    played.drawn(*SPRING)
    played.open(*LATER)
    with pytest.raises(
        Refused, match=r"First reveal those not revealed yet: Alder Practice, .*, Hazel Practice\."
    ):
        played.freeze()
    show_all(played)
    played.freeze()
    made = kept.standing(session)
    assert made is not None
    text = frozen.read(made.frozen)
    assert sorted(text.restriction.already) == SPRING
    assert text.restriction.already == {k: a for k, a in kept.arms(session).items() if a}
    assert frozen.read(text.text) == text


def test_until_its_own_draw_nobody_could_know_the_arm_of_a_later_cluster(played: Ceremony) -> None:
    played.open()
    played.drawn(*SPRING)
    session = played.session
    session.info["clock"] = Clock(TODAY + timedelta(days=1))
    spring, later = (begin.cluster_of(session, key) for key in (SPRING[0], LATER[0]))
    numbers = [consider(played, cluster) for cluster in (spring, later)]
    assert known(played) == dict(zip(numbers, ("could know", "arm not drawn"), strict=True))
    session.info["clock"] = Clock(TODAY + timedelta(days=2))
    played.drawn(*LATER)
    session.info["clock"] = Clock(TODAY + timedelta(days=3))
    numbers.append(consider(played, later))
    states = ("could know", "arm not drawn", "could know")
    assert known(played) == dict(zip(numbers, states, strict=True))


def consider(played: Ceremony, cluster: Cluster) -> str:
    """Somebody considered by the manager, who drew: the number."""
    recruiting = Recruiting(played.session, played.protocol, by=MANAGER)
    return recruiting.consider(cluster).number


def known(played: Ceremony) -> dict[str, str]:
    cut = data_cut(played.session, played.session.info["clock"].today(), None)
    records = {"screening": table_now(played.session, "screening")}
    records |= {name: table_now(played.session, name) for name in ("participant", "visit")}
    told = knowledge.read(played.session, played.protocol, cut, records)
    told = told[told["step"] == "identified"]
    return dict(zip(told["number"], told["knew"], strict=True))


def test_an_amendment_may_add_a_draw_of_further_clusters_but_not_change_one_that_was_begun(
    played: Ceremony, tmp_path: Path
) -> None:
    played.drawn(*SPRING)
    session, old = played.session, played.protocol
    further = DRAWS.replace("]\n", FURTHER + "]\n")
    rules = ONE.replace("ADVICE = 6, LEAFLET = 6", "ADVICE = 7, LEAFLET = 7")
    new = later_harbour(tmp_path, rules + further, ("winter-1", "winter-2"))
    assert not [one for one in amendments.consequences(session, old, new) if one.refused]
    swapped = ONE + DRAWS.replace("ADVICE = 4, LEAFLET = 4", "ADVICE = 3, LEAFLET = 5").replace(
        "ADVICE = 2, LEAFLET = 2", "ADVICE = 3, LEAFLET = 1"
    )
    new = later_harbour(tmp_path, swapped.replace('["size"]', "[]"))
    (refused,) = [one for one in amendments.consequences(session, old, new) if one.refused]
    assert "how they are allocated stays" in refused.difference.words


FAULTS = [
    (('draw = "spring"', 'draw = "summer"'), "clusters[0].draw", "Name a draw"),
    ((', draw = "spring"', ""), "clusters[0].draw", "in which draw"),
    (("ADVICE = 4, LEAFLET = 4", "ADVICE = 4, LEAFLET = 5"), "draws[0]", "add up to 9"),
    (("ADVICE = 4, LEAFLET = 4", "ADVICE = 8"), "draws[0]", "of every arm"),
    (("ADVICE = 6, LEAFLET = 6", "ADVICE = 7, LEAFLET = 5"), "clusters_per_arm", "together"),
    (("ADVICE = 4, LEAFLET = 4", "ADVICE = 3, LEAFLET = 5"), "balance[0]", "cannot be shared"),
    (('"autumn", clusters', '"spring", clusters'), "draws[1].key", "stands earlier"),
]


@pytest.mark.parametrize(("change", "place", "words"), FAULTS)
def test_draws_that_do_not_fit_the_clusters_are_faults(
    tmp_path: Path, change: tuple[str, str], place: str, words: str
) -> None:
    harbour(tmp_path, draws=True)
    file = tmp_path / "harbour.toml"
    text = file.read_text()
    assert change[0] in text
    file.write_text(text.replace(*change, 1))
    with pytest.raises(ProtocolFaults) as raised:
        load(file)
    found = [(one.place, one.message) for one in raised.value.faults]
    assert any(place in at and words in said for at, said in found), found


def test_a_draw_is_named_by_clusters_only_where_there_are_several(tmp_path: Path) -> None:
    harbour(tmp_path)
    file = tmp_path / "harbour.toml"
    text = file.read_text()
    file.write_text(text.replace('"practice-01",', '"practice-01", draw = "spring",', 1))
    with pytest.raises(ProtocolFaults, match="or leave this out"):
        load(file)


def test_the_report_tells_of_each_draw(played: Ceremony) -> None:
    played.drawn(*SPRING)
    found = assemble(
        played.session, played.protocol, data_cut(played.session, TODAY, None), blinded=False
    )
    texts = [one.text for one in sections.sequence(played.protocol, found) if isinstance(one, Text)]
    assert texts[0].startswith(
        "The clusters were allocated in several draws. In each, all permitted"
    )
    assert texts[1].startswith("Draw 1: drawn on 15 January 2016")
    texts = [
        one.text for one in sections.restriction(played.protocol, found) if isinstance(one, Text)
    ]
    assert texts[-1] == "Permitted allocations in draw 1: 36."
    (told,) = sections.concealment(played.protocol, found)
    assert isinstance(told, Text) and "in 2 draws" in told.text


def test_an_export_tells_stratum_and_draw_of_each_cluster_but_not_to_the_blinded(
    played: Ceremony,
) -> None:
    played.drawn(*SPRING)
    show_all(played)
    session, protocol = played.session, played.protocol

    def clusters(actor: Actor) -> list[dict[str, str]]:
        session.info["actor"] = actor
        made = datasets.make(session, protocol, actor, Request("datasets"), TODAY)
        return list(DictReader(StringIO(made.files["clusters.csv"].decode("utf-8-sig"))))

    told = {row["cluster"]: row for row in clusters(MANAGER)}
    for one in protocol.clusters:
        row = told[one.key]
        assert (row["stratum_size"], row["stratum_deprivation"]) == tuple(one.strata.values())
        assert row["draw"] == one.draw
    hidden = clusters(replace(STATISTICIAN, blinded=True))
    assert len(hidden) == 12
    assert not {"stratum_size", "draw"} & set(hidden[0])


def test_clusters_that_an_amendment_adds_get_a_number_of_their_own_for_the_blinded(
    played: Ceremony, tmp_path: Path
) -> None:
    played.drawn(*SPRING)
    session = played.session
    before = dict(masks(session, blinded=True).names)
    rules = ONE.replace("ADVICE = 6, LEAFLET = 6", "ADVICE = 7, LEAFLET = 7")
    added = ("winter-1", "winter-2")
    further = DRAWS.replace("]\n", FURTHER + "]\n")
    played.protocol = later_harbour(tmp_path, rules + further, added)
    played.does(MANAGER, Act.ADOPT_PROTOCOL, lambda: begin.begin(session, played.protocol))
    played.drawn(*LATER)
    played.drawn(*added)
    told = masks(session, blinded=True)
    assert {key: name for key, name in told.names.items() if key in before} == before
    numbers = {told.cluster(key) for key in (*SPRING, *LATER, *added)}
    assert numbers == {str(n) for n in range(1, 15)}
    assert [one.schemes for one in kept.drawn(session)] == [36, 6, 2]


def test_before_the_draw_the_blinded_export_has_no_strata_either(played: Ceremony) -> None:
    blinded = replace(STATISTICIAN, blinded=True)
    played.session.info["actor"] = blinded
    made = datasets.make(played.session, played.protocol, blinded, Request("datasets"), TODAY)
    (head, *_) = made.files["clusters.csv"].decode("utf-8-sig").splitlines()
    assert "stratum" not in head and "practice" not in head
