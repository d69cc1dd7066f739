"""Many threads that do the same thing at the same moment, each with a session of its own."""

from collections.abc import Callable
from threading import Barrier, Thread

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.conftest import TODAY
from trial.config import Clock
from trial.records.database import sessions, writing


def at_once(engine: Engine, number: int, do: Callable[[Session], object]) -> list[object]:
    """What each of many threads got, or what it was refused with; all start together."""
    start, found = Barrier(number), []

    def run() -> None:
        start.wait()
        with writing(), sessions(engine)() as session:
            session.info["clock"] = Clock(TODAY)
            try:
                found.append(do(session))
            except Exception as fault:
                found.append(fault)

    threads = [Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
