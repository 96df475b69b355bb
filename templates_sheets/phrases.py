"""«Ключевые фразы»: the numbers of «Кампании» by what people had looked for."""

from __future__ import annotations

from metrics.reports.phrases import phrases
from templates_sheets import campaigns
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.period_table import table
from templates_sheets.tab import Column, Definition, Tab

TAB = Tab(
    "phrases",
    "Ключевые фразы",
    (
        Column(
            "Фраза", "phrase", "text", 40,
            "Ключевая фраза объявления. «Без фразы» — её нет в метке или у расхода; «Прочее» — "
            "остальные фразы кампании.",
            definition=Definition(
                "utm_term касания, которое дало лиду канал; расход — по ключевым фразам Директа. Без "
                'минус-слов и знаков + ! " [ ] ( )',
                "«Без фразы», если её нет или в ней личные данные",
                "Расход кампании, которого нет у её фраз, стоит в «Без фразы», бывает и с минусом. По "
                "кампании, каналу и направлению строки дают «Кампании». Поисковые запросы людей не "
                "читаются.",
                section="Обращения и пациенты",
            ),
        ),
        *campaigns.TAB.columns,
    ),
    report=phrases,
    table=table,
    row_key=("Фраза", "Кампания", "Канал", "Направление"),
    colour=TAB_NUMBERS,
    page_at=("Новые пациенты",),
)  # fmt: skip
