"""HARBOUR in several draws, with minimisation or with reserves, for the tests of the allocation."""

import re
from pathlib import Path

from trial.protocol import Protocol, load

HARBOUR = Path(__file__).parents[1] / "protocol" / "other.toml"
ONE = """[allocation]
clusters_per_arm = { ADVICE = 6, LEAFLET = 6 }
balance = ["size"]
after_opening = false
"""
DRAWS = """draws = [
    { key = "spring", clusters_per_arm = { ADVICE = 4, LEAFLET = 4 } },
    { key = "autumn", clusters_per_arm = { ADVICE = 2, LEAFLET = 2 } },
]
"""
MINIMISED = ONE.replace('balance = ["size"]', 'minimise = { over = ["size", "deprivation"] }')
FURTHER = '    { key = "winter", clusters_per_arm = { ADVICE = 1, LEAFLET = 1 } },\n'
AUTUMN = 9  # the first practice of the second draw


def harbour(folder: Path, rules: str = ONE, *, draws: bool = False) -> Protocol:
    """HARBOUR with these rules of allocation; with draws the last four practices are in the second."""
    text = HARBOUR.read_text().replace(ONE, rules)
    return _loaded(folder, in_draws(text) if draws else text)


def later_harbour(folder: Path, rules: str, added: tuple[str, ...] = ()) -> Protocol:
    """A later version of it in draws, with these rules, and with clusters for a draw in winter."""
    made = "".join(
        f'    {{ key = "{key}", draw = "winter", name = "{key}", strata = {{ size = "small",'
        ' deprivation = "low" } },\n'
        for key in added
    )
    text = in_draws(HARBOUR.read_text()).replace(f"]\n\n{ONE}{DRAWS}", f"{made}]\n\n{rules}", 1)
    return _loaded(folder, text.replace('version = "2.3"', 'version = "2.4"', 1))


def in_draws(text: str) -> str:
    """The protocol's text with the last four practices in a draw of their own."""
    text = text.replace("\n\n[blinding]", f"\n{DRAWS}\n[blinding]")
    return re.sub(r'key = "practice-(\d+)"', _placed, text)


def _loaded(folder: Path, text: str) -> Protocol:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "harbour.toml"
    file.write_text(text)
    return load(file)


def _placed(found: re.Match[str]) -> str:
    draw = "autumn" if int(found[1]) >= AUTUMN else "spring"
    return f'{found[0]}, draw = "{draw}"'


def with_reserve(
    folder: Path, number: int = 1, *, after_draw: bool = False, draws: bool = False
) -> Protocol:
    """HARBOUR with small practices in reserve, which may take a place after the draw too.

    With draws the last four practices and the reserves are in the second.
    """
    place = ', draw = "autumn"' if draws else ""
    reserves = "".join(
        f'    {{ key = "reserve-{one}"{place}, name = "Reserve Practice {one}", reserve = true,'
        ' strata = { size = "small", deprivation = "high" } },\n'
        for one in range(1, number + 1)
    )
    before, after = HARBOUR.read_text().split("]\n\n[allocation]", 1)
    rule = "\nreplace_after_draw = true" if after_draw else ""
    text = f"{before}{reserves}]\n\n[allocation]{rule}{after}"
    return _loaded(folder, in_draws(text) if draws else text)
