"""What was promised to whom, and what the database and the receivers hold of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.models import ExportJob
from members.models import Member
from notices.models import Delivery, InboxMessage, ReminderRule, RobotPost
from tests.notices.chatserver import Group
from tests.notices.mailserver import Post


@dataclass
class Wave:
    """One load: pages that create, a roster, one rule for everybody, one post for each group."""

    name: str
    rule: int = 0
    acknowledged: list[str] = field(default_factory=list)  # what a page was asked to create
    answers: Counter[str] = field(default_factory=Counter)
    roster: list[str] = field(default_factory=list)  # staff numbers
    kills: int = 0
    people: int = 0


@dataclass(frozen=True)
class Books:
    """``lost``, ``doubled``: kind -> how many; ``again``: mails that came twice under one Message-ID, which they may.

    ``unknown``: posts of robots that a crash left open: shown to staff, never sent again by themselves.
    """

    expected: int
    lost: dict[str, int]
    doubled: dict[str, int]
    again: int
    unknown: int

    def line(self, wave: Wave) -> str:
        found = [
            f"{wave.name}: {wave.kills} killed, N = {self.expected}",
            f"lost {told(self.lost)}, doubled {told(self.doubled)} (95 %: each below {3 / self.expected:.4f})",
            f"mails again under their id {self.again}, posts failed (unknown) {self.unknown}",
            f"pages {len(wave.acknowledged)}, answers {dict(wave.answers)}",
        ]
        return "; ".join(found)


def told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "0"


def compare(wave: Wave, post: Post, group: Group) -> Books:
    """Journal, database and effects of one wave, by key."""
    pages = forms_of(wave)
    roster = Counter(Member.objects.filter(staff_no__in=wave.roster).values_list("staff_no", flat=True))
    of_rule = Delivery.objects.filter(reminder__rule=wave.rule)
    people = Counter(of_rule.values_list("reminder__member", "channel"))
    inbox = Counter(InboxMessage.objects.filter(delivery__reminder__rule=wave.rule).values_list("member", flat=True))
    subject = ReminderRule.objects.get(pk=wave.rule).subject
    mails = [(m["To"], m["Message-ID"]) for m in post.accepted if m["Subject"] == subject]
    mail_ids = set(of_rule.filter(channel="email", state="sent").values_list("message_id", flat=True))
    posts = dict(RobotPost.objects.filter(subject=wave.name).values_list("robot__name", "state"))
    unknown = set(
        RobotPost.objects.filter(subject=wave.name, state="failed", reason="unknown").values_list(
            "robot__name", flat=True
        )
    )
    arrived = Counter(
        path.rpartition("=")[2]
        for path, text in zip(group.paths, group.texts(), strict=True)
        if text.startswith(f"{wave.name}\n")
    )
    lost = {
        "pages": missing(wave.acknowledged, pages),
        "roster": missing(wave.roster, roster),
        "rows": 2 * wave.people - len(people),
        "inbox": wave.people - len(inbox),
        "mail": len(mail_ids - {key for _, key in mails}) + wave.people - len(mail_ids),
        "posts": sum(not arrived[robot] for robot in posts if robot not in unknown),
    }
    per_person = Counter(address for address, _ in set(mails))
    doubled = {
        "pages": extra(pages),
        "roster": extra(roster),
        "rows": extra(people),
        "inbox": extra(inbox),
        "mail": extra(per_person),
        "posts": extra(arrived),
    }
    expected = len(wave.acknowledged) + len(wave.roster) + 2 * wave.people + len(posts)
    return Books(expected, lost, doubled, again=len(mails) - len(set(mails)), unknown=len(unknown))


def forms_of(wave: Wave) -> Counter[str]:
    """What the forms of this wave created, by what was written into them."""
    return Counter(ExportJob.objects.filter(reason__startswith=f"{wave.name}-").values_list("reason", flat=True))


def missing(wanted: Iterable[str], found: Counter) -> int:
    return sum(found[key] == 0 for key in wanted)


def extra(found: Counter) -> int:
    return sum(count - 1 for count in found.values() if count > 1)
