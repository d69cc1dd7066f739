"""Forms that two people enter: each entry unseen by the other, then the two compared and settled."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from trial.conduct import amendments
from trial.conduct.access import Act, allowed
from trial.conduct.forms import double_entry, entries
from trial.conduct.forms.entries import Pair, Turn
from trial.conduct.forms.plans import Subject, form_of, may_enter, may_see
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms.reading import words
from trial.records.models import Cluster, Employer, Participant, Visit
from trial.web import entering, here, settling, subjects
from trial.web.entering import Entry, Task
from trial.web.permission import permission
from trial.web.settling import Settle

blueprint = Blueprint("double_entry", __name__, url_prefix="/forms/double")
Page = tuple[str, int] | Response
SECTION = "forms"
WAITS = {
    Turn.FIRST: "Nobody has entered this form yet.",
    Turn.WAIT: "Your entry is complete. It waits for the entry of another person, who does not see yours.",
    Turn.OTHERS: "Two other people enter this form, so there is nothing for you to enter.",
    Turn.COMPARE: "Both entries are complete. A third person, who made neither, settles where they differ.",
}


@blueprint.get("")
@permission(Act.SEE_FORMS)
def index() -> str:
    """List what waits for a second entry, for a third person or for a confirmation."""
    actor = here.actor()
    found = double_entry.waiting(here.session(), here.protocol(), actor)
    rows = [(one, _named(one), _at(one), _state(one)) for one in found]
    return render_template("forms/double_list.html", rows=rows, section=SECTION)


@blueprint.route("/<form>/<int:subject>", methods=["GET", "POST"])
@permission(Act.ENTER_FORM)
def add(form: str, subject: int) -> Page:
    """Make the first or the second entry, whichever is to be made, or say what it waits for."""
    plan, about = _asked(here.protocol(), form, subject)
    if not may_enter(here.actor(), plan, about.cluster_id):
        abort(404)
    pair = entries.pair_of(here.session(), plan, about)
    turn = pair.turn(here.actor())
    if turn in (Turn.FIRST, Turn.SECOND):
        number = entries.FIRST if turn is Turn.FIRST else entries.SECOND
        return _enter(Task(here.protocol(), plan, about, entry=number))
    mine = pair.of(here.actor())
    if turn is Turn.GO_ON and mine is not None:
        return redirect(url_for("forms.edit", record=mine.id))
    if turn in (Turn.SETTLED, Turn.COMPARE):
        return redirect(_settle_at(plan, about))
    status = 409 if request.method == "POST" else 200
    return _waits(plan, about, pair, turn), status


@blueprint.route("/<form>/<int:subject>/settle", methods=["GET", "POST"])
@permission(Act.SEE_FORMS)
def settle(form: str, subject: int) -> Page:
    """Show where two entries differ; a third person says what is to stand, and why."""
    plan, about = _asked(here.protocol(), form, subject)
    if not may_see(here.actor(), plan, about.cluster_id):
        abort(404)
    pair = entries.pair_of(here.session(), plan, about)
    if pair.counts is not None:
        return redirect(url_for("forms.show", record=pair.counts.id))
    if not pair.complete or pair.first is None or pair.second is None:
        return _waits(plan, about, pair, _turn(plan, about, pair)), 200
    version = pair.first.protocol_sha256
    protocol = amendments.version_of(here.session(), version, here.protocol())
    plan = form_of(protocol, form)
    told = double_entry.compare(plan, pair.first, pair.second)
    differing = tuple(one for one in told if not one.agrees)
    may = double_entry.may_settle(here.actor(), plan, pair, about.cluster_id)
    page = Settle(plan, differing)
    if may and page.validate_on_submit() and _settles(page, protocol, about):
        flash(f"“{plan.name}” is settled: this is the record that counts.", "done")
        return redirect(url_for("forms.show", record=page.result.id))
    return render_template(
        "forms/double_settle.html",
        section=SECTION,
        form=page,
        plan=plan,
        named=subjects.named(about),
        told=told,
        differing=differing,
        may=may,
        words=words,
        why=WAITS[Turn.COMPARE],
    ), page.status


def _settles(page: Settle, protocol: Protocol, about: Subject) -> bool:
    decided = page.decided()
    if decided is None:
        return False
    act = Act.ADJUDICATE if allowed(here.actor(), Act.ADJUDICATE) else Act.ENTER_FORM
    why = settling.reasons(page.plan, decided) or None
    note = {path: {"stands": one.chosen, "why": one.reason} for path, one in decided.items()}
    return page.records(
        act,
        lambda: double_entry.settle(
            here.session(), protocol, page.plan, about, decided, here.today()
        ),
        reason=why,
        note=note or None,
        unblinds=page.plan.telling or any(one.item.unblinds for one in page.differing),
    )


def _enter(task: Task) -> Page:
    form = Entry(task)
    if not form.saves():
        return entering.shown(form, "forms/double_enter.html", number=task.entry, section=SECTION)
    assert form.saved is not None
    state = "as a draft" if form.saved.state == "draft" else "as complete"
    flash(f"Your entry of “{task.form.name}” is saved {state}.", "done")
    if form.button == entering.LOOK:
        return redirect(url_for("forms.edit", record=form.saved.id))
    return redirect(_settle_at(task.form, task.subject))


def _waits(plan: FormPlan, about: Subject, pair: Pair, turn: Turn) -> str:
    return render_template(
        "forms/double_wait.html",
        section=SECTION,
        plan=plan,
        named=subjects.named(about),
        why=WAITS.get(turn, ""),
        pair=pair,
        mine=pair.of(here.actor()),
        enter=_add_at(plan, about) if turn in (Turn.FIRST, Turn.SECOND, Turn.GO_ON) else None,
    )


def _turn(plan: FormPlan, about: Subject, pair: Pair) -> Turn:
    """What can be done now; whoever only reads the form sees that two people enter it."""
    may = may_enter(here.actor(), plan, about.cluster_id)
    return pair.turn(here.actor()) if may else Turn.OTHERS


def _asked(protocol: Protocol, key: str, subject: int) -> tuple[FormPlan, Subject]:
    try:
        plan = form_of(protocol, key)
    except Refused:
        abort(404)
    about = subjects.at(plan, subject, request.args.get("visit", type=int))
    if not plan.double_entry or (plan.occurs == "visit") != (about.visit is not None):
        abort(404)
    return plan, about


def _address(endpoint: str, plan: FormPlan, about: Subject) -> str:
    visit = None if about.visit is None else about.visit.id
    return url_for(endpoint, form=plan.key, subject=subjects.number_of(about), visit=visit)


def _add_at(plan: FormPlan, about: Subject) -> str:
    return _address("double_entry.add", plan, about)


def _settle_at(plan: FormPlan, about: Subject) -> str:
    return _address("double_entry.settle", plan, about)


def _subject(one: double_entry.Waiting) -> Subject:
    cluster, participant, employer, visit = one.owner
    session = here.session()
    if participant is not None:
        at = None if visit is None else session.get_one(Visit, visit)
        return Subject(participant=session.get_one(Participant, participant), visit=at)
    if employer is not None:
        return Subject(employer=session.get_one(Employer, employer))
    return Subject() if cluster is None else Subject(cluster=session.get_one(Cluster, cluster))


def _named(one: double_entry.Waiting) -> str:
    return subjects.named(_subject(one)).words


def _at(one: double_entry.Waiting) -> str:
    """Where somebody goes on: to their entry, or to the comparison."""
    subject = _subject(one)
    may = may_enter(here.actor(), one.form, subject.cluster_id) and not one.pair.complete
    return _add_at(one.form, subject) if may else _settle_at(one.form, subject)


def _state(one: double_entry.Waiting) -> tuple[str, str]:
    """What it waits for, in words and as the colour of a state."""
    if one.differences:
        return f"{one.differences} to settle", "refused"
    if one.differences == 0:
        return "Agrees: to confirm", "due"
    mine = one.pair.of(here.actor())
    if mine is not None:
        return (
            ("Your draft", "waiting") if mine.state == "draft" else ("Another's entry", "upcoming")
        )
    return ("Second entry", "due") if len(one.pair.entries) == 1 else ("Being entered", "upcoming")
