"""CRM orders to Metrica: switched on, sent once, and there in the end whatever happens."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from sheets_sync.cli import main
from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import ConfigError, SourceError, StoreError
from sheets_sync.push.orders import ONLY_YCLID
from sheets_sync.push.push import push
from sheets_sync.settings import Service
from sheets_sync.sources.source import Pulled
from tests.doubles.metrica import MetricaDouble
from tests.doubles.server import json_reply
from tests.doubles.site import Counter
from tests.forks import start
from tests.push.push_rows import (
    CLIENT,
    PAID,
    YCLID,
    appointment,
    clinic_frames,
    day,
    lead,
    payment,
    refund,
)
from tests.sources.yandex import COUNTER, NOW, TOKEN_ENV
from tests.store.processes import push_and_wait

pytestmark = pytest.mark.usefixtures("yandex_token")


@pytest.fixture
def double(clock):
    with MetricaDouble([Counter(COUNTER, "Asia/Yekaterinburg")], clock=clock) as service:
        yield service


def _clinic(name="clinic", **more):
    source = {"kind": "metrica", "counter_id": COUNTER, "token_env": TOKEN_ENV}
    given = {"enabled": True, "orders": True, **more}
    return Clinic.model_validate({"id": name, "name": "К", "source": [source], "push": given})


def _merge(store, clinic="clinic", *payments, **more):
    """A booking by ClientID, one by yclid, and what was paid for the first."""
    leads = [lead(1, ym_client_id=CLIENT), lead(2, yclid=YCLID)]
    frames = clinic_frames(leads, [appointment(1, **more), appointment(2)], payments)
    pulls = [Pulled(e, rows) for e, rows in frames.items() if len(rows)]
    store.rows.merge(clinic, "file:test", pulls, NOW)


@pytest.fixture
def clinic_store(sqlite_store):
    _merge(sqlite_store)
    return sqlite_store


@pytest.fixture
def told(clinic_store, double, clock, tmp_path):
    """Push, `later` than now; gives what was pushed."""

    def go(clinic=None, later=timedelta(0), **more):
        service = Service(endpoints={"metrica": double.url}, home=tmp_path / "home")
        given = clinic or _clinic()
        return push(given, clinic_store, service, NOW + later, clock=clock, **more)

    return go


def _orders(double):
    """What Metrica knows: status, revenue, ClientID and moment of each order."""
    columns = ("order_status", "revenue", "client_ids", "create_date_time")
    return sorted(tuple(o[c] for c in columns) for o in double.orders.known.values())


BOOKING = ("IN_PROGRESS", "0.00", CLIENT, "2026-11-11 17:00:00")


def test_orders_are_off_until_they_are_switched_on(told, double):
    with pytest.raises(ConfigError, match="выключена"):
        told(_clinic(enabled=False))
    with pytest.raises(ConfigError, match="не сказано, что передавать"):
        told(_clinic(orders=False))

    assert double.asked == []


def test_a_dry_run_tells_what_would_go_and_asks_nobody(told, double, clinic_store):
    pushed = told(_clinic(enabled=False), dry_run=True)

    assert [(o.status, o.client) for o in pushed.orders.orders] == [("IN_PROGRESS", CLIENT)]
    assert pushed.orders.left_out == {ONLY_YCLID: 1}
    assert (double.asked, clinic_store.orders.sent("clinic")) == ([], {})


def test_an_order_goes_once_and_again_only_when_it_changes(told, double, clinic_store):
    assert [told().orders_sent for _ in range(2)] == [1, 0]
    assert _orders(double) == [BOOKING]

    _merge(clinic_store, "clinic", PAID)
    assert [told().orders_sent for _ in range(2)] == [1, 0]
    assert _orders(double) == [("PAID", "4500.00", *BOOKING[2:])]

    _merge(clinic_store, "clinic", PAID, refund(2, 50001))
    assert [told().orders_sent for _ in range(2)] == [1, 0]
    assert _orders(double) == [("PAID", "3999.99", *BOOKING[2:])]

    _merge(clinic_store, "clinic", PAID, refund(2, 450000), booked_at=day(11, 15))
    assert [told().orders_sent for _ in range(2)] == [1, 0]
    assert _orders(double) == [("CANCELLED", "0.00", *BOOKING[2:])]
    assert len(double.orders.made) == 4


def test_an_order_is_told_by_a_key_and_a_clinic_does_not_touch_anothers(told, double, clinic_store):
    _merge(clinic_store, "other", {**PAID, "appointment_id": "A1"})
    told()
    told(_clinic("other"))

    assert _orders(double) == [BOOKING, ("PAID", "4500.00", *BOOKING[2:])]
    assert {len(order_id) for _, order_id in double.orders.known} == {32}
    assert "A1" not in "".join(order_id for _, order_id in double.orders.known)
    assert [len(clinic_store.orders.sent(c)) for c in ("clinic", "other")] == [1, 1]


def test_two_pushes_of_one_clinic_at_once_are_one(told, double, clinic_store):
    with clinic_store.pushes.alone("clinic"):
        with pytest.raises(StoreError, match="уже идёт") as refused:
            told()
        assert (refused.value.permanent, double.asked) == (False, [])

    assert told().orders_sent == 1


def _is_orders(asked):
    return asked.path.endswith("/simple_orders")


@pytest.mark.parametrize("fault", ["reset", "reset_after", "truncated", "garbage", "500", "html"])
def test_whatever_happens_to_the_answer_the_order_is_there_in_the_end(told, double, fault):
    double.fail(fault, times=6, only=_is_orders)
    with pytest.raises(SourceError):
        told()

    double.faults.clear()
    assert [told().orders_sent for _ in range(2)] == [1, 0]
    assert _orders(double) == [BOOKING]


def test_a_lost_answer_does_not_hide_that_the_order_went_back_to_what_it_was(
    told, double, clinic_store
):
    told()
    _merge(clinic_store, "clinic", PAID)
    double.fail("reset_after", times=6, only=_is_orders)
    with pytest.raises(SourceError):
        told()
    assert [o[0] for o in _orders(double)] == ["PAID"]

    _merge(clinic_store, "clinic", {**PAID, "kind": "bonus"})
    told()
    assert _orders(double) == [BOOKING]


def test_killed_before_the_answer_is_written_down_it_goes_again_as_the_same_order(
    told, double, clinic_store, sqlite_url, tmp_path
):
    double.fail("drip", only=_is_orders)
    double.drip_seconds = 60.0
    child = start(push_and_wait, sqlite_url, double.url, str(tmp_path / "home"), _clinic())
    until = time.monotonic() + 60
    while not double.orders.made and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.join()

    assert _orders(double) == [BOOKING]
    assert [o.status for o in clinic_store.orders.sent("clinic").values()] == [""]
    assert [told().orders_sent for _ in range(2)] == [1, 0]
    assert _orders(double) == [BOOKING]


def test_an_upload_that_is_found_wrong_is_an_error_and_may_go_again(told, double):
    double.orders.verdict = "FAILED"
    with pytest.raises(SourceError, match="Метрика не приняла заказы") as refused:
        told()
    assert "уйдут снова" in refused.value.hint

    double.orders.verdict = "PASSED"
    assert told().orders_sent == 1


@pytest.mark.parametrize(
    ("word", "again", "statuses", "notes"),
    [
        ("PASSED", 0, ["PASSED"], ()),
        (
            "FAILED",
            1,
            ["", "FAILED"],
            ("Заказы от 24.11.2026 не прошли проверку Метрики, строк 1: уйдут снова.",),
        ),
    ],
)
def test_the_status_of_an_upload_is_followed_to_its_last_word(
    told, double, word, again, statuses, notes
):
    double.orders.slow = True
    assert [u.status for u in told().uploads] == [""]

    double.orders.verdict = word
    second = told()
    assert (second.orders_sent, second.notes) == (again, notes)
    assert sorted(u.status for u in second.uploads) == statuses


def test_an_upload_that_the_list_does_not_know_goes_again_after_two_hours(told, double):
    double.orders.slow = True
    told()
    double.orders.made.clear()

    assert told().orders_sent == 0
    late = told(later=timedelta(hours=3))
    assert late.orders_sent == 1
    assert late.notes == ("Заказы от 24.11.2026 не дошли, строк 1: уйдут снова.",)


class _Zoneless(MetricaDouble):
    def answer(self, asked):
        is_counter = asked.path == f"/management/v1/counter/{COUNTER}"
        return json_reply({"counter": {"id": COUNTER}}) if is_counter else super().answer(asked)


def test_without_the_counters_zone_no_order_goes(clinic_store, clock, tmp_path):
    with _Zoneless([Counter(COUNTER)], clock=clock) as double:
        service = Service(endpoints={"metrica": double.url}, home=tmp_path)
        with pytest.raises(SourceError, match="не назвала часового пояса"):
            push(_clinic(), clinic_store, service, NOW, clock=clock)

        assert double.orders.made == []


def test_the_command_shows_orders_by_status_and_what_is_no_order(
    sqlite_store, tmp_path, monkeypatch, sqlite_url
):
    lately = {"created_at": f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"}
    booked = {"booked_at": lately["created_at"], "starts_at": lately["created_at"]}
    paid = {"paid_at": lately["created_at"]}
    frames = clinic_frames(
        [lead(1, ym_client_id=CLIENT, **lately), lead(2, yclid=YCLID, **lately)],
        [appointment(1, **booked), appointment(2, **booked)],
        [{**PAID, **paid}, payment(2, person_key="p1", **paid)],
    )
    pulls = [Pulled(entity, rows) for entity, rows in frames.items() if len(rows)]
    sqlite_store.rows.merge("clinic", "file:test", pulls, NOW)
    sqlite_store.close()
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ROMI_SHEETS_HOME", str(tmp_path / "home"))
    file = tmp_path / "clinic.toml"
    file.write_text('name = "К"\n[push]\norders = true\n', "utf-8")

    shown = CliRunner().invoke(main, ["push", str(file), "--dry-run"])

    assert shown.exit_code == 0, shown.output
    row = next(line for line in shown.output.splitlines() if "Оплачены" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["Оплачены", "1", "4 500,00"]
    assert f"Записи, которые не уйдут: {ONLY_YCLID}: 1." in shown.output
    assert "без номера записи: 1, рублей 4 500,00" in shown.output
    assert "Ушло бы: 1\xa0заказ. Ничего не отправлено" in shown.output
    assert "Конверсии" not in shown.output
    assert CLIENT not in shown.output
