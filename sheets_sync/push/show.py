"""What a person reads about conversions and orders: what goes, what does not and why."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table as Grid

from metrics.wording import counted
from sheets_sync.push.conversions import KINDS, ConversionPlan
from sheets_sync.push.orders import CANCELLED, IN_PROGRESS, PAID, STATUSES, OrderPlan
from sheets_sync.push.push import PushReport, status_in_words

_KINDS = {"booking": "Записи", "visit": "Визиты", "payment": "Оплаты", "order": "Заказы"}
_STATUSES = {IN_PROGRESS: "В работе", PAID: "Оплачены", CANCELLED: "Отменены"}
_UPLOADS = 5
#: Columns of what goes to a file or another program.
_WIDTH = 140


def show_pushed(pushed: PushReport, *, dry_run: bool) -> None:
    """The plan by kind and status, the result, the last uploads; no client's id is shown."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    if pushed.planned.left_out:
        console.print(_kinds(pushed.planned))
    if pushed.orders:
        console.print(_statuses(pushed.orders))
        for line in _not_orders(pushed.orders):
            console.print(line, markup=False)
    console.print(_result(pushed, dry_run=dry_run))
    for note in pushed.notes:
        console.print(note, markup=False)
    for upload in pushed.uploads[:_UPLOADS]:
        console.print(
            f"{upload.at:%d.%m.%Y %H:%M} · {_KINDS.get(upload.kind, upload.kind)}, "
            f"строк {upload.rows}: {status_in_words(upload.status)}",
            markup=False,
        )


def _result(pushed: PushReport, *, dry_run: bool) -> str:
    rows = len(pushed.planned.conversions) if dry_run else pushed.sent
    parts = [counted(rows, "строка", "строки", "строк")] if pushed.planned.left_out else []
    if pushed.orders:
        orders = len(pushed.orders.orders) if dry_run else pushed.orders_sent
        parts.append(counted(orders, "заказ", "заказа", "заказов"))
    what = ", ".join(parts)
    return (
        f"Ушло бы: {what}. Ничего не отправлено: это проба." if dry_run else f"Отправлено: {what}."
    )


def _kinds(planned: ConversionPlan) -> Grid:
    grid = _grid("Конверсии в Метрику", "Что")
    grid.add_column("Не уйдёт и почему")
    for kind in KINDS:
        if kind not in planned.left_out:
            continue
        rows = [c for c in planned.conversions if c.kind == kind]
        money = sum(c.price or 0 for c in rows)
        reasons = _reasons(planned.left_out[kind])
        grid.add_row(_KINDS[kind], str(len(rows)), _roubles(money), reasons or "—")
    return grid


def _statuses(planned: OrderPlan) -> Grid:
    grid = _grid("Заказы в Метрику", "Статус")
    for status in STATUSES:
        orders = [o for o in planned.orders if o.status == status]
        money = sum(o.revenue for o in orders)
        grid.add_row(_STATUSES[status], str(len(orders)), _roubles(money))
    return grid


def _not_orders(planned: OrderPlan) -> list[str]:
    lines = []
    if planned.left_out:
        lines.append(f"Записи, которые не уйдут: {_reasons(planned.left_out)}.")
    rows, kopecks = planned.loose
    if rows:
        lines.append(
            f"Оплат и возвратов без номера записи: {rows}, рублей {_roubles(kopecks)} — "
            "ни в один заказ не вошли. Добавьте номер записи в выгрузку оплат."
        )
    return lines


def _grid(title: str, first: str) -> Grid:
    grid = Grid(title=title, title_justify="left", title_style="bold")
    grid.add_column(first)
    grid.add_column("Уйдёт", justify="right")
    grid.add_column("Рублей", justify="right")
    return grid


def _reasons(left_out: Mapping[str, int]) -> str:
    return "; ".join(f"{reason}: {n}" for reason, n in sorted(left_out.items()))


def _roubles(kopecks: int) -> str:
    return f"{kopecks / 100:,.2f}".replace(",", " ").replace(".", ",") if kopecks else "—"
