"""What a person reads about conversions: what goes or would go, what does not and why."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table as Grid

from metrics.wording import counted
from sheets_sync.conversions import KINDS, Planned
from sheets_sync.push import Pushed, status_in_words

_KINDS = {"booking": "Записи", "visit": "Визиты", "payment": "Оплаты"}
_UPLOADS = 5
#: Columns of what goes to a file or another program.
_WIDTH = 140


def show_pushed(pushed: Pushed, *, dry_run: bool) -> None:
    """The plan by kind, the result, the last uploads; no client's id is shown."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    console.print(_kinds(pushed.planned))
    rows = counted(len(pushed.planned.conversions), "строка", "строки", "строк")
    if dry_run:
        console.print(f"Ушло бы: {rows}. Ничего не отправлено: это проба.")
    else:
        console.print(f"Отправлено: {counted(pushed.sent, 'строка', 'строки', 'строк')}.")
    for note in pushed.notes:
        console.print(note, markup=False)
    for upload in pushed.uploads[:_UPLOADS]:
        console.print(
            f"{upload.at:%d.%m.%Y %H:%M} · {_KINDS.get(upload.kind, upload.kind)}, "
            f"строк {upload.rows}: {status_in_words(upload.status)}",
            markup=False,
        )


def _kinds(planned: Planned) -> Grid:
    grid = Grid(title="Конверсии в Метрику", title_justify="left", title_style="bold")
    grid.add_column("Что")
    grid.add_column("Уйдёт", justify="right")
    grid.add_column("Рублей", justify="right")
    grid.add_column("Не уйдёт и почему")
    for kind in KINDS:
        if kind not in planned.left_out:
            continue
        rows = [c for c in planned.conversions if c.kind == kind]
        money = sum(c.price or 0 for c in rows) / 100
        reasons = [f"{reason}: {n}" for reason, n in sorted(planned.left_out[kind].items())]
        shown = f"{money:,.2f}".replace(",", " ").replace(".", ",") if money else "—"
        grid.add_row(_KINDS[kind], str(len(rows)), shown, "; ".join(reasons) or "—")
    return grid
