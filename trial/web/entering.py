"""Filling in a form: what was typed is read, saved in one act, or shown again whole with what is wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from flask import render_template, request
from wtforms import HiddenField

from trial.conduct.access import Act
from trial.conduct.forms import attachments, saving, scores
from trial.conduct.forms.plans import Subject
from trial.conduct.reasons import SENTENCE
from trial.conduct.refused import Refused, Stale
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import sift, without_telling
from trial.protocol.forms.missing import BY_LETTER, LETTERS
from trial.protocol.forms.reading import Answer
from trial.records.models import Attachment, Record
from trial.web import conflict, here, pages, subjects
from trial.web.fields import Lines
from trial.web.forms import Form

COMPLETE, DRAFT, NEXT, LOOK, CHOOSE = "complete", "draft", "next", "look", "choose"
SAVE, ADD = "page-save", "page-add"
CODES = json.dumps(BY_LETTER)
AGAIN = "Choose the file again: a file is not kept until the page is saved"


@dataclass(frozen=True)
class Task:
    """One form to be filled in: under which version of the protocol, about whom, anew or changed.

    ``entry`` is 0 for the record that counts, 1 and 2 for the two entries that it is made of.
    """

    protocol: Protocol
    form: FormPlan
    subject: Subject
    record: Record | None = None
    entry: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether the record is complete already, so that it changes only with a reason."""
        return self.record is not None and self.record.state == saving.COMPLETE


class Entry(Form):
    """The page of one form; its answers are read by ``pages``, everything around them here."""

    version = HiddenField()
    seen = HiddenField(default=conflict.newest)
    reason = Lines(
        "Why is this changed?",
        hint="Only if you change a saved answer. The trail keeps your words beside the old and the "
        "new value.",
        most=500,
        rows=2,
    )

    def __init__(self, task: Task) -> None:
        version = None if task.record is None else task.record.version
        super().__init__(prefix="page-", data={"version": version})
        self.task = task
        self.plan = seen(task)
        self.known = {} if task.record is None else saving.all_answers(task.record)
        self.wrong: dict[str, str] = {}
        self.more = ""
        self.saved: Record | None = None
        self.conflict: tuple[conflict.Difference, ...] | None = None

    @property
    def status(self) -> int:
        """The status of the page: 409 where somebody else saved the record first."""
        return super().status if self.conflict is None else 409

    @property
    def raw(self) -> dict[str, list[str]] | None:
        """What was typed, as it was sent, now or before it was lost; None where the page is opened."""
        if self.is_submitted():
            sent = request.form.to_dict(flat=False)
            return conflict.with_choices(self.plan, sent, self.known, self._observed_on)
        return None if self.before is None else self.before.to_dict(flat=False)

    @property
    def button(self) -> str:
        """Which button was pressed: its value, or ``complete``."""
        return request.form.get(SAVE, COMPLETE)

    @property
    def _observed_on(self) -> date | None:
        record = self.task.record
        return None if record is None else record.observed_on

    @cached_property
    def page(self) -> pages.Page:
        """The page, with what is wrong; asked for only once everything is known."""
        return pages.page_of(
            self.plan,
            answers=self.known,
            observed_on=self._observed_on,
            typed=self.raw,
            faults=self.wrong,
            more=self.more,
        )

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Every message with the element that its link goes to, in the order of the page."""
        whole = [("main-content", message) for message in self.whole]
        why = [(self.reason.focus, str(one)) for one in self.reason.errors[:1]]
        return [*whole, *self.page.faults, *why]

    def refuse(self, refused: Refused) -> None:
        """Show a refusal: at the question that it names, at the reason, or at the head of the page."""
        there = {one.path for one in self._page_of_typed().questions}
        for finding in refused.findings:
            path = pages.OBSERVED if finding.item == saving.OBSERVED else finding.item
            if finding.message == SENTENCE:
                self.reason.errors = [*self.reason.errors, finding.message]
            elif path in there:
                self.wrong[str(path)] = finding.message
            else:
                self.whole.append(finding.message)

    def saves(self) -> bool:
        """Whether what was sent is saved; else the page is to be shown again."""
        if not self.validate_on_submit():
            return False
        self.more = request.form.get(ADD, "")
        looks_on = self.button == CHOOSE or (self.button == LOOK and self.task.is_complete)
        if self.more or looks_on:
            return False
        typed = pages.read_page(self.plan, self.raw or {}, self.known)
        if typed.faults:
            self.wrong = dict(typed.faults)
            self._ask_for_files_again()
            return False
        try:
            saved = self.records(Act.ENTER_FORM, lambda: self._save(typed), of=self.task.record)
        except Stale:
            saved = self._meets(typed)
        if not saved:
            self._ask_for_files_again()
            return False
        self.saved = self.result
        return True

    def _meets(self, typed: pages.Typed) -> bool:
        """Show what somebody else saved meanwhile: sent again, the page is a save of this version."""
        record = self.task.record
        assert (
            record is not None
        )  # only a record that is there can have been saved by somebody else
        self.known = saving.all_answers(record)
        self.conflict = conflict.in_form(self.plan, record, typed, self.seen.data)
        self.version.data, self.seen.data = record.version, conflict.newest()
        return False

    def _save(self, typed: pages.Typed) -> Record:
        task, session = self.task, here.session()
        answers = typed.answers | self._attached(typed)
        return saving.save(
            session, task.protocol, task.form, task.subject,
            record=task.record, answers=answers, observed_on=typed.observed_on,
            complete=self.button in (COMPLETE, NEXT), entry=task.entry, on=here.today(),
        )  # fmt: skip

    def _attached(self, typed: pages.Typed) -> dict[str, Answer]:
        """The files that were sent with the questions asked, kept under seal."""
        key = here.settings().key("attachments")
        made: dict[str, Answer] = {}
        for path, item in self._files():
            sent = request.files.get(path)
            if sent is None or not sent.filename:
                continue
            if path not in {one.path for one in sift(self.plan, typed.answers).asked}:
                continue
            content = sent.stream.read()
            file = attachments.attach(
                here.session(), key, self.task.form, item, path, self.task.subject, content
            )
            made[path] = file.id
        return made

    def _files(self) -> list[tuple[str, kinds.File]]:
        if not any(isinstance(item, kinds.File) for item in self.plan.items):
            return []
        shown = self._page_of_typed().questions
        return [(one.path, one.item) for one in shown if isinstance(one.item, kinds.File)]

    def _ask_for_files_again(self) -> None:
        for path, _ in self._files():
            if path in request.files and request.files[path].filename:
                self.wrong.setdefault(path, AGAIN)

    def _page_of_typed(self) -> pages.Page:
        return pages.page_of(self.plan, answers=self.known, observed_on=None, typed=self.raw)


def seen(task: Task) -> FormPlan:
    """The form as whoever is signed in may see it."""
    if here.actor().sees_arm_of(task.subject.cluster_id):
        return task.form
    return without_telling(task.form)


def shown(form: Entry, template: str = "forms/edit.html", **more: Any) -> tuple[str, int]:
    """The page of a form that is being filled in, with its status."""
    task, page = form.task, form.page
    return render_template(
        template,
        form=form,
        task=task,
        page=page,
        letters=LETTERS,
        codes=CODES,
        scored=scores.scores(task.protocol, task.form, form.known),
        files=files_of(task.record, form.known, page),
        named=subjects.named(task.subject),
        **more,
    ), form.status


def files_of(
    record: Record | None, answers: Mapping[str, Answer], page: pages.Page
) -> dict[str, Attachment]:
    """The files that the answers of a record name, by path."""
    if record is None:
        return {}
    paths = [one.path for one in page.questions if isinstance(one.item, kinds.File)]
    found = {path: attachments.of(here.session(), record, answers.get(path)) for path in paths}
    return {path: file for path, file in found.items() if file is not None}
