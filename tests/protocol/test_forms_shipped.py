"""The shipped forms: any answers give findings and never an exception; scores as worked out by hand."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.protocol.answering import ON, answer_to, answers_of, forms, hostile_answers, paths
from tests.web.filling import plans
from trial.conduct.forms.scores import scores
from trial.protocol import load
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import findings, sift
from trial.protocol.forms.reading import read, refusal, spelled, words

IPSOH = load(None)
FORMS = {form.key: form for form in IPSOH.forms}
ANY = forms() | st.sampled_from(plans())
DRAWN = settings(
    max_examples=80, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
# The published key, item by item: what "strongly agree", "agree", "disagree", "strongly disagree" count.
UP, DOWN = (3, 2, 1, 0), (0, 1, 2, 3)
ROSENBERG = (UP, DOWN, UP, UP, DOWN, DOWN, UP, DOWN, DOWN, UP)


@DRAWN
@given(st.data())
def test_answers_that_people_could_give_are_kept_as_they_are(data):
    form = data.draw(ANY)
    answers = data.draw(answers_of(form))
    sifted = sift(form, answers)
    assert sifted.answers == answers and not sifted.fallen
    assert not [one for one in findings(form, sifted, ON, complete=True) if one.blocks]
    scores(IPSOH, form, answers)


@DRAWN
@given(st.data())
def test_any_answers_give_findings_and_never_an_exception(data):
    form = data.draw(ANY)
    answers = data.draw(hostile_answers(form))
    sifted = sift(form, answers)
    found = list(findings(form, sifted, ON, complete=True))
    blocked = {one.path for one in found if one.blocks}
    kept = {path: answer for path, answer in sifted.answers.items() if path not in blocked}
    scores(IPSOH, form, kept)
    for one in sifted.asked:
        if one.path in kept:
            assert refusal(one.item, kept[one.path], ON) is None
            assert words(one.item, kept[one.path])


@DRAWN
@given(st.data())
def test_what_stands_in_a_box_reads_back_as_the_same(data):
    form = data.draw(ANY)
    items = [item for _, item in paths(form) if item.kind not in ("score", "file")]
    item = data.draw(st.sampled_from(items))
    answer = data.draw(answer_to(item))
    assert read(item, spelled(item, answer)) == answer


def rosenberg(chosen):
    """The total of ten statements, of which each names the place of its answer from the left."""
    form = FORMS["self-esteem"]
    items = [form.item(f"s{n}") for n in range(1, 11)]
    assert {item.anchors[0].label for item in items} == {"Strongly agree"}
    answers = {item.key: item.anchors[at].value for item, at in zip(items, chosen, strict=True)}
    return scores(IPSOH, form, answers)["total"].value


@pytest.mark.parametrize(
    ("chosen", "total"),
    [
        ([0] * 10, 15),  # who agrees with everything scores the middle
        ([3] * 10, 15),
        ([0, 3, 0, 0, 3, 3, 0, 3, 3, 0], 30),
        ([3, 0, 3, 3, 0, 0, 3, 0, 0, 3], 0),
        ([1, 2, 1, 1, 2, 2, 1, 2, 2, 1], 20),
        ([0, 1, 1, 2, 3, 2, 1, 0, 2, 1], 18),  # 3 + 1 + 2 + 1 + 3 + 2 + 2 + 0 + 2 + 2
    ],
)
def test_self_esteem_by_hand(chosen, total):
    assert rosenberg(chosen) == total


@given(st.lists(st.integers(0, 3), min_size=10, max_size=10))
def test_self_esteem_agrees_with_the_published_key(chosen):
    assert rosenberg(chosen) == sum(key[at] for key, at in zip(ROSENBERG, chosen, strict=True))


def test_one_missing_statement_leaves_no_total_and_says_so():
    answers = dict.fromkeys((f"s{n}" for n in range(1, 11)), 2) | {"s4": "missing: refused"}
    found = scores(IPSOH, FORMS["self-esteem"], answers)["total"]
    assert found.value is None and "9 of 10" in found.reason


def test_what_services_cost_by_hand():
    told = {"gp": 3, "community_nurse": 12, "psychiatrist": 2, "psychologist": 0, "social_worker": 1,
            "emergency": 1, "inpatient_days": 5, "probation": 4}  # fmt: skip
    cost = {one.key: one.cost for one in IPSOH.costs}
    assert set(cost) == {key.replace("_", "-") for key in told}
    # 3 x 36 + 12 x 42 + 2 x 107 + 0 x 62 + 1 x 55 + 1 x 138 + 5 x 374 + 4 x 30
    assert scores(IPSOH, FORMS["service-use"], told)["cost"].value == Decimal("3009.00")
    assert all(one.assumed and one.year == 2016 and "Assumed" in one.source for one in IPSOH.costs)


def test_a_licensed_scale_has_none_of_its_wording():
    for key in ("social-functioning", "quality-of-life"):
        form = FORMS[key]
        assert form.licence
        asked = [item for item in form.items if not isinstance(item, kinds.Score)]
        assert [item.label.split(",")[0] for item in asked] == [
            f"Item {n}" for n in range(1, len(asked) + 1)
        ]
        assert sum(isinstance(item, kinds.Score) for item in form.items) == 1


def test_each_form_says_who_fills_it_in_and_who_reads_it():
    trials_own = [form for form in IPSOH.forms if form.visits]
    assert len(trials_own) == 11
    for form in trials_own:
        assert form.entered_by and form.seen_by and form.assumed
        assert "statistician" not in (*form.entered_by, *form.seen_by)
    assert [form.key for form in trials_own if form.double_entry] == ["quality-of-life"]
    assert [form.key for form in trials_own if form.signed] == ["background", "work-interview"]
    sensitive = {item.key for item in FORMS["background"].items if item.sensitive}
    assert {"legal_status", "offence_category", "diagnosis_group", "benefits"} <= sensitive


SPOILT = (
    ('{ form = "self-esteem", items = ["total"] }', '{ form = "esteem", items = ["total"] }',
     "reporting.baseline[1].form", "no form esteem"),
    ('items = ["sex", "ethnic_group"', 'items = ["sex", "ethnicity"',
     "reporting.baseline[0].items[1]", "no question ethnicity"),
    ('items = ["sex", "ethnic_group"', 'items = ["sex", "last_paid_work"',
     "reporting.baseline[0].items[1]", "has numbers or codes"),
    ('{ form = "self-esteem", items = ["total"] }', '{ form = "justice", items = ["arrested"] }',
     "reporting.baseline[1].form", "at the baseline visit"),
    ('form = "allocation-guess"', 'form = "steering"', "reporting.guess.form", "Name a form"),
    ('item = "guess"\ncodes', 'item = "certainty"\ncodes', "reporting.guess.item", "Name a choice"),
    ('code = "helped", arm = "IPS"', 'code = "yes", arm = "IPS"',
     "reporting.guess.codes[0].code", "never has the answer yes"),
    ('code = "helped", arm = "IPS"', 'code = "helped", arm = "ABC"',
     "reporting.guess.codes[0].arm", "no arm ABC"),
)  # fmt: skip


@pytest.mark.parametrize(("said", "instead", "place", "words"), SPOILT)
def test_a_fault_in_what_is_reported_is_placed_and_answered(
    ipsoh, faults, said, instead, place, words
):
    assert said in ipsoh
    found = faults(ipsoh.replace(said, instead, 1))
    assert any(one.place == place and words in one.message for one in found), found
