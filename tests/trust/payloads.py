"""Text that would run, or change a query, where it is not held to be text (TRUST.md D2, D3)."""

from itertools import product

from core import audit, clock, outbox
from core.enums import Role
from core.models import CalendarDay, Department, OutboxMessage, PolicyRule, User
from core.pinyin import search_terms, sort_key
from members.models import Branch, BranchAlias, Member
from notices.models import Delivery, InboxMessage, Reminder, ReminderRule
from tests.cast import MEMBER, Cast
from tests.members.factories import make_membership

_OPENERS = ('"><', "'><", "<", "</title><", "</script><", "</textarea><", "--><", "</style><", "]]><", "</option><")
_TAGS = (
    *(
        "script>hit()</script>",
        "img src=x onerror=hit()>",
        "svg onload=hit()>",
        "b x-init=hit()>",
        "body onload=hit()>",
    ),
    *("iframe src=javascript:parent.hit()>", "details open ontoggle=hit()>", "a href=javascript:hit()>q</a>"),
    *("video><source onerror=hit()>", "x autofocus tabindex=1 onfocus=hit()>"),
    *("form action=javascript:hit()><input type=submit>", "object data=javascript:hit()>"),
)
_BARE = (
    *(
        '" autofocus onfocus=hit() x="',
        "' onmouseover='hit()",
        "javascript:hit()",
        "'-hit()-'",
        '"-hit()-"',
        "`${hit()}`",
    ),
    *(
        "{{constructor.constructor('hit()')()}}",
        "{% load x %}{{ 7|hit }}",
        "');hit();//",
        "\\x3cscript\\x3ehit()",
        "&lt;b&gt;hit()",
    ),
)
SCRIPTS: tuple[str, ...] = (*_BARE, *(opener + tag for tag, opener in product(_TAGS, _OPENERS)))
# What ends a literal, what then changes the question, and what hides the rest of it: each with each.
_ENDS = ("'", "')", "\\'", '"', "1)", "%'", "')) ", "$$")
_TURNS = (
    *(" OR 1=1", " OR 'a'='a", " AND (SELECT 1)=1", " UNION SELECT password FROM core_user", "||(SELECT 1)||"),
    *("; DROP TABLE core_user", "; SELECT pg_sleep(9)", " RETURNING *", " IN (SELECT id FROM core_user)"),
)
_HIDES = ("--", "/*", "")
_ALONE = (
    *("$1", "%s", "%(id)s", "E'\\x27'", "''", "pg_sleep(9)", "0x27", "/**/OR/**/1=1", "{user.password}", "__class__"),
)
SQL: tuple[str, ...] = (*_ALONE, *("".join(parts) for parts in product(_ENDS, _TURNS, _HIDES)))
# Keys that an ORM would follow, as they are, with lookups, and negated; and keys that are SQL.
_FIELDS = (
    *("id", "pk", "name", "phone", "username", "user__password", "user__username", "user__role_grants__role"),
    *("secret__id_number_last4", "memberships__member__phone", "memberships__branch__name", "actor__password"),
)
_LOOKUPS = ("", "__in", "__gt", "__startswith", "__contains", "__regex", "__isnull", "__range")
_NAMES = (
    *("_connector", "_negated", "order_by", "using", "select_related", "extra(where)", "__class__", "pk__in__in"),
    *("name') OR 1=1 --", "1=1", '"id"', "id; DROP TABLE core_user", "name)||(SELECT 1)||(", "%(id)s", "filter", "Q"),
)
KEYS: tuple[str, ...] = (*_NAMES, *(field + lookup for field, lookup in product(_FIELDS, _LOOKUPS)))


def fitting(payloads: tuple[str, ...], number: int, length: int) -> str:
    """The next payload from ``number`` on that is no longer than ``length``; ``hit()`` alone where none is."""
    turned = payloads[number % len(payloads) :] + payloads[: number % len(payloads)]
    return next((text for text in turned if len(text) <= length), "hit()")


def store_everywhere(cast: Cast, payloads: tuple[str, ...]) -> None:
    """A row of every kind per payload, in every column of text that people or rosters fill."""
    at = clock.now()
    for number, _payload in enumerate(payloads):

        def text(length: int, number: int = number) -> str:
            return fitting(payloads, number, length)

        longest, short = text(60), text(40)
        place = f"{number}{text(57)}"
        branch = Branch.objects.create(name=place, short_name=f"{number}{text(17)}")
        BranchAlias.objects.create(branch=branch, name=f"a{place}"[:60])
        member = Member.objects.create(
            **{"staff_no": f"X{number:05}", "name": longest, "pinyin": sort_key(longest)},
            **{
                "search_terms": search_terms(longest),
                "title": short,
                "department_name": longest,
                "remark": text(200),
            },
            **{"ethnicity": text(20), "political_status": text(20), "education": text(20), "phone": text(32)},
            birth_on=at.date().replace(year=1980, day=min(at.day, 28)),
        )
        make_membership(member=member, branch=cast.branch)
        User.objects.create_user(f"X{number:05}", name=longest, email=f"x{number}@example.org")
        Department.objects.create(name=place)
        CalendarDay.objects.create(
            day=at.date().replace(year=2040 + number % 9, day=1 + number // 9),
            is_workday=True,
            name=short,
            source=text(120),
        )
        rule = {
            "key": text(78) + f"{number}",
            "place": short,
            "unit": text(20),
            "base": short,
            "decided_by": text(200),
        }
        PolicyRule.objects.create(
            **rule, value=text(200), scope="branch", from_on="2022-01-01", mark="S", effect="warn"
        )
        reminder_rule = ReminderRule.objects.create(
            **{
                "code": f"x{number}",
                "name": longest,
                "kind": "birthday",
                "audience": "members",
                "channels": ["inbox"],
            },
            **{"subject": text(120), "body": text(2000)},
        )
        days = {"occasion_year": 2026, "occasion_on": at.date(), "due_on": at.date(), "created_at": at}
        reminder = Reminder.objects.create(rule=reminder_rule, member=member, **days)
        delivery = Delivery.objects.create(reminder=reminder, channel="inbox", state="failed", reason=text(60)[:20])
        InboxMessage.objects.create(
            member=cast.member_of(MEMBER), subject=text(120), body=text(500), created_at=at, delivery=delivery
        )
        OutboxMessage.objects.filter(pk=outbox.add("x.y").pk).update(last_error=text(200), name=text(100))
        audit.record(
            **{"actor": cast.users[Role.UNION_STAFF], "action": f"core.user.{text(60)}", "target": member},
            **{"subject": cast.member_of(MEMBER).pk, "basis": text(200), "data": {text(50): [text(50)]}, "at": at},
        )
    Member.objects.filter(pk=cast.member_of(MEMBER).pk).update(
        name=fitting(payloads, 0, 60), remark=fitting(payloads, 1, 200)
    )
