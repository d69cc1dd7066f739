"""The process-evaluation report: fidelity, what was done, who was heard, and what they said."""

from collections.abc import Callable, Iterator

from trial.conduct.process.results import Process
from trial.conduct.reports.cut import footer, marked
from trial.conduct.reports.process_words import number
from trial.conduct.reports.sections import fidelity, implementation, voices
from trial.protocol import Protocol
from trial.report.value import Block, Heading, Listing, Notice, Report, Text

AUDIENCE = "This report tells the arms: keep it from everyone who is blinded."
HIDDEN = (
    "Nothing is shown here: fidelity and process are of the intervention arm only, and you may not know"
    " the arms of all clusters."
)
NONE = "This protocol has no process evaluation."
ASSUMED = (
    "Benchmarks and bands are the protocol's. Interview extracts are counted here and quoted nowhere:"
    " they stay in their records."
)


Parts = tuple[tuple[str, Callable[[Protocol, Process], Iterator[Block]]], ...]
# What everybody sees who works on fidelity and process, and what only the report tells.
SEEN_BY_ALL: Parts = (
    ("Fidelity", fidelity.reviewed),
    ("Contacts, caseload and time to the first contact", implementation.benchmarks),
    ("Benefits advice and clinical teams", implementation.supported),
    ("Training, steering and advice", implementation.events),
)
OF_THE_REPORT: Parts = (
    ("Interviews", voices.interviewed),
    ("Employers and their draw", voices.drawn),
    ("Barriers and facilitators", voices.barriers),
    ("Agreement of the coders", voices.agreed),
)


def build(protocol: Protocol, found: Process) -> Report:
    """The report as a value."""
    return Report(
        title="Process evaluation",
        subtitle=f"{protocol.name}, as known at the {found.cut.words}",
        blocks=marked(protocol, found.cut, _blocks(protocol, found)),
        footer=footer(protocol, found.cut),
        header=(f"{protocol.name}: process evaluation", AUDIENCE),
    )


def overview(protocol: Protocol, found: Process) -> Report:
    """What everybody sees who works on fidelity and process: nothing of interviews or extracts."""
    return Report(
        title="Process evaluation",
        subtitle=f"{protocol.name}, as known at the {found.cut.words}",
        blocks=marked(protocol, found.cut, _overview(protocol, found)),
        footer=footer(protocol, found.cut),
    )


def _overview(protocol: Protocol, found: Process) -> Iterator[Block]:
    if protocol.process is None or found.hidden:
        yield Notice(NONE if protocol.process is None else HIDDEN)
        return
    yield from _told(SEEN_BY_ALL, protocol, found)


def _blocks(protocol: Protocol, found: Process) -> Iterator[Block]:
    if protocol.process is None:
        yield Notice(NONE)
        return
    if found.hidden:
        yield Notice(HIDDEN)
        return
    yield Heading("Summary")
    yield Text(AUDIENCE)
    yield Listing(tuple(_summary(found)))
    yield Text(ASSUMED)
    yield from _told((*SEEN_BY_ALL, *OF_THE_REPORT), protocol, found)


def _told(parts: Parts, protocol: Protocol, found: Process) -> Iterator[Block]:
    for title, told in parts:
        yield Heading(title)
        yield from told(protocol, found)


def _summary(found: Process) -> Iterator[str]:
    for team in found.fidelity.teams if found.fidelity else ():
        final = team.final
        if final is not None:
            yield f"Fidelity at the last review: {final.total.words}."
            if final.unassessed:
                names = ", ".join(one.label.lower() for one in final.unassessed)
                yield f"Not assessed then: {names}."
    contacts = found.logs.contacts
    if contacts is not None and contacts.weekly.mean is not None:
        yield f"Face-to-face employer contacts a week at work: {number(contacts.weekly.mean)} on average."
    held = found.interviews
    if held is not None:
        counts = ", ".join(
            f"{len(held.of(key))} {label.lower()}" for key, label in held.groups.items()
        )
        yield f"Interviews: {counts}."
