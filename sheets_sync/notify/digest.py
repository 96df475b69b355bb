"""The weekly digest: ten lines made of the cells of «Неделя» as the last sync wrote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from metrics.wording import NBSP
from sheets_sync.delivery.channel import WARNING
from sheets_sync.notify.numbers import cell, change
from templates_sheets.json_cells import json_cells
from templates_sheets.tab import Table

#: The name under which the store remembers the cells that messages are made of.
DIGEST = "digest"
_CHANGE = "Изменение"
_UNFINISHED = "(идёт)"
#: Sheet and columns; () for all.
_TAKEN: Mapping[str, tuple[str, ...]] = {
    "weekly": (),
    "summary": (),
    "changes": ("Месяц", "Канал", "Показатель", "Показано", "Было", "Стало", _CHANGE),
}
#: «Что сделать» stands first in «Сводка», under a sub-head of its own.
_TODO, _AFTER = "Что сделать", "Период"
_MOST = 3


def digest_cells(tables: Sequence[Table], as_of: date) -> dict[str, Any]:
    """What the store keeps of a written book for messages, as JSON has it."""
    return {"as_of": as_of.isoformat(), "tabs": json_cells(tables, _TAKEN)}


def day_of(memory: Mapping[str, Any]) -> date:
    """The day that those cells are as of."""
    return date.fromisoformat(memory["as_of"])


@dataclass(frozen=True)
class DigestWeek:
    """The last whole week of «Неделя» and those before it; cells as `json_cells` has them."""

    first: date
    table: Mapping[str, Any]

    @property
    def span(self) -> str:
        return f"{self.first:%d.%m}–{self.first + timedelta(days=6):%d.%m}"

    @property
    def places(self) -> list[int]:
        """The columns of the whole weeks, the last one is this one."""
        titles = self.table["titles"]
        return [n for n in range(1, titles.index(_CHANGE)) if _UNFINISHED not in titles[n]]


def last_week(memory: Mapping[str, Any]) -> DigestWeek | None:
    """The last whole week of what the store keeps; None where there is none."""
    table = memory.get("tabs", {}).get("weekly")
    if not table or not (places := DigestWeek(date.min, table).places):
        return None
    day, month, year = (int(part) for part in table["titles"][places[-1]][:10].split("."))
    return DigestWeek(date(year, month, day), table)


def digest_lines(
    name: str,
    memory: Mapping[str, Any],
    week: DigestWeek,
    *,
    stale: Sequence[str] = (),
    alert: str = "",
    link: str = "",
) -> tuple[str, ...]:
    """Definitions §23. `memory` is of `digest_cells`; `stale` says which sources stand on old rows;
    `alert` is the line of «Внимание»; `link` leads to the book.
    """
    as_of = day_of(memory)
    tabs = memory["tabs"]
    lines = [
        *([f"{WARNING}{'; '.join(stale)}"] if stale else []),
        f"{name} · неделя {week.span} · данные на {as_of:%d.%m}",
        *_of_week(week),
        *([f"Внимание: {alert}"] if alert else []),
        *_of_changes(tabs.get("changes")),
        *_of_actions(tabs.get("summary")),
        *([f"Отчёт: {link}"] if link else []),
    ]
    return tuple(plain(line) for line in lines)


def plain(text: str) -> str:
    """One line with plain spaces."""
    return " ".join(text.replace(NBSP, " ").split())


def _of_week(week: DigestWeek) -> list[str]:
    table, at = week.table, week.places[-1]
    last = table["titles"].index(_CHANGE)
    rows = zip(table["rows"], table["formats"], table["notes"], strict=True)
    lines = []
    for cells, formats, notes in rows:
        value = _joined(cells[0], cell(cells[at], formats[at]))
        growth = change(cells[last], formats[last]) if value else ""
        note = next((note for note in notes if note), "")
        missing = f"нет данных. {note}".strip() if note else "нет данных"
        lines.append(f"{cells[0]}: {value or missing}" + (f" ({growth})" if growth else ""))
    return lines


def _joined(title: str, text: str) -> str:
    """A cell's list in one line, as the report has it."""
    return text.replace("\n", " · " if title == "Ретаргет" else "; ")


def _of_changes(table: Mapping[str, Any] | None) -> list[str]:
    """The past month whose margin has changed most."""
    if not table:
        return []
    at = {title: n for n, title in enumerate(table["titles"])}
    rows = [
        (row, formats)
        for row, formats in zip(table["rows"], table["formats"], strict=True)
        if row[at["Показатель"]] == "Маржа" and row[at[_CHANGE]]
    ]
    if not rows:
        return []
    row, formats = max(rows, key=lambda each: abs(each[0][at[_CHANGE]]))
    was, now = (cell(row[at[t]], "money") or "нет данных" for t in ("Было", "Стало"))
    moved = cell(row[at[_CHANGE]], "money")
    sign = "+" if row[at[_CHANGE]] > 0 else ""
    month = _month(row[at["Месяц"]], formats[at["Месяц"]])
    what = f"{month}, {row[at['Канал']]}: маржа {sign}{moved} (было {was}, стало {now})"
    return [f"Изменились прошлые месяцы: {what}"]


def _month(value: Any, form: str) -> str:
    """A month as «09.2026», whatever the cell holds."""
    if form in ("date", "month") and len(str(value)) >= 10:
        return f"{date.fromisoformat(str(value)[:10]):%m.%Y}"
    return str(value)


def _of_actions(table: Mapping[str, Any] | None) -> list[str]:
    """Up to three lines of «Что сделать»."""
    if not table or not table["rows"] or table["rows"][0][0] != _TODO:
        return []
    head = table["rows"][0]
    effect_at, why_at = head.index("Эффект за 90 дней"), head.index("Почему")
    lines = []
    for row in table["rows"][1 : 1 + _MOST]:
        if row[0] == _AFTER:
            break
        effect = cell(row[effect_at], "money")
        why = f" — {row[why_at]}" if row[why_at] else ""
        lines.append(f"{_TODO}: {row[0]}{why}" + (f": {effect} за 90 дней" if effect else ""))
    return lines
