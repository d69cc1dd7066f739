"""Rules of reminders: they can be sent, everything in them can be filled in, and no word in them tells."""

from collections.abc import Iterable, Iterator, Sequence

from trial.protocol.checks.found import Found
from trial.protocol.contact import EMAIL, ContactPlan
from trial.protocol.design import Arm, ClusterPlan
from trial.protocol.forms import FormPlan
from trial.protocol.reminders import DIGEST, GAPS, ReminderPlan, ReminderRule
from trial.protocol.safety import DISCLOSURE, SafetyPlan
from trial.protocol.visits import VisitPlan, telling_visits


def reminders_can_be_sent(
    reminders: ReminderPlan | None,
    contact: ContactPlan | None,
    visits: Sequence[VisitPlan],
) -> Iterator[Found]:
    """Each rule names visits that there are, and a channel by which the participant can be reached."""
    if reminders is None:
        return
    if reminders.send_from >= reminders.send_until:
        message = "Enter a time after send_from: nothing is sent at night."
        yield Found(("reminders", "send_until"), message)
    known = {one.key for one in visits}
    for n, rule in enumerate(reminders.rules):
        yield from _can_be_sent(rule, contact, known, ("reminders", "rules", n))
    if reminders.how_to_stop is None and any(r.to == "participant" for r in reminders.rules):
        message = "Say how a participant asks for no more of them."
        yield Found(("reminders", "how_to_stop"), message)


def _can_be_sent(
    rule: ReminderRule, contact: ContactPlan | None, visits: set[str], at: tuple[str | int, ...]
) -> Iterator[Found]:
    if rule.key in (DIGEST, DISCLOSURE):
        yield Found((*at, "key"), "Choose another key: this one is the system's own.")
    for key in sorted(set(rule.visits) - visits):
        yield Found((*at, "visits"), f"There is no visit {key}.")
    if (rule.channel == EMAIL) != (rule.subject is not None):
        message = "An e-mail needs a subject; a text message has none."
        yield Found((*at, "subject"), message)
    if rule.to == "staff" and rule.channel != EMAIL:
        yield Found((*at, "channel"), "The team is reminded by e-mail.")
    if rule.to == "participant" and not (contact and contact.way_by(rule.channel)):
        message = f'No way of [contact] has channel = "{rule.channel}".'
        yield Found((*at, "channel"), message)
    for gap in sorted(rule.gaps - GAPS[rule.to]):
        may = ", ".join(sorted(f"{{{one}}}" for one in GAPS[rule.to]))
        yield Found((*at, "text"), f"{{{gap}}} cannot be filled in: use {may}.")
    if any(sign in (rule.subject or "") for sign in "{}"):
        yield Found((*at, "subject"), "A subject has no gaps: others see it on the screen.")


def reminders_tell_nothing(
    reminders: ReminderPlan | None,
    arms: Sequence[Arm],
    clusters: Sequence[ClusterPlan],
    visits: Sequence[VisitPlan],
    forms: Sequence[FormPlan],
    name: str,
    title: str,
    safety: SafetyPlan | None,
) -> Iterator[Found]:
    """No sender, subject, text or name of a visit says the trial, an arm, a service, or a forbidden word."""
    if reminders is None:
        return
    never = [name, title, *(arm.name for arm in arms), *(one.name for one in clusters)]
    never += reminders.never_words
    said: list[tuple[tuple[str | int, ...], str]] = [
        (("reminders", "sender_name"), reminders.sender_name),
        (("reminders", "how_to_stop"), reminders.how_to_stop or ""),
    ]
    if safety is not None and safety.disclosure is not None:
        told = safety.disclosure
        said.append((("safety", "disclosure", "subject"), told.subject))
        said += [(("safety", "disclosure", "text"), line) for line in told.text]
    for n, rule in enumerate(reminders.rules):
        said.append((("reminders", "rules", n, "subject"), rule.subject or ""))
        said += [(("reminders", "rules", n, "text"), line) for line in rule.text]
    if any("visit" in rule.gaps for rule in reminders.rules):
        hidden = telling_visits(visits, forms)
        said += [
            (("visits", n, "name"), one.name)
            for n, one in enumerate(visits)
            if one.key not in hidden
        ]
    for place, text in said:
        for word in _told(text, never):
            yield Found(place, f"“{word}” may not stand in a message: it tells too much.")


def _told(text: str, never: Iterable[str]) -> list[str]:
    return [word for word in never if word.casefold() in text.casefold()]
