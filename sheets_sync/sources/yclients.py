"""YCLIENTS: records of a branch and its real money, asked for by what has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import SecretStr

from metrics.wording import roubles
from sheets_sync.net.http import HttpError
from sheets_sync.net.secrets import Headers, Lookup, NeededVariable
from sheets_sync.reading.records import is_yes
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
from sheets_sync.sources.json_paths import Record, at, list_at
from sheets_sync.sources.paging import all_pages
from sheets_sync.sources.source import Finding
from sheets_sync.sources.stages import understood
from sheets_sync.sources.visits import VisitTable, joined_services, statuses_seen

_PAGE = 200
_ACCEPT = {"Accept": "application/vnd.yclients.v2+json"}
#: Titles of what patients pay for; rent and salaries stand in the same list.
_INCOME = ("оказание услуг", "продажа товаров", "продажа абонементов", "продажа сертификатов")
_NOT_FOUND = 404
_NOBODY = (
    "YCLIENTS ответил «Не найдено»: в журнале ничего не изменилось. Если записи должны быть, "
    "проверьте company_id."
)
_ATTENDANCE = {"1": "completed", "0": "booked", "2": "confirmed", "-1": "no_show"}

_ANEW = (
    "Выпустите токен пользователя заново: после смены пароля прежний не действует. "
    "Положите его командой romi-sheets secret."
)


class YclientsTable(VisitTable):
    kind: Literal["yclients"]
    company_id: int
    partner_token_env: NeededVariable
    user_token_env: NeededVariable

    @property
    def account(self) -> str:
        return str(self.company_id)


def _sign(table: YclientsTable, secret: Lookup) -> Headers:
    partner, user = secret(table.partner_token_env), secret(table.user_token_env)
    value = f"Bearer {partner.get_secret_value()}, User {user.get_secret_value()}"
    return Headers((partner, user), {"Authorization": SecretStr(value)})


def _kind(transaction: Record) -> str:
    return "refund" if str(transaction.get("amount")).strip().startswith("-") else "payment"


_RECORDS = Stream(
    "appointments",
    "data[]",
    {
        "appointment_id": "id",
        "patient_id": "client.id",
        "phone": "client.phone",
        "booked_at": "create_date",
        "starts_at": "datetime",
        "status": "attendance",
        "doctor": "staff.name",
        "service": lambda record: joined_services(record, "title"),
        "visit_id": "visit_id",
    },
    words=_ATTENDANCE,
    deleted="deleted",
    changed="last_change_date",
    name="records",
)
_TRANSACTIONS = Stream(
    "payments",
    "data[]",
    {
        "payment_id": "id",
        "patient_id": "client.id",
        "paid_at": "date",
        "amount": "amount",
        "kind": _kind,
    },
    deleted="deleted",
    name="transactions",
)


def _title(transaction: Record) -> str:
    return str(at(transaction, "expense.title") or "").strip()


def _pages(api: Api[YclientsTable], what: str, params: dict[str, Any]) -> Iterator[Any]:
    """All pages: transactions do not tell how many there are, and a list of nothing may be refused."""
    url = f"/api/v1/{what}/{api.table.company_id}"

    def ask_page(page: int, _before: int) -> tuple[Any, list[Record], int | None]:
        try:
            body = api.get(url, {**params, "page": page, "count": _PAGE}, headers=_ACCEPT)
        except HttpError as error:
            if error.status != _NOT_FOUND or at(error.payload, "success") is not False:
                raise
            api.notes.append(_NOBODY)
            return {"data": []}, [], None
        total = at(body, "meta.total_count")
        return body, list_at(body, "data[]"), total and int(total)

    yield from all_pages(ask_page, _PAGE)


def _ask(api: Api[YclientsTable], window: Window) -> Iterator[Page]:
    # Naive times of the branch, whose zone is the clinic's.
    changed = {"changed_after": f"{window.begin.astimezone(api.zone):%Y-%m-%dT%H:%M:%S}"}
    if not window.is_open:
        changed["changed_before"] = f"{window.end.astimezone(api.zone):%Y-%m-%dT%H:%M:%S}"
    for body in _pages(api, "records", {**changed, "with_deleted": 1}):
        yield Page(body, "records")
    others, nameless = Counter[str](), dict[str, Decimal]()
    for body in _pages(api, "transactions", {**changed, "real_money": 1}):
        income = []
        for row in list_at(body, "data[]"):
            if _title(row).casefold() in _INCOME:
                income.append(row)
            elif not is_yes(row.get("deleted")):
                others[_title(row) or "без названия"] += 1
        nameless |= {str(r.get("id")): _sum(r) for r in income if not _is_somebodys(r)}
        yield Page({"data": income}, "transactions")
    yield Page({"data": []}, "transactions", notes=_notes(others, nameless))


def _is_somebodys(transaction: Record) -> bool:
    return bool(at(transaction, "client.id")) or bool(is_yes(transaction.get("deleted")))


def _sum(transaction: Record) -> Decimal:
    """Roubles; 0 where that is no number: the row is refused for it anyway."""
    try:
        return Decimal(str(transaction.get("amount")))
    except InvalidOperation:
        return Decimal(0)


def _notes(others: Mapping[str, int], nameless: Mapping[str, Decimal]) -> tuple[str, ...]:
    """What of the desk makes no payment: other money, and payments of nobody with their sum."""
    listed = "; ".join(f"«{name}» – {n}" for name, n in sorted(others.items()))
    total = roubles(round(sum(nameless.values(), Decimal(0)) * 100), 2)
    return (
        *([f"Операции кассы, что не оплаты пациентов: {listed}."] if others else ()),
        *([f"Оплаты без клиента не приняты: {len(nameless)} на {total}."] if nameless else ()),
    )


def _fault(answer: Answer) -> Fault | None:
    """`success` may be false with HTTP 200."""
    message = str(answer.get("meta", "message") or "")
    reasons: dict[int, Reason] = {401: "auth", 429: "quota"}
    if answer.status in {402, 403} and answer.body is not None:
        hint = "Проверьте, что лицензия филиала в YCLIENTS оплачена и у токена есть права."
        return Fault("rights", f"доступ закрыт: {message or 'причина не названа'}.", hint)
    if answer.status in reasons:
        return Fault(reasons[answer.status], hint=_ANEW if answer.status == 401 else "")
    if answer.status < 300 and is_yes(answer.get("success")) is False:
        return Fault("permanent", f"отказ: {message or 'причина не названа'}.")
    return None


def _probe(api: Api[YclientsTable]) -> Iterator[Finding]:
    """Today's records, and how the branch's words of a week are understood."""
    today, company = api.clock.today(api.zone), api.table.company_id
    week = {"start_date": (today - timedelta(days=6)).isoformat(), "end_date": today.isoformat()}
    sizes = {"page": 1, "count": _PAGE}
    body = api.get(f"/api/v1/records/{company}", {**week, **sizes}, headers=_ACCEPT)
    records = list_at(body, "data[]")
    total = at(body, "meta.total_count") or len(records)
    yield Finding("", ok=True, seen=f"отвечает; записей за неделю: {total}")
    attendance = (record.get("attendance") for record in records)
    yield statuses_seen("attendance", attendance, _ATTENDANCE, api.table)
    query = {**week, **sizes, "real_money": 1}
    body = api.get(f"/api/v1/transactions/{company}", query, headers=_ACCEPT)
    titles = Counter(_title(row) for row in list_at(body, "data[]"))
    words = {t: "оплата" if t.casefold() in _INCOME else "не оплата пациента" for t in titles}
    if titles:
        yield Finding("касса", ok=True, seen=understood(titles, words)[0])


SOURCE = source_of(
    Connector(
        kind="yclients",
        title="YCLIENTS",
        noun="YCLIENTS",
        table=YclientsTable,
        endpoint="https://api.yclients.com",
        auth=_sign,
        ask=_ask,
        streams=(_RECORDS, _TRANSACTIONS),
        limits=(Limit(4, 1.0, "service"), Limit(190, 60.0, "service")),
        fault=_fault,
        probe=_probe,
        by="changes",
        parallel=1,
    )
)
