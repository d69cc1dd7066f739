"""The work history: what can be recorded and corrected of it, and what the checks doubt."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import MANAGER, Recruiting
from trial.conduct import employment, pay, withdrawal
from trial.conduct.access import Act
from trial.conduct.doubts import pay_check, standing_terms
from trial.conduct.refused import NotAllowed, Refused
from trial.records.models import Change, Query, Spell
from trial.records.verify import verify

JOB = {
    "kind": "open",
    "started_on": date(2015, 11, 2),
    "source": "payslip",
    "weekly_hours": Decimal("20"),
    "pay": Decimal("7.50"),
    "pay_period": "hour",
}


@pytest.fixture
def trial(session, protocol):
    return Recruiting(session, protocol)


@pytest.fixture
def person(trial, clusters):
    return trial.participant(trial.open(clusters["city-forensic"]))


def record(trial, person, **what) -> Spell:
    return trial.does(Act.RECORD_SPELL, employment.record_spell, person, **(JOB | what))


def correct(trial, spell, why="payslip seen", **what):
    return trial.does(Act.CORRECT_SPELL, employment.correct_spell, spell, why=why, **what)


def standing(session) -> list[Query]:
    wanted = select(Query).where(Query.state != "closed").order_by(Query.id)
    return list(session.scalars(wanted))


def test_a_spell_is_recorded_with_its_first_terms(trial, session, person):
    spell = record(trial, person, job_title="Porter", sector="public")
    assert (spell.kind, spell.job_title, spell.ended_on) == ("open", "Porter", None)
    assert [(t.from_on, t.weekly_hours, t.pay, t.pay_period) for t in spell.terms] == [
        (date(2015, 11, 2), Decimal(20), Decimal("7.50"), "hour")
    ]
    assert standing(session) == []
    assert verify(session).faults == ()


def test_a_spell_without_hours_and_pay_has_no_terms(trial, person):
    unpaid = {"weekly_hours": None, "pay": None, "pay_period": None}
    assert record(trial, person, kind="voluntary", **unpaid).terms == []


def test_work_before_enrolment_is_history(trial, person):
    assert record(trial, person, started_on=date(2009, 3, 2)).started_on == date(2009, 3, 2)


@pytest.mark.parametrize(
    ("what", "item"),
    [
        ({"kind": "hobby"}, "kind"),
        ({"source": "hearsay"}, "source"),
        ({"started_on": date(2016, 1, 16)}, "started_on"),
        ({"ended_on": date(2015, 11, 1)}, "ended_on"),
        ({"ended_on": date(2016, 1, 16)}, "ended_on"),
        ({"ending_reason": "resigned"}, "ended_on"),
        ({"weekly_hours": Decimal(169)}, "weekly_hours"),
        ({"pay": Decimal(-1)}, "pay"),
        ({"pay_period": None}, "pay_period"),
        ({"pay": None}, "pay"),
        ({"sector": "space"}, "sector"),
        ({"disclosed_offending": "maybe"}, "disclosed_offending"),
    ],
)
def test_the_impossible_is_refused_beside_its_item(trial, session, person, what, item):
    with pytest.raises(Refused) as refused:
        record(trial, person, **what)
    assert refused.value.findings[0].item == item
    assert session.scalars(select(Spell)).all() == []


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        (date(2015, 11, 1), None, (date(2015, 11, 15), None)),
        (date(2015, 11, 1), date(2015, 12, 1), (date(2015, 11, 15), date(2015, 12, 15))),
        (date(2015, 12, 1), date(2015, 12, 31), (date(2015, 12, 15), date(2015, 12, 15))),
        (date(2016, 1, 1), None, (date(2016, 1, 12), None)),
    ],
)
def test_where_only_the_month_is_known_it_is_the_15th_or_today_if_earlier(
    trial, person, start, end, kept
):
    trial.on = date(2016, 1, 12)
    spell = record(
        trial, person, started_on=start, start_day_known=False, ended_on=end, end_day_known=False
    )
    assert (spell.started_on, spell.ended_on) == kept
    assert spell.start_day_known is False
    assert spell.end_day_known is (end is None)


def test_a_month_gives_way_to_a_day_that_is_known(trial, person):
    early = record(
        trial, person, started_on=date(2015, 11, 1), start_day_known=False,
        ended_on=date(2015, 11, 10),
    )  # fmt: skip
    late = record(
        trial, person, started_on=date(2015, 11, 20),
        ended_on=date(2015, 11, 1), end_day_known=False,
    )  # fmt: skip
    assert early.started_on == date(2015, 11, 10)
    assert late.ended_on == date(2015, 11, 20)


def test_a_correction_needs_a_reason_and_keeps_the_old_value(trial, session, person):
    spell = record(trial, person)
    with pytest.raises(Refused, match="Say why"):
        correct(trial, spell, why=None, started_on=date(2015, 11, 9))
    assert correct(trial, spell, started_on=date(2015, 11, 9)) is True
    assert spell.terms[0].from_on == date(2015, 11, 9)
    change = session.scalars(
        select(Change).where(Change.table == "spell", Change.item == "started_on")
    ).all()[-1]
    assert (change.old, change.new) == ('"2015-11-02"', '"2015-11-09"')


def test_what_was_empty_is_filled_in_without_a_reason(trial, person):
    spell = record(trial, person)
    assert correct(trial, spell, why=None, job_title="Porter") is True
    assert correct(trial, spell, why=None, job_title="Porter") is False


def test_a_spell_ends_once(trial, person):
    spell = record(trial, person)
    last = {"ended_on": date(2016, 1, 8), "ending_reason": "resigned"}
    trial.does(Act.CORRECT_SPELL, employment.end_spell, spell, **last)
    assert (spell.ended_on, spell.ending_reason) == (date(2016, 1, 8), "resigned")
    with pytest.raises(Refused, match="8 January 2016"):
        trial.does(Act.CORRECT_SPELL, employment.end_spell, spell, **last)


def test_a_change_of_hours_is_a_term_and_lies_inside_the_spell(trial, person):
    spell = record(trial, person, ended_on=date(2016, 1, 8))
    term = {"weekly_hours": Decimal(30), "pay": Decimal(8), "pay_period": "hour"}

    def add(day):
        return trial.does(Act.CORRECT_SPELL, employment.add_term, spell, from_on=day, **term)

    made = add(date(2015, 12, 1))
    assert [t.from_on for t in standing_terms(spell)] == [
        date(2015, 11, 2), date(2015, 12, 1),
    ]  # fmt: skip
    for day in (date(2015, 11, 1), date(2016, 1, 9), date(2015, 12, 1)):
        with pytest.raises(Refused):
            add(day)
    with pytest.raises(Refused, match="1 December 2015"):
        correct(trial, spell, ended_on=date(2015, 11, 20))
    change = {"weekly_hours": Decimal(25)}
    with pytest.raises(Refused, match="Say why"):
        trial.does(Act.CORRECT_SPELL, employment.correct_term, made, **change)
    trial.does(Act.CORRECT_SPELL, employment.correct_term, made, why="misread", **change)
    assert made.weekly_hours == Decimal(25)
    trial.does(Act.CORRECT_SPELL, employment.void_term, made, why="never happened")
    assert len(standing_terms(spell)) == 1


def test_a_voided_spell_no_longer_counts_or_changes(trial, session, person):
    spell = record(trial, person, pay=Decimal(5))
    assert len(standing(session)) == 1
    with pytest.raises(Refused, match="Say why"):
        trial.does(Act.VOID_SPELL, employment.void_spell, spell)
    trial.does(Act.VOID_SPELL, employment.void_spell, spell, why="entered twice")
    assert spell.voided_on == trial.on
    assert standing(session) == []
    with pytest.raises(Refused, match="voided"):
        correct(trial, spell, job_title="Porter")


def test_overlaps_are_allowed_and_shown(trial, person):
    first = record(trial, person, ended_on=date(2015, 12, 1))
    second = record(trial, person, started_on=date(2015, 12, 1))
    third = record(
        trial, person, kind="voluntary", started_on=date(2015, 10, 1), ended_on=date(2015, 11, 1)
    )
    assert employment.overlaps([third, second, first]) == [(first, second)]


def test_unusual_hours_are_a_query(trial, session, person):
    record(trial, person, weekly_hours=Decimal(61))
    (query,) = standing(session)
    assert (query.table, query.item, query.check) == ("term", "weekly_hours", "usual hours")


def test_pay_below_the_minimum_of_the_date_is_a_query_never_a_block(trial, session, person):
    spell = record(trial, person, pay=Decimal("6.69"))
    (query,) = standing(session)
    assert "£6.69 an hour is below the minimum wage of 2 November 2015, £6.70" in query.text
    assert (query.table, query.row, query.item) == ("term", spell.terms[0].id, "pay")


def test_a_later_rate_is_checked_while_the_same_pay_goes_on(trial, session, person):
    trial.on = date(2016, 5, 1)
    record(trial, person, pay=Decimal("6.70"), ended_on=date(2016, 3, 31))
    assert standing(session) == []
    record(trial, person, pay=Decimal("6.70"), ended_on=date(2016, 4, 1))
    (query,) = standing(session)
    assert "1 April 2016, £7.20" in query.text


def test_a_rise_on_the_day_of_the_new_rate_raises_nothing(trial, session, person):
    trial.on = date(2016, 3, 31)
    spell = record(trial, person, pay=Decimal("6.70"))
    trial.on = date(2016, 5, 1)
    rise = {"weekly_hours": Decimal(20), "pay": Decimal("7.20"), "pay_period": "hour"}
    trial.does(Act.CORRECT_SPELL, employment.add_term, spell, from_on=date(2016, 4, 1), **rise)
    assert standing(session) == []


def test_no_rate_for_the_date_is_no_query_and_said_so(trial, session, protocol, person):
    spell = record(trial, person, started_on=date(2010, 3, 1), pay=Decimal(1))
    assert standing(session) == []
    found = pay_check(protocol, person, spell, spell.terms[0], trial.on)
    assert found == pay.Check(
        False, "The protocol has no minimum wage for 1 March 2010, so pay was not checked there."
    )


def test_unpaid_work_is_not_checked(trial, session, person):
    record(trial, person, kind="voluntary", pay=Decimal(1))
    assert standing(session) == []


@pytest.mark.parametrize(
    ("amount", "period", "hours", "rate"),
    [
        ("7.5", "hour", None, "7.50"),
        ("150", "week", "20", "7.50"),
        ("650", "month", "20", "7.50"),
        ("7800", "year", "20", "7.50"),
        ("150", "week", None, None),
        ("150", "week", "0", None),
    ],
)
def test_pay_by_the_hour(amount, period, hours, rate):
    found = pay.hourly(Decimal(amount), period, Decimal(hours) if hours else None)
    assert found == (Decimal(rate) if rate else None)


def test_help_is_recorded_only_by_who_knows_the_allocation(trial, session, person):
    with pytest.raises(NotAllowed):
        record(trial, person, found_with_specialist="yes")
    trial.by = replace(MANAGER, revealed=frozenset({person.cluster_id}))
    spell = record(trial, person, found_with_specialist="yes")
    trial.by = MANAGER
    correct(trial, spell, job_title="Porter")
    assert spell.found_with_specialist == "yes"


def test_nothing_is_added_after_withdrawal_from_follow_up(trial, person):
    gone = {"happened_on": date(2015, 12, 1), "reason": "burden", "levels": {"follow-up"}}
    trial.does(Act.WITHDRAW, withdrawal.withdraw, person, **gone)
    with pytest.raises(Refused, match="withdrew from follow-up on 1 December 2015"):
        record(trial, person)
