"""A protocol whose later visits a cluster can skip, for the tests."""

from pathlib import Path

from tests.conduct.of_some import VISITS, written
from trial.protocol import Protocol, load

REASONS = 'skipped_reasons = [{ key = "closed", label = "The ward was closed" }]\n'


def skippable(folder: Path, *visits: str) -> Path:
    """The shipped protocol with visits of one arm, where a cluster can skip these visits."""
    made = written(folder, visits=VISITS)
    file = made / "4-follow-up.toml"
    text = file.read_text()
    for key in visits or ("month-6", "month-12", "after-two"):
        text = text.replace(f'key = "{key}"\n', f'key = "{key}"\n{REASONS}')
    file.write_text(text)
    return made


def skipping(folder: Path) -> Protocol:
    """The protocol read from those files."""
    return load(skippable(folder))
