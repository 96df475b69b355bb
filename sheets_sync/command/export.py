"""`romi-sheets export`: the computed tables as files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sheets_sync.command.begin import alone, few_pauses
from sheets_sync.command.calls import DONE, FAILED
from sheets_sync.export.export import export
from sheets_sync.line.run import peek
from sheets_sync.show.outcome import show_exported


def run(clinic_file: Path, folder: Path, form: Literal["parquet", "csv"]) -> int:
    few_pauses()
    with alone(clinic_file) as work:
        exported = export(peek(work.clinic, work.store, work.service, work.clock), folder, form)
    show_exported(exported)
    return FAILED if exported.stale else DONE
