"""What the contract of live sources is held against: a kind's double, its rows, and what cannot be of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sheets_sync.net.vault import Vault
from sheets_sync.sources import SOURCES
from sheets_sync.sources.source import Pulled
from tests.doubles import vk_ads
from tests.doubles.direct_service import DirectService, MetricaService
from tests.doubles.service import Buckets
from tests.doubles.services import DOUBLES
from tests.doubles.site import AdDay, Visit
from tests.sources.live import Line
from tests.sources.yandex import TODAY, Hands, at

SERVICES: Mapping[str, Any] = {**DOUBLES, "direct": DirectService, "metrica": MetricaService}
_STATUSES = "отказывает только статусом: у ответа 200 слова об ошибке нет"
_WHOLE = "отдаёт окно одним ответом"
_AWARE = "времена с поясом или Unix-секунды"
_FILES = "никого не спрашивает: файлы лежат на диске или приняты на странице"
#: Case -> kind -> why it cannot be. Every kind of SOURCES is held against every case that is not here.
CANNOT: Mapping[str, Mapping[str, str]] = {
    "asking": {"file": _FILES, "upload": _FILES},
    "pages": {"callibri": _WHOLE, "direct": _WHOLE},
    "quiet": dict.fromkeys(
        ("calltouch", "amocrm", "medods", "sqns", "vk_ads", "direct", "metrica"), _STATUSES
    ),
    "null lists": {
        "direct": "отчёт – текст по столбцам",
        "metrica": "списки ответа не бывают null; строки журнала – текст по столбцам",
    },
    "naive times": {
        **dict.fromkeys(("amocrm", "avito"), _AWARE),
        "vk_ads": "дни московские, времён нет",
        "direct": "дни московские, времён нет",
        "metrica": "дни и времена – пояса счётчика, он назван в ответе (test_metrica.py)",
    },
}
KINDS = sorted(SOURCES.keys() - CANNOT["asking"])


def kinds_of(case: str) -> list[str]:
    """The kinds that a case can be of."""
    return [kind for kind in KINDS if kind not in CANNOT[case]]


#: The first day that is read.
FIRST = date(2026, 11, 1)
#: What more the [[source]] says, that there is something to read.
MORE: Mapping[str, Mapping[str, Any]] = {
    "avito": {"calls": True, "trailing_days": 30},
    "metrica": {"costs": True, "trailing_days": 30},
    "direct": {"trailing_days": 30},
    "vk_ads": {"trailing_days": 30},
}
#: Rows of a double's world, and what they become here.
ROWS = {
    "calltouch": ("calls", "calls"),
    "uis": ("calls", "calls"),
    "callibri": ("appeals", "calls"),
    "bitrix24": ("leads", "leads"),
    "amocrm": ("leads", "leads"),
    "yclients": ("records", "appointments"),
    "medods": ("appointments", "appointments"),
    "sqns": ("visits", "appointments"),
    "vk_ads": ("days", "costs"),
    "avito": ("calls", "calls"),
    "direct": ("days", "costs"),
    "metrica": ("visits", "traffic"),
}
#: Requests of a pull that finds nothing new, an hour after the last.
UNCHANGED = {
    "calltouch": 2,
    "uis": 4,
    "callibri": 5,
    "bitrix24": 5,
    "amocrm": 3,
    "yclients": 3,
    "medods": 1,
    "sqns": 3,
    "vk_ads": 2,
    "avito": 3,
    "direct": 2,
    "metrica": 2,
}


class Insistent(Line):
    """Raises what kept an entity from being whole, which a kind of several connectors gives."""

    def pull(self, **more: Any) -> list[Pulled]:
        for pulled in super().pull(**more):
            if pulled.error:
                raise pulled.error
        return self.pulled


class _Shelf(dict[str, str]):
    """Tokens that outlive a pull."""

    def read(self, name: str) -> str:
        return self.get(name, "")

    def keep(self, name: str, sealed: str, at: datetime) -> None:
        del at
        self[name] = sealed


def _alone(name: str) -> AbstractContextManager[None]:
    del name
    return nullcontext()


#: Tokens that a double has issued serve all who read it.
_VAULTS: WeakKeyDictionary[Any, Vault] = WeakKeyDictionary()


class _Free(Buckets):
    """Counts nothing: how often a service may be asked is another test's."""

    def take(self, key: str, limit: int, seconds: float) -> float:
        return 0.0


def started(kind: str, clock: Hands) -> Any:
    """A kind's double with its own world."""
    return SERVICES[kind](clock=clock)


def unhurried(double: Any) -> None:
    """Let a double be asked as often as one likes."""
    if hasattr(double, "buckets"):
        double.buckets = _Free(double.clock)
    if double.kind == "callibri":
        double.pace = 0.0


def line_of(double: Any, home: Path, clock: Hands) -> Line:
    home.mkdir(exist_ok=True)
    line = Insistent(double, home, clock, **{"from": FIRST, **MORE.get(double.kind, {})})
    line.more = {"vault": _VAULTS.setdefault(double, Vault(_Shelf(), _alone, b"k" * 32))}
    return line


def snapshot(line: Line) -> dict[str, list[str]]:
    """All rows that are held, in one order."""
    return {
        entity: sorted(map(str, frame.astype(str).to_dict("records")))
        for entity, frame in line.held.frames.items()
        if len(frame)
    }


def read_anew(double: Any, home: Path, clock: Hands) -> dict[str, list[str]]:
    """What somebody who has never read the service reads in it now, of the same days."""
    line = line_of(double, home / f"anew{len(list(home.iterdir()))}", clock)
    line.pull()
    return snapshot(line)


def crowd(double: Any, count: int = 7) -> None:
    """So many rows more, and small pages, where the service lets them be small."""
    kind = double.kind
    if kind == "bitrix24":
        double.crowd("leads", 60)  # a page is fifty
    elif kind == "vk_ads":
        numbers = range(901, 901 + count)
        double.add("plans", *(vk_ads.Plan(n, f"К{n}") for n in numbers))
        double.add("days", *(vk_ads.Day(n, TODAY - timedelta(days=9), "5.00") for n in numbers))
    elif kind == "metrica":
        double.logs.per_part = 3
    elif kind != "direct":
        double.crowd(ROWS[kind][0], count)
    if kind == "medods":
        rows = double.rows("appointments")
        double.put("appointments", [replace(r, order=r.order if r.id < 99 else 0) for r in rows])
    double.most = 2


def disturb(double: Any) -> None:
    """A row comes, one changes, one goes."""
    kind, name = double.kind, ROWS[double.kind][0]
    if kind == "metrica":
        counter = next(iter(double.counters.values()))
        counter.visits.append(
            Visit(at(TODAY - timedelta(days=1), 9), "777", "17000000007", "organic")
        )
    elif kind == "direct":
        day = TODAY - timedelta(days=1)
        double.days.append(AdDay(day, 300003, "Новая", "SEARCH", 10, 1, Decimal("5.5")))
    elif kind == "vk_ads":
        double.add("plans", vk_ads.Plan(990, "Новая"))
        double.add("days", vk_ads.Day(990, TODAY - timedelta(days=8), "7.00"))
    else:
        rows = [r for r in double.rows(name) if r.id]
        last = rows[-1]
        double.add(name, replace(last, id=990_001))
        double.change(name, 990_001)
        double.change(name, last.id)
    remove(double)


def remove(double: Any) -> str:
    """Take a row away, as the service does. What was its number here, "" for rows without."""
    kind, name = double.kind, ROWS[double.kind][0]
    if kind == "metrica":
        next(iter(double.counters.values())).visits.pop(0)
        return ""
    if kind == "direct":
        double.days.pop(0)
        return ""
    rows = double.rows(name)
    if kind == "vk_ads":
        double.put(name, rows[1:])
        return ""
    row = next(r for r in rows if r.id and (kind != "callibri" or r.list == "calls"))
    double.delete(name, row.id)
    return f"{kind}:{'L' if kind == 'bitrix24' else ''}{row.id}"


def days_after(kind: str) -> float:
    """Seconds after which a row that is gone is missed at the latest: some are looked for once a week."""
    return 8 * 86_400.0 if kind == "bitrix24" else 7200.0
