"""Where strangers see the book no tab has a row of a few patients; totals stay what they are."""

from __future__ import annotations

import pytest

from tests.metrics.test_verification import Book, laid

LEAST = 3
#: Tab, the column that counts its patients, the titles that name a row.
COUNTED = (
    ("Прогноз", "Пациенты", ("Канал",)),
    ("Возврат", "Пациенты", ("Направление",)),
    ("Сервис", "Пациенты", ("Разрез", "Название")),
    ("Сравнение", "Новые пациенты: стало", ("Разрез", "Название")),
    ("Ключевые фразы", "Новые пациенты", ("Фраза",)),
    ("Воронка", "Новые пациенты", ("Канал",)),
    ("Когорты", "Пациенты", ("Канал", "Направление")),
)
#: Rows that are many people's together.
_TOGETHER = {"Прочее", "Итого", "Все", "Клиника"}


def people(
    book: Book, tab: str, count: str, names: tuple[str, ...]
) -> dict[tuple[str, ...], float]:
    """Patients by the names of their rows, those of one name together."""
    head, *rows = book.get(tab, [[]])
    found: dict[tuple[str, ...], float] = {}
    for row in rows:
        cells = dict(zip(head, row, strict=False))
        key = tuple(str(cells[name]) for name in names)
        found[key] = found.get(key, 0.0) + (cells[count] or 0)
    return found


@pytest.mark.parametrize("seed", [2, 5])
def test_small_rows_are_one_in_every_tab_and_totals_stay(seed: int) -> None:
    open_book, closed = laid(seed), laid(seed, min_patients=LEAST)
    first, last = (row[2] for row in closed["Настройки"] if row[0] in ("Период с", "Период по"))
    per_month = 30 / ((last - first).days + 1)
    merged = set()
    for tab, count, names in COUNTED:
        every, large = (people(book, tab, count, names) for book in (open_book, closed))
        least = LEAST * per_month if tab == "Сравнение" else LEAST
        alone = {key: n for key, n in large.items() if not _TOGETHER & set(key)}
        assert {key: n for key, n in alone.items() if n < least - 1e-9} == {}, tab
        if tab not in ("Сервис", "Когорты"):
            assert sum(large.values()) == pytest.approx(sum(every.values())), tab
        if len(large) < len(every):
            merged.add(tab)
    assert len(merged) >= 3
