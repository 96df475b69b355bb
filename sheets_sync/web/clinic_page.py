"""What a clinic's page shows: what to do next, the week, the charts, sources, runs, the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from metrics.sources import ENTITY_NAMES
from metrics.wording import counted, number
from sheets_sync.clinic.config import Clinic
from sheets_sync.delivery.registry import titles
from sheets_sync.line.page import PAGE
from sheets_sync.notify.letters import last_letters, state, what, why
from sheets_sync.sources import source_title
from sheets_sync.store import RunRecord, SourceState, Store
from sheets_sync.web.cell_text import Text, cell_text
from sheets_sync.web.charts import Bar, ChartWeek, channel_bars, line, weeks

_RUNS = 10
_JOURNAL = 30
#: How many weeks the page has room for; the last one may not be over.
_WEEKS = 5
#: Runs come hourly: who was not read for so long is not looked after.
_LONG_AGO = timedelta(days=1)
_KINDS = {"hand": "вручную", "click": "по кнопке", "hourly": "по часам"}
_STATES = {
    "queued": ("в очереди", "wait"),
    "running": ("идёт", "wait"),
    "done": ("готово", "good"),
    "failed": ("не получилось", "bad"),
}
_COUNTS = (
    ("new", "новая строка", "новые строки", "новых строк"),
    ("changed", "изменена", "изменены", "изменено"),
    ("refused", "отказана", "отказаны", "отказано"),
)


@dataclass(frozen=True)
class SourceRow:
    """One source's entity: its state, and the one next thing to do about it."""

    title: str
    what: str
    state: str
    tone: str
    through: str
    read: str
    rows: str
    refused: str
    error: str
    hint: str


@dataclass(frozen=True)
class RunRow:
    """One run: when, how it was begun, how it ended."""

    at: str
    kind: str
    state: str
    tone: str
    counts: str
    error: str
    hint: str


@dataclass(frozen=True)
class PageRow:
    """A row of a table of the book; `reason` says why a cell of it is empty."""

    cells: tuple[Text, ...]
    reason: str


@dataclass(frozen=True)
class LetterRow:
    """One message to the clinic's people: when, where and what, how it ended and why."""

    at: str
    what: str
    state: str
    tone: str
    why: str


@dataclass(frozen=True)
class ClinicPage:
    """Everything on the page."""

    state: str
    tone: str
    fresh: str
    run: RunRecord | None
    next_step: str
    sources: list[SourceRow]
    runs: list[RunRow]
    week_titles: tuple[str, ...]
    week: list[PageRow]
    bars: list[Bar]
    weeks: list[ChartWeek]
    line: str
    letters: list[LetterRow]
    muted: str
    journal: list[PageRow]


def clinic_page(clinic: Clinic, store: Store, now: datetime) -> ClinicPage:
    """The page of a clinic at `now`, from what the store knows. Raises StoreError."""
    states = store.sources.states(clinic.id)
    runs = store.runs.last(clinic.id, _RUNS)
    shown: Mapping[str, Any] = store.memory.read(clinic.id, PAGE).get(PAGE, {})
    week, journal = shown.get("weekly"), shown.get("journal")
    sources = _sources(clinic, states)
    fresh = min((s.last_good_at for s in states if s.last_good_at), default=None)
    state, tone = _state(runs, states, fresh is not None and now - fresh > _LONG_AGO)
    pictured = weeks(week)
    return ClinicPage(
        state,
        tone,
        _local(fresh, clinic.zone),
        runs[0] if runs else None,
        _next_step(clinic, sources, runs),
        sources,
        [_run(run, clinic.zone) for run in runs],
        _week_titles(week),
        _week(week),
        channel_bars(shown.get("channel_report")),
        pictured,
        line(pictured),
        _letters(clinic, store, now),
        _muted(store.outbox.muted(clinic.id), now, clinic.zone),
        _journal(journal),
    )


def _state(
    runs: Sequence[RunRecord],
    states: Sequence[SourceState],
    is_old: bool,  # noqa: FBT001 - a value
) -> tuple[str, str]:
    if not runs:
        return "ещё не обновляли", "none"
    if not runs[0].finished_at:
        return _STATES[runs[0].status]
    if any(s.stale for s in states):
        return "не всё свежее", "bad"
    if not runs[0].ok:
        return "последний запуск не удался", "bad"
    return ("давно не обновляли", "wait") if is_old else ("данные свежие", "good")


def _next_step(clinic: Clinic, sources: Sequence[SourceRow], runs: Sequence[RunRecord]) -> str:
    """The one thing to do now; "" where there is none."""
    for source in sources:
        if source.error:
            return f"{source.title}: {source.hint or source.error}"
    error = (runs[0].error or {}) if runs and runs[0].finished_at else {}
    if error:
        return f"{error.get('message', '')} {error.get('hint', '')}".strip()
    if not clinic.source and not sources:
        return "Загрузите первую выгрузку: обращения (лиды) из CRM."
    if not runs:
        return "Нажмите «Обновить»: отчёт соберётся в первый раз."
    refused = [s for s in sources if s.refused]
    if refused:
        return (
            f"{refused[0].title}: отказано строк — {refused[0].refused}. "
            "Какие и почему — ниже, в журнале."
        )
    return ""


def _sources(clinic: Clinic, states: Sequence[SourceState]) -> list[SourceRow]:
    rows = [_source(state, clinic.zone) for state in states]
    read = {state.source for state in states}
    rows += [
        SourceRow(
            source_title(source.name),
            ENTITY_NAMES.get(str(getattr(source, "entity", "")), ""),
            *("ещё не читали", "none", "", "", "", "", "", ""),
        )
        for source in clinic.source
        if source.name not in read
    ]
    return sorted(rows, key=lambda row: row.tone != "bad")


def _source(state: SourceState, zone: ZoneInfo) -> SourceRow:
    error = state.error or {}
    word, tone = ("устарел", "bad") if state.stale else ("свежий", "good")
    return SourceRow(
        source_title(state.source),
        ENTITY_NAMES.get(state.entity, ""),
        "не прочитан" if state.last_good_at is None else word,
        "bad" if state.last_good_at is None else tone,
        f"{state.last.astimezone(zone):%d.%m.%Y}" if state.last else "",
        _local(state.last_good_at, zone),
        number(state.rows),
        number(state.refused) if state.refused else "",
        str(error.get("message", "")),
        str(error.get("hint", "")),
    )


def _run(run: RunRecord, zone: ZoneInfo) -> RunRow:
    error = run.error or {}
    word, tone = _STATES[run.status]
    if run.status == "failed" and "read" in run.counts:
        word = "обновлено не всё"
    counts = [counted(run.counts[key], *words) for key, *words in _COUNTS if run.counts.get(key)]
    return RunRow(
        _local(run.finished_at or run.started_at or run.created_at, zone),
        _KINDS.get(run.kind, ""),
        word,
        tone,
        ", ".join(counts) or ("ничего нового" if run.ok and run.counts else ""),
        str(error.get("message", "")),
        str(error.get("hint", "")),
    )


def _week_titles(table: dict[str, Any] | None) -> tuple[str, ...]:
    """«27.10», «03.11 (идёт)»: the Mondays that the page has room for."""
    titles = table["titles"][1:-1][-_WEEKS:] if table else []
    return tuple(t[:5] + t[10:] for t in titles)


def _week(table: dict[str, Any] | None) -> list[PageRow]:
    if not table:
        return []
    keep = [0, *range(1, len(table["titles"]))[-_WEEKS - 1 :]]
    rows = zip(table["rows"], table["formats"], table["notes"], strict=True)
    return [_row(cells, formats, notes, keep) for cells, formats, notes in rows]


def _row(cells: list[Any], formats: list[str], notes: list[str], keep: list[int]) -> PageRow:
    empty = any(cells[n] is None for n in keep[:-1])
    reason = next((note for note in notes if note), "") if empty else ""
    return PageRow(tuple(cell_text(cells[n], formats[n]) for n in keep), reason)


def _journal(table: dict[str, Any] | None) -> list[PageRow]:
    """Lines of «Журнал» but for runs, sources and messages, which have tables of their own."""
    if not table:
        return []
    places = [
        table["titles"].index(t)
        for t in ("Что", "Где", "Строка", "Столбец", "Значение", "Пояснение")
    ]
    lines = [
        PageRow(tuple(cell_text(cells[n], formats[n]) for n in places), "")
        for cells, formats in zip(table["rows"], table["formats"], strict=True)
        if cells[0] not in ("Запуск", "Источник", "Сообщение")
    ]
    return lines[:_JOURNAL]


def _letters(clinic: Clinic, store: Store, now: datetime) -> list[LetterRow]:
    """The last messages to the clinic's people, as «Журнал» will show them."""
    tones = {"sent": "good", "waiting": "wait", "sending": "wait"}
    named = titles(clinic.notify)
    return [
        LetterRow(
            _local(letter.tried_at or letter.made_at, clinic.zone),
            f"{named.get(letter.channel, letter.channel)}: {what(letter)}",
            state(letter),
            tones.get(letter.state, "bad"),
            why(letter),
        )
        for letter in last_letters(clinic, store, now)
    ]


def _muted(until: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    return _local(until, zone) if until and until > now else ""


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}" if moment else ""
