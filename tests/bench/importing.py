"""A long file imported into a log: the seconds that it takes, and the memory that its process holds."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import perf_counter

import trial.records.door
from tests.conduct.recruiting import MANAGER, Recruiting
from trial.conduct import begin
from trial.conduct.access import Act
from trial.conduct.importing.run import Order, Source, take_in
from trial.config import Clock
from trial.protocol import load
from trial.protocol.forms import FormPlan
from trial.records.actor import COMMAND_LINE
from trial.records.database import open_engine, sessions, writing
from trial.records.migrate import upgrade
from trial.records.trail import acting

ROWS, PEOPLE, TODAY = 50_000, 40, date(2016, 1, 15)
HEAD = "number,observed_on,minutes,how,wanted,next_on,cost,remark,calm,benefits\n"
CODES = [{"key": "face", "label": "Face to face"}, {"key": "phone", "label": "By telephone"}]
BENEFITS = [{"key": "first", "label": "One"}, {"key": "second", "label": "Another"}]
ANCHORS = [{"value": 0, "label": "Never"}, {"value": 4, "label": "Always"}]
ITEMS = [
    {"key": "minutes", "kind": "whole", "label": "Minutes", "between": [1, 600]},
    {"key": "how", "kind": "choice", "label": "How", "codes": CODES},
    {"key": "wanted", "kind": "yes-no", "label": "Wanted"},
    {"key": "next_on", "kind": "date", "label": "Next on", "future": True},
    {"key": "cost", "kind": "decimal", "label": "Cost", "between": [0, 1000]},
    {"key": "remark", "kind": "text", "label": "Remark"},
    {"key": "calm", "kind": "scale", "label": "Calm", "anchors": ANCHORS},
    {"key": "benefits", "kind": "several", "label": "Benefits", "codes": BENEFITS},
]
FORM = {
    "key": "contacts", "name": "Contacts", "about": "participant", "occurs": "log",
    "entered_by": ["trial manager"], "sections": [{"title": "Contact", "items": ITEMS}],
}  # fmt: skip
assert trial.records.door


def measured(rows: int = ROWS) -> tuple[float, float]:
    """The milliseconds and the megabytes of one import, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.importing", str(rows)]
    told = json.loads(subprocess.check_output(command, text=True))
    return told["milliseconds"], told["megabytes"]


def main() -> None:
    """Import so many rows into a fresh trial on SQLite, and print what it took."""
    rows = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'trial.sqlite'}")
        upgrade(engine)
        protocol = load(None).model_copy(
            update={"forms": (FormPlan.model_validate_json(json.dumps(FORM)),)}
        )
        with sessions(engine)() as session:
            session.info["clock"] = Clock(TODAY)
            with acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL):
                begin.begin(session, protocol)
            recruiting = Recruiting(session, protocol)
            cluster = recruiting.open(begin.cluster_of(session, protocol.clusters[0].key))
            people = [recruiting.participant(cluster).number for _ in range(PEOPLE)]
            session.rollback()
            content = (HEAD + "".join(_rows(people, rows))).encode()
            order = Order(protocol.forms[0], Source("rows.csv", content), TODAY)
            begun = perf_counter()
            with writing():
                told = take_in(session, protocol, MANAGER, order)
            taken = perf_counter() - begun
        engine.dispose()
    if told.new != rows:
        raise SystemExit(f"Not imported: {told.refusals[:3]}")
    # Of this process alone: what getrusage says begins with what its parent held.
    (held,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps({"milliseconds": taken * 1000, "megabytes": int(held) / 1024}))


def _rows(people: list[str], rows: int) -> Iterator[str]:
    for n in range(rows):
        how = "face" if n % 2 else "phone"
        yield (
            f"{people[n % len(people)]},2016-01-{1 + n % 14:02d},{1 + n % 600},{how},yes,"
            f"2016-02-{1 + n % 28:02d},{n % 900}.50,Spoke of vacancy {n},{n % 5},first second\n"
        )


if __name__ == "__main__":
    main()
