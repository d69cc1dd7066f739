"""Rules of contact: somebody can be reached, a visit arranged, and each way and time is a real one."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.contact import ContactPlan


def contact_can_be_made(contact: ContactPlan | None) -> Iterator[Found]:
    """There is a way that is no tracing, an outcome that reached the person, and one that did not."""
    if contact is None:
        return
    if not contact.usual_ways:
        yield Found(("contact", "ways"), "Leave tracing out of at least one way.")
    if all(one.reached for one in contact.outcomes):
        message = "Add an outcome without reached = true: not every attempt reaches the person."
        yield Found(("contact", "outcomes"), message)
    if not any(one.arranged for one in contact.outcomes):
        message = "Mark the outcome of a day agreed for the visit with arranged = true."
        yield Found(("contact", "outcomes"), message)
    for n, one in enumerate(contact.outcomes):
        if one.arranged and not one.reached:
            message = "Add reached = true: a day is agreed only with somebody who was reached."
            yield Found(("contact", "outcomes", n, "arranged"), message)


def channels_have_one_way(contact: ContactPlan | None) -> Iterator[Found]:
    """A channel is one way of contact: a reminder goes by the one that has it."""
    ways = contact.ways if contact is not None else ()
    named = [way.channel for way in ways if way.channel is not None]
    for n, way in enumerate(ways):
        if way.channel is not None and named.count(way.channel) > 1:
            message = "Give each channel to one way only: a reminder goes by the one that has it."
            yield Found(("contact", "ways", n, "channel"), message)


def times_have_a_length(contact: ContactPlan | None) -> Iterator[Found]:
    """A time of the week ends after it begins; one that crosses midnight is two."""
    for n, one in enumerate(contact.times if contact is not None else ()):
        if one.begins >= one.ends:
            message = "Enter a time after begins; what goes on after midnight is a time of its own."
            yield Found(("contact", "times", n, "ends"), message)
