"""A sync: the line is run once, its run is recorded, and people are told."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from sheets_sync.errors import RomiError
from sheets_sync.line.heap import share_heap
from sheets_sync.line.pull import Pulls
from sheets_sync.line.run import LiveRun, RunReport


def sync(run: LiveRun) -> RunReport:
    """Run the line once, then send what it owes the clinic's people.

    A failed source keeps its old rows, marked stale; the rest goes on.

    Raises RomiError where the book can be neither read nor written: it then shows what it showed.
    """
    share_heap()
    try:
        with closing(Pulls(run)) as pulls:
            # Reports, tabs and books are loaded while the first file is being read.
            from sheets_sync.line.fill import fill  # noqa: PLC0415

            filled = fill(run, pulls)
    except RomiError as error:
        if run.alive():  # else it is another worker's to finish
            run.store.runs.finish(run.run_id, run.ended, ok=False, counts={}, error=error.as_dict())
        raise
    failure = filled.failure
    run.store.runs.finish(
        run.run_id,
        run.ended,
        ok=filled.ok,
        counts=filled.counts,
        error=failure.as_dict() if failure else None,
    )
    from sheets_sync.notify.after_sync import after_sync  # noqa: PLC0415 - as above

    messages = after_sync(run.clinic, run.store, run.service, run.outside, run.now, run.as_of)
    return replace(filled, messages=messages)
