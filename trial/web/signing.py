"""Signing in, step by step: password, second factor, and then a session of its own."""

from datetime import timedelta
from enum import Enum
from typing import Any

from flask import current_app, flash, g, request, session
from flask_security import login_user, logout_user

from trial.conduct.access import Act
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.trail import acting
from trial.web import account_acts, here, passwords, throttle
from trial.web.accounts import Account, AccountUse, actor_of, by_email
from trial.web.database import db
from trial.web.second_factor import Codes, note_use
from trial.web.sessions import CLOCK, end_sessions

NOBODY = Actor(0, "nobody signed in", Role.AUDITOR, frozenset(), False, True)
ATTEMPTS = (
    "Attempts to sign in as you that failed since you last signed in: {}. "
    "If they were not yours, tell an administrator."
)
PENDING_LASTS = timedelta(minutes=10)


class Step(Enum):
    """What comes after the password."""

    REFUSED = "refused"
    WAIT = "wait"
    CODE = "code"
    ENROL = "enrol"
    IN = "in"


def codes() -> Codes:
    """The second factor of this instance."""
    return Codes(here.settings(), here.protocol().name)


def try_password(email: str, password: str) -> Step:
    """Check a name and a password; as slow, and answered alike, whether or not the name exists."""
    subjects = [
        throttle.name_subject(here.settings(), email),
        throttle.address_subject(here.settings(), request.remote_addr or ""),
    ]
    if throttle.must_wait(subjects, CLOCK.now()):
        return Step.WAIT
    account = by_email(here.session(), email)
    hashed = account.password if account and account.active else None
    number = account.id if account else None
    here.session().rollback()  # hashing takes long: nobody else waits for our lock meanwhile
    if not passwords.matches(password, hashed):
        throttle.failed(subjects, CLOCK.now())
        note_failure(number)
        return Step.REFUSED
    throttle.succeeded(subjects[:1])
    account = here.session().get_one(Account, number)
    if not here.settings().second_factor and not account.totp_secret:
        complete(account)
        return Step.IN
    begin_second_factor(account)
    return Step.CODE if account.totp_secret else Step.ENROL


def note_failure(account_id: int | None) -> None:
    """Record a refused attempt: an act of nobody, with the account's number if there is one."""
    with acting(here.session(), by=NOBODY, name=Act.SIGN_IN_FAILED, note={"account": account_id}):
        pass
    if account_id is not None:
        note_use(account_id, failures=AccountUse.failures + 1)


def begin_second_factor(account: Account) -> None:
    """Remember that the password was right, for a few minutes, in a session that may do nothing else."""
    onward, mark = _onward(), account.fs_uniquifier
    session.renew()  # type: ignore[attr-defined]
    session["pending"] = {"account": account.id, "mark": mark, "at": CLOCK.now().timestamp()}
    session.update(onward)


def pending() -> Account | None:
    """Whose password was right a short while ago, if the second factor is still owed."""
    kept = session.get("pending")
    if not kept or CLOCK.now().timestamp() - kept["at"] > PENDING_LASTS.total_seconds():
        return None
    account = here.session().get(Account, kept["account"])
    fits = account is not None and account.active and account.fs_uniquifier == kept["mark"]
    return account if fits else None


def try_code(account: Account, typed: str) -> Step:
    """Check a code of the app or a recovery code; either works once."""
    subject = throttle.code_subject(here.settings(), account.id)
    if throttle.must_wait([subject], CLOCK.now()):
        return Step.WAIT
    number, factor = account.id, codes()
    recovers = factor.without(typed, account.recovery_codes) is not None
    if not recovers and not factor.fits(typed, account.totp_secret or "", account):
        throttle.failed([subject], CLOCK.now())
        note_failure(number)
        return Step.REFUSED
    throttle.succeeded([subject])
    complete(here.session().get_one(Account, number), typed if recovers else None)
    return Step.IN


def complete(account: Account, recovery_code: str | None = None) -> None:
    """Sign a person in: an act, a new session, and the times that the next sign-in shows."""
    actor = actor_of(here.session(), account, here.protocol())
    with acting(here.session(), by=actor, name=Act.SIGN_IN):
        if recovery_code is not None:
            left = codes().without(recovery_code, account.recovery_codes)
            account_acts.use_recovery_code(account, left=left)
    enter(account)
    number = account.id
    failures = use_of(account).failures
    note_use(
        number,
        signed_in_before=AccountUse.signed_in_at,
        signed_in_at=here.settings().clock.now(),
        failures=0,
    )
    if failures:
        flash(ATTEMPTS.format(failures), "warning")


def enter(account: Account) -> None:
    """Begin a new session for a person whose identity has just been proved."""
    onward = _onward()
    session.renew(account.id)  # type: ignore[attr-defined]
    g.pop("csrf_token", None)
    session.update(onward)
    login_user(account, remember=False)


def _onward() -> dict[str, Any]:
    """What signing in does not end: the page that was wanted, and that it is to show what was typed."""
    return {name: session[name] for name in ("wanted", "again") if name in session}


def leave() -> None:
    """Sign out: an act, and the session's end on the server."""
    with acting(here.session(), by=here.actor(), name=Act.SIGN_OUT):
        pass
    logout_user()
    session.renew()  # type: ignore[attr-defined]


def leave_everywhere(account_id: int) -> None:
    """Mark the sessions that an act has just ended."""
    here.session().rollback()
    end_sessions(db.engine, account_id)


def use_of(account: Account) -> AccountUse:
    """What earlier sign-ins of an account left behind."""
    return here.session().get(AccountUse, account.id) or AccountUse(failures=0)


def where_wanted(default: str) -> str:
    """The page that was asked for before signing in, if it is one of ours."""
    wanted = session.pop("wanted", None) or ""
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if ours and wanted != current_app.config["APPLICATION_ROOT"] else default
