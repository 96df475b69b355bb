"""A local file: what every list on this machine must keep to (definitions, «Common to §12–24»).

It is for its owner alone (0600), stands in nobody's place without being told to, appears whole or
not at all, and holds no row in which a cell looks like a name, a phone or an e-mail.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sheets_sync.errors import ConfigError, because
from sheets_sync.privacy.personal import personal_kinds

#: What a column may hold all the same: doctors' names, numbers of cards that look like phones.
_ALLOWED: Mapping[str, frozenset[str]] = {
    "Врач": frozenset({"name"}),
    "Карта": frozenset({"phone"}),
}


def must_be_free(path: Path, *, force: bool) -> None:
    """Raises ConfigError where something stands at `path` that `force` does not give away."""
    if path.is_dir() or not path.parent.is_dir():
        what = "это папка" if path.is_dir() else "такой папки нет"
        place = path if path.is_dir() else path.parent
        raise ConfigError(f"{what}.", where=str(place), hint="Укажите в --out путь к файлу.")
    if not force and os.path.lexists(path):
        raise _file_exists(path)


def without_people(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The rows without those that tell of a person, and how many these were.

    In: columns as titled in the file; only texts are looked at.
    """
    tells = pd.Series(data=False, index=rows.index)
    for title in rows.columns:
        allowed = _ALLOWED.get(title, frozenset())
        texts = {cell for cell in rows[title] if isinstance(cell, str)}
        such = {text for text in texts if personal_kinds(text) - allowed}
        tells |= rows[title].isin(such)
    return rows[~tells].reset_index(drop=True), int(tells.sum())


def write(path: Path, content: bytes, *, force: bool) -> None:
    """Put a file for its owner alone at `path`. Raises ConfigError, and leaves what was there."""
    must_be_free(path, force=force)
    try:
        descriptor, draft = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"
        )
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if force:
                Path(draft).replace(path)
            else:
                os.link(draft, path)  # unlike a renaming it never takes another file's place
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(draft).unlink()
    except FileExistsError as error:
        raise _file_exists(path) from error
    except OSError as error:
        raise ConfigError(
            f"не могу записать файл ({because(error)}).",
            where=str(path),
            hint="Выберите другую папку в --out.",
        ) from error


def _file_exists(path: Path) -> ConfigError:
    return ConfigError(
        "такой файл уже есть.", where=str(path), hint="Выберите другой --out или добавьте --force."
    )
