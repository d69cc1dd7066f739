"""Administration: accounts made, changed, ended and given links; and who had access when."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from trial.conduct.access import Act
from trial.conduct.refused import Refused
from trial.protocol import Protocol
from trial.protocol.roles import Role
from trial.records.actor import COMMAND_LINE
from trial.records.models import Act as Done
from trial.records.models import Change, Cluster
from trial.records.trail import Unattributed, acting
from trial.web import access_list, account_acts, accounts, here
from trial.web.accounts import Account, AccountCluster, account_named, account_of_role, actor_of
from trial.web.database import db
from trial.web.sessions import CLOCK

PASSWORD = "copper lantern walks"
NEW = {"name": "New Person", "email": "new@example.org", "role": "researcher", "clusters": "1"}


def changes(app: Flask, item: str) -> list[tuple[str, str | None, str | None]]:
    with app.app_context():
        rows = db.session.scalars(select(Change).where(Change.item == item).order_by(Change.act))
        return [(row.table, row.old, row.new) for row in rows]


def test_an_account_is_made_with_a_link_shown_once_and_no_password(
    app: Flask, sign_in: Callable[..., Any]
) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    admin.get("/administration/add")
    page = admin.post("/administration/add", NEW)
    assert page.status_code == 200
    (link,) = re.findall(r"http://localhost(/set-password/[^<]+)", page.text)
    assert type(admin)(app.test_client()).get(link).status_code == 200
    assert ("account", None, '"researcher"') in changes(app, "role")
    assert ("account_cluster", None, "1") in changes(app, "cluster_id")
    assert changes(app, "token_hash")[-1] == ("account_link", None, '"changed"')
    assert link.rpartition("/")[2] not in admin.get("/administration").text


def test_pressing_the_button_twice_makes_one_account(
    app: Flask, sign_in: Callable[..., Any]
) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    admin.get("/administration/add")
    form = {**admin.hidden(), **NEW}
    assert admin.client.post("/administration/add", data=form).status_code == 200
    again = admin.client.post("/administration/add", data={**form, "email": "other@example.org"})
    assert again.status_code == 409 and "already sent" in again.text
    with app.app_context():
        assert len(db.session.scalars(select(Account)).all()) == 2


@pytest.mark.parametrize(
    ("changed", "focus"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "ADMINISTRATOR@example.org"}, "email"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
        ({"clusters": "99"}, "clusters"),
        ({"clusters": ""}, "clusters"),
        ({"role": "auditor"}, "clusters"),
    ],
)
def test_a_faulty_account_is_refused_beside_its_field(
    sign_in: Callable[..., Any], changed: dict[str, str], focus: str
) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    admin.get("/administration/add")
    page = admin.post("/administration/add", NEW | changed)
    assert page.status_code == 422
    assert f'href="#{focus}"' in page.text
    assert ('value="New Person"' in page.text) is (changed != {"name": ""})


def test_a_change_of_rights_needs_a_reason_stands_in_the_trail_and_ends_the_sessions(
    app: Flask, sign_in: Callable[..., Any]
) -> None:
    admin, mine = sign_in(Role.ADMINISTRATOR), sign_in(Role.RESEARCHER, {1})
    assert mine.get("/account").status_code == 200
    address = "/administration/2/change"
    form = {"name": "A researcher", "role": "researcher", "clusters": ["1", "3"]}
    admin.get(address)
    assert 'href="#reason"' in admin.post(address, form).text
    admin.get(address)
    assert admin.post(address, {**form, "reason": "covers a leave"}).status_code == 302
    assert mine.get("/account").location == "/sign-in"
    with app.app_context():
        last = db.session.scalars(select(Done).order_by(Done.number.desc()).limit(5)).all()
        assert "covers a leave" in {act.reason for act in last}
        assert db.session.get_one(Account, 2).clusters_now() == {1, 3}


def test_a_form_made_before_somebody_elses_save_is_refused(
    sign_in: Callable[..., Any],
) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    sign_in(Role.AUDITOR)
    address = "/administration/2/change"
    admin.get(address)
    early = admin.hidden()
    admin.post(address, {"name": "First", "role": "auditor", "reason": "typo"})
    late = {**early, "name": "Second", "role": "auditor", "reason": "typo"}
    again = admin.client.post(address, data={**late, "once": "x" * 32})
    assert again.status_code == 409 and "Someone else saved this first" in again.text
    assert '<h1 class="govuk-heading-l">First' in admin.get("/administration/2").text


def test_an_ended_account_stays_and_its_name_is_never_used_again(
    app: Flask, sign_in: Callable[..., Any]
) -> None:
    admin, mine = sign_in(Role.ADMINISTRATOR), sign_in(Role.RESEARCHER, {1})
    admin.get("/administration/2/end")
    assert admin.post("/administration/2/end", {"reason": "left the trial"}).status_code == 302
    assert mine.get("/account").location == "/sign-in"
    assert "Ended" in admin.get("/administration").text
    admin.get("/administration/add")
    page = admin.post("/administration/add", NEW | {"email": "Researcher@example.org"})
    assert page.status_code == 422 and "never used again" in page.text
    with app.app_context():
        ended = db.session.get_one(Account, 2)
        assert not ended.active and ended.clusters_now() == frozenset()
        assert account_named(db.session(), "researcher@example.org") is None
        assert account_of_role(db.session(), Role.RESEARCHER) is None


def test_the_database_itself_refuses_a_second_account_of_one_name(
    app: Flask, account: Callable[..., int]
) -> None:
    account()
    twin = {"email": "trial.manager@example.org", "name": "x", "role": "auditor"}
    with (
        app.app_context(),
        pytest.raises(IntegrityError),
        acting(db.session(), by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS),
    ):
        db.session.add(Account(**twin, made_at=CLOCK.now()))


def test_nobody_ends_their_own_account_or_the_last_administrator(
    app: Flask, sign_in: Callable[..., Any], account: Callable[..., int]
) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    admin.get("/administration/1/end")
    page = admin.post("/administration/1/end", {"reason": "enough"})
    assert page.status_code == 422 and "your own account" in page.text
    admin.get("/administration/1/change")
    page = admin.post(
        "/administration/1/change", {"name": "A", "role": "auditor", "reason": "enough"}
    )
    assert page.status_code == 422 and "another administrator first" in page.text


def test_all_sessions_of_an_account_can_be_ended_and_it_can_sign_in_again(
    sign_in: Callable[..., Any],
) -> None:
    admin, mine = sign_in(Role.ADMINISTRATOR), sign_in(Role.AUDITOR)
    admin.get("/administration/2/sessions")
    admin.post("/administration/2/sessions", {"reason": "laptop lost"})
    assert mine.get("/account").location == "/sign-in"
    answer = mine.post("/sign-in", {"email": "auditor@example.org", "password": PASSWORD})
    assert answer.status_code == 302 and mine.get("/account").status_code == 200


def test_no_one_administrator_holds_both_ways_into_an_account(
    app: Flask, account: Callable[..., int], protocol: Protocol
) -> None:
    first = account(Role.ADMINISTRATOR)
    second = account(Role.ADMINISTRATOR, email="second@example.org")
    person = account(Role.STATISTICIAN)
    with app.app_context():
        session = db.session()

        def act(by: int, do: Callable[[Account], Any]) -> Any:
            actor = actor_of(session, session.get_one(Account, by), protocol)
            with acting(session, by=actor, name=Act.MANAGE_ACCOUNTS):
                return do(session.get_one(Account, person))

        def enrol(one: Account) -> None:
            account_acts.enrol_second_factor(one, secret="sealed", recovery_codes="x")

        def link(by: int) -> Callable[[Account], Any]:
            return lambda one: account_acts.make_link(session, one, by=by, at=CLOCK.now())

        def remove(by: int) -> Callable[[Account], Any]:
            return lambda one: account_acts.remove_second_factor(session, one, by=by)

        act(person, enrol)
        act(first, link(first))
        with pytest.raises(Refused, match="another administrator must do this"):
            act(first, remove(first))
        act(second, remove(second))
        with pytest.raises(Refused, match="another administrator must make the link"):
            act(second, link(second))
        act(first, link(first))


def test_an_account_changed_outside_an_act_is_refused(
    app: Flask, account: Callable[..., int]
) -> None:
    number = account()
    with app.app_context(), pytest.raises(Unattributed):
        db.session.get_one(Account, number).role = "administrator"
        db.session.flush()


def test_who_had_which_right_on_a_past_day_is_answered_from_the_trail(
    app: Flask, protocol: Protocol
) -> None:
    with app.app_context():
        session, clock = db.session(), app.extensions["trial_settings"].clock
        days = [date(2016, 1, 4), date(2016, 3, 1), date(2016, 6, 1)]
        at = [clock.now().replace(year=d.year, month=d.month, day=d.day, hour=12) for d in days]
        with acting(session, by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS, at=at[0]):
            made = account_acts.make(
                session,
                email="p@example.org",
                name="P",
                role=Role.RESEARCHER,
                clusters=[1],
                at=at[0],
            )
        with acting(session, by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS, at=at[1]):
            account_acts.change(session, made, name="P", role=Role.DATA_MANAGER, at=at[1])
        with acting(session, by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS, at=at[2]):
            account_acts.deactivate(session, made, by=0, at=at[2])
        rights = access_list.rights(session, protocol)

        def held(day: date) -> set[str]:
            return {right.what for right in rights if right.held_on(day)}

        cluster = protocol.clusters[0].name
        assert held(date(2016, 1, 3)) == set()
        assert held(date(2016, 2, 1)) == {"Researcher", cluster}
        assert held(date(2016, 4, 1)) == {"Data manager"}
        assert held(date(2016, 6, 2)) == set()


def test_the_access_list_takes_a_day_and_refuses_one_that_is_none(
    sign_in: Callable[..., Any],
) -> None:
    admin = sign_in(Role.ADMINISTRATOR)
    assert (
        "Nobody had access"
        in admin.get("/administration/access?on-day=1&on-month=2&on-year=1990").text
    )
    wrong = admin.get("/administration/access?on-day=31&on-month=2&on-year=2016")
    assert wrong.status_code == 422 and "Enter a real date" in wrong.text


def test_an_employment_specialist_sees_assigned_clusters_of_the_intervention_once_revealed(
    app: Flask, account: Callable[..., int], protocol: Protocol
) -> None:
    number = account(Role.EMPLOYMENT_SPECIALIST, {1, 2})
    treating = next(arm.key for arm in protocol.arms if arm.intervention)
    other = next(arm.key for arm in protocol.arms if not arm.intervention)
    with app.app_context():
        session = db.session()

        def seen() -> frozenset[int] | None:
            return actor_of(session, session.get_one(Account, number), protocol).clusters

        assert seen() == frozenset()
        with acting(session, by=COMMAND_LINE, name=Act.REVEAL_ARM):
            for key, arm in ((1, treating), (2, other), (3, treating)):
                cluster = session.get_one(Cluster, key)
                cluster.arm, cluster.allocated_on = arm, here.today()
        assert seen() == frozenset()
        with acting(session, by=COMMAND_LINE, name=Act.REVEAL_ARM):
            for key in (1, 2, 3):
                session.get_one(Cluster, key).revealed_on = here.today()
        assert seen() == {1}


def test_loading_who_asks_leaves_no_arm_behind_for_a_blinded_person(
    app: Flask, account: Callable[..., int], protocol: Protocol
) -> None:
    number = account(Role.STATISTICIAN)
    with app.app_context():
        session = db.session()
        with acting(session, by=COMMAND_LINE, name=Act.REVEAL_ARM):
            cluster = session.get_one(Cluster, 1)
            cluster.arm, cluster.allocated_on = protocol.arms[0].key, here.today()
            cluster.revealed_on = here.today()
        session.expunge_all()
        session.info["actor"] = actor_of(session, session.get_one(Account, number), protocol)
        assert session.info["actor"].blinded
        assert session.get_one(Cluster, 1).arm is None


def test_what_each_role_sees_at_all(
    app: Flask, account: Callable[..., int], protocol: Protocol
) -> None:
    for role in Role:
        number = account(role)
        with app.app_context():
            actor = actor_of(db.session(), db.session.get_one(Account, number), protocol)
        assert (actor.clusters is None) is (role not in accounts.ASSIGNED)
        assert actor.participants is (role not in accounts.NO_PARTICIPANTS)
        assert actor.blinded is (role in protocol.blinding.blinded_roles)


def test_an_assignment_is_ended_and_never_deleted(app: Flask, account: Callable[..., int]) -> None:
    number = account(Role.RESEARCHER, {1, 2})
    with app.app_context():
        session = db.session()
        mine = session.get_one(Account, number)
        for clusters in ([2], [1, 2]):
            with acting(session, by=COMMAND_LINE, name=Act.MANAGE_ACCOUNTS):
                account_acts.change(
                    session, mine, name="A", role=Role.RESEARCHER, clusters=clusters, at=CLOCK.now()
                )
        rows = session.scalars(select(AccountCluster).order_by(AccountCluster.id)).all()
        assert [(row.cluster_id, row.until_at is None) for row in rows] == [
            (1, False),
            (2, True),
            (1, True),
        ]
