"""Keep the group robots. Their addresses contain keys: sealed when written, never shown again."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, outbox
from core.clock import local_date
from core.errors import DomainError
from core.models import User
from notices.enums import RobotRefusal
from notices.models import Robot, RobotPost
from notices.services import group_posts, robots
from notices.services.handing_out import POSTS

_PLAIN = ("name", "kind", "is_active")


class CannotKeepRobot(DomainError):
    """The robot cannot be saved so."""


@transaction.atomic
def keep_robot(
    *, actor: User, robot: Robot | None, name: str, kind: str, is_active: bool, url: str, secret: str, at: datetime
) -> Robot:
    """Add a robot (None) or change one; an empty ``url`` or ``secret`` leaves the stored one. Raises
    ``CannotKeepRobot`` for an address outside ROBOT_HOSTS or none at all."""
    if not actor.has_perm("notices.change_robot" if robot else "notices.add_robot"):
        raise PermissionDenied
    kept = Robot.objects.select_for_update().get(pk=robot.pk) if robot else Robot()
    if not url and not kept.url:
        raise CannotKeepRobot(RobotRefusal.ADDRESS_MISSING, _("请填写机器人的完整地址（Webhook）。"))
    if url and not robots.host_of(url):
        raise CannotKeepRobot(
            RobotRefusal.ADDRESS_NOT_ALLOWED, _("地址不在允许的范围：只能是所选服务的 https 地址。")
        )
    given = {"name": name, "kind": kind, "is_active": is_active}
    changed = [field for field in _PLAIN if getattr(kept, field) != given[field]]
    for field in changed:
        setattr(kept, field, given[field])
    kept.save()  # a sealed value needs the row's id
    for field, plain in (("url", url), ("secret", secret)):
        if plain:
            Robot._meta.get_field(field).put(kept, plain)  # type: ignore[union-attr]
            changed.append(field)
    if url:
        kept.host = robots.host_of(url)
    kept.save(update_fields=["url", "secret", "host"])
    if changed:
        verb = "changed" if robot else "created"
        data = {"fields": sorted(set(changed)), "host": kept.host}
        audit.record(actor=actor, action=f"notices.robot.{verb}", target=kept, data=data, at=at)
    return kept


@transaction.atomic
def greet(*, actor: User, robot: Robot, at: datetime) -> RobotPost:
    """A trial message in the group; a message of its own, about nobody."""
    if not actor.has_perm("notices.change_robot"):
        raise PermissionDenied
    key = f"test:{robot.pk}:{at.timestamp():.6f}"
    words = {"subject": _("【测试】校工会系统"), "body": _("这是一条测试消息，收到说明群机器人已接通。")}
    group_posts.post(robots_=[robot], key=key, on=local_date(at), at=at, **words)
    audit.record(actor=actor, action="notices.robot.tested", target=robot, at=at)
    outbox.add(POSTS)
    return RobotPost.objects.get(robot=robot, key=key)
