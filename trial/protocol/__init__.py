"""What the trial is: its protocol file, read into one frozen value."""

from trial.protocol.document import Protocol
from trial.protocol.faults import Fault, ProtocolFaults
from trial.protocol.loading import load

__all__ = ["Fault", "Protocol", "ProtocolFaults", "load"]
