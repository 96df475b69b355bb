"""Exports as files: CSV, XLSX, XLS or ODS by a path or a mask; see `sheets_sync/reading`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pandas as pd

from metrics.schema import ENTITIES
from metrics.wording import counted, percent
from sheets_sync.errors import SourceError
from sheets_sync.privacy.keys import Keyring
from sheets_sync.privacy.personal import redact, redact_title
from sheets_sync.sources.file.paths import export_paths, export_size
from sheets_sync.sources.file.table import FileTable
from sheets_sync.sources.source import Context, Finding, Pulled, Source

#: Part of every fingerprint: raise it where the same bytes would be read differently.
READING = 14
_RULES = (
    ("sheets_sync.reading", "words.toml"),
    ("sheets_sync.privacy", "given_names.txt"),
    ("sheets_sync.privacy", "places.txt"),
    ("sheets_sync.reading", "aliases.toml"),
    ("sheets_sync.reading", "systems.toml"),
)
#: Columns of an export whose filling decides how surely a lead is joined.
_MARKS = {
    "ym_client_id": "ClientID",
    "yclid": "yclid",
    "utm_source": "utm",
    "source_raw": "источник",
}


def pull(table: FileTable, context: Context) -> Iterator[Pulled]:
    """Read every file of `table.path` (a path or a mask, relative to the clinic's file) as one.

    Uses entity, path, sheet, encoding, date_format, columns, statuses. Yields one Pulled; its
    frame is None where neither the bytes nor the way to read them changed since
    `context.fingerprint`, and where other bytes hold the tables that `context.state` knows. Rows
    without an id are numbered over all files. Costs and traffic replace what was there between
    their first and last day.
    Raises SourceError where there is no file or the source is set wrongly, FileError where one of
    the files cannot be read: then nothing of the source changes.
    """
    try:
        yield _pulled(table, context)
    except SourceError as error:  # a file may be called after somebody's phone
        error.message, error.where = redact(error.message), redact_title(error.where)
        raise


def _pulled(table: FileTable, context: Context) -> Pulled:
    paths, notes = export_paths(table, context)
    way = _way(table, context)
    fingerprint = _fingerprint(way, paths, context.keyring)
    if fingerprint == context.fingerprint and not context.full:
        return Pulled(table.entity, None, fingerprint=fingerprint)
    # A tenth of the program's loading, which files that did not change need not wait for.
    from sheets_sync.sources.file.rows import pulled_rows  # noqa: PLC0415

    return replace(pulled_rows(table, context, [*paths], notes, way), fingerprint=fingerprint)


def probe(table: FileTable, context: Context) -> Iterator[Finding]:
    """What of an export is understood, and how many leads can be joined."""
    for pulled in pull(table, replace(context, full=True)):
        frame = pulled.frame if pulled.frame is not None else pd.DataFrame()
        unknown = [header for header, column in pulled.columns.items() if not column]
        understood = [f"{h} → {c}" for h, c in pulled.columns.items() if c]
        rows = counted(pulled.read, "строка", "строки", "строк")
        yield Finding(
            "",
            ok=pulled.refused_count <= pulled.read * 0.02,
            seen=f"{rows}, отказано {pulled.refused_count}; понято: {', '.join(understood)}",
            hint="Посмотрите отказанные строки во вкладке «Журнал».",
        )
        if unknown:
            yield Finding("не взяты", ok=True, seen=", ".join(unknown))
        if pulled.entity == "leads" and len(frame):
            shares = [f"{w} {percent((frame[n] != '').mean())}" for n, w in _MARKS.items()]
            yield Finding("метки лидов", ok=True, seen=", ".join(shares))


def _fingerprint(way: str, paths: Mapping[Path, str], keyring: Keyring) -> str:
    """Everything that the answer depends on, the way to read and the bytes, as a key: without the
    clinic's secret nobody can try what a short file may have held."""
    files = "".join(f"\n{path.name} {digest}" for path, digest in paths.items())
    return keyring.key("files:", f"{way}{files}")


def _way(table: FileTable, context: Context) -> str:
    """How files are read, as one number: the settings, the key, our own rules."""
    content = hashlib.sha256(f"{READING} {context.keyring.id} {context.zone.key}".encode())
    content.update(table.model_dump_json().encode())
    for package, name in _RULES:
        content.update(resources.files(package).joinpath(name).read_bytes())
    return content.hexdigest()


SOURCE: Source[FileTable] = Source(
    *("file", "", "выгрузка", FileTable, tuple(ENTITIES), pull, probe),
    live=False,
    size=export_size,
)
