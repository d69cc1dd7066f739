"""The certificate: the proof of the allocation as a report, with how to redo it by hand."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy.orm import Session

from trial.conduct.access import Act, permit
from trial.conduct.allocation import frozen
from trial.conduct.allocation.kept import Abandoned, Ceremony
from trial.conduct.allocation.plan import names
from trial.conduct.allocation.proof import Proof, may_see, proof
from trial.conduct.allocation.verify import Verification, verify
from trial.conduct.dates import words
from trial.conduct.refused import Refused
from trial.config import LONDON
from trial.protocol import Protocol
from trial.records.actor import Actor
from trial.records.replay import newest_act
from trial.report.value import Block, Heading, Listing, Notice, Report, Table, Text

MOST_SCHEMES = 1_000
DRAWN_FROM = "F|code of the first person|code of the second person"
BY_HAND = (
    "Write the lines of the frozen text into a file, without their numbers, each ended by one line"
    " feed, the last one too. “openssl dgst -sha256 FILE” gives F.",
    "“printf '%s' 'F|account|code' | openssl dgst -sha256” gives the commitment of each person.",
    f"“printf '%s' '{DRAWN_FROM}' | openssl dgst -sha256” gives the hash of the draw.",
    "“echo 'n=SCHEMES; ibase=16; HASH % n' | bc” gives the number of the scheme: SCHEMES is how many"
    " there are, HASH the hash of the draw in capital letters.",
    "The line of the frozen text that begins with this number names the clusters of the first arm"
    " (with more than two arms, those of the next arm follow after a stroke); the remaining clusters"
    " are in the last arm.",
)


def issue(
    session: Session, protocol: Protocol, by: Actor, *, on: date, number: int | None = None
) -> tuple[Proof, Report]:
    """The proof of a draw (None: the last) and its certificate, for one person.

    Raises ``Refused`` for whom it is too early.
    """
    permit(by, Act.PRINT_CERTIFICATE)
    proved = proof(session, number)
    if not may_see(by, proved.ceremony):
        raise Refused(
            "Until every arm is revealed, the certificate is only for the two people who drew."
        )
    stood = newest_act(session, on)
    head = stood[1] if stood else None
    return proved, certificate(proved, protocol, verify(session, number), head)


def certificate(
    proved: Proof, protocol: Protocol, verification: Verification, head: str | None = None
) -> Report:
    """The certificate of a drawn allocation; ``head`` is the hash at which the trail stood."""
    made = proved.ceremony
    drawn = made.first_code is not None
    footer = [f"F {made.frozen_hash}"]
    if head:
        footer.append(f"Trail head {head}")
    return Report(
        title="Certificate of the allocation",
        subtitle=protocol.title,
        blocks=(
            *(_opening if drawn else _kept)(made, protocol, verification),
            *_drawing(proved, protocol),
            *_frozen_text(made),
            Heading("How to redo the draw by hand" if drawn else "How to check it by hand"),
            Listing(BY_HAND if drawn else BY_HAND[:1]),
            *_verification(verification),
            *_abandoned(proved.abandoned),
        ),
        footer=tuple(footer),
    )


def _opening(made: Ceremony, protocol: Protocol, verification: Verification) -> Iterator[Block]:
    yield Text(
        f"The clusters of {protocol.name} were allocated on {_moment(made.drawn_at)} by"
        f" {made.first_name}, who froze the allocation, and {made.second_name}, the second person. Each"
        " held one random code; neither code alone says anything about the result. Everything below can"
        " be redone with openssl and bc."
    )
    yield _told(verification)


def _kept(made: Ceremony, protocol: Protocol, verification: Verification) -> Iterator[Block]:
    source = protocol.allocation.earlier.source if protocol.allocation.earlier else "another trial"
    yield Text(
        f"The clusters of {protocol.name} keep the allocation of {source}. Nothing was drawn."
        f" {made.first_name} recorded it from its source, and {made.second_name} again, on"
        f" {_moment(made.drawn_at)}, without having been shown what was recorded; both recorded the same."
    )
    yield _told(verification)


def _told(verification: Verification) -> Notice:
    return Notice(
        f"This allocation is {verification.word}. This certificate tells the arms: keep it from"
        " everyone who is blinded."
    )


def _drawing(proved: Proof, protocol: Protocol) -> Iterator[Block]:
    made = proved.ceremony
    yield Heading("The draw" if made.first_code else "What was recorded")
    yield Table("What went in and what came out", ("What", "Value"), _facts(made))
    named = names(protocol)
    yield Table(
        "The arm of each cluster",
        ("Code", "Cluster", "Arm"),
        tuple((key, named.get(key, key), arm or "") for key, arm in proved.arms.items() if arm),
    )


def _facts(made: Ceremony) -> tuple[tuple[str, str], ...]:
    if made.first_code is None:
        return (
            ("F, the SHA-256 of the frozen text", made.frozen_hash),
            ("Recorded by the first person", f"{made.first_name}, {_moment(made.frozen_at)}"),
            ("Recorded by the second person", f"{made.second_name}, {_moment(made.drawn_at)}"),
        )
    draw_hash = frozen.hashed(f"{made.frozen_hash}|{made.first_code}|{made.second_code}")
    return (
        ("F, the SHA-256 of the frozen text", made.frozen_hash),
        ("Frozen", _moment(made.frozen_at)),
        *_person("First person", made, "first"),
        *_person("Second person", made, "second"),
        ("Hash of the draw", draw_hash),
        ("Schemes", str(made.schemes)),
        ("Scheme drawn, counted from 0", str(made.scheme)),
        ("Drawn", _moment(made.drawn_at)),
    )


def _person(title: str, made: Ceremony, which: str) -> Iterator[tuple[str, str]]:
    yield f"{title}", str(getattr(made, f"{which}_name"))
    yield f"{title}, account", str(getattr(made, f"{which}_account"))
    yield f"{title}, code", str(getattr(made, f"{which}_code"))
    yield f"{title}, commitment", str(getattr(made, f"{which}_commitment"))


def _frozen_text(made: Ceremony) -> Iterator[Block]:
    lines = made.frozen.splitlines()
    yield Heading("The frozen text")
    note = "A long line goes on below itself, with one space between; its number stands once."
    if made.schemes > MOST_SCHEMES:
        shown = len(lines) - made.schemes
        note = (
            f"The {made.schemes} lines of the schemes are not printed here: `trial allocation text`"
            " prints the whole text."
        )
        lines = lines[:shown]
    rows = tuple((number, line) for number, line in enumerate(lines, start=1))
    yield Table("Lines of the frozen text", ("Line", "Text"), rows, note=note, numeric=(0,))


def _verification(verification: Verification) -> Iterator[Block]:
    yield Heading("Verification")
    rows = tuple((step.name, "OK" if step.ok else "FAIL") for step in verification.steps)
    yield Table("Every step, done again", ("Step", "Result"), rows)


def _abandoned(ended: tuple[Abandoned, ...]) -> Iterator[Block]:
    yield Heading("Abandoned ceremonies")
    if not ended:
        yield Text("None: every ceremony that was begun ended with its draw.")
        return
    rows = tuple(
        (one.number, _moment(one.frozen_at), one.first_name, _moment(one.abandoned_at), one.reason)
        for one in ended
    )
    columns = ("Ceremony", "Frozen", "By", "Abandoned", "Reason")
    yield Table("Ceremonies that ended without a draw", columns, rows, numeric=(0,))


def _moment(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(LONDON)
    return f"{words(local.date())}, {local:%H:%M:%S}"
