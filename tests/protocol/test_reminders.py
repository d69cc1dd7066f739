"""What a protocol says of reminders: they can be sent, filled in, and tell nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from trial.protocol import Fault, load

Faults = Callable[[str | bytes], tuple[Fault, ...]]
HELLO = 'text = ["Hello,", '
SUBJECT = 'subject = "Your next meeting with the research team"'
TEXT_RULE = 'channel = "text"\ncounted_from'
SPOILT = (
    ('send_from = "08:30"', 'send_from = "8.30"', "reminders.send_from", "such as 08:00"),
    ('send_from = "08:30"', 'send_from = "25:00"', "reminders.send_from", "such as 08:00"),
    ('send_until = "19:30"', 'send_until = "08:00"', "reminders.send_until", "at night"),
    ("how_to_stop", "remark_stop", "reminders.remark_stop", ""),
    ('digest_on = "monday"', 'digest_on = "noon"', "reminders.digest_on", ""),
    ('key = "overdue"', 'key = "digest"', "rules[2].key", "the system's own"),
    ('key = "overdue"', 'key = "disclosure"', "rules[2].key", "the system's own"),
    (SUBJECT, "", "rules[3].subject", "needs a subject"),
    (SUBJECT, 'subject = "Due {due}"', "rules[3].subject", "no gaps"),
    (TEXT_RULE, f'subject = "Hello"\n{TEXT_RULE}', "rules[4].subject", "needs a subject"),
    (HELLO, f'{HELLO}"It is {{number}}", ', "rules[3].text", "{number} cannot be filled in"),
    (HELLO, f'{HELLO}"{{due.year}}", ', "rules[3].text", "{due.year} cannot be filled in"),
    (HELLO, f'{HELLO}"of the ipsoh trial", ', "rules[3].text", "“IPSOH” may not stand"),
    (HELLO, f'{HELLO}"at the county forensic team", ', "rules[3].text", "“forensic” may not"),
    (SUBJECT, 'subject = "Treatment as usual"', "rules[3].subject", "“Treatment as usual” may"),
    ('name = "6-month follow-up"', 'name = "Prison visit"', "visits[1].name", "“prison” may not"),
    ('"E-mail", channel = "email"', '"E-mail"', "rules[3].channel", 'channel = "email"'),
    ('"E-mail", channel = "email"', '"E-mail", channel = "text"', "ways[1].channel", "one way"),
    ('ends = "12:00"', 'begins = "12:00", ends = "12:00"', "times[0].ends", "a time after begins"),
    ('days = ["saturday", "sunday"]', 'days = ["sunday", "day"]', "times[3].days[1]", ""),
    ('counted_from = "opens"', 'visits = ["x"]\ncounted_from = "opens"', "visits", "no visit x"),
)


@pytest.mark.parametrize(("said", "instead", "place", "words"), SPOILT)
def test_a_fault_is_placed_and_answered(
    ipsoh: str, faults: Faults, said: str, instead: str, place: str, words: str
) -> None:
    assert said in ipsoh
    found = faults(ipsoh.replace(said, instead, 1))
    assert any(one.place.endswith(place) and words in one.message for one in found), found


def test_the_team_is_reminded_by_e_mail_alone(ipsoh: str, faults: Faults) -> None:
    rule = 'to = "staff"\nchannel = "email"\ncounted_from = "opens"'
    found = faults(ipsoh.replace(rule, rule.replace('"email"', '"text"'), 1))
    assert any("reminded by e-mail" in one.message for one in found)


def test_a_time_without_days_is_read_and_is_never_now(ipsoh: str, tmp_path: Path) -> None:
    """Instances keep protocols from before times had days."""
    file = tmp_path / "older.toml"
    file.write_text(ipsoh.replace(', days = ["saturday", "sunday"]', "", 1))
    weekend = load(file).contacting.times[3]
    assert weekend.days == ()
    assert not weekend.covers(datetime(2016, 4, 9, 12, tzinfo=UTC))  # a Saturday


def test_hours_and_days_are_read_as_they_are_written() -> None:
    plan = load(None).reminding
    assert [plan.sends_at(time(*at)) for at in ((8, 29), (8, 30), (19, 29), (19, 30))] == [
        False, True, True, False,
    ]  # fmt: skip
    assert plan.digest_falls(date(2026, 11, 23)) and not plan.digest_falls(date(2026, 11, 24))
