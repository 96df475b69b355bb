"""The digest's lines: the cells of «Неделя» in words; the picture over them."""

from __future__ import annotations

import struct
from datetime import date

import pandas as pd

from metrics.settings import Settings
from sheets_sync.notify.digest import digest_cells, digest_lines, last_week
from sheets_sync.notify.picture import picture
from templates_sheets.changes import TAB as CHANGES
from tests.notify.weeks import NOTE, changes, kept, summary

TEN = (
    "Лиды: 66 (▲ 50 %)",
    "Записи: 22,5 (▲ 12 %)",
    "Визиты: 9 (▼ 10 %)",
    "Маржа: \u22121 234 568 ₽ (▼ 1 334 %)",
    f"CAC: нет данных. {NOTE}",
    "LTV (12 мес): 9 000 ₽ (0,0 %)",
    "ROMI: \u22125,2 % (▼ 55 п.п.)",
    "Доходимость: 40 % (▼ 10 п.п.)",
    "Источники: нет данных",
    "Ретаргет: 0 лидов · 0 ₽",
)
HEAD = "Клиника & К · неделя 19.10–25.10 · данные на 26.10"


def lines(
    stale: tuple[str, ...] = (), alert: str = "", link: str = "", **tabs: object
) -> list[str]:
    found = kept(**tabs)
    week = last_week(found)
    assert week is not None
    return list(digest_lines("Клиника & К", found, week, stale=stale, alert=alert, link=link))


def test_the_last_whole_week_in_ten_lines() -> None:
    assert lines() == [HEAD, *TEN]


def test_everything_in_its_order() -> None:
    found = lines(
        stale=("CRM: не прочитан, данные от 20.10.2026", "Касса: не прочитан ни разу"),
        alert="Меньше лидов — Директ: было 15, стало 4. Эффект: 33 000 ₽.",
        link="https://docs.google.com/spreadsheets/d/1/edit",
        changes=changes(
            ["2026-09-01", "Директ", "Маржа", "2026-10-19", 756_000.0, 741_000.0, -15_000.0],
            ["2026-08-01", "SEO", "Маржа", "2026-10-19", None, 12_000.0, 12_000.0],
            ["2026-09-01", "Директ", "Расходы", "2026-10-19", 200_000.0, 903_000.0, 703_000.0],
        ),
        summary=summary(
            ["Сократить «РСЯ»", "ROMI новых до −14 %", 80_000.0, "Отчёт по каналам", None],
            ["Записать расходы «Карты»", "12 новых пациентов", None, "Расходы", None],
        ),
    )  # fmt: skip
    moved = "Изменились прошлые месяцы: 09.2026, Директ: маржа −15 000 ₽ "
    moved += "(было 756 000 ₽, стало 741 000 ₽)"
    assert found == [
        "Данные неполные: CRM: не прочитан, данные от 20.10.2026; Касса: не прочитан ни разу",
        HEAD,
        *TEN,
        "Внимание: Меньше лидов — Директ: было 15, стало 4. Эффект: 33 000 ₽.",
        moved,
        "Что сделать: Сократить «РСЯ» — ROMI новых до −14 %: 80 000 ₽ за 90 дней",
        "Что сделать: Записать расходы «Карты» — 12 новых пациентов",
        "Отчёт: https://docs.google.com/spreadsheets/d/1/edit",
    ]


def test_no_more_than_three_actions() -> None:
    action = ["Усилить «SEO»", "ROMI новых от 240 %", 50_000.0, "Отчёт по каналам", None]
    found = lines(summary=summary(*[action] * 4))
    assert sum(line.startswith("Что сделать:") for line in found) == 3


def test_a_book_without_a_whole_week_has_no_digest() -> None:
    assert last_week({}) is None
    assert last_week({"tabs": {}}) is None


def test_the_picture_is_a_png_of_1200_by_675() -> None:
    week = last_week(kept())
    assert week is not None
    png = picture(week)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (1200, 675)
    assert len(png) < 1_000_000
    assert png == picture(week)


def test_a_moved_month_reads_as_its_tab_shows_it() -> None:
    row = dict.fromkeys((c.key for c in CHANGES.columns), 0.0)
    month, shown = pd.Timestamp("2026-09-01"), pd.Timestamp("2026-10-19")
    moved = row | {"month": month, "channel": "Все", "shown": shown, "measure": "margin"}
    frame = pd.DataFrame(
        [
            moved | {"before": 75_600_000.0, "after": 74_100_050.0, "change": -1_499_950.0},
            moved | {"channel": "SEO", "before": 0.0, "after": 100.0, "change": 100.0},
            moved | {"measure": "leads", "before": 1.0, "after": 9e9, "change": 9e9},
        ]
    )
    settings = Settings(date(2026, 10, 26), date(2026, 7, 28), date(2026, 10, 25))
    assert CHANGES.table is not None
    laid = CHANGES.table(CHANGES, frame, settings)
    tabs = digest_cells([laid], settings.as_of)["tabs"]
    assert lines(changes=tabs["changes"])[-1] == (
        "Изменились прошлые месяцы: 09.2026, Все: маржа −15 000 ₽ (было 756 000 ₽, стало 741 000 ₽)"
    )
