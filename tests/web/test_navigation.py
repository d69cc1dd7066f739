"""Who uses many sections finds those opened less often under one entry."""

import pytest
from flask import Flask

from tests.playing import email_of
from tests.web.crawling import Visited, signed_in
from trial.protocol.roles import Role


def shown_to(app: Flask, role: Role, page: str) -> tuple[list[str], list[str], str]:
    """The sections at hand, those under More, and what that entry says."""
    answer = signed_in(app, email_of(role)).get(page)
    (nav,) = [
        one
        for one in Visited(page, "", answer).tree.iter("nav")
        if one.get("aria-label") == "Sections"
    ]
    under = [link.text or "" for more in nav.iter("details") for link in more.iter("a")]
    listed = [link.text or "" for link in nav.iter("a") if (link.text or "") not in under]
    said = [" ".join("".join(one.itertext()).split()) for one in nav.iter("summary")]
    return listed, under, "".join(said)


def test_the_manager_finds_seldom_sections_under_more_and_where_they_are(shown: Flask) -> None:
    listed, under, said = shown_to(shown, Role.TRIAL_MANAGER, "/today")
    assert {"Today", "Screening", "Participants", "Reports and exports"} <= set(listed)
    assert {"Locks", "Protocol", "Trail"} <= set(under) and said == "More"
    assert shown_to(shown, Role.TRIAL_MANAGER, "/locks")[2] == "More: Locks"


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.FIDELITY_REVIEWER])
def test_whoever_uses_few_sections_sees_them_all(shown: Flask, role: Role) -> None:
    listed, under, said = shown_to(shown, role, "/today")
    assert listed and under == [] and said == ""
