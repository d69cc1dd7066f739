"""How an act says no: with a sentence that tells the person what to do."""

from trial.records.refused import Finding, Locked, NotAllowed, Refused
from trial.records.trail import Repeated, Stale

__all__ = ["Finding", "Locked", "NotAllowed", "Refused", "Repeated", "Stale"]
