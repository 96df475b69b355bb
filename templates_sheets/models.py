"""«Модели»: what each channel brought under every attribution model, side by side."""

from __future__ import annotations

import pandas as pd

from metrics.reports.models import models
from metrics.settings import MODELS, TOTAL, Attribution
from templates_sheets.cells import rows
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.plain import UNKNOWN_MARGIN
from templates_sheets.tab import Column, Format, Tab, Table

#: How each attribution model is called, also in «Настройки».
MODEL_WORDS: dict[Attribution, str] = {
    "last_significant": "последний значимый",
    "first": "первый",
    "last": "последний",
    "last_paid": "последний платный",
    "linear": "линейная",
    "position": "40/20/40",
    "time_decay": "с затуханием",
    "markov": "Марков",
}
_MEASURES: tuple[tuple[str, str, Format, int], ...] = (
    ("Лиды", "leads", "count", 13),
    ("Новые пациенты", "new_patients", "count", 13),
    ("Маржа", "margin", "money", 14),
    ("ROMI", "romi", "percent", 13),
)
_HINTS: dict[Attribution, str] = {
    "last_significant": "последнее касание, кроме прямых и внутренних заходов",
    "first": "первое касание",
    "last": "последнее касание",
    "last_paid": "последнее платное касание",
    "linear": "поровну всем касаниям",
    "position": "40 % первому, 40 % последнему, 20 % тем, что между ними",
    "time_decay": "чем ближе касание к заявке, тем больше; вдвое меньше за каждые 7 дней",
    "markov": "сколько заявок пропадёт, если убрать канал; пусто, пока касаний мало",
}


def table(tab: Tab, frame: pd.DataFrame) -> Table:
    """In: `metrics.reports.models` (channel, <model>_leads … <model>_romi). Out: its rows, «Итого» last."""
    body = rows(frame, tab.columns)
    bold = frozenset(i for i, row in enumerate(body) if row[0] == TOTAL)
    at = {column.key: place for place, column in enumerate(tab.columns)}
    empty = [m for m in MODELS if len(frame) and frame[f"{m}_leads"].isna().all()]
    notes = {
        (0, at[f"{model}_leads"]): "Пусто: касаний мало для такого расчёта." for model in empty
    }
    for model in (m for m in MODELS if m not in empty):
        unknown = frame[f"{model}_margin"].isna().to_numpy().nonzero()[0].tolist()
        notes |= {(place, at[f"{model}_margin"]): UNKNOWN_MARGIN for place in unknown}
    return Table(tab, tab.columns, body, notes=notes, bold=bold)


TAB = Tab(
    "models",
    "Модели",
    (
        Column("Канал", "channel", "text", 27, "Канал касания."),
        *(
            Column(
                f"{title}: {MODEL_WORDS[model]}", f"{model}_{key}", form, width,
                f"{title}, если заслугу получает {_HINTS[model]}."
                if model in ("first", "last", "last_paid", "last_significant")
                else f"{title}; заслуга делится: {_HINTS[model]}.",
                mark=title == "Лиды",
            )
            for model in MODELS
            for title, key, form, width in _MEASURES
        ),
    ),
    report=models,
    table=table,
    always=True,
    row_key=("Канал",),
    total=True,
    colour=TAB_NUMBERS,
    page_at=tuple(f"Лиды: {MODEL_WORDS[m]}" for m in MODELS[3::3]),
)  # fmt: skip
