"""An interview about work leads to the person's work, where each job is entered once."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests.playing import email_of
from tests.web.crawling import signed_in
from trial.protocol.roles import Role
from trial.records.models import Record
from trial.web.database import db

LINK = "Work history of this person"


@pytest.mark.parametrize(
    ("form", "leads"),
    [("work-interview-baseline", True), ("work-interview", True), ("justice", False)],
)
def test_only_an_interview_about_work_leads_to_it(shown: Flask, form: str, leads: bool) -> None:
    with shown.app_context():
        record = db.session.scalars(select(Record).where(Record.form == form).limit(1)).one()
        number, person = record.id, record.participant_id
    page = signed_in(shown, email_of(Role.TRIAL_MANAGER)).get(f"/forms/records/{number}").text
    assert (LINK in page) == leads
    if leads:
        assert f'href="/participants/{person}#work"' in page
