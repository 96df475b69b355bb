"""Which appointments are orders: one each, by ClientID alone, again only when it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from metrics.join.join import prepare
from sheets_sync.push.conversions import FUTURE, SENT, TOO_OLD
from sheets_sync.push.orders import NO_CLIENT, NO_LEAD, ONLY_YCLID, orders_csv, plan_orders
from sheets_sync.store import Order
from tests.push.push_rows import (
    CLIENT,
    ORDERS_HEADER,
    PAID,
    SETTINGS,
    YCLID,
    appointment,
    clinic_frames,
    day,
    lead,
    payment,
    refund,
)
from tests.sources.yandex import NOW

OTHER = "1700000000987654321"
BOOKED = datetime(2026, 11, 11, 12, tzinfo=UTC)


def _ids(names):
    return [f"order-{name}" for name in names]


def _plan(frames, sent=(), now=NOW):
    return plan_orders(prepare(frames, SETTINGS), {o.order_id: o for o in sent}, _ids, now)


def _one(status="PAID", revenue=450000, client=CLIENT, created=BOOKED):
    return Order("order-A1", client, created, status, revenue)


def _frames(payments=(), of=None, **more):
    of = {"ym_client_id": CLIENT} if of is None else of
    return clinic_frames([lead(1, **of)], [appointment(1, **more)], payments)


def test_an_appointment_is_one_order_whose_file_has_no_name_phone_or_number_of_the_clinic():
    leads = [lead(n, ym_client_id=CLIENT) for n in (1, 2, 3)]
    visits = [
        appointment(1),
        appointment(2, status="booked", starts_at=day(30)),
        appointment(3, status="no_show", booked_at=None),
    ]
    planned = _plan(clinic_frames(leads, visits, [payment(1, 450007, appointment_id="A1")]))

    assert orders_csv(planned.orders, ZoneInfo("Asia/Yekaterinburg")).decode() == (
        ORDERS_HEADER + f"order-A1,2026-11-11 17:00:00,{CLIENT},PAID,4500.07\n"
        f"order-A2,2026-11-11 17:00:00,{CLIENT},IN_PROGRESS,0.00\n"
        f"order-A3,2026-11-12 17:00:00,{CLIENT},CANCELLED,0.00\n"
    )
    assert (planned.left_out, planned.loose) == ({}, (0, 0))


@pytest.mark.parametrize(
    ("status", "payments", "told"),
    [
        ("booked", [], ("IN_PROGRESS", 0)),
        ("confirmed", [], ("IN_PROGRESS", 0)),
        ("rescheduled", [], ("IN_PROGRESS", 0)),
        ("completed", [], ("IN_PROGRESS", 0)),
        ("cancelled", [], ("CANCELLED", 0)),
        ("no_show", [], ("CANCELLED", 0)),
        ("booked", [payment(1, kind="prepayment", appointment_id="A1")], ("PAID", 450000)),
        ("completed", [PAID, refund(2, 50001)], ("PAID", 399999)),
        ("completed", [PAID, refund(2, -50001)], ("PAID", 399999)),
        ("completed", [PAID, refund(2, 450000)], ("CANCELLED", 0)),
        ("completed", [PAID, refund(2, 500000)], ("CANCELLED", 0)),
        ("completed", [payment(1, 0, appointment_id="A1")], ("IN_PROGRESS", 0)),
        ("cancelled", [PAID, refund(2, 400000)], ("PAID", 50000)),
        ("completed", [payment(1, kind="bonus", appointment_id="A1")], ("IN_PROGRESS", 0)),
        ("completed", [{**PAID, "paid_at": day(24, 10)}], ("IN_PROGRESS", 0)),
    ],
)
def test_an_order_is_paid_while_more_was_paid_than_given_back(status, payments, told):
    (order,) = _plan(_frames(payments, status=status)).orders

    assert (order.status, order.revenue) == told


@pytest.mark.parametrize(
    ("of", "more", "reason"),
    [
        ({"yclid": YCLID}, {}, ONLY_YCLID),
        ({"ym_client_id": "0"}, {}, NO_CLIENT),
        ({"ym_client_id": "9" * 25}, {}, NO_CLIENT),
        ({"ym_client_id": "79161234567", "yclid": "89161234567"}, {}, NO_CLIENT),
        ({"status": "spam", "ym_client_id": CLIENT}, {}, NO_LEAD),
        (None, {"booked_at": day(24, 15), "starts_at": day(25)}, FUTURE),
        ({"on": 2, "ym_client_id": CLIENT}, {}, TOO_OLD),
    ],
)
def test_what_cannot_be_an_order_is_counted_with_the_reason(of, more, reason):
    planned = _plan(_frames(of=of, **more))

    assert (planned.orders, planned.left_out) == ((), {reason: 1})


def test_a_booking_known_by_its_date_alone_goes_on_the_following_day_as_its_last_second():
    midnight = datetime(2026, 11, 11, 21, tzinfo=UTC)  # of the twelfth in Moscow
    last = midnight + timedelta(days=1, seconds=-1)
    frames = _frames(of={"ym_client_id": CLIENT, "on": 12}, booked_at=midnight.isoformat())

    assert [o.created_at for o in _plan(frames, now=last + timedelta(seconds=1)).orders] == [last]
    assert _plan(frames, now=last).left_out == {FUTURE: 1}


def test_only_what_changed_goes_again_with_the_moment_it_went_with_first():
    earlier = BOOKED - timedelta(hours=1)
    planned = [
        _plan(_frames([PAID], of={"ym_client_id": CLIENT, "on": lead_day}), [last])
        for last in (
            _one(created=earlier),
            _one("IN_PROGRESS", 0, created=earlier),
            _one("", 0, created=earlier),
        )
        for lead_day in (10, 2)  # one that is known is kept true however old it is
    ]

    assert [p.orders for p in planned] == [(), ()] + [(_one(created=earlier),)] * 4
    assert planned[0].left_out == {SENT: 1}


def test_an_order_follows_the_correction_of_its_lead():
    frames = _frames([PAID], of={"ym_client_id": OTHER})

    assert _plan(frames, [_one()]).orders == (_one(client=OTHER),)
    assert _plan(frames, [_one(client=OTHER)]).orders == ()


@pytest.mark.parametrize("of", [{}, {"yclid": YCLID}, {"ym_client_id": CLIENT, "status": "spam"}])
def test_an_order_whose_lead_lost_its_client_keeps_the_one_it_went_with(of):
    assert _plan(_frames([PAID], of=of), [_one()]).orders == ()
    assert _plan(_frames([PAID, refund(2, 7)], of=of), [_one()]).orders == (_one(revenue=449993),)


def test_money_that_names_no_appointment_is_in_no_order_and_is_told():
    payments = [
        PAID,
        payment(2, person_key="p1"),
        payment(3, 100, person_key="p1", kind="refund", appointment_id="unknown"),
        payment(4, person_key="stranger"),
    ]
    planned = _plan(_frames(payments))

    assert planned.orders == (_one(),)
    assert planned.loose == (2, 449900)
