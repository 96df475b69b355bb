"""SQNS (1Denta, Arnica, Clinica): visits of a period; money is what was paid at visits that took place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from sheets_sync.errors import SourceError
from sheets_sync.net.secrets import Lookup, NeededVariable
from sheets_sync.net.vault import Grant
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
from sheets_sync.sources.issued import Ask, IssuedToken
from sheets_sync.sources.json_paths import (
    Record,
    at,
    list_at,
    records_at,
)
from sheets_sync.sources.paging import all_pages, told_rows
from sheets_sync.sources.source import Finding
from sheets_sync.sources.visits import VisitTable, joined_services, statuses_seen

_PAGE = 100
_HOUR = 3600.0
#: Minutes back that `modificate` looks at most; a nightly pull is some minutes late now and then.
_DAY, _LATE = 1440, 60
_ATTENDANCE = {"1": "completed", "2": "confirmed", "0": "booked"}
_REVOKED = (
    "Попросите поддержку SQNS включить сотрудника-интегратора и проверьте пароль; "
    "часто входить нельзя: учётную запись запирают на полчаса."
)


class SqnsTable(VisitTable):
    kind: Literal["sqns"]
    email_env: NeededVariable
    password_env: NeededVariable
    api: Literal["v2", "v1"] = "v2"

    @property
    def account(self) -> str:
        return self.email_env


def _issued(ask: Ask, version: str, login: dict[str, str]) -> Grant:
    """Log in by the version that the clinic's server knows: the other one answers 404."""
    try:
        answer = ask("POST", f"/api/{version}/auth", json=login)
    except SourceError as error:
        if getattr(error, "status", 0) != 404:
            raise
        other = "v1" if version == "v2" else "v2"
        answer = ask("POST", f"/api/{other}/auth", json=login)
    return Grant(str(answer.get("token") or ""))


def _sign(table: SqnsTable, secret: Lookup) -> IssuedToken:
    email, password = secret(table.email_env), secret(table.password_env)
    login = {"email": email.get_secret_value(), "password": password.get_secret_value()}
    return IssuedToken(
        (email, password), issue=lambda ask, _refresh: _issued(ask, table.api, login), every=_HOUR
    )


def _time(value: Any, zone: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _status(visit: Record) -> str:
    """-1 is both «отменён» and «не пришёл»: told apart by whether it was said before the visit."""
    word = _ATTENDANCE.get(str(visit.get("attendance")))
    if word:
        return word
    if str(visit.get("attendance")) != "-1":
        return str(visit.get("attendance"))
    update, begins = (_time(visit.get(n), visit.get("zone")) for n in ("update_date", "datetime"))
    return "cancelled" if update and begins and update < begins else "no_show"


def _client(visit: Record) -> Any:
    return visit.get("client") or visit.get("clientId")


_VISITS = Stream(
    "appointments",
    "[]",
    {
        "appointment_id": "id",
        "patient_id": _client,
        "phone": "clientData.phone",
        "booked_at": "create_date",
        "starts_at": "datetime",
        "status": _status,
        "service": lambda visit: joined_services(visit, "name"),
    },
    deleted="deleted",
    changed="update_date",
    name="visits",
)
_MONEY = Stream(
    "payments",
    "[]",
    {
        "payment_id": "payment_id",
        "appointment_id": "visit.id",
        "patient_id": lambda line: _client(line["visit"]),
        "phone": "visit.clientData.phone",
        "paid_at": "visit.datetime",
        "amount": "paySum",
        "service": "name",
        "kind": lambda _line: "payment",
    },
    deleted="deleted",
    name="money",
)


def _is_paid(line: Record) -> bool:
    """Whether something was paid; what is no number is left for the reader to refuse."""
    try:
        return bool(Decimal(str(line.get("paySum") or 0).replace(",", ".")))
    except InvalidOperation:
        return True


def _lines(visits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was paid at visits that took place, a row for each line of services."""
    lines: list[dict[str, Any]] = []
    for visit in visits:
        if str(visit.get("attendance")) != "1" or is_yes(visit.get("deleted")):
            continue
        seen: Counter[str] = Counter()
        for place, line in enumerate(records_at(visit, "services[]"), start=1):
            name = str(line.get("id") or place)
            seen[name] += 1
            # The number is the service's: one done twice at a visit stands there twice.
            again = f"#{seen[name]}" if seen[name] > 1 else ""
            if _is_paid(line):
                number = visit.get("id") and f"{visit['id']}:{name}{again}"
                lines.append({**line, "payment_id": number, "visit": visit})
    return lines


def _gone(
    held: Mapping[str, Sequence[str]], visits: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Payments that the store has of these visits and that are no longer in them."""
    named = {line["payment_id"] for line in lines}
    there = (number for visit in visits for number in held.get(str(visit.get("id")), ()))
    return [
        {"payment_id": number, "deleted": True, "visit": {}}
        for number in there
        if number not in named
    ]


def _held(api: Api[SqnsTable]) -> dict[str, list[str]]:
    """The store's payments by visit, without the system's name."""
    prefix = api.table.origin("payments").prefix("")
    held: dict[str, list[str]] = {}
    for number in api.context.stored.ids("payments") if api.context.stored else ():
        bare = number.removeprefix(prefix)
        held.setdefault(bare.partition(":")[0], []).append(bare)
    return held


def _ask(api: Api[SqnsTable], window: Window) -> Iterator[Page]:
    held = _held(api)
    days = {"dateFrom": window.first.isoformat(), "dateTill": window.last.isoformat()}
    for visits in _visits(api, days):
        yield from _pages(visits, held)
    if window.first <= api.clock.today(api.zone) <= window.last:
        # What changed of late at visits that no window of these days has.
        first = api.table.first or api.context.needed
        for visits in _visits(api, {"modificate": _DAY}):
            mine = [v for v in visits if _is_since(v, first)]
            yield from _pages(mine, held, beyond=True)


def _visits(api: Api[SqnsTable], params: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    def visits(page: int, before: int) -> tuple[list[dict[str, Any]], Sequence[Record], int | None]:
        # Both names of the page's size are seen; the one that is not known is not looked at.
        sizes = {"peerPage": _PAGE, "perPage": _PAGE, "page": page}
        body = api.get("/api/v2/visit", {**params, **sizes})
        rows = [{**visit, "zone": api.zone} for visit in list_at(body, "data[]")]
        return rows, rows, told_rows(before + len(rows), page, at(body, "meta.lastPage"))

    yield from all_pages(visits, _PAGE)


def _pages(
    visits: list[dict[str, Any]], held: Mapping[str, Sequence[str]], *, beyond: bool = False
) -> Iterator[Page]:
    lines = _lines(visits)
    yield Page(visits, "visits", beyond=beyond)
    yield Page([*lines, *_gone(held, visits, lines)], "money", beyond=beyond)


def _is_since(visit: Record, first: date) -> bool:
    """Whether a visit is of the days wanted; one whose time cannot be read is refused later."""
    begins = _time(visit.get("datetime"), visit.get("zone"))
    return begins is None or begins.astimezone(visit["zone"]).date() >= first


def _fault(answer: Answer) -> Fault | None:
    reasons: dict[int, Reason] = {423: "quota", 444: "quota"}
    if answer.status == 423:
        return Fault("quota", "учётная запись заперта: слишком много входов.", _REVOKED, 1800.0)
    if answer.status == 401 and "deactivated" in str(answer.get("message")).casefold():
        return Fault("auth", "токен отозван.", _REVOKED)
    if answer.status in reasons:
        return Fault(reasons[answer.status])
    return None


def _probe(api: Api[SqnsTable]) -> Iterator[Finding]:
    today = api.clock.today(api.zone)
    days = {"dateFrom": (today - timedelta(days=6)).isoformat(), "dateTill": today.isoformat()}
    sizes = {"page": 1, "peerPage": _PAGE, "perPage": _PAGE}
    body = api.get("/api/v2/visit", {**days, **sizes})
    visits = list_at(body, "data[]")
    more = "больше " if int(at(body, "meta.lastPage") or 1) > 1 else ""
    yield Finding("", ok=True, seen=f"отвечает; визитов за неделю: {more}{len(visits)}")
    words = {**_ATTENDANCE, "-1": "cancelled или no_show"}
    attendance = (visit.get("attendance") for visit in visits)
    yield statuses_seen("attendance", attendance, words, api.table)


SOURCE = source_of(
    Connector(
        kind="sqns",
        title="SQNS",
        noun="SQNS",
        table=SqnsTable,
        endpoint="https://crmexchange.1denta.ru",
        auth=_sign,
        ask=_ask,
        streams=(_VISITS, _MONEY),
        limits=(Limit(10, 1.0), Limit(800, 60.0)),
        fault=_fault,
        probe=_probe,
        longest=31,
        trailing=30,
        ahead=30,
        replaces=False,
        recalls=60.0 * (_DAY + _LATE),
        parallel=1,
    )
)
