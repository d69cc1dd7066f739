"""`trial remind` over a real mail server: killed at random, twice at once, at night, and without a server."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import trial.protocol
from tests.conduct.recruiting import Recruiting
from tests.exchange.mailing import Server, serving
from trial.conduct import begin
from trial.conduct.access import Act
from trial.conduct.reminders import planning
from trial.config import Settings
from trial.protocol import Protocol, load
from trial.protocol.roles import Role
from trial.records import outbox
from trial.records.actor import COMMAND_LINE
from trial.records.database import open_engine, sessions
from trial.records.identity import Vault
from trial.records.models import Cluster, Message, Visit
from trial.records.trail import acting
from trial.records.verify import verify
from trial.web import account_acts
from trial.web.accounts import Account

SHIPPED = Path(trial.protocol.__file__).parent / "shipped" / "ipsoh"
KILLS, MESSAGES = 20, 400
COMMAND = Path(sys.executable).parent / "trial"


@pytest.fixture
def round_the_clock(settings: Settings, tmp_path: Path) -> Path:
    """The protocol with reminders at every hour: the tests run at night, too."""
    folder = tmp_path / "protocol"
    folder.mkdir()
    for file in SHIPPED.glob("*.toml"):
        text = file.read_text("utf-8")
        text = text.replace('send_from = "08:30"', 'send_from = "00:00"')
        text = text.replace('send_until = "19:30"', 'send_until = "24:00"')
        (folder / file.name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def begun(settings: Settings, round_the_clock: Path) -> Iterator[Session]:
    """A trial with a data manager and one participant."""
    engine = open_engine(settings.database_url)
    loaded = load(round_the_clock)
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        with acting(session, by=COMMAND_LINE, name=Act.BEGIN_TRIAL):
            begin.begin(session, loaded)
            account_acts.make(
                session, email="data@example.org", name="A data manager", role=Role.DATA_MANAGER,
                clusters=[], at=settings.clock.now(),
            )  # fmt: skip
        enrol(session, loaded, settings)
        yield session
    engine.dispose()


def enrol(session: Session, loaded: Protocol, settings: Settings) -> None:
    cluster = session.scalars(select(Cluster).where(Cluster.key == "city-forensic")).one()
    play = Recruiting(session, loaded, vault=Vault(settings.key("identity")))
    play.participant(play.open(cluster))
    session.rollback()


def planned(session: Session, settings: Settings, number: int) -> None:
    """So many messages to the data manager, all about one visit, whose window closes in a week."""
    today = settings.clock.today()
    with acting(session, by=COMMAND_LINE, name=Act.RECORD_VISIT):
        visit = session.scalars(select(Visit).where(Visit.plan == "month-6")).one()
        visit.closes_on = today + timedelta(days=7)
        visit.due_on = visit.opens_on = today
    account, seen = session.scalars(select(Account.id)).one(), visit
    rows = [
        planning._row(
            f"{seen.id}/closes-soon/{today}/{n}", "closes-soon", today, account, "email",
            settings.clock.now(), participant_id=seen.participant_id,
            cluster_id=seen.cluster_id, visit_id=seen.id,
        )
        for n in range(1, number + 1)  # the first as the command itself would plan it
    ]  # fmt: skip
    session.rollback()
    assert outbox.plan(session, rows) == number


def environment(settings: Settings, protocol: Path, server: Server | None) -> dict[str, str]:
    if server is not None:
        with (settings.instance / "settings.toml").open("a") as out:
            out.write(f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\n')
            out.write('security = "none"\nsender = "office@example.org"\n')
    return os.environ | {
        "TRIAL_INSTANCE": str(settings.instance),
        "TRIAL_DATABASE_URL": settings.database_url,
        "TRIAL_OWNER_URL": settings.owner_url,
        "TRIAL_PROTOCOL": str(protocol),
    }


@contextmanager
def worker(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    made = subprocess.Popen(
        [str(COMMAND), "remind", "--lease", "1"], env=environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield made
    finally:
        if made.poll() is None:
            made.send_signal(signal.SIGKILL)
        made.wait()
        assert made.stdout is not None
        made.stdout.close()


def finished(environ: dict[str, str]) -> str:
    with worker(environ) as one:
        said, _ = one.communicate(timeout=120)
        assert one.returncode == 0, said
    return said


def states(session: Session) -> Counter[str]:
    session.rollback()
    return Counter(session.scalars(select(Message.state).where(Message.rule == "closes-soon")))


def test_killed_at_random_it_loses_nothing_and_doubles_at_most_one_message_a_crash(
    begun, settings, round_the_clock
):
    planned(begun, settings, MESSAGES)
    chance = Random(20)
    with serving() as server:
        environ = environment(settings, round_the_clock, server)
        for _ in range(KILLS):
            with worker(environ) as one:
                wanted = len(server.taken) + chance.randint(1, MESSAGES // KILLS - 4)
                assert server.wait_for(wanted, 60)
                time.sleep(chance.random() / 50)
                one.send_signal(signal.SIGKILL)
        while states(begun) != {"sent": MESSAGES}:
            finished(environ)
    mine = set(begun.scalars(select(Message.message_id).where(Message.rule == "closes-soon")))
    arrived = {
        mark: n
        for mark, n in Counter(server.marks).items()
        if mark.strip("<>").split("@")[0] in mine
    }
    assert len(arrived) == MESSAGES
    doubled = sum(n - 1 for n in arrived.values())
    assert doubled <= KILLS
    doubted = begun.scalars(select(Message).where(Message.doubted > 0)).all()
    assert {f"<{one.message_id}@example.org>" for one in doubted} >= {
        mark for mark, n in arrived.items() if n > 1
    }
    assert verify(begun).valid


def test_two_at_once_send_each_message_once(begun, settings, round_the_clock):
    planned(begun, settings, 200)
    with serving() as server:
        environ = environment(settings, round_the_clock, server)
        with worker(environ) as one, worker(environ) as other:
            for each in (one, other):
                said, _ = each.communicate(timeout=120)
                assert each.returncode == 0, said
    assert states(begun) == {"sent": 200}
    assert max(Counter(server.marks).values()) == 1
    assert begun.scalars(select(Message).where(Message.doubted > 0)).all() == []


def test_without_a_mail_server_it_says_so_and_everything_waits(begun, settings, round_the_clock):
    planned(begun, settings, 3)
    said = finished(environment(settings, round_the_clock, None))
    assert "No mail server is set" in said and "No text service is set" in said
    assert states(begun) == {"waiting": 3}


def test_a_bounce_is_taken_in_from_the_standard_input(
    begun, settings, round_the_clock, run: Callable
):
    planned(begun, settings, 1)
    with serving() as server:
        environ = environment(settings, round_the_clock, server)
        assert "sent 2" in finished(environ)
    (mail,) = [m for m in server.taken if m["Subject"] == "A visit is still to be done"]
    report = (
        'Content-Type: multipart/report; boundary="cut"\n\n--cut\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; m\n\nStatus: 5.1.1\n\n"
        f"--cut\nContent-Type: message/rfc822\n\nMessage-ID: {mail['Message-ID']}\n\n--cut--\n"
    )
    assert "It came back (5.1.1)." in run("bounce", input=report).output
    assert states(begun) == {"bounced": 1}
    assert "nothing is recorded" in run("bounce", input="Subject: hello\n\nhello").output
    unknown = report.replace(mail["Message-ID"], "<strange@example.org>")
    assert "No message of this trial" in run("bounce", input=unknown).output


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[mail]\nhost = "mail.example.org"\n', "lacks sender"),
        ('[mail]\nhost = "m"\nsender = "a@b"\nsecurity = "none"\n', "only for a mail server on"),
        ('[mail]\nhost = "m"\nsender = "a@b"\nsecurity = "ssl"\n', "tls, starttls or none"),
        ('[mail]\nhost = "m"\nsender = "a@b"\npassword = "p"\n', "no setting password"),
        ("[text_messages]\n", "lacks template_id"),
    ],
)
def test_settings_that_cannot_be_used_are_told(settings, run, written, told):
    with (settings.instance / "settings.toml").open("a") as out:
        out.write(written)
    answer = run("remind")
    assert answer.exit_code == 1 and told in answer.output
