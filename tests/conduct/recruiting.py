"""People considered, consented and enrolled through the acts themselves, for the tests of recruitment."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from trial.conduct import clusters, consent, eligibility, enrolment, screening
from trial.conduct.access import Act
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.identity import Vault
from trial.records.models import Cluster, Consent, Participant, Screening
from trial.records.trail import acting

TODAY = date(2016, 1, 15)
MANAGER = Actor(11, "A trial manager", Role.TRIAL_MANAGER, blinded=False)
VAULT = Vault(bytes(range(32)))
PERMISSION = {
    "permission_on": date(2015, 7, 1),
    "permission_by": "The gatekeeper",
    "permission_role": "Service manager",
    "permission_document": "Letter of 1 July 2015",
}


@dataclass
class Recruiting:
    """One trial in which one person does every step of recruitment."""

    session: Session
    protocol: Protocol
    by: Actor = MANAGER
    on: date = TODAY
    vault: Vault = field(default=VAULT)

    def does(self, name: Act, do: Callable[..., Any], *args: Any, **rest: Any) -> Any:
        """One act: the function with the session, the protocol and today's date."""
        why = rest.pop("why", None)
        self.session.rollback()  # what was only read began a transaction that may not write
        with acting(self.session, by=self.by, name=name, reason=why):
            return do(self.session, self.protocol, *args, on=self.on, **rest)

    def open(self, cluster: Cluster, opened_on: date = date(2015, 9, 1)) -> Cluster:
        """A cluster with its whole life up to opening."""
        steps = {"identified_on": date(2015, 5, 4), "approached_on": date(2015, 6, 1), **PERMISSION}
        self.does(Act.RECORD_CLUSTER, clusters.record_step, cluster, **steps)
        self.does(Act.OPEN_CLUSTER, clusters.open_cluster, cluster, opened_on=opened_on)
        return cluster

    def consider(self, cluster: Cluster, **rest: Any) -> Screening:
        """Somebody considered and referred, unless said otherwise."""
        what = {
            "considered_on": date(2015, 10, 1),
            "referral": "referred",
            "decided_by": self.protocol.screening.deciders[0].key,
        }
        made: Screening = self.does(Act.SCREEN, screening.consider, cluster, **(what | rest))
        return made

    def met(self) -> dict[str, str]:
        """The answers of somebody eligible."""
        return {c.key: "yes" if c.kind == "include" else "no" for c in self.protocol.eligibility}

    def answer(self, row: Screening, day: date = date(2015, 10, 2), **rest: Any) -> None:
        """Answer criteria: every one as it should be, unless ``answers`` say otherwise."""
        source = self.protocol.screening.evidence_sources[0].key
        answers = rest.pop("answers", self.met())
        given = {key: (one, day, source) for key, one in answers.items()}
        self.does(Act.ANSWER_CRITERIA, eligibility.answer, row, given, **rest)

    def approach(self, row: Screening, **rest: Any) -> None:
        """Record that somebody was approached, unless said otherwise."""
        what = {"approach": "approached", "approached_on": date(2015, 10, 5)}
        self.does(Act.APPROACH, screening.approach, row, **(what | rest))

    def take(self, row: Screening, **rest: Any) -> Consent:
        """Take consent on what was in force on the day."""
        day = rest.get("signed_on", date(2015, 10, 12))
        plan = self.protocol.consent
        what = {
            "informed_on": date(2015, 10, 5),
            "signed_on": day,
            "documents": {one.key: one.version for one in plan.documents_in_force(day)},
            "clauses": {clause.key: True for clause in plan.clauses},
            "capacity": next(code.key for code in plan.capacity if code.may_consent),
            "capacity_on": date(2015, 10, 5),
        }
        made: Consent = self.does(Act.TAKE_CONSENT, consent.take, row, **(what | rest))
        return made

    def enrol(self, row: Screening, birth_year: int = 1980) -> Participant:
        """Enrol somebody."""
        self.session.rollback()
        with acting(self.session, by=self.by, name=Act.ENROL):
            return enrolment.enrol(
                self.session, self.protocol, self.vault, row, birth_year=birth_year, on=self.on
            )

    def ready(self, cluster: Cluster, **considered: Any) -> Screening:
        """Somebody eligible and approached."""
        row = self.consider(cluster, **considered)
        self.answer(row)
        self.approach(row)
        return row

    def participant(self, cluster: Cluster) -> Participant:
        """Somebody enrolled."""
        row = self.ready(cluster)
        self.take(row)
        return self.enrol(row)


def two_open(session: Session, protocol: Protocol, clusters: dict[str, Cluster]) -> Recruiting:
    """A trial with two open clusters, told by a manager who knows the draw."""
    made = Recruiting(session, protocol, by=replace(MANAGER, draw_open=True))
    for key in ("city-forensic", "county-forensic"):
        made.open(clusters[key])
    return made
