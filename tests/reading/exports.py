"""Exports in a clinic's folder, written and pulled, for the tests of the file source."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sheets_sync.clinic.config import Clinic, Source
from sheets_sync.privacy.keys import Keyring
from sheets_sync.sources.file import pull
from sheets_sync.sources.source import Context, Pulled

KEYRING = Keyring(b"0123456789abcdef0123456789abcdef")


def context(folder: Path, **known: object) -> Context:
    clinic = Clinic(name="Тест", folder=folder, timezone="Asia/Yekaterinburg")
    return Context(clinic, KEYRING, date(2026, 11, 1), **known)  # type: ignore[arg-type]


def pulled(
    folder: Path,
    entity: str,
    path: str = "*.csv",
    known: dict[str, object] | None = None,
    **source: object,
) -> Pulled:
    wanted = Source(kind="file", entity=entity, path=path, **source)  # type: ignore[arg-type]
    (found,) = pull(wanted, context(folder, **(known or {})))
    return found


def write(folder: Path, text: str, name: str = "export.csv", encoding: str = "utf-8") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def rows(found: Pulled, *columns: str) -> list[tuple[object, ...]]:
    assert found.frame is not None
    return list(found.frame[list(columns)].itertuples(index=False, name=None))
