"""`romi-sheets export`: every computed table as a file of typed columns, and what they mean."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pyarrow import csv, parquet

from sheets_sync.errors import ConfigError, because
from sheets_sync.line.fill import computed
from sheets_sync.line.run import LiveRun
from sheets_sync.sources import shown_source
from templates_sheets.data_table import DataTable, data_table

FileFormat = Literal["parquet", "csv"]

SCHEMA = "schema.json"


@dataclass(frozen=True)
class ExportReport:
    """What was written: the folder, rows by table, and sources whose rows are old."""

    folder: Path
    rows: dict[str, int]
    stale: tuple[str, ...]


def export(run: LiveRun, folder: Path, form: FileFormat) -> ExportReport:
    """Write `<table>.<form>` for every computed table and SCHEMA into a folder, made if absent.

    The rows are those that the store has; a clinic that was never synced is read first. The book
    is read for what people typed, and not written. Raises ConfigError where the folder takes no
    files, RomiError where the book or the store does not answer.
    """
    content, laid = computed(run)
    tables = [data_table(table) for table in laid]
    files = {f"{table.name}.{form}": _file(table, form) for table in tables}
    files[SCHEMA] = json.dumps(_schema(run, tables, form), ensure_ascii=False, indent=1).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _put(folder, files)
    except OSError as error:
        raise ConfigError(
            f"не могу записать в папку ({because(error)}); прежние файлы целы.",
            where=str(folder),
            hint="Укажите в --dir папку, куда можно писать.",
        ) from error
    stale = tuple(
        f"{shown_source(state.source)}: {state.entity}" for state in content.states if state.stale
    )
    return ExportReport(folder, {table.name: len(table.rows) for table in tables}, stale)


def _file(table: DataTable, form: FileFormat) -> bytes:
    sink = io.BytesIO()
    if form == "csv":
        csv.write_csv(table.rows, sink)
    else:
        parquet.write_table(table.rows, sink)
    return sink.getvalue()


def _schema(run: LiveRun, tables: Sequence[DataTable], form: FileFormat) -> dict[str, Any]:
    return {
        "clinic": run.clinic.id,
        "name": run.clinic.name,
        "as_of": run.as_of.isoformat(),
        "tables": [
            {
                "name": table.name,
                "title": table.title,
                "file": f"{table.name}.{form}",
                "rows": len(table.rows),
                "columns": [asdict(column) for column in table.columns],
            }
            for table in tables
        ],
    }


def _put(folder: Path, files: dict[str, bytes]) -> None:
    """Put files into a folder: first all beside their places, then each at once into its own."""
    with contextlib.ExitStack() as drafts:
        ready = []
        for name, content in files.items():
            descriptor, draft = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=".tmp")
            drafts.callback(Path(draft).unlink, missing_ok=True)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            ready.append((Path(draft), folder / name))
        for draft_path, path in ready:
            draft_path.replace(path)
