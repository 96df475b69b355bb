"""Costs as Metrica tells them: Direct's own and those uploaded to it."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd

from metrics.schema import conform
from sheets_sync.sources.metrica.api import Metrica
from sheets_sync.sources.metrica.report import Remarks, ReportQuery, fetch_rows
from sheets_sync.sources.metrica.tags import kept_campaign, kept_tag
from sheets_sync.sources.window import DayWindow

_COST, _CLICKS = "ym:ev:expensesRUB", "ym:ev:expenseClicks"
#: Names under which Direct's own costs come; the rest are utm_source of an upload.
_DIRECT = frozenset({"ya_direct", "ya_undefined", "yandex_direct", "ad.яндекс: директ"})
DIRECT_PLATFORM = "Яндекс Директ"
_UNNAMED = "Не указана"


def fetch_expenses(
    metrica: Metrica, source: str, window: DayWindow, attribution: str
) -> tuple[pd.DataFrame, list[str]]:
    """The costs frame of the window's days, in exact kopecks, and notes. Raises SourceError."""
    query = ReportQuery(
        metrics=(_COST, _CLICKS),
        dimensions=(
            "ym:ev:date",
            *(f"ym:ev:{attribution}Expense{n}" for n in ("Source", "Medium", "Campaign")),
        ),
        additive=(_COST,),
    )
    remarks = Remarks()
    rows = list(fetch_rows(metrica, query, window.first, window.last, remarks))
    keys = [(k[0], kept_tag(k[1]), kept_tag(k[2]), kept_campaign(k[3])) for k, _ in rows]
    days = pd.to_datetime([date.fromisoformat(k[0]) for k in keys])
    frame = pd.DataFrame(
        {
            "source": source,
            "date_from": days,
            "date_to": days,
            "platform": [_platform(k[1]) for k in keys],
            "campaign": [k[3] for k in keys],
            "campaign_id": [k[3] if k[3].isdigit() else "" for k in keys],
            "utm_source": [k[1] for k in keys],
            "utm_medium": [k[2] for k in keys],
            "utm_campaign": [k[3] for k in keys],
            "cost": [kopecks(v[0]) for _, v in rows],
            "clicks": [int(v[1]) for _, v in rows],
        }
    )
    return conform("costs", frame), remarks.notes()


def _platform(name: str) -> str:
    return DIRECT_PLATFORM if name.casefold() in _DIRECT else name or _UNNAMED


def kopecks(roubles: Decimal) -> int:
    """Exact kopecks; what is finer is rounded half to even."""
    return int((roubles * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
