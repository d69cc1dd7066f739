"""What reports tell of the forms of the demonstration, checked against its records and files."""

import re
import statistics
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.playing import copied, played
from trial import report as printed
from trial.conduct import reports
from trial.conduct.demonstration import story
from trial.conduct.reports.request import Request
from trial.exchange.tables import to_csv
from trial.protocol import load
from trial.protocol.forms.reading import refusal
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.database import open_engine, sessions
from trial.records.models import Cluster, Participant, Query, Record, Visit
from trial.records.trail import head

STORY = story.read()
TODAY = STORY.today
PROTOCOL = load(None)
FORMS = {form.key: form for form in PROTOCOL.forms}


@pytest.fixture(scope="module")
def shown(shared, tmp_path_factory):
    """A copy of the demonstration, to be looked at."""
    settings = copied(played(shared), tmp_path_factory.mktemp("forms") / "copy")
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        yield session
    engine.dispose()


def assembled(session, *, blinded=False, arms=True, on=None):
    cut = reports.cut.data_cut(session, TODAY, on)
    return reports.assembly.assemble(session, PROTOCOL, cut, blinded=blinded, arms=arms)


@pytest.fixture(scope="module")
def found(shown):
    """Everything assembled for somebody who is told the arms."""
    return assembled(shown)


@pytest.fixture(scope="module")
def blinded(shown):
    """The same for somebody who is told letters."""
    return assembled(shown, blinded=True)


def records_of(session, form, plan):
    wanted = (
        select(Record)
        .join(Visit, Visit.id == Record.visit_id)
        .where(
            Record.form == form, Visit.plan == plan, Record.state == "complete", Record.entry == 0
        )
    )
    return list(session.scalars(wanted))


def words(report):
    return printed.page.html(report, lambda one: one.key)


def test_every_answer_of_the_story_can_be_given():
    for key, items in STORY.answers.items():
        for item, answers in items.items():
            for answer in answers:
                assert refusal(FORMS[key].item(item), answer, TODAY) is None, (key, item, answer)
    for slip in STORY.slips:
        assert refusal(FORMS[slip.form].item(slip.item), slip.value, TODAY) is None


def test_the_story_has_drafts_missing_answers_two_entries_and_a_correction(shown):
    states = Counter(shown.scalars(select(Record.state).where(Record.entry == 0)))
    assert states["complete"] > 250 and 1 <= states["draft"] <= 30
    entries = Counter(shown.scalars(select(Record.entry).where(Record.form == "quality-of-life")))
    assert entries[1] >= entries[2] >= entries[0] > 30
    answers = [a for one in shown.scalars(select(Record.answers)) for a in one.values()]
    assert 20 < sum(str(one).startswith("missing: ") for one in answers) < len(answers) / 20
    corrected = next(slip for slip in STORY.slips if slip.becomes)
    person = shown.get(Participant, corrected.person)
    (record,) = [
        one for one in records_of(shown, corrected.form, corrected.visit)
        if one.participant_id == person.id
    ]  # fmt: skip
    assert record.answers[corrected.item] == corrected.becomes
    states = Counter(shown.scalars(select(Query.state).where(Query.form == "service-use")))
    assert states["closed"] >= 1


def test_completeness_counts_every_form_of_every_visit_that_was_done(shown, found):
    told = found.forms.completeness
    done = Counter(shown.scalars(select(Visit.plan).where(Visit.state == "done")))
    for (form, visit), one in told.by_form.items():
        assert one.due == done[visit] == one.complete + one.draft + one.missing
        assert one.complete == len(records_of(shown, form, visit))
    asked = {(form.key, plan) for form in PROTOCOL.forms for plan in form.visits}
    assert set(told.by_form) == asked
    assert told.overall.due == sum(one.due for one in told.by_form.values())
    assert told.overall.due == sum(one.due for one in told.by_cluster.values())
    body = reports.feasibility.as_json(PROTOCOL, found)
    assert body["forms"]["completeness"]["due"] == told.overall.due


def test_the_costs_are_those_of_the_contacts(shown, found):
    prices = {cost.key.replace("-", "_"): float(cost.cost) for cost in PROTOCOL.costs}
    costs = [
        sum(prices[key] * one.answers[key] for key in prices)
        for one in records_of(shown, "service-use", "baseline")
        if all(isinstance(one.answers.get(key), int) for key in prices)
    ]
    told = reports.feasibility.as_json(PROTOCOL, found)["costs"]["service-use.cost"]
    all_of_them = told["by_visit"]["baseline"]["all"]
    assert all_of_them["n"] == len(costs) > 10
    assert all_of_them["mean"] == pytest.approx(statistics.mean(costs))
    assert all_of_them["sd"] == pytest.approx(statistics.stdev(costs))
    assert all_of_them["n"] + all_of_them["missing"] == 18
    by_arm = told["by_visit"]["baseline"]["by_arm"]
    assert sum(one["n"] for one in by_arm.values()) == len(costs)
    assert told["follow_up"]["all"]["n"] <= told["by_visit"]["month-12"]["all"]["n"]
    assert told["unit"] == "pounds"


def test_the_scores_are_those_of_the_files(shown, found):
    frame = found.forms.table(FORMS["self-esteem"])
    at = frame[frame["visit"] == "month-6"]["total"].dropna().astype(float)
    told = reports.feasibility.as_json(PROTOCOL, found)["scores"]["self-esteem.total"]
    assert told["by_visit"]["month-6"]["all"]["mean"] == pytest.approx(at.mean())
    assert told["by_visit"]["month-6"]["all"]["n"] == len(at)
    assert set(told["by_visit"]) == {"baseline", "month-6", "month-12"}


def test_the_guesses_are_told_by_arm_only_where_arms_are_told_by_name(shown, found, blinded):
    guesses = Counter(
        str(one.answers["guess"]) for one in records_of(shown, "allocation-guess", "month-12")
    )
    told = found.forms.guessed
    assert all(told.overall[key] == guesses[key] for key in ("helped", "not-helped", "cannot-say"))
    assert sum(told.overall.values()) == sum(guesses.values())
    assert set(told.by_arm) == set(told.index) == {"IPS", "TAU"}
    arms = dict(shown.execute(select(Cluster.arm, func.count()).group_by(Cluster.arm)).all())
    assert set(arms) == {"IPS", "TAU"}
    for key, n in told.overall.items():
        assert n == sum(by[key] for by in told.by_arm.values())
    hidden = blinded.forms.guessed
    assert hidden.overall == told.overall and not hidden.by_arm and not hidden.index
    assert blinded.forms.table(FORMS["allocation-guess"]) is None
    assert "Bang" not in words(reports.feasibility.build(PROTOCOL, blinded))
    assert "Bang" in words(reports.feasibility.build(PROTOCOL, found))


def test_a_blinded_reader_is_told_letters_and_no_form_that_tells(blinded):
    told = reports.feasibility.as_json(PROTOCOL, blinded)
    arms = told["scores"]["self-esteem.total"]["by_visit"]["baseline"]["by_arm"]
    assert set(arms) == {"A", "B"}
    telling = {form.key for form in PROTOCOL.forms if form.telling}
    assert telling and not {one.name for one in blinded.forms.tables} & {
        f"form_{key.replace('-', '_')}" for key in telling
    }
    assert not telling & {one["form"] for one in told["forms"]["completeness"]["by_form"]}


def test_a_report_that_tells_no_arms_reads_no_form(shown):
    assert not assembled(shown, arms=False).forms.tables


def test_at_an_earlier_cut_the_forms_are_as_they_were(shown, found):
    then = assembled(shown, on=date(2016, 3, 31))
    early, late = then.forms.completeness.overall, found.forms.completeness.overall
    assert 0 < early.due < late.due
    assert "month-12" not in {visit for _, visit in then.forms.completeness.by_form}
    # The same day, told from the trail instead of the tables.
    cut = replace(reports.cut.data_cut(shown, TODAY, None), act=head(shown)[0])
    again = reports.assembly.assemble(shown, PROTOCOL, cut, blinded=False)
    for one, other in zip(found.forms.tables, again.forms.tables, strict=True):
        assert to_csv(one.frame) == to_csv(other.frame), one.name


def test_the_interviews_lead_into_the_work_history():
    assert [form.key for form in PROTOCOL.forms if form.leads_to == "work"] == [
        "work-interview-baseline", "work-interview",
    ]  # fmt: skip


def test_the_table_of_baseline_holds_what_the_protocol_names(found):
    page = words(reports.feasibility.build(PROTOCOL, found))
    for label in ("Main diagnosis group: Schizophrenia", "Benefits received now: Universal Credit",
                  "Months of paid work in the last five years (months): mean (SD)",
                  "Self-esteem, 0 to 30: mean (SD)", "Completeness of forms by cluster",
                  "Scores by visit", "Cost per participant", "All or some of them are assumed"):  # fmt: skip
        assert label in page, label


def test_small_counts_of_sensitive_questions_are_not_told(found):
    page = words(reports.feasibility.build(PROTOCOL, found))
    start = page.index("Legal status now:")
    rows = page[start : page.index("Main diagnosis group", start)]
    assert "fewer than 5" in rows and "left out" in rows
    counted = re.findall(r">([1-4]) of [0-9]+ ", rows)
    assert not counted, counted
    assert re.search(r"Sex: Female.{0,200}>[0-9]+ of 18", page, re.DOTALL)


def test_the_files_hold_every_form_with_its_codebook(shown):
    manager = Actor(1, "A trial manager", Role.TRIAL_MANAGER, None, blinded=False)
    made = reports.datasets.make(shown, PROTOCOL, manager, Request("datasets"), TODAY)
    names = {f"form_{form.key.replace('-', '_')}.csv" for form in PROTOCOL.forms}
    assert names <= set(made.files) and "form_education_courses.csv" in made.files
    book = made.files["codebook.csv"].decode()
    assert "form_background,legal_status,Legal status now,code" in book
    assert "form_service_use,cost," in book and "form_background,benefits_esa," in book
    assert "description" not in made.files["form_adverse_event_screen.csv"].decode().splitlines()[0]
