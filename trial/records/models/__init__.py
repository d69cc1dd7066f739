"""The typed spine of the records."""

from trial.records.models.allocation import Allocation
from trial.records.models.cluster import Cluster
from trial.records.models.consent import Consent
from trial.records.models.contact import ContactAttempt, ContactWishes
from trial.records.models.duty import DutyDone, Milestone
from trial.records.models.employment import Spell, Term
from trial.records.models.followup import Event, Query, Visit
from trial.records.models.form import (
    Attachment,
    Draw,
    Employer,
    Hold,
    Record,
    Signature,
    SkippedVisit,
    Verification,
)
from trial.records.models.message import Message
from trial.records.models.participant import Identity, Participant, ParticipantKey
from trial.records.models.progression import Decision
from trial.records.models.protocol import ProtocolVersion, Snapshot, Typed
from trial.records.models.safety import SafetyEntry, SafetyNote, SafetyTold
from trial.records.models.screening import Eligibility, Screening
from trial.records.models.trail import Act, Change

__all__ = [
    "Act",
    "Allocation",
    "Attachment",
    "Change",
    "Cluster",
    "Consent",
    "ContactAttempt",
    "ContactWishes",
    "Decision",
    "Draw",
    "DutyDone",
    "Eligibility",
    "Employer",
    "Event",
    "Hold",
    "Identity",
    "Message",
    "Milestone",
    "Participant",
    "ParticipantKey",
    "ProtocolVersion",
    "Query",
    "Record",
    "SafetyEntry",
    "SafetyNote",
    "SafetyTold",
    "Screening",
    "Signature",
    "SkippedVisit",
    "Snapshot",
    "Spell",
    "Term",
    "Typed",
    "Verification",
    "Visit",
]
