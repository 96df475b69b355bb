"""Yandex Direct: the cost of each campaign, day and network, by the Reports service of API v5.

Key phrases are asked for by a report of their own: one that is refused leaves the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import partial
from typing import Any

from sheets_sync.errors import SourceError
from sheets_sync.net.secrets import Headers, Lookup, bearer
from sheets_sync.privacy.personal import scrub
from sheets_sync.sources.access import Limit
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import (
    Connector,
    Field,
    Page,
    Stream,
    Window,
)
from sheets_sync.sources.direct.reports import (
    CAMPAIGNS,
    CRITERIA,
    DirectReport,
    fault,
    ordered_days,
    rows_of,
)
from sheets_sync.sources.direct.table import DirectTable
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.json_paths import Record
from sheets_sync.sources.source import Finding
from sheets_sync.sources.window import TRAILING

PLATFORM = "Яндекс Директ"
_NETWORKS = {"SEARCH": "search", "AD_NETWORK": "ad_network"}
#: Days of one report, which are kept together; days that statistics go back, three years.
_DAYS, _REACH = 183, 3 * 365
#: Roubles a click that no auction asks for: such costs are micros taken for roubles.
_ABSURD_CLICK = 100_000
_MISSING = "--"
#: A criterion that says nothing: its cost is «Без фразы» (definitions §22).
_NO_PHRASE = "{keyword}"


def _ask(report: DirectReport, api: Api[DirectTable], window: Window) -> Iterator[Page]:
    rows = rows_of(api, report, window.first, window.last)
    _must_be_roubles(rows, api.table.name)
    yield Page([{**row, "vat": api.table.include_vat} for row in rows])


def _must_be_roubles(rows: list[dict[str, str]], where: str) -> None:
    costs = (cost for row in rows if isinstance(cost := _roubles(row), Decimal))
    clicks = sum(int(row["Clicks"]) for row in rows if row["Clicks"].isdigit())
    if sum(costs) > _ABSURD_CLICK * max(clicks, 1):
        raise SourceError(
            "расходы Директа похожи на миллионные доли рубля: клик стоит дороже 100 000 ₽.",
            where=where,
            hint="Проверьте, нет ли между службой и Директом прокси, который убирает заголовки.",
        )


def _roubles(row: Record) -> Decimal | str:
    """Whole kopecks; what is finer is rounded half to even, what is no number stays as it is."""
    try:
        return Decimal(row["Cost"]).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    except InvalidOperation:
        return str(row["Cost"])


def _count(name: str) -> Callable[[Record], Any]:
    return lambda row: None if row[name] == _MISSING else row[name]


def _phrase(row: Record) -> str:
    """A criterion as Direct names it; one that is empty or carries a person says nothing."""
    text = str(row["Criteria"])
    return text if text not in {"", _MISSING} and scrub(text, names=False) == text else _NO_PHRASE


def _probe(api: Api[DirectTable]) -> Iterator[Finding]:
    """A report of one day: the token, the login and the approval of the application at once."""
    day = api.context.as_of - timedelta(days=1)
    rows = rows_of(api, CAMPAIGNS, day, day)
    yield Finding("", ok=True, seen=f"отвечает; строк за {day:%d.%m.%Y}: {len(rows)}")


@dataclass(frozen=True)
class Advertiser(Headers):
    """A token and whose account it opens: Direct counts requests by advertiser."""

    login: str = ""

    @property
    def name(self) -> str:
        return f"{super().name}:{self.login}"


def _sign(table: DirectTable, secret: Lookup) -> Advertiser:
    token = bearer(secret(table.token_env))
    return Advertiser(token.secrets, token.values, table.client_login)


_ROW: dict[str, Field] = {
    "platform": lambda _row: PLATFORM,
    "campaign": "CampaignName",
    "campaign_id": "CampaignId",
    "network": lambda row: _NETWORKS.get(row["AdNetworkType"], ""),
    "cost": _roubles,
    "impressions": _count("Impressions"),
    "clicks": _count("Clicks"),
}
_COSTS = Stream(
    "costs", "[]", {"date_from": "Date", "date_to": "Date", "vat_included": "vat"} | _ROW
)
_PHRASES = Stream("phrases", "[]", {**_ROW, "date": "Date", "keyword": _phrase})


def _connector(
    report: DirectReport, stream: Stream, applies: Callable[[DirectTable], bool]
) -> Connector[DirectTable]:
    return Connector(
        kind="direct",
        title="Директ",
        noun="Директ",
        table=DirectTable,
        endpoint="https://api.direct.yandex.com",
        auth=_sign,
        ask=partial(_ask, report),
        streams=(stream,),
        limits=(Limit(20, 10.0),),
        fault=fault,
        longest=_DAYS,
        trailing=TRAILING,
        reach=_REACH,
        probe=_probe,
        parallel=5,
        is_text=True,
        applies=applies,
        ordered=ordered_days,
    )


SOURCE = source_of(
    _connector(CAMPAIGNS, _COSTS, lambda _table: True),
    _connector(CRITERIA, _PHRASES, lambda table: table.phrases),
)
