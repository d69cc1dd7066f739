"""Forms for who agreed to a clause of the consent: asked of them alone, wherever a form is asked for."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import Recruiting
from tests.conduct.sheets import save, sheet
from trial.conduct import agreed, query_check, visits
from trial.conduct.access import Act
from trial.conduct.casebook import lacking
from trial.conduct.checklist import checklist
from trial.conduct.forms import blank, offered, saving
from trial.conduct.importing.run import Order, Source, take_in
from trial.conduct.refused import Refused
from trial.conduct.reports.assembly import assemble
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.form_results import Complete
from trial.protocol.reporting import ReportingPlan
from trial.records.models import Participant, Query, Record, Screening, Visit
from trial.report.value import Text

CLAUSE = "interview"
SEEN = sheet(key="seen", name="Seen", occurs="visit", visits=("baseline",), clause=CLAUSE)
EVERYONE = sheet(key="everyone", name="Everyone", occurs="visit", visits=("baseline",))
ONCE = sheet(key="once", name="Once", occurs="once", clause=CLAUSE)
LOG = sheet(key="log", name="Log", clause=CLAUSE)
LATER = date(2016, 1, 15) + timedelta(days=60)


@pytest.fixture
def protocol(protocol):
    forms = (SEEN, EVERYONE, ONCE, LOG)
    return protocol.model_copy(update={"forms": forms, "reporting": ReportingPlan()})


@pytest.fixture
def trial(session, protocol) -> Recruiting:
    return Recruiting(session, protocol)


@pytest.fixture
def cluster(trial, clusters):
    return trial.open(clusters["city-forensic"])


def enrolled(trial, cluster, *, agrees: bool) -> Participant:
    """Somebody whose baseline visit is done, and who agreed to the clause or not."""
    row = trial.ready(cluster)
    clauses = {one.key: True for one in trial.protocol.consent.clauses}
    trial.take(row, clauses=clauses | {CLAUSE: agrees})
    person = trial.enrol(row)
    trial.does(
        Act.RECORD_VISIT, visits.record_done, baseline(trial, person),
        done_on=person.enrolled_on, working="no", history_known_until=None,
    )  # fmt: skip
    return person


@pytest.fixture
def pair(trial, cluster) -> tuple[Participant, Participant]:
    """Somebody who agreed to the clause, and somebody who did not."""
    return enrolled(trial, cluster, agrees=True), enrolled(trial, cluster, agrees=False)


def baseline(trial, person) -> Visit:
    wanted = select(Visit).where(Visit.participant_id == person.id, Visit.plan == "baseline")
    return trial.session.scalars(wanted).one()


def states(trial, person) -> dict[str, tuple[str, bool]]:
    """How the forms stand on the page of somebody: state, and whether it can be filled in."""
    visit = baseline(trial, person)
    told = offered.of_participant(trial.session, trial.protocol, trial.by, person, [visit])
    cells = [*(row[visit.id] for _, row in told.visits), *told.once]
    found = {one.form.key: (one.state, one.may_enter) for one in cells}
    return found | {one.form.key: (str(one.number), one.may_enter) for one in told.logs}


def test_the_page_offers_the_form_to_who_agreed(trial, pair):
    assert [states(trial, one)["seen"] for one in pair] == [
        ("not started", True), ("outside consent", False),
    ]  # fmt: skip
    assert [states(trial, one)["once"] for one in pair] == [
        ("not started", True), ("outside consent", False),
    ]  # fmt: skip
    assert [states(trial, one)["log"] for one in pair] == [("0", True), ("0", False)]
    assert all(states(trial, one)["everyone"] == ("not started", True) for one in pair)


@pytest.mark.parametrize("form", [SEEN, ONCE, LOG], ids=lambda one: one.key)
def test_who_did_not_agree_is_not_recorded_in_it(trial, pair, form):
    for person, may in zip(pair, (True, False), strict=True):
        visit = baseline(trial, person) if form.occurs == "visit" else None
        if may:
            assert save(trial, form, person, visit=visit, hours=40).state == "complete"
            continue
        with pytest.raises(Refused, match="only for who agreed to it in their consent"):
            save(trial, form, person, visit=visit, hours=40)


def test_a_file_is_refused_by_row(trial, pair):
    lines = ["number,observed_on,hours", *(f"{one.number},2016-01-14,40" for one in pair)]
    source = Source("log.csv", "\n".join(lines).encode())

    def bring():
        order = Order(LOG, source, trial.on, tries=True)
        return take_in(trial.session, trial.protocol, trial.by, order)

    found = bring()
    assert [one.row for one in found.refusals] == [3]
    assert "only for who agreed" in found.refusals[0].message


def test_the_next_form_of_the_visit_passes_over_it(trial, pair):
    following = [
        offered.next_form(trial.session, trial.protocol, trial.by, baseline(trial, one), "everyone")
        for one in pair
    ]
    assert following[0] is not None and following[0][0].key == "seen"
    assert following[1] is None


def test_the_nightly_check_asks_who_agreed(trial, pair, session):
    session.rollback()
    query_check.check(session, trial.protocol, on=LATER)
    session.expire_all()
    asked = {(one.participant_id, one.form) for one in session.scalars(select(Query))}
    missing = {(person, form) for person, form in asked if form is not None}
    agrees, not_agrees = (one.id for one in pair)
    assert missing == {
        (agrees, "seen"), (agrees, "everyone"), (agrees, "once"), (not_agrees, "everyone"),
    }  # fmt: skip


def test_a_casebook_and_the_database_lock_lack_it_of_who_agreed(trial, pair):
    told = [" ".join(lacking(trial.session, trial.protocol, one, trial.on)) for one in pair]
    assert ["Seen of" in one for one in told] == [True, False]
    (missing,) = (
        one for one in checklist(trial.session, trial.protocol, trial.by, trial.on)
        if one.key == "missing"
    )  # fmt: skip
    assert (
        missing.number == 4
    )  # both forms of the visit and the one filled in once; and one of the other


def test_completeness_counts_who_agreed(trial, pair, session):
    save(trial, EVERYONE, pair[1], visit=baseline(trial, pair[1]), hours=40)
    save(trial, SEEN, pair[0], visit=baseline(trial, pair[0]), hours=40)
    found = assemble(session, trial.protocol, data_cut(session, trial.on), blinded=False)
    by_form = found.forms.completeness.by_form
    assert by_form["seen", "baseline"] == Complete(1, 1, 0, 0)
    assert by_form["everyone", "baseline"] == Complete(2, 1, 0, 1)


def test_the_newest_consent_says_it(trial, pair, session):
    agrees, not_agrees = pair
    kept = save(trial, SEEN, agrees, visit=baseline(trial, agrees), hours=40)
    for person, says in ((agrees, False), (not_agrees, True)):
        row = session.get_one(Screening, person.screening_id)
        days = {"informed_on": date(2015, 11, 2), "signed_on": date(2015, 11, 9)}
        trial.take(row, clauses=everything(trial) | {CLAUSE: says}, **days)
    assert agreed.by(session, agrees) == frozenset(everything(trial)) - {CLAUSE}
    # What was recorded before stays, and can be corrected; nothing new is asked.
    assert states(trial, agrees)["seen"][0] == "complete"
    save(
        trial, SEEN, agrees, visit=baseline(trial, agrees), record=kept, why="Typed wrong", hours=41
    )
    assert saving.all_answers(session.get_one(Record, kept.id))["hours"] == 41
    assert states(trial, agrees)["once"] == ("outside consent", False)
    assert states(trial, not_agrees)["once"] == ("not started", True)
    found = assemble(session, trial.protocol, data_cut(session, trial.on), blinded=False)
    assert found.forms.completeness.by_form["seen", "baseline"] == Complete(2, 1, 0, 1)


def test_a_draft_goes_no_further_once_the_consent_is_narrowed(trial, pair, session):
    person, _ = pair
    begun = save(trial, ONCE, person, complete=False, hours=40)
    row = session.get_one(Screening, person.screening_id)
    days = {"informed_on": date(2015, 11, 2), "signed_on": date(2015, 11, 9)}
    trial.take(row, clauses=everything(trial) | {CLAUSE: False}, **days)
    with pytest.raises(Refused, match="only for who agreed to it in their consent"):
        save(trial, ONCE, person, record=begun, hours=40)
    assert session.get_one(Record, begun.id).state == "draft"


def everything(trial) -> dict[str, bool]:
    return {one.key: True for one in trial.protocol.consent.clauses}


def test_the_sheet_for_paper_says_whom_it_is_for(trial):
    (text,) = (one.text for one in trial.protocol.consent.clauses if one.key == CLAUSE)
    said = [one.text for one in blank.sheet(trial.protocol, SEEN).blocks if isinstance(one, Text)]
    assert f"Only for who agreed to: “{text}”." in said
