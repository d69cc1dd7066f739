"""A nineteenth person enrolled and one spell corrected in the browser: every report and file follows."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from tests.browser.person import Person
from tests.browser.steps import add_work, enrol
from trial.protocol.roles import Role

People = Callable[..., Person]


@dataclass(frozen=True)
class Told:
    """What the trial's outputs say at one time."""

    results: dict[str, Any]
    pdf: str
    flow: str
    page: str
    participants: list[dict[str, str]]
    outcomes: dict[str, dict[str, str]]


def outputs(manager: Person, to: Path) -> Told:
    """Take every output in the browser."""
    to.mkdir()
    manager.goes_to("Reports and exports")
    results = manager.downloads("Feasibility report as JSON", to)
    pdf = manager.downloads("Feasibility report as PDF", to)
    archive = manager.downloads("Analysis datasets as an archive", to)
    manager.goes_to("Feasibility")
    flow = manager.page.locator("img[src*='/figures/flow']").get_attribute("src")
    assert flow is not None
    with zipfile.ZipFile(archive) as opened:
        rows = {
            name: list(csv.DictReader(io.StringIO(opened.read(f"{name}.csv").decode("utf-8-sig"))))
            for name in ("participants", "outcomes")
        }
    return Told(
        results=json.loads(results.read_text()),
        pdf=" ".join(" ".join(one.extract_text() for one in PdfReader(pdf).pages).split()),
        flow=" ".join(re.findall(r">([^<>]+)<", manager.reads(flow))),
        page=manager.says(),
        participants=rows["participants"],
        outcomes={row["number"]: row for row in rows["outcomes"]},
    )


def test_a_nineteenth_person_and_a_corrected_spell_show_in_every_output(
    person: People, tmp_path: Path
) -> None:
    manager, researcher = person(Role.TRIAL_MANAGER), person(Role.RESEARCHER)
    before = outputs(manager, tmp_path / "before")
    number = enrol(researcher)
    researcher.finds(number)
    add_work(researcher, "Kitchen assistant", date(2016, 4, 4))
    between = outputs(manager, tmp_path / "between")

    _counts_one_more(before, between, number)
    researcher.follows(re.compile("^Correct Open employment"))
    researcher.dates("Started", date(2016, 6, 6))
    researcher.fills("Why is this changed?", "The payslip shows the first day.")
    researcher.presses("Save the correction")
    assert "The work is corrected." in researcher.says()
    after = outputs(manager, tmp_path / "after")
    first, then = between.outcomes[number], after.outcomes[number]
    assert first["days_to_first_open"] == str((date(2016, 4, 4) - date(2016, 2, 15)).days)
    assert then["days_to_first_open"] == str((date(2016, 6, 6) - date(2016, 2, 15)).days)
    heads = [one.results["trail_head"] for one in (before, between, after)]
    assert len(set(heads)) == 3
    for one, head in zip((before, between, after), heads, strict=True):
        assert head in one.page.replace(" ", "") and head[:16] in one.pdf.replace(" ", "")


def _counts_one_more(before: Told, after: Told, number: str) -> None:
    for told, enrolled in ((before, 18), (after, 19)):
        assert told.results["recruitment"]["enrolled"] == enrolled
        assert sum(told.results["recruitment"]["by_arm"].values()) == enrolled
        assert len(told.participants) == len(told.outcomes) == enrolled
        for text in (told.pdf, told.page, told.flow):
            assert re.search(rf"\b{enrolled}\b", text)
            assert not re.search(rf"[Ee]nrolled\D{{0,12}}\b{37 - enrolled}\b", text)
    assert number in after.outcomes and number not in before.outcomes
    assert before.flow != after.flow
