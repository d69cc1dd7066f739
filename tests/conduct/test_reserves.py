"""Reserve clusters: one takes the place of a cluster that closed before it was allocated."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, TODAY, Ceremony
from tests.conduct.drawing import with_reserve
from trial.conduct import begin
from trial.conduct.allocation import kept
from trial.conduct.allocation.plan import plan
from trial.conduct.refused import Refused
from trial.conduct.reports.assembly import Assembled, assemble
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.sections import design
from trial.protocol import Protocol, ProtocolFaults, load
from trial.report.value import Text

PRACTICES = [f"practice-{n:02}" for n in range(1, 13)]


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    return with_reserve(tmp_path / "harbour", 2)


@pytest.fixture
def played(session: Session, protocol: Protocol) -> Ceremony:
    made = Ceremony(session, protocol)
    made.open(*PRACTICES)
    return made


def close(played: Ceremony, key: str) -> None:
    played.change(key, closed_on=TODAY)


def approach(played: Ceremony, key: str) -> None:
    played.change(key, approached_on=date(2015, 3, 1))


def assembled(played: Ceremony) -> Assembled:
    cut = data_cut(played.session, TODAY, None)
    return assemble(played.session, played.protocol, cut, blinded=False)


def test_a_reserve_that_was_not_called_upon_takes_no_part(played: Ceremony) -> None:
    assert list(plan(played.session, played.protocol).restriction.clusters) == PRACTICES


def test_a_reserve_takes_the_place_of_a_cluster_that_closed(played: Ceremony) -> None:
    close(played, "practice-12")
    with pytest.raises(Refused, match=r"shares 12 clusters .* and 11 take part\. Open a reserve"):
        plan(played.session, played.protocol)
    played.open("reserve-2")
    found = plan(played.session, played.protocol)
    assert list(found.restriction.clusters) == [*PRACTICES[:-1], "reserve-2"]
    played.drawn("reserve-2")
    arms = kept.arms(played.session)
    assert arms["reserve-2"] is not None
    assert arms["reserve-1"] is None and arms["practice-12"] is None


def test_a_reserve_that_is_one_too_many_is_told(played: Ceremony) -> None:
    played.open("reserve-1")
    with pytest.raises(Refused, match=r"and 13 take part\. Close what is not needed"):
        plan(played.session, played.protocol)
    close(played, "reserve-1")
    assert len(plan(played.session, played.protocol).restriction.clusters) == 12


def test_reports_leave_out_a_reserve_until_it_is_approached(played: Ceremony) -> None:
    found = assembled(played)
    assert sorted(found.frames.clusters["cluster"]) == PRACTICES
    assert found.results.flow.box("clusters-assessed").clusters == 12
    approach(played, "reserve-1")
    assert assembled(played).results.flow.box("clusters-assessed").clusters == 13


def test_the_report_says_how_many_reserves_took_a_place(played: Ceremony) -> None:
    close(played, "practice-12")
    played.drawn("reserve-2")
    played.session.info["actor"] = MANAGER
    (told,) = design.design(played.protocol, assembled(played))
    assert isinstance(told, Text)
    assert "12 clusters were planned" in told.text
    assert "dropped out before their allocation: 2; 1 took such a place." in told.text


def test_the_reserves_are_not_counted_among_the_clusters_of_the_arms(tmp_path: Path) -> None:
    file = tmp_path / "few.toml"
    with_reserve(tmp_path / "made")
    text = (tmp_path / "made" / "harbour.toml").read_text()
    file.write_text(text.replace("ADVICE = 6", "ADVICE = 7"))
    with pytest.raises(ProtocolFaults, match="there are 12 clusters besides the reserves"):
        load(file)


def test_no_arm_is_known_of_a_reserve_that_takes_no_part(played: Ceremony) -> None:
    played.drawn(*PRACTICES)
    idle = select(begin.Cluster).where(begin.Cluster.key.in_(["reserve-1", "reserve-2"]))
    assert all(one.allocated_on is None for one in played.session.scalars(idle))
