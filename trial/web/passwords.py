"""Passwords: long and uncommon ones, without rules of composition or expiry, and how they are kept."""

import secrets
import unicodedata
from functools import cache
from importlib.resources import files

from flask_security.utils import hash_password, verify_password

from trial.protocol import Protocol

LEAST, MOST = 12, 200
DISGUISES = str.maketrans("@4301!5$7", "aaeoiisst")
YEARS = frozenset(str(year) for year in range(1940, 2040))
LEFT = 4  # characters that must remain of a password once everything guessable is taken out
# Without letters and digits that look alike, since people copy these from paper.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 5, 4


def normal(password: str) -> str:
    """One password, whichever keyboard composed its letters."""
    return unicodedata.normalize("NFKC", password)


def fault(password: str, protocol: Protocol, *personal: str) -> str | None:
    """What is wrong with a new password, as a sentence that says what to do; None where nothing is."""
    plain = normal(password)
    if len(plain) < LEAST:
        return f"Use {LEAST} characters or more: three or four words that have nothing to do with each other"
    if len(plain) > MOST:
        return f"Use at most {MOST} characters"
    if _is_common(plain.lower(), protocol, personal):
        return "Choose another password: this one is easily guessed"
    return None


def _is_common(plain: str, protocol: Protocol, personal: tuple[str, ...]) -> bool:
    """Whether little is left once common words, the trial's words, years and runs are taken out."""
    if len(set(plain)) < 5:
        return True
    known = {*common(), *YEARS, *trial_words(protocol), *_words(*personal)}
    return min(_left(plain, known), _left(plain.translate(DISGUISES), known)) < LEFT


def _left(rest: str, known: set[str]) -> int:
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return len(rest.replace(" ", ""))


@cache
def common() -> frozenset[str]:
    """Words and runs of keys that guessers try first."""
    text = files("trial.web").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def trial_words(protocol: Protocol) -> frozenset[str]:
    """Words that whoever knows the trial would try: its name, its places, its arms."""
    names = [protocol.key, protocol.name, protocol.title, protocol.sponsor]
    names += [cluster.name for cluster in protocol.clusters]
    names += [arm.name for arm in protocol.arms]
    return frozenset({*_words(*names), "password", "trial", "research"})


def _words(*texts: str) -> set[str]:
    plain = " ".join(texts).lower().replace("@", " ").replace(".", " ").replace("-", " ")
    return {word.strip(",()") for word in plain.split() if len(word.strip(",()")) >= 2}


def kept(password: str) -> str:
    """What is kept of a password: its argon2id hash under the instance's own key (takes a while)."""
    return hash_password(normal(password))


def matches(password: str, hashed: str | None) -> bool:
    """Whether a password is the one kept; as slow for an account without one as for any other."""
    found = verify_password(normal(password), hashed or _nobodys())
    return found and hashed is not None


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_hex(32))


def generated() -> str:
    """A password for a person to copy: 99 bits in groups of four."""
    letters = [secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)]
    return "-".join("".join(letters[i : i + GROUP]) for i in range(0, len(letters), GROUP))
