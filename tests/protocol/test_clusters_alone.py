"""A protocol without participants: it is sound, and every fault in it is placed and answered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from trial.protocol import Fault, load
from trial.protocol.differences import differences
from trial.protocol.loading import FOLDER

Faults = Callable[[str | bytes], tuple[Fault, ...]]
CAIRN = Path(__file__).with_name("alone.toml")
OTHER = Path(__file__).with_name("other.toml")
NONE = "with participants = false the trial has none"
AFTER = (
    'key = "checks-after"\nname = "Health checks at six months"\nabout = "cluster"\noccurs = "once"'
)
SPOILT: list[tuple[str, str, str, str]] = [
    ("participants = false\n", "", "visits", "Add this: it is missing"),
    ("participants = false", "participants = true", "consent", "Add this: it is missing"),
    ("participants = false", 'participants = "no"', "participants", "true or false"),
    ("participants = false", 'participants = false\nstudy_number_prefix = "CA"',
     "study_number_prefix", NONE),
    ("[outcome]", "[recruitment]\nopens_on = 2015-01-01\ncloses_on = 2015-12-31\ntarget = 10\n\n[outcome]",
     "recruitment", NONE),
    ("[outcome]", "[verification]\nshare = 0.1\nfirst = 1\n\n[outcome]", "verification", NONE),
    (AFTER, AFTER.replace("cluster", "participant"), "forms[1].about", "Say whom else"),
    (AFTER, AFTER.replace("cluster", "trial"), "outcome.form", "once about each cluster"),
    (AFTER, AFTER.replace('"once"', '"log"'), "outcome.form", "once about each cluster"),
    (AFTER, AFTER.replace('"once"', '"visit"'), "forms[1].occurs", 'Say "once" or "log"'),
    (AFTER, AFTER + '\nclause = "future"', "forms[1].clause", "Leave this out"),
    (AFTER, AFTER + '\nvisits = ["month-6"]', "forms[1].visits", "Leave this out"),
    (AFTER, AFTER + '\narms = ["USUAL"]', "outcome.form", "in every arm alike"),
    ('form = "checks-after"', 'form = "checks"', "outcome.form", "There is no form checks"),
    ('item = "percent"', 'item = "share"', "outcome.item", "Name a question of checks-after"),
    ('form = "checks-before", items', 'form = "letters", items', "reporting.baseline[0].form",
     "once about each cluster"),
    ('form = "checks-before", items', 'form = "nothing", items', "reporting.baseline[0].form",
     "There is no form nothing"),
    ('items = ["patients", "percent"]', 'items = ["beds"]', "reporting.baseline[0].items[0]",
     "There is no question beds"),
    ('balance = ["security"]', 'balance = ["security"]\nleast_enrolled = 3',
     "allocation.least_enrolled", "Leave this out"),
    ('metric = "cluster_agreement"', 'metric = "consent_rate"', "progression[0].metric",
     "clusters_opened, cluster_agreement, cluster_retention, outcome_completeness"),
    ('metric = "clusters_opened"\nunit = "clusters"', 'metric = "clusters_opened"\nunit = "people"',
     "progression[1].unit", 'Enter "clusters"'),
]  # fmt: skip


def test_a_trial_of_clusters_alone_is_sound() -> None:
    protocol = load(CAIRN)
    assert not protocol.participants and not protocol.visits and not protocol.eligibility
    assert not protocol.has("participants") and not protocol.has("employment")


@pytest.mark.parametrize(("right", "wrong", "place", "says"), SPOILT)
def test_every_fault_is_placed_and_answered(
    answered: Callable[..., None], right: str, wrong: str, place: str, says: str
) -> None:
    answered(CAIRN.read_text(), right, wrong, place, says)


def test_without_participants_there_is_an_outcome(faults: Faults) -> None:
    text = CAIRN.read_text()
    start, end = text.index("[outcome]"), text.index("[reporting]")
    (fault,) = faults(text[:start] + text[end:])
    assert (fault.place, fault.message) == ("outcome", "Add this: it is missing from the protocol.")


@pytest.mark.parametrize(
    ("was", "metric", "unit"),
    [
        ("recruited", "clusters_opened", "clusters"),
        ("retention", "cluster_agreement", "proportion"),
    ],
)
def test_a_trial_with_participants_may_judge_its_clusters_too(
    faults: Faults, was: str, metric: str, unit: str
) -> None:
    unit_was = "people" if was == "recruited" else "proportion"
    line = f'metric = "{was}"\nunit = "{unit_was}"'
    text = OTHER.read_text()
    assert line in text
    assert faults(text.replace(line, f'metric = "{metric}"\nunit = "{unit}"', 1)) == ()


def test_only_without_participants_a_closed_cluster_has_dropped_out(faults: Faults) -> None:
    text = OTHER.read_text().replace('metric = "retention"', 'metric = "cluster_retention"')
    (fault,) = faults(text)
    assert fault.place == "progression[1].metric"


def test_the_day_of_the_outcome_is_only_for_clusters(faults: Faults) -> None:
    paced = "\n".join(file.read_text() for file in sorted((FOLDER / "paced").glob("*.toml")))
    (fault,) = faults(paced.replace("[outcome]", "[outcome]\ndue_on = 2024-01-01", 1))
    assert (fault.place, "Leave this out" in fault.message) == ("outcome.due_on", True)


def test_a_trial_cannot_get_participants_later() -> None:
    old, new = load(CAIRN), load(OTHER)
    found = {one.place: one for one in differences(old, new)}
    assert found["participants"].refused
    assert "begin another trial instead" in found["participants"].words
