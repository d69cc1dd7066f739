"""Sealing whole files under one of the instance's keys."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trial.records.identity import NONCE, Unreadable


def seal_file(key: bytes, content: bytes, about: str) -> bytes:
    """Encrypt a file with AES-256-GCM, bound to what it is ``about``."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, about.encode())


def unseal_file(key: bytes, sealed: bytes, about: str) -> bytes:
    """Decrypt what ``seal_file`` made; raises ``Unreadable``."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], about.encode())
    except InvalidTag as fault:
        raise Unreadable("This file cannot be opened with the instance's key.") from fault
