"""How and when a participant wishes to be contacted, and how never."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from trial.conduct.reasons import set_with_reason
from trial.conduct.refused import Refused
from trial.conduct.visits import refuse_after_withdrawal
from trial.protocol import Protocol
from trial.protocol.base import Code
from trial.protocol.contact import ContactPlan
from trial.records.models import ContactWishes, Participant

PREFERRED, NEVER, AGREED = "preferred", "never", "agreed"


def record(
    session: Session,
    protocol: Protocol,
    participant: Participant,
    *,
    preferred_ways: Collection[str] = (),
    never_ways: Collection[str] = (),
    preferred_times: Collection[str] = (),
    never_times: Collection[str] = (),
    reminders: Collection[str] = (),
    note: str | None = None,
    on: date,
) -> ContactWishes:
    """Record what a participant wishes; what is named neither as preferred nor as never may be used."""
    refuse_after_withdrawal(participant)
    plan = protocol.contacting
    values = {
        "ways": _said(plan.ways, preferred_ways, never_ways, "never_ways"),
        "times": _said(plan.times, preferred_times, never_times, "never_times"),
        "reminders": _agreed(plan, reminders, never_ways),
        "note": (note or "").strip() or None,
    }
    wishes = wishes_of(session, participant)
    if wishes is None:
        wishes = ContactWishes(
            participant_id=participant.id, cluster_id=participant.cluster_id, **values
        )
        session.add(wishes)
    else:
        set_with_reason(session, wishes, values)
    session.flush()
    return wishes


def wishes_of(session: Session, participant: Participant) -> ContactWishes | None:
    """What a participant wishes, if it was recorded."""
    wanted = select(ContactWishes).where(ContactWishes.participant_id == participant.id)
    return session.scalar(wanted)


def _said(
    codes: Iterable[Code], preferred: Collection[str], never: Collection[str], item: str
) -> dict[str, str]:
    listed = {code.key: code.label for code in codes}
    if strange := ({*preferred, *never} - listed.keys()):
        raise Refused(f"Choose from what the protocol lists, without {min(strange)}.", item)
    if both := [listed[key] for key in listed if key in preferred and key in never]:
        raise Refused(f"Say either preferred or never, not both: {', '.join(both)}.", item)
    return {key: PREFERRED for key in preferred} | {key: NEVER for key in never}


def _agreed(plan: ContactPlan, channels: Collection[str], never: Collection[str]) -> dict[str, str]:
    """The channels by which a participant agreed to be sent reminders."""
    ways = {way.channel: way for way in plan.channels}
    if strange := set(channels) - ways.keys():
        raise Refused(f"Reminders are not sent by {min(strange)}.", "reminders")
    if both := [way.label for name, way in ways.items() if name in channels and way.key in never]:
        raise Refused(
            f"They asked never to be contacted so: {', '.join(both)}. Leave out one or the other.",
            "reminders",
        )
    return dict.fromkeys(sorted(channels), AGREED)


def reminded_by(wishes: ContactWishes | None, plan: ContactPlan, channel: str) -> bool:
    """Whether a participant agreed to reminders by a channel, and did not say never to its way."""
    way = next((one for one in plan.channels if one.channel == channel), None)
    if wishes is None or way is None or wishes.ways.get(way.key) == NEVER:
        return False
    return (wishes.reminders or {}).get(channel) == AGREED


def free_at(wishes: ContactWishes | None, plan: ContactPlan, at: datetime) -> datetime | None:
    """The first moment from an instant on at which a participant may be written to; None if there is none.

    That is the instant itself where it is in no time of the week at which they asked never to be contacted.
    """
    times = wishes.times if wishes is not None else {}
    never = [one for one in plan.times if times.get(one.key) == NEVER]
    moment, a_week_on = at, at + timedelta(days=8)
    while moment < a_week_on:
        covering = [one for one in never if one.covers(moment)]
        if not covering:
            return moment
        moment = max(one.over(moment) for one in covering)
    return None
