"""Participants: the list, one participant with all that is known of them, and their work as a picture."""

from typing import Any

from flask import Blueprint, Response, abort, render_template
from sqlalchemy import select

from trial import report
from trial.conduct import doubts, moves, outcomes, signing, standing, values, visits, withdrawal
from trial.conduct.access import Act, allowed
from trial.conduct.coded import label
from trial.conduct.forms import offered
from trial.conduct.standing import Status
from trial.records.models import Participant, Spell, Visit
from trial.report.picture import Lanes
from trial.web import held, here, lanes, one_participant
from trial.web.clusters_named import names
from trial.web.fields import Pick
from trial.web.forms import Filter, Form
from trial.web.found import found
from trial.web.paging import paged
from trial.web.permission import permission

blueprint = Blueprint("participants", __name__, url_prefix="/participants")


class Narrowed(Filter):
    """Which participants are listed."""

    cluster = Pick("Cluster")
    standing = Pick("Status")


@blueprint.get("")
@permission(Act.SEE_PARTICIPANTS)
def index() -> tuple[str, int]:
    """List participants, a page at a time."""
    form, clusters = Narrowed(), names()
    form.cluster.offer([(str(number), name) for number, name in clusters.items()])
    known = standing.known(here.protocol())
    form.standing.offer([(one.value, one.value.capitalize()) for one in known])
    wanted = select(Participant).order_by(Participant.number)
    if not form.asked or form.validate():
        if form.cluster.data:
            wanted = wanted.where(Participant.cluster_id == int(form.cluster.data))
        if form.standing.data:
            wanted = wanted.where(standing.having(Status(form.standing.data)))
    page = paged(here.session(), wanted)
    numbers = [person.id for person in page.rows]
    return render_template(
        "participants/index.html",
        form=form,
        page=page,
        clusters=clusters,
        visits=_of(Visit, numbers),
        work=_of(Spell, numbers, Spell.ended_on.is_(None), Spell.voided_on.is_(None)),
        followed=allowed(here.actor(), Act.SEE_FOLLOW_UP),
        standing=standing,
        label=label,
    ), form.status


def _of(cls: type[Any], people: list[int], *rules: Any) -> dict[int, list[Any]]:
    """The rows of one kind of the people on this page, by person."""
    rows: dict[int, list[Any]] = {person: [] for person in people}
    for row in here.session().scalars(select(cls).where(cls.participant_id.in_(people), *rules)):
        rows[row.participant_id].append(row)
    return rows


@blueprint.get("/<int:person>")
@permission(Act.SEE_PARTICIPANTS)
def show(person: int) -> str:
    """Show one participant: who, status, next step, visits, work, events, queries, consent."""
    participant = found(Participant, person)
    known = one_participant.read(here.session(), here.actor(), here.protocol(), participant)
    protocol, on = here.protocol(), here.today()
    return render_template(
        "participants/show.html",
        one=known,
        person=participant,
        cluster=names().get(participant.cluster_id, ""),
        **_of_work(participant, known),
        followed=allowed(here.actor(), Act.SEE_FOLLOW_UP),
        sees_arm=here.actor().sees_arm_of(participant.cluster_id),
        overlaps=doubts.overlaps(known.spells),
        lanes=_lanes(participant, known),
        doubts=doubts,
        label=label,
        standing=standing,
        values=values,
        visits=visits,
        forms=offered.of_participant(
            here.session(), protocol, here.actor(), participant, known.visits
        ),
        on=on,
        signatures=signing.signatures(here.session(), participant),
        press=Form(formdata=None),
        now_in=_moved_to(participant),
        objecting=withdrawal.may_object(protocol, participant),
        **held.told(participant),
    )


@blueprint.get("/<int:person>/work.svg")
@permission(Act.SEE_PARTICIPANTS)
def work(person: int) -> Response:
    """Draw one participant's work as lanes."""
    participant = found(Participant, person)
    known = one_participant.read(here.session(), here.actor(), here.protocol(), participant)
    drawn = _lanes(participant, known)
    if drawn is None:
        abort(404)
    figure = lanes.figure(participant, drawn)
    return Response(report.svg.svg(figure), mimetype="image/svg+xml")


def _moved_to(participant: Participant) -> str | None:
    """The name of the cluster that a participant moved to; None of who stayed where they enrolled."""
    made = moves.of_participant(here.session(), participant)
    key = made[-1].moved_to if made else None
    return next((one.name for one in here.protocol().clusters if one.key == key), key)


def _of_work(participant: Participant, known: one_participant.Known) -> dict[str, Any]:
    """What the work of a participant says, in a trial that asks about work."""
    protocol, on = here.protocol(), here.today()
    if protocol.employment is None:
        return {}
    history = outcomes.history_of(protocol, participant, known.visits, on)
    found = outcomes.outcomes_of(protocol, participant, known.spells, known.visits, on)
    return {"found": found, "primary": history.twelve_months_on}


def _lanes(participant: Participant, known: one_participant.Known) -> Lanes | None:
    """The lanes of a participant, with the visits marked for whoever may see them."""
    if here.protocol().employment is None:
        return None
    marked = known.visits if allowed(here.actor(), Act.SEE_FOLLOW_UP) else []
    return lanes.lanes(here.protocol(), participant, known.spells, marked, here.today())
