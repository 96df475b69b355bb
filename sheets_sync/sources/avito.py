"""Avito: what an account spent day by day, and its calls; statistics answer once a minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field as Setting

from metrics.wording import roubles
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
    midnight,
)
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.issued import Ask, IssuedToken
from sheets_sync.sources.json_paths import (
    Record,
    at,
    list_at,
    records_at,
)
from sheets_sync.sources.paging import all_pages
from sheets_sync.sources.source import Finding, SourceTable

_DAYS = 270
_CALLS = 100
#: Statistics are given once a minute; readers wait a little longer.
_MINUTE = 65.0
#: Times apart that no bonuses explain, but kopecks taken for roubles do.
_OTHER_UNIT = 30
#: Operations of the wallet that put money on it.
_PUT_ON = ("пополн", "внесен", "зачислен", "возврат")
_REASONS: dict[int, Reason] = {401: "auth", 402: "rights", 403: "rights", 429: "quota"}


class AvitoTable(SourceTable):
    kind: Literal["avito"]
    user_id: int
    client_id_env: NeededVariable
    client_secret_env: NeededVariable
    spend_divisor: int = Setting(default=1, ge=1, le=100)
    calls: bool = False

    tracking: ClassVar[bool] = True

    @property
    def account(self) -> str:
        return str(self.user_id)


def _issued(ask: Ask, client: dict[str, str]) -> Grant:
    answer = ask("POST", "/token", data={"grant_type": "client_credentials", **client})
    return Grant(str(answer.get("access_token") or ""), ends=answer.get("expires_in"))


def _sign(table: AvitoTable, secret: Lookup) -> IssuedToken:
    number, key = secret(table.client_id_env), secret(table.client_secret_env)
    client = {"client_id": number.get_secret_value(), "client_secret": key.get_secret_value()}
    return IssuedToken((number, key), issue=lambda ask, _refresh: _issued(ask, client))


def _fault(answer: Answer) -> Fault | None:
    """`error` stands in a good answer of calls too, with the code 0."""
    error = answer.get("error")
    text = str(at(error, "code") or 0)
    code = int(text) if text.isdigit() else -1
    if answer.status == 429 or code == 429:
        return Fault("quota", wait=_MINUTE)
    if answer.status >= 300 or code in {0, 200}:
        return None
    reason = _REASONS.get(code, "temporary" if code >= 500 else "permanent")
    return Fault(reason, f"{at(error, 'message') or 'отказ без объяснения'} (код {text}).")


def _ask(api: Api[AvitoTable], window: Window) -> Iterator[Page]:
    yield Page(_spendings(api, window.first, window.last), "costs")
    if api.table.calls:
        yield Page(_with_first(api, _calls(api, window), window), "calls")


def _spendings(api: Api[AvitoTable], first: date, last: date) -> list[dict[str, Any]]:
    body = api.post(
        f"/stats/v2/accounts/{api.table.user_id}/spendings",
        {
            "dateFrom": first.isoformat(),
            "dateTo": last.isoformat(),
            "grouping": "day",
            "spendingTypes": ["all"],
            "filter": None,
        },
    )
    return _spent(api.table, body)


def _spent(table: AvitoTable, body: Any) -> list[dict[str, Any]]:
    """A record a day; a day that cost nothing is none, and an empty answer has no `result`."""
    records: dict[tuple[str, Decimal], dict[str, Any]] = {}
    for group in list_at(body, "result.groupings[]") if body.get("result") else ():
        values = {
            str(s.get("slug")): Decimal(str(s.get("value") or 0))
            for s in records_at(group, "spendings[]")
        }
        spent = values.get("all", sum(values.values(), Decimal(0)))
        if spent:
            day = {"date": group.get("date"), "cost": spent / table.spend_divisor}
            records[str(group.get("date")), spent] = day  # the same day twice is one
    return list(records.values())


def _calls(api: Api[AvitoTable], window: Window) -> list[Record]:
    days = {
        name: f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        for name, moment in (("dateTimeFrom", window.begin), ("dateTimeTo", window.end))
    }

    def ask_page(_page: int, before: int) -> tuple[list[Record], list[Record], int | None]:
        body = api.post("/calltracking/v1/getCalls/", {**days, "limit": _CALLS, "offset": before})
        calls = list_at(body, "calls[]")
        return calls, calls, None

    calls = (call for page in all_pages(ask_page, _CALLS, "callId") for call in page)
    return list({str(call.get("callId") or call): call for call in calls}.values())


def _with_first(api: Api[AvitoTable], calls: list[Record], window: Window) -> list[dict[str, Any]]:
    """Calls with `first`: whether the phone had not called this account before."""
    seen = _earlier(api, window)
    marked = []
    for call in sorted(calls, key=lambda c: (str(c.get("callTime")), str(c.get("callId")))):
        key = api.context.keyring.person_key(str(call.get("buyerPhone") or ""))
        marked.append({**call, "first": not key or key not in seen})
        seen.add(key)
    return marked


def _earlier(api: Api[AvitoTable], window: Window) -> set[str]:
    """Keys of those who had called before the window, as the store has them."""
    stored = api.context.stored
    if stored is None:
        return set()
    rows = stored.read("calls", stored.ids("calls"))
    return set(rows.loc[rows["started_at"] < window.begin, "person_key"]) - {""}


def _status(call: Record) -> str:
    return "answered" if int(call.get("talkDuration") or 0) > 0 else "missed"


def _probe(api: Api[AvitoTable]) -> Iterator[Finding]:
    number = api.get("/core/v1/accounts/self").get("id")
    yield Finding(
        "",
        ok=str(number) == str(api.table.user_id),
        seen=f"отвечает; номер кабинета {number}",
        hint="Впишите этот номер в user_id.",
    )
    try:
        yield _compared(api)
    except SourceError as error:
        yield Finding("кошелёк", ok=True, seen=f"расход с ним не сверен: {error.message}")


def _compared(api: Api[AvitoTable]) -> Finding:
    """Four weeks of spendings beside what the wallet paid: nobody says for sure in which units the
    first ones are, the second are roubles."""
    last = api.clock.today(api.zone) - timedelta(days=1)
    first = last - timedelta(days=27)
    spent = sum((day["cost"] for day in _spendings(api, first, last)), Decimal(0))
    paid = sum((_paid(api, first + timedelta(days=7 * n)) for n in range(4)), Decimal(0))
    ratio = spent / paid if paid else Decimal(0)
    sums = (roubles(round(amount * 100), 2) for amount in (spent, paid))
    many = ratio > _OTHER_UNIT
    return Finding(
        "кошелёк",
        ok=not many and not 0 < ratio < 1 / _OTHER_UNIT,
        seen="за 4 недели: расход {}, списано с кошелька {}".format(*sums),
        hint="Расход больше списаний примерно в 100 раз, он в копейках: впишите spend_divisor = 100."
        if many
        else "Расход меньше списаний примерно в 100 раз: уберите spend_divisor.",
    )


def _paid(api: Api[AvitoTable], first: date) -> Decimal:
    """Roubles that left the wallet in a week; what was put on it is no spending."""
    begin = midnight(first, api.zone)
    end = midnight(first + timedelta(days=7), api.zone) - timedelta(seconds=1)
    body = api.post(
        "/core/v1/accounts/operations_history/",
        {"dateTimeFrom": f"{begin:%Y-%m-%dT%H:%M:%SZ}", "dateTimeTo": f"{end:%Y-%m-%dT%H:%M:%SZ}"},
    )
    operations = at(body, "result.operations") or ()
    words = (
        (o, f"{o.get('operationType')} {o.get('operationName')}".casefold()) for o in operations
    )
    left = (o for o, text in words if not any(word in text for word in _PUT_ON))
    return sum((abs(Decimal(str(o.get("amountRub") or 0))) for o in left), Decimal(0))


SOURCE = source_of(
    Connector(
        kind="avito",
        title="Авито",
        noun="Авито",
        table=AvitoTable,
        endpoint="https://api.avito.ru",
        auth=_sign,
        ask=_ask,
        streams=(
            Stream(
                "costs",
                "[]",
                {
                    "date_from": "date",
                    "date_to": "date",
                    "platform": lambda _day: "Авито",
                    "cost": "cost",
                },
                name="costs",
            ),
            Stream(
                "calls",
                "[]",
                {
                    "call_id": "callId",
                    "started_at": "callTime",
                    "phone": "buyerPhone",
                    "status": _status,
                    "talk_duration": "talkDuration",
                    "wait_duration": "waitingDuration",
                    "is_unique": "first",
                    "source_raw": lambda _call: "Авито",
                },
                name="calls",
            ),
        ),
        limits=(Limit(10, 60.0),),
        fault=_fault,
        probe=_probe,
        longest=_DAYS,
        trailing=7,
        reach=_DAYS,
        parallel=1,
    )
)
