"""What consent, enrolment and identity ask."""

from collections import defaultdict
from typing import Any

from wtforms import HiddenField

from trial.conduct import identities
from trial.conduct.dates import words
from trial.conduct.refused import Finding, Refused
from trial.protocol.consent import ConsentDocument, ConsentPlan
from trial.records.models import Screening
from trial.web import here
from trial.web.fields import Codes, DateField3, Line, Lines, Several, Whole
from trial.web.forms import Correction, Form


class Consenting(Form):
    """One signed consent form; the documents are added by ``consent_form``."""

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

    def documents(self) -> dict[str, str]:
        """The version of each document that was used, by its key."""
        return {key: self[f"document-{key}"].data for key in _versions(here.protocol().consent)}

    def agreed(self) -> dict[str, bool]:
        """Agreed or not, for every clause of the protocol."""
        ticked = {*self.clauses.data, *self.optional.data}
        return {one.key: one.key in ticked for one in here.protocol().consent.clauses}


def consent_form(row: Screening) -> Consenting:
    """The form for the protocol's documents and clauses."""
    plan = here.protocol().consent
    asked: dict[str, Any] = {
        f"document-{key}": Codes(
            f"Which version of the {_lower(versions[0].name)} was used?",
            options=[(one.version, f"Version {one.version}") for one in versions],
            needed=f"Choose the version of the {_lower(versions[0].name)}",
        )
        for key, versions in _versions(plan).items()
    }
    asked["first"] = ("informed_on", "capacity", "capacity_on", "signed_on", *asked)
    form: Consenting = type("Consent", (Consenting,), asked)(data={"version": row.version})
    for key, versions in _versions(plan).items():
        form[f"document-{key}"].hints = {one.version: _in_force(one) for one in versions}
    form.clauses.offer([(one.key, one.text) for one in plan.clauses if one.mandatory])
    form.optional.offer([(one.key, one.text) for one in plan.clauses if not one.mandatory])
    return form


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


def _versions(plan: ConsentPlan) -> dict[str, list[ConsentDocument]]:
    found: dict[str, list[ConsentDocument]] = defaultdict(list)
    for one in plan.documents:
        found[one.key].append(one)
    return found


def _in_force(document: ConsentDocument) -> str:
    until = document.in_force_until
    ending = f" until {words(until)}" if until else ""
    return f"In force from {words(document.in_force_from)}{ending}"


def _beside(finding: Finding) -> Finding:
    about_clause = (finding.item or "").startswith("clause-")
    return Finding(finding.message, "clauses") if about_clause else finding


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
