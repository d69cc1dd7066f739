"""Rules of visits that are for some: counted from a session, or in some arms only."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.design import Arm
from trial.protocol.forms import FormPlan
from trial.protocol.forms.items import DateQuestion
from trial.protocol.visits import (
    ENROLMENT,
    OWN_REASONS,
    SessionPlan,
    VisitPlan,
    telling_visits,
)

FOR_EVERYONE = "Leave this out: the baseline and the primary visit fall due for everyone."


def sessions_can_be_counted(
    visits: tuple[VisitPlan, ...], forms: tuple[FormPlan, ...]
) -> Iterator[Found]:
    """A visit counted from a session names a log about participants, and a whole date in it."""
    plans = {form.key: form for form in forms}
    for index, visit in enumerate(visits):
        if visit.session is None:
            continue
        if visit.baseline or visit.primary:
            yield Found(("visits", index, "session"), FOR_EVERYONE)
        if visit.counted_from != ENROLMENT or visit.due_on is not None:
            message = "Leave this out: the visit is counted from its session."
            name = "counted_from" if visit.due_on is None else "due_on"
            yield Found(("visits", index, name), message)
        for key, message in _of_session(visit.session, plans.get(visit.session.form)):
            yield Found(("visits", index, "session", key), message)


def _of_session(session: SessionPlan, form: FormPlan | None) -> Iterator[tuple[str, str]]:
    if form is None or form.occurs != "log" or form.about != "participant":
        yield "form", 'Name a form about participants with occurs = "log".'
        return
    if session.item is None:
        return
    once = {item.key: item for part in form.sections if not part.repeats for item in part.items}
    item = once.get(session.item)
    if not isinstance(item, DateQuestion) or item.partial:
        message = (
            "Name a question of this form that asks for a whole date, once a record; or leave this "
            "out, and the day of observation counts."
        )
        yield "item", message


def visits_name_arms(visits: tuple[VisitPlan, ...], arms: tuple[Arm, ...]) -> Iterator[Found]:
    """The arms that a visit is limited to are arms of the protocol, and not all of them."""
    known = {arm.key for arm in arms}
    for index, visit in enumerate(visits):
        place = ("visits", index, "arms")
        for at, key in enumerate(visit.arms):
            if key not in known:
                yield Found((*place, at), f"There is no arm {key}: name one of this protocol.")
        if known <= set(visit.arms):
            yield Found(place, "Leave this out: the visit falls due in every arm.")
        if visit.arms and visit.baseline:
            yield Found(place, FOR_EVERYONE)


def visits_follow_in_their_arms(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """A visit of some arms is not counted from one that none of these arms has."""
    arms: dict[str, set[str]] = {}
    for index, visit in enumerate(visits):
        before, mine = arms.get(visit.counted_from, set()), set(visit.arms)
        if before and mine and not before & mine:
            message = "Count it from a visit that its arms have: nobody has both."
            yield Found(("visits", index, "counted_from"), message)
        arms[visit.key] = before & mine if before and mine else before or mine


def primary_tells_no_arm(
    visits: tuple[VisitPlan, ...], forms: tuple[FormPlan, ...]
) -> Iterator[Found]:
    """The primary visit falls due in every arm."""
    telling = telling_visits(visits, forms)
    for index, visit in enumerate(visits):
        if visit.primary and visit.key in telling and visit.session is None:
            item = "arms" if visit.arms else "counted_from"
            message = "The primary visit falls due in every arm: it cannot be of some arms only."
            yield Found(("visits", index, item), message)


def reasons_keep_apart(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """No reason has a key that the record gives of itself, as where the cluster skipped the visit."""
    for index, visit in enumerate(visits):
        for name in ("missed_reasons", "not_needed_reasons", "skipped_reasons"):
            for at, code in enumerate(getattr(visit, name)):
                if code.key in {one.key for one in OWN_REASONS}:
                    message = "Choose another key: this one has a meaning here."
                    yield Found(("visits", index, name, at, "key"), message)


def skips_are_of_everyone(
    visits: tuple[VisitPlan, ...], forms: tuple[FormPlan, ...]
) -> Iterator[Found]:
    """No cluster skips the baseline, nor a visit of which there being one tells the arm."""
    telling = telling_visits(visits, forms)
    for index, visit in enumerate(visits):
        if not visit.skipped_reasons:
            continue
        place = ("visits", index, "skipped_reasons")
        if visit.baseline:
            yield Found(place, "Leave this out: whoever is enrolled has the baseline.")
        if visit.key in telling:
            message = (
                "Leave this out: that a cluster skips a visit of some arms would tell its arm."
            )
            yield Found(place, message)
