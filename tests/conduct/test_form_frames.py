"""Any answers that are kept come back: in the tables, from their files, and from the trail."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.conduct.recruiting import TODAY, Recruiting
from tests.protocol.answering import answers_of, hostile_answers, shipped
from tests.web.filling import plans
from trial import exchange
from trial.conduct.access import Act
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject
from trial.conduct.forms.scores import scores
from trial.conduct.refused import Refused
from trial.conduct.reports import assembly
from trial.conduct.reports.cut import data_cut
from trial.conduct.reports.form_tables import STAY, column_name, form_tables, records
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import sift, without_telling
from trial.protocol.forms.missing import is_missing
from trial.protocol.roles import Role
from trial.records.frames import frames, masks
from trial.records.models import Visit
from trial.records.rows import table_at, table_now
from trial.records.trail import head

DRAWN = settings(
    max_examples=12, deadline=None, derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture,
    ],
)  # fmt: skip


def plain(form):
    """The form as one person may fill it in, once at the baseline visit, whatever the arm."""
    everyone = {"entered_by": (Role.TRIAL_MANAGER,), "arms": (), "unblinds": False}
    once = {"about": "participant", "occurs": "visit", "visits": ("baseline",), "checks": ()}
    seen = without_telling(form)
    return seen.model_copy(update={**everyone, **once, "double_entry": False})


FORMS = tuple(
    plain(form)
    for form in (*(form for one in shipped() for form in one.forms), *plans())
    if any(not item.unblinds for item in form.items)
)


class Trial:
    """One participant, about whom every form can be filled in again and again."""

    def __init__(self, session, protocol, cluster):
        self.session = session
        self.recruiting = Recruiting(session, protocol.model_copy(update={"forms": ()}))
        self.person = self.recruiting.participant(self.recruiting.open(cluster))
        wanted = select(Visit).where(
            Visit.participant_id == self.person.id, Visit.plan == "baseline"
        )
        self.visit = session.scalars(wanted).one()

    def save(self, form, answers, complete=True):
        """Save a form as it is, and void it again at the next one."""
        subject = Subject(participant=self.person, visit=self.visit)

        def do(session, protocol, on):
            return saving.save(
                session, protocol, form, subject, answers=answers, observed_on=TODAY,
                complete=complete, on=on,
            )  # fmt: skip

        return self.recruiting.does(Act.ENTER_FORM, do)

    def void(self, record):
        """Take the record back, so that the form can be filled in anew."""
        self.recruiting.does(
            Act.VOID_FORM, lambda s, p, on: saving.void(s, p, record), why="A test drew it."
        )

    def tables(self, form):
        """The tables of this form as the trial's own people are told them."""
        protocol = self.recruiting.protocol.model_copy(update={"forms": (form,)})
        cut = data_cut(self.session, TODAY, None)
        known = frames(self.session, act=cut.act, blinded=False, failing=assembly.failing(protocol))
        made = form_tables(records(self.session, cut), protocol, known, masks(self.session, False))
        return {one.name: one for one in made}


@pytest.fixture
def trial(session, protocol, clusters):
    return Trial(session, protocol, clusters["city-forensic"])


def expected(form, answers, protocol):
    """What the cells of the tables are to hold, by table and row: worked out from the answers alone."""
    told = {}
    start = f"form_{form.key.replace('-', '_')}"
    worked_out = scores(protocol, form, answers)
    for section in form.sections:
        rows = {None} if section.repeats is None else {
            int(path.split(".")[1]) for path in answers if path.startswith(f"{section.repeats}.")
        }  # fmt: skip
        for row in rows:
            table = start if row is None else f"{start}_{section.repeats}"
            cells = told.setdefault((table, row), {})
            for item in section.items:
                path = item.key if row is None else f"{section.repeats}.{row}.{item.key}"
                cells |= dict(cells_of(item, answers.get(path), worked_out.get(item.key)))
    return told


def cells_of(item, answer, scored):
    if isinstance(item, STAY):
        return
    if isinstance(item, kinds.Score):
        yield (
            item.key,
            "" if scored is None or scored.value is None else f"{scored.value.normalize():f}",
        )
        return
    missing = is_missing(answer)
    name = column_name(item)  # another one where every table has a column of this name
    yield name, "" if answer is None or missing else str(answer)
    reason = str(answer).removeprefix("missing: ").replace(" ", "-") if missing else ""
    yield f"{name}_missing", reason
    if isinstance(item, kinds.Several):
        chosen = None if answer is None or missing else str(answer).split()
        for code in item.codes:
            cell = "" if chosen is None else str(int(code.key in chosen))
            yield f"{name}_{code.key.replace('-', '_')}", cell


def read_back(table):
    """The rows of the file that the table becomes, as any program reads them."""
    text = exchange.tables.to_csv(table.frame).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_what_was_saved_stands_in_the_files_and_nothing_else(trial, protocol):
    @DRAWN
    @given(st.data())
    def holds(data):
        form = data.draw(st.sampled_from(FORMS))
        answers = data.draw(answers_of(form, TODAY))
        record = trial.save(form, answers)
        told = saving.all_answers(record)
        tables = trial.tables(form)
        found = {
            (name, int(row["row"]) if "row" in row else None): row
            for name, table in tables.items()
            for row in read_back(table)
        }
        wanted = expected(form, answers, protocol)
        trial.void(record)
        assert told == answers
        # A group in which nothing was answered has no row; the form itself always has one.
        assert set(wanted) <= set(found)
        for place, cells in wanted.items():
            assert {name: found[place][name] for name in cells} == cells
            assert found[place]["number"] == trial.person.number
            assert found[place]["state"] == "complete"
        assert all(table.frame.empty for table in trial.tables(form).values())

    holds()


def test_the_trail_tells_every_answer_again(trial):
    @DRAWN
    @given(st.data())
    def holds(data):
        form = data.draw(st.sampled_from(FORMS))
        record = trial.save(
            form, data.draw(answers_of(form, TODAY, complete=False)), complete=False
        )
        trial.recruiting.does(
            Act.ENTER_FORM,
            lambda s, p, on: saving.save(
                s, p, form, Subject(participant=trial.person, visit=trial.visit), record=record,
                answers=data.draw(answers_of(form, TODAY)), observed_on=TODAY, complete=True, on=on,
            ),
        )  # fmt: skip
        trial.void(record)

    holds()
    session = trial.session
    now = table_now(session, "record").drop(columns="version")
    then = table_at(session, "record", head(session)[0]).drop(columns="version")
    assert len(now)
    for here, told in zip(now.to_dict("records"), then.to_dict("records"), strict=True):
        assert told == here | {name: dict(here[name]) for name in ("answers", "telling")}


def test_hostile_answers_are_refused_by_path_or_kept_as_they_are(trial):
    @DRAWN
    @given(st.data())
    def holds(data):
        form = data.draw(st.sampled_from(FORMS))
        answers = data.draw(hostile_answers(form))
        try:
            record = trial.save(form, answers, complete=False)
        except Refused as refused:
            asked = {one.path for one in sift(form, answers).asked}
            assert {one.item for one in refused.findings} <= asked
            return
        assert saving.all_answers(record) == sift(form, answers).answers
        trial.void(record)

    holds()
