"""The page of consent in a trial with four bases: the choice first, then what each basis asks."""

import re
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct import basing
from tests.web.recruited import typed
from trial.conduct.access import Act
from trial.conduct.screening import decline
from trial.records.models import Consent, Participant, Visit

PAGE = "/screening/1/consent"
INFORMED, SIGNED = date(2015, 10, 5), date(2015, 10, 12)


@pytest.fixture
def protocol(tmp_path):
    return basing.loaded(tmp_path)


@pytest.fixture
def settings(settings, tmp_path):
    """The instance runs under the protocol with four bases."""
    return replace(settings, protocol=basing.written(tmp_path))


def dated(**days):
    return {key: value for name, day in days.items() for key, value in typed(name, day).items()}


def answers(basis):
    """What somebody types for a basis."""
    signed = {
        **dated(informed_on=INFORMED, capacity_on=INFORMED, signed_on=SIGNED),
        "document-information-sheet": "1.0",
        "capacity": "has-capacity",
    }
    match basis:
        case "own":
            clauses = ["information", "voluntary", "contact", "data-kept", "inspection"]
            return signed | {
                "document-consent-form": "1.0",
                "clauses": [*clauses, "participation"],
                "optional": ["results"],
            }
        case "records":
            clauses = ["information", "inspection"]
            return signed | {"document-consent-form": "1.0", "clauses": clauses}
        case "consultee":
            return signed | {
                "document-declaration": "1.0",
                "clauses": ["information", "participation"],
                "capacity": "lacks-capacity",
                "relationship": "nominated",
            }
        case _:
            days = dated(informed_on=INFORMED, signed_on=date(2015, 10, 20))
            return {**days, "document-leaflet": "1.0"}


def asked(page):
    """The names of the questions of a page, each once, without the parts of dates and the hidden ones."""
    inputs = re.findall(r'<input[^>]*name="([a-z_-]+)"[^>]*>', page)
    hidden = re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*type="hidden"', page)
    hidden += re.findall(r'<input[^>]*type="hidden"[^>]*name="([a-z_]+)"', page)
    return {re.sub("-(day|month|year)$", "", name) for name in inputs} - {*hidden, "q"}


def test_the_page_asks_first_on_which_basis(play, own, researcher):
    play.ready(own)
    page = researcher.get(PAGE).text
    assert asked(page) == {"basis"}
    assert page.count('name="basis"') == 4
    assert "Nobody signs: 14 full days to object" in page
    assert re.search(r'<form method="get"', page)
    for wrong in ("?go=yes", "?basis=", "?go=yes&basis=invented"):
        answer = researcher.get(PAGE + wrong)
        assert answer.status_code == 422
        assert 'href="#basis"' in answer.text
        assert asked(answer.text) == {"basis"}


COMMON = {"informed_on", "signed_on"}
SIGNING = COMMON | {"capacity", "capacity_on", "document-information-sheet", "clauses"}


@pytest.mark.parametrize(
    ("basis", "questions", "said"),
    [
        ("own", SIGNING | {"document-consent-form", "optional"}, "The signed form"),
        ("records", SIGNING | {"document-consent-form"}, "The signed form"),
        (
            "consultee",
            SIGNING | {"document-declaration", "relationship", "optional"},
            "The name stays on the paper",
        ),
        ("opt-out", COMMON | {"document-leaflet"}, "Inclusion without an objection"),
    ],
)
def test_each_basis_asks_only_what_it_needs_and_is_saved(
    play, own, researcher, basis, questions, said
):
    play.ready(own)
    page = researcher.get(f"{PAGE}?basis={basis}").text
    assert asked(page) == questions
    assert said in page
    assert researcher.post(f"{PAGE}?basis={basis}", answers(basis)).status_code == 302
    shown = researcher.get("/screening/1").text
    assert play.protocol.consent.basis(basis).name.replace("'", "&#39;") in shown
    researcher.get("/screening/1/enrol")
    assert researcher.post("/screening/1/enrol", {"birth_year": "1980"}).status_code == 302
    play.session.rollback()
    person, given = play.session.scalar(select(Participant)), play.session.scalar(select(Consent))
    assert (given.basis, given.participant_id) == (basis, person.id)
    assert given.relationship == ("nominated" if basis == "consultee" else None)
    held = [
        one.key for one in play.protocol.visits if play.protocol.consent.basis(basis).holds(one.key)
    ]
    assert list(play.session.scalars(select(Visit.plan).order_by(Visit.due_on))) == held
    page = researcher.get(f"/participants/{person.id}").text
    assert "Takes part by" in page
    assert ("Nobody signed" in page) == (basis == "opt-out")
    assert ("No visit falls due" in page) == ("Takes part without visits" in page) == (not held)
    assert ('aria-labelledby="visits"' in page) == bool(held)
    listed = researcher.get("/participants?standing=takes+part+without+visits").text
    assert ("IPSOH-0001-L" in listed) == (not held)


@pytest.mark.parametrize(
    ("basis", "wrong", "said", "focus"),
    [
        ("consultee", {"capacity": "has-capacity"}, "only for a person who lacks", "capacity"),
        ("consultee", {"capacity": "in-doubt"}, "only for a person who lacks", "capacity"),
        ("consultee", {"clauses": []}, "that the consultee initialled", "clauses"),
        ("consultee", {"relationship": ""}, "Choose who the consultee is", "relationship"),
        ("own", {"capacity": "lacks-capacity"}, "from a person who has capacity", "capacity"),
        ("opt-out", dated(signed_on=date(2015, 10, 19)), "included from 20 October", "signed_on-day"),
        ("opt-out", dated(signed_on=None), "Enter the day from which", "signed_on-day"),
    ],
)  # fmt: skip
def test_what_a_basis_refuses_is_said_beside_the_question(
    play, own, researcher, basis, wrong, said, focus
):
    play.ready(own)
    researcher.get(f"{PAGE}?basis={basis}")
    answer = researcher.post(f"{PAGE}?basis={basis}", answers(basis) | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{focus}"' in answer.text
    play.session.rollback()
    assert play.session.scalar(select(Consent)) is None


def test_who_objected_is_offered_no_opt_out(play, own, researcher):
    row = play.ready(own)
    reason = play.protocol.screening.declined_reasons[0].key
    play.does(Act.APPROACH, decline, row, declined_on=date(2015, 10, 6), reason=reason)
    assert 'value="opt-out"' not in researcher.get(PAGE).text
    assert researcher.get(f"{PAGE}?basis=opt-out").status_code == 422
    play.ready(own, earlier_number=1)
    assert 'value="opt-out"' not in researcher.get("/screening/2/consent").text


def test_who_regains_capacity_consents_and_the_page_shows_both(play, own, researcher):
    row = play.ready(own)
    basing.take(play, row, "consultee")
    person = play.enrol(row).id
    page = researcher.get(PAGE).text
    assert 'value="opt-out"' not in page
    researcher.get(f"{PAGE}?basis=own")
    assert researcher.post(f"{PAGE}?basis=own", answers("own")).status_code == 302
    page = researcher.get(f"/participants/{person}").text
    assert "declaration (nominated consultee)" not in page
    assert "declaration (relative or friend)" in page
    assert re.search(r"Takes part by\s*</dt>\s*<dd[^>]*>\s*Own written consent", page)
    assert "6-month follow-up" in page


def test_who_is_to_consent_again_is_listed_by_the_documents_of_their_basis(play, own, researcher):
    for basis in ("consultee", "opt-out"):
        basing.enrolled(play, own, basis)
    page = researcher.get("/protocol").text
    listed = page[page.index("To be asked for consent again") :]
    assert "declaration" in listed
    assert "Leaflet" not in listed
    assert "Consent form" not in listed
