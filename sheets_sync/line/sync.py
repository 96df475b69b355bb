"""The straight line for one clinic: read what people typed, pull sources, join, write the book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from metrics.schema import ENTITIES
from metrics.settings import Settings
from sheets_sync.books import open_book
from sheets_sync.books.book import Stamp, Typed
from sheets_sync.clinic.config import Clinic, ReportConfig, Source, spoken
from sheets_sync.errors import RomiError, StoreError
from sheets_sync.line.journal import RUNS, lines
from sheets_sync.line.material import material
from sheets_sync.line.page import PAGE, page
from sheets_sync.line.run import Progress, Read, Run, Synced, counts, silent
from sheets_sync.net.clock import Clock
from sheets_sync.net.limiter import Limiter
from sheets_sync.privacy.keys import guard_tables, open_keyring
from sheets_sync.service.telemetry import count_request
from sheets_sync.settings import Service
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import Context, Pulled, Refusal
from sheets_sync.store import Merged, SourceState, Store
from sheets_sync.store import Run as RunRecord
from templates_sheets import costs as costs_tab
from templates_sheets.inputs import Inputs, read_inputs
from templates_sheets.laying import Answers, tables
from templates_sheets.tab import Table

#: How many refused rows are shown as examples.
EXAMPLES = 50
#: Everything that a source without ids may ever have held: its new rows are all of its rows.
_ALWAYS = (date(1900, 1, 1), date(2199, 12, 31))


def new_run(
    clinic: Clinic,
    store: Store,
    service: Service,
    clock: Clock,
    *,
    as_of: date | None = None,
    full: bool = False,
    progress: Progress = silent,
) -> Run:
    """A run by hand; `as_of` is today in the clinic's zone unless given."""
    now = clock.now()
    day = as_of or clock.today(clinic.zone)
    run_id = store.runs.start(clinic.id, "hand", now)
    return Run(
        clinic, store, service, day, now, run_id, full, progress, outside=clock, clock=clock.now
    )


def peek(clinic: Clinic, store: Store, service: Service, clock: Clock) -> Run:
    """A run that only looks: it is not in the runs table."""
    return Run(clinic, store, service, clock.today(clinic.zone), clock.now(), "", outside=clock)


def sync(run: Run) -> Synced:
    """Run the line once. A failed source keeps its old rows, marked stale; the rest goes on.

    Raises RomiError where the book can be neither read nor written: it then shows what it showed.
    """
    try:
        synced = _line(run)
    except RomiError as error:
        if run.alive():  # else it is another worker's to finish
            run.store.runs.finish(run.run_id, run.ended, ok=False, counts={}, error=error.as_dict())
        raise
    failure = next((r.error for r in synced.sources if r.error), None)
    run.store.runs.finish(
        run.run_id,
        run.ended,
        ok=synced.ok,
        counts=synced.counts,
        error=failure.as_dict() if failure else None,
    )
    return synced


def lay_template(run: Run) -> str:
    """Lay every tab into the clinic's book from what the store has; gives the book's address.

    Nothing outside is asked: an empty spreadsheet gets the template, a damaged one is repaired.
    Raises RomiError.
    """
    book = open_book(run.clinic, run.service)
    typed = book.read()
    inputs = read_inputs(typed.grids, run.clinic.report, run.as_of)
    filled = _fill(run, typed, inputs)
    book.init(filled.tables, Stamp(run.run_id, run.now))
    run.store.runs.finish(run.run_id, run.ended, ok=True, counts={}, error=None)
    return book.address


@dataclass(frozen=True)
class _Filled:
    """Everything computed from the store: what the book will show."""

    settings: Settings
    channels: pd.DataFrame
    states: tuple[SourceState, ...]
    refusals: tuple[tuple[str, str, Refusal], ...]
    reads: tuple[Read, ...]
    tables: list[Table]
    memory: dict[str, Any]


def _fill(
    run: Run, typed: Typed, inputs: Inputs[ReportConfig], sources: Sequence[Read] | None = None
) -> _Filled:
    clinic, store = run.clinic, run.store
    run.say("Свожу данные", 0.6)
    settings = inputs.report.settings(run.as_of, clinic.timezone, inputs.rules)
    settings = replace(settings, sources=tuple(source.name for source in clinic.source))
    states = tuple(store.sources.states(clinic.id))
    refusals = tuple(store.sources.refusals(clinic.id, EXAMPLES))
    reads = tuple(_as_last_read(read, states) for read in sources or ())
    done = {} if sources is None else counts(run, reads, states)
    runs = [
        _as_it_ends(record, done, reads) if record.run_id == run.run_id else record
        for record in store.runs.last(clinic.id, RUNS)
    ]
    journal = lines(clinic.zone, runs, states, inputs.complaints, refusals)
    rows = {name: store.rows.read(clinic.id, name) for name in ENTITIES}
    memory = store.memory.read(clinic.id)
    answers = Answers(
        material(clinic, settings, rows, typed, inputs, states, run.now, journal, memory)
    )
    del rows
    answers.frames()

    run.say("Заполняю таблицу", 0.8)
    sheets = tables(answers, typed.present)
    guard_tables(sheets)
    memory |= {PAGE: page(sheets)}
    return _Filled(settings, answers["channel_report"], states, refusals, reads, sheets, memory)


def _line(run: Run) -> Synced:
    clinic = run.clinic
    run.say("Читаю таблицу", 0.0)
    book = open_book(clinic, run.service)
    typed = book.read()
    inputs = read_inputs(typed.grids, clinic.report, run.as_of)
    sources = [*_pull_all(run, inputs), *_merge_typed_costs(run, inputs)]
    _forget_gone(run)
    filled = _fill(run, typed, inputs, sources)
    if not run.alive():
        raise StoreError(
            "Этот запуск перешёл к другому исполнителю.", hint="Дождитесь его.", permanent=False
        )
    written = book.write(filled.tables, Stamp(run.run_id, run.now))
    run.store.memory.keep(clinic.id, filled.memory, run.now)
    run.say("Готово", 1.0)
    return Synced(
        run,
        filled.settings,
        book.address,
        filled.reads,
        filled.states,
        filled.refusals,
        tuple(str(c) for c in inputs.complaints),
        filled.channels,
        written,
    )


def _pull_all(run: Run, inputs: Inputs[ReportConfig]) -> Iterator[Read]:
    keyring = open_keyring(run.service, run.clinic.id)
    limiter = Limiter(run.store.limits, run.outside)
    known = {(s.source, s.entity): s for s in run.store.sources.states(run.clinic.id)}
    sources = run.clinic.source
    for place, source in enumerate(sources):
        share = 0.05 + 0.55 * place / len(sources)

        def progress(text: str, part: float, begin: float = share) -> None:
            run.say(text, begin + 0.55 * part / len(sources))

        progress(f"Читаю {spoken(source.name)}", 0.0)
        state = next((s for key, s in known.items() if _is_of(source, *key)), None)
        context = Context(
            clinic=run.clinic,
            keyring=keyring,
            as_of=run.as_of,
            fingerprint=state.fingerprint if state and not run.full else "",
            state=_remembered(known, source.name),
            full=run.full,
            progress=progress,
            service=run.service,
            limiter=limiter,
            clock=run.outside,
            observe=count_request,
        )
        yield from _pull(run, wanted(source, inputs), context)


def wanted(source: Source, inputs: Inputs[ReportConfig]) -> Source:
    """The source with the goals that «Настройки» names, if it names any."""
    if source.kind != "metrica" or not inputs.goals:
        return source
    return source.model_copy(update={"goals": inputs.goals})


def _is_of(source: Source, name: str, entity: str) -> bool:
    """Whether the store's name and entity are this source's: one file may give two entities."""
    return name == source.name and (source.kind != "file" or entity == source.entity)


def _remembered(known: dict[tuple[str, str], SourceState], source: str) -> dict[str, Any]:
    """What the last good pull of a source left, over all its entities."""
    states = [s.state for (name, _), s in known.items() if name == source]
    return {key: value for state in states for key, value in state.items()}


def _pull(run: Run, source: Source, context: Context) -> list[Read]:
    """Pull one source and merge it in one transaction, or mark it stale."""
    one = (source.entity or "") if source.kind == "file" else ""
    try:
        pulls = list(SOURCES[source.kind](source, context))
        merged = run.store.rows.merge(run.clinic.id, source.name, pulls, run.now, one)
    except RomiError as error:
        run.store.sources.fail(run.clinic.id, source.name, error, run.now, one)
        return [Read(source.name, source.entity or "", error=error)]
    return [_read(source.name, pulled, merged[pulled.entity]) for pulled in pulls]


def _read(source: str, pulled: Pulled, merged: Merged) -> Read:
    return Read(
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


def _as_last_read(read: Read, states: tuple[SourceState, ...]) -> Read:
    """An unchanged source is as its last reading left it: its refused rows are refused still."""
    state = next((s for s in states if (s.source, s.entity) == (read.source, read.entity)), None)
    if not read.unread or state is None:
        return read
    return replace(
        read, read=state.read, refused=state.refused, totals=state.totals, notes=state.notes
    )


def _as_it_ends(record: RunRecord, done: dict[str, int], reads: Sequence[Read]) -> RunRecord:
    """This run as its own book shows it: who reads that has the run behind them."""
    failure = next((read.error for read in reads if read.error), None)
    return replace(
        record,
        ok=failure is None,
        counts=done,
        error=failure.as_dict() if failure else None,
    )


def _forget_gone(run: Run) -> None:
    """Forget sources that the clinic's file no longer names and that say nothing of their own.

    One without rows (its path was mistyped, or its rows are another's now) would be stale for
    ever; a renamed export of costs or traffic, which have no ids, would count twice.
    """
    named = {source.name for source in run.clinic.source} | {costs_tab.SOURCE}
    states = run.store.sources.states(run.clinic.id)
    ours = [s for s in states if s.source in named]
    for name in sorted({s.source for s in states} - named):
        if all(not s.rows or _is_covered(s, ours) for s in states if s.source == name):
            run.store.rows.forget(run.clinic.id, name)


def _is_covered(gone: SourceState, ours: Sequence[SourceState]) -> bool:
    """Whether a source of the same kind now gives every day that a gone one gave."""
    kind = gone.source.partition(":")[0]
    return not ENTITIES[gone.entity].key and any(
        s.entity == gone.entity
        and s.source.partition(":")[0] == kind
        and s.first is not None
        and s.last is not None
        and s.first <= gone.first <= gone.last <= s.last
        for s in ours
        if gone.first and gone.last
    )


def _merge_typed_costs(run: Run, inputs: Inputs[ReportConfig]) -> list[Read]:
    """Rows of the tab «Расходы» are all of that source's rows: a row taken out is gone."""
    refused = len(inputs.about(costs_tab.TAB.title))
    pulled = Pulled("costs", inputs.costs, read=len(inputs.costs) + refused, replace=_ALWAYS)
    known = any(s.source == costs_tab.SOURCE for s in run.store.sources.states(run.clinic.id))
    if inputs.costs.empty and not refused and not known:
        return []
    merged = run.store.rows.merge(run.clinic.id, costs_tab.SOURCE, [pulled], run.now)
    return [_read(costs_tab.SOURCE, pulled, merged["costs"])]
