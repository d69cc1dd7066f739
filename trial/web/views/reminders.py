"""Reminders: what is sent, what waits, and what a person has to look at."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import ColumnElement, func, select
from werkzeug.wrappers import Response

from trial.conduct.access import Act
from trial.conduct.reminders import settling
from trial.conduct.reminders.letters import UNSETTLED
from trial.records.models import Message, Participant
from trial.records.outbox import State
from trial.web import here
from trial.web.accounts import Account
from trial.web.forms import Form
from trial.web.found import found
from trial.web.paging import paged
from trial.web.permission import permission

blueprint = Blueprint("reminders", __name__, url_prefix="/reminders")
LISTS: dict[str, ColumnElement[bool]] = {
    "unsettled": UNSETTLED,
    "waiting": Message.state.in_([State.WAITING, State.HELD]),
    "sent": Message.state == State.SENT,
    "dropped": Message.state == State.DROPPED,
}
ONE = f"any({','.join(LISTS)}):which"


class Step(Form):
    """One step about one message."""


@blueprint.get("", defaults={"which": "unsettled"})
@blueprint.get(f"/<{ONE}>")
@permission(Act.SEE_REMINDERS)
def index(which: str) -> str:
    """One list of messages, the newest first, and how many stand in the others."""
    session = here.session()
    totals = {
        one: session.scalar(select(func.count(Message.id)).where(rule)) or 0
        for one, rule in LISTS.items()
    }
    page = paged(
        session,
        select(Message).where(LISTS[which]).order_by(Message.due_on.desc(), Message.id.desc()),
    )
    people = {one.participant_id for one in page.rows}
    accounts = {one.account_id for one in page.rows}
    numbers = select(Participant.id, Participant.number).where(Participant.id.in_(people))
    members = select(Account.id, Account.name).where(Account.id.in_(accounts))
    return render_template(
        "reminders/index.html",
        which=which,
        totals=totals,
        page=page,
        form=Step(formdata=None),
        numbers={one.id: one.number for one in session.execute(numbers)},
        members={one.id: one.name for one in session.execute(members)},
        settings=here.settings(),
    )


@blueprint.post("/<int:message>/send-again")
@permission(Act.SETTLE_REMINDER)
def send_again(message: int) -> Response:
    """Let a message that failed or came back be sent again."""
    return _settled(
        message,
        lambda one: settling.send_again(here.session(), one, here.settings().clock.now()),
        "The message waits to be sent again.",
    )


@blueprint.post("/<int:message>/came-back")
@permission(Act.SETTLE_REMINDER)
def came_back(message: int) -> Response:
    """Record that a message came back."""
    return _settled(
        message,
        lambda one: settling.came_back(here.session(), one, "It came back: recorded by a person."),
        "Recorded. Nothing more goes to this address until it is corrected.",
    )


@blueprint.post("/<int:message>/seen-to")
@permission(Act.SETTLE_REMINDER)
def seen_to(message: int) -> Response:
    """Record that somebody has seen to a doubt, or to a message that will not be sent."""
    return _settled(
        message,
        lambda one: settling.see_to(here.session(), one, here.settings().clock.now()),
        "Recorded as seen to.",
    )


def _settled(number: int, do: Callable[[Message], Message], said: str) -> Response:
    message, form = found(Message, number), Step()
    done = form.validate_on_submit() and form.records(Act.SETTLE_REMINDER, lambda: do(message))
    if done:
        flash(said, "done")
    else:
        flash(" ".join(words for _, words in form.faults) or "Send this again.", "warning")
    return redirect(url_for("reminders.index"))
