"""Timing: the median of some requests, saves and starts, in milliseconds."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.instances import TRIAL, Bench, hidden
from tests.bench.pages import RESEARCHER, Page

WARMING = 2
FEW = 3  # times that a report is asked: it reads everything and takes long
START = "from trial.web.app import create_app; create_app()"
SPELL = {
    "kind": "voluntary",
    "started_on-day": "2",
    "started_on-month": "1",
    "started_on-year": "2017",
    "ended_on-day": "",
    "ended_on-month": "",
    "ended_on-year": "",
    "weekly_hours": "8",
    "source": "person",
    "job_title": "Help at a food bank",
}


def pages(benches: Sequence[Bench], page: Page, times: int) -> list[float]:
    """The median time of one page in each instance, asked in turn so that all meet the same machine.

    What a report tells is kept until something changes, so that something is saved before each one.
    """
    taken: list[list[float]] = [[] for _ in benches]
    for turn in range(WARMING + (min(times, FEW) if page.report else times)):
        for bench, found in zip(benches, taken, strict=True):
            if page.report:
                save(bench)
            milliseconds = _get(bench, page)
            if turn >= WARMING:
                found.append(milliseconds)
    return [median(found) for found in taken]


def _get(bench: Bench, page: Page) -> float:
    client, address = bench.client(page.email), bench.address(page)
    begun = perf_counter()
    answer = client.get(address)
    taken = perf_counter() - begun
    if answer.status_code != 200:
        raise SystemExit(f"{address} as {page.email}: {answer.status}")
    return taken * 1000


def saves(benches: Sequence[Bench], times: int) -> list[float]:
    """The median time of saving a spell of work in each instance."""
    taken: list[list[float]] = [[] for _ in benches]
    for turn in range(WARMING + times):
        for bench, found in zip(benches, taken, strict=True):
            milliseconds = save(bench)
            if turn >= WARMING:
                found.append(milliseconds)
    return [median(found) for found in taken]


def save(bench: Bench) -> float:
    """Save a spell of work; the time of the POST alone, not of the page before it."""
    person = bench.address(Page("", RESEARCHER, "{first}", r"/participants/\d+"))
    client, address = bench.client(RESEARCHER), f"{person}/work/add"
    form = hidden(client.get(address).text) | SPELL
    begun = perf_counter()
    answer = client.post(address, data=form)
    taken = perf_counter() - begun
    if answer.status_code != 302:
        raise SystemExit(f"The spell was not saved: {answer.status}\n{answer.text}")
    return taken * 1000


def app_start(bench: Bench, times: int) -> float:
    """The median time of a fresh process that puts the application together."""
    return _process([sys.executable, "-c", START], bench.folder, times)


def help_start(bench: Bench, times: int) -> float:
    """The median time of `trial --help`."""
    return _process([str(TRIAL), "--help"], bench.folder, times)


def _process(command: list[str], folder: Path, times: int) -> float:
    environment = os.environ | {"TRIAL_INSTANCE": str(folder)}

    def run() -> None:
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    return median(_timed(run) for _ in range(times))


def _timed(run: Callable[[], None]) -> float:
    begun = perf_counter()
    run()
    return (perf_counter() - begun) * 1000
