"""Messages to groups, by robots: one for each robot, rule and day, at most once (TRUST.md 2.6).

Made with the rows that they are about; marked, committed, then sent. What a crash leaves in ``sending`` may have
arrived: it is ``failed (unknown)`` and goes again by hand only. A group reads names and units at most (class C1).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import clock, policies
from notices import rules
from notices.enums import DeliveryState, Reason, RuleKind
from notices.models import Reminder, ReminderRule, Robot, RobotPost
from notices.services import robots
from notices.services.tally import Tally
from notices.services.wording import occasion_of, values_of

PER_MINUTE = "notices.robot.per_minute"
LONGEST_LIST = 30


def make_posts(*, rule: ReminderRule, on: date, at: datetime) -> int:
    """One post for each of the rule's robots about what this run (at ``at``) made; again the same day: none."""
    groups = list(rule.robots.filter(is_active=True))
    if not groups:
        return 0
    fresh = Reminder.objects.filter(rule=rule, created_at=at, deliveries__state=DeliveryState.PENDING)
    matters = list(fresh.distinct("occasion_year", "occasion_key").order_by("occasion_year", "occasion_key"))
    subject, body = _words(rule, matters, on=on)
    return post(robots_=groups, key=f"rule:{rule.pk}:{on}", subject=subject, body=body, on=on, at=at)


def post(*, robots_: Iterable[Robot], key: str, subject: str, body: str, on: date, at: datetime) -> int:
    """One message for each robot about what ``key`` names, once for ever; how many are new. In a transaction."""
    before = RobotPost.objects.filter(key=key).count()
    RobotPost.objects.bulk_create(
        (RobotPost(robot=robot, key=key, due_on=on, subject=subject, body=body, created_at=at) for robot in robots_),
        ignore_conflicts=True,
    )
    return RobotPost.objects.filter(key=key).count() - before


def _words(rule: ReminderRule, matters: list[Reminder], *, on: date) -> tuple[str, str]:
    """Subject and body for a group: of matters a list, else the rule's own text with nobody's name in it."""
    if rule.kind != RuleKind.SOURCE:
        first = matters[0]
        values = values_of(rule, occasion_on=first.occasion_on, about=first.about, on=on)
        values |= {"name": _("各位同事"), "branch": ""}
        return rules.one_line(rules.render(rule.subject, values)), rules.render(rule.body, values)
    by_day = sorted(matters, key=lambda matter: (matter.occasion_on, matter.pk))
    named = {matter.occasion_key.partition("#")[0]: matter.about for matter in by_day}
    lines = list(named.values())[:LONGEST_LIST]  # no days: the day of somebody's retirement is his birthday
    if len(named) > LONGEST_LIST:
        lines.append(_("……共 %(count)s 项") % {"count": len(named)})
    return _("%(occasion)s：%(count)s 项") % {"occasion": occasion_of(rule), "count": len(named)}, "\n".join(lines)


def deliver_posts(*, on: date) -> Tally:
    """Send what is open, as far as each robot's service lets us and a worker has time for."""
    tally = give_up(on=on, at=clock.now())
    for _again in range(rules.ROBOT_ROUND):
        one = deliver_post(on=on, at=clock.now())
        if one is None:
            break
        tally += one
    return tally


def deliver_post(*, on: date, at: datetime) -> Tally | None:
    """Send the oldest post that may go now; None when there is none. Not inside a transaction."""
    claimed = _claim(on=on, at=at)
    if claimed is None:
        return None
    return _stamp(claimed, robots.send(claimed.robot, f"{claimed.subject}\n{claimed.body}", at=at), at)


def open_posts(*, on: date, at: datetime) -> QuerySet[RobotPost]:
    """Due on ``on`` and free to be claimed at ``at``."""
    free = Q(next_try_at__isnull=True) | Q(next_try_at__lte=at)
    return RobotPost.objects.filter(free, state=DeliveryState.PENDING, due_on__lte=on)


@transaction.atomic
def give_up(*, on: date, at: datetime) -> Tally:
    """Record what will not be sent: interrupted by a crash (may have arrived), robot off, older than a week."""
    ours = RobotPost.objects
    lost = ours.filter(state=DeliveryState.SENDING, claimed_at__lte=at - rules.LEASE)
    failed = lost.update(state=DeliveryState.FAILED, reason=Reason.UNKNOWN, next_try_at=None)
    waiting = ours.filter(state=DeliveryState.PENDING)
    off = waiting.filter(robot__is_active=False).update(state=DeliveryState.SKIPPED, reason=Reason.ROBOT_OFF)
    old = waiting.filter(  # what a person sends again goes, however old
        due_on__lt=on - rules.GROUP_LATE, created_at__lt=at - rules.GROUP_LATE, claimed_at__isnull=True
    ).update(state=DeliveryState.SKIPPED, reason=Reason.TOO_LATE)
    return Tally(failed=failed, skipped=off + old)


@transaction.atomic
def _claim(*, on: date, at: datetime) -> RobotPost | None:
    """Mark the oldest post that is free and within its robot's limit as ours; None when there is none.

    The robot's row is locked: two workers at once would each count one place too many.
    """
    free = open_posts(on=on, at=at)
    busy: list[int] = []
    while (robot := _first_robot(free.exclude(robot__in=busy))) is not None:
        sent = RobotPost.objects.filter(robot=robot, claimed_at__gt=at - timedelta(minutes=1)).count()
        found = free.filter(robot=robot).order_by("pk").first() if sent < _per_minute(on) else None
        if found is None:
            busy.append(robot.pk)
            continue
        found.robot = robot
        found.state, found.claimed_at, found.next_try_at = DeliveryState.SENDING, at, None
        found.attempts += 1
        found.save(update_fields=["state", "claimed_at", "next_try_at", "attempts"])
        return found
    return None


def _first_robot(posts) -> Robot | None:
    """The robot of the oldest of these posts, locked; one that another worker holds is passed over."""
    waiting = Robot.objects.filter(pk__in=posts.values("robot"))
    return waiting.order_by("pk").select_for_update(skip_locked=True).first()


def _per_minute(on: date) -> int:
    row = policies.rule_at(PER_MINUTE, on=on)
    return int(row.value) if row else rules.ROBOT_PER_MINUTE


def _stamp(claimed: RobotPost, answer: robots.Answer, at: datetime) -> Tally:
    """Write what became of a claimed post, unless the claim was given up meanwhile."""
    ours = RobotPost.objects.filter(pk=claimed.pk, state=DeliveryState.SENDING, claimed_at=at)
    if answer.kind == robots.SENT:
        return Tally(sent=ours.update(state=DeliveryState.SENT, reason="", sent_at=at))
    if answer.kind == robots.NOT_REACHED:  # no connection: it cannot have arrived
        wait = rules.back_off(claimed.attempts)
        if wait is not None:
            ours.update(state=DeliveryState.PENDING, reason=answer.reason, next_try_at=at + wait)
            return Tally(waiting=1)
    ours.update(state=DeliveryState.FAILED, reason=answer.reason)
    return Tally(failed=1)
