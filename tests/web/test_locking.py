"""Signing, freezing and locking on the pages: proof of who signs, what is shown, what is refused."""

import pytest
from sqlalchemy import select

from tests.web.conftest import PASSWORD
from tests.web.filling import plan, records, visit_of, with_forms
from tests.web.recruited import recruiting, typed
from trial.protocol.roles import Role
from trial.records.models import Cluster, Hold, Signature
from trial.web.database import db

HARMFUL = "<img src=x onerror=alert(1)> reviewed"
WHY = {"reason": "For the analysis"}
PAGE_WHY = {"page-reason": "The sheet says so"}


@pytest.fixture
def signer(app, protocol, settings, sign_in):
    """A short form that asks for a signature, filled in about somebody by the trial manager."""
    short = plan("short").model_copy(
        update={
            "signed": True,
            "entered_by": (Role.TRIAL_MANAGER,),
            "seen_by": (Role.DATA_MANAGER,),
        }
    )
    changed = with_forms(app, protocol, short)
    with recruiting(app, changed, settings) as trial:
        cluster = trial.session.scalars(select(Cluster).order_by(Cluster.id)).first()
        person = trial.participant(trial.open(cluster)).id
    manager = sign_in(Role.TRIAL_MANAGER)
    address = f"/forms/add/short/{person}?visit={visit_of(app, person)}"
    manager.get(address)
    day = trial.on
    answer = manager.post(
        address, {"answer": "yes", **typed("page-observed_on", day), "page-save": "complete"}
    )
    assert answer.status_code == 302, answer.text
    (record,) = records(app, "short")
    return manager, record.id, person


def sent(browser, address, **form):
    browser.get(address)
    return browser.post(address, form)


def count(app, cls):
    with app.app_context():
        found = list(db.session.scalars(select(cls)))
        db.session.expunge_all()
    return found


def test_signing_asks_for_the_password_and_shows_what_is_signed(app, signer):
    manager, record, _ = signer
    address = f"/signatures/record/{record}"
    page = manager.get(address).text
    assert "You sign exactly what stands below" in page and "Yes or no?" in page
    refused = sent(manager, address, meaning=HARMFUL, password="not mine")
    assert refused.status_code == 422 and "password or this code is not right" in refused.text
    assert count(app, Signature) == []
    assert sent(manager, address, meaning=HARMFUL, password=PASSWORD).status_code == 302
    shown = manager.get(f"/forms/records/{record}").text
    assert "&lt;img src=x" in shown and "<img src=x" not in shown
    assert "A trial manager, trial manager" in shown


def test_a_change_after_the_signature_shows_it_invalid(app, signer):
    manager, record, _ = signer
    sent(manager, f"/signatures/record/{record}", meaning="Reviewed", password=PASSWORD)
    edit = f"/forms/records/{record}/edit"
    manager.get(edit)
    (row,) = records(app, "short")
    told = {
        "answer": "no",
        **typed("page-observed_on", row.observed_on),
        "page-save": "complete",
        **PAGE_WHY,
    }
    assert manager.post(edit, told).status_code == 302
    assert "Something changed after it" in manager.get(f"/forms/records/{record}").text
    assert "1 invalid" in manager.get("/signatures").text


def test_what_changed_since_it_was_shown_is_not_signed(app, signer):
    manager, record, _ = signer
    address, edit = f"/signatures/record/{record}", f"/forms/records/{record}/edit"
    shown = manager.get(address) and manager.hidden()
    (row,) = records(app, "short")
    told = {"answer": "no", **typed("page-observed_on", row.observed_on), "page-save": "complete"}
    assert sent(manager, edit, **told, **PAGE_WHY).status_code == 302
    stale = manager.client.post(
        address, data={**shown, "meaning": "Reviewed", "password": PASSWORD}
    )
    assert stale.status_code == 409 and count(app, Signature) == []


def test_a_casebook_is_signed_with_all_that_it_shows_once_it_lacks_nothing(app, signer):
    manager, _, person = signer
    address = f"/signatures/participant/{person}"
    page = manager.get(address).text
    assert "Short form" in page and "Year of birth" not in page and "Birth year" in page
    assert "no word of" in page and "Your signature" not in page
    refused = manager.client.post(
        address, data={**manager.hidden(), "meaning": "Reviewed", "password": PASSWORD}
    )
    assert refused.status_code in (400, 422) and count(app, Signature) == []


def test_a_locked_form_has_no_way_to_be_changed_and_a_stale_page_is_refused(app, signer):
    manager, record, _ = signer
    edit = f"/forms/records/{record}/edit"
    manager.get(edit)
    (row,) = records(app, "short")
    stale = {
        **manager.hidden(),
        "answer": "no",
        **typed("page-observed_on", row.observed_on),
        **PAGE_WHY,
    }
    sent(manager, f"/signatures/record/{record}", meaning="Reviewed", password=PASSWORD)
    assert sent(manager, f"/locks/place/record/{record}", kind="locked", **WHY).status_code == 302
    page = manager.get(f"/forms/records/{record}").text
    assert "Locked</strong> on 15 January 2016" in page and "by A trial manager" in page
    assert ">Change<" not in page and "Raise a query" not in page and "Unlock this form" in page
    refused = manager.client.post(edit, data={**stale, "page-save": "complete"})
    assert refused.status_code == 409 and "nothing was saved" in refused.text
    (after,) = records(app, "short")
    assert dict(after.answers) == {"answer": "yes"}


def test_a_form_that_asks_for_a_signature_is_not_locked_without_one(signer):
    manager, record, _ = signer
    refused = sent(manager, f"/locks/place/record/{record}", kind="locked", **WHY)
    assert refused.status_code == 422 and "sign it first" in refused.text


def test_unlocking_is_the_trial_managers_and_needs_a_reason(app, signer, sign_in):
    manager, _, person = signer
    other = sign_in(Role.DATA_MANAGER)
    assert (
        sent(other, f"/locks/place/participant/{person}", kind="frozen", **WHY).status_code == 302
    )
    (hold,) = count(app, Hold)
    page = other.get(f"/participants/{person}").text
    assert "Frozen</strong> on" in page and "Ask the trial manager to unfreeze it" in page
    for gone in ("Record a withdrawal", "/visits/", "Add work", "Fill in", "/forms/add/"):
        assert gone not in page
    assert other.get(f"/locks/{hold.id}/lift").status_code == 404
    assert sent(manager, f"/locks/{hold.id}/lift").status_code == 422
    assert sent(manager, f"/locks/{hold.id}/lift", **WHY).status_code == 302
    assert count(app, Hold)[0].lifted_at is not None
    listed = manager.get("/locks").text
    assert "Nothing is frozen or locked" in listed and "For the analysis" in listed


def test_the_database_is_locked_with_the_checklist_and_a_proof(app, signer):
    manager, _, person = signer
    page = manager.get("/lock").text
    assert "Forms and casebooks without a valid signature" in page
    ask = {"name_": "Final analysis", "accepted": "yes", **WHY}
    assert sent(manager, "/lock", **ask, password="wrong").status_code == 422
    assert sent(manager, "/lock", **ask, password=PASSWORD).status_code == 302
    assert "Unlock the trial" in manager.get("/lock").text
    refused = sent(manager, f"/locks/place/participant/{person}", kind="frozen", **WHY)
    assert refused.status_code == 302  # a hold is no data: it may still be added
    answer = sent(manager, f"/participants/{person}/death", **typed("happened_on", None), **WHY)
    assert answer.status_code in (404, 405, 409, 422)
