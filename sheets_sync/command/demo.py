"""`romi-sheets demo`: an invented clinic, and the report made of it."""

from __future__ import annotations

from pathlib import Path

from sheets_sync.command.begin import few_pauses
from sheets_sync.command.calls import DONE, FAILED
from sheets_sync.demo.demo import run_demo
from sheets_sync.show.outcome import show_synced
from sheets_sync.show.screen import shown_progress


def run(folder: Path, *, seed: int, leads: int, months: int) -> int:
    few_pauses()
    with shown_progress() as progress:
        synced = run_demo(folder, seed=seed, leads=leads, months=months, progress=progress)
    show_synced(synced)
    return DONE if synced.ok else FAILED
