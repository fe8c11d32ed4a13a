"""Files of people, for the tests of what keeps them."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from core import attachments, clock
from core.models import Attachment, User
from members.models import Member
from tests.members.factories import make_member, make_membership

CANARY = b"CANARY-DIAGNOSIS-4711"


def upload(content: bytes | None = None, name: str = "证明.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"a,b\n" + CANARY if content is None else content)


def take(person: User, *, sensitive: bool = False, **of_upload) -> Attachment:
    return attachments.take(upload=upload(**of_upload), actor=person, at=clock.now(), sensitive=sensitive)


def stored(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def member_with_file(person: User, **more) -> tuple[Member, Attachment]:
    member = make_member(user=person)
    make_membership(member=member)
    (given,) = attachments.attach(attachments=[take(person, **more)], owner=member, actor=person, subject=member.pk)
    return member, given
