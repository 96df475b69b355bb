"""Which bookings, visits and payments may go back to Metrica as offline conversions, purely."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from metrics.calendar import microseconds
from metrics.coded import Ints
from metrics.entity_rows import EntityRows
from metrics.join.join import Joined
from metrics.money import PAID_KINDS
from sheets_sync.clinic.config import Push
from sheets_sync.privacy.contact_details import is_phone
from sheets_sync.push.moments import Seconds, has_passed, moments
from sheets_sync.store import Sent

Kind = Literal["booking", "visit", "payment"]
KINDS: tuple[Kind, ...] = ("booking", "visit", "payment")
#: Metrica ties a conversion to a visit of at most so many days ago.
_LIFE = timedelta(days=21)
_NONE = -1

#: Why a row does not go.
NO_CLIENT = "нет ни ClientID, ни yclid"
TOO_OLD = "визит на сайт был больше 21 дня назад"
FUTURE = "ещё не случилось"
SENT = "уже отправлено"


@dataclass(frozen=True)
class Conversion:
    """One row of an upload. `price` is in kopecks, None where there is none."""

    kind: Kind
    id: str
    by: Literal["ClientId", "Yclid"]
    client: str
    target: str
    at: int
    price: int | None = None


@dataclass(frozen=True)
class ConversionPlan:
    """What would go, oldest first, and how many rows do not go and why, by kind."""

    conversions: tuple[Conversion, ...]
    left_out: Mapping[Kind, Mapping[str, int]] = field(default_factory=dict)


def plan(
    joined: Joined,
    push: Push,
    sent: Mapping[Kind, Sequence[Sent]],
    now: datetime,
) -> ConversionPlan:
    """Conversions of a clinic's joined rows that are not among those `sent`.

    A booking or visit belongs to the lead of its appointment, a payment to that of its appointment,
    else to the patient's acquiring lead; the lead's ClientID, else its yclid, says whose it is.
    A kind without a target in `push` is not looked at. The visit a conversion is tied to is the
    client's last known one before it, else the moment of the lead. No two of one client and target
    have one second, those that went before included, also where their rows are gone since.
    """
    visits = visits_of(joined.rows["touches"])
    end = int(now.timestamp())
    conversions: list[Conversion] = []
    targets = {kind: getattr(push, kind) for kind in KINDS if getattr(push, kind)}
    left_out: dict[Kind, Counter[str]] = {kind: Counter() for kind in targets}
    seconds = Seconds()
    for one in (one for of_kind in sent.values() for one in of_kind if one.second):
        seconds.take(one.client, one.target, one.second)
    went = {kind: {one.id: one for one in sent.get(kind, ())} for kind in targets}
    rows = [(kind, row) for kind in targets for row in _candidates(kind, joined)]
    # Those of an older ledger, which knows no seconds, have theirs before those that come now.
    for kind, row in sorted(rows, key=lambda r: (r[1].id not in went[r[0]], r[1].at)):
        outcome = _conversion(kind, targets[kind], row, visits, end)
        if last := went[kind].get(row.id):
            if not last.second:
                seconds.take(_client(row)[1], targets[kind], row.at)
            left_out[kind][SENT] += 1
        elif isinstance(outcome, Conversion):
            at = seconds.take(outcome.client, outcome.target, outcome.at)
            conversions.append(replace(outcome, at=at))
        else:
            left_out[kind][outcome] += 1
    return ConversionPlan(tuple(sorted(conversions, key=lambda c: (c.at, c.kind, c.id))), left_out)


@dataclass(frozen=True)
class _LeadEvent:
    """An event with its lead; times in Unix seconds. `dated`: known by its date alone."""

    id: str
    at: int
    dated: bool
    price: int | None
    client: str
    yclid: str
    lead_at: int


def _candidates(kind: Kind, joined: Joined) -> Iterable[_LeadEvent]:
    leads, appointments, payments = (joined.rows[n] for n in ("leads", "appointments", "payments"))
    who = joined.who
    if kind == "payment":
        amount = payments["amount"].to_numpy(dtype=np.int64)
        chosen = payments["kind"].isin(PAID_KINDS).to_numpy() & (amount > 0)
        own = pd.Series(who.appointment_lead, index=appointments["appointment_id"])
        of_visit = payments["appointment_id"].map(own).fillna(_NONE).to_numpy(dtype=np.int64)
        acquiring = np.append(who.acquiring, _NONE)[who.paid_patient]
        lead = np.where(of_visit >= 0, of_visit, acquiring)
        ids, times = payments["payment_id"], microseconds(payments["paid_at"])
        prices: list[int | None] = [int(a) for a in amount]
    else:
        lead = who.appointment_lead
        booked = kind == "booking"
        times = who.booking_time if booked else microseconds(appointments["starts_at"])
        chosen = np.ones(len(times), dtype=bool) if booked else who.visited
        ids, prices = appointments["appointment_id"], [None] * len(times)
    created = microseconds(leads["created_at"])
    clients, yclids = leads["ym_client_id"].tolist(), leads["yclid"].tolist()
    names = ids.tolist()
    at, dated = moments(times, joined.settings.zone)
    for row in np.flatnonzero(chosen & (lead >= 0)):
        of = int(lead[row])
        when, lead_at = int(at[row]), int(created[of]) // 1_000_000
        yield _LeadEvent(
            names[row], when, bool(dated[row]), prices[row], clients[of], yclids[of], lead_at
        )


def _client(row: _LeadEvent) -> tuple[Literal["ClientId", "Yclid"], str]:
    """Whose an event is: the lead's ClientID, else its yclid."""
    return ("ClientId", row.client) if is_client_id(row.client) else ("Yclid", row.yclid)


def _conversion(
    kind: Kind, target: str, row: _LeadEvent, visits: dict[str, Ints], end: int
) -> Conversion | str:
    """The conversion of a row, or why there is none."""
    if not has_passed(row.at, dated=row.dated, now=end):
        return FUTURE
    by, client = _client(row)
    if not is_client_id(client):
        return NO_CLIENT
    if is_too_old(visits.get(client), row.at, row.lead_at, end):
        return TOO_OLD
    return Conversion(kind, row.id, by, client, target, row.at, row.price)


def is_too_old(visits: Ints | None, at: int, lead_at: int, end: int) -> bool:
    """Whether at `end` the client's last visit up to `at` (else the lead) is past being tied to."""
    before = np.array([]) if visits is None else visits[visits <= at]
    visit = int(before[-1]) if len(before) else lead_at
    return end - visit > _LIFE.total_seconds()


def is_client_id(text: str) -> bool:
    """Whether `text` is a ClientID or yclid: a number of 64 bits that is neither 0 nor a phone.

    One that is not a number would fail the whole file it goes in; a phone that somebody typed
    into the column must not leave.
    """
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**64):
        return False
    return not is_phone(text)


def visits_of(touches: EntityRows) -> dict[str, Ints]:
    """Sorted moments (Unix seconds) of each client's visits, by ClientID and by yclid."""
    seconds = microseconds(touches["at"]) // 1_000_000
    by_client: dict[str, Ints] = {}
    for name in ("ym_client_id", "yclid"):
        groups: dict[Any, Any] = pd.Series(seconds).groupby(touches[name].to_numpy()).indices
        by_client |= {str(key): np.sort(seconds[rows]) for key, rows in groups.items() if key}
    return by_client


def upload(conversions: Iterable[Conversion]) -> bytes:
    """The CSV of conversions that are all by ClientId or all by Yclid; kopecks exact."""
    rows = list(conversions)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    priced = any(r.price is not None for r in rows)
    writer.writerow([rows[0].by, "Target", "DateTime", *(("Price", "Currency") if priced else ())])
    for r in rows:
        money = () if r.price is None else (f"{r.price // 100}.{r.price % 100:02d}", "RUB")
        writer.writerow([r.client, r.target, r.at, *money])
    return text.getvalue().encode()
