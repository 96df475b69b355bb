"""Writing a clinic's file as a person would: what a person wrote in it, comments too, stays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT

from sheets_sync.clinic.config import load_clinic
from sheets_sync.errors import ConfigError, because


def put_source(path: Path, source: Mapping[str, Any]) -> None:
    """Add a [[source]] to a clinic's file, in the place of the one of its kind and name.

    Raises ConfigError where the file would be wrong with it; then it is left as it was.
    """
    document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    table = tomlkit.table()
    table.update({k: v for k, v in source.items() if v not in ("", {}, None)})
    sources = document.setdefault("source", tomlkit.aot())
    if not isinstance(sources, AoT):
        raise ConfigError("source записан не как [[source]].", where=str(path))
    same = ("kind", "name", "entity")
    for number, other in enumerate(sources):
        if all(other.get(key) == source.get(key) for key in same):
            for key in [k for k, v in source.items() if v in ("", {}, None)]:
                other.pop(key, None)
            other.update(table)
            sources[number] = other
            break
    else:
        sources.append(table)
    write_clinic_file(path, tomlkit.dumps(document))


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
