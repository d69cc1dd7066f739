"""Source verification: who is in the sample, what of them, by whom, and when it holds no longer."""

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import MANAGER, TODAY, Recruiting
from tests.conduct.sheets import save, sheet
from trial.conduct import employment, verification
from trial.conduct.access import Act
from trial.conduct.refused import NotAllowed, Refused
from trial.conduct.values import QUERIED
from trial.conduct.verification import Place, State
from trial.conduct.verification_plan import Sample, drawn_as, sample
from trial.protocol.roles import Role
from trial.protocol.verification import Value, VerificationPlan
from trial.records.actor import Actor
from trial.records.models import ProtocolVersion, Query, Verification
from trial.records.trail import acting
from trial.records.verify import verify

FORM = sheet()
OFFICE = Actor(31, "A data manager", Role.DATA_MANAGER, blinded=False)
BLINDED = replace(OFFICE, blinded=True)
NOBODY = Sample(frozenset(), frozenset())


def plan(share="0", first=0, risk="medium", **rest):
    told = {"share": Decimal(share), "first": first, "forms": ({"form": "sheet", "risk": risk},)}
    return VerificationPlan.model_validate(told | rest)


@pytest.fixture
def trial(session, protocol):
    changed = {"forms": (FORM,), "verification": plan()}
    return Recruiting(session, protocol.model_copy(update=changed))


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


@pytest.fixture
def record(trial, person):
    seeing = replace(trial, by=replace(MANAGER, revealed=frozenset({person.cluster_id})))
    return save(seeing, FORM, person, hours=40, remark="All well", coach=3)


def under(trial, **rest):
    """The same trial under another plan."""
    return replace(trial, protocol=trial.protocol.model_copy(update={"verification": plan(**rest)}))


def told(trial, person, by=OFFICE):
    of = sample(trial.session, trial.protocol)
    found = verification.values_of(trial.session, trial.protocol, by, [person], of)[person.id]
    return {one.place.item: one for one in found}


def items(trial, person, by=OFFICE):
    return set(told(trial, person, by))


def compare(trial, person, *items, by=OFFICE, source="Diary", agrees=True, said=None):
    places = [told(trial, person, by)[item].place for item in items]
    of = sample(trial.session, trial.protocol)
    return replace(trial, by=by).does(
        Act.VERIFY,
        lambda s, p, on: verification.verify(
            s, p, person, of=of, places=places, source=source, agrees=agrees, said=said, on=on
        ),
    )


def test_anybody_can_draw_the_sample_again(trial, session, person):
    digits = hashlib.sha256(f"{trial.protocol.sha256}:{person.number}".encode()).hexdigest()[:16]
    drawn = drawn_as(trial.protocol.sha256, person.number)
    assert drawn == int(digits, 16) / 16**16
    assert sample(session, under(trial, share="1").protocol).drawn == {person.id}
    assert sample(session, under(trial, share="0").protocol).drawn == set()
    many = [drawn_as("f" * 64, f"X-{number}") for number in range(4000)]
    assert 0.17 < sum(one < 0.2 for one in many) / len(many) < 0.23


def test_an_amendment_draws_nobody_anew(trial, session, person):
    session.rollback()
    with acting(session, by=MANAGER, name=Act.ADOPT_PROTOCOL):
        session.add(ProtocolVersion(
            number=person.protocol_version, sha256="a" * 64, files="{}",
            adopted_on=TODAY, adopted_by=MANAGER.id,
        ))  # fmt: skip
    mine = drawn_as("a" * 64, person.number)
    share = Decimal(mine).quantize(Decimal("0.001"))
    low, high = max(share - Decimal("0.002"), Decimal(0)), min(share + Decimal("0.002"), Decimal(1))
    assert sample(session, under(trial, share=str(high)).protocol).drawn == {person.id}
    assert sample(session, under(trial, share=str(low)).protocol).drawn == set()


def test_the_first_of_each_cluster_are_verified(trial, session, clusters, person):
    second = trial.participant(session.get_one(type(clusters["city-forensic"]), person.cluster_id))
    other = trial.participant(trial.open(clusters["county-forensic"]))
    assert sample(session, under(trial, first=1).protocol).first == {person.id, other.id}
    assert sample(session, under(trial, first=2).protocol).first == {person.id, second.id, other.id}


def test_risk_and_the_marks_of_a_form_say_what_is_verified(trial, person, record):
    everything = {"answers.hours", "answers.remark", "telling.coach"}
    by = replace(OFFICE, revealed=frozenset({person.cluster_id}))
    assert items(trial, person, by) == {"answers.hours"}
    assert items(under(trial, risk="high"), person, by) == everything
    assert items(under(trial, share="1"), person, by) == everything
    assert items(under(trial, share="1", risk="low"), person, by) == {"answers.hours"}
    assert items(under(trial, first=1, risk="low"), person, by) == everything
    none = replace(trial, protocol=trial.protocol.model_copy(update={"verification": None}))
    assert items(none, person, by) == {"answers.hours"}


def test_values_outside_the_forms_are_verified_by_their_risk(trial, person):
    trial.does(
        Act.RECORD_SPELL, employment.record_spell, person, kind="open", source="payslip",
        started_on=date(2015, 11, 2), weekly_hours=Decimal(20), pay=Decimal(9), pay_period="hour",
    )  # fmt: skip
    values = (
        {"value": "term.pay", "risk": "high"},
        {"value": "spell.started_on", "risk": "medium"},
    )
    assert items(under(trial, values=values), person) == {"pay"}
    assert items(under(trial, values=values, share="1"), person) == {"pay", "started_on"}


def test_every_value_that_a_plan_can_name_can_be_asked_about():
    queried = {cls.__tablename__: cls for cls in QUERIED}
    for value in Value.__args__:
        table, _, item = value.partition(".")
        assert item in queried[table].__mapper__.column_attrs, value


def test_a_comparison_holds_until_the_value_changes(trial, session, person, record):
    compare(trial, person, "answers.hours")
    assert told(trial, person)["answers.hours"].state is State.AGREES
    save(trial, FORM, person, record=record, hours=41, why="misread")
    assert told(trial, person)["answers.hours"].state is State.CHANGED
    compare(trial, person, "answers.hours")
    assert not told(trial, person)["answers.hours"].left
    kept = session.scalars(select(Verification).order_by(Verification.id)).all()
    place = Place("record", record.id, "answers.hours")
    assert [one.sha256 for one in kept] == [
        verification.fingerprint(place, value) for value in (40, 41)
    ]
    assert verify(session).faults == ()


def test_a_value_that_differs_from_its_source_becomes_a_query(trial, session, person, record):
    compare(trial, person, "answers.hours", agrees=False, said="It says 14.", source="Payslip")
    assert told(trial, person)["answers.hours"].state is State.DIFFERS
    (query,) = session.scalars(select(Query))
    assert (query.table, query.row, query.item) == ("record", record.id, "answers.hours")
    assert query.text == "This differs from its source. Payslip: It says 14."
    assert (query.form, query.raised_by, query.check) == ("sheet", OFFICE.id, None)


def test_nobody_verifies_what_they_entered_themselves(trial, session, person, record):
    with pytest.raises(Refused, match="somebody else"):
        compare(trial, person, "answers.hours", by=MANAGER)
    own = replace(trial, by=replace(MANAGER, id=12))
    save(own, FORM, person, record=record, hours=41, why="misread")
    compare(trial, person, "answers.hours", by=MANAGER)
    with pytest.raises(Refused, match="somebody else"):
        compare(trial, person, "answers.hours", by=own.by)
    assert len(session.scalars(select(Verification)).all()) == 1


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"source": " "}, "source"),
        ({"agrees": False}, "what the source says"),
        ({"by": replace(OFFICE, role=Role.RESEARCHER)}, "may not"),
    ],
)
def test_a_comparison_without_its_words_or_right_is_refused(
    trial, session, person, record, what, message
):
    with pytest.raises((Refused, NotAllowed), match=message):
        compare(trial, person, "answers.hours", **what)
    assert session.scalars(select(Verification)).all() == []


def test_only_what_the_plan_names_is_verified(trial, session, person, record):
    for item in ("answers.remark", "answers.nothing", "state"):
        with pytest.raises(Refused, match="no longer to be verified"):
            replace(trial, by=OFFICE).does(
                Act.VERIFY,
                lambda s, p, on, item=item: verification.verify(
                    s, p, person, of=NOBODY, places=[Place("record", record.id, item)],
                    source="Diary", agrees=True, on=on,
                ),
            )  # fmt: skip


def test_the_blinded_neither_see_nor_verify_what_tells_the_arm(trial, session, person, record):
    everywhere = under(trial, share="1")
    seeing = replace(OFFICE, revealed=frozenset({person.cluster_id}))
    compare(everywhere, person, "telling.coach", by=seeing)
    (made,) = session.scalars(select(Verification))
    assert made.unblinds is True
    session.rollback()
    session.expunge_all()
    session.info["actor"] = BLINDED
    assert session.scalars(select(Verification)).all() == []
    whom = session.get_one(type(person), 1)
    assert items(everywhere, whom, BLINDED) == {"answers.hours", "answers.remark"}
