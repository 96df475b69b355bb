"""Exports in a clinic's folder, written and pulled, for the tests of the file source."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sheets_sync.privacy.keys import Keyring
from sheets_sync.sources.file import pull
from sheets_sync.sources.file.table import FileTable
from sheets_sync.sources.source import Context, Pulled

KEYRING = Keyring(b"0123456789abcdef0123456789abcdef")


def context(folder: Path, **known: object) -> Context:
    zone = ZoneInfo("Asia/Yekaterinburg")
    day = date(2026, 11, 1)
    return Context("clinic", zone, KEYRING, day, day, folder, **known)  # type: ignore[arg-type]


def pulled(
    folder: Path,
    entity: str,
    path: str = "*.csv",
    known: dict[str, object] | None = None,
    **source: object,
) -> Pulled:
    wanted = FileTable.model_validate({"kind": "file", "entity": entity, "path": path, **source})
    (found,) = pull(wanted, context(folder, **(known or {})))
    return found


def write(folder: Path, text: str, name: str = "export.csv", encoding: str = "utf-8") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def rows(found: Pulled, *columns: str) -> list[tuple[object, ...]]:
    assert found.frame is not None
    return list(found.frame[list(columns)].itertuples(index=False, name=None))
