"""Yandex Direct: the cost of each campaign, day and network, by the Reports service of API v5.

Uses token_env, client_login, include_vat, phrases and from of a [[source]].
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
from sheets_sync.privacy.personal import scrub
from sheets_sync.sources.direct_api import (
    CAMPAIGNS,
    CRITERIA,
    PAGE,
    DirectReport,
    ReportOrders,
    Reports,
)
from sheets_sync.sources.source import (
    EXAMPLES,
    Context,
    Finding,
    Pulled,
    Refusal,
    Source,
    SourceTable,
    counted_on,
)
from sheets_sync.sources.window import TRAILING, DayWindow, after, halves, pieces, years_before

ENDPOINT = "https://api.direct.yandex.com"
PLATFORM = "Яндекс Директ"
_NETWORKS = {"SEARCH": "search", "AD_NETWORK": "ad_network"}
#: Days of one report, which are kept together; years that statistics go back.
_DAYS, _YEARS = 183, 3
#: Roubles a click that no auction asks for: such costs are micros taken for roubles.
_ABSURD_CLICK = 100_000
_MISSING = "--"
#: A criterion that says nothing: its cost is «Без фразы» (definitions-2, §22).
_NO_PHRASE = "{keyword}"


class DirectTable(SourceTable):
    """An advertiser; client_login only for agencies. `phrases`: what each key phrase cost, too."""

    kind: Literal["direct"]
    token_env: NeededVariable
    client_login: str = ""
    include_vat: bool = True
    phrases: bool = False

    gives_ids: ClassVar[bool] = False

    @property
    def account(self) -> str:
        return self.client_login or self.token_env


def pull(table: DirectTable, context: Context) -> Iterator[Pulled]:
    """Costs by day, campaign and network, half a year at a time, the newest first; then phrases.

    A report that is not built when the source's time is over stays ordered: the next run takes it.
    Raises SourceError where nothing at all was read.
    """
    asked = {"costs": CAMPAIGNS} | ({"phrases": CRITERIA} if table.phrases else {})
    failed: list[Pulled] = []
    for entity, report in asked.items():
        costs = _Costs(table, context, entity, report, dict(context.state.get(entity, {})))
        try:
            yield from counted_on(costs.pull())
        except SourceError as error:
            failed.append(Pulled(entity, None, state={entity: costs.state}, error=error))
    yield from failed


def probe(table: DirectTable, context: Context) -> Iterator[Finding]:
    """A report of one day: the token, the login and the approval of the application at once."""
    day = context.as_of - timedelta(days=1)
    rows = reports_of(table, context).report(CAMPAIGNS, day, day)
    yield Finding("", ok=True, seen=f"отвечает; строк за {day:%d.%m.%Y}: {len(rows)}")


def reports_of(table: DirectTable, context: Context, orders: ReportOrders | None = None) -> Reports:
    """The source's advertiser under the run's limiter. Raises ConfigError: there is no token."""
    return Reports(
        context.endpoint("direct", ENDPOINT),
        context.secret(table.token_env),
        table.name,
        client_login=table.client_login,
        include_vat=table.include_vat,
        limiter=context.limiter,
        clock=context.clock,
        until=context.until,
        orders=orders,
        observe=context.observe,
    )


@dataclass
class _Costs:
    """One report of one advertiser. `state` is that of the last days given, and what is ordered."""

    table: DirectTable
    context: Context
    entity: str
    report: DirectReport
    state: dict[str, Any]

    def pull(self) -> Iterator[Pulled]:
        """Rows of some days after those of others. Raises SourceError."""
        orders = ReportOrders.of(self.state.pop("ordered", {}))
        todo = self._todo(orders)
        if not todo:
            yield Pulled(self.entity, None, state={self.entity: self.state})
        reports = reports_of(self.table, self.context, orders)
        for place, days in enumerate(todo):
            self.context.progress("Спрашиваю расходы Директа", 0.1 + 0.8 * place / len(todo))
            rows = _CostColumns()
            try:
                self._read(reports, days.first, days.last, rows)
            except SourceError as error:
                if not error.permanent:
                    self.state |= orders.state(days.first, days.last)
                raise
            orders.names.clear()
            yield self._pulled(days, rows)

    def _todo(self, orders: ReportOrders) -> list[DayWindow]:
        """Days of the clinic's calendar, up to as_of and three years back."""
        today = self.context.clock.today(self.context.zone)
        oldest = max(self.table.first or self.context.needed, years_before(today, _YEARS))
        other = self.state.get("vat", self.table.include_vat) != self.table.include_vat
        return pieces(
            oldest,
            min(self.context.as_of, today),
            today,
            self.state,
            TRAILING,
            _DAYS,
            full=self.context.full or other,
            ordered=orders.days,
        )

    def _read(self, reports: Reports, first: date, last: date, rows: _CostColumns) -> None:
        """Add every row of those days; a range that takes too long to build is halved."""
        found = None
        try:
            found = reports.report(self.report, first, last)
        except HttpError as error:
            if error.status != 502 or first == last:
                raise
        if first < last and (found is None or len(found) >= PAGE):
            for begin, end in halves(first, last):
                self._read(reports, begin, end, rows)
            return
        for number, row in enumerate(found or (), start=2):
            rows.add(f"{first}…{last}", number, row)

    def _pulled(self, days: DayWindow, rows: _CostColumns) -> Pulled:
        if rows.is_absurd():
            raise SourceError(
                "расходы Директа похожи на миллионные доли рубля: клик стоит дороже 100 000 ₽.",
                where=self.table.name,
                hint="Проверьте, нет ли между службой и Директом прокси, который убирает заголовки.",
            )
        frames = {"costs": rows.costs, "phrases": rows.phrases}
        self.state = {"vat": self.table.include_vat, **after(self.state, days)}
        return Pulled(
            self.entity,
            frames[self.entity](self.table),
            read=rows.read,
            refused=tuple(rows.refused),
            refused_count=rows.refused_count,
            replace=(days.first, days.last),
            state={self.entity: self.state},
            partial_day=days.partial,
        )


@dataclass
class _CostColumns:
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
            if len(self.refused) < EXAMPLES:
                self.refused.append(
                    Refusal(report, line, column, row[column][:40], "не число или не дата")
                )
            return
        network = _NETWORKS.get(row["AdNetworkType"], "")
        name, number = row["CampaignName"], row["CampaignId"]
        keyword = _phrase(row.get("Criteria", ""))
        self.cells.append((day, name, number, network, keyword, cost, impressions, clicks))

    def is_absurd(self) -> bool:
        frame = self._frame()
        clicks = frame["clicks"].astype("Int64").sum()
        return bool(frame["cost"].sum() > 100 * _ABSURD_CLICK * max(clicks, 1))

    def costs(self, table: DirectTable) -> pd.DataFrame:
        frame = self._frame()
        return conform(
            "costs",
            frame.drop(columns=["date", "keyword"]).assign(
                source=table.name,
                date_from=frame["date"],
                date_to=frame["date"],
                platform=PLATFORM,
                vat_included=table.include_vat,
            ),
        )

    def phrases(self, table: DirectTable) -> pd.DataFrame:
        return conform("phrases", self._frame().assign(source=table.name, platform=PLATFORM))

    def _frame(self) -> pd.DataFrame:
        names = ("date", "campaign", "campaign_id", "network", "keyword", *_MEASURES)
        frame = pd.DataFrame(self.cells, columns=list(names))
        return frame.assign(date=pd.to_datetime(frame["date"]))


_MEASURES = ("cost", "impressions", "clicks")


def _phrase(text: str) -> str:
    """A criterion as Direct names it; one that is empty or carries a person says nothing."""
    return text if text not in {"", _MISSING} and scrub(text, names=False) == text else _NO_PHRASE


def _kopecks(roubles: str) -> int:
    """Exact kopecks of a decimal in roubles; what is finer is rounded half to even."""
    return int((Decimal(roubles) * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


def _count(text: str) -> int | None:
    return None if text == _MISSING else int(text)


SOURCE: Source[DirectTable] = Source(
    "direct",
    "Директ",
    "Директ",
    DirectTable,
    ("costs", "phrases"),
    pull,
    probe,
    ENDPOINT,
    in_parts=True,
)
