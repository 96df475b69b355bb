"""A clock that does not wait, a small site, and contexts for the tests of Yandex's sources."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import SecretStr

from metrics.schema import ENTITIES, check
from sheets_sync.net.clock import Clock
from sheets_sync.net.limiter import Limiter
from sheets_sync.privacy.keys import Keyring
from sheets_sync.sources.direct import DirectTable
from sheets_sync.sources.metrica import MetricaTable
from sheets_sync.sources.source import Context, Pulled
from tests.doubles.direct import DirectDouble
from tests.doubles.metrica import TOKEN, MetricaDouble
from tests.doubles.site import AdDay, Counter, Expense, Goal, Visit

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
#: The first day that a report of TODAY needs.
NEEDED = date(2024, 11, 1)
YESTERDAY = TODAY - timedelta(days=1)
TOKEN_ENV = "TEST_YANDEX_TOKEN"
COUNTER = 11111111


class Hands(Clock):
    """A clock whose hands are moved by whoever sleeps; each look takes a microsecond."""

    def __init__(self, now: datetime = NOW) -> None:
        self.seconds = now.timestamp()
        self.slept: list[float] = []
        lock = threading.Lock()

        def unix() -> float:
            with lock:
                self.seconds += 1e-6
                return self.seconds

        def sleep(seconds: float) -> None:
            with lock:
                self.slept.append(seconds)
                self.seconds += seconds

        self.__dict__.update(unix=unix, sleep=sleep)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """A time of Moscow's day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


GOALS = [
    Goal(222333, "Заявка с формы", event="lead_form_sent"),
    Goal(222334, "Запись: шаги", "step", steps=(Goal(222335, "Страница записи", "url"),)),
    Goal(222336, "Клик по телефону", "phone", source="auto"),
]


def small_counter(days: int = 5) -> Counter:
    """Four visits on each of the last `days` days, today included; one of them a robot's."""
    visits = []
    for back in range(days):
        day = TODAY - timedelta(days=back)
        number = 1000 * (back + 1)
        visits += [
            Visit(
                at(day, 10),
                f"50000000000000{number + 1}",
                "1700000000123456789",
                "ad",
                "ad.Яндекс: Директ",
                "ya_direct",
                campaign=300001,
                path="/implant",
                end="/thanks",
                query="yclid=12345678901234567890&phone=79161234567",
                goals=(222333,),
            ),
            Visit(
                at(day, 11),
                f"50000000000000{number + 2}",
                "1700000000987654321",
                "organic",
                "organic.yandex",
                utm_term='виниры "люкс"\tцена',
                goals=(222333, 222336, 222336),
            ),
            Visit(
                at(day, 23, 59),
                f"50000000000000{number + 3}",
                "0",
                "ad",
                "",
                "",
                "vk",
                "cpc",
                "осень\\2026",
            ),
            Visit(at(day, 13), f"50000000000000{number + 4}", "1", robot=True),
        ]
    expenses = [
        Expense(TODAY - timedelta(days=back), "vk", "cpc", "осень", Decimal("1234.57"), 7)
        for back in range(days)
    ]
    return Counter(COUNTER, goals=list(GOALS), visits=visits, expenses=expenses)


def ad_days(days: int = 5) -> list[AdDay]:
    """Two rows on each of the last `days` days: one campaign of search, one of networks."""
    rows = []
    for back in range(days):
        day = TODAY - timedelta(days=back)
        rows += [
            AdDay(day, 300001, "Имплантация | Поиск", "SEARCH", 1200, 40, Decimal("4267.08")),
            AdDay(day, 300002, 'Имплантация "РСЯ"', "AD_NETWORK", 22000, 95, Decimal("10.01")),
        ]
    return rows


def metrica_source(**more: Any) -> MetricaTable:
    first = TODAY - timedelta(days=10)
    given = {"counter_id": COUNTER, "token_env": TOKEN_ENV, "from": first, "logs": False}
    return MetricaTable.model_validate({"kind": "metrica", **given, **more})


def direct_source(**more: Any) -> DirectTable:
    first = TODAY - timedelta(days=10)
    return DirectTable.model_validate(
        {"kind": "direct", "token_env": TOKEN_ENV, "from": first, **more}
    )


def whole(pulls: Iterable[Pulled]) -> list[Pulled]:
    """What a pull gives in pieces, as one of each entity, without what every pull says: how far back it
    is read. Raises what kept any from being whole."""
    found: dict[str, Pulled] = {}
    for each in pulls:
        if each.error:
            raise each.error
        pulled = replace(each, notes=tuple(n for n in each.notes if not n.startswith("История")))
        before = found.get(pulled.entity)
        if before is None or before.frame is None or pulled.frame is None:
            found[pulled.entity] = pulled
            continue
        check(pulled.entity, pulled.frame)
        first, last = (f(before.replace[n], pulled.replace[n]) for n, f in enumerate((min, max)))
        frame = pd.concat([before.frame, pulled.frame], ignore_index=True)
        if key := ENTITIES[pulled.entity].key:
            frame = frame.drop_duplicates(key, keep="last", ignore_index=True)
        found[pulled.entity] = replace(pulled, frame=frame, replace=(first, last))
    return list(found.values())


def context(
    home: Path,
    double: MetricaDouble | DirectDouble,
    clock: Clock,
    limiter: Limiter | None = None,
    **more: Any,
) -> Context:
    """A run's context against a double."""
    kind = "metrica" if isinstance(double, MetricaDouble) else "direct"
    given: dict[str, Any] = {
        "clinic": "clinic",
        "zone": ZoneInfo("Europe/Moscow"),
        "keyring": Keyring(b"0" * 32),
        "as_of": TODAY,
        "needed": NEEDED,
        "home": home,
        "secret": lambda _variable: SecretStr(TOKEN),
        "endpoints": {kind: double.url},
        "clock": clock,
        "limiter": limiter,
    }
    return Context(**{**given, **more})
