"""The page on which two entries of a form are compared: what is to stand of each difference, and why."""

from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from flask import request

from trial.conduct.forms import saving
from trial.conduct.forms.double_entry import OTHER, WHY, Compared, Decision
from trial.conduct.refused import Refused
from trial.protocol.forms import FormPlan
from trial.protocol.forms.reading import read, words
from trial.web import boxes, pages
from trial.web.forms import Form

TAKE = "take-"


class Row(NamedTuple):
    """One difference as the page shows it, with what was chosen, the reason, and what is wrong."""

    path: str
    label: str
    first: str
    second: str
    chosen: str
    why: str
    question: pages.Question
    fault: str
    why_fault: str


class Settle(Form):
    """What is to stand of every difference; its questions are those of the form itself."""

    def __init__(self, plan: FormPlan, differing: tuple[Compared, ...]) -> None:
        super().__init__(prefix="page-")
        self.plan, self.differing = plan, differing
        self.wrong: dict[str, str] = {}

    @cached_property
    def raw(self) -> dict[str, list[str]]:
        """What was typed, now or before it was lost."""
        if self.is_submitted():
            return request.form.to_dict(flat=False)
        return {} if self.before is None else self.before.to_dict(flat=False)

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Every message with the element that its link goes to, in the order of the page."""
        found = [("main-content", message) for message in self.whole]
        for one in self.differing:
            for name, focus in ((one.path, f"{TAKE}{one.path}"), (f"{WHY}{one.path}",) * 2):
                if name in self.wrong:
                    found.append((focus, f"{_label(one)}: {self.wrong[name]}"))
        return found

    def refuse(self, refused: Refused) -> None:
        """Show a refusal at the difference that it names, or at the head of the page."""
        named = {one.path for one in self.differing}
        for finding in refused.findings:
            if (finding.item or "").removeprefix(WHY) in named:
                self.wrong[str(finding.item)] = finding.message
            else:
                self.whole.append(finding.message)

    def decided(self) -> dict[str, Decision] | None:
        """What was decided, by path; None where a value cannot be read, which is then said."""
        found = {}
        for one in self.differing:
            chosen = boxes.first(self.raw, f"{TAKE}{one.path}")
            why, other = boxes.first(self.raw, f"{WHY}{one.path}")[:500], None
            if chosen == OTHER:
                try:
                    text = boxes.joined(one.item, _box(one.path), self.raw)
                    other = read(one.item, text)
                except ValueError as wrong:
                    self.wrong[one.path] = str(wrong)
            found[one.path] = Decision(chosen, why, other)
        return None if self.wrong else found

    @property
    def rows(self) -> list[Row]:
        """The differences as the page shows them."""
        typed = {
            name: values for name, values in self.raw.items() if not name.startswith("page-once")
        }
        page = pages.page_of(
            self.plan, answers={}, observed_on=None, typed=typed | _rows(self.plan, self.differing)
        )
        asked = {one.path: one for one in page.questions}
        return [self._row(one, asked[_box(one.path)]) for one in self.differing]

    def _row(self, one: Compared, question: pages.Question) -> Row:
        return Row(
            one.path, _label(one), words(one.item, one.first), words(one.item, one.second),
            boxes.first(self.raw, f"{TAKE}{one.path}"), boxes.first(self.raw, f"{WHY}{one.path}"),
            replace(question, asked=True, when="", fault=""),
            self.wrong.get(one.path, ""), self.wrong.get(f"{WHY}{one.path}", ""),
        )  # fmt: skip


def reasons(plan: FormPlan, decided: dict[str, Decision]) -> str:
    """The reasons as the trail keeps them, each behind the question that it is about."""
    told = []
    for path, one in decided.items():
        item = plan.item(path.rpartition(".")[2])
        label = plan.observed if item is None else item.label
        told.append(f"{label}: {one.chosen} ({one.reason})")
    return "; ".join(told)


def _label(one: Compared) -> str:
    """The question, with the number of its repetition."""
    parts = one.path.split(".")
    return f"{one.item.label} ({parts[1]})" if len(parts) == 3 else one.item.label


def _box(path: str) -> str:
    """The name of the boxes of a question on the page of its form."""
    return pages.OBSERVED if path == saving.OBSERVED else path


def _rows(plan: FormPlan, differing: tuple[Compared, ...]) -> dict[str, list[str]]:
    """As many repetitions as the differences reach."""
    found = {}
    for section in plan.sections:
        numbers = [
            int(one.path.split(".")[1])
            for one in differing
            if section.repeats and one.path.startswith(f"{section.repeats}.")
        ]
        if numbers:
            found[f"{section.repeats}-{pages.ROWS}"] = [str(max(numbers))]
    return found
