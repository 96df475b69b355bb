"""«Каналы»: the ordered rules that give a row its channel; the marketer's table replaces ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from metrics.join.patterns import MOST_ROWS, rows_of
from metrics.join.rules import FIELDS, OPERATORS, RETARGET_FLAG, SCOPES, Rule, default_rules, fault
from templates_sheets import typed_rows
from templates_sheets.look import TAB_INPUT
from templates_sheets.tab import Cell, Column, Tab, Table
from templates_sheets.typed import CellError, Complaint, complain, text, too_many, whole, word

_SCOPE_WORDS = {"любая строка": "any", "Яндекс Директ": "direct", "платная реклама": "paid"}
_OPERATOR_WORDS = {"содержит": "matches", "одно из слов": "in", "всегда": "always"}
_FIELD_WORDS = {
    "площадка": "platform",
    "тип площадки": "network",
    "источник в CRM": "source_raw",
    "сайт-источник": "referrer_domain",
    "тип источника (Метрика)": "traffic_source",
    "рекламная система (Метрика)": "adv_engine",
    "способ обращения": "contact_type",
}
_FLAG_WORD = "(метка) ретаргет"
_LEFT_OUT = "правило пропущено"


def _fields(cell: Cell) -> tuple[str, ...]:
    names = [part.strip() for part in text(cell).split(",") if part.strip()]
    return tuple(word(name, _words(_FIELD_WORDS, FIELDS)) for name in names)


def _words(russian: Mapping[str, str], codes: Sequence[str]) -> dict[str, str]:
    """Words of a cell: the Russian ones and, for those who know them, the codes."""
    return {**russian, **{code: code for code in codes}}


_READERS: tuple[tuple[str, Callable[[Cell], Any]], ...] = (
    ("№", partial(whole, low=0, high=10**6)),
    ("Область", partial(word, choices=_words(_SCOPE_WORDS, SCOPES))),
    ("Поля", _fields),
    ("Условие", partial(word, choices=_words(_OPERATOR_WORDS, OPERATORS))),
    ("Значение", text),
    ("Канал", text),
)


def read(grid: Sequence[Sequence[Cell]]) -> tuple[tuple[Rule, ...], list[Complaint]]:
    """The typed rules, and what was wrong; no rules where the tab is empty: the defaults hold."""
    rules: list[Rule] = []
    complaints = []
    size = 0
    for index, row in enumerate(grid):
        cells = dict(zip(_TITLES[:-1], row, strict=False))
        if not any(map(text, cells.values())):
            continue
        rule, wrong = _rule(index, cells)
        if rule is not None:
            size += rows_of(rule.value) if rule.operator == "matches" else 1
        if size > MOST_ROWS:
            complaints.append(too_many(TAB.title, index, "№", row[0]))
            break
        rules += [rule] if rule else []
        complaints += [wrong] if wrong else []
    return tuple(rules), complaints


def table(grid: Sequence[Sequence[Cell]], own_complaints: Sequence[Complaint]) -> Table:
    """In: what people typed, complaints about it. Out: the same rows with «Проверка»; an empty tab
    is laid with the default rules."""
    empty = not any(text(cell) for row in grid for cell in row[: len(_TITLES) - 1])
    return typed_rows.table(TAB, _laid(default_rules()) if empty else grid, own_complaints)


def _rule(index: int, cells: Mapping[str, Cell]) -> tuple[Rule | None, Complaint | None]:
    """One row as a rule, or the complaint about its first wrong cell."""
    values = []
    for title, reader in _READERS:
        try:
            values.append(reader(cells[title]))
        except CellError as wrong:
            return None, complain(TAB.title, index, title, cells[title], str(wrong), _LEFT_OUT)
    if values[-1].startswith(("(метка)", "(flag)")):
        values[-1] = RETARGET_FLAG
    rule = Rule(*values)
    trouble = fault(rule)
    if not trouble:
        return rule, None
    title = "Канал" if not rule.channel else "Значение"
    expected = f"правило без ошибки: {trouble}"
    return None, complain(TAB.title, index, title, cells[title], expected, _LEFT_OUT)


def _laid(rules: Sequence[Rule]) -> list[list[Cell]]:
    """Rules as rows of the tab."""
    scopes = {code: name for name, code in _SCOPE_WORDS.items()}
    operators = {code: name for name, code in _OPERATOR_WORDS.items()}
    fields = {code: name for name, code in _FIELD_WORDS.items()}
    return [
        [
            rule.order,
            scopes[rule.scope],
            ", ".join(fields.get(f, f) for f in rule.fields) or None,
            operators[rule.operator],
            rule.value or None,
            _FLAG_WORD if rule.channel == RETARGET_FLAG else rule.channel,
        ]
        for rule in rules
    ]


TAB = Tab(
    "channels",
    "Каналы",
    (
        Column("№", "", "count", 8, "Порядок: срабатывает первое подходящее правило."),
        Column("Область", "", "text", 18, "К каким строкам относится правило.", choices=tuple(_SCOPE_WORDS)),
        Column(
            "Поля", "", "text", 48,
            "Где искать, через запятую: " + ", ".join([*_FIELD_WORDS, *(f for f in FIELDS if f.startswith("utm"))]) + ".",
            wrap=True,
        ),
        Column(
            "Условие", "", "text", 15,
            "«содержит» — выражение найдено в любом из полей; «одно из слов» — поле равно слову из списка.",
            choices=tuple(_OPERATOR_WORDS),
        ),
        Column("Значение", "", "text", 64, "Выражение (варианты через |) или слова через пробел. Регистр не важен, ё = е.", wrap=True),
        Column("Канал", "", "text", 30, f"Что получит строка. «{_FLAG_WORD}» только помечает её, поиск идёт дальше.", label=True),
        Column("Проверка", "check", "text", 40, "Пишет сервис: принято ли правило.", wrap=True),
    ),
    table=table,
    read=read,
    filled_by="people",
    colour=TAB_INPUT,
)  # fmt: skip
_TITLES = tuple(c.title for c in TAB.columns)
