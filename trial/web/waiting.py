"""A file that waits between two pages: sealed, for whoever sent it, and for an hour."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from sqlalchemy import delete, insert, select

from trial.conduct.importing.preview import Change, Preview, Refusal
from trial.config import Clock
from trial.records.identity import Unreadable
from trial.records.models import Typed
from trial.records.sealed import seal_file, unseal_file
from trial.web import here
from trial.web.database import aside

HOUR = timedelta(hours=1)
PREFIX = "import/"
LONGEST_TOKEN = 60
# As sessions do: the day of a demonstration stands still and would never end the hour.
CLOCK = Clock()


@dataclass(frozen=True)
class Waiting:
    """A file with what was asked of it, and what it was seen to do."""

    form: str
    name: str
    draft: bool
    preview: Preview
    content: bytes


def keep(waiting: Waiting) -> str:
    """Keep a file, and give the token by which its sender finds it again; old ones go."""
    token, now = secrets.token_urlsafe(24), CLOCK.now()
    head = asdict(replace(waiting, content=b""))
    head.pop("content")
    whole = json.dumps(head).encode() + b"\n" + waiting.content
    row = {
        "account_id": here.actor().id,
        "place": PREFIX + token,
        "sealed": base64.b64encode(seal_file(_key(), whole, _about(token))).decode(),
        "typed_at": now,
    }
    with aside() as connection:
        old = Typed.place.startswith(PREFIX) & (Typed.typed_at < now - HOUR)
        connection.execute(delete(Typed).where(old))
        connection.execute(insert(Typed), row)
    return token


def find(token: str) -> Waiting | None:
    """The file of a token, if whoever asks sent it within the hour."""
    wanted = select(Typed.sealed).where(
        Typed.account_id == here.actor().id,
        Typed.place == PREFIX + token[:LONGEST_TOKEN],
        Typed.typed_at >= CLOCK.now() - HOUR,
    )
    with aside(write=False) as connection:
        sealed = connection.execute(wanted).scalar()
    if sealed is None:
        return None
    try:
        whole = unseal_file(_key(), base64.b64decode(sealed), _about(token))
    except Unreadable:
        return None
    head, _, content = whole.partition(b"\n")
    told = json.loads(head)
    return Waiting(told["form"], told["name"], told["draft"], _preview(told["preview"]), content)


def drop(token: str) -> None:
    """Forget a file that was taken in."""
    mine = (Typed.account_id == here.actor().id) & (Typed.place == PREFIX + token)
    with aside() as connection:
        connection.execute(delete(Typed).where(mine))


def _key() -> bytes:
    return here.settings().key("typed")


def _about(token: str) -> str:
    return f"import {token} by {here.actor().id}"


def _preview(told: dict[str, object]) -> Preview:
    lists = {"changes": Change, "refusals": Refusal}
    made = {
        name: tuple(kind(*one) for one in told[name])  # type: ignore[attr-defined]
        for name, kind in lists.items()
    }
    return Preview(**{**told, **made, "left": tuple(told["left"])})  # type: ignore[arg-type]
