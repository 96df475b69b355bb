"""`romi-sheets recall`: whom to call for a check-up, by the numbers of the clinic's own program."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter import Workbook

from metrics.facts import day_date
from metrics.reports.forecast import margin_ahead
from metrics.reports.recall import to_call
from sheets_sync.errors import ConfigError
from sheets_sync.line.answers import stored_answers
from sheets_sync.line.run import LiveRun
from sheets_sync.lists import local_file
from sheets_sync.lists.cards import read_cards
from templates_sheets.laying import Answers

#: Title and width of each column.
COLUMNS = {
    "Карта": 16,
    "Группа": 26,
    "Последний визит": 17,
    "Срок": 12,
    "Состояние": 14,
    "Врач": 28,
    "Филиал": 22,
    "Прогноз маржи": 16,
}
_STATES = {"due": "Пора", "overdue": "Просрочено"}
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class RecallList:
    """What was written, and whom it lacks.

    patients   rows of the file
    by_phone   known by phone alone: they have no number
    nowhere    those whose number stands in no export and no service's answer
    left_out   rows in which a cell looked like a name, a phone or an e-mail
    unread     sources that could not be read, and why
    """

    patients: int
    by_phone: int
    nowhere: int
    left_out: int
    unread: tuple[str, ...]


def write_recall(run: LiveRun, path: Path, *, force: bool) -> RecallList:
    """Write the patients of Пора and Просрочено (definitions §14), by the day they are due.

    Raises ConfigError where there is no place for the file or no source of numbers can be read,
    RomiError where the book or the store does not answer.
    """
    local_file.must_be_free(path, force=force)
    due = _due(stored_answers(run))
    cards = read_cards(run)
    if cards.unread and not cards.printed:
        raise ConfigError(
            "номера карт взять неоткуда: " + "; ".join(cards.unread),
            hint="Верните выгрузки на место и повторите.",
        )
    by_phone = due["patient_key"] == ""
    card = due["patient_key"].map(cards.printed)
    nowhere = card.isna() & ~by_phone
    rows = due.assign(Карта=card)[card.notna()]
    rows, left_out = local_file.without_people(rows[list(COLUMNS)])
    rows = rows.sort_values(["Срок", "Карта"], ignore_index=True)
    local_file.write(path, _workbook(rows), force=force)
    return RecallList(len(rows), int(by_phone.sum()), int(nowhere.sum()), left_out, cards.unread)


def _due(answers: Answers) -> pd.DataFrame:
    """Those to call, under the titles of the file, with their patient_key."""
    facts = answers["facts"]
    due = to_call(facts, answers["joined"], answers["rows"])
    ahead = margin_ahead(facts)
    margin = np.full(len(due), np.nan)
    if ahead is not None:
        patient = due["patient"].to_numpy()
        has_margin = patient < len(ahead)
        margin[has_margin] = ahead[patient[has_margin]] / 100
    columns: dict[str, Any] = {
        "patient_key": due["patient_key"],
        "Группа": due["direction"],
        "Последний визит": [day_date(day) for day in due["last_visit"]],
        "Срок": [day_date(day) for day in due["due"]],
        "Состояние": due["state"].map(_STATES),
        "Врач": due["doctor"],
        "Филиал": due["branch"],
        "Прогноз маржи": margin,
    }
    return pd.DataFrame(columns)


def _workbook(rows: pd.DataFrame) -> bytes:
    """One sheet, the header in row 1; numbers of cards are texts."""
    content = io.BytesIO()
    book = Workbook(content, {"in_memory": True, **_OPTIONS})
    sheet = book.add_worksheet("Возврат")
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    money = book.add_format({"num_format": '#,##0"\N{NO-BREAK SPACE}₽"'})
    for at, (title, width) in enumerate(COLUMNS.items()):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, title, bold)
        for row, cell in enumerate(rows[title].tolist(), 1):
            if isinstance(cell, date):
                sheet.write_datetime(row, at, cell, day)
            elif isinstance(cell, float):
                if not np.isnan(cell):
                    sheet.write_number(row, at, cell, money)
            elif cell:
                sheet.write_string(row, at, cell, text)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    book.close()
    return content.getvalue()
