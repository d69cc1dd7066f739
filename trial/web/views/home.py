"""The first page, and where browsers report what they blocked."""

import logging

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from trial.web import layout
from trial.web.permission import Gate, permission

blueprint = Blueprint("home", __name__)
LOG = logging.getLogger("trial.content")


@blueprint.get("/")
@permission(Gate.SIGNED_IN)
def index() -> Response:
    """Go to the first section that the role can use."""
    found = layout.sections()
    return redirect(found[0].href if found else url_for("own.index"))


@blueprint.post("/content-report")
@permission(Gate.PUBLIC)
def content_report() -> tuple[str, int]:
    """Note that a browser blocked something; never what, which could name a page or a person."""
    LOG.warning("a browser blocked content on one of our pages (%s bytes)", request.content_length)
    return "", 204
