"""Eligibility is derived: every inclusion yes and every exclusion no, and nothing unknown."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from trial.conduct import eligibility
from trial.conduct.eligibility import ANSWERS, State, derive, texts
from trial.conduct.refused import Refused
from trial.protocol import load
from trial.records.models import Query
from trial.records.trail import acting

PROTOCOL = load(None)
KEYS = [c.key for c in PROTOCOL.eligibility]
MET = {c.key: "yes" if c.kind == "include" else "no" for c in PROTOCOL.eligibility}
FAILED = {key: "no" if met == "yes" else "yes" for key, met in MET.items()}
ANY = some.dictionaries(some.sampled_from(KEYS), some.sampled_from(ANSWERS))


@given(ANY)
def test_every_answer_sheet_has_exactly_one_outcome(answers):
    found = derive(PROTOCOL, answers)
    failed = {key for key in KEYS if answers.get(key) == FAILED[key]}
    missing = {key for key in KEYS if answers.get(key, "unknown") == "unknown"}
    assert (set(found.failed), set(found.missing)) == (failed, missing)
    assert (found.state is State.NOT_ELIGIBLE) == bool(failed)
    assert (found.state is State.ELIGIBLE) == (answers == MET)
    assert (found.state is State.UNDETERMINED) == (bool(missing) and not failed)


@given(ANY, some.sampled_from(KEYS))
def test_an_answer_that_becomes_unknown_never_makes_anybody_eligible(answers, key):
    assert derive(PROTOCOL, answers | {key: "unknown"}).state is not State.ELIGIBLE


@given(some.dictionaries(some.text(max_size=8), some.text(max_size=8)))
def test_answers_that_mean_nothing_decide_nothing(answers):
    meaningless = {k: v for k, v in answers.items() if k not in KEYS}
    assert derive(PROTOCOL, meaningless).state is State.UNDETERMINED


def test_criteria_are_told_in_the_protocols_words():
    assert texts(PROTOCOL, [KEYS[0]]) == (PROTOCOL.eligibility[0].text,)


@pytest.fixture
def row(play, clusters):
    return play.consider(play.open(clusters["city-forensic"]))


def test_the_outcome_follows_every_answer(play, row):
    first, *others = play.met()
    play.answer(row, answers={first: "unknown"})
    assert row.eligibility == "not yet determined"
    play.answer(row, answers={key: MET[key] for key in others})
    assert row.eligibility == "not yet determined"
    play.answer(row, answers={first: MET[first]}, why="The record was found.")
    assert row.eligibility == "eligible"
    play.answer(row, answers={first: FAILED[first]}, why="The record was misread.")
    assert row.eligibility == "not eligible"
    assert len(row.criteria) == len(KEYS)


@pytest.mark.parametrize(
    ("criterion", "answer", "day", "source", "item"),
    [
        (KEYS[0], "perhaps", date(2015, 10, 2), "person", f"criterion-{KEYS[0]}"),
        ("invented", "yes", date(2015, 10, 2), "person", "criterion-invented"),
        (KEYS[0], "yes", date(2015, 9, 30), "person", "answered_on"),
        (KEYS[0], "yes", date(2016, 1, 16), "person", "answered_on"),
        (KEYS[0], "yes", date(2015, 10, 2), "hearsay", "source"),
    ],
)
def test_an_impossible_answer_is_refused(play, row, criterion, answer, day, source, item):
    from_protocol = {"person": play.protocol.screening.evidence_sources[2].key}
    with pytest.raises(Refused) as refused, acting(play.session, by=play.by, name="answer"):
        given = {criterion: (answer, day, from_protocol.get(source, source))}
        play_answer(play, row, given)
    assert refused.value.findings[0].item == item
    assert row.criteria == []


def play_answer(play, row, given):
    return eligibility.answer(play.session, play.protocol, row, given, on=play.on)


def test_a_changed_answer_needs_a_reason(play, row):
    play.answer(row)
    with pytest.raises(Refused, match="Say why"):
        play.answer(row, answers={KEYS[0]: "unknown"})


def test_an_older_version_on_somebody_elses_screen_is_noticed(play, row):
    before = row.version
    play.answer(row, answers={KEYS[0]: "unknown"})
    assert row.version > before


def test_a_doubt_after_enrolment_becomes_one_query_and_leaves_the_enrolment(play, session, row):
    play.answer(row)
    play.approach(row)
    play.take(row)
    person = play.enrol(row)
    for answer in ("unknown", FAILED[KEYS[0]]):
        play.answer(row, answers={KEYS[0]: answer}, why="The record was misread.")
    queries = session.scalars(select(Query).where(Query.state == "open")).all()
    assert [(q.participant_id, q.table, q.item) for q in queries] == [
        (person.id, "screening", "eligibility")
    ]
    assert "not eligible" in queries[0].text
    assert (row.outcome, person.screening_id) == ("consented", row.id)
    play.answer(row, answers={KEYS[0]: MET[KEYS[0]]}, why="It was right at first.")
    assert session.scalar(select(Query).where(Query.state == "open")) is None
