"""A form for who agreed to a clause, on the pages: offered to them, and nothing that was typed is lost."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.web.filling import plan, records, visit_of, with_forms
from tests.web.recruited import recruiting, typed
from trial.protocol.roles import Role
from trial.records.models import Cluster, Participant, Screening

CLAUSE = "interview"


@pytest.fixture
def short(app, protocol):
    """A short form at the baseline visit for who agreed to the clause."""
    of_some = {
        "occurs": "visit", "visits": ("baseline",), "clause": CLAUSE,
        "entered_by": (Role.TRIAL_MANAGER,),
    }  # fmt: skip
    return with_forms(app, protocol, plan("short").model_copy(update=of_some))


@pytest.fixture
def people(app, settings, short):
    """Somebody who agreed, and somebody who did not; and how one consents again."""
    with recruiting(app, short, settings) as trial:
        everything = {one.key: True for one in short.consent.clauses}
        cluster = trial.open(trial.session.scalars(select(Cluster).order_by(Cluster.id)).first())
        found = []
        for agrees in (True, False):
            row = trial.ready(cluster)
            trial.take(row, clauses=everything | {CLAUSE: agrees})
            found.append(trial.enrol(row).id)

    def again(person: int, agrees: bool) -> None:
        with recruiting(app, short, settings) as trial:
            row = trial.session.get_one(
                Screening, trial.session.get_one(Participant, person).screening_id
            )
            days = {"informed_on": date(2015, 11, 2), "signed_on": date(2015, 11, 9)}
            trial.take(row, clauses=everything | {CLAUSE: agrees}, **days)

    return (*found, again)


def test_the_page_offers_it_to_who_agreed(app, sign_in, people):
    agrees, not_agrees, _ = people
    manager = sign_in(Role.TRIAL_MANAGER)
    pages = [manager.get(f"/participants/{one}").text for one in (agrees, not_agrees)]
    assert ["/forms/add/short" in page for page in pages] == [True, False]
    assert ["Outside consent" in page for page in pages] == [False, True]
    for one, status in ((agrees, 200), (not_agrees, 404)):
        address = f"/forms/add/short/{one}?visit={visit_of(app, one)}"
        assert manager.client.get(address).status_code == status


def test_what_was_typed_stays_when_the_consent_was_narrowed_meanwhile(app, sign_in, people):
    agrees, _, again = people
    manager = sign_in(Role.TRIAL_MANAGER)
    address = f"/forms/add/short/{agrees}?visit={visit_of(app, agrees)}"
    manager.get(address)
    again(agrees, False)
    sent = {
        "answer": "yes",
        **typed("page-observed_on", date(2015, 11, 10)),
        "page-save": "complete",
    }
    answer = manager.post(address, sent)
    assert "only for who agreed to it in their consent" in answer.text
    assert 'value="2015"' in answer.text
    assert not records(app, "short")
