"""A clinic that has everything at once: twelve services whose numbers all meet.

What its people did, in Moscow's time of November 2026; phones end in the person's number.

1  on the 3rd came from a Direct search ad (10:20, Metrica's ClientID), called (10:31, Calltouch knows the ClientID),
   is lead 501 of Bitrix24 (10:35, no source) and its won deal 501; booked 11:00, came on the 5th, paid 12 000
2  on the 4th called from 2GIS (12:00, UIS), left a form with VK's marks (12:10, UIS), is lead 501 of
   amoCRM (13:00); booked in SQNS, came on the 6th, paid 5 000 + 1 500,50
3  on the 7th called from organic search (Callibri); booked in YCLIENTS, did not come
4  on the 8th was advised by a friend (amoCRM 502); came to YCLIENTS on the 10th, paid 3 000, got 500 back
5  on the 9th: a deal of Bitrix24 without a lead, from Direct's networks
6  on the 5th called from Avito
7  on the 12th left a form from organic search (Calltouch)
–  on the 12th a patient of MEDODS, who has no phone there: a bill of 4 200,50
–  outgoing and repeated calls, which are nobody's leads

VK Реклама cost 1 000 + 22 % = 1 220 on the 4th, Авито 300,50 on the 5th; in Direct search cost 2 000
on the 3rd and networks 500,25 on the 9th, each + 20 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sheets_sync.net.clock import clock_from
from tests.doubles import (
    amocrm_world,
    avito,
    bitrix24_world,
    callibri,
    calltouch,
    medods,
    sqns,
    uis_world,
    vk_ads,
    yclients,
)
from tests.doubles.direct_service import DirectService, MetricaService
from tests.doubles.service import NOW, Buckets, Served
from tests.doubles.services import DOUBLES
from tests.doubles.site import AdDay, Counter, Visit
from tests.sources.yandex import COUNTER

_PHONE = "7900000000"
_SEARCH = {"utmSource": "yandex", "utmMedium": "cpc", "utmCampaign": "implant_search"}
_NETWORK = {"utmSource": "yandex", "utmMedium": "cpc", "utmCampaign": "implant_rsya"}
_ORGANIC = {"utmSource": "google", "utmMedium": "organic"}
_VK = {"utm_source": "vk", "utm_medium": "cpc", "utm_campaign": "vk_implant"}
_CLIENT = "1730000000000000001"


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of Moscow's November 2026, in UTC."""
    return datetime(2026, 11, day, hour - 3, minute, second, tzinfo=UTC)


def _counter() -> Counter:
    visit = Visit(
        at(3, 10, 20),
        "7001",
        _CLIENT,
        "ad",
        "ad.Яндекс: Директ",
        "ya_direct",
        "yandex",
        "cpc",
        "implant_search",
        campaign=300001,
    )
    return Counter(COUNTER, visits=[visit])


_AD_DAYS = (
    AdDay(date(2026, 11, 3), 300001, "implant_search", "SEARCH", 900, 30, Decimal(2000)),
    AdDay(date(2026, 11, 9), 300002, "implant_rsya", "AD_NETWORK", 9000, 40, Decimal("500.25")),
)
#: Those of Yandex, whose doubles are made otherwise.
_YANDEX = {"direct": DirectService, "metrica": MetricaService}
KINDS = (*DOUBLES, *_YANDEX)


def worlds() -> dict[str, Any]:
    """What each service holds of it."""
    bitrix = bitrix24_world.WORLD
    item, lead = bitrix24_world.Item, amocrm_world.Lead
    record, paid = yclients.Record, yclients.Transaction
    return {
        "calltouch": calltouch.CalltouchWorld(
            (
                calltouch.Call(501, at(3, 10, 31), f"{_PHONE}1", marks={"yaClientId": _CLIENT}),
                calltouch.Call(502, at(3, 18), f"{_PHONE}1", unique=False),
            ),
            (calltouch.Request(501, at(12, 10), (f"{_PHONE}7",), _ORGANIC),),
        ),
        "uis": uis_world.UisWorld(
            (
                uis_world.Call(501, at(4, 12), f"{_PHONE}2", marks={"source": "2ГИС"}),
                uis_world.Call(502, at(4, 15), f"{_PHONE}2", direction="out", number=None),
            ),
            (uis_world.Written(501, at(4, 12, 10), f"{_PHONE}2", marks=_VK),),
            (),
        ),
        "callibri": callibri.CallibriWorld(
            callibri.WORLD.sites,
            (
                callibri.Appeal(
                    501,
                    at(7, 9),
                    phone=f"{_PHONE}3",
                    marks={"utm_source": "google", "utm_medium": "organic"},
                ),
            ),
        ),
        "bitrix24": replace(
            bitrix,
            leads=(item(501, at(3, 10, 35), "CONVERTED", at(5, 12), contact=1, source=""),),
            deals=(
                item(501, at(3, 11), "C3:WON", at(5, 12), 3, 501, 1, 12000, closed=at(5, 12)),
                item(502, at(9, 11), "C3:NEW", at(9, 11), 3, contact=5, more=_NETWORK),
            ),
            contacts=(
                bitrix24_world.Contact(1, f"+{_PHONE}1"),
                bitrix24_world.Contact(5, f"+{_PHONE}5"),
            ),
            history=(),
        ),
        "amocrm": replace(
            amocrm_world.WORLD,
            leads=(
                lead(501, at(4, 13), at(6, 12), 142, price=6500, contact=2, closed=at(6, 12)),
                lead(502, at(8, 11), at(8, 11), 1002, contact=4, fields={21: "Рекомендация"}),
            ),
            unsorted=(),
            contacts=(
                amocrm_world.Contact(2, f"+{_PHONE}2"),
                amocrm_world.Contact(4, f"+{_PHONE}4"),
            ),
            events=(),
        ),
        "yclients": yclients.YclientsWorld(
            (
                record(501, at(5, 10), at(3, 11), at(5, 12), 71, f"+{_PHONE}1"),
                record(502, at(9, 10), at(7, 10), at(9, 12), 73, f"+{_PHONE}3", attendance=-1),
                record(503, at(10, 10), at(8, 12), at(10, 12), 74, f"+{_PHONE}4"),
            ),
            (
                paid(501, at(5, 12), "12000.00", client=71),
                paid(502, at(10, 12), "3000.00", client=74),
                paid(503, at(11, 12), "-500.00", client=74),
            ),
        ),
        "medods": medods.MedodsWorld(
            (medods.Appointment(501, at(12, 12), at(12, 13), client=71, order=501),),
            (medods.Order(501, at(12, 13), "4200.50"),),
        ),
        "sqns": sqns.SqnsWorld(
            (
                sqns.Visit(
                    501,
                    at(6, 12),
                    at(4, 14),
                    at(6, 13),
                    services=(("Осмотр", 5000), ("Снимок", "1500.50")),
                    phone=f"+{_PHONE}2",
                ),
            )
        ),
        "vk_ads": vk_ads.VkAdsWorld(
            (vk_ads.Plan(501, "vk_implant"),),
            (vk_ads.Day(501, date(2026, 11, 4), "1000.00"),),
        ),
        "direct": _AD_DAYS,
        "metrica": _counter(),
        "avito": avito.AvitoWorld(
            (avito.Spending(date(2026, 11, 5), 300.5),),
            (avito.Call(501, at(5, 15), f"{_PHONE}6"),),
        ),
    }


#: What the file says of a kind beside what its double needs.
_MORE: dict[str, dict[str, Any]] = {
    "bitrix24": {"phones": True},
    "amocrm": {"phones": True, "fields": {"source_raw": 21}},
    "avito": {"calls": True},
}
_REPORT = """name = "Клиника"
timezone = "Europe/Moscow"
[report]
from = 2026-11-01
to = 2026-11-23
"""

#: By channel: leads, bookings, visits, new patients, revenue, cost. A duplicate: amoCRM's lead 501.
CHANNELS = {
    "Директ — поиск": (1, 1, 1, 1, 12_000.0, 2_400.0),
    "Директ — РСЯ": (1, 0, 0, 0, 0, 600.3),
    "VK Реклама": (1, 1, 1, 1, 6_500.5, 1_220.0),
    "SEO": (2, 1, 0, 0, 0, 0),
    "Рекомендации": (1, 1, 1, 1, 2_500.0, 0),
    "Авито": (1, 0, 0, 0, 0, 300.5),
    "Не определён": (0, 1, 1, 1, 4_200.5, 0),
    "Итого": (7, 5, 4, 4, 25_201.0, 4_520.8),
}


class _Free(Buckets):
    """Counts nothing: how often a service may be asked is tested elsewhere."""

    def take(self, key: str, limit: int, seconds: float) -> float:
        return 0.0


@contextmanager
def services() -> Iterator[dict[str, Any]]:
    """All twelve, each with its rows, at NOW; as fast as one likes."""
    clock, rows = clock_from(NOW), worlds()
    with ExitStack() as stack:
        doubles: dict[str, Any] = {}
        for kind, double in {**DOUBLES, **_YANDEX}.items():
            made: Any = double(rows[kind], clock=clock)
            if hasattr(made, "buckets"):
                made.buckets = _Free(clock)
            doubles[kind] = stack.enter_context(made)
        yield doubles


def write_clinic(folder: Path, doubles: Mapping[str, Served]) -> Path:
    """The clinic's file, and its book to come."""
    text = _REPORT
    for kind, double in doubles.items():
        text += f'[[source]]\nkind = "{kind}"\nfrom = 2026-11-01\n'
        more = {**double.table, **_MORE.get(kind, {})}
        text += "".join(f"{name} = {_toml(value)}\n" for name, value in more.items())
    path = folder / "clinic.toml"
    path.write_text(text, encoding="utf-8")
    return path


def environment(home: Path, doubles: Mapping[str, Served]) -> dict[str, str]:
    """What a run of the command needs to talk to the doubles."""
    found = {"ROMI_SHEETS_HOME": str(home), "ROMI_SHEETS_NOW": NOW.isoformat(), "DATABASE_URL": ""}
    for double in doubles.values():
        found |= double.env
    return found


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)
