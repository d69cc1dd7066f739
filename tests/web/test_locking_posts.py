"""Every form of a participant's pages, opened before a lock and sent again and again after it."""

import secrets
from collections import Counter
from random import Random
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.web.crawling import FormSeen, Visited, endpoint_of, signed_in
from trial.conduct import holds
from trial.conduct.access import Act
from trial.protocol import load
from trial.records.actor import COMMAND_LINE
from trial.records.holds import FREE, LOCKED
from trial.records.models import Act as Done
from trial.records.models import Change, Participant
from trial.records.trail import account_tables, acting
from trial.web.database import db

PERSON, TIMES, ALIKE = 1, 4, 3
DAY = {"day": "3", "month": "4", "year": "2016"}


def forms(app: Flask, client: FlaskClient) -> list[FormSeen]:
    """The forms that the pages of a participant lead to in one step."""
    first = Visited(f"/participants/{PERSON}", "", client.get(f"/participants/{PERSON}"))
    everywhere = set(Visited("/account", "", client.get("/account")).links())
    found = dict.fromkeys(
        urljoin(first.address, link).partition("#")[0]
        for link in first.links()
        if link not in everywhere
    )
    records = [one for one in found if "/forms/records/" in one]
    pages = [first]
    counted: Counter[str | None] = Counter()
    for address in [
        *found,
        *(f"{one}/edit" for one in records),
        *(f"{one}/void" for one in records),
    ]:
        kind = endpoint_of(app, address)
        counted[kind] += 1
        if kind not in (None, "static") and counted[kind] <= ALIKE and not urlsplit(address).netloc:
            answer = client.get(address)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                pages.append(Visited(address, "", answer))
    seen = [form for page in pages for form in page.forms() if form.method == "post"]
    return [one for one in seen if one.actions[0] not in ("/sign-out",)]


def changed(form: FormSeen, chance: Random) -> dict[str, list[str]]:
    """A form as it was shown, with other answers here and there, under a token of its own."""
    sent = form.as_shown()
    for one in form.questions:
        if one.kind in ("radio", "checkbox", "select") and one.offered and chance.random() < 0.5:
            sent[one.name] = [chance.choice(one.offered)]
        elif one.kind in ("text", "textarea") and (not one.value or chance.random() < 0.3):
            box = one.name.rpartition("-")[2]
            sent[one.name] = [DAY.get(box, chance.choice(["4", "Because", "yes"]))]
    sent.update({one: [secrets.token_urlsafe(24)] for one in sent if one.endswith("once")})
    return sent | {"page-save": ["complete"]}


def lock(app: Flask) -> int:
    """Lock the participant behind the pages; the number of the act."""
    with app.app_context():
        session, protocol = db.session(), load(None)
        session.info["clock"] = app.extensions["trial_settings"].clock
        person = session.get(Participant, PERSON)
        with acting(session, by=COMMAND_LINE, name=Act.HOLD, reason="Analysis") as act:
            holds.place(session, protocol, person, LOCKED)
        assert act.number is not None
        db.session.remove()
        return act.number


def test_no_form_changes_a_locked_participant_however_often_it_is_sent(
    demonstration: Flask,
) -> None:
    client, chance = signed_in(demonstration, "trial.manager@example.org"), Random(11)
    seen = forms(demonstration, client)
    assert len({one.actions[0] for one in seen}) > 15
    since = lock(demonstration)
    codes: dict[int, int] = {}
    for _ in range(TIMES):
        for form in seen:
            answer = client.post(form.actions[0], data=changed(form, chance))
            codes[answer.status_code] = codes.get(answer.status_code, 0) + 1
    assert codes.get(409, 0) > 20, codes
    assert codes.keys() <= {200, 302, 400, 404, 409, 422, 429}
    with demonstration.app_context():
        about = (Change.participant_id == PERSON) & Change.table.not_in(
            sorted(FREE | account_tables())
        )
        made = select(Change.table, Change.item, Done.name).join(Done, Done.number == Change.act)
        assert db.session.execute(made.where(about, Change.act > since)).all() == []
        db.session.remove()
