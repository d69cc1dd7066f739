"""A protocol in which some visits are counted from a session and some are of one arm, for the tests."""

import shutil
from pathlib import Path

from trial.protocol import Protocol, load, shipped

REASONS = """
missed_reasons = [{ key = "not-reached", label = "Could not be reached" }]
not_needed_reasons = [{ key = "withdrawn", label = "Withdrew from follow-up" }]
"""
WINDOW = f"opens_days_before = 7\ncloses_days_after = 7\n{REASONS}"
VISITS = f"""
[[visits]]
key = "after-two"
name = "Four weeks after the second session"
weeks = 4
session = {{ form = "coaching", item = "attended_on", number = 2 }}
{WINDOW}
[[visits]]
key = "programme-end"
name = "Programme visit QX7"
weeks = 8
counted_from = "allocation"
arms = ["IPS"]
{WINDOW}
[[visits]]
key = "programme-call"
name = "Programme call QX7"
days = 30
counted_from = "programme-end"
{WINDOW}
"""
FORMS = """
[[forms]]
key = "coaching"
name = "Session of coaching"
about = "participant"
occurs = "log"
respondent = "staff"
entered_by = ["researcher", "trial manager"]

[[forms.sections]]
title = "Session"

[[forms.sections.items]]
key = "attended_on"
kind = "date"
label = "On which day was it?"

[[forms]]
key = "programme-form"
name = "How it went"
about = "participant"
occurs = "visit"
visits = ["month-6", "programme-end"]
respondent = "participant"
entered_by = ["researcher", "trial manager"]
seen_by = ["data manager"]

[[forms.sections]]
title = "How it went"

[[forms.sections.items]]
key = "went_well"
kind = "yes-no"
label = "Did it go well?"
"""


def written(folder: Path, *changes: tuple[str, str], visits: str = VISITS) -> Path:
    """The shipped protocol with these visits and forms, some of their text replaced."""
    made = folder / "ipsoh"
    shutil.copytree(shipped()["ipsoh"], made, dirs_exist_ok=True)
    for file, more in (("4-follow-up.toml", visits), ("7-forms.toml", FORMS)):
        for old, new in changes:
            more = more.replace(old, new)
        text = (made / file).read_text()
        at = text.index("[withdrawal]") if "[withdrawal]" in text else len(text)
        (made / file).write_text(f"{text[:at]}{more}\n{text[at:]}")
    return made


def of_some(folder: Path, *changes: tuple[str, str], visits: str = VISITS) -> Protocol:
    """The protocol read from those files."""
    return load(written(folder, *changes, visits=visits))
