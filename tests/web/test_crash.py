"""The server killed with -9 in the middle of saves: what was acknowledged is there, and nothing half."""

import http.client
import http.cookiejar
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from threading import Timer

import pytest
from sqlalchemy import func, select

from tests.conduct.recruiting import Recruiting
from tests.web.conftest import PASSWORD, hidden
from trial.protocol.roles import Role
from trial.records.database import open_engine, sessions
from trial.records.models import Act, Cluster, Screening
from trial.records.verify import verify

ROUNDS = 3
EMAIL = "researcher@example.org"
FORM = {
    "referral": "referred",
    "considered_on-day": "1",
    "considered_on-month": "10",
    "considered_on-year": "2015",
}


class Person:
    """Somebody at a browser, over real HTTP."""

    def __init__(self, base: str) -> None:
        self.base = base
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        with self.opener.open(self.base + path, timeout=10) as answer:
            return answer.read().decode()

    def post(self, path: str, form: dict[str, str]) -> str:
        """Send a form of a page with its hidden fields; where it led to."""
        page = self.get(path)
        cluster = re.findall(r'name="cluster"[^>]*value="([^"]+)"', page)[:1]
        form = hidden(page) | form | ({"cluster": cluster[0]} if cluster else {})
        content = urllib.parse.urlencode(form).encode()
        with self.opener.open(self.base + path, content, timeout=10) as answer:
            return answer.url


def serve(settings, port: int) -> subprocess.Popen[bytes]:
    environ = os.environ | {
        "TRIAL_INSTANCE": str(settings.instance),
        "TRIAL_DATABASE_URL": settings.database_url,
    }
    command = [
        sys.executable,
        "-c",
        "from trial.cli import main; main()",
        "serve",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=2).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return server
    server.kill()
    raise AssertionError("the server did not start")


def saves_until_killed(settings, port: int, decider: str) -> list[int]:
    """Save screening rows until the server dies; the numbers that were acknowledged."""
    server, acknowledged = serve(settings, port), []
    killer = Timer(random.uniform(0.5, 2.5), lambda: os.kill(server.pid, signal.SIGKILL))
    try:
        person = Person(f"http://127.0.0.1:{port}")
        person.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
        killer.start()
        while server.poll() is None:
            page = person.post("/screening/new", FORM | {"decided_by": decider})
            acknowledged.append(int(page.rsplit("/", 1)[1]))
    except urllib.error.HTTPError as answer:
        raise AssertionError(re.findall("error-message.*", answer.read().decode())) from answer
    except (urllib.error.URLError, ConnectionError, http.client.HTTPException, TimeoutError):
        pass
    finally:
        killer.cancel()
        server.kill()
        server.wait(10)
    return acknowledged


@pytest.fixture
def ready(app, account, protocol, settings):
    """An instance with an open cluster and a researcher in it."""
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        cluster = session.scalars(select(Cluster).where(Cluster.key == "city-forensic")).one()
        Recruiting(session, protocol).open(cluster)
        number = cluster.id
    engine.dispose()
    account(Role.RESEARCHER, {number}, EMAIL)


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_no_acknowledged_save_is_lost(ready, settings, protocol, unused_port):
    decider = protocol.screening.deciders[0].key
    acknowledged: list[int] = []
    for _ in range(ROUNDS):
        acknowledged += saves_until_killed(settings, unused_port, decider)
    assert acknowledged, "nothing was saved before the server was killed"
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        there = set(session.scalars(select(Screening.number)))
        recorded = session.scalar(select(func.count()).where(Act.name == "screen"))
        assert set(acknowledged) <= there
        assert len(there) == recorded, "each row has its act, and each act its row"
        assert verify(session).faults == ()
    engine.dispose()
