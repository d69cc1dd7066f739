"""The base of every form: it keeps what is typed, says what is refused, and is never sent twice."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField
from wtforms.fields.core import UnboundField

from trial.conduct.access import Act, permit
from trial.conduct.refused import Locked, NotAllowed, Refused, Stale
from trial.records.trail import acting, head
from trial.web import here, kept
from trial.web.fields import Answer, Lines

HIDDEN = frozenset({"once", "version", "seen"})
ONCE = re.compile(r"[A-Za-z0-9_-]{20,64}")


class Versioned(Protocol):
    """A row that knows how often it was saved."""

    version: Any


class Form(FlaskForm):
    """A page's questions; ``once`` is the token by which a second press of the button is known."""

    once = HiddenField(default=kept.fresh_once)
    # The questions that a page asks first, where that is not the order in which they are declared.
    first: ClassVar[tuple[str, ...]] = ()
    # Whether one page may be sent again and again, as a page that only writes files is.
    again: ClassVar[bool] = False

    def __init__(self, *args: Any, **rest: Any) -> None:
        self.before = None
        if not args and "formdata" not in rest:
            self.before = kept.typed_before(rest.get("prefix", ""), self._names())
            rest |= {} if self.before is None else {"formdata": self.before}
        super().__init__(*args, **rest)
        self.whole: list[str] = []
        self.held = False
        self.result: Any = None
        if not ONCE.fullmatch(self.once.data or ""):
            self.once.data = kept.fresh_once()

    @property
    def status(self) -> int:
        """The status of the page that shows this form: 422 where something must be put right.

        409 where it is put right elsewhere: what it was to change is frozen or locked.
        """
        if self.held:
            return 409
        return 422 if self.faults else 200

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Every message with the element that its link goes to, in the order of the page."""
        beside = [
            (field.focus, field.errors[0])
            for field in sorted(self, key=self._place)
            if isinstance(field, Answer) and field.errors
        ]
        return [*(("main-content", message) for message in self.whole), *beside]

    def records(
        self, act: Act, do: Callable[[], Any], *, of: Versioned | None = None, **rest: Any
    ) -> bool:
        """Do one act as whoever is signed in; a refusal is shown on the page and gives False.

        ``of`` is the record that the form was made from: ``Stale`` where somebody saved it since.
        """
        permit(here.actor(), act)
        g.meets = (self, of)  # for the page that shows both, if somebody else saved it first
        self._same_version(of)
        why = rest.pop("reason", None) or self._reason()
        try:
            with acting(
                here.session(),
                by=here.actor(),
                name=act,
                reason=why,
                once=None if self.again else self.once.data,
                **rest,
            ):
                self.result = do()
        except NotAllowed:
            raise
        except Refused as refused:
            self.refuse(refused)
            self.held = isinstance(refused, Locked)
            return False
        g.typed_is_saved = True
        self.once.data = kept.fresh_once()  # a page that stays is a new one
        return True

    def _place(self, field: Field) -> tuple[int, bool]:
        """Where a page asks a question: the reason always comes last."""
        early = self.first.index(field.name) if field.name in self.first else len(self.first)
        return early, field.name == "reason"

    def refuse(self, refused: Refused) -> None:
        """Show a refusal: beside the field that it names, or at the head of the page."""
        for finding in refused.findings:
            field: Field | None = self._fields.get(finding.item or "")
            if field is None:
                self.whole.append(finding.message)
            else:
                field.errors = [*field.errors, finding.message]

    @classmethod
    def _names(cls) -> set[str]:
        return {name for name in dir(cls) if isinstance(getattr(cls, name), UnboundField)} - HIDDEN

    def _reason(self) -> str | None:
        field = self._fields.get("reason")
        return field.data if field is not None else None

    def _same_version(self, of: Versioned | None) -> None:
        field = self._fields.get("version")
        if of is not None and field is not None and str(field.data) != str(of.version):
            raise Stale("Someone else saved this first.")


class Correction(Form):
    """A form that changes what was saved: it carries the version it was made from, and asks why."""

    version = HiddenField()
    seen = HiddenField(default=lambda: head(here.session())[0])
    reason = Lines(
        "Why is this changed?",
        needed="Say why this is changed",
        hint="The trail keeps your words beside the old and the new value.",
        most=500,
        rows=2,
    )


class Filter(Form):
    """Questions that only choose what a page shows: read from the address, without any token."""

    class Meta:
        csrf = False

    def __init__(self) -> None:
        fields = {name for name in request.args if name.partition("-")[0] in self._names()}
        super().__init__(formdata=request.args if fields else None)
        self.asked = bool(fields)
