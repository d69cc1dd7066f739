"""Journeys of those who look after the trial: each signs in and does their main task."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.browser.person import Person
from trial.protocol import load
from trial.protocol.roles import Role

People = Callable[..., Person]
BOTH = pytest.mark.parametrize("demonstration", ["sqlite", "postgresql"], indirect=True)
ARMS = re.compile(r"\b(IPS|TAU)\b")


def words_of(pdf: Path) -> str:
    """The text of a PDF file, its lines joined."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(pdf).pages)


@BOTH
def test_an_administrator_adds_an_account_whose_link_sets_a_password(person: People) -> None:
    admin = person(Role.ADMINISTRATOR)
    admin.goes_to("Administration")
    admin.follows("Add an account")
    admin.fills("Name", "Noel Newcomer")
    admin.fills("E-mail address", "newcomer@example.org")
    admin.chooses("Role", "Auditor")
    admin.presses("Add account")
    (link,) = re.findall(r"http://\S+(/set-password/\S+)", admin.says())

    newcomer = person()
    newcomer.opens(link)
    newcomer.fills("New password", "quarry meadow lantern")
    newcomer.presses("Set password")
    newcomer.signs_in("newcomer@example.org", "quarry meadow lantern")
    newcomer.goes_to("Trail")
    assert newcomer.heading() == "Trail"

    again = person()
    assert again.opens(link) == 404


@BOTH
def test_a_trial_manager_corrects_a_cluster_reads_feasibility_and_takes_the_report(
    person: People, tmp_path: Path
) -> None:
    manager = person(Role.TRIAL_MANAGER)
    manager.goes_to("Clusters")
    cluster = load(None).clusters[0].name
    manager.follows(cluster)
    manager.follows("Correct permission given")
    manager.fills("In which document?", "Letter kept in the site file, folder 3")
    manager.fills("Why is this changed?", "The letter was filed elsewhere.")
    manager.presses("Save")
    assert "Letter kept in the site file, folder 3" in manager.says()
    assert manager.heading() == cluster

    manager.goes_to("Feasibility")
    assert re.search(r"\b18\b", manager.says())
    assert ARMS.search(manager.says())
    pictures = manager.matter.get_by_role("img").all()
    assert pictures
    for picture in pictures:
        assert picture.evaluate("one => one.decode().then(() => one.naturalWidth > 0)")

    manager.goes_to("Reports and exports")
    file = manager.downloads("Feasibility report as PDF", tmp_path)
    assert "IPSOH" in words_of(file)
    assert "Assessed for eligibility" in words_of(file) or "enrolled" in words_of(file)


@BOTH
def test_a_statistician_takes_blinded_data_and_must_say_why_to_see_the_arms(
    person: People, tmp_path: Path
) -> None:
    statistician = person(Role.STATISTICIAN)
    statistician.goes_to("Reports and exports")
    blinded = _tables(statistician.downloads("Analysis datasets as an archive", tmp_path))
    assert len(blinded["participants.csv"]) == 18
    assert not ARMS.search(json.dumps(blinded))

    statistician.page.get_by_label("Show me the arms: I am to be unblinded for this file").check()
    statistician.presses("Analysis datasets as an archive")
    assert "Say why the arms must be seen." in statistician.says()
    statistician.fills("Why must you see the arms?", "The analysis plan is signed.")
    unblinded = _tables(statistician.downloads("Analysis datasets as an archive", tmp_path))
    arms = [row["arm"] for row in unblinded["participants.csv"]]
    assert (arms.count("IPS"), arms.count("TAU")) == (11, 7)

    auditor = person(Role.AUDITOR)
    auditor.goes_to("Trail")
    assert "Unblind" in auditor.says()
    assert "The analysis plan is signed." in auditor.says()


def _tables(archive: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(archive) as opened:
        return {
            name: list(csv.DictReader(io.StringIO(opened.read(name).decode("utf-8-sig"))))
            for name in opened.namelist()
            if name.endswith(".csv") and "/" not in name
        }


@BOTH
def test_an_auditor_takes_the_audit_report_and_checks_the_trail_against_its_head(
    person: People, tmp_path: Path
) -> None:
    auditor = person(Role.AUDITOR)
    auditor.goes_to("Reports and exports")
    file = auditor.downloads("Audit report as PDF", tmp_path)
    assert "Audit report" in words_of(file)
    auditor.goes_to("Trail")
    (head,) = set(re.findall(r"\b[0-9a-f]{64}\b", auditor.says()))
    auditor.follows("Check that the trail holds")
    auditor.fills("Head printed earlier", head)
    auditor.presses("Check the trail")
    assert "The trail holds" in auditor.says()
    auditor.fills("Head printed earlier", "0" * 63 + "1")
    auditor.presses("Check the trail")
    assert "The trail does not hold" in auditor.says()


@BOTH
def test_a_fidelity_reviewer_sees_clusters_and_no_participant(person: People) -> None:
    reviewer = person(Role.FIDELITY_REVIEWER)
    sections = reviewer.page.get_by_role("navigation", name="Sections").get_by_role("link")
    shown = ["Today", "Forms", "Queries", "Clusters", "Process", "Reports and exports", "Protocol"]
    assert sections.all_inner_texts() == shown
    reviewer.goes_to("Clusters")
    assert load(None).clusters[0].name in reviewer.says()
    assert load(None).study_number_prefix + "-" not in reviewer.page.content()
    for path in ("/participants", "/participants/1", "/screening", "/screening/1", "/follow-up"):
        assert reviewer.opens(path) == 404
