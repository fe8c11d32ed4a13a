"""Personal data at rest: AES-256-GCM bound to its place, found again by keyed hash only (TRUST.md 2.10).

Stored form ``v1:key_id:nonce:ciphertext`` (base64url), with "table.column.row" as associated data: a value copied
to another row, column or table does not open. A plain hash of an ID number is plaintext (20 s for a county), so
search goes by HMAC-SHA-256 under a second key. Keys come from ``FIELD_KEYS`` and ``SEARCH_KEY``; the first field key
writes, all of them read.
"""

import base64
import hmac
import os
from collections.abc import Callable
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.db import models

VERSION = "v1"


class CannotOpen(ValueError):
    """The value does not open here: another key, another place, or damaged."""


@cache
def _ciphers(keys: tuple[str, ...]) -> dict[str, AESGCM]:
    return {key_id: AESGCM(base64.b64decode(text)) for key_id, _, text in (key.partition(":") for key in keys)}


@cache
def _current(keys: tuple[str, ...]) -> tuple[str, AESGCM]:
    key_id = keys[0].partition(":")[0]
    return key_id, _ciphers(keys)[key_id]


@cache
def _search_key(text: str) -> bytes:
    return base64.b64decode(text)


def current_key_id() -> str:
    return settings.FIELD_KEYS[0].partition(":")[0]


def seal(plain: str, *, table: str, column: str, row: int) -> str:
    """The stored form of ``plain`` for that place; "" stays ""."""
    if not plain:
        return ""
    return sealer(table=table, column=column)(row, plain)


def sealer(*, table: str, column: str) -> Callable[[int, str], str]:
    """``seal`` for many rows of one column, as a function of row and plaintext: keys are looked up once."""
    key_id, cipher = _current(tuple(settings.FIELD_KEYS))
    head = f"{VERSION}:{key_id}"

    def seal_row(row: int, plain: str) -> str:
        if not plain:
            return ""
        nonce = os.urandom(12)
        return f"{head}:{_b64(nonce)}:{_b64(cipher.encrypt(nonce, plain.encode(), _place(table, column, row)))}"

    return seal_row


def unseal(stored: str, *, table: str, column: str, row: int) -> str:
    """What ``seal`` was given; raises ``CannotOpen``."""
    if not stored:
        return ""
    try:
        version, key_id, nonce, sealed = stored.split(":")
        cipher = _ciphers(tuple(settings.FIELD_KEYS)).get(key_id)
        if version != VERSION:
            raise CannotOpen(f"{table}.{column} row {row}: unknown form")
        if cipher is None:
            raise CannotOpen(f"{table}.{column} row {row}: sealed under key {key_id}, which FIELD_KEYS lacks")
        return cipher.decrypt(_unb64(nonce), _unb64(sealed), _place(table, column, row)).decode()
    except CannotOpen:
        raise
    except (ValueError, InvalidTag) as broken:
        raise CannotOpen(f"{table}.{column} row {row} does not open here: moved or damaged") from broken


def reseal(stored: str, *, table: str, column: str, row: int) -> str:
    """The stored form under the present key; ``stored`` itself when it is that already. Raises ``CannotOpen``."""
    if stored.startswith(f"{VERSION}:{current_key_id()}:"):
        return stored
    return seal(unseal(stored, table=table, column=column, row=row), table=table, column=column, row=row)


def is_sealed(value: object) -> bool:
    return isinstance(value, str) and value.startswith(f"{VERSION}:") and value.count(":") == 3


def keyed_hash(plain: str) -> str:
    """HMAC-SHA-256 in hex under ``SEARCH_KEY``: equal values meet, nobody without the key can try them out."""
    return hasher()(plain)


def hasher() -> Callable[[str], str]:
    """``keyed_hash`` for many values: the key is looked up once."""
    key = _search_key(settings.SEARCH_KEY)
    return lambda plain: hmac.digest(key, plain.encode(), "sha256").hex() if plain else ""


class SealedField(models.TextField):
    """Holds the stored form. Write with ``put``, read with ``take``; the attribute itself is never plaintext."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def put(self, instance: models.Model, plain: str) -> None:
        """Seal ``plain`` into ``instance``, whose primary key must be known."""
        setattr(instance, self.attname, self.seal_for(instance.pk, plain))

    def take(self, instance: models.Model) -> str:
        return unseal(getattr(instance, self.attname), **self.place_of(instance.pk))

    def seal_for(self, row: int, plain: str) -> str:
        return seal(plain, **self.place_of(row))

    def sealer(self) -> Callable[[int, str], str]:
        """``seal_for`` for many rows."""
        return sealer(table=self.model._meta.db_table, column=str(self.column))

    def place_of(self, row: int) -> dict:
        if row is None:
            raise ValueError("a sealed value needs the row's id first")
        return {"table": self.model._meta.db_table, "column": self.column, "row": row}


def sealed_fields() -> list[tuple[type[models.Model], SealedField]]:
    """Every sealed column of every model, as (model, field)."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedField)
    ]


def _place(table: str, column: str, row: int) -> bytes:
    return f"{table}.{column}.{row}".encode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
