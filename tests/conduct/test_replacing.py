"""A reserve in the place and the arm of a cluster that closed after the draw, on both databases."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, SECOND, STATISTICIAN, TODAY, Ceremony
from tests.conduct.drawing import HARBOUR, ONE, with_reserve
from tests.conduct.test_draws import consider, known
from trial import report as told
from trial.conduct import begin, reports
from trial.conduct import clusters as lives
from trial.conduct.access import Act
from trial.conduct.allocation import kept, replacing, reveal
from trial.conduct.allocation.verify import verify
from trial.conduct.refused import NotAllowed, Refused
from trial.conduct.reports import audit, feasibility
from trial.conduct.reports.assembly import assemble
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.request import Request
from trial.conduct.reports.sections import allocation
from trial.config import Clock
from trial.protocol import Protocol, ProtocolFaults, load
from trial.records.models import Cluster
from trial.records.verify import verify as verify_trail
from trial.report.value import Table, Text

PRACTICES = [f"practice-{n:02}" for n in range(1, 13)]
SMALL, LARGE = "practice-12", "practice-01"  # the reserves are small practices
WHY = "It closed in the second month"


@pytest.fixture
def protocol(tmp_path: Path, request: pytest.FixtureRequest) -> Protocol:
    return with_reserve(tmp_path / "harbour", 2, after_draw=True, **getattr(request, "param", {}))


@pytest.fixture
def played(session: Session, protocol: Protocol) -> Ceremony:
    made = Ceremony(session, protocol)
    made.drawn(*PRACTICES)
    return made


def cluster(played: Ceremony, key: str) -> Cluster:
    return begin.cluster_of(played.session, key)


def close(played: Ceremony, key: str = SMALL) -> None:
    played.change(key, closed_on=TODAY)


def ready(played: Ceremony, key: str = "reserve-1") -> None:
    played.change(key, approached_on=date(2015, 5, 1), permission_on=date(2015, 5, 2))


def show(played: Ceremony, *keys: str) -> None:
    def do() -> None:
        for key in keys:
            reveal.reveal(played.session, cluster(played, key), on=TODAY)

    played.does(MANAGER, Act.REVEAL_ARM, do)


def replace(played: Ceremony, reserve: str = "reserve-1", gone: str = SMALL, **rest):
    return played.does(
        rest.get("by", MANAGER),
        Act.REPLACE_CLUSTER,
        lambda: replacing.replace(
            played.session,
            played.protocol,
            cluster(played, reserve),
            cluster(played, gone),
            on=TODAY,
        ),
        rest.get("why", WHY),
    )


def offered(played: Ceremony, reserve: str = "reserve-1") -> list[str]:
    found = replacing.places(played.session, played.protocol, cluster(played, reserve))
    return [one.key for one in found]


def test_the_reserve_gets_the_arm_of_the_place(played: Ceremony) -> None:
    close(played)
    ready(played)
    assert offered(played) == [SMALL]
    replace(played)
    arms = kept.arms(played.session)
    assert arms["reserve-1"] == arms[SMALL] is not None
    taken = cluster(played, "reserve-1")
    assert (taken.allocated_on, taken.revealed_on) == (TODAY, None)
    assert taken.replaces_id == cluster(played, SMALL).id
    show(played, "reserve-1")
    assert cluster(played, "reserve-1").revealed_on == TODAY
    assert verify(played.session).verified  # the draw itself is what it was
    assert verify(played.session).steps[-1].name.startswith("Each cluster that took a place")
    assert verify_trail(played.session).faults == ()


def test_where_the_arm_is_known_it_is_known_at_once(played: Ceremony) -> None:
    show(played, SMALL)
    close(played)
    ready(played)
    replace(played)
    taken = cluster(played, "reserve-1")
    assert taken.revealed_on == TODAY and taken.revealed_at is not None


def test_only_a_place_of_its_kind_that_is_free_can_be_taken(played: Ceremony) -> None:
    ready(played)
    ready(played, "reserve-2")
    assert offered(played) == []  # nobody has closed
    close(played, LARGE)
    assert offered(played) == []  # a large practice, and arms are balanced over size
    with pytest.raises(Refused, match="This place cannot be taken"):
        replace(played, gone=LARGE)
    close(played)
    replace(played)
    assert offered(played) == [] and offered(played, "reserve-2") == []
    with pytest.raises(Refused, match="This place cannot be taken"):
        replace(played, "reserve-2")


def test_the_reserve_has_what_every_cluster_needs(played: Ceremony) -> None:
    close(played)
    with pytest.raises(Refused, match="Reserve Practice 1 has not given permission"):
        replace(played)
    ready(played)
    with pytest.raises(Refused, match=r"[Ww]hy|reason"):
        replace(played, why=None)
    with pytest.raises(NotAllowed):
        replace(played, by=SECOND)
    assert kept.arms(played.session)["reserve-1"] is None


def test_a_closed_reserve_or_another_cluster_takes_no_place(played: Ceremony) -> None:
    close(played)
    ready(played)
    close(played, "reserve-1")
    assert offered(played) == [] and offered(played, "practice-11") == []


def test_a_closing_stands_once_its_place_is_taken(played: Ceremony) -> None:
    close(played)
    ready(played)
    replace(played)
    gone = cluster(played, SMALL)
    with pytest.raises(Refused, match="Its place was taken by Reserve Practice 1"):
        played.does(
            MANAGER,
            Act.OPEN_CLUSTER,
            lambda: lives.reopen_cluster(played.session, played.protocol, gone, on=TODAY),
            "Closed by mistake",
        )
    assert cluster(played, SMALL).closed_on == TODAY


def test_without_the_rule_nothing_is_replaced(played: Ceremony, tmp_path: Path) -> None:
    played.protocol = with_reserve(tmp_path / "other", 2)
    close(played)
    ready(played)
    assert offered(played) == []


def test_reports_tell_that_this_arm_was_not_drawn(played: Ceremony) -> None:
    close(played)
    ready(played)
    replace(played)
    show(played, *PRACTICES, "reserve-1")
    session, protocol = played.session, played.protocol
    cut = data_cut(session, TODAY)
    found = assemble(session, protocol, cut, blinded=False)
    (table,) = (one for one in allocation.sequence(protocol, found) if isinstance(one, Table))
    assert table.rows == (("Reserve Practice 1", "Maple Practice", TODAY),)
    assert found.results.clustering.schemes.smallest is None
    page = told.page.html(feasibility.build(protocol, found), lambda one: one.key)
    assert "After it 1 took the place, and the arm, of one that dropped out: not drawn." in page
    blinded = assemble(session, protocol, cut, blinded=True)
    said = [one.text for one in allocation.sequence(protocol, blinded) if isinstance(one, Text)]
    assert "Places taken by a reserve after the draw, with their arm: 1." in said
    assert not [one for one in allocation.sequence(protocol, blinded) if isinstance(one, Table)]
    report = audit.build(session, protocol, cut, MANAGER, checked=False)
    said = [one.text for one in report.blocks if isinstance(one, Text)]
    assert any("Took the place of Maple Practice, and its arm. Not drawn." in one for one in said)


@pytest.mark.parametrize("protocol", [{"draws": True}], indirect=True)
def test_of_a_place_in_the_second_draw_the_arm_can_be_known(
    session: Session, protocol: Protocol
) -> None:
    made = Ceremony(session, protocol)
    made.open(*PRACTICES)
    made.drawn(*PRACTICES[:8])
    made.drawn(*PRACTICES[8:])
    show(made, SMALL)
    close(made)
    ready(made)
    replace(made)
    session.info["clock"] = Clock(TODAY + timedelta(days=1))
    number = consider(made, cluster(made, "reserve-1"))
    assert known(made) == {number: "could know"}


def test_a_place_with_another_arm_is_not_verified(played: Ceremony) -> None:
    close(played)
    ready(played)
    replace(played)
    drawn = kept.arms(played.session)
    other = next(one for one in drawn.values() if one and one != drawn[SMALL])
    played.change("reserve-1", arm=other)
    *others, place = verify(played.session).steps
    assert all(step.ok for step in others) and not place.ok


def test_the_export_names_the_place_to_who_is_not_blinded(played: Ceremony) -> None:
    close(played)
    ready(played)
    replace(played)
    files = [
        reports.datasets.make(
            played.session, played.protocol, actor, Request("datasets"), TODAY
        ).files["clusters.csv"].decode()
        for actor in (MANAGER, STATISTICIAN)
    ]  # fmt: skip
    (line,) = (one for one in files[0].splitlines() if one.startswith("reserve-1,"))
    assert f",{SMALL}," in line
    assert "replaces" not in files[1] and SMALL not in files[1]


def test_the_protocol_must_have_a_reserve_and_a_draw(tmp_path: Path) -> None:
    rule = ONE + "replace_after_draw = true\n"
    elsewhere = rule.replace(
        'balance = ["size"]', 'earlier = { source = "QUAY", allocated_on = 2015-05-03 }'
    )
    for rules, says in ((rule, "reserve = true"), (elsewhere, "Leave this out")):
        file = tmp_path / "spoilt.toml"
        file.write_text(HARBOUR.read_text().replace(ONE, rules))
        with pytest.raises(ProtocolFaults) as wrong:
            load(file)
        (fault,) = wrong.value.faults
        assert fault.place == "allocation.replace_after_draw" and says in fault.message


def test_one_place_is_taken_once_even_at_the_same_time(played: Ceremony) -> None:
    close(played)
    ready(played)
    replace(played)
    there = select(Cluster.replaces_id).where(Cluster.replaces_id.is_not(None))
    (gone,) = played.session.scalars(there)
    with pytest.raises(Exception, match=r"(?i)unique"):
        played.change("reserve-2", replaces_id=gone)
    played.session.rollback()
