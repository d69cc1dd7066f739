"""Enrolment: only with everything in place, once, and with all that follows from it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from trial.conduct import clusters as lives
from trial.conduct import consent
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.protocol import numbers
from trial.protocol.roles import Role
from trial.protocol.windows import window
from trial.records.models import ParticipantKey, Visit
from trial.records.trail import acting
from trial.records.verify import verify


def test_an_enrolled_person_has_number_key_visits_and_protocol(play, session, protocol, cluster):
    row = play.ready(cluster)
    signed = play.take(row)
    person = play.enrol(row)
    assert person.number == numbers.make(protocol.study_number_prefix, 1)
    assert person.enrolled_on == person.known_until == signed.signed_on == date(2015, 10, 12)
    assert (person.protocol_version, person.protocol_sha256) == (protocol.version, protocol.sha256)
    assert person.after_reveal is False
    assert (row.outcome, row.outcome_on) == ("consented", date(2015, 10, 12))
    assert signed.participant_id == person.id
    kept = session.scalar(select(ParticipantKey).where(ParticipantKey.participant_id == person.id))
    assert len(play.vault.unwrap(kept.wrapped, person.number)) == 32
    planned = session.scalars(select(Visit).where(Visit.participant_id == person.id)).all()
    assert {v.plan: (v.due_on, v.opens_on, v.closes_on) for v in planned} == {
        v.key: (w.due_on, w.opens_on, w.closes_on)
        for v in protocol.visits
        for w in [window(v, person.enrolled_on)]
    }
    assert verify(session).faults == ()


def obstacle(play, row, **rest):
    """What a refused enrolment says, all at once, leaving nothing behind."""
    with pytest.raises(Refused) as refused:
        play.enrol(row, **rest)
    assert play.session.scalar(select(Visit)) is None
    return " ".join(finding.message for finding in refused.value.findings)


def test_enrolment_needs_eligibility_and_consent(play, cluster):
    row = play.consider(cluster)
    said = obstacle(play, row)
    assert "Eligibility is not yet determined" in said
    assert "no written consent" in said
    play.answer(row)
    play.approach(row)
    assert "Eligibility" not in obstacle(play, row)


def test_eligibility_that_changed_after_consent_stops_enrolment(play, cluster):
    row = play.ready(cluster)
    play.take(row)
    play.answer(row, answers={"adult": "unknown"}, why="The record is another person's.")
    assert "Eligibility is not yet determined" in obstacle(play, row)


def test_a_voided_consent_stops_enrolment(play, cluster):
    row = play.ready(cluster)
    signed = play.take(row)
    play.does(Act.TAKE_CONSENT, consent.void, signed, why="The form was not signed.")
    assert "no written consent" in obstacle(play, row)


@pytest.mark.parametrize("away", [-1, 0])
def test_the_recruitment_window_holds_its_first_and_last_day(play, protocol, clusters, away):
    cluster = play.open(clusters["county-forensic"], opened_on=date(2015, 8, 20))
    play.on = date(2016, 3, 15)
    first, last = protocol.recruitment.opens_on, protocol.recruitment.closes_on
    for day in (first + timedelta(days=away), last - timedelta(days=away)):
        row = play.consider(cluster, considered_on=date(2015, 8, 21))
        play.answer(row, day=date(2015, 8, 21))
        play.approach(row, approached_on=date(2015, 8, 21))
        play.take(row, informed_on=date(2015, 8, 22), signed_on=day, capacity_on=day)
        if away:
            assert "outside the recruitment window" in obstacle(play, row)
        else:
            assert play.enrol(row).enrolled_on == day


def test_the_cluster_was_open_on_the_day_of_the_consent(play, protocol, clusters):
    cluster = clusters["county-forensic"]
    play.open(cluster, opened_on=date(2015, 10, 13))
    row = play.ready(cluster)
    play.take(row)
    said = obstacle(play, row)
    assert "County Community Forensic Service opened to recruitment on 13 October 2015" in said
    again = play.ready(cluster)
    play.take(again, signed_on=date(2015, 10, 14))
    close = {"closed_on": date(2015, 10, 13), "reason": "Merged."}
    play.does(Act.CLOSE_CLUSTER, lives.close_cluster, cluster, **close)
    assert "closed to recruitment on 13 October 2015, before" in obstacle(play, again)


def test_a_cluster_that_never_opened_enrols_nobody(play, clusters):
    cluster = clusters["county-forensic"]
    steps = {"identified_on": date(2015, 5, 4), "approached_on": date(2015, 5, 4)}
    permission = {"permission_by": "A", "permission_role": "B", "permission_document": "C"}
    play.does(
        Act.RECORD_CLUSTER, lives.record_step, cluster,
        **steps, permission_on=date(2015, 6, 1), **permission,
    )  # fmt: skip
    row = play.ready(cluster)
    play.take(row)
    assert "is not open to recruitment yet" in obstacle(play, row)


@pytest.mark.parametrize(
    ("year", "fits"), [(1998, False), (1997, True), (1900, True), (1894, False)]
)
def test_a_year_of_birth_allows_the_least_age_of_the_protocol(play, cluster, year, fits):
    row = play.ready(cluster)
    play.take(row)
    if fits:
        assert play.enrol(row, birth_year=year).birth_year == year
    else:
        with pytest.raises(Refused, match="year of birth") as refused:
            play.enrol(row, birth_year=year)
        assert refused.value.findings[0].item == "birth_year"


def test_nobody_is_enrolled_twice(play, cluster):
    row = play.ready(cluster)
    play.take(row)
    person = play.enrol(row)
    with pytest.raises(Refused, match=f"enrolled already, as {person.number}"):
        play.enrol(row)


def test_who_was_considered_again_is_enrolled_from_the_latest_row(play, cluster):
    row = play.ready(cluster)
    play.take(row)
    play.consider(cluster, earlier_number=row.number, considered_on=date(2015, 11, 2))
    assert "enrol them from number 2" in obstacle(play, row)


def test_an_enrolment_on_or_after_the_reveal_is_allowed_and_marked(play, session, cluster):
    rows = [play.ready(cluster) for _ in range(3)]
    for row, day in zip(rows, (11, 12, 13), strict=True):
        play.take(row, signed_on=date(2015, 10, day))
    with acting(session, by=play.by, name=Act.REVEAL_ARM):
        cluster.allocated_on = cluster.revealed_on = date(2015, 10, 12)
    assert [play.enrol(row).after_reveal for row in rows] == [False, True, True]


def test_study_numbers_run_through_the_whole_trial_whoever_looks(play, session, clusters, actor):
    here, there = play.open(clusters["city-forensic"]), play.open(clusters["county-forensic"])
    play.participant(there)
    session.info["actor"] = play.by = actor(Role.RESEARCHER, clusters={here.id})
    prefix = play.protocol.study_number_prefix
    assert play.participant(here).number == numbers.make(prefix, 2)


def test_late_entry_keeps_the_day_of_the_consent(play, session, cluster):
    row = play.ready(cluster)
    play.take(row)
    assert play.enrol(row).enrolled_on < play.on
