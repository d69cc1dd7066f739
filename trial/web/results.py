"""The reports that pages tell, computed once for each state of the records."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import Any

from flask import Response, abort, request

from trial import report as told
from trial.conduct import reports
from trial.conduct.refused import Refused
from trial.conduct.reports.kinds import Kind
from trial.web import here
from trial.web.fields import DateField3
from trial.web.forms import Filter

_KEPT: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_LOCK = Lock()
MOST = 24


class AtCut(Filter):
    """The day at whose end the data are cut."""

    cut = DateField3("Data cut: the end of", needed="Enter the day of the data cut")


def at_cut(form: AtCut, kind: Kind) -> tuple[date, Any]:
    """The day that was asked for, with the report of that kind; today's where the day is refused."""
    if form.asked and form.validate():
        on: date = form.cut.data
    else:
        on = here.today()
        if not form.asked:
            form.cut.process_data(on)
    try:
        return on, made(kind, on)
    except Refused as refused:
        form.refuse(refused)
        return here.today(), made(kind, here.today())


def picture(kind: Kind, key: str) -> Response:
    """One figure of a report at the cut that the address names; not found where there is none."""
    try:
        report = made(kind, date.fromisoformat(request.args.get("cut", "")))
    except (ValueError, Refused):
        abort(404)
    if key not in report.figures:
        abort(404)
    return Response(told.svg.svg(report.figures[key]), mimetype="image/svg+xml")


def made(kind: Kind, on: date) -> Any:
    """The report of a kind at a data cut, as whoever is signed in is told it."""
    blinded = here.actor().blinded and kind.arms

    def build() -> Any:
        return reports.request.build(here.protocol(), assembled(on, blinded, kind.arms), kind)

    return _once((kind.name, *_state(on), blinded), build)


def assembled(on: date | None, blinded: bool, arms: bool = True) -> Any:
    """The assembled results at a data cut; the head of the trail tells whether they still hold."""

    def assemble() -> Any:
        cut = reports.cut.data_cut(here.session(), here.today(), on)
        return reports.assembly.assemble(
            here.session(), here.protocol(), cut, blinded=blinded, arms=arms
        )

    return _once(("results", *_state(on), blinded, arms), assemble)


def _state(on: date | None) -> tuple[Any, ...]:
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
