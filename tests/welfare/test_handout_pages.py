"""The officer's table: figures, the list, a tap, a number typed, the answers a phone's queue gets."""

from uuid import uuid4

import pytest

from core.enums import Role
from members.services import codes
from tests.cast import OTHER_BRANCH_OFFICER
from tests.members.factories import make_member
from tests.welfare.handouts import AT, Scene, make_run
from welfare.enums import EntitlementState, HandoutWay
from welfare.models import Handout


@pytest.fixture
def scene(db) -> Scene:
    return make_run(3)


def signed_in(client, user):
    client.force_login(user, "core.backends.StaffNumberBackend")
    return client


def place(scene: Scene, more: str = "") -> str:
    return f"/welfare/handouts/{scene.benefit.pk}/{more}"


def scan(client, scene: Scene, who: str, **more) -> dict:
    return client.post(place(scene, "scanned/"), {"who": who, "intent_key": str(uuid4())} | more).json()


def test_the_page_shows_who_is_still_to_come(client, scene):
    scene.give(scene.people[0], proxy="李四", relation="同事")

    page = signed_in(client, scene.officer).get(place(scene)).content.decode()
    done = client.get(place(scene), {"done": "1"}).content.decode()

    assert scene.people[1].name in page
    assert scene.people[0].name not in page
    assert "李四代领" in done
    assert client.get(place(scene, "progress/")).json() == {"people": 3, "done": 1, "left": 2}


def test_staff_see_every_branch_and_one_of_them(client, scene):
    other = make_member(name="王芳")
    scene.list(other, branch=scene.cast.other_branch)
    signed_in(client, scene.staff)

    assert client.get(place(scene, "progress/")).json()["people"] == 4
    page = client.get(place(scene), {"branch": str(scene.cast.other_branch.pk)}).content.decode()

    assert "王芳" in page
    assert scene.people[0].name not in page


@pytest.mark.parametrize(("query", "found"), [("张001", 1), ("H00002", 1), ("zhang", 3), ("无此人", 0)])
def test_a_search_finds_names_and_numbers(client, scene, query, found):
    page = signed_in(client, scene.officer).get(place(scene), {"q": query}).content.decode()

    assert sum(one.name in page for one in scene.people) == found


def test_a_tap_notes_him_and_comes_back_to_the_same_list(client, scene):
    one = scene.people[0]
    typed = {"who": one.staff_no, "way": "listed", "intent_key": str(uuid4()), "back": "q=zhang&page=1"}

    answer = signed_in(client, scene.officer).post(place(scene, "give/"), typed)

    assert answer["Location"] == place(scene) + "?q=zhang&page=1"
    assert scene.row(one).state == EntitlementState.RECEIVED


@pytest.mark.parametrize("back", ["//evil.example", "\r\nSet-Cookie: a=b", "https://evil.example/"])
def test_the_way_back_leads_nowhere_else(client, scene, back):
    typed = {"who": "nobody", "intent_key": str(uuid4()), "back": back}

    answer = signed_in(client, scene.officer).post(place(scene, "give/"), typed)

    assert answer["Location"].startswith(place(scene) + "?")


def test_a_scan_answers_in_words(client, scene):
    one = scene.people[0]
    code = codes.codes_for([one], at=AT)[one.pk]
    key = str(uuid4())
    signed_in(client, scene.officer)

    first = scan(client, scene, code, way="scanned", intent_key=key)
    again = scan(client, scene, code, way="scanned", intent_key=key)
    twice = scan(client, scene, code, way="scanned")

    assert first == {"done": True, "code": "done", "words": f"{one.name}：已登记领取。", "final": True}
    assert (again["done"], again["words"].startswith(f"{one.name}：已于 ")) == (True, True)
    assert (twice["done"], twice["code"]) == (False, "handout_received")
    assert Handout.objects.get().way == HandoutWay.SCANNED


def test_a_code_counts_after_its_owner_left(client, scene):
    one = scene.people[0]
    code = codes.codes_for([one], at=AT)[one.pk]
    one.memberships.update(until_on="2022-05-21", reason_out="retired")

    assert scan(signed_in(client, scene.officer), scene, code)["done"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"who": ""}, "form"),
        ({"who": "9" * 65}, "form"),
        ({"who": "H99999"}, "unknown"),
        ({"who": "A" * 22}, "unknown"),
        ({"who": "H00000", "way": "by_magic"}, "form"),
        ({"who": "H00000", "device": "x"}, "form"),
        ({"who": "H00000", "intent_key": ""}, "handout_key_malformed"),
        ({"who": "H00000", "proxy": "李四"}, "handout_proxy"),
    ],
)
def test_what_cannot_be_noted_says_why_and_changes_nothing(client, scene, typed, code):
    answer = scan(signed_in(client, scene.officer), scene, **typed)

    assert (answer["done"], answer["code"], answer["final"]) == (False, code, True)
    assert answer["words"]
    assert not Handout.objects.exists()


def test_who_is_outside_ones_branches_is_not_named(client, scene):
    other = scene.cast.member_of(OTHER_BRANCH_OFFICER)
    scene.list(other, branch=scene.cast.other_branch)

    answer = scan(signed_in(client, scene.officer), scene, other.staff_no)

    assert answer["code"] == "handout_not_listed"
    assert other.name not in answer["words"]


def test_a_proxy_is_noted_on_the_persons_page_and_staff_take_it_back(client, scene):
    one = scene.people[0]
    page = place(scene, f"people/{scene.row(one).pk}/")
    signed_in(client, scene.officer).post(page, {"proxy": "李四", "relation": "同事", "intent_key": str(uuid4())})
    assert "李四（同事）代领" in client.get(page).content.decode()

    client.post(page, {"reason": "误登"})
    assert scene.row(one).state == EntitlementState.RECEIVED  # an officer takes nothing back
    signed_in(client, scene.staff).post(page, {"reason": "误登"})

    assert scene.row(one).state == EntitlementState.LISTED


def test_only_the_scanner_may_use_the_camera(client, scene):
    signed_in(client, scene.officer)

    assert client.get(place(scene, "scan/"))["Permissions-Policy"] == "camera=(self)"
    assert client.get(place(scene))["Permissions-Policy"].startswith("camera=(),")


@pytest.mark.parametrize("people", [1, 30])
def test_the_page_asks_the_same_of_the_database_at_any_length(client, db, people, django_assert_max_num_queries):
    scene = make_run(people)
    signed_in(client, scene.user(Role.BRANCH_OFFICER)).get("/health/")

    with django_assert_max_num_queries(14):
        client.get(place(scene))
