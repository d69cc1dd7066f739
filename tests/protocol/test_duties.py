"""What a protocol says of reports that are due: once when, from days that are there."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.protocol.test_clusters_alone import CAIRN
from trial.protocol import Fault, load
from trial.protocol.loading import SHIPPED

Faults = Callable[[str | bytes], tuple[Fault, ...]]
START = 'counted_from = "opening"'
STEERING = f"{START}\nmonths = 6\nevery_months = 6"
GIVEN = "dates = [2016-02-24, 2016-09-07]"
BOTH = 'counted_from = ["end-of-study", "early-termination"]'
DAY = 'key = "temporary-halt"\nlabel = "Decision to halt the study for a time"'
SPOILT = (
    (STEERING, "", "duties[1]", "Say when it is due"),
    (STEERING, "months = 6", "duties[1]", "Say when it is due"),
    (STEERING, START, "duties[1]", "just one of days and months"),
    (STEERING, f"{START}\nmonths = 6\ndays = 2", "duties[1]", "just one of days and months"),
    (STEERING, f"{GIVEN}\n{START}", "duties[1].counted_from", "Leave this out"),
    (STEERING, f"{GIVEN}\ndays = 0", "duties[1].days", "Leave this out"),
    (STEERING, f"{GIVEN}\nevery_months = 6", "duties[1].every_months", "Leave this out"),
    (STEERING, "dates = [2016-09-07, 2016-02-24]", "duties[1].dates[1]", "in order"),
    (STEERING, "dates = [2016-02-24, 2016-02-24]", "duties[1].dates[1]", "earlier in the same"),
    (STEERING, "dates = []", "duties[1].dates", "at least 1"),
    (STEERING, 'dates = ["soon"]', "duties[1].dates[0]", "real date"),
    (START, "counted_from = []", "duties[1].counted_from", "at least 1"),
    (START, 'counted_from = ["opening", "opening"]', "duties[1].counted_from[1]", "earlier in the"),
    (START, 'counted_from = "section-251"', "duties[1].counted_from", "declare it in [[days]]"),
    (START, 'counted_from = ["opening", "openings"]', "duties[1].counted_from", "no day openings"),
    (BOTH, f"{BOTH}\nevery_months = 12", "duties[6].every_months", "once the study is over"),
    (DAY, DAY.replace("temporary-halt", "approval"), "days[0].key", "every trial has this day"),
    (DAY, DAY.replace("temporary-halt", "halt"), "days[0]", "no report is counted from this"),
    (
        DAY, 'key = "temporary-halt"\nlabel = "Favourable ethical opinion"',
        "days[0].label", "Choose another label",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "place", "says"), SPOILT)
def test_a_fault_is_placed_and_answered(
    ipsoh: str, answered: Callable[..., None], right: str, wrong: str, place: str, says: str
) -> None:
    answered(ipsoh, right, wrong, place, says)


def test_meetings_are_on_given_days(ipsoh: str, faults: Faults) -> None:
    assert faults(ipsoh.replace(STEERING, GIVEN)) == ()


def test_a_protocol_without_days_of_its_own_counts_from_those_of_every_trial(
    ipsoh: str, faults: Faults
) -> None:
    (fault,) = faults(
        ipsoh.replace(f'[[days]]\nremark = "assumed: the trial team confirms"\n{DAY}', "")
    )
    assert (fault.place, "no day temporary-halt" in fault.message) == (
        "duties[3].counted_from",
        True,
    )


@pytest.mark.parametrize("key", ["recruitment-opens", "first-enrolment"])
def test_a_trial_without_participants_counts_from_no_recruitment(faults: Faults, key: str) -> None:
    duty = (
        '\n[[duties]]\nkey = "registration"\nlabel = "Registration"\nto = "a register"\ndays = 0\n'
    )
    content = CAIRN.read_text()
    assert faults(f'{content}{duty}counted_from = "opening"\n') == ()
    (fault,) = faults(f'{content}{duty}counted_from = ["opening", "{key}"]\n')
    assert (fault.place, fault.message) == (
        "duties[0].counted_from", "This trial enrols nobody: count from another day.",
    )  # fmt: skip


def test_the_example_of_the_guide_can_be_added_to_a_protocol(ipsoh: str, faults: Faults) -> None:
    guide = (SHIPPED.parents[3] / "docs" / "protocol.md").read_text().partition("## `[[days]]`")[2]
    example = guide.partition("```toml\n")[2].partition("```")[0]
    assert 'counted_from = "section-251"' in example
    assert faults(f"{ipsoh}\n{example}") == ()


def test_the_shipped_protocol_counts_from_the_right_days() -> None:
    plans = {one.key: one for one in load(None).duties}
    assert plans["registration"].counted_from == ("recruitment-opens",)
    assert plans["final-report"].counted_from == ("end-of-study", "early-termination")
    assert plans["end-of-study"].counted_from == ("end-of-study",)
    assert (plans["temporary-halt"].days, plans["early-end"].days) == (15, 15)
    assert load(None).recruitment.opens_on == date(2015, 9, 1)
    assert "section-251" not in str(load(None).days)
