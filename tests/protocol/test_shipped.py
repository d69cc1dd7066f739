"""IPSOH as shipped says what the trial's publications say, and no more than that without a remark."""

import hashlib
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from trial.protocol import Protocol, load
from trial.protocol.base import ASSUMED, Table
from trial.protocol.loading import SHIPPED
from trial.protocol.progression import METRICS, UNITS
from trial.protocol.roles import Role
from trial.protocol.sentences import table_within
from trial.protocol.windows import anniversary

OTHER = Path(__file__).parent / "other.toml"


@pytest.fixture(scope="module")
def ipsoh() -> Protocol:
    return load()


def test_registration(ipsoh: Protocol) -> None:
    assert {identifier.value for identifier in ipsoh.identifiers} == {
        "NCT02442193",
        "15/EM/0253",
        "163745",
        "PB-PG-1013-32093",
    }
    assert ipsoh.sponsor == "Nottinghamshire Healthcare NHS Foundation Trust"
    assert (ipsoh.key, ipsoh.name, ipsoh.version) == ("ipsoh", "IPSOH", "1.0")


def test_two_arms_and_four_clusters_of_two_services_in_two_areas(ipsoh: Protocol) -> None:
    assert {arm.key: arm.intervention for arm in ipsoh.arms} == {"IPS": True, "TAU": False}
    assert [cluster.name for cluster in ipsoh.clusters] == [
        "City Community Forensic Service",
        "County Community Forensic Service",
        "City Personality Disorder Network",
        "County Personality Disorder Network",
    ]
    assert {(c.strata["service"], c.strata["area"]) for c in ipsoh.clusters} == {
        (service, area)
        for service in ("forensic", "personality disorder")
        for area in ("city", "county")
    }
    assert dict(ipsoh.allocation.clusters_per_arm) == {"IPS": 2, "TAU": 2}
    assert ipsoh.allocation.balance == ("service",)


def test_recruitment_lasts_six_months(ipsoh: Protocol) -> None:
    window = ipsoh.recruitment
    assert (window.opens_on, window.closes_on) == (date(2015, 9, 1), date(2016, 2, 29))
    assert anniversary(window.opens_on, 6) == date(2016, 3, 1)
    assert window.target == 40


def test_eligibility(ipsoh: Protocol) -> None:
    kinds = [criterion.kind for criterion in ipsoh.eligibility]
    assert (kinds.count("include"), kinds.count("exclude")) == (2, 4)


def test_readiness_judged_by_clinicians_is_a_reason_of_its_own(ipsoh: Protocol) -> None:
    reasons = {code.key: code.label for code in ipsoh.screening.not_referred_reasons}
    assert reasons["clinician-readiness"] == "Clinician judged the person not ready for work"


def test_the_version_in_force_follows_the_amendment(ipsoh: Protocol) -> None:
    def versions(on: date) -> list[tuple[str, str]]:
        return [(found.key, found.version) for found in ipsoh.consent.documents_in_force(on)]

    assert versions(date(2015, 12, 13)) == [("information-sheet", "1.0"), ("consent-form", "1.0")]
    assert versions(date(2015, 12, 14)) == [("information-sheet", "1.1"), ("consent-form", "1.1")]
    assert versions(date(2015, 1, 1)) == []


def test_visits(ipsoh: Protocol) -> None:
    assert [(visit.key, visit.months) for visit in ipsoh.visits] == [
        ("baseline", 0),
        ("month-6", 6),
        ("month-12", 12),
    ]
    assert [visit.primary for visit in ipsoh.visits] == [False, False, True]


def test_who_is_blinded(ipsoh: Protocol) -> None:
    assert set(ipsoh.blinding.blinded_roles) == {
        Role.STATISTICIAN,
        Role.DATA_MANAGER,
        Role.RESEARCHER,
    }
    assert ipsoh.blinding.may_unblind == (Role.STATISTICIAN,)


def test_self_employment_counts_and_set_aside_work_does_not(ipsoh: Protocol) -> None:
    kinds = {kind.key: kind.open for kind in ipsoh.employment.kinds}
    assert kinds["open"] and kinds["self-employed"]
    assert not any(kinds[key] for key in ("sheltered", "work-trial", "voluntary", "education"))


def test_what_is_assumed_says_so(ipsoh: Protocol) -> None:
    assumed = set(ipsoh.assumptions)
    for place in ("allocation", "blinding", "recruitment", "screening", "employment"):
        assert place in assumed
    assert {f"visits[{n}]" for n in range(3)} <= assumed
    assert {f"progression[{n}]" for n in range(5)} <= assumed
    assert {f"consent.clauses[{n}]" for n in range(len(ipsoh.consent.clauses))} <= assumed
    written = "".join(file.read_text() for file in SHIPPED.glob("*.toml"))
    assert len(assumed) == written.count(f'remark = "{ASSUMED}"')
    assert not any(place.startswith(("arms", "clusters", "eligibility")) for place in assumed)


def test_nothing_is_assumed_in_the_other() -> None:
    assert load(OTHER).assumptions == ()


def test_the_other_has_another_shape() -> None:
    other = load(OTHER)
    assert len(other.clusters) == 12
    assert len(other.visits) == 4
    assert {arm.key for arm in other.arms} == {"ADVICE", "LEAFLET"}


def test_a_file_s_fingerprint_is_its_sha256() -> None:
    assert load(OTHER).sha256 == hashlib.sha256(OTHER.read_bytes()).hexdigest()


def test_a_folder_s_fingerprint_can_be_redone_by_anyone(ipsoh: Protocol) -> None:
    redone = subprocess.run(
        "sha256sum *.toml | sha256sum",
        shell=True,
        cwd=SHIPPED,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert redone.stdout.split()[0] == ipsoh.sha256


@pytest.mark.parametrize("path", [None, OTHER])
def test_a_protocol_cannot_be_changed(path: Path | None) -> None:
    protocol = load(path)
    with pytest.raises(ValidationError):
        protocol.name = "Another"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        protocol.visits[0].months = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        protocol.clusters[0].strata["service"] = "other"  # type: ignore[index]
    with pytest.raises(TypeError):
        protocol.allocation.clusters_per_arm["IPS"] = 3  # type: ignore[index]


@pytest.mark.parametrize("path", [None, OTHER])
def test_a_protocol_can_be_written_as_json(path: Path | None) -> None:
    protocol = load(path)
    assert protocol.sha256 in protocol.model_dump_json()


def test_the_protocol_loads_without_web_database_or_frames() -> None:
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from trial.protocol import load; load();"
            "print(*{name.partition('.')[0] for name in sys.modules})",
        ],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    assert not {"flask", "sqlalchemy", "pandas", "numpy", "scipy", "requests"} & set(loaded)
    assert "pydantic" in loaded


def test_the_protocol_never_reads_the_clock() -> None:
    room = SHIPPED.parent.parent
    for file in room.rglob("*.py"):
        text = file.read_text()
        assert "today(" not in text and "now(" not in text, file


def test_the_guide_names_every_key_and_every_metric() -> None:
    guide = (SHIPPED.parents[3] / "docs" / "protocol.md").read_text()
    named = set(re.findall(r"`\[*([a-z_]+)\]*`", guide))
    assert keys_of(Protocol) - {"sha256", "label", "remark", "value"} <= named
    assert set(METRICS) | set(UNITS.values()) <= set(re.findall(r"`([a-z_ -]+)`", guide))
    assert f'remark = "{ASSUMED}"' in guide


def keys_of(table: type[Table]) -> set[str]:
    """Every key of a table and of the tables within it."""
    found = set(table.model_fields)
    for field in table.model_fields.values():
        inner = table_within(field.annotation)
        if inner:
            found |= keys_of(inner)
    return found
