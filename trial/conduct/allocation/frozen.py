"""The frozen text: what one act freezes, spelled so that anyone computes the same fingerprint of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random, SystemRandom

from trial.conduct.allocation.schemes import Restriction, Scheme, arms_of
from trial.records.canonical import plain

CODE_LENGTH = 32
SYSTEM_CHANCE = SystemRandom()


class NotFrozenText(Exception):
    """A text that does not have the form of a frozen text."""


@dataclass(frozen=True)
class Frozen:
    """What is frozen: for which protocol, over what, and the numbered permitted schemes."""

    trial: str
    version: str
    fingerprint: str
    ceremony: int
    frozen_at: str
    restriction: Restriction
    schemes: tuple[Scheme, ...]

    @property
    def text(self) -> str:
        """The text whose SHA-256 is F: UTF-8, each line ended by one line feed, the last one too."""
        restricted = self.restriction
        lines = [
            f"trial {self.trial}",
            f"protocol {self.version}",
            f"fingerprint {self.fingerprint}",
            f"ceremony {self.ceremony}",
            f"frozen {self.frozen_at}",
            *(f"arm {arm} {number}" for arm, number in restricted.arms),
            *(f"cluster {cluster}" for cluster in sorted(restricted.clusters)),
            *(
                f"stratum {stratum} {cluster} {values[cluster]}"
                for stratum, values in restricted.strata.items()
                for cluster in sorted(restricted.clusters)
            ),
            *_minimised(restricted),
            *([f"earlier {restricted.earlier}"] if restricted.earlier else ()),
            f"schemes {len(self.schemes)}",
            *(f"{number} {spelled(scheme)}" for number, scheme in enumerate(self.schemes)),
        ]
        return "".join(line + "\n" for line in lines)

    def arms(self, number: int) -> dict[str, str]:
        """The arm of every cluster under the scheme of a number."""
        return arms_of(self.restriction, self.schemes[number])


def _minimised(restricted: Restriction) -> Iterator[str]:
    """The lines of a minimisation; none where nothing is minimised, so that such a text has none."""
    for cluster, arm in sorted(restricted.already.items()):
        yield f"already {cluster} {arm}"
    for factor, values in restricted.factors.items():
        yield from (f"factor {factor} {cluster} {values[cluster]}" for cluster in sorted(values))
    if restricted.factors:
        yield f"least {restricted.at_least}"


def spelled(scheme: Scheme) -> str:
    """A scheme on one line: the first arm's clusters; with more than two arms ``/`` between arms."""
    return " / ".join(" ".join(clusters) for clusters in scheme)


def instant(at: datetime) -> str:
    """An instant as the frozen text and the trail spell it."""
    return str(plain(at))


def read(text: str) -> Frozen:
    """The frozen text read back; raises ``NotFrozenText`` where it has another form."""
    lines = text.split("\n")
    try:
        if lines.pop():
            raise NotFrozenText("The text does not end with a line feed.")
        words = [line.split(" ", 1) for line in lines]
        first = next(place for place, line in enumerate(words) if line[0] == "schemes")
        head, listed = words[:first], words[first + 1 :]
        made = Frozen(
            trial=_one(head, "trial"),
            version=_one(head, "protocol"),
            fingerprint=_one(head, "fingerprint"),
            ceremony=int(_one(head, "ceremony")),
            frozen_at=_one(head, "frozen"),
            restriction=_restriction(head),
            schemes=tuple(_scheme(rest) for _, rest in listed),
        )
        spelled_again = made.text
    except (ValueError, KeyError, IndexError, StopIteration) as fault:
        raise NotFrozenText("This is not the text of a frozen allocation.") from fault
    if spelled_again != text:
        raise NotFrozenText("The lines of this text are not spelled as a frozen allocation's are.")
    return made


def _all(head: list[list[str]], word: str) -> list[str]:
    return [rest for first, rest in head if first == word]


def _one(head: list[list[str]], word: str) -> str:
    (found,) = _all(head, word)
    return found


def _restriction(head: list[list[str]]) -> Restriction:
    arms = [line.split(" ") for line in _all(head, "arm")]
    already = dict(line.split(" ") for line in _all(head, "already"))
    least = _all(head, "least")
    return Restriction(
        clusters=tuple(_all(head, "cluster")),
        arms=tuple((arm, int(number)) for arm, number in arms),
        strata=_values(head, "stratum"),
        factors=_values(head, "factor"),
        at_least=int(least[0]) if least else 1,
        already=already,
        earlier="".join(_all(head, "earlier")),
    )


def _values(head: list[list[str]], word: str) -> dict[str, dict[str, str]]:
    """The value of each cluster by stratum or factor, as the lines that begin with the word say."""
    found: dict[str, dict[str, str]] = {}
    for line in _all(head, word):
        name, cluster, value = line.split(" ", 2)
        found.setdefault(name, {})[cluster] = value
    return found


def _scheme(line: str) -> Scheme:
    return tuple(tuple(part.split(" ")) for part in line.split(" / "))


def hashed(text: str) -> str:
    """SHA-256 of a UTF-8 text in hexadecimal, as ``openssl dgst -sha256`` prints it."""
    return sha256(text.encode()).hexdigest()


def new_code(chance: Random = SYSTEM_CHANCE) -> str:
    """A random code of 32 hexadecimal characters."""
    return f"{chance.getrandbits(128):032x}"


def commitment(f: str, account: int, code: str) -> str:
    """What a person is bound to before the draw: SHA-256 of ``F|account|code``."""
    return hashed(f"{f}|{account}|{code}")


def drawn(f: str, first_code: str, second_code: str, schemes: int) -> int:
    """The number of the drawn scheme, from 0: SHA-256 of ``F|code|code`` as an integer, modulo n."""
    return int(hashed(f"{f}|{first_code}|{second_code}"), 16) % schemes
