"""What a command did, in a short summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from metrics.sources import ENTITY_NAMES
from metrics.wording import counted, percent, roubles
from sheets_sync.line.run import RunReport, SourceRead
from sheets_sync.reading.notes import tells_columns
from sheets_sync.show.screen import open_console
from sheets_sync.sources import source_title

if TYPE_CHECKING:  # what makes it is loaded by the command that does
    from sheets_sync.export.export import ExportReport
    from sheets_sync.line.check import CheckReport
    from sheets_sync.line.verify import VerifyReport

#: How many refused rows a summary shows; the rest stand in «Журнал».
_EXAMPLES = 5


def show_checked(checked: CheckReport) -> None:
    """What is connected and what is not, the plan of seven days, the one next thing to do."""
    console = open_console()
    for line in checked.lines:
        mark = "[green]✓[/green]" if line.ok else "[red]✗[/red]"
        console.print(f"{mark} ", end="")
        console.print(f"{line.what}: {line.seen}", markup=False)
        if not line.ok and line.hint:
            console.print(f"  {line.hint}", markup=False)
    console.print("\n[bold]План внедрения[/bold]")
    for day in checked.plan.to_dict("records"):
        mark = "[green]✓[/green]" if day["done"] else "[dim]·[/dim]"
        console.print(f"{mark} {day['day']}. ", end="")
        console.print(f"{day['task']} ({day['evidence']})", markup=False)
    console.print("\n[bold]Дальше:[/bold] ", end="")
    console.print(checked.next_step, markup=False)


def show_exported(exported: ExportReport) -> None:
    """Which tables were written and where; which sources are on old rows."""
    console = open_console()
    for name, count in exported.rows.items():
        console.print(f"{name}: {counted(count, 'строка', 'строки', 'строк')}", markup=False)
    for source in exported.stale:
        console.print(f"Не прочитан в последний раз, строки прежние: {source}", markup=False)
    console.print(f"Таблицы: {exported.folder}", markup=False)


def show_verified(verified: VerifyReport) -> None:
    """How many cells of each tab agree, and where they do not."""
    console = open_console()
    grid = Grid(title="Проверка", title_justify="left", title_style="bold")
    for name in ("Лист", "Сверено", "Расходится"):
        grid.add_column(name, justify="left" if name == "Лист" else "right")
    for tab, rows in verified.rows.groupby("sheet", sort=False):
        grid.add_row(escape(str(tab)), str(rows["checked"].sum()), str(rows["differ"].sum()))
    console.print(grid)
    for row in verified.rows[verified.rows["differ"] > 0].to_dict("records"):
        console.print(f"«{row['sheet']}», {row['measure']}: {row['where']}", markup=False)
    ends = f"расходится {verified.differ}." if verified.differ else "всё сходится."
    console.print(f"{verified.address}: сверено ячеек — {verified.checked}, {ends}", markup=False)


def show_synced(synced: RunReport) -> None:
    """What was read, what was refused, the channel table, where the book is."""
    console, run = open_console(), synced.run
    settings = synced.settings
    console.print(
        f"[bold]{escape(run.clinic.name)}[/bold] · отчёт на {run.as_of:%d.%m.%Y}, "
        f"период {settings.first:%d.%m.%Y} – {settings.last:%d.%m.%Y}"
    )
    console.print(_sources(synced.sources))
    _show_notes(console, synced)
    console.print(_channels(synced.channels))
    console.print(f"Отчёт: {synced.address}", markup=False)


def _sources(sources: tuple[SourceRead, ...]) -> Grid:
    grid = Grid(title="Что прочитано", title_justify="left", title_style="bold")
    for name in ("Источник", "Что", "Строк", "Новых", "Изменено", "Отказано", "Итоговых"):
        grid.add_column(name, justify="left" if name in ("Источник", "Что") else "right")
    grid.add_column("Состояние")
    for read in sources:
        merged = read.merged
        state = "не прочитан, остались прежние данные" if read.error else "прочитан"
        grid.add_row(
            escape(source_title(read.source)),
            ENTITY_NAMES.get(read.entity, read.entity),
            str(read.read),
            str(merged.new if merged else 0),
            str(merged.changed if merged else 0),
            str(read.refused),
            str(read.totals),
            "без изменений" if read.unread and not read.error else state,
        )
    return grid


def _show_notes(console: Console, synced: RunReport) -> None:
    for read in synced.sources:
        if read.error:
            console.print(f"[red]{escape(source_title(read.source))}[/red]: ", end="")
            console.print(str(read.error), markup=False)
        for note in (n for n in read.notes if not tells_columns(n)):
            console.print(f"{source_title(read.source)}: {note}", markup=False)
    for notice in (*synced.complaints, *synced.messages):
        console.print(notice, markup=False)
    for _, _, refusal in synced.refusals[:_EXAMPLES]:
        console.print(
            f"Отказано: {refusal.file}, строка {refusal.row}, «{refusal.column}»: "
            f"«{refusal.value}» — {refusal.reason}",
            markup=False,
        )
    more = sum(r.refused for r in synced.sources) - min(len(synced.refusals), _EXAMPLES)
    if more > 0:
        console.print(f"…и ещё {more}: все примеры во вкладке «Журнал».")


def _channels(report: pd.DataFrame) -> Grid:
    grid = Grid(title="По каналам", title_justify="left", title_style="bold")
    names = ("Канал", "Лиды", "Новые", "Маржа", "Расходы", "CAC", "ROMI новых")
    for name in names:
        grid.add_column(name, justify="left" if name == "Канал" else "right")
    for row in report.to_dict("records"):
        grid.add_row(
            escape(str(row["channel"])),
            f"{row['leads']:g}",
            f"{row['new_patients']:g}",
            *(roubles(row[n]) if pd.notna(row[n]) else "—" for n in ("margin", "cost", "cac")),
            percent(row["romi_new"]) if pd.notna(row["romi_new"]) else "—",
            style="bold" if row["channel"] == "Итого" else "",
        )
    return grid
