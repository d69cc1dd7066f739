"""The register of employers, and the random draws from it: pages for whoever may know the arms."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from trial.conduct.access import Act, allowed
from trial.conduct.process import draw, employers
from trial.records.models import Draw, Employer
from trial.web import here
from trial.web.fields import DateField3, Line, Lines, Pick, Whole, YesNo
from trial.web.forms import Correction, Form
from trial.web.found import found
from trial.web.permission import permission

blueprint = Blueprint("employers", __name__, url_prefix="/employers")
Page = tuple[str, int] | Response
NAMED = "Enter the employer's name"
DAY = "Enter the day of listing"
HIRED = "Has the employer employed somebody through the trial?"


class Listing(Form):
    """A new employer on the register."""

    name = Line("Name of the employer", hint="The firm, never a person", needed=NAMED)
    sector = Pick("Sector", codes=employers.sectors)
    listed_on = DateField3("Day of listing", needed=DAY)
    hired = YesNo(HIRED, needed="Choose yes or no")


class Correcting(Correction):
    """What the register says of an employer, changed."""

    name = Line("Name of the employer", needed=NAMED)
    sector = Pick("Sector", codes=employers.sectors)
    listed_on = DateField3("Day of listing", needed=DAY)
    hired = YesNo(HIRED, needed="Choose yes or no")
    reason = Lines(
        "Why is this changed?", hint="Not needed where only an employment was added", rows=2
    )


class Striking(Correction):
    """An employer taken off the register."""

    struck_on = DateField3("Day on which it was taken off", needed="Enter the day")


class Committing(Form):
    """How many employers are to be drawn."""

    size = Whole("How many employers are to be drawn?", least=1, most=draw.MOST,
                 needed="Enter how many are to be drawn", width=4)  # fmt: skip
    reason = Lines("Why is there another draw?", hint="Only after a first draw", rows=2)


class Drawing(Form):
    """The button that draws."""


@blueprint.get("")
@permission(Act.SEE_EMPLOYERS)
def index() -> Page:
    """Show the register: who is on it, and who was struck off."""
    rows = here.session().scalars(select(Employer).order_by(Employer.number)).all()
    plan = here.protocol().process
    return render_template(
        "employers/index.html",
        employers=rows,
        sectors={one.key: one.label for one in employers.sectors(here.protocol())},
        contacts=plan.contacts.form if plan and plan.contacts else None,
        may_list=allowed(here.actor(), Act.LIST_EMPLOYER),
    ), 200


@blueprint.route("/add", methods=["GET", "POST"])
@permission(Act.LIST_EMPLOYER)
def add() -> Page:
    """List an employer."""
    form = Listing(data={"listed_on": here.today(), "hired": False})
    if form.validate_on_submit():

        def do() -> Any:
            return employers.list_employer(
                here.session(), here.protocol(), on=here.today(), **_values(form)
            )

        if form.records(Act.LIST_EMPLOYER, do):
            flash(f"Listed as number {form.result.number}.", "done")
            return redirect(url_for("employers.index"))
    return _asked(form, "List an employer")


@blueprint.route("/<int:employer>/correct", methods=["GET", "POST"])
@permission(Act.LIST_EMPLOYER)
def correct(employer: int) -> Page:
    """Change what the register says of an employer."""
    row = found(Employer, employer)
    form = Correcting(obj=row)
    if form.validate_on_submit():

        def do() -> Any:
            return employers.correct(
                here.session(), here.protocol(), row, on=here.today(), **_values(form)
            )

        if form.records(Act.LIST_EMPLOYER, do, of=row):
            flash(f"Employer {row.number} is saved.", "done")
            return redirect(url_for("employers.index"))
    return _asked(form, f"Change employer {row.number}")


@blueprint.route("/<int:employer>/strike-off", methods=["GET", "POST"])
@permission(Act.LIST_EMPLOYER)
def strike_off(employer: int) -> Page:
    """Take an employer off the register."""
    row = found(Employer, employer)
    form = Striking(data={"version": row.version})
    if form.validate_on_submit():

        def do() -> Any:
            day = form.struck_on.data
            return employers.strike_off(here.session(), row, struck_on=day, on=here.today())

        if form.records(Act.LIST_EMPLOYER, do, of=row):
            flash(f"Employer {row.number} is struck off.", "done")
            return redirect(url_for("employers.index"))
    return _asked(form, f"Strike off employer {row.number}")


@blueprint.route("/draws", methods=["GET", "POST"])
@permission(Act.SEE_EMPLOYERS)
def draws() -> Page:
    """Show every draw with its proof; commit to another."""
    session, may = here.session(), allowed(here.actor(), Act.DRAW_EMPLOYERS)
    form = Committing() if may else None
    if form is not None and form.validate_on_submit():

        def do() -> Any:
            key = here.settings().key("identity")
            return draw.freeze(session, size=form.size.data, key=key)

        if form.records(Act.DRAW_EMPLOYERS, do, unblinds=True):
            flash("The list and the commitment to the seed are kept. Now draw.", "done")
            return redirect(url_for("employers.draws"))
    made = [(one, draw.drawn(one), _steps(one)) for one in draw.draws(session)]
    return render_template(
        "employers/draws.html",
        form=form,
        drawing=Drawing(formdata=None) if may else None,
        draws=made,
        open=any(one.drawn is None for one, _, _ in made),
        names={one.number: one for one in session.scalars(select(Employer))},
        listed=len(employers.listed(session)),
    ), (form.status if form else 200)


@blueprint.post("/draws/<int:number>/make")
@permission(Act.DRAW_EMPLOYERS)
def make(number: int) -> Page:
    """Open the seed and draw."""
    row = found(Draw, number)
    form = Drawing()
    if form.validate_on_submit():

        def do() -> Any:
            return draw.make(here.session(), row, key=here.settings().key("identity"))

        if form.records(Act.DRAW_EMPLOYERS, do, unblinds=True):
            flash("The employers are drawn.", "done")
    for message in form.whole:
        flash(message, "warning")
    return redirect(url_for("employers.draws"))


def _steps(made: Draw) -> tuple[draw.Step, ...]:
    return draw.verify(here.session(), made) if made.drawn is not None else ()


def _values(form: Any) -> dict[str, Any]:
    return {
        "name": form.name.data,
        "sector": form.sector.data,
        "listed_on": form.listed_on.data,
        "hired": form.hired.data,
    }


def _asked(form: Any, title: str) -> Page:
    return render_template("employers/ask.html", form=form, title=title), form.status
