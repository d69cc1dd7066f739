"""Who may consent as capacity stands, also after an amendment, and what is then expected again."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct import basing
from tests.conduct.recruiting import Recruiting
from tests.conduct.test_capacity import (
    ADVISED,
    AGAIN,
    LOSS,
    advised,
    ask,
    lose,
    regain,
    states,
    undo,
)
from trial.conduct import amendments, consent, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.contact import lost
from trial.conduct.refused import Refused
from trial.protocol import files_of, load
from trial.records.models import Visit
from trial.records.verify import verify

SECOND = date(2016, 1, 12)


@pytest.fixture
def withdrawing(session, clusters, tmp_path):
    """A trial with a consultee's basis, in which nobody decides for who loses capacity."""
    made = Recruiting(session, basing.loaded(tmp_path))
    made.open(clusters["city-forensic"])
    return made


@pytest.fixture
def advising(session, clusters, tmp_path):
    """The same, in which a consultee may advise."""
    made = Recruiting(session, advised(tmp_path))
    made.open(clusters["city-forensic"])
    return made


def enrolled(trial, clusters, basis="own"):
    return basing.enrolled(trial, clusters["city-forensic"], basis)


def visit(session, person, plan):
    wanted = select(Visit).where(Visit.participant_id == person.id, Visit.plan == plan)
    return session.scalars(wanted).one()


def test_nobody_advises_on_a_person_whose_loss_is_not_recorded(withdrawing, advising, clusters):
    for trial in (withdrawing, advising):
        person = enrolled(trial, clusters)
        with pytest.raises(Refused, match="Record the loss of capacity first"):
            ask(trial, person, "consultee")


def test_who_was_enrolled_by_a_consultee_is_advised_on_until_they_consent(withdrawing, clusters):
    person = enrolled(withdrawing, clusters, "consultee")
    assert ask(withdrawing, person, "consultee").basis == "consultee"
    assert ask(withdrawing, person, "own", day=SECOND).basis == "own"
    with pytest.raises(Refused, match="Record the loss of capacity first"):
        ask(withdrawing, person, "consultee", day=SECOND)


def test_after_advice_too_only_a_consultee_decides_until_capacity_is_regained(advising, clusters):
    person = enrolled(advising, clusters)
    lose(advising, person)
    ask(advising, person, "consultee")
    with pytest.raises(Refused, match="a consultee advises"):
        ask(advising, person, "own", day=SECOND)
    assert ask(advising, person, "consultee", day=SECOND).basis == "consultee"
    regain(advising, person, SECOND)
    with pytest.raises(Refused, match="they decide for themselves"):
        ask(advising, person, "consultee", day=SECOND)
    ask(advising, person, "own", day=SECOND)
    with pytest.raises(Refused, match="they decide for themselves"):
        ask(advising, person, "consultee", day=SECOND)


def adopt(trial, folder, number, old, new):
    """Adopt the protocol with one passage in the place of another, as its next version."""
    text = basing.text().replace('version = "1.0"\nsponsor', f'version = "{number}"\nsponsor')
    assert text.count(old) == 1
    (folder / number).mkdir()
    file = basing.written(folder / number, text.replace(old, new))

    def do(session, protocol, on):
        return amendments.adopt(session, protocol, load(file), files_of(file), on=on)

    trial.does(Act.ADOPT_PROTOCOL, do, why="Substantial amendment")
    trial.protocol = load(file)


CONSENT, ADVISING = "[consent]\n", f"[consent]\n{ADVISED}"


def test_an_amendment_settles_anew_whose_capacity_was_lost(
    withdrawing, clusters, tmp_path, session
):
    trial, person = withdrawing, enrolled(withdrawing, clusters)
    lose(trial, person)
    assert person.stopped_for == "capacity"
    adopt(trial, tmp_path, "2.0", CONSENT, ADVISING)
    assert (person.stopped_on, person.stopped_for) == (LOSS, "advice")
    adopt(trial, tmp_path, "3.0", CONSENT, CONSENT)
    assert (person.stopped_on, person.stopped_for) == (LOSS, "capacity")
    assert verify(session).valid


def test_advice_goes_no_further_once_the_protocol_lets_nobody_advise(
    advising, clusters, tmp_path, session
):
    trial, person = advising, enrolled(advising, clusters)
    lose(trial, person)
    ask(trial, person, "consultee")
    assert states(session, person)[-1] == "expected"
    adopt(trial, tmp_path, "2.0", CONSENT, CONSENT)
    # What was collected by the advice was collected rightly: it stops with the amendment.
    assert (person.stopped_on, person.stopped_for) == (trial.on, "capacity")
    assert states(session, person) == ["missed"] * 3
    with pytest.raises(Refused, match="lets nobody decide"):
        ask(trial, person, "consultee", day=SECOND)
    adopt(trial, tmp_path, "3.0", CONSENT, ADVISING)
    assert person.stopped_on is None
    assert states(session, person)[-1] == "expected"
    assert verify(session).valid


def test_a_basis_that_holds_more_lets_more_be_expected_again(advising, clusters, tmp_path, session):
    trial, person = advising, enrolled(advising, clusters)
    lose(trial, person)
    ask(trial, person, "consultee")
    assert states(session, person) == ["missed", "missed", "expected"]
    old = 'visits = ["baseline", "month-12"]'
    text = basing.text().replace(CONSENT, ADVISING)
    text = text.replace('version = "1.0"\nsponsor', 'version = "2.0"\nsponsor').replace(old, "")
    (tmp_path / "wider").mkdir()
    file = basing.written(tmp_path / "wider", text)

    def do(session, protocol, on):
        return amendments.adopt(session, protocol, load(file), files_of(file), on=on)

    trial.does(Act.ADOPT_PROTOCOL, do, why="Substantial amendment")
    # The baseline closed before there was advice.
    assert states(session, person) == ["missed", "expected", "expected"]


def test_a_loss_taken_back_after_advice_lets_go_what_it_held(advising, clusters, session):
    person = enrolled(advising, clusters)
    event = lose(advising, person)
    advice = ask(advising, person, "consultee")
    undo(advising, event)
    # The advice stands, and does not hold the visit at six months.
    assert states(session, person) == ["expected", "missed", "expected"]
    advising.does(Act.TAKE_CONSENT, consent.void, advice, why="there was nothing to advise on")
    assert states(session, person) == ["expected"] * 3
    assert verify(session).valid


def test_a_visit_that_closed_during_a_stop_stays_missed_whatever_comes_later(
    withdrawing, clusters, session
):
    person = enrolled(withdrawing, clusters)
    lose(withdrawing, person)
    regain(withdrawing, person)
    ask(withdrawing, person, "own")
    ask(withdrawing, person, "own", day=SECOND)
    again = lose(withdrawing, person, SECOND)
    undo(withdrawing, again)
    assert states(session, person) == ["missed", "expected", "expected"]


def test_a_consent_voided_after_withdrawal_brings_no_visit_back(withdrawing, clusters, session):
    person = enrolled(withdrawing, clusters)
    lose(withdrawing, person)
    regain(withdrawing, person)
    ask(withdrawing, person, "own", day=AGAIN)
    made = ask(withdrawing, person, "own")
    told = {"levels": {"follow-up"}, "happened_on": SECOND, "reason": "other"}
    (left,) = withdrawing.does(Act.WITHDRAW, withdrawal.withdraw, person, **told)
    withdrawing.does(Act.TAKE_CONSENT, consent.void, made, why="the wrong person's form")
    assert states(session, person) == ["missed", "not needed", "not needed"]
    undo(withdrawing, left)
    assert states(session, person) == ["missed", "expected", "expected"]


@pytest.mark.parametrize("held_back", ["stopped", "lost"])
def test_a_visit_held_back_is_counted_from_the_right_day(session, protocol, clusters, held_back):
    counted = {"counted_from": "month-6", "months": 6}
    plans = tuple(
        one.model_copy(update=counted) if one.key == "month-12" else one for one in protocol.visits
    )
    changed = protocol.model_copy(update={"visits": plans})
    trial = Recruiting(session, changed, on=date(2016, 5, 20))
    person = trial.participant(trial.open(clusters["city-forensic"]))
    sixth = visit(session, person, "month-6")
    told = {"working": "no", "history_known_until": None}
    trial.does(Act.RECORD_VISIT, visits.record_done, sixth, done_on=date(2016, 4, 12), **told)
    assert visit(session, person, "month-12").due_on == date(2016, 10, 12)
    if held_back == "stopped":
        lose(trial, person, date(2016, 5, 15))
    else:
        lost_on = {
            "happened_on": date(2016, 5, 15),
            "reason": "not-traced",
            "note": "Nobody knows.",
        }
        trial.does(Act.DECLARE_LOST, lost.declare, person, **lost_on)
    trial.does(
        Act.RECORD_VISIT, visits.correct, sixth, state="done", done_on=date(2016, 5, 10),
        why="typed wrongly", **told,
    )  # fmt: skip
    twelfth = visit(session, person, "month-12")
    assert (twelfth.state, twelfth.due_on) == ("missed", date(2016, 11, 10))
