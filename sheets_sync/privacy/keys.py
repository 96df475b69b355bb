"""Person keys by HMAC: what is stored instead of a phone, an e-mail, a card number."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from sheets_sync.errors import ConfigError, because
from sheets_sync.privacy.contact_details import email, phones
from sheets_sync.settings import Service

#: Domains of keys of persons and patients.
PHONE, EMAIL, PATIENT = "phone:", "email:", "mis:"
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
        begin, finish = begun.copy, self.__outer.copy
        digests = []
        for value in values:
            inner, outer = begin(), finish()
            inner.update(value.encode())
            outer.update(inner.digest())
            digests.append(outer.hexdigest()[:_KEY_LENGTH])
        return digests

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
        return self.patient_keys([number])[0]

    def patient_keys(self, numbers: Iterable[str]) -> list[str]:
        """The keys of many patients."""
        texts = (number.strip() for number in numbers)
        return self.keys(PATIENT, (t.lstrip("0") if t.isdigit() else t for t in texts))

    def cards(self, keys: Sequence[str], printed: Sequence[str]) -> None:
        """Given each patient's number beside the key made of it: forgotten at once, but by
        `lists.cards`."""

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
