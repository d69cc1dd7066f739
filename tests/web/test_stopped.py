"""Pages of somebody stopped, lost or not to be contacted: they offer what the acts allow, and no more."""

from datetime import date

import pytest

from tests.web.following import enrolled, playing, worked
from trial.conduct import capacity, moves, withdrawal
from trial.conduct.access import Act
from trial.conduct.contact import lost
from trial.protocol.roles import Role
from trial.records.models import Participant

LOSS, AGAIN = date(2015, 12, 1), date(2016, 1, 4)


@pytest.fixture
def person(app, protocol) -> int:
    return enrolled(app, protocol)


@pytest.fixture
def does(app, protocol, person):
    """Does an act about the participant behind the pages."""

    def do(act, function, **told):
        def play(trial):
            participant = trial.session.get_one(Participant, person)
            trial.does(act, function, participant, **told)

        playing(app, protocol, play)

    return do


@pytest.fixture
def browser(sign_in):
    return sign_in(Role.RESEARCHER, clusters={1})


def loses(does):
    does(Act.RECORD_CAPACITY, capacity.lose, happened_on=LOSS)


def is_lost(does):
    told = {"happened_on": AGAIN, "reason": "not-traced", "note": "Nobody knows."}
    does(Act.DECLARE_LOST, lost.declare, **told)


def no_contact(does):
    told = {"levels": {"contact"}, "happened_on": LOSS, "reason": "burden"}
    does(Act.WITHDRAW, withdrawal.withdraw, **told)


@pytest.mark.parametrize("ends", ["stop", "withdrawal", "death"])
def test_where_nothing_is_collected_no_more_work_is_asked_for(
    browser, app, protocol, does, person, ends
):
    worked(app, protocol, person)
    address = f"/participants/{person}"
    page = browser.get(address).text
    assert "Record the end" in page and "Hours or pay changed" in page
    match ends:
        case "stop":
            loses(does)
        case "withdrawal":
            told = {"levels": {"follow-up"}, "happened_on": LOSS, "reason": "burden"}
            does(Act.WITHDRAW, withdrawal.withdraw, **told)
        case "death":
            does(Act.RECORD_DEATH, withdrawal.record_death, happened_on=LOSS)
    page = browser.get(address).text
    assert "Record the end" not in page and "Hours or pay changed" not in page
    assert "Correct<span" in page


def test_the_page_says_since_when_and_what_for(browser, does, person):
    loses(does)
    page = browser.get(f"/participants/{person}").text
    assert "was stopped on 1 December 2015, as capacity was lost: nothing is collected" in page
    does(Act.RECORD_CAPACITY, capacity.regain, happened_on=AGAIN)
    page = browser.get(f"/participants/{person}").text
    assert "was stopped on 1 December 2015, until they consent again: nothing" in page
    assert "ask them for consent" in page and "when capacity was lost." not in page


@pytest.mark.parametrize("kept_from", [is_lost, no_contact])
def test_whom_nobody_may_ask_is_not_among_those_to_be_asked(browser, does, person, kept_from):
    loses(does)
    does(Act.RECORD_CAPACITY, capacity.regain, happened_on=AGAIN)
    assert "with capacity again" in browser.get("/today").text
    assert (
        "contact them only to ask for consent"
        in browser.get(f"/participants/{person}/contact").text
    )
    kept_from(does)
    assert "with capacity again" not in browser.get("/today").text
    assert "but nobody asks them for consent" in browser.get(f"/participants/{person}").text
    assert "contact them only" not in browser.get(f"/participants/{person}/contact").text


@pytest.mark.parametrize("also", [loses, no_contact])
def test_who_is_lost_can_be_found_whatever_else_holds(browser, does, person, also):
    is_lost(does)
    also(does)
    page = browser.get(f"/participants/{person}/contact").text
    assert "They were found" in page and "Lost to follow-up" in page
    assert ("Not to be contacted" in page) is (also is no_contact)
    assert ("Capacity was lost" in page) is (also is loses)


def test_reminders_go_to_nobody_stopped_or_not_to_be_contacted(sign_in):
    page = sign_in(Role.DATA_MANAGER).get("/reminders").text
    assert "from being contacted, was stopped as capacity was lost" in page


@pytest.mark.parametrize(
    ("act", "function", "told", "said"),
    [
        (Act.RECORD_MOVE, moves.move, {"to": "county-forensic", "happened_on": LOSS},
         "Nothing else changes."),
        (Act.RECORD_CAPACITY, capacity.lose, {"happened_on": LOSS},
         "The visits that it ended are expected again"),
    ],
)  # fmt: skip
def test_to_take_back_says_what_it_does(browser, app, protocol, does, act, function, told, said):
    does(act, function, **told)
    page = browser.get("/events/1/take-back").text
    assert said in page and ("visits that it ended" in page) is (act != Act.RECORD_MOVE)


def test_to_take_back_capacity_regained_holds_back_again(browser, does):
    loses(does)
    does(Act.RECORD_CAPACITY, capacity.regain, happened_on=AGAIN)
    assert "is held back again" in browser.get("/events/2/take-back").text


def test_an_objection_can_follow_a_withdrawal_from_follow_up(browser, app, does, person):
    told = {"levels": {"follow-up"}, "happened_on": LOSS, "reason": "burden"}
    does(Act.WITHDRAW, withdrawal.withdraw, **told)
    address = f"/participants/{person}"
    assert "They object: stop everything now" in browser.get(address).text
    browser.post(f"{address}/objects")
    page = browser.get(address).text
    assert "No linkage to routine records since" in page and "Not to be contacted since" in page
    assert "They object: stop everything now" not in page


def test_a_moved_day_is_refused_at_its_question(browser, does, person):
    loses(does)
    told = {"to": "county-forensic", "happened_on-day": "5", "happened_on-month": "1",
            "happened_on-year": "2016"}  # fmt: skip
    browser.get(f"/participants/{person}/move")
    answer = browser.post(f"/participants/{person}/move", told)
    assert answer.status_code == 422 and "no move is recorded after that" in answer.text
