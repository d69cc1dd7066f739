"""Rules of safety: every clock has one start and one length, and its log can say yes and no."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.reminders import ReminderPlan
from trial.protocol.safety import DISCLOSURE, OF_SERIOUS, SafetyPlan


def clocks_have_one_length(safety: SafetyPlan | None) -> Iterator[Found]:
    """A clock runs for hours, days or months."""
    clocks = safety.clocks if safety is not None else ()
    for n, clock in enumerate(clocks):
        lengths = [one for one in (clock.hours, clock.days, clock.months) if one is not None]
        if len(lengths) != 1:
            yield Found(("safety", "clocks", n), "Give just one of hours, days or months.")


def clocks_have_one_start(safety: SafetyPlan | None) -> Iterator[Found]:
    """A clock is started by what happens, or by another such clock after which it is counted."""
    clocks = safety.clocks if safety is not None else ()
    firsts = {one.key for one in clocks if one.starts is not None}
    for n, clock in enumerate(clocks):
        if (clock.starts is None) == (clock.after is None):
            yield Found(("safety", "clocks", n), "Give just one of starts and after.")
        elif clock.after is not None and clock.after not in firsts:
            message = "Name another clock, one that has starts."
            yield Found(("safety", "clocks", n, "after"), message)


def clocks_know_seriousness(safety: SafetyPlan | None) -> Iterator[Found]:
    """Only a clock of serious events asks why they are serious, by codes that there are."""
    if safety is None:
        return
    codes = {one.key for one in safety.seriousness}
    for n, clock in enumerate(safety.clocks):
        place = ("safety", "clocks", n, "seriousness")
        if clock.seriousness and clock.starts not in OF_SERIOUS:
            yield Found(place, "Leave this out: only a clock of serious events asks why they are.")
        for m, key in enumerate(clock.seriousness):
            if key not in codes:
                yield Found((*place, m), "Name a code of safety.seriousness.")


def disclosures_can_be_sent(
    safety: SafetyPlan | None, reminders: ReminderPlan | None
) -> Iterator[Found]:
    """The clinician is written to by the post of the reminders; a clock of disclosures needs their kinds."""
    if safety is None:
        return
    if safety.disclosure is not None and reminders is None:
        message = "Add [reminders]: it says in whose name the clinician is written to."
        yield Found(("safety", "disclosure"), message)
    for n, clock in enumerate(safety.clocks):
        if clock.starts == DISCLOSURE and safety.disclosure is None:
            message = "Add [safety.disclosure], or leave this clock out."
            yield Found(("safety", "clocks", n, "starts"), message)


def events_can_be_judged(safety: SafetyPlan | None) -> Iterator[Found]:
    """Some judgments mean related and some not; some outcomes need further reports and some not."""
    if safety is None:
        return
    if len({one.related for one in safety.relatedness}) < 2:
        message = (
            "Mark those that mean related with related = true, and leave it out of the others."
        )
        yield Found(("safety", "relatedness"), message)
    if len({one.resolved for one in safety.outcomes}) < 2:
        message = "Mark the outcomes after which nothing is reported any more with resolved = true."
        yield Found(("safety", "outcomes"), message)
