"""Which appointments go to Metrica as CRM orders, purely: one order each, by ClientID alone."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from metrics.calendar import microseconds
from metrics.coded import Bools, Ints, look_up
from metrics.join.join import Joined
from metrics.money import REVENUE_KINDS, of_kinds, signed
from sheets_sync.push.conversions import FUTURE, SENT, TOO_OLD, is_client_id, is_too_old, visits_of
from sheets_sync.push.moments import has_passed, moments
from sheets_sync.store import Order

#: Metrica's own words; PAID reaches its goal «CRM: Заказ оплачен», CANCELLED none.
IN_PROGRESS, PAID, CANCELLED = "IN_PROGRESS", "PAID", "CANCELLED"
STATUSES = (IN_PROGRESS, PAID, CANCELLED)
_OFF = ("cancelled", "no_show")
_SECOND = 1_000_000

#: Why an appointment is no order.
NO_LEAD = "записи не нашлось лида"
NO_CLIENT = "у лида нет ClientID"
ONLY_YCLID = "у лида только yclid, а заказ привязывается по ClientID"


@dataclass(frozen=True)
class OrderPlan:
    """What would go, oldest first, and how many appointments do not go and why.

    `loose` are payments of people with orders that name no appointment: rows and kopecks; they
    are in the revenue of no order.
    """

    orders: tuple[Order, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    loose: tuple[int, int] = (0, 0)


def plan_orders(
    joined: Joined,
    sent: Mapping[str, Order],
    order_ids: Callable[[Iterable[str]], list[str]],
    now: datetime,
) -> OrderPlan:
    """Orders of a clinic's joined rows that differ from what was last `sent`, by order id.

    `order_ids` turns ids of appointments into ids of orders. An order is paid while what was paid
    for its appointment exceeds what was given back; cancelled where everything was given back, or
    where nothing was paid and the appointment is off. One that went follows its lead's ClientID
    and keeps the one it went with where there is none now: an export that lost a column is no
    reason to take orders back. The moment of creation stays the one that went first: Metrica does
    not let it change. A booking known by its date alone goes on the following day.
    """
    going: list[Order] = []
    left_out: Counter[str] = Counter()
    end = int(now.timestamp())
    visits = visits_of(joined.rows["touches"])
    money = _money(joined, end)
    for row in _candidates(joined, money, order_ids):
        outcome = _order(row, visits.get(row.client), sent.get(row.id), end)
        if isinstance(outcome, Order):
            going.append(outcome)
        else:
            left_out[outcome] += 1
    ordered = tuple(sorted(going, key=lambda o: (o.created_at, o.order_id)))
    return OrderPlan(ordered, left_out, _loose(joined, money))


@dataclass(frozen=True)
class _Money:
    """Of each payment: whether it makes revenue and has been made, the row of the appointment
    that it names (-1: none), its kopecks with their sign."""

    counts: Bools
    named: Ints
    amount: Ints


@dataclass(frozen=True)
class _LeadAppointment:
    """An appointment with its lead and its money: Unix seconds, kopecks. `dated`: no time is known."""

    id: str
    at: int
    dated: bool
    status: str
    revenue: int
    client: str
    yclid: str
    lead_at: int | None


def _candidates(
    joined: Joined, money: _Money, order_ids: Callable[[Iterable[str]], list[str]]
) -> Iterator[_LeadAppointment]:
    leads, appointments, who = joined.rows["leads"], joined.rows["appointments"], joined.who
    ids = order_ids(appointments["appointment_id"].tolist())
    paid, refunded = _sums(money, len(appointments))
    off = appointments["status"].isin(_OFF).to_numpy()
    created = microseconds(leads["created_at"])
    clients, yclids = leads["ym_client_id"].tolist(), leads["yclid"].tolist()
    at, dated = moments(who.booking_time, joined.settings.zone)
    for row, of in enumerate(who.appointment_lead.tolist()):
        has_lead = of >= 0
        net = int(paid[row])
        status = PAID if net > 0 else CANCELLED if refunded[row] or off[row] else IN_PROGRESS
        yield _LeadAppointment(
            ids[row],
            int(at[row]),
            bool(dated[row]),
            status,
            max(net, 0),
            clients[of] if has_lead else "",
            yclids[of] if has_lead else "",
            int(created[of]) // _SECOND if has_lead else None,
        )


def _order(row: _LeadAppointment, visits: Ints | None, last: Order | None, end: int) -> Order | str:
    """The order of a row, or why it does not go."""
    has_client = is_client_id(row.client)
    if last is not None:
        client = row.client if has_client else last.client
        order = replace(last, client=client, status=row.status, revenue=row.revenue)
        return SENT if order == last else order
    if row.lead_at is None:
        return NO_LEAD
    if not has_client:
        return ONLY_YCLID if is_client_id(row.yclid) else NO_CLIENT
    if not has_passed(row.at, dated=row.dated, now=end):
        return FUTURE
    if is_too_old(visits, row.at, row.lead_at, end):
        return TOO_OLD
    created = datetime.fromtimestamp(row.at, UTC)
    return Order(row.id, row.client, created, row.status, row.revenue)


def _money(joined: Joined, end: int) -> _Money:
    payments = joined.rows["payments"]
    kind = payments.coded("kind")
    made = microseconds(payments["paid_at"]) // _SECOND <= end
    counts = of_kinds(kind, REVENUE_KINDS) & made
    named = look_up(payments["appointment_id"], joined.rows["appointments"]["appointment_id"])
    return _Money(counts, named, signed(payments["amount"].to_numpy(dtype=np.int64), kind))


def _sums(money: _Money, appointments: int) -> tuple[Ints, Bools]:
    """What was paid for each appointment less what was given back, and whether anything was."""
    rows = money.counts & (money.named >= 0)
    paid = np.zeros(appointments, dtype=np.int64)
    np.add.at(paid, money.named[rows], money.amount[rows])
    refunded = np.zeros(appointments, dtype=bool)
    refunded[money.named[rows & (money.amount < 0)]] = True
    return paid, refunded


def _loose(joined: Joined, money: _Money) -> tuple[int, int]:
    who, clients = joined.who, joined.rows["leads"]["ym_client_id"].tolist()
    with_client = [of >= 0 and is_client_id(clients[of]) for of in who.appointment_lead.tolist()]
    ordering = np.zeros(who.patients, dtype=bool)
    ordering[who.visit_patient[np.array(with_client, dtype=bool)]] = True
    rows = money.counts & (money.named < 0) & ordering[who.paid_patient]
    return int(rows.sum()), int(money.amount[rows].sum())


def orders_csv(orders: Iterable[Order], zone: ZoneInfo) -> bytes:
    """The CSV of orders; times in the counter's zone, roubles with exact kopecks.

    Columns: yandex.ru/dev/metrika/ru/data-import/simple-orders-data; dates: …/data-import/date.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "create_date_time", "client_ids", "order_status", "revenue"])
    for o in orders:
        created = o.created_at.astimezone(zone)
        money = f"{o.revenue // 100}.{o.revenue % 100:02d}"
        writer.writerow([o.order_id, f"{created:%Y-%m-%d %H:%M:%S}", o.client, o.status, money])
    return text.getvalue().encode()
