"""Import: every row through the checks of the pages, all of it or nothing, and trying it leaves nothing."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conduct.recruiting import MANAGER, TODAY, Recruiting
from tests.web.filling import plan, plans
from trial.conduct import holds
from trial.conduct.access import Act as Acts
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject
from trial.conduct.importing import run
from trial.conduct.importing.columns import offered
from trial.conduct.importing.preview import Preview
from trial.conduct.importing.run import Order, Source, take_in
from trial.conduct.refused import NotAllowed, Refused
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms.missing import ALL, Missing
from trial.protocol.forms.reading import read
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.history import history
from trial.records.models import Act, Change, Cluster, Participant, Query, Record, Visit
from trial.records.trail import acting
from trial.records.verify import verify

FORM = plan("everything")
CONTACTS = plan("contacts").model_copy(update={"entered_by": ("trial manager",)})
FULL = {"works": "no", "calm": "1", "tired": "2", "jobs.1.title": "Cook"}


class Importing:
    """Somebody who imports into a trial with two people."""

    def __init__(self, session: Session, protocol: Protocol, cluster: Cluster) -> None:
        others = tuple(form for form in plans() if form.key != "contacts")
        self.session, self.by = session, MANAGER
        self.protocol = protocol.model_copy(update={"forms": (*others, CONTACTS)})
        trial = Recruiting(session, self.protocol)
        trial.open(cluster)
        people = [trial.participant(cluster) for _ in range(2)]
        self.people, self.numbers = [one.id for one in people], [one.number for one in people]

    def take(self, form: FormPlan, rows: list[dict[str, str]] | bytes, **rest: Any) -> Preview:
        content = rows if isinstance(rows, bytes) else table(rows)
        order = Order(form, Source("C:\\rows.csv", content), TODAY, **rest)
        self.session.rollback()
        return take_in(self.session, self.protocol, self.by, order)

    def visit(self, person: int = 0, **cells: str) -> dict[str, str]:
        place = {"number": self.numbers[person], "visit": "baseline", "observed_on": "2016-01-10"}
        return place | cells

    def records(self, form: FormPlan = FORM) -> list[Record]:
        self.session.expire_all()
        wanted = select(Record).where(Record.form == form.key).order_by(Record.id)
        return list(self.session.scalars(wanted))


def table(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.fixture
def importing(session: Session, protocol: Protocol, clusters: dict[str, Cluster]) -> Importing:
    return Importing(session, protocol, next(iter(clusters.values())))


def state(session: Session) -> list[int | None]:
    """How much there is of everything that an import could leave."""
    session.rollback()
    return [session.scalar(select(func.count()).select_from(one)) for one in (Act, Change, Record)]


def test_trying_shows_every_change_and_leaves_nothing(importing: Importing) -> None:
    before = state(importing.session)
    told = importing.take(FORM, [importing.visit(**FULL)], tries=True)
    assert (told.new, told.changed, told.refused, told.done) == (1, 0, 0, False)
    seen = {one.path: (one.old, one.new) for one in told.changes}
    assert seen["jobs.1.title"] == (None, "Cook") and seen["calm"] == (None, 1)
    assert state(importing.session) == before
    assert importing.take(FORM, [importing.visit(**FULL)]).fingerprint == told.fingerprint


def test_new_changed_and_unchanged_rows_have_acts_with_the_file(importing: Importing) -> None:
    rows = [importing.visit(0, **FULL), importing.visit(1, **FULL)]
    made = importing.take(FORM, rows)
    assert (made.new, made.done) == (2, True)
    rows[1] |= {"calm": "2", "tired": "", "works": "yes", "hours": "60"}
    with pytest.raises(Refused, match="Say why"):
        importing.take(FORM, rows)
    again = importing.take(FORM, rows, reason="Sent again")
    assert (again.new, again.changed, again.unchanged) == (0, 1, 1)
    record = importing.records()[1]
    assert record.answers["calm"] == 2 and record.answers["tired"] == 2
    steps = history(importing.session, "record", record.id, "answers.calm")
    assert [step.new for step in steps] == [1, 2] and steps[1].reason == "Sent again"
    assert steps[1].source.startswith("rows.csv, SHA-256 ")
    (query,) = importing.session.scalars(select(Query).where(Query.row == record.id))
    assert "usual" in query.text and query.state == "open"
    rows[1] |= {"hours": "40"}
    importing.take(FORM, rows, reason="Sent again")
    importing.session.expire_all()
    assert query.state == "closed"
    assert verify(importing.session).valid


def test_all_or_nothing_with_every_refusal_by_row_and_column(importing: Importing) -> None:
    before = state(importing.session)
    wrong = {
        "calm": importing.visit(1, **FULL | {"calm": "9"}),
        "number": importing.visit(1, **FULL | {"number": "IPSOH-0000-0"}),
        "visit": importing.visit(1, **FULL | {"visit": "month-3"}),
        "hours": importing.visit(1, **FULL | {"hours": "12"}),
        "observed_on": importing.visit(1, **FULL | {"observed_on": "2099-01-01"}),
        "tired": importing.visit(1, works="no", calm="1"),
    }
    for column, row in wrong.items():
        told = importing.take(FORM, [importing.visit(0, **FULL), row])
        assert (told.refused, told.done) == (1, False)
        assert {(one.row, one.column) for one in told.refusals} >= {(3, column)}, column
    (one,) = importing.take(FORM, [importing.visit(**FULL)] * 2).refusals
    assert one.row == 3 and "Row 2 is about the same record" in one.message
    assert state(importing.session) == before


@pytest.mark.parametrize(
    ("head", "column", "words"),
    [
        ("number,visit,observed_on,unknown", "unknown", "no such question"),
        ("number,visit,observed_on,calm,calm", "calm", "twice"),
        ("number,observed_on,calm", "visit", "needed"),
        ("number,visit,observed_on,jobs.5.title", "jobs.5.title", "no such question"),
        ("number,visit,observed_on,knows_arm", "knows_arm", "no such question"),
    ],
)
def test_columns_are_refused_by_name(
    importing: Importing, head: str, column: str, words: str
) -> None:
    (one,) = importing.take(FORM, f"{head}\n1,2,3,4,5\n"[: len(head) + 1].encode()).refusals
    assert one.row == 1 and one.column == column and words in one.message


def test_columns_that_are_worked_out_are_left_out_and_said(importing: Importing) -> None:
    row = importing.visit(**FULL, mood="3", mood_band="high", state="complete", cluster="x")
    told = importing.take(FORM, [row])
    assert told.done and set(told.left) == {"mood", "mood_band", "state", "cluster"}


def test_a_log_takes_new_rows_and_changes_named_ones(importing: Importing) -> None:
    row = {"number": importing.numbers[0], "observed_on": "2016-01-10", "minutes": "30"}
    assert importing.take(CONTACTS, [row, row]).new == 2
    first = importing.records(CONTACTS)[0].id
    changed = row | {"record": str(first), "minutes": "45"}
    told = importing.take(CONTACTS, [changed, row | {"record": ""}], reason="Counted again")
    assert (told.new, told.changed) == (1, 1)
    other = row | {"record": str(first), "number": importing.numbers[1]}
    for wrong in (other, row | {"record": "99999"}, row | {"record": "x"}):
        (one,) = importing.take(CONTACTS, [wrong]).refusals
        assert one.column == "record"
    twice = importing.take(CONTACTS, [changed, changed], reason="Twice")
    assert twice.refusals[0].row == 3


def test_drafts_may_be_incomplete_and_missing_codes_are_read(importing: Importing) -> None:
    row = importing.visit(calm_missing="R", tired="missing: not known")
    assert importing.take(FORM, [row]).refused == 1
    assert importing.take(FORM, [row], draft=True).done
    (record,) = importing.records()
    assert record.state == "draft" and record.answers["calm"] == Missing.REFUSED
    both = importing.visit(calm="1", calm_missing="R")
    (one,) = importing.take(FORM, [both], draft=True).refusals
    assert one.column == "calm_missing"


def test_permissions_clusters_blinding_holds_and_double_entry_hold(
    importing: Importing, actor: Callable[..., Actor]
) -> None:
    session = importing.session
    row = [importing.visit(**FULL)]
    for role in (Role.RESEARCHER, Role.DATA_MANAGER):
        importing.by = actor(role)
        with pytest.raises(NotAllowed):
            importing.take(FORM, row)
    importing.by = replace(MANAGER, blinded=True)
    with pytest.raises(NotAllowed):
        importing.take(plan("telling"), row)
    session.info["actor"] = importing.by = replace(MANAGER, clusters=frozenset({2}))
    (one,) = importing.take(FORM, row).refusals
    assert one.message == "There is no such participant." and one.column == "number"
    session.info["actor"] = importing.by = MANAGER
    twice = FORM.model_copy(update={"double_entry": True})
    with pytest.raises(Refused, match="entered twice"):
        importing.take(twice, row)
    assert importing.take(FORM, row).done
    with acting(session, by=MANAGER, name=Acts.HOLD):
        person = session.get_one(Participant, importing.people[0])
        holds.place(session, importing.protocol, person, "frozen")
    (one,) = importing.take(FORM, [row[0] | {"calm": "2"}], reason="Late").refusals
    assert one.row == 2 and "frozen" in one.message


def test_what_was_agreed_to_is_what_is_done(importing: Importing) -> None:
    row = [importing.visit(**FULL)]
    with pytest.raises(Refused, match="not as they were"):
        importing.take(FORM, row, expected="another")
    assert importing.records() == []
    told = importing.take(FORM, row, tries=True)
    assert importing.take(FORM, row, expected=told.fingerprint).done


def test_a_long_file_is_several_acts_of_one_transaction(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PART", 10)
    rows = [
        {"number": importing.numbers[n % 2], "observed_on": "2016-01-10", "minutes": str(n + 1)}
        for n in range(25)
    ]
    assert importing.take(CONTACTS, rows).new == 25
    wanted = select(Act).where(Act.name == Acts.IMPORT).order_by(Act.number)
    acts = importing.session.scalars(wanted).all()
    assert [act.note["part"] for act in acts] == [1, 2, "3 of 3"]
    assert [act.note["rows"] for act in acts] == ["2 to 11", "12 to 21", "22 to 26"]
    assert len({act.note["sha256"] for act in acts}) == 1 and verify(importing.session).valid
    before = state(importing.session)
    rows[24]["minutes"] = "none"
    assert importing.take(CONTACTS, rows).refused == 1
    assert state(importing.session) == before


@pytest.mark.parametrize("content", [b"", b"number,visit\n", b"\x00", b"PK\x03\x04junk"])
def test_a_file_without_a_table_is_refused(importing: Importing, content: bytes) -> None:
    told = importing.take(FORM, content)
    assert told.refusals and not told.done


def answers_of(path: str, item: Any) -> st.SearchStrategy[str]:
    own = {
        "choice": lambda: st.sampled_from([code.key for code in item.codes]),
        "several": lambda: st.sampled_from(["esa", "esa pip", "none"]),
        "yes-no": lambda: st.sampled_from(["yes", "no"]),
        "whole": lambda: st.integers(*item.between).map(str),
        "scale": lambda: st.integers(item.least, item.most).map(str),
        "decimal": lambda: st.integers(0, 9999).map(lambda n: f"{n / 100:.2f}"),
        "date": lambda: st.dates(date(1950, 1, 1), date(2016, 1, 1)).map(str),
        "time": lambda: st.times().map(lambda t: f"{t:%H:%M}"),
        "text": lambda: (
            st.text("abc é,;\"'\n<>", min_size=1, max_size=20)
            .map(str.strip)
            .map(lambda text: text if item.long else text.replace("\n", " "))
            .filter(lambda text: text and not text.startswith("="))
        ),
    }
    return st.just("") | own[item.kind]() | st.sampled_from(sorted(ALL))


@given(st.data())
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
def test_what_is_exported_and_imported_again_keeps_every_value(
    importing: Importing, data: st.DataObject
) -> None:
    """A draft with any answers, written as our exports write it, makes the same record elsewhere."""
    session = importing.session
    paths = offered(FORM, telling=False)
    given = {path: data.draw(answers_of(path, item)) for path, item in paths}
    answers = _read(given)
    session.rollback()
    with acting(session, by=MANAGER, name=Acts.ENTER_FORM):
        for record in importing.records():
            if record.state != "voided":
                session.info["acting"].reason = "Once more"
                saving.void(session, importing.protocol, record)
        person = session.get_one(Participant, importing.people[0])
        visit = session.scalars(
            select(Visit).where(Visit.participant_id == person.id, Visit.plan == "baseline")
        ).one()
        made = saving.save(
            session, importing.protocol, FORM, Subject(participant=person, visit=visit),
            answers=answers, observed_on=date(2016, 1, 10), complete=False, on=TODAY,
        )  # fmt: skip
        kept = dict(made.answers)
    row = importing.visit(1)
    for path, _ in paths:
        answer = kept.get(path)
        is_code = answer in ALL
        row[path] = "" if answer is None or is_code else str(answer)
        row[f"{path}_missing"] = str(answer).removeprefix("missing: ") if is_code else ""
    told = importing.take(FORM, [row], draft=True)
    assert told.done, told.refusals
    (copy,) = [one for one in importing.records() if one.participant_id == importing.people[1]
               and one.state != "voided"]  # fmt: skip
    assert dict(copy.answers) == kept


def _read(given: dict[str, str]) -> dict[str, Any]:
    items = dict(offered(FORM, telling=False))
    found = {path: read(items[path], text) for path, text in given.items()}
    return {path: answer for path, answer in found.items() if answer is not None}
