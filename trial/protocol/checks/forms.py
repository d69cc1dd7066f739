"""Rules of forms: every key that one names is there, and what is asked can be answered."""

from collections.abc import Iterator
from typing import Any

from trial.protocol.checks.found import Found
from trial.protocol.consent import ConsentPlan
from trial.protocol.design import Arm
from trial.protocol.forms import CheckUse, FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Condition, Item
from trial.protocol.forms.missing import is_missing
from trial.protocol.visits import VisitPlan

Path = tuple[str | int, ...]
LIMITED = (kinds.Whole, kinds.DecimalNumber, kinds.DateQuestion)


def forms_are_due(forms: tuple[FormPlan, ...], visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """A form that occurs at visits names visits of the protocol; others name none."""
    known = {visit.key for visit in visits}
    for n, form in enumerate(forms):
        place: Path = ("forms", n, "visits")
        for at, key in enumerate(form.visits):
            if key not in known:
                yield Found((*place, at), f"There is no visit {key}: name one of this protocol.")
        if form.occurs == "visit" and not form.visits:
            yield Found(("forms", n), "Name the visits at which this form is filled in.")
        if form.occurs != "visit" and form.visits:
            yield Found(place, 'Only a form with occurs = "visit" names visits: leave them out.')
        if form.occurs == "visit" and form.about != "participant":
            yield Found(("forms", n, "about"), "Only a form about a participant occurs at visits.")


def forms_ask_clauses(forms: tuple[FormPlan, ...], consent: ConsentPlan) -> Iterator[Found]:
    """A form that is for some is about participants, and asks a clause that a person can decline."""
    optional = {clause.key for clause in consent.clauses if not clause.mandatory}
    for n, form in enumerate(forms):
        place: Path = ("forms", n, "clause")
        if form.clause is None:
            continue
        if form.about != "participant":
            yield Found(place, "Leave this out: only participants agree to clauses.")
        elif form.clause not in optional:
            yield Found(place, "Name a clause of the consent that is not mandatory.")


def forms_name_arms(forms: tuple[FormPlan, ...], arms: tuple[Arm, ...]) -> Iterator[Found]:
    """The arms that a form is limited to are arms of the protocol."""
    known = {arm.key for arm in arms}
    for n, form in enumerate(forms):
        for at, key in enumerate(form.arms):
            if key not in known:
                yield Found(
                    ("forms", n, "arms", at), f"There is no arm {key}: name one of this protocol."
                )


def keys_apart(forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """No two questions of a form have the same key, and none that of a column for reasons."""
    for n, form in enumerate(forms):
        seen: set[str] = set()
        for s, section in enumerate(form.sections):
            place: Path = ("forms", n, "sections", s)
            named = [(("repeats",), section.repeats)] if section.repeats else []
            items = [(("items", i, "key"), item.key) for i, item in enumerate(section.items)]
            for where, key in (*named, *items):
                if str(key).endswith("_missing"):
                    yield Found((*place, *where), "Exports have a column of this name: change it.")
                if key in seen:
                    yield Found((*place, *where), "This key stands earlier in the form: change it.")
                seen.add(str(key))


def conditions_can_hold(forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """A condition names a question asked before, and an answer that it can have."""
    for n, form in enumerate(forms):
        before: dict[str, Item] = {}
        for s, section in enumerate(form.sections):
            place: Path = ("forms", n, "sections", s)
            for c, condition in enumerate(section.when):
                yield from _condition((*place, "when", c), condition, before)
            here: dict[str, Item] = {}
            for i, item in enumerate(section.items):
                for c, condition in enumerate(item.when):
                    where = (*place, "items", i, "when", c)
                    yield from _condition(where, condition, before | here)
                here[item.key] = item
            if section.repeats is None:
                before |= here


def telling_is_contagious(forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """What is asked because of an answer that tells the arm, or computed from it, tells the arm too."""
    for n, form in enumerate(forms):
        telling = {item.key for item in form.items if item.unblinds and not form.telling}
        for s, section in enumerate(form.sections):
            for i, item in enumerate(section.items):
                named = {condition.item for condition in (*section.when, *item.when)}
                if isinstance(item, kinds.Score):
                    named |= set(item.of)
                if not item.unblinds and named & telling:
                    (first, *_) = sorted(named & telling)
                    message = f"Add unblinds = true: {first}, on which it depends, tells the arm."
                    yield Found(("forms", n, "sections", s, "items", i), message)


def _condition(place: Path, condition: Condition, known: dict[str, Item]) -> Iterator[Found]:
    item = known.get(condition.item)
    if item is None:
        message = (
            "Name a question that is asked before this one, in the same repetition or outside."
        )
        yield Found((*place, "item"), message)
        return
    possible = _possible(item)
    for at, answer in enumerate(condition.equals):
        if possible is not None and answer not in possible and not is_missing(answer):
            yield Found((*place, "equals", at), f"{item.key} never has the answer {answer}.")


def _possible(item: Item) -> set[object] | None:
    match item:
        case kinds.Choice() | kinds.Several():
            return {code.key for code in item.codes}
        case kinds.YesNo():
            return {"yes", "no"}
        case kinds.Scale():
            return set(range(item.least, item.most + 1))
        case _:
            return None


def limits_in_order(forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """The lower limit of a question is below its upper one, and the usual lies within the possible."""
    for place, _, item in _items(forms):
        if not isinstance(item, LIMITED):
            continue
        least, most, usual = _limits(item)
        if not least <= most:
            yield Found((*place, "between"), "Write the lower limit first.")
        if usual is not None and not least <= usual[0] <= usual[1] <= most:
            yield Found((*place, "usual"), "Write limits within those of between, the lower first.")


def _limits(item: Any) -> tuple[Any, Any, Any]:
    return (*item.between, item.usual)


def entered_twice(forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """A form that two people enter is one that each of them finds again, and that can be compared."""
    for n, form in enumerate(forms):
        if not form.double_entry:
            continue
        if form.occurs == "log":
            message = "A log is not entered twice: leave this out, or let the form occur at visits."
            yield Found(("forms", n, "double_entry"), message)
        for s, section in enumerate(form.sections):
            for i, item in enumerate(section.items):
                if isinstance(item, kinds.File):
                    place: Path = ("forms", n, "sections", s, "items", i)
                    yield Found(place, "A form entered twice asks for no file: take it out.")


def anchors_apart(forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """The anchors of a scale name different values, at most 101 of them."""
    for place, _, item in _items(forms):
        if isinstance(item, kinds.Scale):
            values = [anchor.value for anchor in item.anchors]
            if len(set(values)) < len(values) or max(values) - min(values) > 100:
                yield Found(
                    (*place, "anchors"), "Give each value once, from lowest to highest at most 100."
                )


def scores_have_items(forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """A score names questions of its form, and its bands rise."""
    for place, form, item in _items(forms):
        if not isinstance(item, kinds.Score):
            continue
        for field in ("of", "reverse"):
            for at, key in enumerate(getattr(item, field)):
                if form.item(key) is None:
                    yield Found((*place, field, at), f"There is no question {key} in this form.")
        rises = [band.least for band in item.bands]
        if rises != sorted(set(rises)):
            yield Found((*place, "bands"), "Write the bands from the lowest to the highest.")


def checks_name_items(forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """A check across questions names questions and forms of this protocol."""
    by_key = {form.key: form for form in forms}
    for n, form in enumerate(forms):
        for c, check in enumerate(form.checks):
            yield from _check(("forms", n, "checks", c), form, by_key, check)
        for v, key in enumerate(form.verified):
            if form.item(key) is None:
                yield Found(("forms", n, "verified", v), f"There is no question {key}.")


def _check(
    place: Path, form: FormPlan, by_key: dict[str, FormPlan], check: CheckUse
) -> Iterator[Found]:
    if form.item(check.item) is None:
        yield Found((*place, "item"), f"There is no question {check.item} in this form.")
    if check.form is not None and check.form not in by_key:
        yield Found((*place, "form"), f"There is no form {check.form}.")
    other = by_key.get(check.form or form.key)
    if check.other is not None and other is not None and other.item(check.other) is None:
        yield Found((*place, "other"), f"There is no question {check.other} in {other.key}.")


def _items(forms: tuple[FormPlan, ...]) -> Iterator[tuple[Path, FormPlan, Item]]:
    for n, form in enumerate(forms):
        for s, section in enumerate(form.sections):
            for i, item in enumerate(section.items):
                yield ("forms", n, "sections", s, "items", i), form, item
