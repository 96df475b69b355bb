"""Every tab of one run, in the book's order, from reports, what people typed and the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from metrics.reports.rollout import Signs, rollout
from sheets_sync.books.book import Typed
from sheets_sync.clinic.config import Clinic, ReportConfig, spoken
from sheets_sync.line.reports import Reports, before
from sheets_sync.line.run import AGAIN
from sheets_sync.sources.source import Refusal
from sheets_sync.store import Run, SourceState
from templates_sheets import (
    campaigns,
    channel_report,
    channels,
    cohorts,
    costs,
    definitions,
    directions,
    funnel,
    journal,
    models,
    quality,
    services,
    settings,
    summary,
    unit_by_channel,
    unit_economics,
    weekly,
)  # fmt: skip
from templates_sheets import (
    rollout as rollout_tab,
)
from templates_sheets.inputs import Inputs
from templates_sheets.journal import Line
from templates_sheets.tab import Table

#: How many runs the journal shows.
RUNS = 10


@dataclass(frozen=True)
class Shown:
    """What the tabs show beside the reports.

    runs       the clinic's last runs, this one first
    states     what the store remembers of each source
    refusals   (source, entity, refusal) of the first refused rows
    """

    clinic: Clinic
    inputs: Inputs[ReportConfig]
    typed: Typed
    at: datetime
    runs: Sequence[Run]
    states: Sequence[SourceState]
    refusals: Sequence[tuple[str, str, Refusal]]


def tables(reports: Reports, shown: Shown) -> list[Table]:
    """The tabs in the order of `templates_sheets.TABS`."""
    chosen, grids, inputs = reports.facts.settings, shown.typed.grids, shown.inputs
    comments = shown.typed.comments
    local = shown.at.astimezone(shown.clinic.zone)
    return [
        summary.table(
            reports.channel_report, before(reports.facts), chosen, local, warnings(shown)
        ),
        weekly.table(reports.weekly, chosen),
        channel_report.table(reports.channel_report, chosen, comments.get("channel_report", {})),
        campaigns.table(reports.campaigns, chosen, comments.get("campaigns", {})),
        cohorts.table(reports.cohorts),
        unit_economics.table(reports.unit_economics),
        unit_by_channel.table(reports.unit_by_channel),
        services.table(reports.services),
        funnel.table(reports.funnel),
        models.table(reports.models),
        quality.table(reports.quality),
        rollout_tab.table(rollout(reports.facts, signs(shown))),
        definitions.table(),
        journal.table(lines(shown)),
        settings.table(
            grids.get("settings", []), chosen, inputs.goals, inputs.about(settings.TAB.title)
        ),
        costs.table(grids.get("costs", []), inputs.about(costs.TAB.title)),
        channels.table(grids.get("channels", []), inputs.about(channels.TAB.title)),
        directions.table(grids.get("directions", []), inputs.about(directions.TAB.title)),
    ]


def signs(shown: Shown) -> Signs:
    """What the store and the clinic's file show of the rollout."""
    rows = dict.fromkeys(("calls", "touches", "costs", "payments"), 0)
    for state in shown.states:
        if state.entity in rows:
            rows[state.entity] += state.rows
    metrica = [s for s in shown.states if s.source.startswith("metrica:")]
    return Signs(
        **rows,
        metrica=any(s.last_good_at for s in metrica),
        goals=max((_goals(s) for s in metrica), default=0),
        read=sum(s.read for s in shown.states),
        refused=sum(s.refused for s in shown.states),
        stale=sum(1 for s in shown.states if s.stale),
        comments=sum(len(c) for c in shown.typed.comments.values()),
    )


def _goals(state: SourceState) -> int:
    return len(state.state.get("traffic", {}).get("counter", {}).get("goals", ()))


def warnings(shown: Shown) -> list[str]:
    """What must be read before the numbers: sources on old rows, refused rows, wrong cells."""
    zone = shown.clinic.zone
    told = [f"{spoken(s.source)}: {_since(s, zone)}." for s in shown.states if s.stale]
    refused = sum(s.refused for s in shown.states)
    if refused:
        told.append(f"Отказано строк: {refused}. Какие и почему — во вкладке «Журнал».")
    if shown.inputs.complaints:
        told.append(
            f"Ячеек с ошибкой в настройках и расходах: {len(shown.inputs.complaints)} — «Журнал»."
        )
    return told


def lines(shown: Shown) -> list[Line]:
    """The journal: runs, sources, wrong cells, refused rows."""
    zone = shown.clinic.zone
    return [
        *(_of_run(r, zone) for r in shown.runs),
        *(_of_source(s, zone) for s in shown.states),
        *(journal.of_complaint(c) for c in shown.inputs.complaints),
        *(
            Line("Отказ", where=r.file, row=r.row, column=r.column, value=r.value, message=r.reason)
            for _, _, r in shown.refusals
        ),
    ]


def _of_run(run: Run, zone: ZoneInfo) -> Line:
    outcome = {None: "идёт", True: "готово", False: "с ошибкой"}[run.ok]
    error = run.error or {}
    told = [str(error.get("message", "")), str(error.get("hint", ""))]
    if AGAIN in run.counts:
        told.append(
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
        message=" ".join(t for t in told if t) or None,
    )


def _of_source(state: SourceState, zone: ZoneInfo) -> Line:
    error = state.error or {}
    told = [str(error.get("message", "")), str(error.get("hint", "")), *state.notes]
    return Line(
        "Источник",
        at=state.last_good_at.astimezone(zone) if state.last_good_at else None,
        where=spoken(state.source),
        outcome=_since(state, zone) if state.stale else "прочитан",
        read=state.read,
        refused=state.refused,
        message=" ".join(t for t in told if t) or None,
    )


def _since(state: SourceState, zone: ZoneInfo) -> str:
    if state.last_good_at is None:
        return "не прочитан ни разу"
    return f"не прочитан, данные от {state.last_good_at.astimezone(zone):%d.%m.%Y}"
