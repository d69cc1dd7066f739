"""The results that the feasibility pages tell, computed once for each state of the records."""

from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import Any

from trial.conduct import reports
from trial.web import here

_KEPT: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_LOCK = Lock()
MOST = 8


def assembled(on: date | None, blinded: bool) -> Any:
    """The assembled results at a data cut; the head of the trail tells whether they still hold."""
    protocol, settings = here.protocol(), here.settings()
    cut = reports.cut.data_cut(here.session(), here.today(), on)
    key = (settings.database_url, protocol.sha256, cut, blinded)
    with _LOCK:
        if key in _KEPT:
            _KEPT.move_to_end(key)
            return _KEPT[key]
    found = reports.assembly.assemble(here.session(), protocol, cut, blinded=blinded)
    with _LOCK:
        _KEPT[key] = found
        while len(_KEPT) > MOST:
            _KEPT.popitem(last=False)
    return found
