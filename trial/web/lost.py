"""A session that was lost while somebody typed: what they sent is kept, and shown once they are back."""

from flask import Flask, flash, request, session, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from trial.web import here, kept
from trial.web.permission import NOT_SAVED, SAFE, Gate, needed_for

SIGNED_OUT = "You were signed out after a while without activity. Sign in to go on."
KEPT = "What you had typed is kept for you: sign in, and the page shows it again."


def install(app: Flask) -> None:
    """Look at what is sent without a session before its token against forgery is asked for.

    That token went with the session; the page's own mark tells that it was made for the account.
    """

    @app.before_request
    def keep_what_was_sent() -> Response | None:
        needed = needed_for(app, request.endpoint)
        if request.method in SAFE or needed in (None, Gate.PUBLIC) or here.person() is not None:
            return None
        account_id: int | None = getattr(session, "lapsed_account", None)
        return None if account_id is None else _to_sign_in(account_id)


def sent_under_another_session() -> str | None:
    """The page that shows again what was sent, where the same person has signed in anew meanwhile."""
    person = here.person()
    return None if person is None or not _keep(person.id) else _page()


def _to_sign_in(account_id: int) -> Response:
    flash(f"{SIGNED_OUT} {KEPT}" if _keep(account_id) else NOT_SAVED, "warning")
    return redirect(url_for("sign.sign_in"))


def _keep(account_id: int) -> bool:
    """Keep what was sent, if the page that sends it had been made for this account."""
    sent = request.form.to_dict(flat=False)
    if not kept.may_keep(request.endpoint) or not kept.made_for(account_id, sent):
        return False
    if not kept.keep(account_id, kept.place(), sent):
        return False
    kept.show_again(kept.place())
    session["wanted"] = _page()
    return True


def _page() -> str:
    """The page that asked for what was sent; where it was a mere button, the list of what is kept."""
    opens = kept.answers_to(kept.place(), "GET")
    return kept.place() if opens else url_for("typed.index")
