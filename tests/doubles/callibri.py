"""A double of Callibri: sites and a week of appeals; errors come with HTTP 200 and a `code` of the body.

No vendor page was found: all is as public clients saw it. Unsure, so tolerant: the zone of `date1` and
`date2` (`zone`, Moscow here: an appeal of another zone's midnight is found under Moscow's day), the
error's text. Strict: parameters, at most 7 days with both ends, `dd.mm.yyyy`, one request in 0.5 s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import COMMENT, PERSON, RECORDING, Buckets, Double, No, expect

LISTS = ("calls", "feedbacks", "chats", "emails")


@dataclass(frozen=True)
class Appeal:
    """One appeal. `id` None: a row without `appeal_id`; `channels` holds every channel it stands in."""

    id: int | None
    at: datetime
    list: str = "calls"
    channels: tuple[str, ...] = ("Директ",)
    phone: str | None = None
    email: str | None = None
    marks: Mapping[str, Any] = field(default_factory=dict)
    first: bool = True
    is_lid: bool | None = True
    clbvid: str = ""
    duration: int | None = 80
    billsec: int | None = 61


@dataclass(frozen=True)
class Site:
    id: int
    sitename: str
    domains: str


@dataclass(frozen=True)
class CallibriWorld:
    sites: tuple[Site, ...]
    appeals: tuple[Appeal, ...]


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


WORLD = CallibriWorld(
    sites=(Site(12, "Клиника", "clinic.example"), Site(13, "Другая", "other.example")),
    appeals=(
        Appeal(
            301,
            at(2, 6, 44, 44),
            channels=("Директ", "Все звонки"),
            phone="79000000001",
            marks={
                "utm_source": "yandex",
                "utm_medium": "cpc",
                "utm_campaign": "implant",
                "metrika_client_id": "1730000000000000001",
                "ym_uid": "173000000000001",
            },
        ),
        Appeal(302, at(2, 6, 50), phone="79000000001", first=False, is_lid=False),
        Appeal(303, at(9, 21, 30), phone="79000000002", marks={"metrika_client_id": None}),
        Appeal(304, at(10, 12), "feedbacks", phone="79000000003", marks={"utm_source": "vk"}),
        Appeal(305, at(11, 12), "chats", ("SEO",), email="ivanova@clinic.example"),
        Appeal(306, at(12, 12), "emails", ("SEO",), email="petrova@clinic.example", is_lid=None),
        Appeal(None, at(20, 5), phone="79000000004", clbvid="v77", billsec=None),
    ),
)
EXPECTED = {
    "calls": expect("""
        call_id  started_at            phone         is_unique  is_target  utm_campaign  ym_client_id
        301      2026-11-02T06:44:44Z  +79000000001  yes        yes        implant       1730000000000000001
        302      2026-11-02T06:50:00Z  +79000000001  no         no         -             -
        303      2026-11-09T21:30:00Z  +79000000002  yes        yes        -             -
        ?        2026-11-20T05:00:00Z  +79000000004  yes        yes        -             -
    """),
    "leads": expect("""
        lead_id  created_at            phone         contact_type  role      utm_source
        304      2026-11-10T12:00:00Z  +79000000003  form          tracking  vk
        305      2026-11-11T12:00:00Z  -             chat          tracking  -
        306      2026-11-12T12:00:00Z  -             ?             tracking  -
    """),
}


def _body(code: int, message: str) -> Reply:
    return json_reply({"code": code, "message": message})


class CallibriDouble(Double):
    """Callibri with some sites. `pace` is how many seconds apart requests must be."""

    kind = "callibri"
    table: ClassVar = {"site_id": 12, "email_env": "CALLIBRI_EMAIL", "token_env": "CALLIBRI_TOKEN"}
    secrets: ClassVar = {
        "CALLIBRI_EMAIL": "owner@clinic.example",
        "CALLIBRI_TOKEN": "cb-double-secret-5Yq",
    }
    expected: ClassVar = EXPECTED
    refusals: ClassVar = {
        "auth": _body(401, "Неверный токен"),
        "auth_http": json_reply({"code": 401}, 401),
        "rights": _body(403, "Нет доступа к проекту"),
        "quota": json_reply({"code": 429, "message": "Too Many Requests"}, 429),
        "temporary": json_reply({"code": 500}, 500),
        "permanent": _body(400, "Неверные параметры"),
        "quiet": _body(500, "Внутренняя ошибка"),
    }

    def __init__(self, world: CallibriWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.zone = ZoneInfo("Europe/Moscow")
        self.pace = 0.5
        self.buckets = Buckets(self.clock)
        #: Lists that channels leave out, as some do.
        self.missing: tuple[str, ...] = ()

    def route(self, asked: Asked) -> Reply:
        wanted = {
            "/get_sites": {"user_email", "user_token"},
            "/site_get_statistics": {"user_email", "user_token", "site_id", "date1", "date2"},
        }.get(asked.path)
        if wanted is None or asked.method != "GET":
            raise No(json_reply({"code": 404}, 404))
        if self.buckets.take("all", 1, self.pace):
            raise No(self.refusals["quota"])
        mine = (asked.query.get("user_email"), asked.query.get("user_token"))
        if mine != tuple(self.secrets.values()):
            raise No(self.refusals["auth"])
        if set(asked.query) != wanted:
            raise No(_body(400, f"параметры: {sorted(set(asked.query) ^ wanted)}"))
        if asked.path == "/get_sites":
            return json_reply({"code": 200, "sites": [self._site(s) for s in self.world.sites]})
        return json_reply({"code": 200, "channels_statistics": self._statistics(asked.query)})

    def _site(self, site: Site) -> dict[str, Any]:
        return {"site_id": site.id, "sitename": site.sitename, "domains": site.domains}

    def _statistics(self, query: dict[str, str]) -> list[dict[str, Any]]:
        if query["site_id"] not in {str(s.id) for s in self.world.sites}:
            raise No(self.refusals["rights"])
        first, last = (self._day(query[n]) for n in ("date1", "date2"))
        if not timedelta(0) <= last - first <= timedelta(days=6):
            raise No(_body(400, "Период не больше 7 дней"))
        if query["site_id"] != str(self.world.sites[0].id):
            return []
        rows = [a for a in self.world.appeals if first <= a.at.astimezone(self.zone).date() <= last]
        names = dict.fromkeys(name for a in rows for name in a.channels)
        return [self._channel(name, [a for a in rows if name in a.channels]) for name in names]

    @staticmethod
    def _day(text: str) -> date:
        try:
            day = datetime.strptime(text, "%d.%m.%Y").date()
        except ValueError:
            raise No(_body(400, "Дата: dd.mm.yyyy")) from None
        if len(text) != 10:
            raise No(_body(400, "Дата: dd.mm.yyyy"))
        return day

    def _channel(self, name: str, rows: list[Appeal]) -> dict[str, Any]:
        lists: dict[str, Any] = {n: [_row(a) for a in rows if a.list == n] for n in LISTS}
        lists = {n: None if self.null_lists and not v else v for n, v in lists.items()}
        kept = {n: v for n, v in lists.items() if n not in self.missing or v}
        return {"name_channel": name, "numbers": self.a_list(["74950000900"]), **kept}


def _row(appeal: Appeal) -> dict[str, Any]:
    call = appeal.list == "calls"
    row = {
        "appeal_id": appeal.id,
        "clbvid": appeal.clbvid or f"v{appeal.id}",
        "date": appeal.at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "phone": appeal.phone,
        "email": appeal.email,
        "name": PERSON,
        "status": "Лид" if appeal.is_lid else "",
        "is_lid": appeal.is_lid,
        "conversations_number": 1 if appeal.first else 2,
        "duration": appeal.duration if call else None,
        "billsec": appeal.billsec if call else None,
        "source": "Яндекс",
        "landing_page": "https://clinic.example/implant?utm_source=yandex",
        "region": "Москва",
        "link_download": RECORDING,
        "comment": COMMENT,
        "content": COMMENT,
        **appeal.marks,
    }
    return {k: v for k, v in row.items() if k != "appeal_id" or v is not None}
