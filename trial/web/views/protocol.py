"""The protocol: its versions, what each changed, and who is to be asked for consent again."""

from itertools import pairwise

from flask import Blueprint, abort, render_template
from sqlalchemy import select

from trial.conduct import amendments
from trial.conduct.access import Act, allowed
from trial.protocol import Protocol
from trial.protocol.differences import differences
from trial.records.models import ProtocolVersion, Screening
from trial.web import here
from trial.web.accounts import Account
from trial.web.clusters_named import names
from trial.web.permission import permission

blueprint = Blueprint("protocol", __name__, url_prefix="/protocol")


@blueprint.get("")
@permission(Act.SEE_PROTOCOL)
def index() -> str:
    """Show the versions that were adopted, the newest first, and who is to consent again."""
    session, protocol = here.session(), here.protocol()
    kept = amendments.versions(session)
    seen = protocol.participants and allowed(here.actor(), Act.SEE_SCREENING)
    outdated = amendments.to_consent_again(session, protocol, here.today()) if seen else []
    rows = {one.participant.screening_id for one in outdated}
    adopters = select(Account.id, Account.name).where(Account.id.in_({v.adopted_by for v in kept}))
    numbers = select(Screening.id, Screening.number).where(Screening.id.in_(rows))
    return render_template(
        "protocol/index.html",
        kept=kept[::-1],
        people={number: name for number, name in session.execute(adopters)},
        outdated=outdated,
        seen=seen,
        numbers={row: number for row, number in session.execute(numbers)},
        clusters=names(),
    )


@blueprint.get("/<int:version>")
@permission(Act.SEE_PROTOCOL)
def show(version: int) -> str:
    """Show what one version changed of the one before."""
    kept = amendments.versions(here.session())
    wanted = next((pair for pair in pairwise(kept) if pair[1].id == version), None)
    if wanted is None:
        abort(404)
    before, after = wanted
    found = differences(_read(before), _read(after))
    return render_template("protocol/show.html", before=before, after=after, found=found)


def _read(version: ProtocolVersion) -> Protocol:
    return amendments.version_of(here.session(), version.sha256, here.protocol())
