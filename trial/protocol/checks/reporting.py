"""Rules of what is reported of the forms: it names what is there, and what can be counted."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.design import Arm
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.recruitment import Screening
from trial.protocol.reporting import GuessPart, ReportingPlan
from trial.protocol.visits import VisitPlan

COUNTED = (
    kinds.Choice, kinds.Several, kinds.YesNo, kinds.Whole, kinds.DecimalNumber, kinds.Scale, kinds.Score,
)  # fmt: skip
Path = tuple[str | int, ...]


def baseline_is_asked(
    reporting: ReportingPlan, forms: tuple[FormPlan, ...], visits: tuple[VisitPlan, ...]
) -> Iterator[Found]:
    """What stands in the table of baseline is asked of everyone at the baseline visit, once."""
    first = {visit.key for visit in visits if visit.baseline}
    for n, part in enumerate(reporting.baseline):
        place: Path = ("reporting", "baseline", n)
        form = next((one for one in forms if one.key == part.form), None)
        if form is None:
            yield Found((*place, "form"), f"There is no form {part.form}: name one.")
        elif not first & set(form.visits) or form.telling or form.clause:
            message = "Name a form that is filled in at the baseline visit, of everyone in every arm alike."
            yield Found((*place, "form"), message)
        else:
            yield from questions_can_be_counted(place, form, part.items)


def questions_can_be_counted(
    place: Path, form: FormPlan, items: tuple[str, ...]
) -> Iterator[Found]:
    """Each question of a part of the table is one that is asked once, and can be counted or averaged."""
    grouped = _in_groups(form)
    for at, key in enumerate(items):
        item = form.item(key)
        if item is None:
            yield Found((*place, "items", at), f"There is no question {key} in {form.key}.")
        elif not isinstance(item, COUNTED) or item.unblinds or key in grouped:
            message = "Name a question that is asked once, has numbers or codes, and tells no arm."
            yield Found((*place, "items", at), message)


def steps_can_be_counted(screening: Screening, forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """A step before the screening log is a whole number that a form about the cluster asks for."""
    for n, step in enumerate(screening.counted):
        place: Path = ("screening", "counted", n)
        form = next((one for one in forms if one.key == step.form), None)
        if form is None or form.about != "cluster" or form.telling:
            message = "Name a form about the cluster that is there in every arm alike."
            yield Found((*place, "form"), message)
            continue
        item, grouped = form.item(step.item), _in_groups(form)
        if not isinstance(item, kinds.Whole) or item.unblinds or step.item in grouped:
            message = "Name a whole number that the form asks for once, and that tells no arm."
            yield Found((*place, "item"), message)


def _in_groups(form: FormPlan) -> set[str]:
    return {item.key for one in form.sections if one.repeats for item in one.items}


def guess_can_be_counted(
    reporting: ReportingPlan, forms: tuple[FormPlan, ...], arms: tuple[Arm, ...]
) -> Iterator[Found]:
    """The guess is one choice of a form at visits, and its codes name arms of the protocol."""
    guess = reporting.guess
    if guess is None:
        return
    place: Path = ("reporting", "guess")
    form = next((one for one in forms if one.key == guess.form), None)
    if form is None or form.about != "participant" or form.occurs != "visit" or form.telling:
        message = "Name a form about participants at visits that is there in every arm alike."
        yield Found((*place, "form"), message)
        return
    yield from _guessed(place, form, guess, {arm.key for arm in arms})


def _guessed(place: Path, form: FormPlan, guess: GuessPart, arms: set[str]) -> Iterator[Found]:
    item = form.item(guess.item)
    if not isinstance(item, kinds.Choice) or item.unblinds:
        yield Found((*place, "item"), f"Name a choice of {form.key} that tells no arm.")
        return
    known = {code.key for code in item.codes}
    for at, one in enumerate(guess.codes):
        if one.code not in known:
            message = f"{item.key} never has the answer {one.code}."
            yield Found((*place, "codes", at, "code"), message)
        if one.arm not in arms:
            yield Found((*place, "codes", at, "arm"), f"There is no arm {one.arm}: name one.")
