"""Decisions on the progression criteria stand beside what the rules give."""

from datetime import date

import pytest

from trial.conduct import decisions
from trial.conduct.access import Act
from trial.conduct.refused import NotAllowed, Refused
from trial.conduct.reports import decided
from trial.protocol import load, shipped
from trial.protocol.roles import Role
from trial.records.models import Decision
from trial.records.trail import acting, head
from trial.records.verify import verify

TODAY = date(2016, 1, 15)
PACED = load(shipped()["paced"])


def decide(session, actor, protocol, criterion, **changed):
    told = {
        "rule_gave": "amber", "decided": "Go", "because": "Because.", "decided_by": "The committee",
        "decided_on": TODAY,
    } | changed  # fmt: skip
    with acting(session, by=actor, name=Act.RECORD_DECISION):
        return decisions.decide(session, protocol, criterion, **told, on=TODAY)


def test_the_latest_decision_stands_and_an_earlier_cut_has_the_earlier(session, protocol, actor):
    decide(session, actor(), protocol, "retention")
    earlier, _ = head(session)
    decide(session, actor(), protocol, "retention", decided="Stop", because="Arm IPS was worse.")
    decide(session, actor(), protocol, decisions.WHOLE, decided="Amend")
    now = decided.standing(session, None, blinded=False)
    assert {key: one.decided for key, one in now.items()} == {"retention": "Stop", "": "Amend"}
    assert decided.standing(session, earlier, blinded=False)["retention"].decided == "Go"
    assert now["retention"].because == "Arm IPS was worse."
    assert decided.standing(session, None, blinded=True)["retention"].because == ""
    assert session.query(Decision).count() == 3
    assert verify(session).valid


def test_it_is_decided_in_the_words_of_the_protocol(session, actor):
    assert decisions.options(PACED, "retention")[1] == "Go with closer follow-up"
    assert decide(session, actor(), PACED, "retention", decided="Go with closer follow-up").id
    with pytest.raises(Refused, match="Choose what was decided"):
        decide(session, actor(), PACED, "retention", decided="Amend")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"because": " "}, "Say why"),
        ({"decided_by": ""}, "who decided"),
        ({"decided_on": None}, "the day"),
        ({"decided_on": date(2016, 1, 16)}, "future"),
    ],
)
def test_what_is_missing_is_refused(session, protocol, actor, changed, said):
    with pytest.raises(Refused, match=said):
        decide(session, actor(), protocol, "retention", **changed)


def test_only_the_trial_manager_records_it_and_only_of_a_criterion(session, protocol, actor):
    with pytest.raises(NotAllowed):
        decide(session, actor(Role.STATISTICIAN), protocol, "retention")
    with pytest.raises(Refused, match="no progression criterion"):
        decide(session, actor(), protocol, "happiness")
