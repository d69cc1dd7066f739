"""Proving again who one is, for what a session alone must not do: signing, and locking the trial."""

from wtforms import Field

from trial.conduct.refused import Refused
from trial.web import here, passwords, signing, throttle
from trial.web.accounts import Account
from trial.web.fields import Line, Secret
from trial.web.forms import Form
from trial.web.sessions import CLOCK

WAIT = "There were too many attempts: wait a few minutes, then try again."
WRONG = "This password or this code is not right."


class Proof(Form):
    """A form that is sent with the password, and the second factor where the account has one."""

    password = Secret(
        "Your password", needed="Enter your password", autocomplete="current-password"
    )
    code = Line(
        "Code from your authenticator app",
        needed="Enter the code that your app shows",
        autocomplete="one-time-code",
        width=10,
        most=20,
    )

    def __init__(self, account: Account, **rest: object) -> None:
        super().__init__(**rest)
        self.account = account
        if not account.totp_secret:
            del self.code

    def proves(self) -> bool:
        """Whether password and code are right; attempts count and wait as they do for signing in."""
        settings, number, typed = here.settings(), self.account.id, self._code()
        subjects = [
            throttle.name_subject(settings, self.account.email),
            throttle.code_subject(settings, number),
        ]
        if throttle.must_wait(subjects, CLOCK.now()):
            self.refuse(Refused(WAIT, "password"))
            return False
        hashed, secret = self.account.password, self.account.totp_secret
        here.session().rollback()  # hashing takes long: nobody else waits for our lock meanwhile
        right = passwords.matches(str(self.password.data), hashed)
        account = here.session().get_one(Account, number)
        if right and secret:
            right = signing.codes().fits(typed, secret, account)
        if not right:
            throttle.failed(subjects, CLOCK.now())
            signing.note_failure(number)
            self.refuse(Refused(WRONG, "password"))
            return False
        throttle.succeeded(subjects)
        return True

    def _code(self) -> str:
        field: Field | None = self._fields.get("code")
        return "" if field is None else str(field.data or "")
