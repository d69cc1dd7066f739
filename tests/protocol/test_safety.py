"""Clocks of safety in a protocol: the example of the guide is one, and what its clocks are."""

from pathlib import Path

import pytest

from trial.protocol import load

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"


@pytest.fixture
def medicines(ipsoh, tmp_path):
    """IPSOH with the clocks of a trial of a medicine, as the guide writes them."""
    text = next(
        one for one in GUIDE.read_text().split("```") if one.startswith("toml") and "susar" in one
    )
    file = tmp_path / "trial.toml"
    file.write_text(f"{ipsoh}\n{text.removeprefix('toml')}")
    return load(file).keeping_safe


def test_the_example_of_the_guide_is_a_protocol(medicines):
    grave, further, rest = medicines.clocks[-3:]
    assert (grave.days, further.days, rest.days) == (7, 8, 15)
    assert {*grave.seriousness, *rest.seriousness} == {one.key for one in medicines.seriousness}
    assert medicines.first_of(further) is grave and medicines.first_of(grave) is grave


def test_what_is_counted_after_a_clock_that_asks_for_the_cause_asks_for_it_too(medicines):
    asking = {one.key for one in medicines.clocks if medicines.asks_cause(one)}
    assert asking == {"serious-to-committee", "susar-grave", "susar-grave-further", "susar"}


def test_the_time_of_day_matters_where_hours_are_counted(medicines):
    of_hours = {one.key for one in medicines.clocks if medicines.by_the_hour(one.key)}
    assert of_hours == {"serious-to-sponsor", "data-breach-to-ico", "disclosure-to-clinician"}
