"""What was typed and not saved yet: sealed, kept for whoever typed it, shown again on the same page."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask, current_app, g, request, session
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response
from wtforms.fields.core import UnboundField

from trial.records.identity import Unreadable, seal, unseal
from trial.records.models import Act, Typed
from trial.web import here
from trial.web.database import aside
from trial.web.fields import Secret

Sent = Mapping[str, list[str]]
LONGEST, MOST, LARGEST = timedelta(days=14), 20, 1024 * 1024
LONGEST_PLACE = 200
MARKED = re.compile(r"([A-Za-z0-9_-]{32})([A-Za-z0-9_-]{16})")
# Pages of signing in and of accounts hold passwords and codes, and the last one keeps what is typed.
NEVER = frozenset({"sign", "own", "accounts", "typed", "home", None})
ONE_TIME = "one-time-code"


@dataclass(frozen=True)
class Kept:
    """What somebody typed into a page, and when; ``again`` says that the page shows it now."""

    place: str
    typed: Sent
    at: datetime
    again: bool = False


def fresh_once() -> str:
    """A one-time token that says, to this instance alone, for whom the page with it was made."""
    person = here.person()
    token = secrets.token_urlsafe(24)
    return token if person is None else token + _mark(person.id, token)


def made_for(account_id: int, sent: Sent) -> bool:
    """Whether a page that was sent had been made for an account."""
    for name, values in sent.items():
        found = MARKED.fullmatch(values[0]) if name.endswith("once") and values else None
        if found and hmac.compare_digest(found[2], _mark(account_id, found[1])):
            return True
    return False


def place() -> str:
    """The address of the page that is asked for."""
    return storable(request.full_path.rstrip("?"))


def storable(where: str) -> str:
    """An address as a database can keep and look for it: PostgreSQL refuses a NUL."""
    return where.replace("\0", "\ufffd")


def answers_to(address: str, method: str) -> str | None:
    """The endpoint that answers an address of ours, or None."""
    adapter = current_app.url_map.bind("")
    path, _, asked = address.partition("?")
    try:
        endpoint, _ = adapter.match(path, method=method, query_args=asked)
    except HTTPException:
        return None
    return str(endpoint)


def may_keep(endpoint: str | None) -> bool:
    """Whether what is typed into a page may be kept."""
    return endpoint is not None and endpoint.partition(".")[0] not in NEVER


def keep(account_id: int, where: str, sent: Sent) -> bool:
    """Keep what was typed, sealed, in the place of what was kept there; whether it was."""
    where = storable(where)
    told = {name: values for name, values in sent.items() if _is_kept(name)}
    text = json.dumps(told)
    if not any(told.values()) or len(where) > LONGEST_PLACE or len(text) > LARGEST:
        return False
    now = here.settings().clock.now()
    row = {"sealed": seal(_key(), text, _about(account_id, where)), "typed_at": now}
    this = (Typed.account_id == account_id) & (Typed.place == where)
    mine = select(Typed.id).where(Typed.account_id == account_id).order_by(Typed.typed_at.desc())
    try:
        with aside() as connection:
            connection.execute(delete(Typed).where(Typed.typed_at < now - LONGEST))
            if not connection.execute(update(Typed).where(this).values(row)).rowcount:
                connection.execute(insert(Typed), row | {"account_id": account_id, "place": where})
            numbers = connection.execute(mine).scalars().all()
            if len(numbers) > MOST:
                connection.execute(delete(Typed).where(Typed.id.in_(numbers[MOST:])))
    except IntegrityError:
        return False  # the same page, sent twice at the same moment: the other one stands
    return True


def was_sent(sent: Sent) -> bool:
    """Whether the page with this one-time token has been saved meanwhile."""
    tokens = [values[0] for name, values in sent.items() if name.endswith("once") and values]
    wanted = select(Act.number).where(Act.once.in_(tokens))
    return here.session().scalar(wanted.limit(1)) is not None


def forget(account_id: int, where: str) -> None:
    """Forget what was typed into a page, if anything is kept of it."""
    this = (Typed.account_id == account_id) & (Typed.place == storable(where))
    with aside(write=False) as connection:
        number = connection.execute(select(Typed.id).where(this)).scalar()
    if number is not None:
        with aside() as connection:
            connection.execute(delete(Typed).where(Typed.id == number))


def kept(account_id: int, where: str) -> Kept | None:
    """What an account typed into a page and did not save."""
    return next(_opened(account_id, Typed.place == storable(where)), None)


def all_kept(account_id: int) -> list[Kept]:
    """Everything that an account typed and did not save, the newest first."""
    return list(_opened(account_id))


def on_this_page() -> Kept | None:
    """What whoever is signed in typed into the page that is being opened; asked once a request."""
    if "kept" not in g:
        person = here.person()
        opens = request.method == "GET" and person is not None and may_keep(request.endpoint)
        g.kept = kept(person.id, place()) if opens and person is not None else None
    found: Kept | None = g.kept
    return found


def show_again(where: str) -> None:
    """Let the next look at a page show what was typed there."""
    session["again"] = where


def typed_before(prefix: str, names: set[str]) -> MultiDict[str, str] | None:
    """What a form with these questions is to show again, where it was asked to be shown."""
    found = on_this_page()
    if found is None or not found.again or f"{prefix}once" not in found.typed:
        return None
    if not prefix and not names & {name.partition("-")[0] for name in found.typed}:
        return None
    return MultiDict(
        (n, one) for n, all_ in found.typed.items() if n[-4:] != "once" for one in all_
    )


def install(app: Flask) -> None:
    """Forget what was typed into a page once it is saved; show pages what stands for them."""

    @app.after_request
    def _forget(response: Response) -> Response:
        if g.get("typed_is_saved") and (person := here.person()) is not None:
            forget(person.id, place())
        return response

    @app.context_processor
    def _told() -> dict[str, Any]:
        return {"typed_here": on_this_page, "keeps_typed": lambda: may_keep(request.endpoint)}


def _opened(account_id: int, *rules: Any) -> Iterator[Kept]:
    wanted = select(Typed.place, Typed.sealed, Typed.typed_at).order_by(Typed.typed_at.desc())
    since = here.settings().clock.now() - LONGEST
    wanted = wanted.where(Typed.account_id == account_id, Typed.typed_at >= since, *rules)
    for where, sealed, at in here.session().execute(wanted):
        try:
            text = unseal(_key(), sealed, _about(account_id, where))
        except Unreadable:
            continue
        yield Kept(where, json.loads(text), at, session.get("again") == where)


def _key() -> bytes:
    key: bytes = current_app.extensions.get("trial_typed_key") or here.settings().key("typed")
    current_app.extensions["trial_typed_key"] = key
    return key


def _mark(account_id: int, token: str) -> str:
    made = hmac.new(_key(), f"page of {account_id}: {token}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:12]).decode()


def _about(account_id: int, where: str) -> str:
    return f"typed by {account_id} at {where}"


def _is_kept(name: str) -> bool:
    return not name.endswith("csrf_token") and name.rpartition("-")[2] not in _secret_names()


@cache
def _secret_names() -> frozenset[str]:
    """The names of all questions for a password or a code, whichever form asks them."""
    from_forms = (one for cls in _all_forms() for one in vars(cls).items())
    return frozenset(name for name, asked in from_forms if _is_secret(asked))


def _is_secret(asked: Any) -> bool:
    if not isinstance(asked, UnboundField):
        return False
    secret = isinstance(asked.field_class, type) and issubclass(asked.field_class, Secret)
    return secret or asked.kwargs.get("autocomplete") == ONE_TIME


def _all_forms() -> Iterator[type[Any]]:
    waiting: list[type[Any]] = [current_app.extensions["trial_form"]]
    while waiting:
        cls = waiting.pop()
        waiting.extend(cls.__subclasses__())
        yield cls
