"""Reports of Metrica, whole: pages, split days, exact numbers, and what was said about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sheets_sync.errors import SourceError
from sheets_sync.net.http import HttpError
from sheets_sync.sources.metrica.api import Metrica, MetricaError
from sheets_sync.sources.window import halves, spans
from sheets_sync.sources.yandex import METRICA, refusal

#: Rows of a page: the most the service gives.
PAGE = 100_000
#: Days of one request for all visits: `accuracy=full` is slow, so a quarter is asked for in pieces.
_DAYS = 31

Row = tuple[tuple[str, ...], tuple[Decimal, ...]]


@dataclass(frozen=True)
class ReportQuery:
    """What is asked, `days` at once. `additive` metrics must add up to the totals."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    additive: tuple[str, ...]
    filters: str = ""
    days: int = _DAYS

    def params(self, first: date, last: date, accuracy: str, offset: int) -> dict[str, Any]:
        params = {
            "metrics": ",".join(self.metrics),
            "dimensions": ",".join(self.dimensions),
            "date1": first.isoformat(),
            "date2": last.isoformat(),
            "accuracy": accuracy,
            "include_undefined": "true",
            "limit": PAGE,
            "offset": offset,
            # Equal rows come in any order, other on each page: leave no two equal.
            "sort": ",".join(self.dimensions),
            "lang": "ru",
        }
        return params | ({"filters": self.filters} if self.filters else {})


@dataclass
class Remarks:
    """What the answers say of themselves, over all requests of one pull."""

    attribution: str = ""
    sampled: bool = False
    sample_share: Decimal = Decimal(1)
    data_lag: int = 0
    contains_sensitive_data: bool = False
    #: Totals less the sum of the rows, by metric.
    missing: dict[str, Decimal] = field(default_factory=dict)

    def hear(self, answer: dict[str, Any]) -> None:
        self.attribution = str(answer.get("query", {}).get("attribution", "")) or self.attribution
        self.sampled |= bool(answer.get("sampled"))
        share = answer.get("sample_share")
        if answer.get("sampled") and share is not None:
            self.sample_share = min(self.sample_share, Decimal(share))
        self.data_lag = max(self.data_lag, int(answer.get("data_lag") or 0))
        self.contains_sensitive_data |= bool(answer.get("contains_sensitive_data"))

    def also(self, other: Remarks) -> None:
        """Take in what was said of the same days and sources for other metrics."""
        self.attribution = self.attribution or other.attribution
        self.sampled |= other.sampled
        self.sample_share = min(self.sample_share, other.sample_share)
        self.data_lag = max(self.data_lag, other.data_lag)
        self.contains_sensitive_data |= other.contains_sensitive_data
        self.missing = other.missing | self.missing

    def state(self) -> dict[str, Any]:
        """The same as JSON for the store."""
        return {
            "attribution": self.attribution,
            "sampled": self.sampled,
            "sample_share": str(self.sample_share),
            "data_lag": self.data_lag,
            "contains_sensitive_data": self.contains_sensitive_data,
        }

    def notes(self) -> list[str]:
        """Sentences for «Журнал»."""
        notes = []
        if self.sampled:
            share = f"{self.sample_share * 100:.0f}"
            notes.append(
                f"Метрика посчитала отчёт по выборке ({share} % визитов): цифры приблизительны."
            )
        if self.contains_sensitive_data:
            hidden = self.missing.get("ym:s:visits", Decimal(0))
            many = f" (визитов в них: {hidden:.0f})" if hidden > 0 else ""
            notes.append(f"Метрика скрыла маленькие группы посетителей{many}: их нет в строках.")
        elif any(self.missing.values()):
            words = ", ".join(f"{name}: {gap:+}" for name, gap in self.missing.items() if gap)
            notes.append(f"Итоги Метрики не равны сумме её строк ({words}).")
        if self.data_lag > 3600:
            notes.append(f"Метрика отстаёт на {self.data_lag // 60} мин.")
        return notes


def fetch_rows(
    metrica: Metrica, query: ReportQuery, first: date, last: date, remarks: Remarks
) -> Iterator[Row]:
    """Every row of `query` in those days: ids of the dimensions and exact metrics.

    A range that is too heavy, or fills a page, is halved down to a day; a day that is still too
    heavy is asked for with less accuracy, a day of many rows page by page. Raises SourceError.
    """
    for begin, end in spans(first, last, query.days):
        yield from _range(metrica, query, begin, end, remarks)


def _range(
    metrica: Metrica, query: ReportQuery, first: date, last: date, remarks: Remarks
) -> Iterator[Row]:
    try:
        answer = metrica.report(query.params(first, last, "full", 1))
    except SourceError as error:
        if not _too_heavy(error):
            raise
        answer = None
    if first < last and (answer is None or len(_rows_of(answer)) >= PAGE):
        for begin, end in halves(first, last):
            yield from _range(metrica, query, begin, end, remarks)
        return
    accuracy = "full" if answer else "high"
    if answer is None:
        answer = metrica.report(query.params(first, last, accuracy, 1))
    yield from _day(metrica, query, first, last, accuracy, answer, remarks)


def _day(
    metrica: Metrica,
    query: ReportQuery,
    first: date,
    last: date,
    accuracy: str,
    answer: dict[str, Any],
    remarks: Remarks,
) -> Iterator[Row]:
    """The rows of `answer` and of the pages after it; checked against the totals."""
    sums = dict.fromkeys(query.additive, Decimal(0))
    offset = 1
    while True:
        remarks.hear(answer)
        rows = [_row(r, query) for r in _rows_of(answer)]
        for name in sums:
            at = query.metrics.index(name)
            sums[name] += sum((r[1][at] for r in rows), Decimal(0))
        yield from rows
        # Never until `total_rows`: it may be rounded.
        if len(rows) < PAGE:
            break
        offset += PAGE
        answer = metrica.report(query.params(first, last, accuracy, offset))
    for name, total in zip(query.metrics, answer.get("totals") or [], strict=False):
        if name in sums:
            # To the kopeck: the service adds up floats.
            gap = (Decimal(total or 0) - sums[name]).quantize(Decimal("0.01"))
            remarks.missing[name] = remarks.missing.get(name, Decimal(0)) + gap


def _rows_of(answer: dict[str, Any]) -> list[Any]:
    rows = answer.get("data")
    if not isinstance(rows, list):
        raise _unexpected()
    return rows


def _row(row: Any, query: ReportQuery) -> Row:
    try:
        key = tuple(_id(d) for d in row["dimensions"])
        values = tuple(Decimal(m or 0) for m in row["metrics"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise _unexpected() from None
    if len(key) != len(query.dimensions) or len(values) != len(query.metrics):
        raise _unexpected()
    return key, values


def _id(dimension: dict[str, Any]) -> str:
    """The id, which no language changes; a dimension without ids has only a name."""
    value = dimension.get("id") if dimension.get("id") is not None else dimension.get("name")
    return "" if value is None else str(value)


def _unexpected() -> SourceError:
    return refusal(METRICA, "cut")


def _too_heavy(error: SourceError) -> bool:
    if isinstance(error, MetricaError):
        return error.reason in {"query_error", "timeout"}
    return isinstance(error, HttpError) and error.status == 504
