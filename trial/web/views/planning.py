"""Planning the definitive trial: a form with one figure left out, the answer, and its curve."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, send_file, url_for

from trial import analysis
from trial import report as told
from trial.conduct import reports
from trial.conduct.access import Act
from trial.web import here, results
from trial.web.fields import Amount, Codes, Tick, Whole
from trial.web.forms import Filter, Form
from trial.web.permission import permission

blueprint = Blueprint("planning", __name__, url_prefix="/planning")
Page = tuple[str, int]
ONE_EMPTY = "Leave exactly one of the figures of the design empty: that is the one that is solved"
PROPORTIONS, MEANS = "proportions", "means"
# Simulated clusters in one request: about two seconds.
MOST_CLUSTERS = 6_000_000


def _amount(label: str, least: str, most: str, **rest: Any) -> Amount:
    """A figure with up to four decimals."""
    return Amount(label, least=least, most=most, places=4, width=5, **rest)


class Plan(Filter):
    """The figures of the design, one of them left empty, and what it takes to recruit."""

    outcome = Codes(
        "Outcome",
        options=((PROPORTIONS, "Two proportions"), (MEANS, "Two means")),
        needed="Choose proportions or means",
        inline=True,
    )
    clusters_per_arm = Whole("Clusters in each arm", least=2, most=5000, width=5)
    cluster_size = _amount("Participants analysed in a cluster, mean", "1", "100000")
    icc = _amount("Intracluster correlation", "0", "1", hint="From other trials, such as 0.05")
    cv = _amount("Coefficient of variation of the cluster sizes", "0", "5")
    power = _amount("Power", "0", "1", hint="From 0 to 1, such as 0.8")
    p1 = _amount("Proportion with the intervention", "0", "1", hint="From 0 to 1")
    p2 = _amount("Proportion in the control arm", "0", "1", hint="From 0 to 1")
    mean1 = _amount("Mean with the intervention", "-999999", "999999")
    mean2 = _amount("Mean in the control arm", "-999999", "999999")
    sd = _amount("Standard deviation", "0.0001", "999999")
    se = _amount("Standard error of the pilot's difference of means", "0.0001", "999999",
                 hint="For the assurance; empty takes the difference as known")  # fmt: skip
    alpha = _amount("Level of the two-sided test", "0.0001", "0.5",
                    needed="Enter the level, such as 0.05")  # fmt: skip
    attrition = _amount("Attrition: the share of the recruited without an outcome", "0", "0.95",
                        needed="Enter the attrition; 0 if there is none")  # fmt: skip
    rate = _amount("Recruited a month in each open cluster", "0.0001", "999999")
    months = _amount("Months there are to recruit", "0.1", "240")
    between = _amount("Variation between clusters, Hayes and Bennett's k", "0", "2",
                      hint="For comparison, such as 0.25")  # fmt: skip
    rate1 = _amount("Rate with the intervention", "0", "999999")
    rate2 = _amount("Rate in the control arm", "0", "999999")
    person_time = _amount("Person-time of a cluster, in the unit of the rates", "0.0001", "999999")
    below = Tick("The missing proportion or mean is to be below the other one")
    simulate = Tick("Simulate the assurance")
    draw = Codes("Draw the proportions from", needed="Choose what the proportions are drawn from")
    trials = Whole("Simulated trials", least=100, most=20000, width=5,
                   needed="Enter how many trials to simulate, such as 10000")  # fmt: skip
    seed = Whole("Seed", least=0, most=999_999_999, width=10, hint="The same seed gives the same figures",
                 needed="Enter a seed, such as 1")  # fmt: skip

    @property
    def of_means(self) -> bool:
        """Whether means are compared."""
        return bool(self.outcome.data == MEANS)

    @property
    def names(self) -> tuple[str, ...]:
        """The figures of the design that is asked for."""
        effect = ("mean1", "mean2", "sd") if self.of_means else ("p1", "p2")
        return ("clusters_per_arm", "cluster_size", "icc", "cv", "power", *effect)

    def figure(self, name: str) -> float | None:
        """One figure as a number."""
        value = self._fields[name].data
        return None if value is None else float(value)


class Write(Form):
    """The button that writes the plan as a file."""

    again = True


@blueprint.get("")
@permission(Act.SEE_PLANNING)
def index() -> Page:
    """Ask for a design, and answer with the figure that was left out."""
    form = Plan()
    made = _made(form)
    report = made.report if made else reports.planning.build(here.protocol(), _found())
    return render_template(
        "planning/index.html", form=form, write=Write(), solved=made is not None, report=report,
        body=told.page.html(report, _address), parts=told.page.contents(report),
        query=request.query_string.decode("utf-8", "replace"),
    ), form.status  # fmt: skip


@blueprint.get("/figures/<string:key>.svg")
@permission(Act.SEE_PLANNING)
def figure(key: str) -> Response:
    """One figure of the plan as a picture."""
    made = _made(Plan(), simulating=False)
    if made is None or key not in made.report.figures:
        abort(404)
    return Response(told.svg.svg(made.report.figures[key]), mimetype="image/svg+xml")


@blueprint.post("/plan.pdf")
@permission(Act.REPORT_PLANNING)
def write() -> Any:
    """Write the plan as PDF; that it was written is an act."""
    asked, form = Plan(), Write()
    made = _made(asked)
    if made is None or not form.validate_on_submit():
        abort(404)

    def record() -> None:
        """Writing a file changes no record; the act itself is what the trail keeps."""

    if not form.records(Act.REPORT_PLANNING, record, note=made.note):
        abort(404)
    return send_file(
        made.file(), mimetype="application/pdf", as_attachment=True,
        download_name=f"{here.protocol().key}-planning.pdf",
    )  # fmt: skip


def _address(one: Any) -> str:
    where = url_for("planning.figure", key=one.key)
    query = request.query_string.decode("utf-8", "replace")
    return f"{where}?{query}" if query else where


def _found() -> Any:
    return results.assembled(None, here.actor().blinded)


def _made(form: Plan, simulating: bool = True) -> Any:
    """The plan that the form asks for, or None where it does not ask for one yet."""
    found = _found()
    form.draw.offer(reports.planning.draws(here.protocol(), found))
    if not form.asked:
        _prefill(form, found)
        if sum(form.figure(name) is None for name in form.names) != 1:
            return None
    elif not _fits(form):
        return None
    try:
        return reports.planning.make(
            here.protocol(), found, _asked(form), _simulation(form) if simulating else None
        )
    except ValueError as fault:
        if form.asked:
            form.whole.append(reports.planning.sentence(str(fault)))
        return None


def _fits(form: Plan) -> bool:
    if not form.validate():
        return False
    if sum(form.figure(name) is None for name in form.names) != 1:
        form.whole.append(ONE_EMPTY)
        return False
    return True


def _prefill(form: Plan, found: Any) -> None:
    """The trial's own figures, where this reader may know which arm is which."""
    for name, value in reports.planning.starting(here.protocol(), found).items():
        form._fields[name].process_data(value)


def _asked(form: Plan) -> Any:
    given = {name: form.figure(name) for name in form.names}
    design = analysis.sample_size.Design(
        **given, alpha=form.figure("alpha") or 0.05, above=not form.below.data
    )
    return analysis.planning.Asked(
        design, form.figure("attrition") or 0.0, form.figure("rate"), form.figure("months"),
        form.figure("between"), rates=_rates(form),
    )  # fmt: skip


def _rates(form: Plan) -> Any:
    control, intervention, time = (form.figure(name) for name in ("rate2", "rate1", "person_time"))
    if control is None or intervention is None or time is None:
        return None
    return analysis.planning.Rates(control, intervention, time)


def _simulation(form: Plan) -> Any:
    if not form.simulate.data:
        return None
    return reports.planning.Simulation(
        form.trials.data, form.seed.data, form.figure("se"),
        reports.planning.Draw(form.draw.data), MOST_CLUSTERS,
    )  # fmt: skip
