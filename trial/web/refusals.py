"""Pages for what cannot be done: each says what happened and what to do next, in the layout of the rest."""

from urllib.parse import unquote_to_bytes

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError

from trial.conduct.refused import NotAllowed, Refused
from trial.records.trail import Repeated, Stale
from trial.web import conflict, kept, lost
from trial.web.database import db
from trial.web.fields import Secret
from trial.web.permission import SAFE

Answer = tuple[str, int]
NOT_FOUND = (
    "Page not found",
    "Check the address. It may be for a record or a page that is not open to you.",
)
AGAIN = "Nothing was saved, and what you had typed is kept: open the page again, and it shows it."
WORDS = {
    400: ("This request could not be read", "Go back, open the page again and send it once more."),
    404: NOT_FOUND,
    405: ("This page cannot be opened like that", "Open it from the page that links to it."),
    409: (
        "Someone else saved this first",
        "Open the record again to see both, then make your change.",
    ),
    413: ("This is too large to send", "Send less at once: shorten the longest text."),
    415: ("This request could not be read", "Go back, open the page again and send it once more."),
    429: ("Too many attempts", "Wait a few minutes, then try again."),
    500: (
        "Something went wrong",
        "Nothing was saved. Try again; if it happens again, tell the administrator.",
    ),
}


def install(app: Flask) -> None:
    """Give an application its pages for refusals and faults, and refuse a body that is not UTF-8."""
    app.before_request(_refuse_other_sites)
    app.before_request(_refuse_other_encodings)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(NotAllowed, lambda fault: _page(404, *NOT_FOUND))
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(Repeated, _repeated)


def _http(fault: HTTPException) -> Answer:
    # Whoever may not open a page learns no more than that there is none for them.
    code = {403: 404, 401: 404}.get(fault.code or 500, fault.code or 500)
    title, advice = WORDS.get(code, WORDS[400] if code < 500 else WORDS[500])
    if isinstance(fault, InternalServerError):
        db.session.rollback()
    return _page(code, title, advice)


def _csrf(fault: CSRFError) -> Answer:
    again = lost.sent_under_another_session()
    if again is not None:
        return _page(400, "You signed in again after this page was opened", AGAIN, again)
    return _page(
        400,
        "This page was open too long",
        "Nothing was saved. Go back, open the page again and send it once more.",
    )


def _refused(fault: Refused) -> Answer:
    return _page(409, "This cannot be done now", str(fault))


def _stale(fault: Stale) -> Answer:
    """Both versions, and the page again with what was typed, where the page is one that can tell."""
    form, of = g.get("meets", (None, None))
    fields = {} if form is None else form._fields
    if of is None or "seen" not in fields or any(isinstance(f, Secret) for f in fields.values()):
        return _page(409, *WORDS[409])
    differences = conflict.in_fields(form, of, form.seen.data)
    form.version.data, form.seen.data = of.version, conflict.newest()
    place = kept.place()
    page = render_template("conflict.html", changed=form, differences=differences, place=place)
    return page, 409


def _repeated(fault: Repeated) -> Answer:
    return _page(
        409, "This was already sent", "What it recorded stands. Open the record to see it."
    )


def _page(code: int, title: str, advice: str, onward: str | None = None) -> Answer:
    return render_template("refusal.html", title=title, advice=advice, onward=onward), code


class NotUtf8(BadRequest):
    """The body of a request is not UTF-8, so what was typed cannot be read."""


def _refuse_other_sites() -> Answer | None:
    """Browsers say whether a page of another site sends the form; none of those is meant to."""
    sent_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method in SAFE or sent_from in ("same-origin", "none"):
        return None
    return _page(400, *WORDS[400])


def _refuse_other_encodings() -> Answer | None:
    if request.method in SAFE or request.mimetype != "application/x-www-form-urlencoded":
        return None
    try:
        # Both as sent and behind the percent signs: the parser would replace what it cannot read.
        sent = request.get_data(cache=True, parse_form_data=False)
        sent.decode("utf-8")
        unquote_to_bytes(sent).decode("utf-8")
    except UnicodeDecodeError:
        return _page(
            400,
            "This request is not UTF-8",
            "Nothing was saved. Send the text encoded as UTF-8, as browsers do.",
        )
    return None
