"""Pulling a clinic's sources: what each gives is merged, a failed one is marked stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import scipy

from sheets_sync.ahead import MakerGoneError, Say, Wait, ahead, at_once
from sheets_sync.errors import RomiError, SourceError
from sheets_sync.line.heap import release
from sheets_sync.line.live_pulls import LivePulls
from sheets_sync.line.pull_desk import Batch, PullDesk, batches
from sheets_sync.line.run import LiveRun, SourceRead
from sheets_sync.privacy.morphology import dictionary
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import Pulled, SourceTable
from sheets_sync.store import MergeCounts

#: What is loaded when it is asked for, 0.3 s: there is time while a file is being read.
_LATER = (lambda: scipy.special, lambda: scipy.optimize, dictionary)


class Pulls:
    """The pulls of one run. Its files are being read from now on, for they hang on nothing that the
    book says: where the run has its process to itself, by a child, until `close`."""

    def __init__(self, run: LiveRun) -> None:
        """Raises ConfigError, StoreError."""
        self._run = run
        self._desk = PullDesk(run, len(run.clinic.source))
        self._files = _of_files(self._desk, run.clinic.source)
        self._live = LivePulls(self._desk)

    def merged(self, goals: tuple[int | str, ...] = ()) -> list[SourceRead]:
        """Merge what comes of every source; a failed one is marked stale.

        `goals` are those that «Настройки» names. Gives what became of each source, in the order of
        the clinic's file. Raises StoreError.
        """
        run, live = self._run, self._live
        tables = [table.with_goals(goals) for table in run.clinic.source]
        reads: list[list[SourceRead]] = [[] for _ in tables]
        for number, table in enumerate(tables):
            if SOURCES[table.kind].live:
                live.begin(number, table)
        for number, batch in self._files:
            reads[number] += _keep(run, tables[number], batch)
            del batch  # its rows are let go before the next file's come
            release()
        for number, batch in live.arriving():
            reads[number] += _keep(run, tables[number], batch)
        return [read for of_source in reads for read in _summed(of_source)]

    @property
    def may_fork(self) -> bool:
        """Whether the process is the run's alone, and no source that is overdue hangs in it."""
        return self._run.alone and self._live.is_over

    def close(self) -> None:
        """Whatever is still being read is not wanted."""
        self._files.close()


def _of_files(desk: PullDesk, tables: Sequence[SourceTable]) -> Generator[tuple[int, Batch]]:
    """What the files give: of a process that is this run's alone, one file is read while the one
    before it is merged."""
    files = {n: table for n, table in enumerate(tables) if not SOURCES[table.kind].live}
    read = partial(_read, desk, files)
    if not files or not desk.run.alone:
        return read(desk.say, at_once)
    return _or_why(ahead(read, desk.say, _LATER), files)


def _read(
    desk: PullDesk, files: Mapping[int, SourceTable], say: Say, wait: Wait
) -> Generator[tuple[int, Batch]]:
    """What a source's numbers are held against hangs on what those of its entity before it left: it
    is read when they are merged."""
    count = 0
    of_entity: dict[str, int] = {}
    for number in _in_turn(files, desk.run.clinic.folder):
        table = files[number]
        wait(of_entity.get(table.only, 0))
        for batch in batches(table, desk.context(number, table, say)):
            count += 1
            yield number, batch
            del batch
        of_entity[table.only] = count
        release()


def _in_turn(files: Mapping[int, SourceTable], folder: Path) -> list[int]:
    """Of each entity the first source, then the second: of two rows of one id the clinic's later
    source has the word. In each round the one with the most bytes comes first: its merge stands
    beside the reading of the others."""
    rounds: Counter[str] = Counter()
    turns = {}
    for number, table in files.items():
        rounds[table.only] += 1
        turns[number] = rounds[table.only], -SOURCES[table.kind].size(table, folder)
    return sorted(files, key=turns.__getitem__)


def _or_why(
    arriving: Iterator[tuple[int, Batch]], files: Mapping[int, SourceTable]
) -> Generator[tuple[int, Batch]]:
    """What arrives; sources of which nothing came before their reader was gone are told."""
    left = set(files)
    try:
        for number, batch in arriving:
            left.discard(number)
            yield number, batch
            del batch
    except MakerGoneError:
        error = SourceError(
            "чтение выгрузок прервалось: система остановила программу, которая их читала.",
            hint="Обычно не хватает памяти: освободите её или разбейте выгрузку на части.",
            permanent=False,
        )
        yield from ((number, error) for number in sorted(left))


def _keep(run: LiveRun, table: SourceTable, batch: Batch) -> list[SourceRead]:
    """Merge a batch in one transaction, or mark its source stale."""
    if isinstance(batch, RomiError):
        run.store.sources.fail(run.clinic.id, table.name, batch, run.now, table.only)
        return [SourceRead(table.name, table.only, error=batch)]
    try:
        merged = run.store.rows.merge(
            run.clinic.id, table.name, batch, run.now, table.only, run.run_id
        )
    except RomiError as error:
        return _keep(run, table, error)
    return [read_of(table.name, pulled, merged[pulled.entity]) for pulled in batch]


def read_of(source: str, pulled: Pulled, merged: MergeCounts) -> SourceRead:
    """What became of one pulled entity."""
    return SourceRead(
        source,
        pulled.entity,
        pulled.read,
        pulled.refused_count,
        pulled.totals,
        merged,
        pulled.frame is None,
        pulled.notes,
        pulled.error,
    )


def _summed(reads: Sequence[SourceRead]) -> list[SourceRead]:
    """One of each entity, over the batches of a source. Each counts the rows of those before it."""
    error = next((read.error for read in reads if read.error), None)
    of_entity: dict[str, SourceRead] = {}
    for read in reads:
        before = of_entity.get(read.entity)
        merged = [m for m in (before.merged if before else None, read.merged) if m]
        of_entity[read.entity] = replace(
            read, merged=sum(merged[1:], merged[0]) if merged else None
        )
    if len(of_entity) > 1:
        of_entity.pop("", None)
    return [replace(read, error=read.error or error) for read in of_entity.values()]
