"""VK Реклама: the cost of each campaign and day; a cabinet's campaign is the service's ad plan."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field as Setting

from sheets_sync.errors import SourceError
from sheets_sync.net.secrets import Lookup, NeededVariable
from sheets_sync.net.vault import Grant
from sheets_sync.sources.access import (
    Answer,
    Fault,
    Limit,
    Reason,
)
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import (
    Connector,
    Page,
    Stream,
    Window,
)
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.issued import Ask, IssuedToken
from sheets_sync.sources.json_paths import Record, list_at, records_at
from sheets_sync.sources.paging import all_pages
from sheets_sync.sources.source import Finding, SourceTable

_PLANS, _IDS = 50, 200
_DAYS = 90
_REASONS: dict[str, Reason] = {
    "invalid_token": "auth",
    "revoked_token": "auth",
    "expired_token": "auth",
    "invalid_client": "auth",
    "invalid_user": "auth",
    "token_limit_exceeded": "rights",
    "ERR_ACCESS_DENIED": "rights",
    "ERR_LIMIT_EXCEEDED": "quota",
    "ERR_INTERNAL": "temporary",
}
_SLOTS = (
    "У пары «приложение – кабинет» не больше пяти токенов, и все заняты. Отзовите лишние в "
    "кабинете VK Рекламы (Настройки → Доступ к API): токены неиспользуемых программ."
)


class VkAdsTable(SourceTable):
    kind: Literal["vk_ads"]
    client_id_env: NeededVariable
    client_secret_env: NeededVariable
    vat_included: bool = False
    vat_rate: Decimal = Setting(default=Decimal("0.22"), ge=0, le=1)

    gives_ids: ClassVar[bool] = False

    @property
    def account(self) -> str:
        return self.client_id_env


def _issued(ask: Ask, refresh: str, client: dict[str, str]) -> Grant:
    """A token by the refresh token, which takes no new slot of the five; else by the secrets."""
    answer: Answer | None = None
    if refresh:
        try:
            answer = ask(
                "POST",
                "/api/v2/oauth2/token.json",
                data={"grant_type": "refresh_token", "refresh_token": refresh, **client},
            )
        except SourceError as error:
            if not error.permanent:
                raise  # the slot may be ours still: asking anew could take another
    if answer is None:
        answer = ask(
            "POST",
            "/api/v2/oauth2/token.json",
            data={"grant_type": "client_credentials", **client},
        )
    return Grant(
        str(answer.get("access_token") or ""),
        str(answer.get("refresh_token") or ""),
        None if answer.get("expires_in") is None else float(answer.get("expires_in")),
    )


def _sign(table: VkAdsTable, secret: Lookup) -> IssuedToken:
    number, key = secret(table.client_id_env), secret(table.client_secret_env)
    client = {"client_id": number.get_secret_value(), "client_secret": key.get_secret_value()}
    return IssuedToken((number, key), issue=lambda ask, refresh: _issued(ask, refresh, client))


def _fault(answer: Answer) -> Fault | None:
    if answer.status < 400:
        return None
    error = answer.get("error")
    nested = error.get("code") if isinstance(error, dict) else error
    code = str(nested or answer.get("code") or "")
    reason = _REASONS.get(code)
    if reason is None:
        return Fault("permanent", f"отказ {code}.") if code.startswith("ERR_WRONG") else None
    return Fault(reason, hint=_SLOTS if code == "token_limit_exceeded" else "")


def _plans(api: Api[VkAdsTable]) -> dict[str, str]:
    """Names of all campaigns by id; deleted ones too, or their past would be lost."""

    def ask_page(_page: int, before: int) -> tuple[list[Record], list[Record], int | None]:
        params = {"limit": _PLANS, "offset": before, "fields": "id,name,status"}
        body = api.get("/api/v2/ad_plans.json", {**params, "_status__in": "active,blocked,deleted"})
        plans = list_at(body, "items[]")
        return plans, plans, body.get("count") and int(body["count"])

    plans = (plan for page in all_pages(ask_page, _PLANS) for plan in page)
    return {str(plan["id"]): str(plan.get("name") or "") for plan in plans}


def _ask(api: Api[VkAdsTable], window: Window) -> Iterator[Page]:
    names = _plans(api)
    numbers = list(names)
    for begin in range(0, len(numbers), _IDS):
        body = api.get(
            "/api/v2/statistics/ad_plans/day.json",
            {
                "id": ",".join(numbers[begin : begin + _IDS]),
                "date_from": window.first.isoformat(),
                "date_to": window.last.isoformat(),
                "metrics": "base",
            },
        )
        yield Page(_days(api.table, body, names))


def _days(table: VkAdsTable, body: Any, names: dict[str, str]) -> list[dict[str, Any]]:
    """A record of each campaign and day that cost or showed something."""
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for plan in list_at(body, "items[]"):
        for row in records_at(plan, "rows[]"):
            base = row.get("base") or {}
            spent = Decimal(str(base.get("spent") or 0))
            if not spent and not base.get("shows"):
                continue
            vat = Decimal(1) if table.vat_included else 1 + table.vat_rate
            # A plan's day that is told twice is one day.
            records[str(plan.get("id")), str(row.get("date"))] = {
                "date": row.get("date"),
                "id": str(plan.get("id")),
                "name": names.get(str(plan.get("id")), ""),
                "cost": (spent * vat).quantize(Decimal("0.01"), ROUND_HALF_EVEN),
                "shows": base.get("shows"),
                "clicks": base.get("clicks"),
            }
    return list(records.values())


def _probe(api: Api[VkAdsTable]) -> Iterator[Finding]:
    names = _plans(api)
    shown = ", ".join(f"«{name}»" for name in list(names.values())[:5])
    yield Finding(
        "", ok=True, seen=f"отвечает; кампаний: {len(names)}" + (f" ({shown})" if shown else "")
    )


SOURCE = source_of(
    Connector(
        kind="vk_ads",
        title="VK Реклама",
        noun="VK Реклама",
        table=VkAdsTable,
        endpoint="https://ads.vk.com",
        auth=_sign,
        ask=_ask,
        streams=(
            Stream(
                "costs",
                "[]",
                {
                    "date_from": "date",
                    "date_to": "date",
                    "platform": lambda _day: "VK Реклама",
                    "campaign": "name",
                    "campaign_id": "id",
                    "cost": "cost",
                    "vat_included": lambda _day: True,
                    "impressions": "shows",
                    "clicks": "clicks",
                },
            ),
        ),
        limits=(Limit(4, 1.0),),
        fault=_fault,
        probe=_probe,
        longest=_DAYS,
        trailing=7,
        reach=366,
        parallel=1,
    )
)
