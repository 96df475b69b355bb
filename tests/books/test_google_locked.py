"""Tabs that people locked: they stay as they were and are told, everything else is written."""

from __future__ import annotations

from typing import Any

import pytest

from templates_sheets.tab import Table
from tests.books.google_live import Live, funnel_table, log_table, report_table
from tests.doubles.sheets import ACCOUNT
from tests.doubles.sheets_hand import Hand, state


def lock(hand: Hand, title: str, **where: Any) -> None:
    """The boss protects a tab, or a part of it; `editors` may be among the words."""
    more = {name: where.pop(name) for name in ("description", "editors") if name in where}
    tab = hand.tab(title)
    found = {"protectedRangeId": hand.book.new_id(), "range": {"sheetId": tab.id, **where}, **more}
    tab.protected.append(found)


def news() -> dict[str, Table]:
    return {
        "report": report_table((("SEO", 61, 1.0),)),
        "funnel": funnel_table(6),
        "log": log_table("новое"),
    }


def test_the_others_are_written_and_the_locked_one_is_told(live: Live) -> None:
    live.refresh()
    hand = live.hand
    lock(hand, "Отчёт", description="не трогать")
    lock(hand, "Отчёт", startRowIndex=0, endRowIndex=1, endColumnIndex=3)
    before = state(hand.book)["Отчёт"]
    cost = live.refresh(**news())
    assert state(live.hand.book)["Отчёт"] == before
    assert live.hand.row("Журнал", 2) == ["Запуск", "новое"]
    assert len(live.hand.rows("Воронка")) == 13
    (told,) = cost.locked
    assert told.message == (
        "вкладка «Отчёт» защищена от изменений (весь лист, «не трогать»; диапазон A1:C1) и "
        "осталась прежней; остальные обновлены."
    )
    assert f"добавьте в «Изменить разрешения» {ACCOUNT}" in told.hint
    assert str(told).startswith("вкладка"), "no address before what is wrong"
    live.hand.tab("Отчёт").protected = live.hand.tab("Отчёт").protected[:1]
    assert live.refresh(**news()).locked == ()
    assert live.hand.row("Отчёт", 2)[:2] == ["SEO", 61]


def test_a_protection_that_lets_the_service_in_or_lies_elsewhere_locks_nothing(live: Live) -> None:
    live.refresh()
    lock(live.hand, "Отчёт", editors={"users": ["boss@clinic.example", ACCOUNT]})
    lock(live.hand, "Журнал", startColumnIndex=5, endColumnIndex=6)
    cost = live.refresh(**news())
    assert cost.locked == ()
    assert live.hand.row("Отчёт", 2)[:2] == ["SEO", 61]


@pytest.mark.parametrize(
    "titles", [("Отчёт", "Воронка"), ("Отчёт", "Воронка", "Журнал", "Расходы")]
)
def test_several_locked_tabs_are_told_each(live: Live, titles: tuple[str, ...]) -> None:
    live.refresh()
    for title in titles:
        lock(live.hand, title)
    cost = live.refresh(**news())
    changed = [t for t in titles if t != "Расходы"]
    assert [error.message.split("»")[0] for error in cost.locked][: len(changed)] == [
        f"вкладка «{title}" for title in changed
    ]
    assert live.asked.count(":batchUpdate") == len(cost.locked) + 1


def test_init_repairs_the_others(live: Live) -> None:
    live.refresh()
    hand = live.hand
    lock(hand, "Отчёт")
    for title in ("Отчёт", "Воронка"):
        hand.tab(title).filter = None
    (told,) = live.init().locked
    assert "«Отчёт»" in told.message
    assert live.hand.tab("Воронка").filter
    assert live.hand.tab("Отчёт").filter is None


@pytest.mark.parametrize(
    ("title", "where", "told"),
    [
        ("Отчёт", {}, "весь лист"),
        ("Отчёт", {"startRowIndex": 0, "endRowIndex": 1}, "диапазон A1:1"),
        ("Отчёт", {"startColumnIndex": 4, "endColumnIndex": 5}, ""),
        ("Отчёт", {"startRowIndex": 40}, ""),
        ("Отчёт", {"startColumnIndex": 9}, ""),
        ("Расходы", {"startColumnIndex": 3, "endColumnIndex": 4}, "диапазон D1:D"),
        ("Расходы", {"endColumnIndex": 3}, ""),
        ("Отчёт", {"editors": {"users": [ACCOUNT]}}, ""),
    ],
)
def test_check_sees_a_lock_before_a_sync_fails(
    live: Live, title: str, where: dict[str, Any], told: str
) -> None:
    live.refresh()
    lock(live.hand, title, **where)
    before = state(live.hand.book)
    book = live.book()
    book.read()
    found = [error.message for error in book.try_write()]
    then = f"вкладка «{title}» защищена от изменений ({told}): сервис не сможет её заполнить."
    assert found == ([then] if told else [])
    assert state(live.hand.book) == before
