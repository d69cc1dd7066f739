"""The screening log: its rows page by page, one row with its steps, and each step."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial.conduct import consent as consents
from trial.conduct import eligibility, enrolment, screening, screening_log
from trial.conduct.access import Act
from trial.conduct.coded import label
from trial.conduct.refused import Refused
from trial.conduct.screening_log import Entry, Stage
from trial.records.models import Cluster, Consent, Eligibility, Screening
from trial.web import here
from trial.web import screening_forms as forms
from trial.web.clusters_named import names
from trial.web.forms import Form
from trial.web.found import LARGEST
from trial.web.paging import SIZE, asked_page
from trial.web.paging import Page as Paged
from trial.web.permission import permission

blueprint = Blueprint("screening", __name__, url_prefix="/screening")
Page = tuple[str, int] | Response


@blueprint.get("")
@permission(Act.SEE_SCREENING)
def index() -> Page:
    """Show the log, the newest row first, with totals."""
    form, clusters = forms.LogFilter(), names()
    form.cluster.offer([(str(number), name) for number, name in clusters.items()])
    chosen = form.asked and form.validate()
    cluster_id = int(form.cluster.data) if chosen and form.cluster.data else None
    stage = Stage(form.stage.data) if chosen and form.stage.data else None
    counts = screening_log.counts(here.session(), cluster_id)
    total = counts[stage] if stage else sum(counts.values())
    number = min(asked_page(), max(1, -(-total // SIZE)))
    rows = screening_log.entries(
        here.session(),
        clusters=here.actor().clusters if cluster_id is None else {cluster_id},
        stage=stage,
        limit=SIZE,
        offset=(number - 1) * SIZE,
    )
    return render_template(
        "screening/index.html",
        form=form,
        page=Paged(rows, number, total),
        counts=counts,
        considered=sum(counts.values()),
        names=clusters,
        ready=bool(_open_to_screening()),
        waiting=screening_log.WAITING,
        Stage=Stage,
    ), form.status


@blueprint.route("/new", methods=["GET", "POST"])
@permission(Act.SCREEN)
def new() -> Page:
    """Log somebody considered."""
    form, clusters = forms.NewRow(), _open_to_screening()
    form.cluster.offer([(str(number), names()[number]) for number in clusters])
    if form.validate_on_submit():
        cluster = clusters[int(form.cluster.data)]

        def consider() -> int:
            made = screening.consider(
                here.session(), here.protocol(), cluster,
                earlier_number=form.earlier_number.data, on=here.today(), **_considered(form),
            )  # fmt: skip
            return made.number

        if form.records(Act.SCREEN, consider):
            flash(
                f"Screening number {form.result} is given. Note it with the person's file.", "done"
            )
            return redirect(url_for("screening.show", number=form.result))
    return render_template("screening/new.html", form=form), form.status


@blueprint.get("/<int:number>")
@permission(Act.SEE_SCREENING)
def show(number: int) -> Page:
    """Show one row with its steps in their order."""
    entry = entry_of(number)
    session, protocol, row = here.session(), here.protocol(), entry.row
    given = select(Consent).where(Consent.screening_id == row.id).order_by(Consent.id.desc())
    return render_template(
        "screening/show.html",
        entry=entry,
        row=row,
        name=names()[row.cluster_id],
        earlier=_number_of(row.earlier_id),
        later=screening.later_of(session, row),
        saved={one.criterion: one for one in row.criteria},
        outcome=eligibility.outcome(protocol, row),
        texts=eligibility.texts,
        label=label,
        used=_used,
        left_out=_left_out,
        consents=session.scalars(given).all(),
        standing=consents.standing(session, row),
        obstacles=enrolment.obstacles(session, protocol, row),
        ended=screening_log.ENDED,
        Stage=Stage,
    ), 200


@blueprint.route("/<int:number>/correct", methods=["GET", "POST"])
@permission(Act.CORRECT_SCREENING)
def correct(number: int) -> Page:
    """Correct how somebody was considered."""
    row = entry_of(number).row
    form = forms.CorrectRow(obj=row, data={"not_referred_reason": row.reason})

    def do() -> Any:
        return screening.correct(
            here.session(), here.protocol(), row, on=here.today(), **_considered(form)
        )

    return _step(number, form, "correct", Act.CORRECT_SCREENING, do, "The row is corrected.")


@blueprint.route("/<int:number>/criteria", methods=["GET", "POST"])
@permission(Act.ANSWER_CRITERIA)
def criteria(number: int) -> Page:
    """Answer the criteria that have no answer yet."""
    row = entry_of(number).row
    answered = {one.criterion for one in row.criteria}
    asked = [one for one in here.protocol().eligibility if one.key not in answered]
    if not asked:
        return redirect(url_for("screening.show", number=number))
    form = forms.criteria_form(asked, row.version)

    def do() -> Any:
        given = {one.key: form[f"criterion-{one.key}"].data for one in asked}
        given = {key: answer for key, answer in given.items() if answer}
        if not given:
            raise Refused("Answer at least one criterion.", f"criterion-{asked[0].key}")
        dated = form.answered_on.data, form.source.data
        answers = {key: (answer, *dated) for key, answer in given.items()}
        return eligibility.answer(here.session(), here.protocol(), row, answers, on=here.today())

    return _step(
        number, form, "criteria", Act.ANSWER_CRITERIA, do, "The answers are saved.", asked=asked
    )


@blueprint.route("/<int:number>/criteria/<criterion>", methods=["GET", "POST"])
@permission(Act.ANSWER_CRITERIA)
def criterion(number: int, criterion: str) -> Page:
    """Change the answer to one criterion."""
    row = entry_of(number).row
    saved = _answer_of(row.criteria, criterion)
    form = forms.one_criterion(saved, row.version)
    text = "".join(eligibility.texts(here.protocol(), [criterion])) or criterion

    def do() -> Any:
        answers = {criterion: (form.answer.data, form.answered_on.data, form.source.data)}
        return eligibility.answer(here.session(), here.protocol(), row, answers, on=here.today())

    return _step(
        number, form, "criterion", Act.ANSWER_CRITERIA, do, "The answer is changed.", text=text
    )


@blueprint.route("/<int:number>/approach", methods=["GET", "POST"])
@permission(Act.APPROACH)
def approach(number: int) -> Page:
    """Record whether somebody was approached, or correct it."""
    row = entry_of(number).row
    form = (forms.CorrectApproached if row.approach else forms.Approached)(obj=row)

    def do() -> Any:
        was = form.approach.data == screening.APPROACHED
        return screening.approach(
            here.session(), here.protocol(), row,
            approach=form.approach.data,
            approached_on=form.approached_on.data if was else None,
            reason=None if was else form.not_approached_reason.data,
            on=here.today(),
        )  # fmt: skip

    return _step(number, form, "approach", Act.APPROACH, do, "The approach is recorded.")


@blueprint.route("/<int:number>/decline", methods=["GET", "POST"])
@permission(Act.APPROACH)
def decline(number: int) -> Page:
    """Record that somebody declined, or correct it."""
    row = entry_of(number).row
    form = (forms.CorrectDeclined if row.outcome else forms.Declined)(obj=row)

    def do() -> Any:
        return screening.decline(
            here.session(), here.protocol(), row,
            declined_on=form.outcome_on.data, reason=form.declined_reason.data, on=here.today(),
        )  # fmt: skip

    return _step(number, form, "decline", Act.APPROACH, do, "The decline is recorded.")


@blueprint.route("/<int:number>/take-back", methods=["GET", "POST"])
@permission(Act.APPROACH)
def take_back(number: int) -> Page:
    """Take a decline back."""
    row = entry_of(number).row
    form = forms.TakenBack(obj=row)

    def do() -> Any:
        return screening.take_back_decline(here.session(), here.protocol(), row, on=here.today())

    return _step(number, form, "take_back", Act.APPROACH, do, "The decline is taken back.")


def entry_of(number: int) -> Entry:
    """The line of a screening number; whoever may not see it is told that there is none."""
    found = screening_log.entry(here.session(), number) if number <= LARGEST else None
    if found is None:
        abort(404)
    return found


def _step(
    number: int, form: Form, page: str, act: Act, do: Callable[[], Any], done: str, **rest: Any
) -> Page:
    row = entry_of(number).row
    if form.validate_on_submit() and form.records(act, do, of=row, cluster_id=row.cluster_id):
        flash(done, "done")
        return redirect(url_for("screening.show", number=number))
    return render_template(f"screening/{page}.html", form=form, row=row, **rest), form.status


def _considered(form: forms.Considered) -> dict[str, Any]:
    not_referred = form.referral.data == screening.NOT_REFERRED
    return {
        "considered_on": form.considered_on.data,
        "referral": form.referral.data,
        "decided_by": form.decided_by.data,
        "decided_on": form.decided_on.data,
        "reason": form.not_referred_reason.data if not_referred else None,
    }


def _open_to_screening() -> dict[int, Cluster]:
    """The clusters in which somebody can be considered; a closed one still takes late entries."""
    given = select(Cluster).where(Cluster.permission_on.is_not(None)).order_by(Cluster.id)
    return {row.id: row for row in here.session().scalars(given)}


def _number_of(screening_id: int | None) -> int | None:
    row = here.session().get(Screening, screening_id) if screening_id else None
    return None if row is None else row.number


def _used(signed: Consent) -> list[tuple[str, str, str]]:
    """The documents of a consent, each with its version and the item that keeps it."""
    known = {one.key: one.name for one in here.protocol().consent.documents}
    return [
        (known.get(key, key), f"Version {version}", f"documents.{key}")
        for key, version in signed.documents.items()
    ]


def _left_out(signed: Consent) -> list[str]:
    """The clauses that the person did not agree to."""
    plan = here.protocol().consent
    clauses = plan.clauses_of(plan.basis(signed.basis))
    return [one.text for one in clauses if not signed.clauses.get(one.key)]


def _answer_of(saved: list[Eligibility], criterion: str) -> Eligibility:
    found = next((one for one in saved if one.criterion == criterion), None)
    if found is None:
        abort(404)
    return found
