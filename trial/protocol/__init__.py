"""What the trial is: its protocol file, read into one frozen value."""

from trial.protocol.document import Protocol
from trial.protocol.faults import Fault, ProtocolFaults
from trial.protocol.loading import Kept, files_of, load, load_kept, shipped

__all__ = [
    "Fault",
    "Kept",
    "Protocol",
    "ProtocolFaults",
    "files_of",
    "load",
    "load_kept",
    "shipped",
]
