"""CAIRN, a trial of wards without participants, played step by step for the tests."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conduct.allocating import MANAGER, TODAY, Ceremony
from trial.conduct import clusters as lives
from trial.conduct.access import Act
from trial.conduct.allocation import reveal
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject, form_of
from trial.protocol import Protocol
from trial.records.models import Cluster, Record

CAIRN = Path(__file__).parents[1] / "protocol" / "alone.toml"
# The outcome in each ward, in percent, in the order of the protocol; the last two give none.
BEFORE = (50, 61.5, 44, 70, 52.5, 58, 49.5, 66)
AFTER = (62.5, 71.0, 48.0, 80.5, 55.0, 67.5)


@dataclass
class Wards:
    """The wards, from the approach to the outcome."""

    session: Session
    protocol: Protocol

    @property
    def all(self) -> list[Cluster]:
        """The wards in the order of the protocol."""
        return list(self.session.scalars(select(Cluster).order_by(Cluster.id)))

    def does(self, act: Act, do: Any, reason: str | None = None) -> Any:
        """One act of the trial manager."""
        return Ceremony(self.session, self.protocol).does(MANAGER, act, do, reason)

    def steps(self, ward: Cluster, until: str = "opened_on") -> None:
        """Bring a ward to one of its steps."""
        days = {"identified_on": date(2015, 2, 2), "approached_on": date(2015, 2, 16)}
        if until != "approached_on":
            days["permission_on"] = date(2015, 3, 2)
        why = {"permission_by": "A", "permission_role": "B", "permission_document": "C"}
        given = days | (why if "permission_on" in days else {})

        def do() -> None:
            lives.record_step(self.session, self.protocol, ward, **given, on=TODAY)
            if until == "opened_on":
                opened = date(2015, 4, 1)
                lives.open_cluster(self.session, self.protocol, ward, opened_on=opened, on=TODAY)

        self.does(Act.RECORD_CLUSTER, do)

    def draw(self) -> None:
        """Draw the arms and reveal them."""
        Ceremony(self.session, self.protocol).drawn()

        def do() -> None:
            for ward in self.all:
                reveal.reveal(self.session, ward, on=TODAY)

        self.does(Act.REVEAL_ARM, do)

    def fill(self, ward: Cluster, percent: float, form: str = "checks-after") -> Record:
        """A form about a ward, complete."""
        answers = {"patients": 20, "percent": f"{percent:.1f}"}

        def do() -> Record:
            return saving.save(
                self.session, self.protocol, form_of(self.protocol, form), Subject(cluster=ward),
                answers=answers, observed_on=date(2015, 12, 31), complete=True, on=TODAY,
            )  # fmt: skip

        return self.does(Act.ENTER_FORM, do)

    def drop(self, ward: Cluster, reason: str = "No staff") -> None:
        """A ward drops out."""
        self.does(
            Act.CLOSE_CLUSTER,
            lambda: lives.close_cluster(
                self.session, self.protocol, ward, closed_on=TODAY, reason=reason, on=TODAY
            ),
        )

    def played(self) -> None:
        """Everything: eight wards drawn, six with an outcome, of the other two one dropped out."""
        for ward, percent in zip(self.all, BEFORE, strict=True):
            self.steps(ward)
            self.fill(ward, percent, "checks-before")
        self.draw()
        for ward, percent in zip(self.all, AFTER, strict=False):
            self.fill(ward, percent)
        self.drop(self.all[-1])


def by_arm(session: Session) -> dict[str, list[float]]:
    """The outcomes of the wards by the arm that was drawn for them, read past the door."""
    table = Cluster.__table__
    arms = session.connection().execute(select(table.c.arm).order_by(table.c.id)).scalars()
    found: dict[str, list[float]] = {"FEEDBACK": [], "USUAL": []}
    for arm, percent in zip(arms, AFTER, strict=False):
        found[arm].append(percent)
    return found
