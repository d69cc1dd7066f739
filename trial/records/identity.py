"""Sealing identifiers under a key per participant, wrapped by the instance key."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Unreadable(Exception):
    """A sealed value that this key does not open: another key, or the value was changed."""


def seal(key: bytes, text: str, about: str) -> str:
    """Encrypt a text with AES-256-GCM, bound to what it is ``about``, as base64."""
    nonce = secrets.token_bytes(NONCE)
    return base64.b64encode(
        nonce + AESGCM(key).encrypt(nonce, text.encode(), about.encode())
    ).decode()


def unseal(key: bytes, sealed: str, about: str) -> str:
    """Decrypt what ``seal`` made; raises ``Unreadable``."""
    blob = base64.b64decode(sealed)
    try:
        return AESGCM(key).decrypt(blob[:NONCE], blob[NONCE:], about.encode()).decode()
    except InvalidTag as fault:
        raise Unreadable("This value cannot be opened with the instance's key.") from fault


@dataclass(frozen=True)
class Vault:
    """The instance key, and what is done with it."""

    key: bytes

    def new_wrapped(self, participant: str) -> str:
        """A fresh participant key, wrapped."""
        return seal(self.key, secrets.token_hex(32), f"key of {participant}")

    def unwrap(self, wrapped: str, participant: str) -> bytes:
        """A participant's key."""
        return bytes.fromhex(unseal(self.key, wrapped, f"key of {participant}"))

    def blind_index(self, nhs_number: str) -> str:
        """A keyed digest that finds the same NHS number again without telling it."""
        return self._index(b"nhs index", nhs_number)

    def address_index(self, address: str) -> str:
        """A keyed digest that finds the same e-mail address or telephone number again."""
        return self._index(b"address index", address.strip().casefold())

    def _index(self, purpose: bytes, text: str) -> str:
        derived = hashlib.sha256(purpose + self.key).digest()
        return hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()
