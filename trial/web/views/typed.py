"""What somebody typed and did not save: kept while they type, listed, gone on with, left."""

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from trial.web import here, kept
from trial.web.forms import Form
from trial.web.permission import Gate, may_open, permission

blueprint = Blueprint("typed", __name__, url_prefix="/typed")
AROUND = ("once", "version", "seen")


class Again(Form):
    """A button about something that was typed before."""


@blueprint.get("")
@permission(Gate.SIGNED_IN)
def index() -> str:
    """List what this person typed and did not save, with a way to each page."""
    found = [(one, _opens(one.place), _told(one.typed)) for one in kept.all_kept(here.actor().id)]
    return render_template("typed/index.html", found=found, form=Again())


@blueprint.post("")
@permission(Gate.SIGNED_IN)
def keep() -> tuple[str, int]:
    """Keep what is being typed into a page; nothing of it is saved."""
    where, sent = request.args.get("place", ""), request.form.to_dict(flat=False)
    endpoint, account_id = kept.answers_to(where, "POST"), here.actor().id
    if not kept.may_keep(endpoint) or not may_open(current_app, str(endpoint)):
        abort(404)
    if kept.made_for(account_id, sent) and not kept.was_sent(sent):
        kept.keep(account_id, where, sent)
    return "", 204


@blueprint.post("/again")
@permission(Gate.SIGNED_IN)
def again() -> Response:
    """Go on with what was typed: its page shows it."""
    where = request.form.get("place", "")
    if _opens(where) is None:
        abort(404)
    kept.show_again(where)
    return redirect(where)


@blueprint.post("/leave")
@permission(Gate.SIGNED_IN)
def leave() -> Response:
    """Forget what was typed, and show its page as it is saved."""
    where = request.form.get("place", "")
    kept.forget(here.actor().id, where)
    return redirect(_opens(where) or url_for("typed.index"))


def _opens(where: str) -> str | None:
    """The address of a page that can be opened, by whoever is signed in."""
    endpoint = kept.answers_to(where, "GET")
    return where if endpoint is not None and may_open(current_app, endpoint) else None


def _told(sent: kept.Sent) -> list[tuple[str, str]]:
    """What was typed, by the names of the boxes, without what a page says about itself."""
    return [
        (name.removeprefix("page-").replace("_", " "), ", ".join(values))
        for name, values in sent.items()
        if name.rpartition("-")[2] not in AROUND and any(values)
    ]
