"""Cells that people typed, to values: text, days, money, shares, whole numbers, words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite
from typing import TypeVar

from metrics.coded import fold
from metrics.join.patterns import MOST_ROWS
from templates_sheets.tab import Cell

T = TypeVar("T")

#: Serial numbers count days from here, in Excel and in Google alike.
_DAY_ZERO = date(1899, 12, 30)
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_MOST_KOPECKS = 10**15
_DAY_FORMS = ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y", "%d/%m/%Y")
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")
_AMOUNT = re.compile(r"\+?(\d{1,3}(?: \d{3})+|\d+)(?:[.,](\d{1,2}))?")
_CURRENCY = re.compile(r"\s*(₽|руб(лей|ля|\.)?|р\.?)$", re.IGNORECASE)
_SHARE = re.compile(r"(\d{1,3}(?:[.,]\d+)?) ?%")
_PERSONAL = re.compile(r"[^\s@]{0,64}@\S+|\+?\d[\d\s()\-]{8,}\d")


class CellError(ValueError):
    """A cell that cannot be read; `str(error)` is the Russian phrase of what was expected."""


@dataclass(frozen=True)
class Complaint:
    """One wrong cell. `row` is the row's number in the tab; `cell` is masked where personal."""

    tab: str
    row: int
    column: str
    cell: str
    expected: str
    used: str

    def __str__(self) -> str:
        return (
            f"«{self.tab}», строка {self.row}, «{self.column}»: найдено «{self.cell}», "
            f"ожидается {self.expected}; {self.used}"
        )


def complain(tab: str, index: int, column: str, cell: Cell, expected: str, used: str) -> Complaint:
    """A complaint about a cell of the grid's row `index` (from 0, under the header)."""
    shown = _PERSONAL.sub("•••", text(cell))
    short = shown if len(shown) <= 60 else shown[:59] + "…"
    return Complaint(tab, index + 2, column, short, expected, used)


def too_many(tab: str, index: int, column: str, cell: Cell) -> Complaint:
    """A complaint about the first row of expressions that is one too many."""
    expected = (
        f"не больше {MOST_ROWS} строк (сложная идёт за несколько): объедините варианты через |"
    )
    return complain(tab, index, column, cell, expected, "эта строка и все ниже не учтены")


def text(cell: Cell) -> str:
    """Any cell as text, single spaces; a whole number without its «.0»; "" where empty."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "да" if cell else "нет"
    if isinstance(cell, float) and isfinite(cell) and cell == int(cell):
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return f"{cell:%d.%m.%Y}"
    return _SPACES.sub(" ", str(cell)).strip()


def label(cell: Cell) -> str:
    """Text that is shown in reports: it must not hold a phone or an e-mail."""
    words = text(cell)
    if _PERSONAL.search(words):
        raise CellError("текст без телефонов и почты: они попали бы в отчёты")
    return words


def day(cell: Cell) -> date:
    """A date: a date cell, a serial number, or text like 24.11.2026 or 2026-11-24."""
    moment: date | None = None
    if isinstance(cell, datetime):
        moment = cell.date()
    elif isinstance(cell, date):
        moment = cell
    elif isinstance(cell, int | float) and not isinstance(cell, bool) and 0 < cell < 10**5:
        moment = _DAY_ZERO + timedelta(days=int(cell))
    elif isinstance(cell, str):
        moment = _day_of_text(text(cell))
    if moment is None or not _FIRST_DAY <= moment <= _LAST_DAY:
        raise CellError("дата, например 24.11.2026")
    return moment


def _day_of_text(typed: str) -> date | None:
    for form in _DAY_FORMS:
        try:
            return datetime.strptime(typed, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


def kopecks(cell: Cell) -> int:
    """Roubles, a number or text like «12 345,67 ₽», as whole kopecks, not below 0."""
    amount: Decimal | None = None
    if isinstance(cell, int | float) and not isinstance(cell, bool) and isfinite(cell):
        amount = Decimal(str(cell))
    elif isinstance(cell, str):
        match = _AMOUNT.fullmatch(_CURRENCY.sub("", text(cell)))
        if match:
            amount = Decimal(f"{match[1].replace(' ', '')}.{match[2] or 0}")
    if amount is None or not 0 <= amount * 100 <= _MOST_KOPECKS:
        raise CellError("сумма в рублях, например 12 345,67")
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def share(cell: Cell) -> Decimal:
    """A share from 0 to 1: a number, or text like «45 %»."""
    value: Decimal | None = None
    if isinstance(cell, int | float) and not isinstance(cell, bool) and isfinite(cell):
        value = Decimal(str(cell))
    elif isinstance(cell, str):
        typed = text(cell)
        percent = _SHARE.fullmatch(typed)
        if percent:
            value = Decimal(percent[1].replace(",", ".")) / 100
        elif re.fullmatch(r"\d([.,]\d+)?", typed):
            value = Decimal(typed.replace(",", "."))
    if value is None or not 0 <= value <= 1:
        raise CellError("доля от 0 до 1 или проценты, например 45 %")
    return value


def whole(cell: Cell, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    value: float | None = None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        value = cell
    elif isinstance(cell, str) and re.fullmatch(r"\d{1,15}", text(cell).replace(" ", "")):
        value = int(text(cell).replace(" ", ""))
    if value is None or value != value // 1 or not low <= value <= high:
        raise CellError(f"целое число от {low} до {high}")
    return int(value)


def word(cell: Cell, choices: Mapping[str, T]) -> T:
    """One of the words of a drop-down, whatever its case."""
    folded = {fold(name): value for name, value in choices.items()}
    try:
        return folded[fold(text(cell))]
    except KeyError:
        raise CellError("одно из: " + ", ".join(f"«{name}»" for name in choices)) from None
