"""The screening log: everyone considered, by number only, and each step after the one before it."""

from datetime import date

import pytest
from sqlalchemy import select

from trial.conduct import clusters as lives
from trial.conduct import screening
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.protocol.roles import Role
from trial.records.models import Change, Screening

READINESS = "clinician-readiness"


def refused(act, *args, **rest):
    """The one finding with which an act is refused."""
    with pytest.raises(Refused) as caught:
        act(*args, **rest)
    (finding,) = caught.value.findings
    return finding


def test_numbers_run_through_the_whole_trial_whoever_looks(play, session, clusters, actor):
    here, there = play.open(clusters["city-forensic"]), play.open(clusters["county-forensic"])
    assert [play.consider(here).number, play.consider(there).number] == [1, 2]
    session.info["actor"] = play.by = actor(Role.RESEARCHER, clusters={here.id})
    assert session.scalars(select(Screening.number)).all() == [1]
    assert play.consider(here).number == 3


def test_the_log_has_no_room_for_an_identifier():
    free = {"number", "id", "cluster_id", "earlier_id", "version"}
    for column in Screening.__mapper__.columns:
        assert column.name in free or getattr(column.type, "length", None) != 200


def test_not_referring_needs_a_coded_reason_and_readiness_is_one(play, cluster):
    row = play.consider(cluster, referral="not referred", reason=READINESS)
    assert (row.referral, row.reason) == ("not referred", READINESS)
    for reason in (None, "invented"):
        found = refused(play.consider, cluster, referral="not referred", reason=reason)
        assert found.item == "not_referred_reason"
    assert refused(play.consider, cluster, reason=READINESS).item == "not_referred_reason"


@pytest.mark.parametrize(
    ("what", "item", "said"),
    [
        ({"considered_on": date(2016, 1, 16)}, "considered_on", "cannot be in the future"),
        ({"considered_on": date(2015, 6, 30)}, "considered_on", "the permission of City Community"),
        ({"decided_on": date(2015, 9, 30)}, "decided_on", "cannot be before"),
        ({"decided_on": date(2016, 1, 16)}, "decided_on", "cannot be in the future"),
        ({"decided_by": "a stranger"}, "decided_by", "Choose who decided"),
        ({"referral": "perhaps"}, "referral", "Choose whether"),
        ({"earlier_number": 99}, "earlier_number", "no screening number 99"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_item(play, session, cluster, what, item, said):
    found = refused(play.consider, cluster, **what)
    assert found.item == item
    assert said in found.message
    assert session.scalar(select(Screening)) is None


def test_nobody_is_considered_before_permission_or_after_closing(play, clusters, cluster):
    assert "has not given permission" in refused(play.consider, clusters["county-forensic"]).message
    play.does(
        Act.CLOSE_CLUSTER, lives.close_cluster, cluster, closed_on=date(2015, 10, 1), reason="Full."
    )
    assert play.consider(cluster).number == 1
    found = refused(play.consider, cluster, considered_on=date(2015, 10, 2))
    assert "closed to recruitment on 1 October 2015" in found.message


def test_a_re_referral_points_to_the_latest_row_of_the_same_cluster(play, clusters, cluster):
    first = play.consider(cluster, referral="not referred", reason=READINESS)
    again = play.consider(cluster, earlier_number=1, considered_on=date(2015, 11, 1))
    assert again.earlier_id == first.id
    assert screening.later_of(play.session, first).number == 2
    assert "enter the latest one" in refused(play.consider, cluster, earlier_number=1).message
    early = refused(play.consider, cluster, earlier_number=2, considered_on=date(2015, 10, 31))
    assert early.item == "considered_on"
    elsewhere = play.open(clusters["county-forensic"])
    assert "no screening number 2" in refused(play.consider, elsewhere, earlier_number=2).message


def test_who_takes_part_is_not_considered_again(play, cluster):
    play.participant(cluster)
    assert "takes part already" in refused(play.consider, cluster, earlier_number=1).message


def correct(play, row, **changed):
    why = changed.pop("why", "The referral form says so.")
    kept = {
        name: getattr(row, name)
        for name in ("considered_on", "referral", "decided_by", "decided_on", "reason")
    }
    play.does(Act.CORRECT_SCREENING, screening.correct, row, why=why, **(kept | changed))


def test_a_correction_needs_a_reason_and_changes_only_what_changed(play, session, cluster):
    row = play.consider(cluster)
    assert refused(correct, play, row, considered_on=date(2015, 9, 30), why=None).item == "reason"
    correct(play, row, considered_on=date(2015, 9, 30))
    changes = session.scalars(
        select(Change).where(Change.table == "screening", Change.old.is_not(None))
    )
    assert [(one.item, one.new) for one in changes] == [("considered_on", '"2015-09-30"')]


def test_a_correction_keeps_what_followed_possible(play, cluster):
    row = play.consider(cluster)
    play.approach(row)
    found = refused(correct, play, row, referral="not referred", reason=READINESS)
    assert found.item == "referral"
    assert refused(correct, play, row, considered_on=date(2015, 10, 6)).item == "considered_on"
    again = play.consider(cluster, earlier_number=1, considered_on=date(2015, 11, 1))
    assert refused(correct, play, again, considered_on=date(2015, 9, 1)).item == "considered_on"


def test_days_that_followed_hold_the_earlier_ones_back(play, cluster):
    row = play.ready(cluster)
    play.take(row)
    found = refused(play.approach, row, approached_on=date(2015, 10, 6), why="A slip.")
    assert "sheet was given on 5 October 2015" in found.message
    found = refused(correct, play, row, considered_on=date(2015, 10, 3))
    assert "answered on 2 October 2015" in found.message
    assert found.item == "considered_on"


def test_an_approach_needs_a_referral_a_possible_day_or_a_reason(play, protocol, cluster):
    unreferred = play.consider(cluster, referral="not referred", reason=READINESS)
    assert "was not referred" in refused(play.approach, unreferred).message
    row = play.consider(cluster)
    for day, said in (
        (None, "Enter the day"),
        (date(2015, 9, 30), "before"),
        (date(2017, 1, 1), "future"),
    ):
        found = refused(play.approach, row, approached_on=day)
        assert found.item == "approached_on"
        assert said in found.message
    assert refused(play.approach, row, approach="perhaps").item == "approach"
    assert refused(play.approach, row, approach="not approached").item == "not_approached_reason"
    reason = protocol.screening.not_approached_reasons[0].key
    play.approach(row, approach="not approached", approached_on=None, reason=reason)
    assert (row.approach, row.approached_on, row.not_approached_reason) == (
        "not approached",
        None,
        reason,
    )
    assert refused(play.approach, row).item == "reason"
    play.approach(row, why="They were met after all.")
    assert (row.approach, row.not_approached_reason) == ("approached", None)


def decline(play, row, **rest):
    what = {
        "declined_on": date(2015, 10, 6),
        "reason": play.protocol.screening.declined_reasons[0].key,
    }
    play.does(Act.APPROACH, screening.decline, row, **(what | rest))


def test_who_was_approached_can_decline_with_a_coded_reason(play, cluster):
    row = play.consider(cluster)
    assert "was approached" in refused(decline, play, row).message
    play.approach(row)
    assert refused(decline, play, row, reason="invented").item == "declined_reason"
    assert refused(decline, play, row, declined_on=date(2015, 10, 4)).item == "outcome_on"
    decline(play, row)
    assert (row.outcome, row.outcome_on) == ("declined", date(2015, 10, 6))
    assert (
        refused(play.approach, row, approached_on=date(2015, 10, 7), why="x").item
        == "approached_on"
    )
    found = refused(play.approach, row, approach="not approached", reason="other", why="x")
    assert found.item == "approach"


def test_a_decline_is_taken_back_with_a_reason_only(play, cluster):
    row = play.consider(cluster)
    play.approach(row)
    take_back = lambda **rest: play.does(Act.APPROACH, screening.take_back_decline, row, **rest)  # noqa: E731
    assert "has not declined" in refused(take_back, why="x").message
    decline(play, row)
    assert refused(take_back).item == "reason"
    take_back(why="They thought it over.")
    assert (row.outcome, row.outcome_on, row.declined_reason) == (None, None, None)


def test_who_consented_cannot_be_said_to_have_declined(play, cluster):
    row = play.ready(cluster)
    play.take(row)
    assert "void the consent" in refused(decline, play, row).message


def test_another_clusters_row_is_not_there(play, session, clusters, cluster, actor):
    row = play.consider(cluster)
    session.info["actor"] = actor(Role.RESEARCHER, clusters={clusters["county-forensic"].id})
    with pytest.raises(Refused, match="no screening row"):
        screening.numbered(session, row.number)
