"""The reports that there are: title, the act that writes each, who it is for, and whether it tells arms."""

from dataclasses import dataclass

from trial.conduct.access import Act, told_of
from trial.protocol import Protocol


@dataclass(frozen=True)
class Kind:
    """One kind of report; ``arms`` is whether it tells results by arm, ``json`` whether as JSON too.

    ``needs`` is the part of the protocol without which there is nothing to tell; ``alone`` is said of it
    in a trial without participants, where that differs from ``about``.
    """

    name: str
    title: str
    about: str
    act: Act
    arms: bool = True
    json: bool = False
    needs: str = ""
    alone: str = ""

    def about_it(self, protocol: Protocol) -> str:
        """What the report tells in this trial."""
        return self.about if protocol.participants else self.alone or self.about

    def told_of(self, protocol: Protocol) -> bool:
        """Whether a trial has the part of the protocol that this report tells of."""
        return told_of(protocol, self.act) and (not self.needs or protocol.has(self.needs))


FEASIBILITY = Kind(
    "feasibility",
    "Feasibility report",
    "Every result in the order of the CONSORT checklists for pilot and for cluster trials.",
    Act.REPORT_FEASIBILITY,
    json=True,
)
RECRUITMENT = Kind(
    "recruitment",
    "Recruitment report",
    "For each month: recruitment against the target by cluster, why people were not enrolled, and"
    " where recruitment is heading. It tells no arms.",
    Act.REPORT_RECRUITMENT,
    arms=False,
)
OPEN = Kind(
    "oversight-open",
    "Open report to the oversight committee",
    "Recruitment, retention, completeness and deaths of everyone together. It tells no arms.",
    Act.REPORT_OPEN,
    arms=False,
)
CLOSED = Kind(
    "oversight-closed",
    "Closed report to the oversight committee",
    "Recruitment, retention, outcomes, deaths and adverse events by arm, for members of the committee only.",
    Act.REPORT_CLOSED,
)
AUDIT = Kind(
    "audit",
    "Audit report",
    "For sponsor and ethics committee: access, consent, enrolment, withdrawals, allocation,"
    " corrections, and whether the trail holds.",
    Act.REPORT_AUDIT,
    arms=False,
    alone="For sponsor and ethics committee: access, allocation, corrections, and whether the trail holds.",
)
PROCESS = Kind(
    "process",
    "Process evaluation",
    "Fidelity over time, the employment specialist's log, interviews, barriers and facilitators. It"
    " tells the arms.",
    Act.REPORT_PROCESS,
    json=True,
    needs="process",
)
KINDS = {kind.name: kind for kind in (FEASIBILITY, RECRUITMENT, OPEN, CLOSED, AUDIT, PROCESS)}
# The reports whose page is made of assembled results; the audit report reads the trail instead.
ASSEMBLED = (FEASIBILITY.name, RECRUITMENT.name, OPEN.name, CLOSED.name, PROCESS.name)
