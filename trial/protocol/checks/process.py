"""Rules of the process evaluation: what it names is there, and of a kind that can play its part."""

from collections.abc import Iterator, Mapping
from typing import Any

from trial.protocol.checks.found import Found
from trial.protocol.design import ClusterPlan
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Item
from trial.protocol.process import FidelityPart, InterviewsPart, ProcessPlan

# For each part the questions that it names, with what they are asked as; and codes with their question.
WHOLE, CHOICE, YES_NO, DAY = (kinds.Whole,), (kinds.Choice,), (kinds.YesNo,), (kinds.DateQuestion,)
CODED = (kinds.Choice, kinds.Several)
ITEMS: Mapping[str, Mapping[str, tuple[type[Any], ...]]] = {
    "fidelity": {
        "occasion": CHOICE, "rating": CHOICE, "reviews": WHOLE,
        "total": (kinds.Score,), "pro_rated": (kinds.Score,),
    },
    "contacts": {"face_to_face": YES_NO},
    "weeks": {"at_work": YES_NO, "caseload": WHOLE, "share": (kinds.DecimalNumber,)},
    "first_contact": {"entry": DAY, "contact": DAY},
    "advice": {"kind": CODED},
    "meetings": {"kind": CODED},
    "events": {"kind": CODED, "domain": CODED},
    "interviews": {
        "group": CHOICE, "role": CHOICE, "cluster": CHOICE, "employer": WHOLE, "consent": YES_NO,
    },
    "extracts": {
        "interview": WHOLE, "segment": WHOLE, "coder": CHOICE, "theme": (kinds.TextQuestion,),
        "bears": CHOICE, "criterion": CODED, "domain": CODED,
    },
}  # fmt: skip
CODES: Mapping[str, Mapping[str, str]] = {
    "fidelity": {"consensus": "rating"},
    "extracts": {
        "coders": "coder", "agreed": "coder", "barrier": "bears", "facilitator": "bears",
    },
}  # fmt: skip
ABOUT = {"first_contact": "participant"}
Path = tuple[str | int, ...]


def parts_name_items(process: ProcessPlan, forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """Every part names a form of the protocol, and in it questions of the right kind."""
    by_key = {form.key: form for form in forms}
    for name in ITEMS:
        part = getattr(process, name)
        if part is None:
            continue
        place: Path = ("process", name)
        form = by_key.get(part.form)
        if form is None:
            yield Found((*place, "form"), f"There is no form {part.form}.")
            continue
        if ABOUT.get(name, form.about) != form.about:
            yield Found((*place, "form"), f"Name a form about a {ABOUT[name]}.")
        yield from _part(name, part, form)


def _part(name: str, part: Any, form: FormPlan) -> Iterator[Found]:
    place: Path = ("process", name)
    for field, allowed in ITEMS[name].items():
        for where, key in _each((*place, field), getattr(part, field)):
            yield from _item(where, form.item(key), key, form, allowed)
    for field, of in CODES.get(name, {}).items():
        for where, key in _each((*place, field), getattr(part, field)):
            yield from _code(where, form.item(getattr(part, of)), key)


def _each(place: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, tuple):
        yield from (((*place, at), one) for at, one in enumerate(value))
    elif value is not None:
        yield place, value


def _item(
    place: Path, item: Item | None, key: str, form: FormPlan, allowed: tuple[type[Any], ...]
) -> Iterator[Found]:
    if item is None:
        yield Found(place, f"There is no question {key} in {form.key}.")
    elif not isinstance(item, allowed):
        named = " or ".join(_kind(one) for one in allowed)
        yield Found(place, f"Name a question of the kind {named}.")


def _kind(one: type[Any]) -> str:
    kind: str = one.model_fields["kind"].annotation.__args__[0]
    return kind


def _code(place: Path, item: Item | None, key: str) -> Iterator[Found]:
    if isinstance(item, kinds.Choice) and key not in {code.key for code in item.codes}:
        yield Found(place, f"{item.key} has no code {key}.")


def ratings_have_reasons(process: ProcessPlan, forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """A fidelity item whose reason or evidence is asked has such a question for every item."""
    part = process.fidelity
    form = next((one for one in forms if part and one.key == part.form), None)
    total = form.item(part.total) if form and part else None
    if part is None or form is None or not isinstance(total, kinds.Score):
        return
    for field in ("reason", "evidence"):
        yield from _beside(part, form, total, field)


def _beside(part: FidelityPart, form: FormPlan, total: kinds.Score, field: str) -> Iterator[Found]:
    suffix = getattr(part, field)
    lacking = [key for key in total.of if suffix and form.item(f"{key}{suffix}") is None]
    if lacking:
        message = f"There is no question {lacking[0]}{suffix} in {form.key}."
        yield Found(("process", "fidelity", field), message)


def interviews_name_codes(
    process: ProcessPlan, forms: tuple[FormPlan, ...], clusters: tuple[ClusterPlan, ...]
) -> Iterator[Found]:
    """The sampling frame names groups and roles that can be answered; clusters are the trial's."""
    part = process.interviews
    form = next((one for one in forms if part and one.key == part.form), None)
    if part is None or form is None:
        return
    for at, planned in enumerate(part.frame):
        place: Path = ("process", "interviews", "frame", at)
        yield from _code((*place, "group"), form.item(part.group), planned.group)
        if planned.role is not None:
            yield from _code((*place, "role"), form.item(part.role), planned.role)
    yield from _clusters(part, form, {cluster.key for cluster in clusters})


def _clusters(part: InterviewsPart, form: FormPlan, known: set[str]) -> Iterator[Found]:
    item = form.item(part.cluster)
    codes = {code.key for code in item.codes} if isinstance(item, kinds.Choice) else set()
    if codes - known:
        message = f"{sorted(codes - known)[0]} is no cluster of this protocol."
        yield Found(("process", "interviews", "cluster"), message)
