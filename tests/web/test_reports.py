"""Reports as pages and files: who may read which, and what the ones without arms never tell."""

import re

import pytest
from flask import Flask

from tests.playing import email_of
from tests.web.crawling import Visited, signed_in
from tests.web.opening import opened
from trial.conduct.access import ALLOWED
from trial.conduct.reports.kinds import ASSEMBLED, CLOSED, KINDS, OPEN, RECRUITMENT
from trial.protocol import Protocol
from trial.protocol.roles import Role

READERS = [Role.TRIAL_MANAGER, Role.STATISTICIAN, Role.DATA_MANAGER, Role.AUDITOR]


def page_of(name: str) -> str:
    return "/feasibility" if name == "feasibility" else f"/reports/{name}"


@pytest.mark.parametrize("kind", [OPEN, RECRUITMENT], ids=lambda kind: kind.name)
def test_a_report_without_arms_tells_none_even_to_who_sees_them(
    shown: Flask, protocol: Protocol, kind
) -> None:
    client = signed_in(shown, email_of(Role.TRIAL_MANAGER))
    page = Visited(page_of(kind.name), "", client.get(page_of(kind.name)))
    assert page.answer.status_code == 200
    pictures = [one for one in page.links() if one.endswith(".svg") or ".svg?" in one]
    assert pictures
    told = [page.answer.text, *(client.get(one).text for one in pictures if "figures" in one)]
    listed = Visited("/reports", "", client.get("/reports"))
    (form,) = [f for f in listed.forms() if any(kind.name in action for action in f.actions)]
    (written,) = [action for action in form.actions if f"{kind.name}.pdf" in action]
    told += [text for _, text in opened(client.post(written, data=form.as_shown()))]
    arms = re.compile("|".join(rf"\b{re.escape(arm.key)}\b" for arm in protocol.arms))
    for text in told:
        said = text.replace(protocol.title, "")
        assert arms.findall(said) == []
        assert not any(arm.name in said or "Arm A" in said for arm in protocol.arms)
    assert protocol.clusters[0].name in told[0]


@pytest.mark.parametrize("role", READERS)
def test_a_report_is_there_for_its_readers_and_for_nobody_else(shown: Flask, role: Role) -> None:
    client = signed_in(shown, email_of(role))
    listed = client.get("/reports").text
    for name in ASSEMBLED:
        may = role in ALLOWED[KINDS[name].act]
        assert client.get(page_of(name)).status_code == (200 if may else 404)
        assert (f"/reports/{name}.pdf" in listed) == may


def test_a_figure_of_a_report_that_is_not_theirs_is_not_found(shown: Flask) -> None:
    client = signed_in(shown, email_of(Role.TRIAL_MANAGER))
    asked = f"/reports/{CLOSED.name}/figures/flow.svg?cut=2017-01-20"
    assert client.get(asked).status_code == 404
    assert client.get(asked.replace(CLOSED.name, OPEN.name)).status_code == 200
    assert client.get(asked.replace(CLOSED.name, OPEN.name).replace("2017", "x")).status_code == 404


def test_a_cut_in_the_future_is_refused_beside_its_field(shown: Flask) -> None:
    client = signed_in(shown, email_of(Role.TRIAL_MANAGER))
    answer = client.get("/reports/recruitment?cut-day=1&cut-month=1&cut-year=2030")
    assert answer.status_code == 422 or answer.status_code == 200
    assert "cannot be in the future" in answer.text
