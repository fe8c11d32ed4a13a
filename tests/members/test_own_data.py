"""My data as a file: every table about a person, his own only, after a fresh sign-in; who looked, page by page."""

import json
from datetime import date

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db import models

from core import audit, clock
from core.enums import Role
from core.models import AuditEntry, User
from core.services.reveal import reveal
from members import looks, own_data
from members.models import Member, MemberSecret
from members.services import own_file
from tests.acts import acts
from tests.cast import MEMBER, PASSWORD, make_cast

ID_NUMBER = "11010519491231002X"
BY_NUMBER_NAMES = {"subject", "subject_id", "member", "members", "member_id", "member_ids"}


@pytest.fixture
def cast(db):
    return make_cast()


def with_secret(member: Member) -> None:
    secret = MemberSecret(member=member)
    MemberSecret._meta.get_field("id_number").put(secret, ID_NUMBER)
    secret.save()


def neither_in_nor_out() -> set[str]:
    """Tables about people that the file neither holds nor leaves out with a reason."""
    held = {label for label, _path, _table in own_data.relations()}
    lost = set()
    for one in [*own_data._to(Member), *own_data._to(User)]:
        label = own_data.label_of(one)
        if label not in held | set(own_data.LEFT_OUT) | {"members.Member.user"} and not own_data.is_actor(one):
            lost.add(label)
    for table in apps.get_models():
        for field in table._meta.concrete_fields:
            label = f"{table._meta.label}.{field.name}"
            by_number = isinstance(field, (models.IntegerField, ArrayField)) and not field.is_relation
            if field.name in BY_NUMBER_NAMES and by_number and label not in own_data.BY_NUMBER:
                lost.add(label)
    return lost


def test_every_table_about_a_person_is_in_the_file_or_left_out_with_a_reason():
    assert neither_in_nor_out() == set()
    assert all(own_data.LEFT_OUT.values())


def test_control_a_table_that_the_file_forgets_is_seen(monkeypatch):
    monkeypatch.setattr(own_data, "OWNER_NAMES", own_data.OWNER_NAMES - {"user"})

    assert "core.RoleGrant.user" in neither_in_nor_out()


def test_no_table_hangs_on_what_he_did_in_an_office():
    """Who uploaded a roster takes along no row of it."""
    labels = {label for label, _path, _table in own_data.relations()}

    assert not {label for label in labels if "Import" in label or "Export" in label}


def test_nothing_left_out_is_gone_and_every_path_leads_to_the_person():
    known = {own_data.label_of(one) for one in [*own_data._to(Member), *own_data._to(User)]}
    outside = {"account.EmailConfirmation.email_address"}

    assert set(own_data.LEFT_OUT) - outside <= known
    for _label, path, table in own_data.relations():
        assert isinstance(table._meta.get_field(path.split("__")[0]), models.ForeignKey)


def test_file_holds_mine_in_clear_and_nobody_elses(cast):
    member, other = cast.member_of(MEMBER), cast.member_of(Role.CHAIR)
    with_secret(member)
    Member.objects.filter(pk=other.pk).update(name="旁人甲乙", phone="13912345678")

    found = own_data.collect(member)

    text = json.dumps(found, ensure_ascii=False, default=str)
    assert found["tables"]["members.MemberSecret.member"]["rows"][0]["身份证号"] == ID_NUMBER
    assert found["tables"]["members.Membership.member"]["rows"][0]["起"] == "2020-01-01"
    assert found["member"]["工号"] == member.staff_no
    assert "password" not in text
    assert "旁人" not in text
    assert "13912345678" not in text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["json", "pdf"])
def test_file_is_given_after_a_fresh_sign_in_and_on_record(client, form):
    cast = make_cast()
    user = cast.users[MEMBER]
    with_secret(cast.member_of(MEMBER))
    client.force_login(user, "core.backends.StaffNumberBackend")
    address = f"/members/me/data.{form}"
    asked = client.get(address)

    assert (asked.status_code, asked["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/")
    assert not acts().filter(action="members.member.data_exported").exists()
    client.post(asked["Location"], {"password": PASSWORD})
    answer = client.get(address)

    body = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert body.startswith(b"%PDF") if form == "pdf" else json.loads(body)["member"]["工号"] == user.username
    entry = acts().get(action="members.member.data_exported")
    assert entry.subject == cast.member_of(MEMBER).pk
    assert ID_NUMBER not in str(entry.data)


def test_account_without_a_password_cannot_be_asked_afresh_and_gets_none(client, cast):
    user = cast.users[MEMBER]
    user.set_unusable_password()
    user.save()
    client.force_login(user, "core.backends.StaffNumberBackend")

    answer = client.get("/members/me/data.json")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/")
    assert not acts().filter(action="members.member.data_exported").exists()


@pytest.mark.django_db(transaction=True)
def test_file_without_its_entry_is_not_given(monkeypatch):
    cast = make_cast()
    monkeypatch.setattr(AuditEntry, "save", lambda entry, **how: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        own_file.give_json(actor=cast.users[MEMBER], at=clock.now())


@pytest.mark.django_db(transaction=True)
def test_account_without_a_file_gets_none():
    cast = make_cast()

    with pytest.raises(PermissionDenied):
        own_file.give_json(actor=cast.users[Role.SYSTEM_ADMIN], at=clock.now())


def test_looks_are_told_by_kind(cast):
    member, at = cast.member_of(MEMBER), clock.now()
    staff = cast.users[Role.UNION_STAFF]
    Member.objects.filter(pk=member.pk).update(phone="13812345678")
    member.refresh_from_db()
    reveal.__wrapped__(actor=staff, instance=member, field="phone", reason="核对", subject=member.pk, at=at)
    for action in ("members.branch.roll_printed", "members.branch.cards_printed"):
        audit.record(actor=staff, action=action, target=cast.branch, at=at)
    audit.record(actor=staff, action="members.branch.roll_printed", target=cast.other_branch, at=at)
    audit.record(actor=staff, action="members.member.contact_changed", target=member, subject=member.pk, at=at)

    def told(kind):
        return [look.what for look in looks.looks_of(list(looks.entries_about(member, kind)), member)]

    assert told("view") == ["查看了完整信息（手机号码）"]
    assert sorted(told("print")) == ["打印了分工会名册", "打印了分工会的会员证"]
    assert told("change") == ["修改了联系方式"]
    assert told("export") == []
    assert len(told("")) == len(told("nonsense")) == 4


def test_prints_of_a_branch_count_while_he_was_in_it(cast):
    member, at = cast.member_of(MEMBER), clock.now()
    member.memberships.update(until_on=date(2021, 1, 1), reason_out="left")
    audit.record(actor=cast.users[Role.UNION_STAFF], action="members.branch.roll_printed", target=cast.branch, at=at)

    assert not looks.entries_about(member).exists()


@pytest.mark.parametrize("entries", [1, 60])
def test_looks_page_costs_the_same_at_any_length(client, cast, entries, django_assert_num_queries):
    member, staff = cast.member_of(MEMBER), cast.users[Role.UNION_STAFF]
    for _n in range(entries):
        audit.record(actor=staff, action="members.member.changed", target=member, subject=member.pk, at=clock.now())
    client.force_login(cast.users[MEMBER])
    client.get("/members/me/looks/")

    with django_assert_num_queries(10):
        page = client.get("/members/me/looks/")

    assert page.content.decode().count("<li>\n") <= 30 + 10


def test_story_is_told_by_year_and_kind_for_him_and_for_his_officer(client, cast):
    member = cast.member_of(MEMBER)
    client.force_login(cast.users[MEMBER])

    page = client.get("/members/me/", {"kind": "会籍"}).context["story"]

    assert (page.kind, [year for year, _events in page.years]) == ("会籍", [2020])
    client.force_login(cast.users[Role.BRANCH_OFFICER])
    assert client.get(f"/members/{member.pk}/", {"kind": "不存在"}).context["story"].kind == ""


def test_my_card_shows_the_picture_of_the_code(client, cast):
    client.force_login(cast.users[MEMBER])
    assert "data:image/svg+xml" not in client.get("/members/me/card/").content.decode()

    client.post("/members/me/card/renew/")

    assert "data:image/svg+xml" in client.get("/members/me/card/").content.decode()
