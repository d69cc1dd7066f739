"""The second factor: codes of an authenticator app, each good once, and recovery codes for a lost phone."""

import hashlib
import hmac
import io
from typing import Any

import qrcode
import qrcode.image.svg
from flask_security import Totp, UserMixin
from passlib.exc import UsedTokenError
from passlib.totp import TotpMatch
from sqlalchemy import insert, or_, select, update

from trial.config import Settings
from trial.web.accounts import Account, AccountUse
from trial.web.database import aside

WINDOW = 30  # seconds before and after: one step each way
RECOVERY_CODES = 10


class Codes(Totp):
    """Codes of one account that have been used already are refused: the last counter is kept."""

    def __init__(self, settings: Settings, issuer: str) -> None:
        super().__init__({"1": settings.key("second-factor").hex()}, issuer)
        self.key = settings.key("recovery")

    def get_last_counter(self, user: UserMixin) -> int | None:
        number = user.id
        with aside(write=False) as connection:
            return connection.execute(
                select(AccountUse.code_counter).where(AccountUse.account_id == number)
            ).scalar()

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        number, counter = user.id, tmatch.counter
        note_use(number)
        # One statement decides: of two requests with the same code, only one finds an older counter.
        older = or_(AccountUse.code_counter.is_(None), AccountUse.code_counter < counter)
        mine = update(AccountUse).where(AccountUse.account_id == number, older)
        with aside() as connection:
            claimed: Any = connection.execute(mine.values(code_counter=counter))
        if claimed.rowcount != 1:
            raise UsedTokenError()

    def fits(self, code: str, secret: str, account: Account) -> bool:
        """Whether a code of the app is right now, and has not been used before."""
        digits = "".join(code.split())
        return digits.isascii() and self.verify_totp(digits, secret, account, window=WINDOW)

    def picture(self, email: str, secret: str) -> bytes:
        """The code that a phone's camera reads, as SVG."""
        image = qrcode.make(
            self.get_totp_uri(email, secret), image_factory=qrcode.image.svg.SvgPathImage
        )
        out = io.BytesIO()
        image.save(out)
        return out.getvalue()

    def new_recovery_codes(self) -> tuple[list[str], str]:
        """Codes to show once, and what is kept of them."""
        codes = self.generate_recovery_codes(RECOVERY_CODES)
        return codes, "\n".join(self._hashed(code) for code in codes)

    def without(self, code: str, kept: str | None) -> str | None:
        """What is kept once this recovery code is used; None where it is not one of them."""
        hashes = (kept or "").split()
        mine = self._hashed(code)
        left = [one for one in hashes if not hmac.compare_digest(one, mine)]
        return "\n".join(left) if len(left) < len(hashes) else None

    def _hashed(self, code: str) -> str:
        plain = "".join(c for c in code.lower() if c in "0123456789abcdef")
        return hmac.new(self.key, plain.encode(), hashlib.sha256).hexdigest()


def note_use(account_id: int, **values: object) -> None:
    """Keep what a sign-in leaves behind, outside the trail: the act itself stands there already."""
    mine = AccountUse.account_id == account_id
    with aside() as connection:
        if connection.execute(select(AccountUse.account_id).where(mine)).first() is None:
            connection.execute(insert(AccountUse), {"account_id": account_id, "failures": 0})
        if values:
            connection.execute(update(AccountUse).where(mine).values(**values))
