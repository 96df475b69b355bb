"""Lines of «Журнал»: the last runs, the sources, wrong cells of the book, the first refused rows."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sheets_sync.line.run import AGAIN
from sheets_sync.sources import source_title
from sheets_sync.sources.source import Refusal
from sheets_sync.store import RunRecord, SourceState
from sheets_sync.store.freshness import freshness
from templates_sheets.journal import Line, of_complaint
from templates_sheets.typed import Complaint

#: How many runs the journal shows.
RUNS = 10


def lines(
    zone: ZoneInfo,
    runs: Sequence[RunRecord],
    states: Sequence[SourceState],
    complaints: Sequence[Complaint],
    refusals: Sequence[tuple[str, str, Refusal]],
    messages: Sequence[Line] = (),
) -> list[Line]:
    """The journal: the clinic's last runs, this one first; its sources; messages to its people;
    wrong cells of the book; the first refused rows, (source, entity, refusal) each."""
    return [
        *(_of_run(r, zone) for r in runs),
        *(_of_source(s, zone) for s in states),
        *messages,
        *(of_complaint(c) for c in complaints),
        *(
            Line("Отказ", where=r.file, row=r.row, column=r.column, value=r.value, message=r.reason)
            for _, _, r in refusals
        ),
    ]


def _of_run(run: RunRecord, zone: ZoneInfo) -> Line:
    outcome = {None: "идёт", True: "готово", False: "с ошибкой"}[run.ok]
    error = run.error or {}
    sentences = [str(error.get("message", "")), str(error.get("hint", ""))]
    if AGAIN in run.counts:
        sentences.append(
            "Запуск прервался и начат заново: сколько строк новых и изменённых, неизвестно — "
            "часть записал прерванный."
        )
    return Line(
        "Запуск",
        at=(run.started_at or run.created_at).astimezone(zone),
        outcome=outcome,
        read=run.counts.get("read"),
        new=run.counts.get("new"),
        changed=run.counts.get("changed"),
        refused=run.counts.get("refused"),
        message=" ".join(t for t in sentences if t) or None,
    )


def _of_source(state: SourceState, zone: ZoneInfo) -> Line:
    error = state.error or {}
    sentences = [str(error.get("message", "")), str(error.get("hint", "")), *state.notes]
    return Line(
        "Источник",
        at=state.last_good_at.astimezone(zone) if state.last_good_at else None,
        where=source_title(state.source),
        outcome=freshness(state, zone).since if state.stale else "прочитан",
        read=state.read,
        refused=state.refused,
        message=" ".join(t for t in sentences if t) or None,
    )
