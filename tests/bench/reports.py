"""The feasibility report and its PDF after the start, in a process of their own: seconds and memory."""

import gc
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from trial import analysis
from trial import report as told
from trial.conduct import reports
from trial.config import read_settings
from trial.protocol import load
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.database import open_engine, sessions

MEGABYTE = 1024


def measured(folder: Path) -> tuple[float, float, float]:
    """Milliseconds of the report and of its PDF, and the most memory held, in megabytes."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRIAL_")}
    command = [sys.executable, "-m", "tests.bench.reports", str(folder)]
    found = json.loads(subprocess.check_output(command, env=environment, text=True))
    return found["report"], found["pdf"], found["megabytes"]


def main(folder: str) -> None:
    """Make the report once and print what it took."""
    _load()
    settings = read_settings({"TRIAL_INSTANCE": folder})
    protocol = load(settings.protocol)
    manager = Actor(0, "The bench", Role.TRIAL_MANAGER, blinded=False)
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        session.info["clock"], session.info["actor"] = settings.clock, manager
        wanted = reports.request.Request("feasibility")
        begun = time.perf_counter()
        made = reports.request.make(session, protocol, manager, wanted, settings.clock.today())
        json.dumps(made.results)
        between = time.perf_counter()
        told.pdf.pdf(made.report)
        ended = time.perf_counter()
    # Of this process alone: what getrusage says begins with what its parent held.
    (held,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    most = int(held) / MEGABYTE
    times = {"report": 1000 * (between - begun), "pdf": 1000 * (ended - between)}
    print(json.dumps(times | {"megabytes": most}))


def _load() -> None:
    """Load what is loaded on use, which belongs to the start."""
    for package in (analysis, reports, told):
        for name in package.__all__:
            getattr(package, name)
    gc.collect()
    gc.freeze()  # as the server does once it is loaded


if __name__ == "__main__":
    main(sys.argv[1])
