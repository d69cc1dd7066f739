"""Sessions kept on the server, over their own short connections, so that they can be ended at once."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Engine, Row, delete, insert, select, update
from werkzeug.datastructures import CallbackDict

from trial.config import Clock, Settings
from trial.records.database import writing
from trial.web.accounts import WebSession
from trial.web.database import aside

LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
# Sessions live by the machine's clock: a demonstration's day stands still and would never end one.
CLOCK = Clock()


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """What the server remembers of one browser; the browser holds only a random token."""

    def __init__(self, content: dict[str, Any] | None = None, token: str | None = None) -> None:
        super().__init__(content or {}, lambda changed: setattr(changed, "modified", True))
        self.token = token
        self.new = token is None
        self.modified = False
        self.renewed = False
        self.account_id: int | None = None
        self.lapsed = False
        self.lapsed_account: int | None = None

    def renew(self, account_id: int | None = None) -> None:
        """Begin afresh under a new token: at sign-in and at sign-out."""
        self.clear()
        self.renewed = self.modified = True
        self.account_id = account_id


class ServerSessions(SessionInterface):
    """Opens and saves sessions in the table ``web_session``; only hashes of tokens are kept there."""

    def __init__(self, settings: Settings) -> None:
        self.secure = settings.secure_cookies
        self.cookie = "__Host-trial" if self.secure else "trial"
        self.idle = timedelta(minutes=settings.idle_minutes)

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """The session of the browser that asks, or an empty one."""
        token = request.cookies.get(self.cookie)
        if not token or request.path.startswith(f"{app.static_url_path}/"):
            return ServerSession()
        with aside(write=False) as connection:
            row = connection.execute(
                select(WebSession.id, WebSession.account_id, WebSession.content)
                .add_columns(WebSession.begun_at, WebSession.seen_at)
                .where(WebSession.token_hash == hashed(token), WebSession.ended_at.is_(None))
            ).first()
        now = CLOCK.now()
        if row is None or self._is_over(row, now):
            lapsed = ServerSession()
            lapsed.lapsed_account = None if row is None else row.account_id
            lapsed.lapsed = lapsed.lapsed_account is not None
            return lapsed
        if now - row.seen_at >= SEEN_EVERY:
            _execute(update(WebSession).where(WebSession.id == row.id).values(seen_at=now))
        session = ServerSession(json.loads(row.content), token)
        session.account_id = row.account_id
        return session

    def _is_over(self, row: Row[Any], now: datetime) -> bool:
        return now - row.seen_at > self.idle or now - row.begun_at > LONGEST

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed, after the request's own transaction has ended."""
        assert isinstance(session, ServerSession)
        if not session.modified or (session.new and not session and not session.renewed):
            return
        if session.token and not session.renewed:
            _execute(
                update(WebSession)
                .where(WebSession.token_hash == hashed(session.token))
                .values(content=json.dumps(dict(session)))
            )
            return
        self._begin(session, response)

    def _begin(self, session: ServerSession, response: Response) -> None:
        now, token = CLOCK.now(), secrets.token_urlsafe(32)
        row = {
            "token_hash": hashed(token),
            "account_id": session.account_id,
            "content": json.dumps(dict(session)),
            "begun_at": now,
            "seen_at": now,
        }
        with aside() as connection:
            old = WebSession.token_hash == hashed(session.token or "")
            connection.execute(update(WebSession).where(old).values(ended_at=now, content="{}"))
            connection.execute(delete(WebSession).where(WebSession.seen_at < now - LONGEST))
            connection.execute(insert(WebSession), row)
        response.set_cookie(
            self.cookie, token, secure=self.secure, httponly=True, samesite="Lax", path="/"
        )


def hashed(token: str) -> str:
    """What is kept of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def end_sessions(engine: Engine, account_id: int) -> None:
    """Mark every session of an account as ended; call it after the act that ends them."""
    mine = (WebSession.account_id == account_id) & WebSession.ended_at.is_(None)
    with writing(), engine.begin() as connection:
        connection.execute(
            update(WebSession).where(mine).values(ended_at=CLOCK.now(), content="{}")
        )


def _execute(statement: Any) -> None:
    with aside() as connection:
        connection.execute(statement)
