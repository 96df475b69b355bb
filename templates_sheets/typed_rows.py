"""The usual table of an input tab: what people typed, and whether each row was taken."""

from __future__ import annotations

from collections.abc import Sequence

from templates_sheets.tab import Cell, Tab, Table
from templates_sheets.typed import Complaint, text

ACCEPTED, REFUSED = "✓ принято", "✗ "


def table(tab: Tab, grid: Sequence[Sequence[Cell]], own_complaints: Sequence[Complaint]) -> Table:
    """Typed rows of an input tab; its last column says whether the row was taken and why not."""
    titles = [c.title for c in tab.columns]
    faults: dict[int, list[str]] = {}
    notes = {}
    for c in own_complaints:
        index = c.row - 2
        faults.setdefault(index, []).append(f"{c.column}: ожидается {c.expected}; {c.used}")
        notes[index, titles.index(c.column)] = f"Ожидается {c.expected}; {c.used}."
    rows: list[list[Cell]] = []
    for index, row in enumerate(grid):
        cells = list(row[: len(titles) - 1])
        fault = ". ".join(faults.get(index, []))
        verdict = REFUSED + fault if fault else ACCEPTED if any(map(text, cells)) else None
        rows.append([*cells, verdict])
    return Table(tab, tab.columns, rows, notes=notes)
