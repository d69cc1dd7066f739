"""What leaves by mail, by text message and by calendar after a whole demonstration: no word that tells."""

import io
import re
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from tests.conduct.reminding import Box, Noon, Reminding
from tests.playing import email_of
from tests.web.crawling import signed_in
from tests.web.recruited import typed
from tests.web.test_routes import token
from trial.conduct import identities
from trial.conduct.access import Act
from trial.conduct.refused import Locked
from trial.conduct.reminders.sending import send
from trial.exchange.smtp import written
from trial.protocol import Protocol, load
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.identity import Vault
from trial.records.models import Act as Done
from trial.records.models import Participant
from trial.records.trail import acting
from trial.web import feeds
from trial.web.accounts import actor_of, by_email
from trial.web.database import db
from trial.web.team import written_to

DAYS = 420  # until every window that is open today has closed
TELLING = ("offen", "forensic", "personality", "mental", "psychi", "prison", "probation", "ips ")


@pytest.fixture
def office(demonstration: Flask) -> Reminding:
    """The demonstration, in which everyone in follow-up agreed to every reminder."""
    settings = demonstration.extensions["trial_settings"]
    context = demonstration.app_context()
    context.push()
    session, protocol = db.session(), load(None)
    session.info["clock"] = settings.clock
    trial = Recruiting(session, protocol, on=settings.clock.today())
    trial.vault = Vault(settings.key("identity"))
    found = Reminding(trial, written_to(session, protocol))
    for person in people(session):
        with suppress(Locked):  # one of the demonstration's clusters is frozen
            found.agrees(person, "email", "text", why="they said so")
    yield found
    db.session.remove()
    context.pop()


def people(session):
    followed = Participant.died_on.is_(None) & Participant.withdrew_followup_on.is_(None)
    session.rollback()
    return session.scalars(select(Participant).where(followed).order_by(Participant.id)).all()


def never(protocol: Protocol) -> list[str]:
    """The words of which none may stand in anything that leaves."""
    return [
        *(arm.name for arm in protocol.arms), *(one.name for one in protocol.clusters),
        *protocol.title.split(": "), *TELLING,
    ]  # fmt: skip


def identifiers(office: Reminding) -> list[str]:
    """Who the participants are."""
    session, known = office.trial.session, []
    for person in people(session):
        session.rollback()
        with acting(session, by=COMMAND_LINE, name=Act.SHOW_IDENTITY, participant_id=person.id):
            shown = identities.show(session, office.trial.vault, person)
            known += [shown.name, shown.nhs_number, shown.phone, shown.address, shown.email]
    return [one for one in known if one]


def told(mail: EmailMessage, to: str) -> str:
    """Everything in a message but the address to which it goes."""
    return mail.as_string().replace(to, "") + mail.get_content()


def test_no_message_and_no_calendar_tells_who_what_or_where(office, demonstration, caplog):
    caplog.set_level("DEBUG")
    session, protocol = office.trial.session, office.trial.protocol
    office.email, office.text = Box(), Box()
    for number in range(DAYS):
        day = office.trial.on + timedelta(days=number)
        if office.plan(day):
            made = office.office(day)
            made.clock = Noon(day)
            send(made)
    assert len(office.email.sent) > 60 and office.text.sent
    known, words = identifiers(office), never(protocol)
    staff = {one.email for one in office.team.members.values()}
    for letter in (*office.email.sent, *office.text.sent):
        mail = written(letter, "office@example.org") if letter.subject else None
        said = told(mail, letter.to) if mail else " ".join(letter.paragraphs)
        for one in (*words, *(one for one in known if one != letter.to)):
            assert one.casefold() not in said.casefold(), (letter.subject, one)
        if letter.to not in staff:
            assert protocol.name not in said and not re.search(r"IPSOH-\d", said)
    session.rollback()
    noted = session.scalars(select(Done).where(Done.name == Act.SEND_REMINDER)).all()
    assert len(noted) >= len(office.email.sent)
    logged = caplog.text + "".join(str(one.note) for one in noted)
    for one in (*words, *known):
        assert one.casefold() not in logged.casefold(), one
    account = by_email(session, email_of(Role.TRIAL_MANAGER))
    assert account is not None
    with acting(session, by=actor_of(session, account, protocol), name=Act.OWN_ACCOUNT):
        token = feeds.make(
            session, actor_of(session, account, protocol), None, mine=False,
            at=office.office(office.trial.on).clock.now(),
        )  # fmt: skip
    calendar = signed_in(demonstration, email_of(Role.AUDITOR)).get(f"/feeds/{token}.ics").text
    assert "BEGIN:VEVENT" in calendar
    for one in (*words, *known):
        assert one.casefold() not in calendar.casefold(), one


def test_no_printed_report_tells_in_its_name_or_in_what_describes_it(office, demonstration):
    """The reports of safety and those that are due; the other reports are looked at in test_leaks."""
    person = people(office.trial.session)[0]
    manager = signed_in(demonstration, email_of(Role.TRIAL_MANAGER))
    mark = {"csrf_token": token(manager)}
    event = {
        "term": "self-harm", "outcome": "ongoing", "seriousness": "hospital", **mark,
        "description": "A night on a ward.", **typed("happened_on", office.trial.on),
        **typed("heard_on", office.trial.on), "heard_time": "",
    }  # fmt: skip
    answer = manager.post(f"/participants/{person.id}/safety/add", data=event)
    assert answer.status_code == 302, answer.text
    known, words = identifiers(office), never(office.trial.protocol)
    for address in (answer.headers["Location"], "/reports-due/steering/1"):
        printed = manager.post(f"{address}.pdf", data=mark)
        assert printed.mimetype == "application/pdf"
        about = str(PdfReader(io.BytesIO(printed.data)).metadata)
        said = address + printed.headers["Content-Disposition"] + about
        for one in (*words, *known, person.number):
            assert one.casefold() not in said.casefold(), one
