"""Rules of source verification: what it names is there, and is named once."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.employment import EmploymentPlan
from trial.protocol.forms import FormPlan
from trial.protocol.verification import VerificationPlan

OF_WORK = ("spell", "term")


def verified_forms_are_there(
    verification: VerificationPlan | None, forms: tuple[FormPlan, ...]
) -> Iterator[Found]:
    """A risk is that of a form about participants, and of each form once."""
    about = {form.key: form.about for form in forms}
    seen: set[str] = set()
    for at, one in enumerate(verification.forms if verification else ()):
        place = ("verification", "forms", at, "form")
        if one.form not in about:
            yield Found(place, f"There is no form {one.form}.")
        elif about[one.form] != "participant":
            yield Found(place, "Name a form about a participant.")
        elif one.form in seen:
            yield Found(place, f"The risk of {one.form} is given twice.")
        seen.add(one.form)


def verified_values_are_recorded(
    verification: VerificationPlan | None, employment: EmploymentPlan | None
) -> Iterator[Found]:
    """Values of work are verified only where the trial asks about work; each value is named once."""
    seen: set[str] = set()
    for at, one in enumerate(verification.values if verification else ()):
        place = ("verification", "values", at, "value")
        if one.value.partition(".")[0] in OF_WORK and employment is None:
            yield Found(place, "This trial does not ask about work.")
        elif one.value in seen:
            yield Found(place, f"The risk of {one.value} is given twice.")
        seen.add(one.value)
