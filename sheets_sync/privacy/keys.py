"""Person keys by HMAC, and the guard that refuses personal data in a cell or a log line."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

from metrics.schema import ENTITIES
from sheets_sync.errors import ConfigError, PrivacyError, because
from sheets_sync.privacy.contacts import email, phones
from sheets_sync.privacy.personal import find_personal, redact
from sheets_sync.settings import Service
from templates_sheets.tab import Column, Table

__all__ = ["Keyring", "PersonalFilter", "find_personal", "guard_tables", "open_keyring"]

#: Columns of an export whose cells may hold a name: staff, not patients; and campaigns named
#: after a doctor.
NAMED = frozenset(c.name for e in ENTITIES.values() for c in e.columns if c.personal)
#: Columns of advertising, where ten or eleven digits in a row are an id of a campaign or an ad.
MARKED = frozenset(
    {
        "campaign",
        "campaign_id",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "utm_term",
    }
)
#: Domains of person keys.
PHONE, EMAIL = "phone:", "email:"
_SHORTEST_SECRET = 16
_KEY_LENGTH = 32
_BLOCK = 64


class Keyring:
    """Makes the keys of one clinic's people. Its secret is in no repr, log or error.

    A key is the first 32 hex digits of HMAC-SHA256(secret, prefix + value); the prefix keeps a
    phone, a card number and a foreign key of equal text apart.
    """

    __slots__ = ("__inner", "__outer", "id")

    def __init__(self, secret: bytes) -> None:
        # HMAC by its definition (RFC 2104), the padded key absorbed once: 300 000 keys in 0.3 s.
        block = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(
            _BLOCK, b"\0"
        )
        self.__inner = hashlib.sha256(bytes(b ^ 0x36 for b in block))
        self.__outer = hashlib.sha256(bytes(b ^ 0x5C for b in block))
        #: Says which secret made the keys without telling it: kept beside them, for rotation.
        self.id = "k1-" + self.key("id:", "")[:8]

    def __repr__(self) -> str:
        return f"Keyring(id={self.id!r})"

    def __reduce__(self) -> str:
        raise TypeError("a keyring is not written anywhere")

    def key(self, prefix: str, value: str) -> str:
        """HMAC of `value` under a domain prefix, 32 hex digits."""
        return self.keys(prefix, [value])[0]

    def keys(self, prefix: str, values: Iterable[str]) -> list[str]:
        """The keys of many values under one prefix."""
        begun = self.__inner.copy()
        begun.update(prefix.encode())
        found = []
        for value in values:
            inner, outer = begun.copy(), self.__outer.copy()
            inner.update(value.encode())
            outer.update(inner.digest())
            found.append(outer.hexdigest()[:_KEY_LENGTH])
        return found

    def person_key(self, phone: str, mail: str = "") -> str:
        """The key of a person by the first valid phone of a cell, else by e-mail; "" by neither."""
        if numbers := phones(phone):
            return self.phone_key(numbers[0])
        address = email(mail)
        return self.email_key(address) if address else ""

    def phone_key(self, e164: str) -> str:
        return self.key(PHONE, e164)

    def email_key(self, address: str) -> str:
        return self.key(EMAIL, address)

    def patient_key(self, number: str) -> str:
        """The key of a patient by the clinic program's own id; `00123` and `123` are one card."""
        text = number.strip()
        return self.key("mis:", text.lstrip("0") if text.isdigit() else text)

    def foreign_key(self, column: str, value: str) -> str:
        """A key that came ready-made in an export: opaque, and never stored as it came."""
        return self.key(f"{column}:", value)


def open_keyring(service: Service, clinic_id: str) -> Keyring:
    """The clinic's keyring: its secret is HMAC of the service's secret and the clinic's id.

    Raises ConfigError where the service's secret cannot be had.
    """
    return Keyring(derived_key(service, f"clinic:{clinic_id}"))


def derived_key(service: Service, purpose: str) -> bytes:
    """A key for one purpose: HMAC of the service's secret and the purpose's name, 32 bytes.

    The service's secret is ROMI_SHEETS_SECRET, else the file HOME/secret, made once with mode
    0600; with PostgreSQL none is made, for machines that share a store must share it. Raises
    ConfigError where it is missing, too short, or cannot be read or made.
    """
    if service.secret is not None:
        secret = service.secret.get_secret_value().encode()
        where = "ROMI_SHEETS_SECRET"
    elif service.store_url.startswith("postgresql") and not (service.home / "secret").exists():
        raise ConfigError(
            "с общей базой нужен общий секрет: свой у каждой машины сделал бы всех пациентов новыми.",
            where="ROMI_SHEETS_SECRET",
            hint="Задайте один на всех и навсегда: openssl rand -hex 32.",
        )
    else:
        path = service.home / "secret"
        secret, where = _kept_secret(path), str(path)
    if len(secret) < _SHORTEST_SECRET:
        raise ConfigError(
            f"секрет короче {_SHORTEST_SECRET} символов.",
            where=where,
            hint="Задайте случайную строку: openssl rand -hex 32.",
        )
    return hmac.digest(secret, purpose.encode(), "sha256")


def _kept_secret(path: Path) -> bytes:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_secret(path)
        path.chmod(0o600)
        return path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            f"не могу прочитать или создать секрет ({because(error)}).",
            where=str(path),
            hint="Дайте службе право писать в эту папку или задайте ROMI_SHEETS_SECRET.",
        ) from error


def _make_secret(path: Path) -> None:
    """Appears whole or not at all; of several processes that make it at once, the first wins."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()


def guard_tables(tables: Sequence[Table]) -> None:
    """Let tables through that carry no personal data in any cell or note.

    Columns that people fill are left alone: what they typed is in their book already.
    Raises PrivacyError that names tab, row, column and kind, never the value. Names are allowed
    where the column says whose (`Column.personal`), long digits in columns of campaigns and ids.
    """
    seen: dict[tuple[bool, bool], set[str]] = {}
    for table in tables:
        for place, column in enumerate(table.columns):
            if _is_peoples(table, column):
                continue
            names = not column.personal
            bare = column.personal != "campaign" and column.format != "id"
            clean = seen.setdefault((names, bare), set())
            texts = {cell for row in table.rows if isinstance(cell := row[place], str)} - clean
            for text in texts:
                if kind := find_personal(text, names=names, bare=bare):
                    row = next(i for i, cells in enumerate(table.rows) if cells[place] == text)
                    raise _refusal(table, row, column.title, kind)
            clean |= texts
        for (row, place), note in table.notes.items():
            if kind := find_personal(note):
                raise _refusal(table, row, table.columns[place].title, kind)


def _is_peoples(table: Table, column: Column) -> bool:
    """A column that people fill: what they typed in their own book is theirs, and goes nowhere."""
    return column.comment or (table.tab.filled_by == "people" and not column.key)


def _refusal(table: Table, row: int, column: str, kind: str) -> PrivacyError:
    return PrivacyError(
        f"в ячейке личные данные: {kind}. Таблица не записана.",
        where=f"вкладка «{table.tab.title}», строка {row + 2}, столбец «{column}»",
        hint="Уберите их из выгрузки или из вкладки, где они набраны, и обновите ещё раз.",
    )


class PersonalFilter(logging.Filter):
    """Cuts phones, e-mails and full names out of a log record, its arguments and its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True
