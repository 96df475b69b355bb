"""Which files an export is: by a path or a mask, within their folder, each content once."""

from __future__ import annotations

import os
from glob import glob
from itertools import takewhile
from os.path import normpath
from pathlib import Path

from sheets_sync.errors import SourceError, because
from sheets_sync.privacy.personal import redact, redact_title
from sheets_sync.reading.container import digest
from sheets_sync.sources.file.table import FileTable
from sheets_sync.sources.source import Context


def export_paths(table: FileTable, context: Context) -> tuple[dict[Path, str], list[str]]:
    """The files of a source by name, with the SHA-256 of each; notes on those that are copies.

    Raises SourceError where there is none, or one that is somebody else's, or nobody may look.
    """
    try:
        paths = _paths(table, context)
    except (OSError, ValueError) as error:
        why = because(error) if isinstance(error, OSError) else "таких знаков в путях не бывает"
        raise SourceError(
            f"не могу посмотреть, что лежит в папке выгрузок ({why}).",
            where=redact_title(table.path),
            hint="Проверьте path в файле клиники и права на папку.",
            permanent=False,
        ) from error
    return _distinct(paths)


def export_size(table: FileTable, folder: Path) -> int:
    """Bytes of the files of a source; 0 where they cannot be seen."""
    try:
        return sum(path.stat().st_size for path in _files_at(table, folder))
    except (OSError, ValueError):
        return 0


def _paths(table: FileTable, context: Context) -> list[Path]:
    """The files of a source by name, without what office programs leave while a file is open."""
    root = _root(context.folder, table.path)
    files = _files_at(table, context.folder)
    if not files:
        folder = (context.folder / table.path).parent
        raise SourceError(
            "нет такого файла.",
            where=table.path,
            hint=f"Положите выгрузку в папку «{folder}» или исправьте path в файле клиники.",
            permanent=False,
        )
    return [_within(root, _named(path), context.folder) for path in files]


def _files_at(table: FileTable, folder: Path) -> list[Path]:
    pattern = folder / table.path
    if pattern.is_file():
        return [pattern]
    return sorted(
        path
        for path in (Path(p) for p in glob(str(pattern), recursive=True))  # noqa: PTH207 - `**` and a plain path alike
        if path.is_file() and not path.name.startswith(("~$", ".~lock", "."))
    )


def _named(path: Path) -> Path:
    """The same path. Raises SourceError for a name that is no text, as old archives leave them."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        raise SourceError(
            "имя файла записано не в UTF-8; он не прочитан.",
            where=redact(os.fsencode(path.name).decode("cp1251", "replace")),
            hint="Переименуйте файл, например латинскими буквами.",
        ) from None
    return path


def _root(folder: Path, path: str) -> Path:
    """The folder that a source's files must lie in: the one named before the first wildcard.

    Under the clinic's folder it counts as it is written, for whoever may upload there may put a link
    in its place; elsewhere it is the administrator's own, links and all.
    """
    parts = Path(path).parts
    plain = Path(*takewhile(lambda part: not set(part) & set("*?["), parts[:-1]))
    inside = Path(normpath(folder.resolve() / plain))
    return inside if inside.is_relative_to(folder.resolve()) else (folder / plain).resolve()


def _within(root: Path, path: Path, folder: Path) -> Path:
    """The same path. Raises SourceError where a link leads out of the folder, to somebody else's."""
    if path.resolve().is_relative_to(root) and not (
        root.is_relative_to(folder.resolve()) and _has_name_outside(root, path)
    ):
        return path
    raise SourceError(
        "это ссылка на файл вне папки выгрузок; он не прочитан.",
        where=redact_title(path.name),
        hint="Положите в папку сам файл или его копию.",
    )


def _has_name_outside(root: Path, path: Path) -> bool:
    """Whether a file has another name elsewhere: who may upload may give a stranger's one here."""
    about = path.stat()
    if about.st_nlink < 2:
        return False
    inside = sum(p.lstat().st_ino == about.st_ino for p in root.rglob("*"))
    return inside < about.st_nlink


def _distinct(paths: list[Path]) -> tuple[dict[Path, str], list[str]]:
    """Files with the SHA-256 of their content, of files with equal bytes the first; notes."""
    of_digest: dict[str, Path] = {}
    notes = []
    for path in paths:
        content = digest(path)
        if content in of_digest:
            notes.append(
                f"Файл «{redact_title(path.name)}» – копия «{redact_title(of_digest[content].name)}»: "
                "прочитан один раз."
            )
        else:
            of_digest[content] = path
    return {path: content for content, path in of_digest.items()}, notes
