"""What `./run` loads on its first start."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core import books
from core.enums import Role
from core.models import OutboxMessage, User
from finance.models import Expense, FiscalYear
from members.feed_codes import FeedKind
from members.models import DuplicatePair, FeedChange, FeedRun, Member, MergeRecord
from members.selectors import roll_on
from notices.models import Reminder
from tests.members.factories import make_notice
from union_site import demo


@pytest.fixture
def home(settings, tmp_path, db):
    call_command("load_reference", stdout=StringIO())  # as each start does before the demo
    settings.UNION_HOME = tmp_path
    settings.MODE = "demo"
    return tmp_path


@pytest.mark.django_db
def test_demo_has_the_union_one_account_per_role_and_this_weeks_birthdays(home):
    notice = make_notice()
    call_command("load_demo", stdout=StringIO())

    accounts = (home / "demo-accounts.txt").read_text(encoding="utf-8")
    password = accounts.splitlines()[0].rsplit(" ", 1)[1]
    users = {user.username: user for user in User.objects.all()}
    assert roll_on(demo.START.replace(month=12, day=31)).count() == 753
    assert {role for user in users.values() for role in user.roles} == set(Role)
    assert all(part.username in users and part.username in accounts for part in demo.CAST)
    assert all(user.check_password(password) for user in users.values())
    assert OutboxMessage.objects.filter(name="notices.send_due").exists()
    assert notice.consents.count() == User.objects.filter(member__isnull=False).count() > 0
    states = FiscalYear.objects.order_by("year").values_list("state", flat=True)
    assert list(states) == ["closed", "open"]
    claims = Counter(Expense.objects.values_list("state", flat=True))
    assert claims == {"draft": 1, "submitted": 2, "approved": 1, "paid": 1}
    assert not list(books.differences())
    lines = FeedChange.objects.filter(state="proposed")
    assert set(lines.values_list("kind", flat=True)) == set(FeedKind.values) - {"died"}
    assert [verdict for _, _, verdict, _ in FeedRun.objects.get(state="open").rejected] == ["staff_no_merged"]
    assert (
        DuplicatePair.objects.filter(state="open").count() == MergeRecord.objects.filter(undone_at=None).count() == 1
    )
    birthdays = set(Reminder.objects.values_list("member_id", flat=True)) - {None}
    assert not birthdays or Member.objects.filter(user__isnull=False, pk__in=birthdays).exists()


@pytest.mark.django_db
def test_demo_is_not_loaded_over_people_nor_in_production(home, settings):
    call_command("load_demo", stdout=StringIO())
    before = User.objects.count(), Member.objects.count()

    with pytest.raises(CommandError, match="已有会员"):
        call_command("load_demo", stdout=StringIO())
    settings.MODE = "production"
    with pytest.raises(CommandError, match="生产环境"):
        call_command("load_demo", stdout=StringIO())

    assert (User.objects.count(), Member.objects.count()) == before


@pytest.mark.parametrize("where", ["_open_account", "_with_a_message"])
@pytest.mark.django_db
def test_demo_that_broke_off_is_loaded_by_the_next_start(home, monkeypatch, where):
    with monkeypatch.context() as broken:
        broken.setattr(demo, where, interrupted)
        with pytest.raises(KeyboardInterrupt):
            call_command("load_demo", stdout=StringIO())
    left = User.objects.count(), Member.objects.count(), (home / "demo-accounts.txt").exists()

    call_command("load_demo", stdout=StringIO())

    assert left == (0, 0, False)
    assert User.objects.filter(username=demo.CAST[0].username).exists()


def interrupted(*_args):
    raise KeyboardInterrupt
