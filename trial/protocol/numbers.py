"""Study numbers with a check character, such as IPSOH-0001-L."""

from functools import cache, lru_cache

from stdnum.iso7064 import mod_37_36

BLOCK = 100
_SEPARATORS = str.maketrans("", "", " \t\r\n\u00a0-\u2010\u2011\u2012\u2013\u2014\u2212")


def make(prefix: str, n: int) -> str:
    """The study number of the n-th participant, counted from 1.

    MOD 37,36 of ISO 7064 finds every wrong character but not every swap of two neighbours. Numbers
    that a swap would turn into another valid number are therefore never given: they are skipped.
    """
    if n < 1:
        raise ValueError("Participants are counted from 1.")
    serial = n
    while (needed := n + _skipped_to(prefix, serial)) != serial:
        serial = needed
    return _written(prefix, serial)


def read(prefix: str, text: str) -> str | None:
    """The study number that was meant, whatever its case, spaces and hyphens, or None."""
    typed = text.translate(_SEPARATORS).upper()
    digits = typed.removeprefix(prefix)[:-1]
    if not (typed.isascii() and typed.startswith(prefix) and digits.isdigit()):
        return None
    serial = int(digits) if len(digits) <= 9 else 0
    meant = _given(prefix, serial)
    return None if meant is None or meant.replace("-", "") != typed else meant


def valid(prefix: str, text: str) -> bool:
    """Whether this can be a study number of this trial."""
    return read(prefix, text) is not None


@lru_cache(maxsize=2**14)
def _given(prefix: str, serial: int) -> str | None:
    """The study number of a serial number, or None where none is ever given."""
    return None if serial < 1 or _swappable(prefix, serial) else _written(prefix, serial)


def _written(prefix: str, serial: int) -> str:
    digits = f"{serial:04d}"
    return f"{prefix}-{digits}-{mod_37_36.calc_check_digit(prefix + digits)}"


def _swappable(prefix: str, serial: int) -> bool:
    """Whether swapping two neighbours behind the prefix gives another valid number."""
    tail = _written(prefix, serial).replace("-", "")[len(prefix) :]
    swaps = (
        tail[:at] + tail[at + 1] + tail[at] + tail[at + 2 :]
        for at in range(len(tail) - 1)
        if tail[at] != tail[at + 1]
    )
    return any(swap[:-1].isdigit() and mod_37_36.is_valid(prefix + swap) for swap in swaps)


@cache
def _skips(prefix: str, block: int) -> tuple[int, ...]:
    first = block * BLOCK
    return tuple(
        serial for serial in range(max(first, 1), first + BLOCK) if _swappable(prefix, serial)
    )


def _skipped_to(prefix: str, serial: int) -> int:
    """How many numbers from 1 to this one are never given."""
    whole = sum(len(_skips(prefix, block)) for block in range(serial // BLOCK))
    return whole + sum(1 for skip in _skips(prefix, serial // BLOCK) if skip <= serial)
