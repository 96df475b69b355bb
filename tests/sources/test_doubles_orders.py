"""The double of Metrica's orders: what it refuses, as Metrica would."""

from __future__ import annotations

import pytest
import requests

from tests.doubles.metrica import TOKEN
from tests.push.push_rows import ORDERS_HEADER
from tests.sources.yandex import COUNTER

GOOD = "x,2026-11-11 17:00:00,1700000000123456789,PAID,4500.07\n"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (ORDERS_HEADER + GOOD, "PASSED"),
        (ORDERS_HEADER + GOOD + GOOD, "FAILED"),
        (ORDERS_HEADER + GOOD.replace("PAID", "BOOKED"), "FAILED"),
        (ORDERS_HEADER + GOOD.replace("2026-11-11 17", "11/11/2026 17"), "FAILED"),
        (ORDERS_HEADER + GOOD.replace("2026-11-11", "2026-11-25"), "FAILED"),
        (ORDERS_HEADER + GOOD.replace("4500.07", '"4500,07"'), "FAILED"),
        (ORDERS_HEADER + GOOD.replace("1700000000123456789", "1.7e18"), "FAILED"),
        (ORDERS_HEADER + GOOD.replace("x,", ",", 1), "FAILED"),
        (ORDERS_HEADER.replace("revenue", "profit") + GOOD, "Wrong header"),
        (ORDERS_HEADER.replace("client_ids", "cost") + GOOD, "Wrong header"),
        (ORDERS_HEADER.replace("create_date_time", "update_date_time") + GOOD, "Wrong header"),
        (ORDERS_HEADER + GOOD.replace("\n", ",more\n"), "Wrong header"),
        (ORDERS_HEADER, "Wrong header"),
    ],
)
def test_the_double_takes_no_file_that_metrica_would_not(metrica, file, said):
    answer = _posted(metrica, file)

    assert said in answer.text
    assert len(metrica.orders.known) == (said == "PASSED")


def test_the_double_wants_a_mode_and_keeps_the_moment_of_creation(metrica):
    assert _posted(metrica, ORDERS_HEADER + GOOD, merge_mode="REPLACE").status_code == 400
    assert _posted(metrica, ORDERS_HEADER + GOOD, merge_mode="").status_code == 400
    assert "PASSED" in _posted(metrica, ORDERS_HEADER + GOOD).text
    assert "FAILED" in _posted(metrica, ORDERS_HEADER + GOOD.replace("17:00", "18:00")).text


def _posted(metrica, file, **params):
    return requests.post(
        f"{metrica.url}/cdp/api/v1/counter/{COUNTER}/data/simple_orders",
        params={"merge_mode": "SAVE", "delimiter_type": "COMMA", **params},
        files={"file": ("orders.csv", file.encode(), "text/csv")},
        headers={"Authorization": f"OAuth {TOKEN}"},
        timeout=10,
    )
