"""«Определения»: every number with its formula, when it is empty, and why it is counted so."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from importlib import resources

from templates_sheets.look import TAB_CHECKS
from templates_sheets.period_columns import INTERVALS
from templates_sheets.tab import Cell, Column, Definition, Tab, Table

#: Headings that stand first, in this order; those of tabs follow, and then what the articles say.
_FIRST = ("Обращения и пациенты", "Деньги", "Окупаемость", "Конверсии", "LTV", INTERVALS)


def table(tab: Tab, tabs: Sequence[Tab]) -> Table:
    """The definitions that columns and tabs declare, and the words of `definitions.csv` on what
    is no column: a bold row per section, a row per number."""
    sections: dict[str, dict[str, Definition]] = {name: {} for name in _FIRST}
    for line in (*declared(tabs), *_words()):
        sections.setdefault(line.section, {}).setdefault(line.name, line)
    rows: list[list[Cell]] = []
    bold = set()
    for section, lines in sections.items():
        bold.add(len(rows))
        rows.append([section, None, None, None])
        rows += [[n, d.formula or None, d.empty or None, d.why or None] for n, d in lines.items()]
    return Table(tab, tab.columns, rows, bold=frozenset(bold))


def declared(tabs: Sequence[Tab]) -> Iterator[Definition]:
    """Every definition of some tabs, in the order of tabs and columns, with its name and section.

    A name that stands in several tabs keeps the first definition of its section.
    """
    for tab in tabs:
        for column in tab.columns:
            if line := column.definition:
                yield _whole(line, tab, line.formula or column.hint, line.name or column.title)
        for line in tab.definitions:
            yield _whole(line, tab, line.formula, line.name)


def _whole(line: Definition, tab: Tab, formula: str, name: str) -> Definition:
    return Definition(formula, line.empty, line.why, name, line.section or tab.title)


def _words() -> Iterator[Definition]:
    text = resources.files("templates_sheets").joinpath("definitions.csv").read_text("utf-8")
    for entry in csv.DictReader(text.splitlines(), delimiter=";"):
        yield Definition(**entry)


TAB = Tab(
    "definitions",
    "Определения",
    (
        Column("Показатель", "name", "text", 34, "Как называется во вкладках.", wrap=True),
        Column("Как считается", "formula", "text", 70, "Формула.", wrap=True),
        Column("Когда пусто", "empty", "text", 36, "Пустая ячейка — не ноль.", wrap=True),
        Column("Почему так", "why", "text", 70, "И чем отличается от статей.", wrap=True),
    ),
    table=table,
    always=True,
    row_key=("Показатель",),
    filters=False,
    colour=TAB_CHECKS,
    own_words=True,
)
