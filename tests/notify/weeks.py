"""A kept «Неделя» of three weeks, and the rows of other tabs, as `json_cells` has them."""

from __future__ import annotations

from typing import Any

_NUMBERS = {
    "Лиды": ("count", 44, 66, 5, 0.5, "change"),
    "Записи": ("count", 20, 22.5, 1, 0.125, "change"),
    "Визиты": ("count", 10, 9, 0, -0.1, "change"),
    "Маржа": ("money", 100_000.5, -1_234_567.5, 0.0, -13.34, "change"),
    "CAC": ("money", 5_000.0, None, None, None, "change_bad"),
    "LTV (12 мес)": ("money", 9_000.0, 9_000.0, 9_000.0, 0.0, "change"),
    "ROMI": ("percent", 0.5, -0.052, None, -55.2, "points"),
    "Доходимость": ("percent", 0.5, 0.4, None, -10.0, "points"),
}
_TEXTS = {
    "Источники": ("SEO: 90\u00a0000\u00a0₽\nАвито: −800\u00a0₽", "", ""),
    "Ретаргет": ("3\u00a0лида\n120\u00a0000\u00a0₽", "0\u00a0лидов\n0\u00a0₽", ""),
}
NOTE = "Пусто: за неделю нет расходов или новых пациентов."


def weekly() -> dict[str, Any]:
    rows: list[list[Any]] = []
    formats: list[list[str]] = []
    notes: list[list[str]] = []
    for title, (form, *cells, way) in _NUMBERS.items():
        rows.append([title, *cells])
        formats.append(["text", form, form, form, way])
        notes.append(["", "", NOTE if title == "CAC" else "", "", ""])
    for title, texts in _TEXTS.items():
        rows.append([title, texts[0], texts[1] or None, texts[2] or None, None])
        formats.append(["text"] * 5)
        notes.append([""] * 5)
    titles = ["Показатель", "12.10.2026", "19.10.2026", "26.10.2026 (идёт)", "Изменение"]
    return {"titles": titles, "rows": rows, "formats": formats, "notes": notes}


def summary(*actions: list[Any]) -> dict[str, Any]:
    head = ["Что сделать", "Почему", "Эффект за 90 дней", "Где смотреть", None]
    rows = [head, *actions, ["Период", "…", "…", None, "90 дней"], ["Лиды", 66, 44, 0.5, ""]]
    titles = ["Показатель", "Сейчас", "Было", "Изменение", "Пояснение"]
    return {"titles": titles, "rows": rows}


def changes(*rows: list[Any]) -> dict[str, Any]:
    titles = ["Месяц", "Канал", "Показатель", "Показано", "Было", "Стало", "Изменение"]
    formats = [["month", "text", "text", "date", "money", "money", "money"] for _ in rows]
    return {"titles": titles, "rows": list(rows), "formats": formats}


def kept(**tabs: Any) -> dict[str, Any]:
    return {"as_of": "2026-10-26", "tabs": {"weekly": weekly(), **tabs}}
