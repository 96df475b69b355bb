"""«Сегменты»: who looked at what on the site, how many of them became leads, and whom to remind."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics.reports.segments import segments
from metrics.settings import Settings
from metrics.wording import counted
from templates_sheets import plain
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.tab import Column, Definition, Tab, Table

_OVERLAP = "Один человек бывает в нескольких сегментах, поэтому строки не складываются."
_QUARTER = "За 90 дней по день отчёта."


def table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """The usual table, with a note on how many segments are too small to be shown."""
    laid = plain.table(tab, frame, settings)
    few = int(frame["left_out"].iloc[0]) if len(frame) else 0
    if not few:
        return laid
    hidden = counted(few, "сегмент", "сегмента", "сегментов")
    note = f"Не показано: {hidden}, где за 90 дней меньше {settings.min_patients} посетителей."
    return replace(laid, notes=laid.notes | {(0, 0): note})


TAB = Tab(
    "segments",
    "Сегменты",
    (
        Column("Сегмент", "segment", "text", 30,
               "Посетители, которых узнают «Шаблоны сегментов». " + _OVERLAP),
        Column("Посетители 30 дней", "visitors_30", "count", 13,
               "ClientID с подходящим визитом за 30 дней.",
               definition=Definition("ClientID с подходящим визитом за 30 дней по день отчёта, после "
                                     "которого не было цели из «Кроме целей»", "никогда", _OVERLAP)),
        Column("Посетители 90 дней", "visitors_90", "count", 13,
               "ClientID с подходящим визитом за 90 дней.",
               definition=Definition("То же за 90 дней", "никогда")),
        Column("Без лида", "without_lead", "count", 11, "Посетители, от которых нет обращения. " + _QUARTER,
               definition=Definition("Посетители 90 дней, от которых после первого такого визита нет лида",
                                     "никогда", "Им и напоминают о себе: «romi-sheets segment» пишет "
                                     "их ClientID в файл для Яндекс Аудиторий.")),
        Column("Лиды", "leads", "count", 9, "Лиды этих посетителей после первого такого визита. " + _QUARTER),
        Column("Лид на посетителя", "lead_share", "percent", 13, "Посетители с лидом / посетители 90 дней.",
               reason="Пусто: таких посетителей за 90 дней нет.",
               definition=Definition("Посетители с лидом / Посетители 90 дней", "посетителей нет")),
        Column("Чаще среднего", "lift", "ratio", 11,
               "Во сколько раз такие посетители обращаются чаще, чем все.",
               reason="Пусто: таких посетителей за 90 дней нет, или лидов нет ни от кого.",
               definition=Definition("Лид на посетителя / то же у всех посетителей",
                                     "посетителей или лидов нет")),
        Column("Новые пациенты", "new_patients", "count", 11,
               "Заплатившие пациенты, которых привели эти лиды, по день отчёта."),
        Column("Маржа", "margin", "money", 14, "Маржа этих пациентов по день отчёта.",
               reason=plain.UNKNOWN_MARGIN),
    ),
    report=segments,
    table=table,
    row_key=("Сегмент",),
    colour=TAB_NUMBERS,
)  # fmt: skip
