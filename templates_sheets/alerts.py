"""«Внимание»: what fell or rose more than chance allows, what it costs, and whether it was sent."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from metrics.reports.alerts import MONEY_RULES, alerts
from metrics.settings import Settings
from templates_sheets import plain
from templates_sheets.look import TAB_OWNER
from templates_sheets.tab import Column, Definition, Format, Tab, Table

_BEFORE, _AFTER = 3, 4
_RULES = (
    Definition(
        "Лидов, записей или визитов за 7 дней меньше, чем в среднем за неделю из 28 дней до них, и "
        "вероятность такого падения случайно, с обеих сторон, меньше 1 % (биномиальный критерий)",
        "нет строки",
        "Эффект: сколько не хватило × маржа новых на одного за период отчёта; если у канала за "
        "период их меньше 10 — по клинике.",
        name="Меньше лидов, Меньше записей, Меньше визитов",
    ),
    Definition(
        "Расход за 7 дней не меньше 130 % средней недели из 28 дней до них",
        "нет строки",
        "Эффект: на сколько вырос.",
        name="Расход вырос",
    ),
    Definition(
        "За 7 дней расход есть, лидов нет, а за 28 дней до них лидов было не меньше 4",
        "нет строки",
        "Эффект: расход этих 7 дней.",
        name="Расход без лидов",
    ),
    Definition(
        "Маржа месяца по темпу отстаёт от плана больше чем на 15 %, прошло не меньше 10 дней",
        "нет строки",
        "Эффект: План − Темп по дням недели.",
        name="План под угрозой",
    ),
)


def table(tab: Tab, frame: pd.DataFrame, settings: Settings) -> Table:
    """In: `metrics.reports.alerts`. Out: its rows; money where the rule is of money."""
    money = frame["rule"].isin(MONEY_RULES)
    sums = {k: frame[k].where(~money, frame[k] / 100) for k in ("before", "after")}
    laid = plain.table(tab, frame.assign(**sums), settings)
    formats: dict[tuple[int, int], Format] = {
        (row, place): "money" for row in money.to_numpy().nonzero()[0].tolist() for place in (_BEFORE, _AFTER)
    }  # fmt: skip
    return replace(laid, formats=formats)


TAB = Tab(
    "alerts",
    "Внимание",
    (
        Column("Дата", "day", "date", 12, "Последний полный день, по который посчитано."),
        Column("Правило", "rule", "text", 20, "Что случилось; правила — в «Определения»."),
        Column("Канал", "channel", "text", 27, "Канал по правилам «Каналы» или «Все»."),
        Column("Было", "before", "count", 13, "Средняя неделя из 28 дней до последних 7; у плана — план.",
               definition=Definition("Сумма 28 дней перед последними 7 / 4; у «План под угрозой» — план", "никогда")),
        Column("Стало", "after", "count", 13, "Последние 7 полных дней; у плана — темп по дням недели.",
               definition=Definition("Сумма последних 7 полных дней; у «План под угрозой» — темп", "никогда")),
        Column("Эффект", "effect", "money", 13, "Во что это обходится; от суммы из «Настройки».",
               definition=Definition("По правилу, см. ниже; строки с меньшим эффектом, чем в «Настройки», не показаны",
                                     "никогда", "Строки стоят 90 дней; отправленная не меняется.")),
        Column("Причины", "causes", "text", 60, "Какие шаги от рекламы до визита изменились сильнее всего.", wrap=True,
               definition=Definition("До трёх шагов, изменившихся сильнее всего, от расходов до показателя правила: "
                                     "последние 7 дней / средняя неделя до них", "шаги неизвестны или не упали")),
        Column("Отправлено", "sent", "datetime", 17, "Когда сообщение ушло. В день не больше одного, с наибольшим эффектом."),
    ),
    report=alerts,
    table=table,
    definitions=_RULES,
    row_key=("Дата", "Правило", "Канал"),
    freeze=3,
    colour=TAB_OWNER,
)  # fmt: skip
