"""Planning a great many reminders: the seconds that it takes, and the memory that its process holds."""

import json
import re
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import insert

import trial.records.door
from tests.bench.importing import TODAY
from tests.conduct.recruiting import Recruiting
from trial.conduct import begin
from trial.conduct.access import Act
from trial.conduct.reminders import planning
from trial.conduct.reminders.team import Member, Team
from trial.config import Clock
from trial.protocol import load
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE, Actor
from trial.records.database import open_engine, sessions, writing
from trial.records.migrate import upgrade
from trial.records.models import Visit
from trial.records.trail import acting

MESSAGES, PEOPLE = 60_000, 300
MANAGER = Member(Actor(1, "A data manager", Role.DATA_MANAGER), "data@example.org")
assert trial.records.door


def measured(messages: int = MESSAGES) -> tuple[float, float]:
    """The milliseconds and the megabytes of one planning, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.reminding", str(messages)]
    told = json.loads(subprocess.check_output(command, text=True))
    return told["milliseconds"], told["megabytes"]


def main() -> None:
    """Plan so many reminders in a fresh trial on SQLite, and print what it took."""
    messages = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'trial.sqlite'}")
        upgrade(engine)
        protocol = load(None)
        with sessions(engine)() as session:
            session.info["clock"] = clock = Clock(TODAY)
            with acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL):
                begin.begin(session, protocol)
            recruiting = Recruiting(session, protocol)
            cluster = recruiting.open(begin.cluster_of(session, protocol.clusters[0].key))
            people = [recruiting.participant(cluster).id for _ in range(PEOPLE)]
            number = cluster.id
            session.rollback()
            with writing():
                session.connection().execute(insert(Visit), _visits(people, number, messages))
                session.commit()
            begun = perf_counter()
            made = planning.plan(session, protocol, Team([MANAGER]), on=TODAY, at=clock.now())
            taken = perf_counter() - begun
        engine.dispose()
    if made < messages:
        raise SystemExit(f"Only {made} were planned.")
    # Of this process alone: what getrusage says begins with what its parent held.
    (held,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps({"milliseconds": taken * 1000, "megabytes": int(held) / 1024}))


def _visits(people: list[int], cluster: int, messages: int) -> list[dict[str, object]]:
    """So many visits whose window closes in a week, of which the team is reminded today."""
    closes = TODAY + timedelta(days=7)
    return [
        {
            "participant_id": people[n % len(people)], "cluster_id": cluster,
            "plan": f"again-{n // len(people)}", "due_on": TODAY, "opens_on": TODAY,
            "closes_on": closes, "state": "expected", "version": 1,
        }
        for n in range(messages)
    ]  # fmt: skip


if __name__ == "__main__":
    main()
