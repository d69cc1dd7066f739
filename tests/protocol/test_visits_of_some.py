"""What a protocol can say wrongly of visits counted from a session and of visits in some arms."""

import pytest

from tests.conduct.of_some import VISITS, of_some
from trial.protocol import ProtocolFaults
from trial.protocol.windows import window

ITEM = 'item = "attended_on"'
SESSION = f'session = {{ form = "coaching", {ITEM}, number = 2 }}'
ARMS = 'arms = ["IPS"]'
PARTIAL = ('kind = "date"\nlabel', 'kind = "date"\npartial = true\nlabel')
FAULTS = [
    ([(SESSION, SESSION.replace("coaching", "coach"))], "visits[3].session.form", "log"),
    ([(SESSION, SESSION.replace("coaching", "programme-form"))], "visits[3].session.form", "log"),
    ([(ITEM, 'item = "attended"')], "visits[3].session.item", "whole date"),
    ([PARTIAL], "visits[3].session.item", "whole date"),
    ([('label = "On', 'partial = false\nlabel = "On'), ('title = "Session"',
      'title = "Session"\nrepeats = "days"')], "visits[3].session.item", "once a record"),
    ([("number = 2 }", "number = 0 }")], "visits[3].session.number", "1 or more"),
    ([(SESSION, f'{SESSION}\ncounted_from = "baseline"')], "visits[3].counted_from", "session"),
    ([("weeks = 4\n", "due_on = 2016-06-01\n")], "visits[3].due_on", "session"),
    ([(ARMS, 'arms = ["IPSO"]')], "visits[4].arms[0]", "no arm IPSO"),
    ([(ARMS, 'arms = ["IPS", "TAU"]')], "visits[4].arms", "every arm"),
    ([("days = 30\n", 'days = 30\narms = ["TAU"]\n')], "visits[5].counted_from", "nobody has both"),
    ([("days = 30\n", "days = 30\nprimary = true\n")], "visits[5].counted_from", "every arm"),
    ([(ARMS, f"{ARMS}\nprimary = true")], "visits[4].arms", "every arm"),
    ([(ARMS, f"{ARMS}\nbaseline = true")], "visits[4].arms", "for everyone"),
    ([(SESSION, f"{SESSION}\nprimary = true")], "visits[3].session", "for everyone"),
    ([('key = "not-reached"', 'key = "session-gone"')], "visits[3].missed_reasons[0].key", "another"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "place", "said"), FAULTS, ids=[one[1] + one[2] for one in FAULTS]
)
def test_what_contradicts_is_named(tmp_path, changes, place, said):
    with pytest.raises(ProtocolFaults) as told:
        of_some(tmp_path, *changes)
    assert any(one.place == place and said in one.message for one in told.value.faults), told.value


def test_what_is_said_of_them(tmp_path):
    protocol = of_some(tmp_path)
    visits = {visit.key: visit for visit in protocol.visits}
    assert visits["after-two"].due_words({}) == "4 weeks after session 2"
    assert protocol.telling_visits == {"programme-end", "programme-call"}
    assert all(visits[key].for_some for key in ("after-two", "programme-end", "programme-call"))
    assert not visits["month-6"].for_some


def test_a_session_that_tells_the_arm_makes_its_visit_tell_it(tmp_path):
    found = of_some(tmp_path, ('key = "coaching"\n', 'key = "coaching"\narms = ["IPS"]\n'))
    assert "after-two" in found.telling_visits


OTHER_ARM = """
[[visits]]
key = "usual-end"
name = "The same weeks in the other arm"
weeks = 8
counted_from = "allocation"
arms = ["ARM"]
opens_days_before = 7
closes_days_after = 7
missed_reasons = [{ key = "not-reached", label = "Could not be reached" }]
not_needed_reasons = [{ key = "withdrawn", label = "Withdrew from follow-up" }]
"""


def test_windows_of_two_arms_may_overlap_and_of_one_may_not(tmp_path):
    found = of_some(tmp_path, visits=VISITS + OTHER_ARM.replace("ARM", "TAU"))
    first, second = (v for v in found.visits if v.arms)
    assert window(first, first_day := found.recruitment.opens_on) == window(second, first_day)
    with pytest.raises(ProtocolFaults, match="in order of time"):
        of_some(tmp_path / "again", visits=VISITS + OTHER_ARM.replace("ARM", "IPS"))
