"""Writing a clinic's file as a person would: what a person wrote in it, comments too, stays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.items import AoT

from sheets_sync.clinic.config import load_clinic
from sheets_sync.errors import ConfigError, because
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import SourceTable


def put_source(path: Path, source: Mapping[str, Any], before: SourceTable | None = None) -> None:
    """Add a [[source]] to a clinic's file, in the place of what it was `before`, else of the one of
    its name. A field that is empty leaves the file.

    Raises ConfigError where the file would be wrong with it; then it is left as it was.
    """
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    sources = document.setdefault("source", tomlkit.aot())
    if not isinstance(sources, AoT):
        raise ConfigError("source записан не как [[source]].", where=str(path))
    filled = {k: v for k, v in source.items() if v not in ("", {}, [], None)}
    names = {_name(filled), (before.name, before.only) if before else _name(filled)} - {None}
    same = next((other for other in sources if _name(other.unwrap()) in names), None)
    if same is None:
        table = tomlkit.table()
        table.update(filled)
        sources.append(table)
    else:
        _become(same, filled)
    write_clinic_file(path, tomlkit.dumps(document))


def _name(source: Mapping[str, Any]) -> tuple[str, str] | None:
    """What no two sources of a clinic may share; None for one that is wrong."""
    try:
        table = SOURCES[str(source.get("kind"))].table.model_validate(dict(source))
    except (KeyError, ValidationError):
        return None
    return table.name, table.only


def _become(table: Any, content: Mapping[str, Any]) -> None:
    """Make a table say what is wanted, and keep the comments of what it says already."""
    for key in [key for key in table if key not in content]:
        del table[key]
    for key, value in content.items():
        if isinstance(value, Mapping) and isinstance(table.get(key), Mapping):
            _become(table[key], value)
        elif table.get(key) != value:
            table[key] = value


def write_clinic_file(path: Path, text: str) -> None:
    """Write a clinic's file whole or not at all; a wrong one is not written. Raises ConfigError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".edit-", dir=path.parent))
    draft = folder / path.name
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        load_clinic(draft)
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o777)
        os.replace(draft, path)  # noqa: PTH105 - over a file that may be there
    except OSError as error:
        raise ConfigError(
            f"не могу записать файл клиники ({because(error)}).",
            where=str(path),
            hint="Дайте службе право писать в папку клиник.",
        ) from error
    finally:
        draft.unlink(missing_ok=True)
        folder.rmdir()
