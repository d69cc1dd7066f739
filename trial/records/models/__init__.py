"""The typed spine of the records."""

from trial.records.models.allocation import Allocation
from trial.records.models.cluster import Cluster
from trial.records.models.consent import Consent
from trial.records.models.employment import Spell, Term
from trial.records.models.followup import Event, Query, Visit
from trial.records.models.participant import Identity, Participant, ParticipantKey
from trial.records.models.screening import Eligibility, Screening
from trial.records.models.trail import Act, Change

__all__ = [
    "Act",
    "Allocation",
    "Change",
    "Cluster",
    "Consent",
    "Eligibility",
    "Event",
    "Identity",
    "Participant",
    "ParticipantKey",
    "Query",
    "Screening",
    "Spell",
    "Term",
    "Visit",
]
