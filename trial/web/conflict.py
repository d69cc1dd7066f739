"""Two people who change the same record: mine, theirs and what stood before, item by item."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from trial.conduct.forms import saving
from trial.protocol.forms import FormPlan
from trial.protocol.forms.asking import rows_of, sift
from trial.protocol.forms.items import Item
from trial.protocol.forms.reading import Answer, words
from trial.records.history import values_before
from trial.records.models import Record
from trial.records.trail import head
from trial.web import boxes, here, layout, pages
from trial.web.fields import Answer as Asked
from trial.web.fields import Codes, DateField3, Several

TAKE, MINE, THEIRS = "page-take-", "mine", "theirs"
SEALED = "Sealed"
UNKNOWN = "Not known"
DIGITS = 18  # a longer number is no act's, and none that a database keeps


@dataclass(frozen=True)
class Difference:
    """One question that two people answered differently; ``take`` is whose answer is offered first."""

    path: str
    label: str
    before: str
    theirs: str
    mine: str
    take: str = MINE

    @property
    def name(self) -> str:
        """The name of the choice between the two."""
        return f"{TAKE}{self.path}"


def newest() -> int:
    """The number of the newest act: what a page shows is as it stood after it."""
    return head(here.session())[0]


def in_form(
    plan: FormPlan, record: Record, typed: pages.Typed, act: object
) -> tuple[Difference, ...]:
    """The questions of a form that two people answered differently.

    Where I left a question as it was and somebody else did not, theirs is offered first.
    """
    mine = _all(plan, sift(plan, typed.answers).answers, typed.observed_on)
    theirs = _all(plan, saving.all_answers(record), record.observed_on)
    changed = _before(record, act)
    found = []
    for path, item in _questions(plan, mine, theirs):
        now, said = theirs.get(path), mine.get(path)
        if now == said:
            continue
        was = changed.get(path, now) if changed is not None else None
        take = THEIRS if changed is not None and was == said else MINE
        known = words(item, was) if changed is not None else UNKNOWN
        label = _label(path, item)
        found.append(Difference(path, label, known, words(item, now), words(item, said), take))
    return tuple(found)


def with_choices(
    plan: FormPlan, raw: boxes.Raw, answers: pages.Known, observed_on: date | None
) -> dict[str, list[str]]:
    """What was sent, with the saved answer in its boxes wherever theirs was chosen."""
    sent = {name: list(values) for name, values in raw.items()}
    chosen = {n.removeprefix(TAKE) for n, v in sent.items() if n.startswith(TAKE) and v == [THEIRS]}
    if not chosen:
        return sent
    theirs = _all(plan, answers, observed_on)
    for path, item in _questions(plan, dict.fromkeys(chosen, ""), theirs):
        if path in chosen:
            for name in (path, *(f"{path}-{box}" for box in (*boxes.BOXES, boxes.MISSING))):
                sent.pop(name, None)
            sent |= boxes.sent(item, path, theirs[path]) if path in theirs else {}
    return sent | _rows(plan, sent, theirs)


def in_fields(form: Any, of: Any, act: object) -> tuple[Difference, ...]:
    """The same for a page of its own: its questions as it words them."""
    changed = _since(of, act)
    attributes = type(of).__mapper__.column_attrs
    columns = set(attributes.keys())
    sealed = {one.key for one in attributes if one.columns[0].info.get("cipher")}
    found = []
    for field in form:
        if not isinstance(field, Asked) or field.name == "reason":
            continue
        if field.name in sealed:
            if mine := _told(field, field.data):
                found.append(Difference(field.name, field.label.text, SEALED, SEALED, mine))
            continue
        now = getattr(of, field.name) if field.name in columns else field.object_data
        theirs, mine = _told(field, now), _told(field, field.data)
        if theirs == mine:
            continue
        knows = changed is not None and field.name in columns
        was = _told(field, (changed or {}).get(field.name, now)) if knows else UNKNOWN
        found.append(Difference(field.name, field.label.text, was, theirs, mine))
    return tuple(found)


def _all(plan: FormPlan, answers: pages.Known, observed_on: date | None) -> dict[str, Answer]:
    """The answers, and the day of observation as if it were one."""
    day = {} if observed_on is None else {pages.OBSERVED: observed_on.isoformat()}
    return {**answers, **day}


def _before(record: Record, act: object) -> dict[str, Any] | None:
    """The answers that changed since the page was shown, as they were; None where it does not say."""
    changed = _since(record, act)
    if changed is None:
        return None
    names = {saving.OBSERVED: pages.OBSERVED}
    return {
        names.get(item, item.partition(".")[2]): old
        for item, old in changed.items()
        if item in names or item.partition(".")[0] in ("answers", "telling")
    }


def _since(of: Any, act: object) -> dict[str, Any] | None:
    """The values of a row that changed since an act, as they were; None where that is no act's number."""
    if not str(act or "").isdecimal() or len(str(act)) > DIGITS:
        return None
    return values_before(here.session(), of.__tablename__, of.id, int(str(act)))


def _questions(
    plan: FormPlan, mine: Mapping[str, Answer], theirs: Mapping[str, Answer]
) -> Iterator[tuple[str, Item]]:
    """Every question that one of the two answered, in the order of the form."""
    yield pages.OBSERVED, pages.observed_item(plan)
    for section in plan.sections:
        rows: Sequence[int | None] = (None,)
        if section.repeats:
            most = max(rows_of(section, mine), rows_of(section, theirs))
            rows = range(1, most + 1)
        for row in rows:
            for item in section.items:
                path = pages.path_of(section, item, row)
                if path in mine or path in theirs:
                    yield path, item


def _rows(plan: FormPlan, sent: boxes.Raw, theirs: pages.Known) -> dict[str, list[str]]:
    """The page shows as many repetitions as either of the two has."""
    shown = {}
    for section in plan.sections:
        name = f"{section.repeats}-{pages.ROWS}"
        said = boxes.first(sent, name)
        if section.repeats and said.isascii() and said.isdigit():
            shown[name] = [str(max(int(said), rows_of(section, theirs)))]
    return shown


def _label(path: str, item: Item) -> str:
    parts = path.split(".")
    return f"{item.label} ({parts[1]})" if len(parts) == 3 else item.label


def _told(field: Asked, value: Any) -> str:
    """A value of a page's question in its own words."""
    if isinstance(field, Several):
        return ", ".join(_option(field, one) for one in value or ())
    if isinstance(field, DateField3):
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return layout.day(day)
    if isinstance(field, Codes):
        return _option(field, field.spelled(value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return field.spelled(value)


def _option(field: Codes, key: str) -> str:
    return next((label for one, label in field.options if one == key), str(key))
