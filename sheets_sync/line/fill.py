"""The straight line: what people typed, what sources give, joined, into the book."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd

from metrics.cores import each
from metrics.measures.alert import Alert
from metrics.schema import ENTITIES
from metrics.settings import Settings
from sheets_sync.books import open_book
from sheets_sync.books.book import Stamp, Typed
from sheets_sync.clinic.config import ReportConfig
from sheets_sync.errors import StoreError
from sheets_sync.line.heap import release
from sheets_sync.line.journal import RUNS, lines
from sheets_sync.line.material import material
from sheets_sync.line.page import KEEP_UPLOADS, PAGE, SHOWN
from sheets_sync.line.pull import Pulls
from sheets_sync.line.run import LiveRun, RunReport, SourceRead, counts
from sheets_sync.line.shown import leave_snapshot, past_of, snapshot
from sheets_sync.line.stored import forget_gone, merge_typed_costs
from sheets_sync.notify.digest import DIGEST, day_of, digest_cells
from sheets_sync.notify.letters import journal_lines
from sheets_sync.privacy.guard import Masks, guard_tables, read_typed
from sheets_sync.sources.source import Refusal
from sheets_sync.store import RunRecord, Snapshot, SourceState
from sheets_sync.store.alerts import ALERTS
from templates_sheets.data_table import DataTable, data_table
from templates_sheets.data_tables import data_tables
from templates_sheets.inputs import Inputs
from templates_sheets.json_cells import json_cells
from templates_sheets.laying import Answers, tables
from templates_sheets.tab import Table

#: Under which name a book's own memory is kept.
BOOK = "book"
#: How many refused rows are shown as examples.
EXAMPLES = 50


def lay_template(run: LiveRun, *, take: bool = False) -> str:
    """Lay every tab into the clinic's book from what the store has; gives the book's address.

    Nothing outside is asked: an empty spreadsheet gets the template, a damaged one is repaired, as
    of the day of the last sync. `take` hands another clinic's book over. Raises RomiError.
    """
    run = _as_of_last(run)
    book = open_book(run.clinic, run.service)
    typed = book.read(take=take)
    masks = Masks(allowed=[run.clinic.name])
    inputs = read_typed(typed.grids, run.clinic.report, run.as_of, masks)
    filled, _ = _fill(run, typed, inputs, masks)
    laid = book.init(filled.tables, Stamp(run.run_id, run.now))
    if laid.locked:
        raise laid.locked[0]
    run.store.runs.finish(run.run_id, run.ended, ok=True, counts={}, error=None)
    return book.address


def _as_of_last(run: LiveRun) -> LiveRun:
    """The same run of the last sync's day: rows that are there stay, so must what hangs on their
    day, the weeks of «Неделя» and the channels that «План» offers."""
    left = run.store.memory.read(run.clinic.id, DIGEST).get(DIGEST)
    return replace(run, run=replace(run.run, as_of=day_of(left))) if left else run


def computed(run: LiveRun) -> tuple[BookContent, list[Table]]:
    """What a sync would write, of the rows that the store has, and the same for programs; sources
    are asked only where none ever was. Nothing is written. Raises RomiError where the book cannot
    be read."""
    typed = open_book(run.clinic, run.service).read()
    masks = Masks(allowed=[run.clinic.name])
    inputs = read_typed(typed.grids, run.clinic.report, run.as_of, masks)
    if not run.store.sources.states(run.clinic.id):
        with closing(Pulls(run)) as pulls:
            pulls.merged(inputs.goals)
        merge_typed_costs(run, inputs)
    filled, answers = _fill(run, typed, inputs, masks)
    return filled, _for_programs(answers, masks)


@dataclass(frozen=True)
class BookContent:
    """Everything computed from the store: what the book will show."""

    settings: Settings
    channels: pd.DataFrame
    states: tuple[SourceState, ...]
    refusals: tuple[tuple[str, str, Refusal], ...]
    reads: tuple[SourceRead, ...]
    tables: list[Table]
    memory: dict[str, Any]
    exposed: tuple[str, ...]
    left: Snapshot


def _for_programs(answers: Answers, masks: Masks) -> list[Table]:
    """The computed tables for programs, without personal data, as in the book."""
    return guard_tables(data_tables(answers), masks)[0]


def _fill(
    run: LiveRun,
    typed: Typed,
    inputs: Inputs[ReportConfig],
    masks: Masks,
    sources: Sequence[SourceRead] | None = None,
) -> tuple[BookContent, Answers]:
    clinic, store = run.clinic, run.store
    run.say("Свожу данные", 0.6)
    settings = inputs.report.settings(run.as_of, clinic.timezone, inputs.rules)
    settings = replace(settings, clinic=clinic.name)
    settings = replace(settings, sources=tuple(source.name for source in clinic.source))
    states = tuple(store.sources.states(clinic.id))
    refusals = tuple(store.sources.refusals(clinic.id, EXAMPLES))
    reads = tuple(_as_last_read(read, states) for read in sources or ())
    done = {} if sources is None else counts(run.run, reads, states)
    runs = [
        _as_it_ends(record, done, reads) if record.run_id == run.run_id else record
        for record in store.runs.last(clinic.id, RUNS)
    ]
    messages = journal_lines(clinic, store, run.now)
    journal = lines(clinic.zone, runs, states, inputs.complaints, refusals, messages)
    n = store.history.position(clinic.id)
    read = partial(store.rows.read, clinic.id)
    rows = dict(zip(ENTITIES, each([partial(read, name) for name in ENTITIES]), strict=True))
    memory = store.memory.read(clinic.id)
    answers = Answers(
        material(
            *(clinic, settings, rows, typed, inputs, states, run.now, journal, memory),
            past_of(run, settings),
        )
    )
    del rows
    with store.checkpoint_beside():
        answers.frames()
    left = snapshot(answers["facts"], n)
    answers.forget_facts()
    release()

    run.say("Заполняю таблицу", 0.8)
    sheets, exposed = guard_tables(tables(answers, typed.present), masks)
    memory |= {PAGE: json_cells(sheets, SHOWN), DIGEST: digest_cells(sheets, run.as_of)}
    memory[KEEP_UPLOADS] = settings.keep_uploads
    content = BookContent(
        *(settings, answers["channel_report"], states, refusals, reads, sheets, memory, exposed),
        left,
    )
    return content, answers


def fill(run: LiveRun, pulls: Pulls) -> RunReport:
    """Merge what the sources give and fill the book. Raises RomiError where it can be neither read
    nor written: it then shows what it showed."""
    clinic = run.clinic
    run.say("Читаю таблицу", 0.0)
    book = open_book(clinic, run.service)
    book.kept = run.store.memory.read(clinic.id, BOOK).get(BOOK) or {}
    typed = book.read()
    masks = Masks(allowed=[clinic.name])
    inputs = read_typed(typed.grids, clinic.report, run.as_of, masks)
    sources = [*pulls.merged(inputs.goals), *merge_typed_costs(run, inputs)]
    run = replace(run, alone=pulls.may_fork)
    forget_gone(run)
    release()
    filled, answers = _fill(run, typed, inputs, masks, sources)
    laid = _for_programs(answers, masks) if run.store.views.exist else []
    for_bi = [data_table(table) for table in laid]
    del answers
    release()
    if not run.alive():
        raise StoreError(
            "Этот запуск перешёл к другому исполнителю.", hint="Дождитесь его.", permanent=False
        )
    written = book.write(filled.tables, Stamp(run.run_id, run.now, run.alone))
    filled.memory[BOOK] = book.kept
    fresh = map(Alert.of, filled.memory.pop(ALERTS))
    leave_snapshot(run, filled.left)
    run.store.memory.keep(clinic.id, filled.memory, run.now)
    run.store.alerts.keep(clinic.id, run.as_of - timedelta(days=1), fresh, run.now)
    untold = _show_to_bi(run, for_bi)
    run.say("Готово", 1.0)
    return RunReport(
        run.run,
        filled.settings,
        book.address,
        filled.reads,
        filled.states,
        filled.refusals,
        (*map(str, (*inputs.complaints, *written.locked)), *filled.exposed, *untold),
        filled.channels,
        written,
    )


def _show_to_bi(run: LiveRun, tables: list[DataTable]) -> tuple[str, ...]:
    """Put the tables into the database's views, where it has any. Gives what went wrong, in words:
    the book is written, and a database that lets nobody make a schema must not fail the run."""
    if not tables:
        return ()
    try:
        run.store.views.show(run.clinic.id, run.clinic.name, run.as_of, tables)
    except StoreError as error:
        return (f"Таблицы для BI (схема romi) остались прежними: {error.message}",)
    return ()


def _as_last_read(read: SourceRead, states: tuple[SourceState, ...]) -> SourceRead:
    """An unchanged source is as its last reading left it: its refused rows are refused still."""
    state = next((s for s in states if (s.source, s.entity) == (read.source, read.entity)), None)
    if not read.unread or state is None:
        return read
    return replace(
        read, read=state.read, refused=state.refused, totals=state.totals, notes=state.notes
    )


def _as_it_ends(record: RunRecord, done: dict[str, int], reads: Sequence[SourceRead]) -> RunRecord:
    """This run as its own book shows it: who reads that has the run behind them."""
    failure = next((read.error for read in reads if read.error), None)
    return replace(
        record,
        ok=failure is None,
        counts=done,
        error=failure.as_dict() if failure else None,
    )
