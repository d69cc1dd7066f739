"""Allocation: where the ceremony stands, each of its steps, the reveal and the certificate."""

import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, send_file, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial import report as told
from trial.conduct.access import Act
from trial.conduct.allocation import ceremony, certificate, earlier, kept, proof, reveal, stage
from trial.conduct.allocation.plan import names, taking_part
from trial.conduct.allocation.stage import Offer
from trial.conduct.allocation.verify import verify
from trial.conduct.refused import Refused
from trial.records.actor import Actor
from trial.records.models import Cluster
from trial.web import here
from trial.web.fields import Codes, Line, Lines
from trial.web.forms import Form
from trial.web.permission import permission

blueprint = Blueprint("allocation", __name__, url_prefix="/allocation")
Page = tuple[str, int] | Response
KINDS = {"pdf": "application/pdf", "json": "application/json"}


class Enter(Form):
    """The code that somebody received."""

    code = Line(
        "Your code",
        needed="Enter the code that you received",
        hint="32 characters. Spaces and capital letters make no difference.",
        most=100,
        autocomplete="off",
    )


class Abandon(Form):
    """Why a ceremony ends without a draw."""

    reason = Lines(
        "Why is this allocation abandoned?",
        needed="Say why this allocation is abandoned",
        hint="Every later certificate and audit report shows your words.",
        most=500,
    )


@dataclass(frozen=True)
class Words:
    """What one step of the ceremony is called on its page."""

    title: str
    button: str
    done: str = ""


FREEZE = Words("Freeze the allocation", "Freeze the allocation", "The allocation is frozen.")
RECORD = Words(
    "Record the earlier allocation",
    "Record the allocation",
    "The allocation is recorded. A second person now records it too.",
)
CONFIRM = Words(
    "Record the earlier allocation as its second person",
    "Record the allocation",
    "Both records are the same: the clusters are allocated.",
)
JOIN = Words("Join the allocation", "Join as its second person", "You are the second person.")
CODE = Words("Receive your code", "Show my code once")
ENTER = Words("Enter your code", "Enter my code")
ABANDON = Words("Abandon the allocation", "Abandon the allocation", "The allocation is abandoned.")


@blueprint.get("")
@permission(Act.SEE_ALLOCATION)
def index() -> Page:
    """Show where the ceremony stands and what this person can do next."""
    session, actor = here.session(), here.actor()
    found = stage.stage(session, here.protocol(), actor)
    standing = _shown(actor)
    clusters = session.scalars(select(Cluster).order_by(Cluster.key)).all()
    return render_template(
        "allocation/index.html",
        stage=found,
        Offer=Offer,
        way=stage.way(here.protocol(), found.made),
        outlook=_outlook(found),
        frozen=standing.frozen if standing else None,
        earlier=here.protocol().allocation.earlier,
        several=bool(here.protocol().allocation.draws),
        draws=[(one, verify(session, one.number)) for one in stage.draws(session, actor)],
        clusters=[] if actor.blinded else clusters,
        names=names(here.protocol()),
        arms={arm.key: arm.name for arm in here.protocol().arms},
        abandoned=[] if actor.blinded else kept.abandoned(session),
    ), 200


@blueprint.route("/freeze", methods=["GET", "POST"])
@permission(Act.FREEZE_ALLOCATION)
def freeze() -> Page:
    """Freeze the clusters, the restriction and the numbered schemes."""
    return _step(
        FREEZE,
        Act.FREEZE_ALLOCATION,
        lambda: ceremony.freeze(here.session(), here.protocol()),
        outlook=stage.outlook(here.session(), here.protocol()),
    )


@blueprint.route("/record", methods=["GET", "POST"])
@permission(Act.RECORD_ALLOCATION)
def record() -> Page:
    """Record the arms of an allocation made elsewhere."""
    return _recorded(
        RECORD,
        Act.RECORD_ALLOCATION,
        lambda arms: earlier.record(here.session(), here.protocol(), arms, on=here.today()),
    )


@blueprint.route("/confirm", methods=["GET", "POST"])
@permission(Act.CONFIRM_ALLOCATION)
def confirm() -> Page:
    """Record them again, as the second person."""
    return _recorded(
        CONFIRM,
        Act.CONFIRM_ALLOCATION,
        lambda arms: earlier.confirm(here.session(), here.protocol(), arms),
    )


def _recorded(words: Words, act: Act, do: Callable[[dict[str, str]], Any]) -> Page:
    """The arm of every cluster that takes part, asked on one page."""
    try:
        clusters = taking_part(here.session(), here.protocol()).clusters
    except Refused as refused:
        missing = stage.Outlook(None, refused.findings)
        return render_template(
            "allocation/step.html", form=Form(), words=words, key="freeze", outlook=missing
        ), 200
    form = _arms_form(clusters)
    if form.validate_on_submit() and form.records(
        act, lambda: do({key: form[f"arm-{key}"].data for key in clusters})
    ):
        flash(words.done, "done")
        return redirect(url_for("allocation.index"))
    asked = [form[f"arm-{key}"] for key in clusters]
    key = act.name.partition("_")[0].lower()
    return render_template(
        "allocation/step.html", form=form, words=words, key=key, asked=asked
    ), form.status


def _arms_form(clusters: Iterable[str]) -> Form:
    arms = tuple((arm.key, arm.name) for arm in here.protocol().arms)
    named = names(here.protocol())
    asked: dict[str, Any] = {
        f"arm-{key}": Codes(
            named.get(key, key),
            options=arms,
            inline=True,
            needed=f"Choose the arm of {named.get(key, key)}",
        )
        for key in clusters
    }
    made: Form = type("Arms", (Form,), asked)()
    return made


def _shown(actor: Actor) -> kept.Ceremony | None:
    """The ceremony whose text is shown: none to the blinded, nor one that tells the arms before time."""
    if actor.blinded or (here.protocol().allocation.earlier and not actor.sees_arm_of(None)):
        return None
    return kept.standing(here.session())


@blueprint.route("/join", methods=["GET", "POST"])
@permission(Act.JOIN_ALLOCATION)
def join() -> Page:
    """Join the ceremony as its second person."""
    return _step(JOIN, Act.JOIN_ALLOCATION, lambda: ceremony.join(here.session()))


@blueprint.route("/code", methods=["GET", "POST"])
@permission(Act.COMMIT_CODE)
def code() -> Page:
    """Receive one's code: it stands on this one answer and nowhere else."""
    form = Form()
    if form.validate_on_submit() and form.records(
        Act.COMMIT_CODE, lambda: ceremony.commit(here.session())
    ):
        groups = re.findall("....", form.result)
        return render_template("allocation/code_once.html", groups=groups), 200
    return render_template("allocation/step.html", form=form, words=CODE, key="code"), form.status


@blueprint.route("/enter", methods=["GET", "POST"])
@permission(Act.REVEAL_CODE)
def enter() -> Page:
    """Enter one's code; with the second one the draw is made."""
    form = Enter()
    if form.validate_on_submit() and form.records(Act.REVEAL_CODE, lambda: _entered(form)):
        said = (
            "Both codes were right: the clusters are allocated."
            if form.result
            else ("Your code is in. It stays sealed until the other person enters theirs.")
        )
        flash(said, "done")
        return redirect(url_for("allocation.index"))
    return render_template("allocation/step.html", form=form, words=ENTER, key="enter"), form.status


def _entered(form: Enter) -> bool:
    key = here.settings().key("allocation")
    return ceremony.reveal_code(
        here.session(), here.protocol(), form.code.data, key=key, on=here.today()
    )


@blueprint.route("/abandon", methods=["GET", "POST"])
@permission(Act.ABANDON_ALLOCATION)
def abandon() -> Page:
    """End the ceremony without a draw, with a reason that stays."""
    return _step(
        ABANDON, Act.ABANDON_ALLOCATION, lambda: ceremony.abandon(here.session()), kind=Abandon
    )


@blueprint.route("/reveal/<key>", methods=["GET", "POST"])
@permission(Act.REVEAL_ARM)
def reveal_arm(key: str) -> Page:
    """Reveal the arm of one cluster to everyone who is not blinded."""
    cluster = here.session().scalar(select(Cluster).where(Cluster.key == key))
    if cluster is None:
        abort(404)
    name = names(here.protocol()).get(key, key)
    words = Words(f"Reveal the arm of {name}", "Reveal the arm", f"The arm of {name} is revealed.")
    return _step(
        words,
        Act.REVEAL_ARM,
        lambda: reveal.reveal(here.session(), cluster, on=here.today()),
        cluster_id=cluster.id,
    )


@blueprint.post("/draws/<int:which>/certificate.<any(pdf,json):kind>")
@permission(Act.PRINT_CERTIFICATE)
def print_certificate(which: int, kind: str) -> Page:
    """Print the certificate of one draw, counted from 1; that it was printed is an act."""
    form = Form()
    if not form.validate_on_submit():
        return redirect(url_for("allocation.index"))
    proved, made = certificate.issue(
        here.session(), here.protocol(), here.actor(), on=here.today(), number=which
    )
    content = told.pdf.pdf(made) if kind == "pdf" else proof.spelled(proved).encode()
    note = {"kind": kind, "frozen_hash": proved.ceremony.frozen_hash}
    form.records(Act.PRINT_CERTIFICATE, lambda: None, note=note)
    several = f"-{which}" if here.protocol().allocation.draws else ""
    name = f"{here.protocol().key}-allocation-certificate{several}.{kind}"
    return send_file(
        io.BytesIO(content), mimetype=KINDS[kind], as_attachment=True, download_name=name
    )


def _step(
    words: Words, act: Act, do: Callable[[], Any], *, kind: type[Form] = Form, **rest: Any
) -> Page:
    """One step that asks for a button, or for a reason too, and goes back to where all stands."""
    form = kind()
    outlook = rest.pop("outlook", None)
    if form.validate_on_submit() and form.records(act, do, **rest):
        flash(words.done, "done")
        return redirect(url_for("allocation.index"))
    key = act.name.partition("_")[0].lower()
    return render_template(
        "allocation/step.html", form=form, words=words, key=key, outlook=outlook
    ), form.status


def _outlook(found: stage.Stage) -> stage.Outlook | None:
    """What freezing would bring, for who can freeze."""
    if Offer.FREEZE not in found.offers:
        return None
    return stage.outlook(here.session(), here.protocol())
