"""A disclosure of risk: recorded about a person, and the clinician asked to telephone, once, at any hour."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from tests.conduct.recruiting import Recruiting
from tests.conduct.reminding import NOON, Reminding
from trial.conduct import moves
from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.conduct.reminders import settling
from trial.conduct.reminders.letters import UNSETTLED
from trial.conduct.safety import clocks, disclosing, log
from trial.exchange.letter import Refused as RefusedByServer
from trial.protocol.safety import DISCLOSURE
from trial.records.models import Message
from trial.records.trail import acting
from trial.records.verify import verify

ON = date(2016, 1, 15)
CLINICIAN = "clinician@example.nhs.uk"
NIGHT = 2


@pytest.fixture
def office(session, protocol):
    return Reminding(Recruiting(session, protocol))


@pytest.fixture
def cluster(office, clusters):
    return office.trial.open(clusters["city-forensic"])


@pytest.fixture
def person(office, cluster):
    return office.trial.participant(cluster)


def named(office, cluster, name="A consultant", email=CLINICIAN, **rest):
    told = {"named": name, "email": email} | rest
    return office.trial.does(Act.NAME_CLINICIAN, disclosing.name_clinician, cluster, **told)


def disclose(office, person, **rest):
    what = {
        "kind": log.DISCLOSED, "happened_on": ON, "heard_at": datetime(2016, 1, 15, 9, tzinfo=UTC),
        "term": "risk-to-others", "description": "Told the duty worker of it.",
        "at": datetime(2016, 1, 15, 12, tzinfo=UTC),
    } | rest  # fmt: skip
    session = office.trial.session
    session.rollback()
    with acting(session, by=office.trial.by, name=Act.RECORD_SAFETY):
        return log.record(session, office.trial.protocol, about=person, **what)


def messages(session):
    session.rollback()
    return session.scalars(select(Message).where(Message.rule == DISCLOSURE)).all()


def letters(office):
    return [one for one in office.email.sent if one.to == CLINICIAN]


def test_the_clinician_is_asked_to_telephone_without_what_or_whom(office, cluster, person, session):
    named(office, cluster)
    entry = disclose(office, person)
    office.plan(ON)
    office.plan(ON)
    office.send(ON)
    (letter,) = letters(office)
    told = office.trial.protocol.keeping_safe.disclosure
    assert (letter.subject, tuple(letter.paragraphs)) == (told.subject, told.text)
    said = " ".join((letter.subject, *letter.paragraphs))
    for word in (person.number, "IPSOH", "risk", "duty worker", "forensic", "http"):
        assert word not in said
    (message,) = messages(session)
    assert message.state == "sent" and message.participant_id is None
    assert disclosing.message_about(session, entry).id == message.id
    assert verify(session).valid


def test_it_goes_at_night_when_nothing_else_does(office, cluster, person):
    named(office, cluster)
    disclose(office, person)
    office.plan(ON)
    done = office.send(date(2016, 1, 16), NIGHT)
    assert len(letters(office)) == len(office.email.sent) == done.sent == 1
    assert done.stopped == ["Nothing is sent at this time of day."]


def test_without_a_clinician_it_waits_until_one_is_named(office, cluster, person, session):
    disclose(office, person)
    office.plan(ON)
    assert messages(session) == []
    named(office, cluster)
    office.plan(ON)
    office.send(ON)
    assert len(letters(office)) == 1


def test_one_taken_back_before_it_went_is_not_sent(office, cluster, person, session):
    named(office, cluster)
    entry = disclose(office, person)
    office.plan(ON)
    session.rollback()
    with acting(session, by=office.trial.by, name=Act.RECORD_SAFETY, reason="the wrong person"):
        log.take_back(session, entry, on=ON)
    office.send(ON)
    (message,) = messages(session)
    assert (letters(office), message.state) == ([], "dropped")
    assert message.why == "The disclosure was taken back."


def test_its_clock_runs_until_the_clinician_was_told(office, person, session, protocol):
    entry = disclose(office, person)
    (one,) = clocks.running(session, protocol, [entry])
    assert one.clock.starts == "disclosure"
    assert one.until.at == datetime(2016, 1, 16, 9, tzinfo=UTC)


def test_a_breach_of_personal_data_has_72_hours(office, cluster, session, protocol):
    entry = disclose(office, cluster, kind=log.DATA, term=None)
    (one,) = clocks.running(session, protocol, [entry])
    assert one.until.at == datetime(2016, 1, 18, 9, tzinfo=UTC)
    assert log.term_words(protocol, entry) == "Breach of personal data"


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({"term": "nothing"}, "Choose what was disclosed"),
        ({"description": " "}, "Describe what happened"),
    ],
)
def test_what_cannot_be_is_refused_in_words(office, person, what, told):
    with pytest.raises(Refused, match=told):
        disclose(office, person, **what)


def test_a_disclosure_is_about_a_person(office, cluster):
    with pytest.raises(Refused, match="participant's page"):
        disclose(office, cluster)


def test_a_clinician_has_a_name_and_an_address_and_changes_with_a_reason(office, cluster):
    for wrong in ({"name": " "}, {"email": "nobody"}):
        with pytest.raises(Refused):
            named(office, cluster, **wrong)
    named(office, cluster)
    with pytest.raises(Refused, match="Say why"):
        named(office, cluster, name="Another")
    named(office, cluster, name="Another", why="they left")
    assert cluster.clinician_name == "Another"


def test_after_a_move_whoever_cares_for_them_now_is_asked(office, cluster, clusters, person):
    named(office, cluster, email="before@example.nhs.uk")
    named(office, clusters["county-forensic"])
    told = {"to": "county-forensic", "happened_on": date(2016, 1, 4)}
    office.trial.does(Act.RECORD_MOVE, moves.move, person, **told)
    disclose(office, person)
    office.plan(ON)
    office.send(ON)
    assert [one.to for one in office.email.sent if "nhs.uk" in one.to] == [CLINICIAN]


def test_one_that_reaches_nobody_is_shown_and_goes_once_the_address_is_right(
    office, cluster, person, session
):
    named(office, cluster, email="wrong@example.nhs.uk")
    disclose(office, person)
    office.plan(ON)
    office.email.says = RefusedByServer("no such mailbox")
    assert office.send(ON).failed >= 1
    office.email.says = None
    assert [one.state for one in messages(session)] == ["failed"]
    named(office, cluster, why="a slip")
    office.send(date(2016, 1, 16))
    assert len(letters(office)) == 1 and messages(session)[0].state == "sent"


def test_where_mail_came_back_before_it_fails_and_is_not_forgotten(
    office, cluster, person, session
):
    named(office, cluster)
    disclose(office, person)
    office.plan(ON)
    office.send(ON)
    (first,) = messages(session)
    session.rollback()
    with acting(session, by=office.trial.by, name=Act.SETTLE_REMINDER):
        settling.came_back(session, first, "mailbox full")
    disclose(office, person)
    office.plan(ON)
    assert office.send(ON).failed == 1
    assert session.scalar(select(func.count()).where(UNSETTLED)) == 2
    assert verify(session).valid


def test_nobody_is_asked_of_what_they_were_told(office, cluster, person, session, protocol):
    def told(entry):
        session.rollback()
        with acting(session, by=office.trial.by, name=Act.TELL_SAFETY):
            clocks.tell(
                session, protocol, entry, clock="disclosure-to-clinician", told_whom="A consultant",
                told_at=datetime(2016, 1, 15, 10, tzinfo=UTC), at=datetime(2016, 1, 15, 12, tzinfo=UTC),
            )  # fmt: skip

    told(disclose(office, person))
    named(office, cluster)
    office.plan(ON)
    assert messages(session) == []
    second = disclose(office, person)
    office.plan(ON)
    told(second)
    office.send(ON)
    assert [one.state for one in messages(session)] == ["dropped"] and letters(office) == []


def test_a_message_that_the_protocol_no_longer_asks_for_ends_no_run(
    office, cluster, person, session, protocol
):
    named(office, cluster)
    disclose(office, person)
    office.plan(ON)
    safety = protocol.safety.model_copy(update={"disclosure": None})
    office.trial.protocol = protocol.model_copy(update={"safety": safety})
    office.send(ON)
    (message,) = messages(session)
    assert (message.state, message.why) == (
        "dropped",
        "The protocol no longer asks for this message.",
    )


def test_by_day_the_others_go_too(office, cluster, person):
    named(office, cluster)
    disclose(office, person)
    office.plan(ON)
    assert office.send(ON, NOON).stopped == []
