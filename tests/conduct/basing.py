"""IPSOH with four bases of consent: own, a consultee's, records only, and opt-out."""

from datetime import date
from pathlib import Path
from typing import Any

from trial.protocol import Protocol, load
from trial.protocol.loading import SHIPPED
from trial.records.models import Consent, Screening

ADDED = Path(__file__).with_name("bases.toml")
LACKS = 'label = "Lacks capacity to consent to this study", may_consent = false'
RELATIONSHIPS = """relationships = [
    { key = "relative", label = "Relative or friend" },
    { key = "nominated", label = "Nominated consultee" },
]
"""


def text() -> str:
    """The protocol as the text of one file."""
    whole = "\n".join(file.read_text() for file in sorted(SHIPPED.glob("*.toml")))
    whole = whole.replace(LACKS, f"{LACKS}, lacks = true")
    return whole.replace("[consent]\n", f"[consent]\n{RELATIONSHIPS}") + ADDED.read_text()


def written(folder: Path, content: str = "") -> Path:
    """The protocol as a file in a folder."""
    file = folder / "bases.toml"
    file.write_text(content or text())
    return file


def loaded(folder: Path) -> Protocol:
    """The protocol itself."""
    return load(written(folder))


# What each basis asks for, on the days that ``Recruiting`` takes.
SAID: dict[str, dict[str, Any]] = {
    "own": {},
    "records": {},
    "consultee": {"capacity": "lacks-capacity", "relationship": "relative"},
    "opt-out": {"capacity": None, "capacity_on": None, "signed_on": date(2015, 10, 20)},
}


def take(play: Any, row: Screening, basis: str, **rest: Any) -> Consent:
    """Take consent on a basis."""
    plan = play.protocol.consent
    said = SAID[basis] | rest
    on = plan.basis(basis)
    day = said.get("informed_on", date(2015, 10, 5))
    day = day if on.opt_out else said.get("signed_on", date(2015, 10, 12))
    documents = {one.key: one.version for one in plan.documents_in_force(day, on)}
    made: Consent = play.take(row, **({"documents": documents, "basis": basis} | said))
    return made


def enrolled(play: Any, cluster: Any, basis: str) -> Any:
    """Somebody enrolled on a basis."""
    row = play.ready(cluster)
    take(play, row, basis)
    return play.enrol(row)
