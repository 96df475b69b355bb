"""«Проверка»: the book recounted from «Воронка», and where it does not agree with itself."""

from __future__ import annotations

from metrics.reports.verification import verification
from templates_sheets.look import TAB_CHECKS
from templates_sheets.tab import Column, Definition, Tab

TAB = Tab(
    "verification",
    "Проверка",
    (
        Column("Лист", "sheet", "text", 20, "Вкладка, числа которой пересчитаны."),
        Column("Показатель", "measure", "text", 34, "Какие числа: столбец вкладки или равенство."),
        Column("Сверено", "checked", "count", 11, "Сколько ячеек пересчитано по «Воронке» или по самой вкладке.",
               definition=Definition(
                   "Ячейки, которые складываются из дней «Воронки» или из других ячеек своей вкладки", "никогда",
                   "Считает другой код, чем тот, что делал отчёт, и только по ячейкам таблицы. То же "
                   "в любое время: romi-sheets verify. ROMI новых, LTV и конверсии из дневных сумм не сложить.")),
        Column("Сошлось", "agreed", "count", 11, "Сколько из них сошлось.",
               definition=Definition("Числа и рубли — до 0,005, отношения — до миллиардной доли", "никогда")),
        Column("Расходится", "differ", "count", 12, "Сколько не сошлось; должно быть 0.",
               definition=Definition("Сверено − Сошлось", "никогда")),
        Column("Наибольшая разница", "largest", "ratio", 14, "В единицах самого показателя; 0, если всё сошлось.",
               definition=Definition("Наибольшая разница среди ячеек, которые не сошлись", "никогда",
                                     "Пустая ячейка и текст считаются нулём.")),
        Column("Где", "where", "text", 80, "Первые ячейки, которые не сошлись: что стоит и что должно быть.",
               wrap=True, personal="campaign"),
    ),
    report=verification,
    row_key=("Лист", "Показатель"),
    freeze=2,
    colour=TAB_CHECKS,
)  # fmt: skip
