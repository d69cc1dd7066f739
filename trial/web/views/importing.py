"""Import: a file is looked at value by value, and then taken in whole or not at all."""

import io
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from trial import exchange
from trial.conduct.access import Act
from trial.conduct.forms.plans import form_of
from trial.conduct.importing import run, template
from trial.conduct.importing.preview import Change
from trial.conduct.importing.run import Order, Source
from trial.conduct.reasons import SENTENCE
from trial.conduct.refused import Refused
from trial.protocol.forms import FormPlan
from trial.protocol.forms.reading import words
from trial.web import here, waiting
from trial.web.fields import Answer, Codes, Lines, Tick
from trial.web.forms import Form
from trial.web.permission import permission

blueprint = Blueprint("importing", __name__, url_prefix="/import")
Page = tuple[str, int] | Response
MEGABYTE = 1024 * 1024
LARGEST = 5 * MEGABYTE
# More would keep everybody else from saving for longer than their pages wait.
MOST_ROWS = 5_000
HEAD = ("row", "about", "record", "item", "was", "becomes")


class Upload(Answer):
    """A file; it is read into memory and never written anywhere in clear."""

    kind = "file"

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was sent; a text in the place of a file is none."""
        self.data = None
        sent = valuelist[0] if valuelist else None
        if isinstance(sent, FileStorage) and sent.filename:
            self.data = Source(sent.filename, sent.stream.read(LARGEST + 1))
            if len(self.data.content) > LARGEST:
                self.data = None
                raise ValueError("Choose a file of at most 5 megabytes, or use the command")


class Sending(Form):
    """A file, the form that its rows are of, and how they are saved."""

    form = Codes("Form or log", needed="Choose the form that the rows are of")
    file = Upload(
        "File",
        needed="Choose a file",
        hint="CSV (UTF-8) or XLSX with one sheet, at most 5 megabytes and 5,000 rows",
    )
    draft = Tick("Save new records as drafts", hint="Otherwise they have to be complete")


class Confirming(Form):
    """The file that was looked at is taken in."""

    reason = Lines(
        "Why is this imported?",
        hint="Needed where complete records change. The trail keeps your words beside every value.",
        most=500,
        rows=2,
    )


@blueprint.url_value_preprocessor
def _allow_files(endpoint: str | None, values: object) -> None:
    if endpoint == "importing.index":
        request.max_content_length = LARGEST + MEGABYTE


@blueprint.route("", methods=["GET", "POST"])
@permission(Act.IMPORT)
def index() -> Page:
    """Choose a form and a file, and have it looked at."""
    forms = run.forms(here.session(), here.protocol(), here.actor())
    form = Sending()
    form.form.offer((one.key, one.name) for one in forms)
    if form.validate_on_submit():
        plan = form_of(here.protocol(), form.form.data)
        order = _order(plan, form.file.data, bool(form.draft.data), tries=True)
        try:
            preview = _take_in(order)
        except Refused as refused:
            form.refuse(refused)
        else:
            kept = waiting.Waiting(
                plan.key, order.source.told, order.draft, preview, order.source.content
            )
            return redirect(url_for("importing.show", token=waiting.keep(kept)))
    return render_template("importing/index.html", form=form, forms=forms), form.status


@blueprint.route("/<token>", methods=["GET", "POST"])
@permission(Act.IMPORT)
def show(token: str) -> Page:
    """Show what a file would do; take it in once it is confirmed."""
    kept, plan, source = _waiting(token)
    form = Confirming()
    if form.validate_on_submit() and not kept.preview.refusals:
        order = _order(
            plan, source, kept.draft, reason=form.reason.data, expected=kept.preview.fingerprint,
            once=form.once.data,
        )  # fmt: skip
        if _imports(form, order):
            waiting.drop(token)
            return redirect(url_for("importing.index"))
    return render_template(
        "importing/show.html",
        form=form,
        token=token,
        plan=plan,
        kept=kept,
        sha256=source.sha256,
        item_words=lambda change: _words(plan, change),
    ), form.status


@blueprint.post("/<token>/changes.csv")
@permission(Act.IMPORT)
def changes(token: str) -> Response:
    """Every change that the file would make, as a table."""
    kept, plan, source = _waiting(token)
    found: list[Change] = []
    _take_in(_order(plan, source, kept.draft, tries=True, tell=found.append))
    content = exchange.tables.rows_to_csv(HEAD, found, spreadsheet=True)
    return _sent(content, "text/csv", f"{plan.key}-changes.csv")


@blueprint.get("/template/<form>.zip")
@permission(Act.IMPORT)
def empty(form: str) -> Response:
    """An empty table with its codebook."""
    actor, protocol = here.actor(), here.protocol()
    found = run.forms(here.session(), protocol, actor)
    plan = next((one for one in found if one.key == form), None)
    if plan is None:
        abort(404)
    telling = not actor.blinded and (actor.draw_open or bool(actor.revealed))
    content = template.template(protocol, plan, telling)
    return _sent(content, "application/zip", f"{plan.key}.zip")


def _order(plan: FormPlan, source: Source, draft: bool, **rest: Any) -> Order:
    return Order(plan, source, here.today(), draft, most=MOST_ROWS, **rest)


def _take_in(order: Order) -> Any:
    session = here.session()
    session.rollback()  # what was read so far began a transaction that may not write
    return run.take_in(session, here.protocol(), here.actor(), order)


def _imports(form: Confirming, order: Order) -> bool:
    """Whether the file was taken in; else the page says why not."""
    try:
        done = _take_in(order)
    except Refused as refused:
        if refused.findings[0].message == SENTENCE:
            form.reason.errors = [*form.reason.errors, SENTENCE]
        else:
            form.refuse(refused)
        return False
    if not done.done:
        form.whole.append(run.CHANGED)
        return False
    flash(f"Imported: {done.new} new, {done.changed} changed, {done.unchanged} as before.", "done")
    return True


def _waiting(token: str) -> tuple[waiting.Waiting, FormPlan, Source]:
    kept = waiting.find(token)
    if kept is None:
        abort(404)
    plan = form_of(here.protocol(), kept.form)
    return kept, plan, Source(kept.name, kept.content)


def _words(plan: FormPlan, change: Change) -> tuple[str, str, str]:
    """A change as people read it: the question, the old answer and the new one."""
    item = plan.item(change.path.rpartition(".")[2])
    if item is None:
        return change.path.replace("_", " "), str(change.old or ""), str(change.new or "")
    return change.path, words(item, change.old), words(item, change.new)


def _sent(content: bytes, kind: str, name: str) -> Response:
    return send_file(io.BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)
