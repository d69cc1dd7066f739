"""The command that plans a definitive trial, without an instance and from a trial's own figures."""

import json

import pytest
from click.testing import CliRunner

from trial.cli.plan import plan
from trial.protocol.roles import Role

GIVEN = ("--cluster-size", "8", "--icc", "0.05", "--cv", "0.5", "--power", "0.9",
         "--intervention", "0.4", "--control", "0.15")  # fmt: skip


def run_alone(*arguments: str):
    return CliRunner().invoke(plan, arguments)


def test_the_figure_left_out_is_solved_without_any_instance(monkeypatch, tmp_path):
    monkeypatch.setenv("TRIAL_INSTANCE", str(tmp_path / "nowhere"))
    told = run_alone(*GIVEN, "--attrition", "0.2", "--rate", "0.75")
    assert told.exit_code == 0, told.output
    assert "Clusters in each arm: 13." in told.stdout
    assert "takes 13.3 months" in told.stdout


def test_the_assurance_shows_its_progress_apart_from_the_result(tmp_path):
    file = tmp_path / "plan.json"
    told = run_alone(*GIVEN, "--assurance", "--trials", "400", "--seed", "7", "--json", str(file))
    assert told.exit_code == 0, told.output
    assert "Simulating trials" in told.stderr and "Simulating" not in told.stdout
    found = json.loads(file.read_text())["assurance"]
    assert found["trials"] == 400 and found["seed"] == 7
    again = run_alone(*GIVEN, "--assurance", "--trials", "400", "--seed", "7")
    assert f"{100 * found['assurance']['value']:.1f}%" in again.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--icc", "0.05"), "Leave out exactly one of"),
        ((*GIVEN, "--clusters-per-arm", "12"), "Left out: none"),
        ((*GIVEN[:-1], "0.4"), "The two arms must differ"),
        ((*GIVEN, "--rate", "-1"), "positive"),
        ((*GIVEN, "--assurance", "--draw", "trial"), "No trial shows proportions of two arms"),
    ],
)
def test_what_will_not_do_is_a_sentence_and_status_2(given, said):
    told = run_alone(*given)
    assert told.exit_code == 2
    assert said in told.stderr
    assert "Traceback" not in told.output


def test_a_plan_from_the_trial_is_written_as_an_act_with_its_data_cut(run, team, tmp_path):
    file, manager = tmp_path / "plan.json", team[Role.TRIAL_MANAGER]
    told = run("plan", "--from-trial", *GIVEN, "--json", str(file), as_=manager)
    assert told.exit_code == 0, told.output
    assert "Clusters in each arm: 13." in told.stdout
    assert json.loads(file.read_text())["data_cut"]
    other = run("plan", "--from-trial", *GIVEN, "--clusters-per-arm", "13", "--solve", "power",
                as_=manager)  # fmt: skip
    assert other.exit_code == 2 and "Left out: none" in other.stderr
    nothing = run("plan", "--from-trial", as_=manager)
    assert nothing.exit_code == 2 and "--control, --intervention" in nothing.stderr
    refused = run("plan", "--from-trial", *GIVEN, as_=team[Role.ADMINISTRATOR])
    assert refused.exit_code == 1 and "may not do this: see planning" in refused.stderr


def test_two_rates_are_compared_by_the_variation_between_clusters():
    told = run_alone(*GIVEN, "--hayes-bennett-k", "0.25", "--rates", "0.0148", "0.0104", "424")
    assert told.exit_code == 0, told.output
    assert "for two rates by Hayes & Bennett, k 0.25" in told.stdout
