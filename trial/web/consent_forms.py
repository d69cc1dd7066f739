"""What consent, enrolment and identity ask."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from wtforms import HiddenField

from trial.conduct import identities
from trial.conduct.dates import words
from trial.conduct.first_letter import lowered
from trial.conduct.refused import Finding, Refused
from trial.protocol.consent import CONSULTEE, Basis, ConsentDocument, ConsentPlan
from trial.records.models import Screening
from trial.web import here
from trial.web.fields import Codes, DateField3, Line, Lines, Several, Whole
from trial.web.forms import Correction, Filter, Form

# What is asked in other words where a consultee advises, or where nobody signs.
WORDED = {
    "consultee": {
        "informed_on": "When was the consultee given the information sheet?",
        "signed_on": "When was the declaration signed?",
        "capacity": "Has the person capacity to consent?",
        "clauses": "Which of these did the consultee initial?",
    },
    "nobody": {
        "informed_on": "When was the person informed?",
        "signed_on": "From which day is the person included?",
    },
}
# What is said where one of these is left empty, or beside it.
NEEDED = {
    "consultee": {
        "informed_on": "Enter when the consultee was given the sheet",
        "signed_on": "Enter when the declaration was signed",
        "clauses": "Tick every clause that the consultee initialled",
    },
    "nobody": {
        "informed_on": "Enter when the person was informed",
        "signed_on": "Enter the day from which the person is included",
    },
}
# The questions that are left out, by who gives consent.
UNASKED = {
    "participant": ("relationship",),
    "consultee": (),
    "nobody": ("capacity", "capacity_on", "relationship", "clauses", "optional"),
}


class Basing(Filter):
    """On which basis a person takes part; what is asked next depends on it."""

    basis = Codes(
        "On which basis does this person take part?", needed="Choose the basis of taking part"
    )
    # Sent along with the choice: a browser says nothing of radio buttons of which none is chosen.
    go = HiddenField()


def basis_form(offered: Iterable[Basis]) -> Basing:
    """The form that asks for one of these bases."""
    form, listed = Basing(), list(offered)
    form.basis.offer([(one.key, one.name) for one in listed])
    form.basis.hints = {one.key: _given(one) + _visited(one) for one in listed}
    return form


def _given(basis: Basis) -> str:
    if basis.opt_out:
        return f"Nobody signs: {basis.waiting_days} full days to object after being informed"
    if basis.given_by == CONSULTEE:
        return "A consultee signs for a person who lacks capacity"
    return "The person signs, and has capacity"


def _visited(basis: Basis) -> str:
    return "; no visits" if basis.visits == () else ""


class Consenting(Form):
    """One consent; ``consent_form`` adds the documents and leaves out what the basis does not ask."""

    version = HiddenField()
    informed_on = DateField3(
        "When was the information sheet given?", needed="Enter when the sheet was given"
    )
    capacity = Codes(
        "Has the person capacity to consent?",
        codes=lambda protocol: protocol.consent.capacity,
        needed="Choose whether the person had capacity",
    )
    capacity_on = DateField3(
        "When was capacity assessed?", needed="Enter when capacity was assessed"
    )
    relationship = Codes(
        "Who is the consultee to the person?",
        codes=lambda protocol: protocol.consent.relationships or (),
        hint="The name stays on the paper: it is not recorded here.",
        needed="Choose who the consultee is to the person",
    )
    signed_on = DateField3(
        "When was the consent form signed?", needed="Enter when the form was signed"
    )
    clauses = Several(
        "Which of these did the person initial?",
        hint="Consent needs every one of them.",
        needed="Tick every clause that the person initialled",
    )
    optional = Several("And which of these?", hint="The person is free to leave these out.")

    def refuse(self, refused: Refused) -> None:
        """Show what is said of a clause beside the list of clauses."""
        super().refuse(Refused.of([_beside(finding) for finding in refused.findings]))

    def given(self) -> dict[str, Any]:
        """What was answered, as ``consent.take`` asks for it."""
        documents = [name for name in self._fields if name.startswith("document-")]
        ticked = {key for name in ("clauses", "optional") for key in self._answered(name) or ()}
        return {
            "documents": {name.removeprefix("document-"): self[name].data for name in documents},
            "clauses": dict.fromkeys(ticked, True),
            **{
                name: self._answered(name)
                for name in ("informed_on", "signed_on", "capacity", "capacity_on", "relationship")
            },
        }

    def _answered(self, name: str) -> Any:
        return self[name].data if name in self else None


def consent_form(row: Screening, basis: Basis) -> Consenting:
    """The form for the documents and the clauses of a basis."""
    plan = here.protocol().consent
    documents = _versions(plan, basis)
    asked: dict[str, Any] = {
        f"document-{key}": Codes(
            f"Which version of the {lowered(versions[0].name)} was used?",
            options=[(one.version, f"Version {one.version}") for one in versions],
            needed=f"Choose the version of the {lowered(versions[0].name)}",
        )
        for key, versions in documents.items()
    }
    before = ("informed_on", "capacity", "capacity_on", "relationship", "signed_on")
    asked["first"] = (*before, *asked)
    form: Consenting = type("Consent", (Consenting,), asked)(data={"version": row.version})
    for key, versions in documents.items():
        form[f"document-{key}"].hints = {one.version: _in_force(one) for one in versions}
    clauses = plan.clauses_of(basis)
    form.clauses.offer([(one.key, one.text) for one in clauses if one.mandatory])
    form.optional.offer([(one.key, one.text) for one in clauses if not one.mandatory])
    _fit(form, basis)
    return form


def _fit(form: Consenting, basis: Basis) -> None:
    """Leave out what a basis does not ask, and ask the rest in its words."""
    for name in UNASKED[basis.given_by]:
        del form[name]
    for name, words_ in WORDED.get(basis.given_by, {}).items():
        form[name].label.text = words_
    for name, words_ in NEEDED.get(basis.given_by, {}).items():
        form[name].needed = words_
    if basis.given_by == CONSULTEE:
        form.optional.description = "The consultee is free to leave these out."
    if basis.opt_out:
        form.signed_on.description = (
            f"The person has {basis.waiting_days} full days between being informed and this day, "
            "and is included only if they have not objected."
        )


class Voiding(Correction):
    """Why a consent is voided."""


class Enrolling(Form):
    """The one thing that is still to be asked of somebody who consented."""

    version = HiddenField()
    birth_year = Whole(
        "Year of birth",
        needed="Enter the year of birth, such as 1980",
        hint="Only the year: the date of birth goes to the sealed identity.",
        least=1900,
        most=2100,
        width=4,
        autocomplete="off",
    )


class Showing(Form):
    """A button that shows identifiers once."""


class IdentityForm(Form):
    """Who somebody is; what is saved already is not shown here."""

    name = Line("Name", most=200, autocomplete="off")
    date_of_birth = DateField3("Date of birth")
    nhs_number = Line("NHS number", hint="Ten digits.", most=20, width=10, autocomplete="off")
    address = Lines("Address", most=500, rows=4)
    phone = Line("Telephone number", most=40, width=20, autocomplete="off")
    email = Line("E-mail address", most=254, autocomplete="off")

    def given(self) -> dict[str, Any]:
        """What was typed, by item."""
        return {item: self[item].data for item in identities.ITEMS}


class CorrectIdentity(Correction, IdentityForm):
    """Other identifiers, with a reason when one that is saved changes."""

    emptied = Several("Remove what is saved for", hint="Only where it should not be kept.")
    reason = Lines(
        "Why is this changed?",
        hint="Needed where something that is saved changes. Write no name or number here.",
        most=500,
        rows=2,
    )


def _versions(plan: ConsentPlan, basis: Basis) -> dict[str, list[ConsentDocument]]:
    found: dict[str, list[ConsentDocument]] = defaultdict(list)
    for one in plan.documents:
        if basis.asks_document(one.key):
            found[one.key].append(one)
    return found


def _in_force(document: ConsentDocument) -> str:
    until = document.in_force_until
    ending = f" until {words(until)}" if until else ""
    return f"In force from {words(document.in_force_from)}{ending}"


def _beside(finding: Finding) -> Finding:
    about_clause = (finding.item or "").startswith("clause-")
    return Finding(finding.message, "clauses") if about_clause else finding
