"""A cluster that skips a visit: at once for everyone in it, and taken back as if it had not been."""

from dataclasses import replace
from datetime import date
from itertools import permutations

import pandas as pd
import pytest

from tests.conduct.recruiting import Recruiting, two_open
from tests.conduct.skipping import skippable, skipping
from tests.conduct.test_visits_of_some import BLINDED, assembled, attends, of
from trial.conduct import due, holds, reports, skips, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.refused import NotAllowed, Refused
from trial.conduct.reports.sections import retention
from trial.protocol import ProtocolFaults, load
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.frames import frames
from trial.records.holds import FROZEN
from trial.records.models import Change, Event, SkippedVisit
from trial.records.rows import table_at, table_now
from trial.records.verify import verify

PASSED = ("not needed", "cluster-skipped")
OPEN = ("expected", None)
DONE = {"done_on": date(2016, 1, 10), "working": "no", "history_known_until": None}


@pytest.fixture
def protocol(tmp_path):
    return skipping(tmp_path)


@pytest.fixture
def trial(session, protocol, clusters):
    return two_open(session, protocol, clusters)


@pytest.fixture
def city(trial, clusters):
    return clusters["city-forensic"]


def passes(trial, cluster, visit="month-6", **rest):
    told = {"visit": visit, "reason": "closed", "note": "Water damage."} | rest
    return trial.does(Act.SKIP_VISIT, skips.skip, cluster, **told)


def comes_back(trial, skipped, why="It opened again."):
    def do(session, protocol, made, on):
        return skips.take_back(session, made, on=on)

    return trial.does(Act.TAKE_BACK_SKIP, do, skipped, why=why)


def stands(session, person, plan="month-6"):
    visit = of(session, person)[plan]
    return visit.state, visit.reason


def test_a_skip_takes_effect_at_once_and_is_taken_back(trial, session, city, clusters):
    here, elsewhere = trial.participant(city), trial.participant(clusters["county-forensic"])
    made = passes(trial, city)
    later = trial.participant(city)
    assert stands(session, here) == stands(session, later) == PASSED
    assert stands(session, elsewhere) == stands(session, here, "month-12") == OPEN
    assert made.recorded_on == trial.on and made.note == "Water damage."
    listed = due.due(session, date(2016, 4, 12), due.Due.DUE)
    assert [one.participant_id for one in listed] == [elsewhere.id]
    comes_back(trial, made)
    assert stands(session, here) == stands(session, later) == OPEN
    assert verify(session).faults == ()


def test_what_was_recorded_stays(trial, session, city):
    person = trial.participant(city)
    visit = of(session, person)["month-6"]
    trial.does(Act.RECORD_VISIT, visits.record_done, visit, **DONE)
    made = passes(trial, city)
    assert stands(session, person) == ("done", None)

    def nothing(state):
        return trial.does(Act.RECORD_VISIT, visits.correct, visit, state=state, why="A mistake.")

    nothing("expected")
    assert stands(session, person) == PASSED
    with pytest.raises(Refused, match="The cluster skips this visit"):
        nothing("expected")
    comes_back(trial, made)
    assert stands(session, person) == OPEN


def test_somebody_seen_all_the_same_is_recorded_as_done(trial, session, city):
    person = trial.participant(city)
    made = passes(trial, city)
    visit = of(session, person)["month-6"]
    trial.does(Act.RECORD_VISIT, visits.correct, visit, state="done", **DONE, why="Seen at home.")
    comes_back(trial, made)
    assert stands(session, person) == ("done", None)


def _events(trial, session, city):
    """What can happen to one cluster and one person in it, by name; each is done once."""
    kept = {}

    def leave():
        how = {"levels": {"follow-up"}, "reason": "burden", "happened_on": date(2016, 1, 10)}
        trial.does(Act.WITHDRAW, withdrawal.withdraw, kept["person"], **how)

    def stay():
        event = session.query(Event).order_by(Event.id.desc()).first()
        trial.does(Act.WITHDRAW, withdrawal.undo, event, why="Somebody else.")

    def die():
        day = date(2016, 1, 12)
        trial.does(Act.RECORD_DEATH, withdrawal.record_death, kept["person"], happened_on=day)

    return {
        "enrol": lambda: kept.update(person=trial.participant(city)),
        "skip": lambda: kept.update(skip=passes(trial, city)),
        "back": lambda: comes_back(trial, kept["skip"]),
        "leave": leave,
        "stay": stay,
        "die": die,
    }, kept


BEFORE = (
    ("enrol", "leave"),
    ("enrol", "die"),
    ("leave", "stay"),
    ("stay", "die"),
    ("skip", "back"),
)


def _orders(*names):
    for order in permutations(names):
        at = {name: number for number, name in enumerate(order)}
        if all(at[a] < at[b] for a, b in BEFORE if a in at and b in at):
            yield order


@pytest.mark.parametrize(
    "order",
    [
        *_orders("enrol", "skip", "back"),
        *_orders("enrol", "skip", "leave", "stay"),
        *_orders("enrol", "skip", "back", "leave", "stay"),
        *_orders("enrol", "skip", "back", "die"),
    ],
    ids=" ".join,
)
def test_everyone_has_exactly_the_visits_of_the_protocol_in_any_order(trial, session, city, order):
    events, kept = _events(trial, session, city)
    for name in order:
        events[name]()
    found = of(session, kept["person"])
    assert set(found) == {"baseline", "month-6", "month-12"}
    if "die" in order:
        assert stands(session, kept["person"]) == ("not needed", "died")
    else:
        assert stands(session, kept["person"]) == (OPEN if "back" in order else PASSED)
        assert stands(session, kept["person"], "month-12") == OPEN
    assert verify(session).faults == ()


def test_a_skipped_visit_follows_the_session_that_it_is_counted_from(trial, session, city):
    person = trial.participant(city)
    attends(trial, person, date(2015, 11, 3))
    second = attends(trial, person, date(2015, 11, 10))
    made = passes(trial, city, "after-two")
    attends(trial, person, date(2015, 11, 24), record=second)
    comes_back(trial, made)
    visit = of(session, person)["after-two"]
    assert (visit.state, visit.due_on) == ("expected", date(2015, 12, 22))


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"visit": "baseline"}, "a visit that the cluster can skip"),
        ({"visit": "month-99"}, "a visit that the cluster can skip"),
        ({"reason": "rain"}, "why the cluster skips this visit"),
    ],
)
def test_only_what_the_protocol_lists_can_be_skipped(trial, session, city, told, sentence):
    with pytest.raises(Refused, match=sentence):
        passes(trial, city, **told)
    assert session.query(SkippedVisit).count() == 0


def test_a_visit_is_skipped_once_and_taken_back_once_with_a_reason(trial, session, city):
    made = passes(trial, city)
    with pytest.raises(Refused, match="can skip"):
        passes(trial, city)
    with pytest.raises(Refused, match="Say why"):
        comes_back(trial, made, why=None)
    comes_back(trial, made)
    with pytest.raises(Refused, match="was taken back on"):
        comes_back(trial, made)
    passes(trial, city)
    assert len(skips.listed(session, city)) == 2


def test_who_records_the_same_skip_at_the_same_moment_is_refused(trial, city, monkeypatch):
    seen = skips.open_to(trial.session, trial.protocol, city)
    passes(trial, city)
    monkeypatch.setattr(skips, "open_to", lambda *_: seen)  # what was open when both began
    with pytest.raises(Refused, match="at the same moment"):
        passes(trial, city)


def test_a_frozen_cluster_skips_nothing(trial, session, city):
    def freeze(session, protocol, cluster, on):
        return holds.place(session, protocol, cluster, FROZEN)

    trial.participant(city)
    made = passes(trial, city, "month-12")
    trial.does(Act.HOLD, freeze, city, why="Cleaned.")
    with pytest.raises(Refused, match="frozen"):
        passes(trial, city)
    with pytest.raises(Refused, match="frozen"):
        comes_back(trial, made)


def test_a_researcher_may_not_skip_a_visit_for_a_cluster(session, protocol, city):
    person = Recruiting(session, protocol, by=Actor(5, "A researcher", Role.RESEARCHER))
    with pytest.raises(NotAllowed):
        passes(person, city)


def test_reports_leave_it_out_of_what_was_due_and_say_why(trial, session, city, clusters):
    for cluster in (city, city, clusters["county-forensic"]):
        trial.participant(cluster)
    trial.on = date(2016, 6, 1)

    def six():
        cut = reports.cut.data_cut(session, trial.on, None)
        found = reports.assembly.assemble(session, trial.protocol, cut, blinded=False)
        blocks = list(retention.kept(trial.protocol, found))
        tables = [
            one for one in blocks if str(getattr(one, "caption", "")).startswith("Visits that a")
        ]
        return found.results.completeness.by_visit["month-6"], tables

    assert (six()[0].done.n, six()[1]) == (3, [])
    made = passes(trial, city)
    told, (table,) = six()
    assert (told.planned, told.not_due, told.done.n) == (3, 2, 1)
    assert table.rows == (("6-month follow-up", "The ward was closed", 1, 2),)
    comes_back(trial, made)
    assert (six()[0].done.n, six()[1]) == (3, [])


def test_the_frame_of_an_earlier_cut_knows_nothing_of_it_yet(trial, session, city):
    trial.participant(city)
    act = session.query(Change.act).order_by(Change.act.desc()).first()[0]
    passes(trial, city)
    now = assembled(session, trial.protocol).frames.skips
    assert now[["cluster", "visit", "reason"]].values.tolist() == [
        ["city-forensic", "month-6", "closed"]
    ]
    newest = session.query(Change.act).order_by(Change.act.desc()).first()[0]
    found = table_now(session, "skipped_visit"), table_at(session, "skipped_visit", newest)
    pd.testing.assert_frame_equal(*(one.drop(columns="version") for one in found))
    cut = replace(reports.cut.data_cut(session, trial.on, None), act=act)
    before = reports.assembly.assemble(session, trial.protocol, cut, blinded=False)
    assert before.frames.skips.empty
    assert set(before.frames.visits["state"]) == {"expected"}


@pytest.mark.parametrize(
    ("visit", "sentence"),
    [
        ("baseline", "whoever is enrolled has the baseline"),
        ("programme-end", "would tell its arm"),
        ("programme-call", "would tell its arm"),
    ],
)
def test_the_baseline_and_visits_of_one_arm_cannot_be_skipped(tmp_path, visit, sentence):
    with pytest.raises(ProtocolFaults, match=sentence):
        load(skippable(tmp_path, visit))


def test_a_reason_keeps_apart_from_what_the_system_says(tmp_path):
    file = skippable(tmp_path) / "4-follow-up.toml"
    file.write_text(file.read_text().replace('key = "closed"', 'key = "cluster-skipped"'))
    with pytest.raises(ProtocolFaults, match="this one has a meaning here"):
        load(file.parent)


def test_the_blinded_meet_a_skip_as_everyone_does(trial, session, city):
    passes(replace(trial, by=BLINDED), city)
    session.rollback()
    session.info["actor"] = BLINDED
    assert [one.plan for one in session.query(SkippedVisit)] == ["month-6"]
    assert frames(session, act=None, failing={}, blinded=True).skips["arm"].isna().all()
