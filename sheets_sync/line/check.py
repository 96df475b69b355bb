"""`romi-sheets check`: what is connected, what is missing, the one next thing to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import pandas as pd

from metrics.join.join import join
from metrics.reports.rollout import rollout
from metrics.schema import ENTITIES
from metrics.wording import counted, percent
from sheets_sync.books import open_book
from sheets_sync.books.book import Typed
from sheets_sync.clinic.config import ReportConfig, Source, spoken
from sheets_sync.errors import RomiError
from sheets_sync.line.material import freshness
from sheets_sync.line.run import Run
from sheets_sync.line.sync import wanted
from sheets_sync.net.limiter import Limiter
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.sources import file
from sheets_sync.sources.direct import reports_of
from sheets_sync.sources.direct_api import parsed
from sheets_sync.sources.metrica import counter_of
from sheets_sync.sources.metrica.goals import chosen_goals, fetch_goals
from sheets_sync.sources.source import Context
from templates_sheets.inputs import Inputs, read_inputs

#: Columns of an export whose filling decides how surely a lead is joined.
_MARKS = {
    "ym_client_id": "ClientID",
    "yclid": "yclid",
    "utm_source": "utm",
    "source_raw": "источник",
}
#: Seconds that somebody at a terminal waits for a turn among the syncs of the same token.
_PATIENCE = 60.0


@dataclass(frozen=True)
class Line:
    """One thing that was checked: what, whether it is well, what was seen, what to do if not."""

    what: str
    ok: bool
    seen: str
    hint: str = ""


def _well(what: str, seen: str) -> Line:
    return Line(what, ok=True, seen=seen)


def _badly(what: str, seen: str, hint: str) -> Line:
    return Line(what, ok=False, seen=seen, hint=hint)


@dataclass(frozen=True)
class Checked:
    """Everything that was checked, the rollout plan, and the one next thing to do."""

    lines: tuple[Line, ...]
    plan: pd.DataFrame
    next_step: str

    @property
    def ok(self) -> bool:
        return all(line.ok for line in self.lines)


def check(run: Run) -> Checked:
    """Ask every source and the book of a clinic without changing anything in them.

    The store is left as it is but for the limiter's count of requests: one token is shared with
    every sync. A source or book that does not answer is a line, not an error. Raises StoreError.
    """
    typed, book = _book(run)
    inputs = read_inputs(typed.grids, run.clinic.report, run.as_of)
    lines = [*_sources(run, inputs), book]
    plan = _plan(run, typed, inputs)
    undone = [step for step in plan["next_step"] if step]
    hints = [f"{line.what}: {line.hint or line.seen}" for line in lines if not line.ok]
    next_step = (hints or undone or ["Всё подключено: смотрите «Неделю» раз в неделю."])[0]
    return Checked(tuple(lines), plan, next_step)


def _sources(run: Run, inputs: Inputs[ReportConfig]) -> Iterator[Line]:
    if not run.clinic.source:
        yield _badly("Источники", "ни одного [[source]]", "Добавьте выгрузку лидов из CRM.")
    keyring = open_keyring(run.service, run.clinic.id)
    context = Context(
        run.clinic,
        keyring,
        run.as_of,
        full=True,
        service=run.service,
        limiter=Limiter(run.store.limits, run.outside, _PATIENCE),
        clock=run.outside,
    )
    for source in run.clinic.source:
        probe = _PROBES[source.kind]
        try:
            yield from probe(wanted(source, inputs), context)
        except RomiError as error:
            yield _badly(spoken(source.name), error.message, error.hint)


def _of_file(source: Source, context: Context) -> Iterator[Line]:
    """What of an export is understood, and how many leads can be joined."""
    name = spoken(source.name)
    for pulled in file.pull(source, context):
        frame = pulled.frame if pulled.frame is not None else pd.DataFrame()
        unknown = [header for header, column in pulled.columns.items() if not column]
        understood = [f"{h} → {c}" for h, c in pulled.columns.items() if c]
        rows = counted(pulled.read, "строка", "строки", "строк")
        yield Line(
            name,
            ok=pulled.refused_count <= pulled.read * 0.02,
            seen=f"{rows}, отказано {pulled.refused_count}; понято: {', '.join(understood)}",
            hint="Посмотрите отказанные строки во вкладке «Журнал».",
        )
        if unknown:
            yield _well(f"{name}: не взяты", ", ".join(unknown))
        if pulled.entity == "leads" and len(frame):
            shares = [f"{w} {percent((frame[n] != '').mean())}" for n, w in _MARKS.items()]
            yield _well(f"{name}: метки лидов", ", ".join(shares))


def _of_metrica(source: Source, context: Context) -> Iterator[Line]:
    """The counter, the right to it, and the goals that will be counted."""
    name = spoken(source.name)
    metrica = counter_of(source, context)
    about: dict[str, Any] = metrica.get("").get("counter", {})
    yield _well(
        name,
        f"счётчик «{about.get('name', '')}», доступ: {about.get('permission', 'неизвестен')}",
    )
    goals, notes = chosen_goals(fetch_goals(metrica), source.goals)
    names = ", ".join(g.name for g in islice(goals, 8))
    yield Line(
        f"{name}: цели",
        ok=bool(goals) and not notes,
        seen=f"{counted(len(goals), 'цель', 'цели', 'целей')}: {names}" if goals else "целей нет",
        hint=" ".join(notes) or "Заведите в Метрике цели: отправка заявки, звонок.",
    )


def _of_direct(source: Source, context: Context) -> Iterator[Line]:
    """A report of one day: the token, the login and the approval of the application at once."""
    day = context.as_of - timedelta(days=1)
    found = parsed(reports_of(source, context).report(day, day))
    yield _well(spoken(source.name), f"отвечает; строк за {day:%d.%m.%Y}: {len(list(found))}")


_PROBES: dict[str, Callable[[Source, Context], Iterator[Line]]] = {
    "file": _of_file,
    "metrica": _of_metrica,
    "direct": _of_direct,
}


def _book(run: Run) -> tuple[Typed, Line]:
    """What people typed into the book, and whether it can be read and written."""
    typed = Typed()
    try:
        book = open_book(run.clinic, run.service)
        typed = book.read()
        book.try_write()
    except RomiError as error:
        return typed, _badly("Таблица", error.message, error.hint)
    return typed, _well("Таблица", f"{book.address}: читается и пишется")


def _plan(run: Run, typed: Typed, inputs: Inputs[ReportConfig]) -> pd.DataFrame:
    """The rollout plan from what the store has and people typed."""
    clinic, store = run.clinic, run.store
    settings = inputs.report.settings(run.as_of, clinic.timezone, inputs.rules)
    states = store.sources.states(clinic.id)
    facts = join({name: store.rows.read(clinic.id, name) for name in ENTITIES}, settings)
    return rollout(facts, [freshness(s, clinic.zone) for s in states], typed.comments)
