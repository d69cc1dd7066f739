"""The reports that pages tell, computed once for each state of the records."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import Any

from flask import Response, abort, request

from trial import report as told
from trial.conduct import database_lock, process, reports
from trial.conduct.refused import Refused
from trial.conduct.reports.kinds import PROCESS, Kind
from trial.config import LONDON
from trial.records.actor import Actor
from trial.web import here
from trial.web.fields import DateField3, Pick
from trial.web.forms import Filter
from trial.web.layout import day

_KEPT: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_LOCK = Lock()
MOST = 24


class AtCut(Filter):
    """The day at whose end the data are cut, or the database lock that they are cut at."""

    cut = DateField3("Data cut: the end of", needed="Enter the day of the data cut")
    lock = Pick("Or at a database lock", hint="Leave empty for the day above")


def locks() -> list[tuple[str, str]]:
    """The database locks that a cut may be, by name."""
    kept = database_lock.snapshots(here.session())
    return [(one.name, f"{one.name}, {day(one.made_at.astimezone(LONDON))}") for one in kept]


def at_cut(form: AtCut, kind: Kind) -> tuple[date | str, Any]:
    """The cut that was asked for, with the report of that kind; today's where the cut is refused."""
    form.lock.offer(locks())
    on = _asked(form)
    try:
        return on, made(kind, on)
    except Refused as refused:
        form.refuse(refused)
        return here.today(), made(kind, here.today())


def _asked(form: AtCut) -> date | str:
    if not form.asked:
        form.cut.process_data(here.today())
        return here.today()
    if form.lock.data:
        name: str = form.lock.data
        return name
    found: date = form.cut.data if form.validate() else here.today()
    return found


def picture(kind: Kind, key: str) -> Response:
    """One figure of a report at the cut that the address names; not found where there is none."""
    try:
        report = made(kind, _named(request.args.get("cut", "")))
    except Refused:
        abort(404)
    if key not in report.figures:
        abort(404)
    return Response(told.svg.svg(report.figures[key]), mimetype="image/svg+xml")


def _named(cut: str) -> date | str:
    """A cut as an address names it: a day, or a database lock, whose name is never like a day."""
    try:
        return date.fromisoformat(cut)
    except ValueError:
        return cut


def made(kind: Kind, on: date | str) -> Any:
    """The report of a kind at a data cut, as whoever is signed in is told it."""
    if kind is PROCESS:
        return _process(on)
    blinded = here.actor().blinded and kind.arms

    def build() -> Any:
        return reports.request.build(here.protocol(), assembled(on, blinded, kind.arms), kind)

    return _once((kind.name, *_state(on), blinded), build)


def _seen_by(actor: Actor) -> tuple[object, ...]:
    """What decides how much of the process evaluation somebody is told."""
    return actor.blinded, actor.draw_open, actor.revealed, actor.clusters, actor.unseen


def evaluated(on: date | str) -> Any:
    """The process evaluation at a data cut, as whoever is signed in may know it."""
    actor = here.actor()
    known = _seen_by(actor)

    def evaluate() -> Any:
        cut = reports.cut.data_cut(here.session(), here.today(), on)
        return process.results.evaluate(here.session(), here.protocol(), cut, actor)

    return _once(("process results", *_state(on), known), evaluate)


def _process(on: date | str) -> Any:
    actor = here.actor()
    known = _seen_by(actor)

    def build() -> Any:
        return reports.request.build(here.protocol(), evaluated(on), PROCESS)

    return _once((PROCESS.name, *_state(on), known), build)


def assembled(on: date | str | None, blinded: bool, arms: bool = True) -> Any:
    """The assembled results at a data cut; the head of the trail tells whether they still hold."""

    def assemble() -> Any:
        cut = reports.cut.data_cut(here.session(), here.today(), on)
        return reports.assembly.assemble(
            here.session(), here.protocol(), cut, blinded=blinded, arms=arms
        )

    return _once(("results", *_state(on), blinded, arms), assemble)


def _state(on: date | str | None) -> tuple[Any, ...]:
    cut = reports.cut.data_cut(here.session(), here.today(), on)
    return here.settings().database_url, here.protocol().sha256, cut


def _once(key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    with _LOCK:
        if key in _KEPT:
            _KEPT.move_to_end(key)
            return _KEPT[key]
    found = make()
    with _LOCK:
        _KEPT[key] = found
        while len(_KEPT) > MOST:
            _KEPT.popitem(last=False)
    return found
