"""Source verification: whose values are compared with their source, one participant's, and how far it is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial.conduct import amendments, values, verification, verification_plan
from trial.conduct.access import Act
from trial.conduct.query_list import OF_TABLES, tables
from trial.conduct.refused import Refused
from trial.conduct.verification import Place, State, Value
from trial.conduct.visits import plan_of
from trial.protocol import Protocol
from trial.records.models import Participant, Record, Visit
from trial.web import here
from trial.web.clusters_named import names
from trial.web.fields import Line, Lines, Pick, Several
from trial.web.forms import Filter, Form
from trial.web.found import LARGEST, found
from trial.web.paging import paged
from trial.web.permission import permission

blueprint = Blueprint("verifying", __name__, url_prefix="/verification")
Page = tuple[str, int] | Response
STATES = (State.LEFT, State.CHANGED, State.DIFFERS, State.AGREES)


class Narrowed(Filter):
    """Whose values are listed."""

    cluster = Pick("Cluster")


class Agree(Form):
    """Values that agree with one source."""

    source = Line(
        "Source",
        needed="Enter the source that you compared with",
        hint="What you looked at, without names: a payslip, the clinical record, the consent form.",
        most=200,
    )
    agreed = Several("Agrees", needed="Tick the values that you compared")


class Differ(Form):
    """One value that is not what its source says."""

    source = Line("Source", needed="Enter the source that you compared with", most=200)
    said = Lines("What does the source say?", needed="Write what the source says", most=500)


@dataclass(frozen=True)
class Group:
    """The values of one form or one row."""

    title: str
    href: str | None
    values: list[tuple[Value, str, str, bool]]


@blueprint.get("")
@permission(Act.VERIFY)
def index() -> tuple[str, int]:
    """List the participants with how many of their values are left."""
    form = Narrowed()
    form.cluster.offer([(str(number), name) for number, name in names().items()])
    wanted = select(Participant).where(Participant.withdrew_data_on.is_(None))
    if form.asked and form.validate() and form.cluster.data:
        wanted = wanted.where(Participant.cluster_id == int(form.cluster.data))
    page = paged(here.session(), wanted.order_by(Participant.number))
    sample = verification_plan.sample(here.session(), here.protocol())
    told = verification.values_of(
        here.session(), here.protocol(), here.actor(), list(page.rows), sample
    )
    return render_template(
        "verifying/index.html",
        form=form,
        page=page,
        sample=sample,
        plan=here.protocol().verification,
        tallies={row: Counter(one.state for one in these) for row, these in told.items()},
        clusters=names(),
    ), form.status


@blueprint.get("/progress")
@permission(Act.VERIFY)
def progress() -> str:
    """Show how far it is, by cluster and by form."""
    session = here.session()
    by_cluster: dict[int, Counter[str]] = {}
    by_form: dict[str, Counter[str]] = {}
    everybody = verification.everybody(session, here.protocol(), here.actor())
    for person, told in everybody:
        for one in told:
            by_cluster.setdefault(person.cluster_id, Counter())[one.state] += 1
            by_form.setdefault(one.form or one.place.table, Counter())[one.state] += 1
    forms = {form.key: form.name for form in here.protocol().forms} | tables(here.protocol())
    return render_template(
        "verifying/progress.html",
        states=STATES,
        tables={
            "By cluster": [(name, by_cluster.get(row)) for row, name in names().items()],
            "By form or record": [(name, by_form.get(key)) for key, name in forms.items()],
        },
    )


@blueprint.route("/<int:person>", methods=["GET", "POST"])
@permission(Act.VERIFY)
def show(person: int) -> Page:
    """One participant's values, with what was found; those ticked agree with the source named."""
    who, form = found(Participant, person), Agree()
    told = _of(who)
    groups = _groups(told)
    open_to_me = [one for group in groups for one, _, _, mine in group.values if not mine]
    form.agreed.offer([(_key(one.place), _key(one.place)) for one in open_to_me])
    if form.validate_on_submit():
        places = [one.place for one in open_to_me if _key(one.place) in form.agreed.data]
        if _records(form, who, places, form.source.data, agrees=True):
            flash(
                f"{len(places)} {'value is' if len(places) == 1 else 'values are'} verified.",
                "done",
            )
            return redirect(url_for("verifying.show", person=person))
    return render_template(
        "verifying/show.html",
        form=form,
        person=who,
        groups=groups,
        key=_key,
        tally=Counter(one.state for one in told),
        states=State,
    ), form.status


@blueprint.route("/differs/<table>/<int:row>/<item>", methods=["GET", "POST"])
@permission(Act.VERIFY)
def differs(table: str, row: int, item: str) -> Page:
    """One value that is not what its source says: it becomes a query."""
    session, protocol = here.session(), here.protocol()
    value = (
        values.find(session, here.actor(), table, row, item, protocol) if row <= LARGEST else None
    )
    number = getattr(value and value.record, "participant_id", None)
    who = value.record if value and isinstance(value.record, Participant) else None
    if who is None and number is not None:
        who = found(Participant, number)
    one = next((v for v in _of(who) if v.place == Place(table, row, item)), None) if who else None
    if who is None or one is None:
        abort(404)
    form = Differ()
    if form.validate_on_submit() and _records(
        form, who, [one.place], form.source.data, agrees=False, said=form.said.data
    ):
        flash("The difference is recorded, and a query raised.", "done")
        return redirect(url_for("verifying.show", person=who.id))
    ((label, words),) = [_said(one)]
    return render_template(
        "verifying/differs.html", form=form, person=who, label=label, words=words
    ), form.status


def _records(
    form: Form,
    who: Participant,
    places: list[Place],
    source: str,
    *,
    agrees: bool,
    said: str | None = None,
) -> bool:
    session, protocol = here.session(), here.protocol()
    sample = verification_plan.sample(session, protocol)
    return form.records(
        Act.VERIFY,
        lambda: verification.verify(
            session, protocol, who, of=sample, places=places, source=source, agrees=agrees,
            said=said, on=here.today(),
        ),
    )  # fmt: skip


def _of(who: Participant) -> list[Value]:
    session, protocol = here.session(), here.protocol()
    sample = verification_plan.sample(session, protocol)
    return verification.values_of(session, protocol, here.actor(), [who], sample)[who.id]


def _groups(told: Iterable[Value]) -> list[Group]:
    """The values form by form and row by row, each in words and with whether it is one's own."""
    listed = list(told)
    given = verification.authors(here.session(), [one.place for one in listed])
    groups: dict[tuple[str, int], Group] = {}
    for one in listed:
        place = one.place
        group = groups.get((place.table, place.row))
        if group is None:
            group = groups[place.table, place.row] = Group(*_headed(one), [])
        group.values.append((one, *_said(one), given.get(place) == here.actor().id))
    return list(groups.values())


def _headed(one: Value) -> tuple[str, str | None]:
    """What a form or a row is called, and where it is shown."""
    record = one.record
    if isinstance(record, Record):
        visit = here.session().get(Visit, record.visit_id) if record.visit_id else None
        name = next((f.name for f in _protocol_of(one).forms if f.key == record.form), record.form)
        return f"{name}{_at(visit)}", url_for("forms.show", record=record.id)
    if isinstance(record, Visit):
        return f"Visit{_at(record)}", None
    return f"{OF_TABLES[one.place.table]} {record.id}".removesuffix(f"Participant {record.id}") or (
        "Participant"
    ), None


def _at(visit: Visit | None) -> str:
    if visit is None:
        return ""
    try:
        return f", {plan_of(here.protocol(), visit).name}"
    except Refused:
        return f", {visit.plan}"


def _said(one: Value) -> tuple[str, str]:
    """A value's name and the value itself, in words."""
    protocol, place = _protocol_of(one), one.place
    label = values.item_words(place.item, protocol, one.form)
    words = values.value_words(protocol, place.table, place.item, one.value, one.form)
    return (label if one.form else label.capitalize()), words


def _protocol_of(one: Value) -> Protocol:
    """The version that a form was entered under."""
    if isinstance(one.record, Record):
        sha256 = one.record.protocol_sha256
        return amendments.version_of(here.session(), sha256, here.protocol())
    return here.protocol()


def _key(place: Place) -> str:
    return f"{place.table}:{place.row}:{place.item}"
