"""Calendars that other programs subscribe to (RFC 5545): days and numbers, nothing that tells more."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from icalendar import Calendar, Event

PRODUCT = "-//cluster-trial//follow-up//EN"
A_DAY = timedelta(days=1)
REFRESH = timedelta(hours=4)


class Appointment(NamedTuple):
    """One whole day of a calendar; ``uid`` stays the same for the same matter, whenever it is."""

    uid: str
    day: date
    summary: str
    description: str


def calendar(name: str, appointments: Iterable[Appointment], at: datetime) -> bytes:
    """The calendar as a file, as of an instant."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for one in appointments:
        event = Event()
        event.add("uid", one.uid)
        event.add("dtstamp", at)
        event.add("dtstart", one.day)
        event.add("dtend", one.day + A_DAY)
        event.add("summary", one.summary)
        event.add("description", one.description)
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        made.add_component(event)
    content: bytes = made.to_ical()
    return content
