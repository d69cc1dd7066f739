"""The pages of the clusters: who sees which, and one step after the other."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conduct.recruiting import PERMISSION
from tests.web.recruited import typed
from trial.conduct.access import Act
from trial.protocol.roles import Role
from trial.records.models import Cluster
from trial.records.trail import acting

CITY = "City Community Forensic Service"
COUNTY = "County Community Forensic Service"
ADDRESS = "/clusters/city-forensic"


def cluster(play, key="city-forensic"):
    play.session.rollback()
    return play.session.scalar(select(Cluster).where(Cluster.key == key))


def test_a_cluster_is_brought_from_identified_to_open_through_the_pages(play, sign_in):
    manager = sign_in(Role.TRIAL_MANAGER)
    steps = (
        ("identified", typed("identified_on", date(2015, 5, 4))),
        ("approached", typed("approached_on", date(2015, 6, 1))),
        ("permission", typed("permission_on", date(2015, 7, 1)) | rest(PERMISSION)),
        ("open", typed("opened_on", date(2015, 9, 1))),
    )
    for step, form in steps:
        assert f'href="{ADDRESS}/{step}"' in manager.get(ADDRESS).text
        manager.get(f"{ADDRESS}/{step}")
        answer = manager.post(f"{ADDRESS}/{step}", form)
        assert (answer.status_code, answer.location) == (302, ADDRESS)
    page = manager.get(ADDRESS).text
    assert "The cluster is open to recruitment." in page
    assert "The gatekeeper, Service manager. Document: Letter of 1 July 2015" in page
    assert cluster(play).opened_on == date(2015, 9, 1)


def rest(permission):
    return {name: value for name, value in permission.items() if name != "permission_on"}


def test_an_impossible_day_is_said_beside_it_and_the_rest_stays(play, sign_in):
    manager = sign_in(Role.TRIAL_MANAGER)
    manager.get(f"{ADDRESS}/permission")
    wrong = typed("permission_on", date(2016, 2, 1)) | rest(PERMISSION)
    answer = manager.post(f"{ADDRESS}/permission", wrong)
    assert answer.status_code == 422
    assert "cannot be in the future: today is 15 January 2016" in answer.text
    assert 'href="#permission_on-day"' in answer.text
    for kept in ("The gatekeeper", "Service manager", "Letter of 1 July 2015", 'value="2016"'):
        assert kept in answer.text
    assert cluster(play).permission_on is None


def test_a_correction_asks_why(play, sign_in):
    play.open(cluster(play))
    manager = sign_in(Role.TRIAL_MANAGER)
    manager.get(f"{ADDRESS}/open")
    again = typed("opened_on", date(2015, 9, 2))
    answer = manager.post(f"{ADDRESS}/open", again)
    assert "Say why this is changed" in answer.text
    answer = manager.post(f"{ADDRESS}/open", again | {"reason": "The letter says so."})
    assert answer.status_code == 302
    assert cluster(play).opened_on == date(2015, 9, 2)


def test_the_second_of_two_editors_is_told(play, sign_in):
    play.open(cluster(play))
    manager = sign_in(Role.TRIAL_MANAGER)
    manager.get(f"{ADDRESS}/close")
    with acting(play.session, by=play.by, name=Act.RECORD_CLUSTER, reason="Meanwhile."):
        cluster(play).identified_on = date(2015, 5, 5)
    form = typed("closed_on", date(2016, 1, 4)) | {"closed_reason": "Full."}
    answer = manager.post(f"{ADDRESS}/close", form)
    assert answer.status_code == 409
    assert "Someone else saved this first" in answer.text


def test_a_closing_is_taken_back_with_a_reason(play, sign_in):
    play.open(cluster(play))
    manager = sign_in(Role.TRIAL_MANAGER)
    assert manager.get(f"{ADDRESS}/reopen").status_code == 404
    manager.get(f"{ADDRESS}/close")
    form = typed("closed_on", date(2016, 1, 4)) | {"closed_reason": "Full."}
    assert manager.post(f"{ADDRESS}/close", form).status_code == 302
    assert "Take back the closing" in manager.get(ADDRESS).text
    manager.get(f"{ADDRESS}/reopen")
    answer = manager.post(f"{ADDRESS}/reopen", {"reason": "The wrong cluster."})
    assert answer.status_code == 302
    assert cluster(play).closed_on is None


def test_a_researcher_sees_their_own_clusters_only_and_changes_none(play, sign_in):
    own = cluster(play)
    researcher = sign_in(Role.RESEARCHER, clusters={own.id})
    page = researcher.get("/clusters").text
    assert CITY in page
    assert COUNTY not in page
    assert researcher.get(ADDRESS).status_code == 200
    assert researcher.get("/clusters/county-forensic").status_code == 404
    for key in ("no-such-cluster", "%00", "%F0%9F%92%A3"):
        assert researcher.get(f"/clusters/{key}").status_code == 404
    assert researcher.get(f"{ADDRESS}/identified").status_code == 404


@pytest.mark.parametrize("role", [Role.FIDELITY_REVIEWER, Role.ADMINISTRATOR])
def test_who_sees_no_people_sees_no_counts_of_them(play, sign_in, role):
    play.consider(play.open(cluster(play)))
    person = sign_in(role, clusters={cluster(play).id} if role is Role.FIDELITY_REVIEWER else None)
    for page in (person.get("/clusters").text, person.get(ADDRESS).text):
        assert "considered here" not in page
        assert "Enrolled" not in page


def test_counts_are_those_of_the_cluster(play, sign_in):
    play.participant(play.open(cluster(play)))
    play.consider(play.open(cluster(play, "county-forensic")))
    page = sign_in(Role.TRIAL_MANAGER).get(ADDRESS).text
    rows = [row.split("<") for row in page.split("All considered</th>")[1:]]
    assert rows[0][1].endswith(">1")


def test_an_arm_is_shown_once_revealed_and_never_to_the_blinded(play, protocol, sign_in):
    arm = next(one for one in protocol.arms if one.intervention)
    with acting(play.session, by=play.by, name=Act.REVEAL_ARM):
        own = cluster(play)
        own.allocated_on, own.arm = date(2015, 10, 1), arm.key
    manager = sign_in(Role.TRIAL_MANAGER)
    for address in ("/clusters", ADDRESS):
        assert f"<strong>{arm.name}" not in manager.get(address).text
    with acting(play.session, by=play.by, name=Act.REVEAL_ARM):
        cluster(play).revealed_on = date(2015, 10, 12)
    assert f"<strong>{arm.name}</strong>" in manager.get(ADDRESS).text
    assert f">{arm.name}</td>" in manager.get("/clusters").text
    researcher = sign_in(Role.RESEARCHER, clusters={cluster(play).id})
    for address in ("/clusters", ADDRESS):
        page = researcher.get(address).text
        assert arm.name not in page
        assert ">Arm<" not in page
