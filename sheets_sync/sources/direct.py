"""Yandex Direct: the cost of each campaign, day and network, by the Reports service of API v5.

Uses token_env, client_login, include_vat and from of a [[source]].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, ClassVar, Literal

import pandas as pd

from metrics.schema import conform
from sheets_sync.errors import SourceError
from sheets_sync.net.http import HttpError
from sheets_sync.net.secrets import NeededVariable
from sheets_sync.sources.direct_api import PAGE, Reports, parsed
from sheets_sync.sources.source import (
    Context,
    Finding,
    Pulled,
    Refusal,
    Source,
    SourceTable,
)
from sheets_sync.sources.window import TRAILING, halves, spans, window, years_before

ENDPOINT = "https://api.direct.yandex.com"
PLATFORM = "Яндекс Директ"
_NETWORKS = {"SEARCH": "search", "AD_NETWORK": "ad_network"}
#: Days of one report; years that statistics go back.
_DAYS, _YEARS = 366, 3
#: Roubles a click that no auction asks for: such costs are micros taken for roubles.
_ABSURD_CLICK = 100_000
_MISSING = "--"
_EXAMPLES = 100


class DirectTable(SourceTable):
    """An advertiser; client_login only for agencies."""

    kind: Literal["direct"]
    token_env: NeededVariable
    client_login: str = ""
    include_vat: bool = True

    gives_ids: ClassVar[bool] = False

    @property
    def account(self) -> str:
        return self.client_login or self.token_env


def pull(table: DirectTable, context: Context) -> Iterator[Pulled]:
    """Costs, one row per day, campaign and network. Raises SourceError: then nothing is known."""
    today = context.clock.today(context.zone)
    last = min(context.as_of, today)
    oldest = max(
        table.first or context.needed,
        years_before(today, _YEARS),
    )
    state = context.state.get("costs", {})
    full = context.full or state.get("vat", table.include_vat) != table.include_vat
    days = window(oldest, last, today, state, TRAILING, full=full)
    if days is None:
        yield Pulled("costs", None, state={"costs": state})
        return
    context.progress("Спрашиваю расходы Директа", 0.1)
    rows = _Rows()
    reports = reports_of(table, context)
    for begin, end in spans(days.first, days.last, _DAYS):
        _read(reports, begin, end, rows)
    if rows.is_absurd():
        raise SourceError(
            "расходы Директа похожи на миллионные доли рубля: клик стоит дороже 100 000 ₽.",
            where=table.name,
            hint="Проверьте, нет ли между службой и Директом прокси, который убирает заголовки.",
        )
    since = days.first.isoformat() if days.whole else state["since"]
    until = max(days.until.isoformat(), "" if days.whole else state["until"])
    yield Pulled(
        "costs",
        rows.frame(table.name, vat=table.include_vat),
        read=rows.read,
        refused=tuple(rows.refused),
        refused_count=rows.refused_count,
        replace=(days.first, days.last),
        state={"costs": {"since": since, "until": until, "vat": table.include_vat}},
        partial_day=days.partial,
    )


def probe(table: DirectTable, context: Context) -> Iterator[Finding]:
    """A report of one day: the token, the login and the approval of the application at once."""
    day = context.as_of - timedelta(days=1)
    rows = parsed(reports_of(table, context).report(day, day))
    yield Finding("", ok=True, seen=f"отвечает; строк за {day:%d.%m.%Y}: {len(rows)}")


def reports_of(table: DirectTable, context: Context) -> Reports:
    """The source's advertiser under the run's limiter. Raises ConfigError: there is no token."""
    return Reports(
        context.endpoint("direct", ENDPOINT),
        context.secret(table.token_env),
        table.name,
        client_login=table.client_login,
        include_vat=table.include_vat,
        limiter=context.limiter,
        clock=context.clock,
        observe=context.observe,
    )


def _read(reports: Reports, first: date, last: date, rows: _Rows) -> None:
    """Add every row of those days; a range that takes too long to build is halved."""
    found = None
    try:
        found = parsed(reports.report(first, last))
    except HttpError as error:
        if error.status != 502 or first == last:
            raise
    if first < last and (found is None or len(found) >= PAGE):
        for begin, end in halves(first, last):
            _read(reports, begin, end, rows)
        return
    for number, row in enumerate(found or (), start=2):
        rows.add(f"{first}…{last}", number, row)


@dataclass
class _Rows:
    """Columns of the frame as they grow; `read` counts refused rows too."""

    cells: list[tuple[Any, ...]] = field(default_factory=list)
    read: int = 0
    refused_count: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def add(self, report: str, line: int, row: dict[str, str]) -> None:
        """Keep a row; one whose day, cost or number cannot be read is refused and counted."""
        self.read += 1
        column = ""
        try:
            column = "Date"
            day = date.fromisoformat(row[column])
            column = "Cost"
            cost = _kopecks(row[column])
            column = "Impressions"
            impressions = _count(row[column])
            column = "Clicks"
            clicks = _count(row[column])
        except (ValueError, InvalidOperation):
            self.refused_count += 1
            if len(self.refused) < _EXAMPLES:
                self.refused.append(
                    Refusal(report, line, column, row[column][:40], "не число или не дата")
                )
            return
        network = _NETWORKS.get(row["AdNetworkType"], "")
        name, number = row["CampaignName"], row["CampaignId"]
        self.cells.append((day, name, number, network, cost, impressions, clicks))

    def is_absurd(self) -> bool:
        cost = sum(c[4] for c in self.cells)
        clicks = sum(c[6] or 0 for c in self.cells)
        return bool(cost > 100 * _ABSURD_CLICK * max(clicks, 1))

    def frame(self, source: str, *, vat: bool) -> pd.DataFrame:
        names = ("day", "campaign", "campaign_id", "network", "cost", "impressions", "clicks")
        frame = pd.DataFrame(self.cells, columns=list(names))
        days = pd.to_datetime(frame["day"])
        return conform(
            "costs",
            frame.drop(columns="day").assign(
                source=source,
                date_from=days,
                date_to=days,
                platform=PLATFORM,
                vat_included=vat,
            ),
        )


def _kopecks(roubles: str) -> int:
    """Exact kopecks of a decimal in roubles; what is finer is rounded half to even."""
    return int((Decimal(roubles) * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


def _count(text: str) -> int | None:
    return None if text == _MISSING else int(text)


SOURCE: Source[DirectTable] = Source(
    "direct", "Директ", "Директ", DirectTable, ("costs",), pull, probe, ENDPOINT
)
