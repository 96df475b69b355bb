"""«Определения»: every number with its formula, when it is empty, and why it is counted so."""

from __future__ import annotations

import csv
from importlib import resources

from templates_sheets.look import TAB_CHECKS
from templates_sheets.tab import Cell, Column, Tab, Table

TAB = Tab(
    "definitions",
    "Определения",
    (
        Column("Показатель", "name", "text", 34, "Как называется во вкладках.", wrap=True),
        Column("Как считается", "formula", "text", 70, "Формула.", wrap=True),
        Column("Когда пусто", "empty", "text", 36, "Пустая ячейка — не ноль.", wrap=True),
        Column("Почему так", "why", "text", 70, "И чем отличается от статей.", wrap=True),
    ),
    row_key=("Показатель",),
    filters=False,
    colour=TAB_CHECKS,
)


def table() -> Table:
    """The words of `definitions.csv`: a bold row per section, a row per metric."""
    text = resources.files("templates_sheets").joinpath("definitions.csv").read_text("utf-8")
    rows: list[list[Cell]] = []
    bold = set()
    section = ""
    for entry in csv.DictReader(text.splitlines(), delimiter=";"):
        if entry["section"] != section:
            section = entry["section"]
            bold.add(len(rows))
            rows.append([section, None, None, None])
        rows.append([entry[column.key] or None for column in TAB.columns])
    return Table(TAB, TAB.columns, rows, bold=frozenset(bold))
