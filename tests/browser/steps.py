"""What several journeys do: taking somebody from screening to enrolment, and adding work."""

import re
from datetime import date

from tests.browser.person import Person
from trial.protocol import load

CONSIDERED, APPROACHED = date(2016, 1, 11), date(2016, 1, 25)
INFORMED, SIGNED = date(2016, 2, 1), date(2016, 2, 15)


def enrol(researcher: Person, born: int = 1985) -> str:
    """Take somebody new of the first cluster from screening to enrolment; gives the study number."""
    protocol = load(None)
    researcher.goes_to("Screening")
    researcher.follows("Add somebody considered")
    researcher.chooses("Cluster", protocol.clusters[0].name)
    researcher.dates("When was the person considered?", CONSIDERED)
    researcher.chooses("Was the person referred to the study?", "Referred")
    researcher.chooses("Who decided on that?", "Care coordinator")
    researcher.dates("When was that decided?", CONSIDERED)
    researcher.presses("Save")
    assert "is given. Note it with the person's file." in researcher.says()

    researcher.follows("Answer the criteria")
    for one in protocol.eligibility:
        researcher.chooses(one.text, "Yes" if one.kind == "include" else "No")
    researcher.dates("When were these answered?", APPROACHED)
    researcher.chooses("Where do these answers come from?", "Clinical record")
    researcher.presses("Save answers")

    researcher.follows("Record the approach")
    researcher.chooses("Was the person approached about the study?", "Approached")
    researcher.dates("When were they approached?", APPROACHED)
    researcher.presses("Save")
    researcher.follows("Record written consent")
    consents(researcher, SIGNED, INFORMED)

    researcher.follows(re.compile("^Enrol$"))
    researcher.fills("Year of birth", str(born))
    researcher.presses("Enrol and give a study number")
    found = re.search(r"Enrolled as (\S+?)\.", researcher.says())
    assert found, researcher.says()
    return found[1]


def consents(researcher: Person, signed: date, informed: date | None = None) -> None:
    """Record the consent of somebody who has capacity, on the documents in force that day."""
    plan = load(None).consent
    researcher.dates("When was the information sheet given?", informed or signed)
    able = next(one.label for one in plan.capacity if one.may_consent)
    researcher.chooses("Has the person capacity to consent?", able)
    researcher.dates("When was capacity assessed?", signed)
    researcher.dates("When was the consent form signed?", signed)
    for document in plan.documents_in_force(signed):
        name = document.name[0].lower() + document.name[1:]
        question = f"Which version of the {name} was used?"
        researcher.chooses(question, f"Version {document.version}")
    researcher.ticks_all("Which of these did the person initial?")
    researcher.presses("Save consent")
    assert "The consent is recorded." in researcher.says()


def add_work(somebody: Person, title: str, started: date) -> None:
    """Add a running open job from a participant's page."""
    protocol = load(None)
    somebody.follows("Add work")
    kind = next(one.label for one in protocol.employment.kinds if one.open)
    somebody.chooses("Kind of work", kind)
    somebody.dates("Started", started)
    somebody.fills("Job title", title)
    somebody.fills("Hours a week", "20")
    somebody.fills("Pay before tax", "8.20")
    somebody.chooses("The pay is for", protocol.employment.pay_periods[0].label)
    somebody.chooses("Source of the evidence", protocol.employment.evidence_sources[0].label)
    somebody.presses("Save work")
