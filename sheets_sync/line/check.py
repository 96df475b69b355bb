"""`romi-sheets check`: what is connected, what is missing, the one next thing to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from metrics.join.join import join
from metrics.reports.rollout import rollout
from metrics.schema import ENTITIES
from sheets_sync.books import open_book
from sheets_sync.books.book import OtherClinicError, Typed
from sheets_sync.clinic.config import Clinic, ReportConfig
from sheets_sync.errors import RomiError
from sheets_sync.line.pull_desk import context_of
from sheets_sync.line.run import LiveRun
from sheets_sync.notify.check import channel_findings
from sheets_sync.privacy.guard import Masks, read_typed
from sheets_sync.privacy.keys import open_keyring
from sheets_sync.sources import SOURCES, source_title
from sheets_sync.sources.source import Finding
from sheets_sync.store.freshness import freshness
from templates_sheets.inputs import Inputs

#: Seconds that somebody at a terminal waits for one source, also for a turn among the syncs of its
#: token.
_PATIENCE = 60.0


def _well(what: str, seen: str) -> Finding:
    return Finding(what, ok=True, seen=seen)


def _badly(what: str, seen: str, hint: str) -> Finding:
    return Finding(what, ok=False, seen=seen, hint=hint)


@dataclass(frozen=True)
class CheckReport:
    """Everything that was checked, the rollout plan, and the one next thing to do."""

    lines: tuple[Finding, ...]
    plan: pd.DataFrame
    next_step: str

    @property
    def ok(self) -> bool:
        return all(line.ok for line in self.lines)


def check(run: LiveRun) -> CheckReport:
    """Ask every source and the book of a clinic without changing anything in them.

    The store is left as it is but for the limiter's count of requests: one token is shared with
    every sync. A source or book that does not answer is a line, not an error; to channels nothing is sent.
    Raises StoreError.
    """
    typed, book = _book(run)
    inputs = read_typed(typed.grids, run.clinic.report, run.as_of, Masks())
    channels = channel_findings(run.clinic, run.service)
    lines = [*_sources(run, inputs), *_payments(run.clinic), *book, *channels]
    plan = _plan(run, typed, inputs)
    undone = [step for step in plan["next_step"] if step]
    hints = [f"{line.what}: {line.hint or line.seen}" for line in lines if not line.ok]
    next_step = (hints or undone or ["Всё подключено: смотрите «Неделю» раз в неделю."])[0]
    return CheckReport(tuple(lines), plan, next_step)


def _sources(run: LiveRun, inputs: Inputs[ReportConfig]) -> Iterator[Finding]:
    if not run.clinic.source:
        yield _badly("Источники", "ни одного [[source]]", "Добавьте выгрузку лидов из CRM.")
    keyring = open_keyring(run.service, run.clinic.id)
    for source in run.clinic.source:
        table, name = source.with_goals(inputs.goals), source_title(source.name)
        seconds = min(_PATIENCE, run.service.source_deadline)
        context = context_of(run, table, keyring, seconds=seconds)
        try:
            for seen in SOURCES[table.kind].probe(table, context):
                yield replace(seen, what=f"{name}: {seen.what}" if seen.what else name)
        except RomiError as error:
            yield _badly(name, error.message, error.hint)


def _payments(clinic: Clinic) -> Iterator[Finding]:
    """Whether money would come twice: by a CRM's won deals and from where it is really paid."""
    tables = [t for t in clinic.source if "payments" in SOURCES[t.kind].entities]
    deals = [source_title(t.name) for t in tables if getattr(t, "payments", False)]
    paid = [
        source_title(t.name)
        for t in tables
        if not hasattr(t, "payments") and t.only in {"", "payments"}
    ]
    if deals and (paid or len(deals) > 1):
        yield _badly(
            "Оплаты",
            f"и по выигранным сделкам ({', '.join(deals)}), и из кассы ({', '.join(paid) or 'нет'})",
            "Одни деньги посчитаются дважды: поставьте payments = false у CRM; оставьте true, только "
            "если касса знает не все оплаты.",
        )


def _book(run: LiveRun) -> tuple[Typed, list[Finding]]:
    """What people typed into the book, and whether it can be read and written."""
    typed = Typed()
    try:
        book = open_book(run.clinic, run.service)
        typed = book.read()
        locked = book.try_write()
    except OtherClinicError:
        raise
    except RomiError as error:
        return typed, [_badly("Таблица", f"{error.place}{error.message}", error.hint)]
    if locked:
        return typed, [_badly("Таблица", error.message, error.hint) for error in locked]
    return typed, [_well("Таблица", f"{book.address}: читается и пишется")]


def _plan(run: LiveRun, typed: Typed, inputs: Inputs[ReportConfig]) -> pd.DataFrame:
    """The rollout plan from what the store has and people typed."""
    clinic, store = run.clinic, run.store
    settings = inputs.report.settings(run.as_of, clinic.timezone, inputs.rules)
    settings = replace(settings, clinic=clinic.name)
    states = store.sources.states(clinic.id)
    facts = join({name: store.rows.read(clinic.id, name) for name in ENTITIES}, settings)
    return rollout(facts, [freshness(s, clinic.zone) for s in states], typed.comments)
