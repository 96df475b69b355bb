"""The XLSX exports of the invented clinic: appointments under titles and totals, the cost sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

from sheets_sync.demo import people
from sheets_sync.demo.economy import branch_of
from sheets_sync.demo.exports import russian
from sheets_sync.demo.spending import Spent
from sheets_sync.demo.story import Story
from sheets_sync.demo.treatment import Booking

#: A workbook says when it was made; the same seed must give the same bytes.
_MADE = datetime(2026, 11, 1)  # noqa: DTZ001 - a workbook knows no zones
_NOWHERE = "999999"

APPOINTMENTS_SOURCE = """\
[[source]]                          # записи из медицинской системы: XLSX с шапкой и итогами
kind = "file"
entity = "appointments"
path = "exports/zapisi.xlsx"
"""
COSTS_SOURCE = """\
[[source]]                          # остальные расходы: таблица, которую ведут руками
kind = "file"
entity = "costs"
path = "exports/rashody.xlsx"
"""
_APPOINTMENT_COLUMNS = (
    ("Номер записи", 14), ("ID лида", 10), ("№ карты", 10), ("Пациент", 32), ("Телефон", 20),
    ("Дата записи", 17), ("Дата приёма", 17), ("Статус", 13), ("Врач", 16), ("Услуга", 30),
    ("Направление", 16), ("Источник", 20), ("Филиал", 12),
)  # fmt: skip
_COST_COLUMNS = (
    ("Дата с", 12), ("Дата по", 12), ("Площадка", 18), ("Кампания", 22), ("utm_source", 14),
    ("utm_medium", 12), ("utm_campaign", 18), ("Расход", 14), ("НДС", 10), ("Показы", 10),
    ("Клики", 10), ("Направление", 16),
)  # fmt: skip


def write_appointments(folder: Path, random: Random, story: Story) -> str:
    """The МИС's report: a title, the period, a merged header, a group and a total per doctor."""
    book = _Workbook(folder / "zapisi.xlsx")
    sheet = book.sheet("Записи", _APPOINTMENT_COLUMNS)
    sheet.merge_range(0, 0, 0, 12, "Отчёт по записям пациентов", book.title)
    sheet.write_string(1, 0, f"Период: {russian(story.first)} – {russian(story.last)}")
    for first, last, text in ((2, 4, "Пациент"), (5, 7, "Приём"), (8, 12, "Что и откуда")):
        sheet.merge_range(3, first, 3, last, text, book.head)
    book.header(sheet, 4, _APPOINTMENT_COLUMNS)
    at = 5
    for doctor in sorted({row.doctor for row in story.bookings}):
        rows = [row for row in story.bookings if row.doctor == doctor]
        sheet.write_string(at, 0, doctor, book.bold)
        for place, row in enumerate(rows, at + 1):
            book.write(sheet, place, _appointment(random, row))
        at += len(rows) + 1
        sheet.write_string(at, 0, f"Итого по врачу: {len(rows)}", book.bold)
        at += 1
    for status, starts in (("???", story.bookings[0].starts), ("Пришёл", "не помню")):
        spoilt = _appointment(random, story.bookings[0])
        book.write(sheet, at, [f"н/д {at}", *spoilt[1:6], starts, status, *spoilt[8:]])
        at += 1
    sheet.write_string(at, 0, f"Итого: {len(story.bookings)}", book.bold)
    book.close()
    return APPOINTMENTS_SOURCE


def _appointment(random: Random, row: Booking) -> list[Any]:
    lead = ""
    if row.lead and random.random() < 0.8:
        lead = str(row.lead.number) if random.random() < 0.992 else _NOWHERE
    has_phone = random.random() < 0.94
    return [
        str(row.number),
        lead,
        f"{row.person.card:06d}",
        row.person.name,
        people.spelled(random, row.person.phone) if has_phone or not row.lead else "",
        row.booked,
        row.starts,
        row.status,
        row.doctor,
        row.service,
        row.direction.name,
        row.source if random.random() < 0.7 else "",
        branch_of(row.doctor),
    ]


def write_costs(folder: Path, spent: Sequence[Spent]) -> str:
    """The sheet that a marketer keeps: months and weeks, one row each, «Итого», a row in words."""
    book = _Workbook(folder / "rashody.xlsx")
    sheet = book.sheet("Расходы", _COST_COLUMNS)
    sheet.write_string(0, 0, "Расходы на рекламу, кроме Директа", book.title)
    book.header(sheet, 1, _COST_COLUMNS)
    rows = [_cost(row) for row in spent if not row.campaign.is_direct]
    for place, row in enumerate(rows, 2):
        book.write(sheet, place, row)
    at = len(rows) + 2
    spoilt = list(rows[-1])
    spoilt[2], spoilt[7] = "Наружная реклама", "по договору"
    book.write(sheet, at, spoilt)
    sheet.write_string(at + 1, 0, "Итого", book.bold)
    sheet.write_number(at + 1, 7, sum(row[7] for row in rows), book.bold)
    book.close()
    return COSTS_SOURCE


def _cost(row: Spent) -> list[Any]:
    campaign = row.campaign
    mix = campaign.mix
    return [
        datetime.combine(row.first, datetime.min.time()),
        datetime.combine(row.last, datetime.min.time()),
        campaign.platform,
        campaign.campaign,
        *campaign.utm,
        row.cost / 100,
        "включён",
        row.impressions or "",
        row.clicks or "",
        mix[0][0] if len(mix) == 1 else "",
    ]


class _Workbook:
    """A workbook with the few looks that a report of a clinic's program has."""

    def __init__(self, path: Path) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_urls": False})
        self.book.set_properties({"created": _MADE})
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.bold = self.book.add_format({"bold": True})
        self.head = self.book.add_format({"bold": True, "border": 1, "align": "center"})
        self.day = self.book.add_format({"num_format": "dd.mm.yyyy"})
        self.minute = self.book.add_format({"num_format": "dd.mm.yyyy hh:mm"})

    def sheet(self, name: str, columns: Sequence[tuple[str, int]]) -> Any:
        sheet = self.book.add_worksheet(name)
        for place, (_, width) in enumerate(columns):
            sheet.set_column(place, place, width)
        return sheet

    def header(self, sheet: Any, at: int, columns: Sequence[tuple[str, int]]) -> None:
        sheet.write_row(at, 0, [name for name, _ in columns], self.head)

    def write(self, sheet: Any, at: int, row: Sequence[Any]) -> None:
        """One row: texts stay texts, dates get their format, "" stays empty."""
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                midnight = cell.time() == datetime.min.time()
                sheet.write_datetime(at, place, cell, self.day if midnight else self.minute)
            elif isinstance(cell, str):
                if cell:
                    sheet.write_string(at, place, cell)
            else:
                sheet.write_number(at, place, cell)

    def close(self) -> None:
        self.book.close()
