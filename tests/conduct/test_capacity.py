"""Loss of capacity: everything stops at once, and goes on only by advice or by consent given again."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct import basing
from tests.conduct.recruiting import Recruiting
from trial.conduct import capacity, casebook, consent, standing, visits, withdrawal
from trial.conduct.access import Act
from trial.conduct.contact import lost
from trial.conduct.refused import Refused
from trial.conduct.reminders.wanted import of_person
from trial.conduct.standing import Status
from trial.protocol import Protocol
from trial.protocol.faults import ProtocolFaults
from trial.records.models import Participant, Screening, Visit
from trial.records.verify import verify

LOSS, AGAIN, LATER = date(2015, 12, 1), date(2016, 1, 4), date(2016, 1, 11)
ADVISED = 'capacity_loss = "consultee"\ncapacity_loss_approval = "REC 15/LO/0001"\n'


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


def advised(folder) -> Protocol:
    text = basing.text().replace("[consent]\n", f"[consent]\n{ADVISED}")
    return basing.load(basing.written(folder, text))


@pytest.fixture
def play(session, clusters, tmp_path):
    """The same with a protocol in which a consultee may advise."""
    made = Recruiting(session, advised(tmp_path))
    made.open(clusters["city-forensic"])
    return made


@pytest.fixture
def advised_person(play, clusters):
    return basing.enrolled(play, clusters["city-forensic"], "own")


def lose(trial, person, day=LOSS):
    return trial.does(Act.RECORD_CAPACITY, capacity.lose, person, happened_on=day)


def regain(trial, person, day=AGAIN):
    return trial.does(Act.RECORD_CAPACITY, capacity.regain, person, happened_on=day)


def undo(trial, event):
    return trial.does(Act.WITHDRAW, withdrawal.undo, event, why="recorded for the wrong person")


def ask(trial, person, basis=None, day=LATER, **rest):
    row = trial.session.get_one(Screening, person.screening_id)
    told = {"informed_on": day, "signed_on": day, "capacity_on": day} | rest
    if basis is None:
        return trial.take(row, **told)
    return basing.take(trial, row, basis, **told)


def states(session, person):
    wanted = select(Visit).where(Visit.participant_id == person.id).order_by(Visit.due_on)
    return [visit.state for visit in session.scalars(wanted)]


def status(session, person):
    wanted = select(Visit).where(Visit.participant_id == person.id)
    return standing.status_of(person, session.scalars(wanted).all())


def test_everything_stops_in_the_same_act(trial, session, person):
    lose(trial, person)
    assert (person.stopped_on, person.stopped_for) == (LOSS, "capacity")
    assert states(session, person) == ["missed"] * 3
    assert of_person(person) == "The participant is stopped until consent stands again."
    assert status(session, person) == Status.STOPPED
    found = session.scalars(select(Participant).where(standing.having(Status.STOPPED))).all()
    assert found == [person]
    visit = session.scalars(select(Visit).where(Visit.participant_id == person.id)).first()
    with pytest.raises(Refused, match="was stopped on 1 December 2015, as capacity was lost"):
        trial.does(
            Act.RECORD_VISIT, visits.correct, visit, state="done", working="no",
            done_on=date(2015, 12, 2), why="seen",
        )  # fmt: skip
    assert verify(session).valid


def test_by_default_nobody_decides_in_their_place_and_they_consent_again_themselves(
    trial, session, person
):
    lose(trial, person)
    with pytest.raises(Refused, match="Record first that they regained it"):
        ask(trial, person)
    regain(trial, person)
    assert (person.stopped_on, person.stopped_for) == (LOSS, "consent")
    assert states(session, person) == ["missed"] * 3
    ask(trial, person)
    assert (person.stopped_on, person.stopped_for) == (None, None)
    # The window of the baseline closed meanwhile: it stays missed, with the reason.
    assert states(session, person) == ["missed", "expected", "expected"]
    assert verify(session).valid


def test_a_consent_from_before_does_not_answer_for_capacity_regained(trial, session, person):
    lose(trial, person)
    regain(trial, person)
    ask(trial, person, day=date(2015, 12, 10))
    assert person.stopped_for == "consent"


def test_with_the_approval_a_consultee_advises_until_they_decide_themselves(
    play, session, advised_person
):
    person = advised_person
    lose(play, person)
    assert person.stopped_for == "advice"
    with pytest.raises(Refused, match="a consultee advises"):
        ask(play, person, "own")
    ask(play, person, "consultee")
    assert person.stopped_on is None
    # This basis does not hold the visit at six months.
    assert states(session, person) == ["missed", "missed", "expected"]
    play.on = date(2016, 3, 1)
    regain(play, person, date(2016, 2, 1))
    assert (person.stopped_on, person.stopped_for) == (date(2016, 2, 1), "consent")
    with pytest.raises(Refused, match="they decide for themselves"):
        ask(play, person, "consultee", day=date(2016, 2, 8))
    ask(play, person, "own", day=date(2016, 2, 8))
    assert states(session, person) == ["missed", "expected", "expected"]
    assert verify(session).valid


def test_a_mistake_is_taken_back_from_the_last_record(trial, session, person):
    lost_it = lose(trial, person)
    again = regain(trial, person)
    with pytest.raises(Refused, match="Take back first"):
        undo(trial, lost_it)
    undo(trial, again)
    assert person.stopped_for == "capacity"
    undo(trial, lost_it)
    assert states(session, person) == ["expected"] * 3
    assert person.stopped_on is None


def test_a_voided_consent_stops_again(trial, session, person):
    lose(trial, person)
    regain(trial, person)
    made = ask(trial, person)
    trial.does(Act.TAKE_CONSENT, consent.void, made, why="the wrong person's form")
    assert person.stopped_for == "consent" and states(session, person) == ["missed"] * 3


def test_withdrawal_ends_it_for_good_and_no_taking_back_brings_visits_back(trial, session, person):
    event = lose(trial, person)
    told = {"levels": {"follow-up"}, "happened_on": LATER, "reason": "other"}
    (left,) = trial.does(Act.WITHDRAW, withdrawal.withdraw, person, **told)
    undo(trial, event)
    assert states(session, person) == ["not needed"] * 3
    undo(trial, left)
    assert states(session, person) == ["expected"] * 3
    assert verify(session).valid


def test_who_is_lost_and_stopped_waits_for_both(trial, session, person):
    lose(trial, person)
    told = {"happened_on": LATER, "reason": "not-traced", "note": "Nobody knows."}
    trial.does(Act.DECLARE_LOST, lost.declare, person, **told)
    trial.does(Act.RECORD_FOUND, lost.find, person, happened_on=LATER)
    assert states(session, person) == ["missed"] * 3
    regain(trial, person, LATER)
    ask(trial, person)
    assert states(session, person) == ["missed", "expected", "expected"]


@pytest.mark.parametrize(
    ("act", "day", "told"),
    [
        (regain, AGAIN, "No loss of capacity is recorded"),
        (lose, date(2016, 2, 1), "future"),
        (lose, date(2015, 10, 1), "enrolment"),
    ],
)
def test_what_cannot_be_is_refused_in_words(trial, person, act, day, told):
    with pytest.raises(Refused, match=told):
        act(trial, person, day)
    assert person.stopped_on is None


def test_it_is_recorded_once_and_regained_after_it(trial, person):
    lose(trial, person)
    with pytest.raises(Refused, match="already recorded"):
        lose(trial, person)
    with pytest.raises(Refused, match="cannot be before"):
        regain(trial, person, date(2015, 11, 1))


def test_the_casebook_tells_it(trial, session, protocol, person):
    lose(trial, person)
    told = [
        dict(part.rows)
        for part in casebook.of_participant(session, protocol, trial.by, person)
        if part.title.startswith("Event")
    ]
    assert len(told) == 1 and "apacity lost" in str(told)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('capacity_loss = "consultee"\n', "capacity_loss_approval"),
        ('capacity_loss_approval = "REC 1"\n', "Leave this out"),
    ],
)
def test_an_approval_belongs_to_a_consultee(tmp_path, lines, told):
    text = basing.text().replace("[consent]\n", f"[consent]\n{lines}")
    with pytest.raises(ProtocolFaults, match=told):
        basing.load(basing.written(tmp_path, text))


def test_without_a_basis_of_a_consultee_nobody_can_advise(tmp_path):
    files = sorted(basing.SHIPPED.glob("*.toml"))
    text = "\n".join(file.read_text() for file in files)
    text = text.replace("[consent]\n", f"[consent]\n{ADVISED}")
    with pytest.raises(ProtocolFaults, match="given_by"):
        basing.load(basing.written(tmp_path, text))
