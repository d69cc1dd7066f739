"""What a protocol says of its process evaluation: every part names what is there."""

from collections.abc import Callable

import pytest

from trial.protocol import Fault, load
from trial.protocol.forms import items as kinds

Faults = Callable[[str | bytes], tuple[Fault, ...]]
SPOILT = (
    ('form = "employer-contact"\nface', 'form = "visits"\nface', "process.contacts.form", "no form visits"),
    ('face_to_face = "face_to_face"', 'face_to_face = "by_phone"', "contacts.face_to_face", "no question"),
    ('face_to_face = "face_to_face"', 'face_to_face = "minutes"', "contacts.face_to_face", "kind yes-no"),
    ('consensus = "consensus"', 'consensus = "third"', "process.fidelity.consensus", "no code third"),
    ('reviews = ["first_review",', 'reviews = ["rating",', "fidelity.reviews[0]", "kind whole"),
    ('reason = "_why"', 'reason = "_because"', "fidelity.reason", "_because in fidelity-review"),
    ('reason = "_why"', 'reason = "why"', "fidelity.reason", ""),
    ('coders = ["first", "second"]', 'coders = ["first", "third"]', "extracts.coders[1]", "no code"),
    ('domain = "construct"\n', 'domain = "theme"\n', "events.domain", "no question theme"),
    ('form = "programme-entry"\nentry', 'form = "clinical-meeting"\nentry', "first_contact.form", "about a"),
    ('group = "patient", number', 'group = "carer", number', "interviews.frame[3].group", "no code"),
    ('role = "psychiatrist", number', 'role = "cook", number', "interviews.frame[1].role", "no code"),
    ("contacts_per_week = 6", "contacts_per_week = -1", "benchmarks.contacts_per_week", "0 or more"),
)  # fmt: skip


@pytest.mark.parametrize(("said", "instead", "place", "words"), SPOILT)
def test_a_fault_is_placed_and_answered(
    ipsoh: str, faults: Faults, said: str, instead: str, place: str, words: str
) -> None:
    assert said in ipsoh
    found = faults(ipsoh.replace(said, instead, 1))
    assert any(one.place.endswith(place) and words in one.message for one in found), found


def test_a_cluster_of_another_trial_is_found(ipsoh: str, faults: Faults) -> None:
    start = ipsoh.index('key = "interview"')
    code = '{ key = "city-forensic", label = "City Community'
    spoilt = ipsoh[:start] + ipsoh[start:].replace(code, code.replace("city", "town", 1), 1)
    assert any("town-forensic is no cluster" in one.message for one in faults(spoilt))


def test_the_scale_has_its_25_items_and_none_of_its_wording() -> None:
    protocol = load(None)
    form = next(one for one in protocol.forms if one.key == "fidelity-review")
    scales = [one for one in form.items if isinstance(one, kinds.Scale)]
    assert len(scales) == 25
    assert {anchor.label for one in scales for anchor in one.anchors} == {"Lowest", "Highest"}
    assert [len(section.items) for section in form.sections if section.layout == "matrix"] == [
        3,
        8,
        14,
    ]


def test_all_that_only_the_intervention_has_tells_the_arm() -> None:
    protocol = load(None)
    assert protocol.process is not None
    forms = [one for one in protocol.forms if one.key in protocol.process.forms]
    assert len(forms) == 9 and all(one.telling for one in forms)
    blinded = set(protocol.blinding.blinded_roles)
    assert not any(blinded & {*one.entered_by, *one.seen_by} for one in forms)
