"""The shipped forms: any answers give findings and never an exception; scores as worked out by hand."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.protocol.answering import ON, answer_to, answers_of, forms, hostile_answers, paths
from tests.web.filling import plans
from trial.conduct.forms.scores import scores
from trial.protocol import load
from trial.protocol.forms.asking import findings, sift
from trial.protocol.forms.reading import read, refusal, spelled, words

IPSOH = load(None)
FORMS = {form.key: form for form in IPSOH.forms}
ANY = forms() | st.sampled_from(plans())
DRAWN = settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


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
    assert all(
        refusal(one.item, kept[one.path], ON) is None for one in sifted.asked if one.path in kept
    )
    # What no rule refuses can be scored and shown; what is refused is never kept.
    scores(IPSOH, form, kept)
    for one in sifted.asked:
        if one.path in kept:
            assert words(one.item, kept[one.path])


@DRAWN
@given(st.data())
def test_what_stands_in_a_box_reads_back_as_the_same(data):
    form = data.draw(ANY)
    items = [item for _, item in paths(form) if item.kind not in ("score", "file")]
    item = data.draw(st.sampled_from(items))
    answer = data.draw(answer_to(item))
    assert read(item, spelled(item, answer)) == answer
