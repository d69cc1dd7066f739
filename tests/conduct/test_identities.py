"""Identifiers: sealed under the participant's own key, checked, and shown only in an act that says so."""

from datetime import date

import pytest
from sqlalchemy import select

from trial.conduct import identities
from trial.conduct.access import Act
from trial.conduct.refused import NotAllowed, Refused
from trial.protocol.roles import Role
from trial.records.models import Act as Done
from trial.records.models import Change, Identity, ParticipantKey
from trial.records.trail import acting
from trial.records.verify import verify

KNOWN = {
    "name": "Invented Person",
    "date_of_birth": date(1980, 2, 29),
    "nhs_number": "943 476 5919",
    "address": "1 Invented Street\nNowhere",
    "phone": "01632 960001",
    "email": "invented@example.org",
}
CLEAR = ("Invented", "1980-02-29", "9434765919", "943 476", "01632", "example.org")


@pytest.fixture
def person(play, cluster):
    return play.participant(cluster)


def record(play, person, why=None, **items):
    with acting(play.session, by=play.by, name=Act.RECORD_IDENTITY, reason=why):
        return identities.record(play.session, play.vault, person, on=play.on, **items)


def shown(play, person):
    with acting(play.session, by=play.by, name=Act.SHOW_IDENTITY, participant_id=person.id):
        return identities.show(play.session, play.vault, person)


def test_what_was_recorded_is_shown_in_an_act(play, session, person):
    record(play, person, **KNOWN)
    assert shown(play, person) == identities.Identifiers(**(KNOWN | {"nhs_number": "9434765919"}))
    seen = session.scalars(select(Done).where(Done.name == Act.SHOW_IDENTITY.value)).all()
    assert [(one.participant_id, one.by, one.changes) for one in seen] == [
        (person.id, play.by.id, 0)
    ]


def test_nothing_stands_in_clear_in_any_row_or_in_the_trail(play, session, person):
    sealed = record(play, person, **KNOWN)
    rows = [getattr(sealed, column.key) for column in Identity.__mapper__.column_attrs]
    for change in session.scalars(select(Change)):
        rows += [change.old, change.new]
    for act in session.scalars(select(Done)):
        rows += [act.note, act.reason]
    for clear in CLEAR:
        assert not any(clear in str(value) for value in rows)
    assert verify(session).faults == ()


def test_identifiers_are_not_shown_outside_their_own_act(play, session, person):
    record(play, person, **KNOWN)
    with pytest.raises(NotAllowed), acting(session, by=play.by, name=Act.RECORD_IDENTITY):
        identities.show(session, play.vault, person)
    somebody_else = {"name": Act.SHOW_IDENTITY, "participant_id": person.id + 1}
    with pytest.raises(NotAllowed), acting(session, by=play.by, **somebody_else):
        identities.show(session, play.vault, person)


def test_who_has_no_identity_yet_shows_empty(play, session, person):
    assert shown(play, person) == identities.Identifiers()
    assert identities.recorded(identities.of(session, person)) == ()


@pytest.mark.parametrize(
    ("items", "item"),
    [
        ({"nhs_number": "943 476 5918"}, "nhs_number"),
        ({"nhs_number": "943"}, "nhs_number"),
        ({"nhs_number": "not a number"}, "nhs_number"),
        ({"date_of_birth": date(1981, 2, 28)}, "date_of_birth"),
        ({"date_of_birth": date(2017, 1, 1)}, "date_of_birth"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_item(play, session, person, items, item):
    with pytest.raises(Refused) as refused:
        record(play, person, **items)
    assert refused.value.findings[0].item == item
    assert session.scalar(select(Identity)) is None


def test_the_same_nhs_number_is_found_in_another_cluster_without_telling_whose(
    play, session, clusters, person, actor
):
    record(play, person, **KNOWN)
    elsewhere = play.open(clusters["county-forensic"])
    session.info["actor"] = play.by = actor(Role.RESEARCHER, clusters={elsewhere.id})
    other = play.participant(elsewhere)
    with pytest.raises(Refused, match="somebody in the trial already") as refused:
        record(play, other, nhs_number="9434765919")
    assert person.number not in str(refused.value)
    assert refused.value.findings[0].item == "nhs_number"


def test_recording_the_same_again_changes_nothing(play, session, person):
    record(play, person, **KNOWN)
    before = len(session.scalars(select(Change)).all())
    record(play, person, **KNOWN)
    assert len(session.scalars(select(Change)).all()) == before


def test_a_correction_needs_a_reason_and_leaves_the_rest(play, person):
    record(play, person, **KNOWN)
    with pytest.raises(Refused, match="Say why"):
        record(play, person, phone="01632 960002")
    record(play, person, why="A new telephone.", phone="01632 960002")
    assert shown(play, person).phone == "01632 960002"
    assert shown(play, person).name == KNOWN["name"]


def test_an_item_is_emptied_with_a_reason(play, session, person):
    record(play, person, **KNOWN)
    with pytest.raises(Refused, match="Say why"):
        record(play, person, emptied=["nhs_number"])
    record(play, person, why="It was another person's.", emptied=["nhs_number"])
    identity = identities.of(session, person)
    assert (identity.nhs_number, identity.nhs_index) == (None, None)
    assert identities.recorded(identity) == (
        "name", "date_of_birth", "address", "phone", "email",
    )  # fmt: skip


def test_without_the_key_nothing_is_recorded_or_shown(play, session, person):
    record(play, person, **KNOWN)
    with acting(session, by=play.by, name=Act.REDACT):
        session.scalar(select(ParticipantKey)).wrapped = None
    with pytest.raises(Refused, match="were erased"):
        shown(play, person)
    with pytest.raises(Refused, match="were erased"):
        record(play, person, name="Another")
