"""Rules of the primary outcome: there is one, and its question is asked at the primary visit."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.employment import EmploymentPlan
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.items import Item
from trial.protocol.outcome import OutcomePlan
from trial.protocol.visits import ENROLMENT, VisitPlan

NUMBERS = (kinds.Whole, kinds.DecimalNumber, kinds.Scale, kinds.Score)
CODED = (kinds.Choice, kinds.YesNo)


def one_outcome(employment: EmploymentPlan, outcome: OutcomePlan) -> Iterator[Found]:
    """A trial whose outcome is work has no other primary outcome."""
    message = "Leave out this table or employment: with employment, work is the primary outcome."
    yield Found(("outcome",), message)


def work_counts_from_enrolment(
    employment: EmploymentPlan, visits: tuple[VisitPlan, ...]
) -> Iterator[Found]:
    """Work is followed from enrolment on, so the visit that sums it up is counted from there."""
    for index, visit in enumerate(visits):
        if visit.primary and (visit.due_on is not None or visit.counted_from != ENROLMENT):
            message = "Count the primary visit from enrolment: work is followed from there on."
            yield Found(("visits", index), message)


def outcome_can_be_read(
    outcome: OutcomePlan, forms: tuple[FormPlan, ...], visits: tuple[VisitPlan, ...]
) -> Iterator[Found]:
    """The outcome's question is asked of every participant at the primary visit, in every arm."""
    form = next((one for one in forms if one.key == outcome.form), None)
    primary = {visit.key for visit in visits if visit.primary}
    if form is not None and (not primary & set(form.visits) or form.telling or form.clause):
        message = (
            "Name a form that is filled in at the primary visit, of everyone in every arm alike."
        )
        yield Found(("outcome", "form"), message)
    if outcome.due_on is not None:
        message = "Leave this out: the outcome is due when each participant's primary visit is."
        yield Found(("outcome", "due_on"), message)
    yield from item_can_be_read(outcome, form)


def item_can_be_read(outcome: OutcomePlan, form: FormPlan | None) -> Iterator[Found]:
    """The form is there, and asks the outcome's question once, of every arm alike."""
    if form is None:
        yield Found(("outcome", "form"), f"There is no form {outcome.form}: name one.")
        return
    item = form.item(outcome.item)
    grouped = {one.key for section in form.sections if section.repeats for one in section.items}
    if item is None or item.unblinds or outcome.item in grouped:
        message = f"Name a question of {form.key} that tells no arm and is asked once."
        yield Found(("outcome", "item"), message)
    else:
        yield from _summed(outcome, item)


def _summed(outcome: OutcomePlan, item: Item) -> Iterator[Found]:
    bounded = outcome.at_least is not None or outcome.at_most is not None
    if outcome.summary == "mean":
        if not isinstance(item, NUMBERS):
            yield Found(("outcome", "summary"), "Only a number, a scale or a score has a mean.")
        if bounded or outcome.equals:
            yield Found(("outcome",), "Leave out equals, at_least and at_most: a mean takes all.")
    elif isinstance(item, NUMBERS):
        if not bounded and not outcome.equals:
            yield Found(("outcome",), "Say which values count, with at_least or at_most.")
    elif not isinstance(item, CODED):
        yield Found(("outcome", "item"), "Name a question with one answer of a list, or a number.")
    elif isinstance(item, kinds.Choice) and not outcome.equals:
        yield Found(("outcome",), "Say which answers count, with equals.")
