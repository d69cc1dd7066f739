"""The page that plans the definitive trial: one figure left out, the rest kept, bad figures named."""

import re

import pytest
from flask import Flask

from tests.playing import email_of
from tests.web.crawling import Visited, signed_in
from tests.web.opening import opened
from trial.protocol.roles import Role

GIVEN = {
    "outcome": "proportions", "icc": "0.05", "power": "0.9", "cluster_size": "8", "cv": "0.5",
    "p1": "0.4", "p2": "0.15", "alpha": "0.05", "attrition": "0.2", "rate": "0.75",
    "trials": "500", "seed": "3", "draw": "given",
}  # fmt: skip


@pytest.fixture(scope="module")
def manager(shown: Flask):
    return signed_in(shown, email_of(Role.TRIAL_MANAGER))


def test_the_page_begins_with_the_trials_own_figures(manager) -> None:
    text = manager.get("/planning").text
    assert "What this trial shows" in text
    assert re.search(r'name="p1"[^>]* value="0\.6667"', text)
    assert "Clusters in each arm: " in text


def test_the_figure_left_out_is_solved(manager) -> None:
    answer = manager.get("/planning", query_string=GIVEN)
    assert answer.status_code == 200
    assert "Clusters in each arm: 13. That is 26 clusters" in answer.text
    assert "takes 13.3 months" in answer.text
    assert "Assurance: the chance" not in answer.text


def test_the_assurance_is_the_same_for_the_same_seed(manager) -> None:
    asked = GIVEN | {"simulate": "yes"}
    first, second = (manager.get("/planning", query_string=asked).text for _ in range(2))
    assert "500 simulated trials, seed 3" in first
    part = first.index("Assurance: significant")
    assert first[part : part + 400] == second[second.index("Assurance: significant") :][:400]


def test_the_assurance_draws_from_the_counts_or_from_what_is_given(manager) -> None:
    given, counted = (
        manager.get("/planning", query_string=GIVEN | {"simulate": "yes", "draw": one}).text
        for one in ("given", "trial")
    )
    assert "control fixed at 0.15, intervention fixed at 0.4" in given
    assert "control Beta(" in counted and "fixed at" not in counted


REFUSED = (
    ({"clusters_per_arm": "12"}, "Leave exactly one of the figures"),
    ({"power": ""}, "Leave exactly one of the figures"),
    ({"icc": "2"}, "Enter a number from 0 to 1"),
    ({"icc": "0.05; drop"}, "Enter a number with at most 4 decimals"),
    ({"p1": "0.15"}, "The two arms must differ, or there is nothing to find."),
    ({"alpha": ""}, "Enter the level, such as 0.05"),
    ({"trials": "1000000"}, "Enter a number from 100 to 20000"),
    ({"outcome": "odds"}, "Choose one of the answers shown"),
    ({"draw": "swapped"}, "Choose one of the answers shown"),
    ({"simulate": "yes", "trials": "20000", "p1": "0.2"}, "takes too long for a page"),
)


def test_a_figure_that_will_not_do_is_named_and_what_was_typed_stays(manager) -> None:
    for changed, said in REFUSED:
        answer = manager.get("/planning", query_string=GIVEN | changed)
        assert answer.status_code == 422, changed
        assert said in answer.text, changed
        assert 'value="0.75"' in answer.text, changed
        assert "The plan</h2>" not in answer.text and "What this trial shows" in answer.text


def test_an_empty_trial_plans_from_what_is_entered(sign_in) -> None:
    browser = sign_in(Role.TRIAL_MANAGER)
    empty = browser.get("/planning").text
    assert "no cluster has a participant yet" in empty and "The plan</h2>" not in empty
    assert "This trial&#39;s counts" not in empty and "nan" not in empty.lower()
    answer = browser.get("/planning", query_string=GIVEN | {"simulate": "yes"})
    assert answer.status_code == 200 and "Clusters in each arm: 13." in answer.text


def test_means_are_planned_too(manager) -> None:
    asked = GIVEN | {
        "outcome": "means",
        "p1": "",
        "p2": "",
        "mean1": "12",
        "mean2": "10",
        "sd": "5",
    }
    answer = manager.get("/planning", query_string=asked | {"simulate": "yes", "se": "1"})
    assert answer.status_code == 200
    assert "Clusters in each arm: " in answer.text and "normal outcomes" in answer.text


def test_two_rates_are_compared_too(manager) -> None:
    asked = GIVEN | {"power": "0.8", "between": "0.29", "rate2": "0.0148", "rate1": "0.0104",
                     "person_time": "424"}  # fmt: skip
    text = manager.get("/planning", query_string=asked).text
    row = text[text.index("for two rates by Hayes") :][:300]
    assert ">37<" in row.replace("\n", "")


def test_a_size_that_cannot_be_reached_says_what_would_do(manager) -> None:
    asked = GIVEN | {"clusters_per_arm": "4", "cluster_size": ""}
    text = manager.get("/planning", query_string=asked).text
    assert "cannot be reached with 4 clusters per arm however large the clusters" in text


def test_the_curve_is_a_picture_of_the_same_plan(manager) -> None:
    page = Visited("/planning", "", manager.get("/planning", query_string=GIVEN))
    (picture,) = [one for one in page.links() if "icc-curve" in one]
    assert "Planned: 0.05" in manager.get(picture).text
    assert manager.get(picture.replace("icc-curve", "flow")).status_code == 404
    assert manager.get("/planning/figures/icc-curve.svg?icc=x").status_code == 404


def test_the_plan_is_written_as_a_file_and_that_is_an_act(manager, shown: Flask) -> None:
    page = Visited("/planning", "", manager.get("/planning", query_string=GIVEN))
    (form,) = [one for one in page.forms() if any("plan.pdf" in action for action in one.actions)]
    answer = manager.post(form.actions[0], data=form.as_shown())
    text = " ".join("\n".join(text for _, text in opened(answer)).split())
    assert "Clusters in each arm: 13." in text
    assert "report planning" in manager.get("/trail").text


def test_a_blinded_reader_enters_the_arms_figures(shown: Flask) -> None:
    client = signed_in(shown, email_of(Role.STATISTICIAN))
    text = client.get("/planning").text
    assert "Which arm is the control is not told to you here" in text
    assert "The plan</h2>" not in text  # nothing is solved before the figures are given
    assert "What this trial shows" in text
    given = client.get("/planning", query_string=GIVEN).text
    assert "Arm A" in given and "Clusters in each arm: 13." in given


def test_a_blinded_reader_says_which_arm_is_the_intervention(shown: Flask) -> None:
    client = signed_in(shown, email_of(Role.STATISTICIAN))
    first, last = (
        client.get("/planning", query_string=GIVEN | {"simulate": "yes", "draw": one}).text
        for one in ("trial", "swapped")
    )
    pattern = r"control (Beta\([^)]*\)), intervention (Beta\([^)]*\))"
    control, intervention = re.search(pattern, first).groups()
    assert re.search(pattern, last).groups() == (intervention, control)
    assert "Arm A as the intervention" in first and "IPS" not in re.search(pattern, first)[0]
