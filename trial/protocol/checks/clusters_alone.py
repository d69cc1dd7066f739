"""Rules of a trial without participants: everything in it is about clusters, employers or the trial."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.checks.outcome import item_can_be_read
from trial.protocol.checks.reporting import questions_can_be_counted
from trial.protocol.design import AllocationPlan
from trial.protocol.forms import FormPlan
from trial.protocol.outcome import OutcomePlan
from trial.protocol.reporting import ReportingPlan

NOBODY = "participants = false: this trial has none."


def forms_are_about_clusters(participants: bool, forms: tuple[FormPlan, ...]) -> Iterator[Found]:
    """No form is about a participant, and none is filled in at visits."""
    for n, form in enumerate([] if participants else forms):
        if form.about == "participant":
            message = f"Say whom else the form is about, such as a cluster. {NOBODY}"
            yield Found(("forms", n, "about"), message)
        if form.occurs == "visit":
            yield Found(
                ("forms", n, "occurs"), f'Say "once" or "log": there are no visits. {NOBODY}'
            )
        elif form.clause is not None:
            yield Found(("forms", n, "clause"), f"Leave this out. {NOBODY}")
        elif form.visits:
            yield Found(("forms", n, "visits"), f"Leave this out. {NOBODY}")


def outcome_is_of_clusters(
    participants: bool, outcome: OutcomePlan, forms: tuple[FormPlan, ...]
) -> Iterator[Found]:
    """The outcome is read from a form that is filled in once about each cluster, in every arm alike."""
    if participants:
        return
    form = next((one for one in forms if one.key == outcome.form), None)
    if form is not None and (form.about != "cluster" or form.occurs != "once" or form.telling):
        message = "Name a form that is filled in once about each cluster, and in every arm alike."
        yield Found(("outcome", "form"), message)
    yield from item_can_be_read(outcome, form)


def baseline_is_asked_of_clusters(
    participants: bool, reporting: ReportingPlan, forms: tuple[FormPlan, ...]
) -> Iterator[Found]:
    """What stands in the table of baseline is asked once about each cluster, in every arm alike."""
    for n, part in enumerate(() if participants else reporting.baseline):
        place = ("reporting", "baseline", n)
        form = next((one for one in forms if one.key == part.form), None)
        if form is None:
            yield Found((*place, "form"), f"There is no form {part.form}: name one.")
        elif form.about != "cluster" or form.occurs != "once" or form.telling:
            message = (
                "Name a form that is filled in once about each cluster, and in every arm alike."
            )
            yield Found((*place, "form"), message)
        else:
            yield from questions_can_be_counted(place, form, part.items)


def nothing_waits_for_people(
    participants: bool, allocation: AllocationPlan, reporting: ReportingPlan
) -> Iterator[Found]:
    """Neither the allocation nor a guess of it waits for participants."""
    if participants:
        return
    if allocation.least_enrolled:
        yield Found(("allocation", "least_enrolled"), f"Leave this out. {NOBODY}")
    if reporting.guess is not None:
        yield Found(("reporting", "guess"), f"Leave this out. {NOBODY}")
