"""Files handed in: taken after a look inside, sealed in the store, given out by asking their owner (TRUST.md 2.9).

    in a view, before the service of the act:    taken = attachments.take_all(uploads=files, actor=user, at=at)
    in that service, inside its transaction:     attachments.attach(attachments=taken, owner=claim, actor=actor)
    once, in the app's ``attachments.py``:       attachments.owner("welfare.claim")
    on a page, for each of attachments.of(claim): {% url "attachment" file.pk %}

What is taken and attached to nothing is gone after a day. A row is written after its file and goes before it, so a
row without its file is never seen; a file without a row is swept up (``sweep``).
"""

import base64
import hashlib
import os
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from core import audit
from core.enums import FileKind
from core.files import limits
from core.files.codes import Unfit
from core.files.judging import clean_name, judged
from core.files.refusals import CannotTake, cannot_take
from core.models import Attachment, User
from core.models.attachments import path_of
from core.sealed import CannotOpen

__all__ = ["CannotTake", "Refusal"]

MayRead = Callable[[User, Attachment], bool]
UNCLAIMED = timedelta(days=1)  # that a file waits for its owner, or an upload for its row
_NONCE = 12

owners: dict[str, MayRead] = {}


class Refusal(StrEnum):
    GONE = "attachment_gone"


def owner(label: str, *, may_read: MayRead | None = None) -> None:
    """Let rows of ``label`` ("app.model") own files; who sees the row may read them, or whom ``may_read`` names."""
    if owners.setdefault(label.lower(), may_read or _sees_the_owner) is not (may_read or _sees_the_owner):
        raise ValueError(f"two rules for the files of {label}")


def take(*, upload: File, actor: User, at: datetime, sensitive: bool = False) -> Attachment:
    """Look into the file in a process apart and keep it for ``attach``. Raises ``CannotTake``; then nothing is kept.

    ``sensitive``: class C3 (medical, disability, hardship, identity papers); each reading leaves an audit entry.
    """
    name = upload.name or ""
    _refuse_quota(actor, at, name, more=upload.size or 0)  # before the work; asked again under the lock
    found = judged(upload.file or upload, filename=name)  # type: ignore[arg-type]
    return _kept(found.kind, found.name, found.content, actor=actor, at=at, sensitive=sensitive, counted=True)


def take_all(*, uploads: Iterable[File], actor: User, at: datetime, sensitive: bool = False) -> list[Attachment]:
    """``take`` for the files of one form: all of them or none. Raises ``CannotTake`` of the first that is refused."""
    taken: list[Attachment] = []
    try:
        for upload in uploads:
            taken.append(take(upload=upload, actor=actor, at=at, sensitive=sensitive))
    except CannotTake:
        discard(attachments=taken)
        raise
    return taken


def keep(*, kind: FileKind, name: str, content: bytes, actor: User, at: datetime, sensitive: bool) -> Attachment:
    """Keep a file that the system itself made for ``actor``; it counts towards nobody's quota."""
    name = clean_name(name, kind)
    return _kept(kind, name, content, actor=actor, at=at, sensitive=sensitive, counted=False)


@transaction.atomic
def attach(
    *, attachments: Iterable[Attachment], owner: models.Model, actor: User, subject: int | None = None
) -> list[Attachment]:
    """Give files that ``actor`` uploaded to ``owner``, a saved row; ``subject`` is the member whom they concern.

    Raises ``CannotTake`` when one of them is not his, has an owner already or was swept up.
    """
    label = owner._meta.label_lower
    if label not in owners:
        raise ValueError(f"no rule says who may read the files of {label}")
    given = list(attachments)
    free = Attachment.objects.filter(pk__in=[one.pk for one in given], owner_type="", uploaded_by=actor)
    if free.update(owner_type=label, owner_id=str(owner.pk), subject=subject) != len({one.pk for one in given}):
        raise CannotTake(Refusal.GONE, _("上传的文件已失效，请重新上传。"))
    return list(of(owner))


def of(owner: models.Model) -> models.QuerySet[Attachment]:
    """The files of one row, in the order in which they came."""
    return Attachment.objects.filter(owner_type=owner._meta.label_lower, owner_id=str(owner.pk))


def may_read(user: User, attachment: Attachment) -> bool:
    """Asked of the owner at every reading; without an owner it is the uploader's."""
    if not attachment.owner_type:
        return attachment.uploaded_by_id == user.pk
    rule = owners.get(attachment.owner_type)
    return rule is not None and rule(user, attachment)


@transaction.atomic(durable=True)  # nothing leaves before its entry is committed
def hand_out(*, attachment: Attachment, actor: User, at: datetime) -> bytes:
    """The content, noted in the audit when it is sensitive. Raises ``PermissionDenied``, ``CannotOpen``."""
    if not may_read(actor, attachment):
        raise PermissionDenied
    content = content_of(attachment)
    if attachment.sensitive:
        audit.record(
            actor=actor,
            action="core.attachment.viewed",
            target=attachment,
            subject=attachment.subject,
            data={"owner": f"{attachment.owner_type}:{attachment.owner_id}", "sha256": attachment.sha256},
            at=at,
        )
    return content


def content_of(attachment: Attachment) -> bytes:
    """The file in clear, for a page or document of ours. Raises ``CannotOpen`` when it is damaged or not there."""
    try:
        with default_storage.open(attachment.path) as file:
            sealed = file.read()
        key = _cipher(Attachment._meta.get_field("content_key").take(attachment))  # type: ignore[union-attr]
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(attachment.pk))
    except (FileNotFoundError, InvalidTag) as broken:
        raise CannotOpen(f"attachment {attachment.pk} is not there or damaged") from broken


@transaction.atomic
def discard(*, attachments: Iterable[Attachment]) -> int:
    """Rows now, files after the commit. The key goes with the row: what is left of a file opens no more."""
    doomed = list(attachments)
    Attachment.objects.filter(pk__in=[one.pk for one in doomed]).delete()
    for one in doomed:
        transaction.on_commit(lambda path=one.path: default_storage.delete(path))  # type: ignore[misc]
    return len(doomed)


def sweep(*, at: datetime) -> int:
    """Discard what was attached to nothing within a day, and files that no row names; how many."""
    old = at - UNCLAIMED
    unclaimed = Attachment.objects.filter(owner_type="", at__lt=old)
    return discard(attachments=unclaimed) + sum(_sweep_folder(folder, old) for folder in _folders())


def _kept(kind: FileKind, name: str, content: bytes, *, actor: User, at: datetime, sensitive: bool, counted: bool):
    key = AESGCM.generate_key(256)
    row = Attachment(kind=kind, name=name, size=len(content), sensitive=sensitive, uploaded_by=actor, at=at)
    row.sha256 = hashlib.sha256(content).hexdigest()
    Attachment._meta.get_field("content_key").put(row, base64.b64encode(key).decode())  # type: ignore[union-attr]
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, content, _place(row.pk))
    default_storage.save(row.path, ContentFile(sealed))
    try:
        with transaction.atomic():
            if counted:
                User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # two uploads at once, one quota
                _refuse_quota(actor, at, name, more=len(content))
            row.save(force_insert=True)
    except BaseException:
        default_storage.delete(row.path)
        raise
    return row


def _refuse_quota(actor: User, at: datetime, name: str, *, more: int) -> None:
    """So many files and bytes of one person within 24 hours."""
    today = Attachment.objects.filter(uploaded_by=actor, at__gt=at - timedelta(days=1)).exclude(
        owner_type="core.exportjob"
    )
    so_far = today.aggregate(files=Count("pk"), size=Sum("size"))
    if so_far["files"] >= limits.FILES_A_DAY:
        raise cannot_take(Unfit.TOO_MANY_FILES_TODAY, name, {"limit": limits.FILES_A_DAY})
    if (so_far["size"] or 0) + more > limits.BYTES_A_DAY:
        raise cannot_take(Unfit.TOO_MANY_BYTES_TODAY, name, {"limit": limits.BYTES_A_DAY >> 20})


def _sees_the_owner(user: User, attachment: Attachment) -> bool:
    model = apps.get_model(attachment.owner_type)
    return model._default_manager.visible_to(user).filter(pk=attachment.owner_id).exists()


def _folders() -> list[str]:
    root = path_of(uuid.UUID(int=0)).split("/")[0]
    with suppress(FileNotFoundError):  # nothing was ever taken
        return [f"{root}/{name}" for name in default_storage.listdir(root)[0]]
    return []


def _sweep_folder(folder: str, old: datetime) -> int:
    names = default_storage.listdir(folder)[1]
    known = {
        pk.hex
        for pk in Attachment.objects.filter(pk__in=[n for n in names if _is_id(n)]).values_list("pk", flat=True)
    }
    lost = [f"{folder}/{n}" for n in names if n not in known]
    lost = [path for path in lost if default_storage.get_modified_time(path) < old]
    for path in lost:
        default_storage.delete(path)
    return len(lost)


def _is_id(name: str) -> bool:
    with suppress(ValueError):
        return uuid.UUID(name).hex == name
    return False


def _cipher(key: str) -> AESGCM:
    return AESGCM(base64.b64decode(key))


def _place(attachment_id: uuid.UUID) -> bytes:
    return f"core_attachment.content.{attachment_id}".encode()
