"""The last gate before a book: what is personal is masked, its cell is named, the rest is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from metrics.reports.cohorts import MONTHS
from sheets_sync.privacy.personal import HIDDEN, redact
from templates_sheets.inputs import Inputs, R, read_inputs
from templates_sheets.tab import Cell, Column, Tab, Table
from templates_sheets.tabs import INPUT_TABS
from templates_sheets.typed import Complaint, text

Grid = Sequence[Sequence[Cell]]

#: How the name of a cohort begins. All months are one to whoever looks for people, and «Март» is the
#: one that every cheap look takes for a given name: 2 300 cohorts of 24 months are looked at as 110.
_MONTH = re.compile(rf"\A(?:{'|'.join(MONTHS)}) 20\d\d · ")
_ANY_MONTH = "Март 2026 · "
_EXPECTED = "название без имён, телефонов и почты"


class Masks:
    """What personal texts of one run are shown as: each always alike, no two alike.

    A channel called after a doctor stays a channel of its own: «[имя]», the next one «[имя] 2».
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._shown: dict[str, str] = {}
        self._allowed = frozenset(allowed)
        self._clean: set[tuple[str, bool, bool]] = set()

    def __call__(self, text: str, *, names: bool = True, bare: bool = True) -> str:
        """The text itself, or what is shown instead. `names`, `bare` as in `redact`."""
        if text in self._allowed or self._is_clean(text, names=names, bare=bare):
            return text
        if text not in self._shown:
            shown = redact(text, names=names, bare=bare)
            alike = sum(other.startswith(shown) for other in self._shown.values())
            self._shown[text] = f"{shown} {alike + 1}" if alike else shown
        return self._shown[text]

    def _is_clean(self, text: str, *, names: bool, bare: bool) -> bool:
        question = (text, names, bare)
        if question in self._clean:
            return True
        alike = _MONTH.sub(_ANY_MONTH, text)
        is_clean = (alike != text and self._is_clean(alike, names=names, bare=bare)) or redact(
            text, names=names, bare=bare
        ) == text
        if is_clean:
            self._clean.add(question)
        return is_clean


def read_typed(grids: Mapping[str, Grid], report: R, as_of: date, masks: Masks) -> Inputs[R]:
    """What people typed, as `read_inputs` gives it, with names of things that carry nobody.

    A channel or direction called after a person or a phone counts under its mask, and its cell
    is among the complaints; complaints about other cells show no person either.
    """
    masked = dict(grids)
    complaints: list[Complaint] = []
    for tab in INPUT_TABS:
        masked[tab.key], wrong = _masked_grid(tab, grids.get(tab.key, []), masks)
        complaints += wrong
    directions, wrong = _masked_file(report.directions, masks)
    complaints += wrong
    rates = {masks(direction): rate for direction, rate in report.margin_rates.items()}
    months = {masks(direction): number for direction, number in report.recall_months.items()}
    report = report.model_copy(
        update={"directions": directions, "margin_rates": rates, "recall_months": months}
    )
    inputs = read_inputs(masked, report, as_of)
    shown = (replace(c, cell=redact(c.cell)) for c in inputs.complaints)
    return replace(inputs, complaints=(*complaints, *shown))


def _masked_grid(tab: Tab, grid: Grid, masks: Masks) -> tuple[Grid, list[Complaint]]:
    labels = [(place, column) for place, column in enumerate(tab.columns) if _is_label(column)]
    rows = [list(row) for row in grid]
    complaints = []
    for index, row in enumerate(rows):
        for place, column in labels:
            typed = text(row[place]) if place < len(row) else ""
            shown = masks(typed, names=not column.personal, bare=not column.personal)
            if shown != typed:
                row[place] = shown
                complaints.append(_complaint(tab.title, index + 2, column.title, shown))
    return rows, complaints


def _is_label(column: Column) -> bool:
    """Whether reports show what people typed here."""
    return column.label or bool(column.personal)


def _masked_file(
    directions: Mapping[str, str], masks: Masks
) -> tuple[dict[str, str], list[Complaint]]:
    shown = {pattern: masks(direction) for pattern, direction in directions.items()}
    complaints = [
        _complaint("[report.directions]", number, "направление", shown[pattern])
        for number, (pattern, direction) in enumerate(directions.items(), 1)
        if shown[pattern] != direction
    ]
    return shown, complaints


def _complaint(tab: str, row: int, column: str, shown: str) -> Complaint:
    return Complaint(tab, row, column, shown, _EXPECTED, f"в отчётах стоит «{shown}»")


def guard_tables(tables: Iterable[Table], masks: Masks) -> tuple[list[Table], tuple[str, ...]]:
    """The tables without personal data in any cell or note, and which cells were masked.

    Columns that people fill are left alone: what they typed is in their book already. Names are
    allowed where the column says whose (`Column.personal`), digits in a row in columns of
    campaigns and ids; a tab of our own words (`Tab.own_words`) is as it is.
    """
    guarded: list[Table] = []
    exposed: list[str] = []
    for table in tables:
        # To look at 27 000 letters about nobody took 20 ms of every run.
        clean, cells = (table, []) if table.tab.own_words else _guarded(table, masks)
        guarded.append(clean)
        exposed += cells
    return guarded, tuple(exposed)


def _guarded(table: Table, masks: Masks) -> tuple[Table, list[str]]:
    rows = table.rows
    exposed = []
    for place, (column, cells) in enumerate(zip(table.columns, table.lanes, strict=True)):
        if _is_peoples(table, column) or not any(issubclass(k, str) for k in table.kinds[place]):
            continue
        texts = [cell for cell in dict.fromkeys(cells) if isinstance(cell, str)]
        shown = _shown(texts, column, masks)
        if shown:
            exposed += [
                _where(table, index, column.title, shown[cell])
                for index, cell in enumerate(cells)
                if cell in shown
            ]
            rows = [
                [*row[:place], shown.get(row[place], row[place]), *row[place + 1 :]] for row in rows
            ]
    clean = {note: redact(note) for note in set(table.notes.values())}
    notes = {place: clean[note] for place, note in table.notes.items()}
    exposed += [
        _where(table, row, table.columns[place].title, notes[row, place])
        for (row, place), note in table.notes.items()
        if notes[row, place] != note
    ]
    return (replace(table, rows=rows, notes=notes) if exposed else table), exposed


def _shown(texts: Iterable[str], column: Column, masks: Masks) -> dict[Cell, str]:
    """Personal texts of a column -> their masks."""
    names = not column.personal
    bare = column.personal != "campaign" and column.format != "id"
    return {text: shown for text in texts if (shown := masks(text, names=names, bare=bare)) != text}


def _is_peoples(table: Table, column: Column) -> bool:
    """A column that people fill: what they typed in their own book is theirs, and goes nowhere."""
    return column.comment or (table.tab.filled_by == "people" and not column.key)


def _where(table: Table, row: int, column: str, shown: str) -> str:
    hidden = next(sign for sign in HIDDEN.values() if sign in shown)
    return (
        f"«{table.tab.title}», строка {row + 2}, «{column}»: личные данные закрыты ({hidden}); "
        "уберите их из выгрузки."
    )
