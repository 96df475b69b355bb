"""Outside cells to moments: dates of every form, their order, and periods with two ends."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.reading.dates import DateOrderError, date_order, moments
from sheets_sync.reading.periods import period
from sheets_sync.reading.spelled import with_year

MOSCOW = ZoneInfo("Europe/Moscow")


def read(*texts: str, order: str = "", zone: str = "Europe/Moscow") -> list[str]:
    """Cells of a date column as UTC texts, "" where they are not understood."""
    moments_ = moments(pa.array(texts), date_order(order)).utc(ZoneInfo(zone))
    return [m.strftime("%Y-%m-%d %H:%M:%S") if m == m else "" for m in moments_]


def test_dates_of_every_usual_form_are_the_same_moment() -> None:
    cells = (
        "01.02.2026 9:05",
        "01.02.2026, 09:05:00",
        "2026-02-01 09:05",
        "2026-02-01T09:05:00+03:00",
        "2026-02-01 11:05:00+0500",
        "2026-02-01T06:05:00Z",
        "1 февраля 2026 г. 9:05",
        "20260201090500",
        "46054.37847222",
        "01.02.26 9:05",
        "01.02.2026 09.05",
        "9:05 01.02.2026",
        "вс, 1 фев 2026 9:05",
        "воскресенье, 01.02.2026 09:05",
        "Feb 1, 2026 9:05 AM",
        "01-Feb-2026 09:05",
        "Sun Feb 01 2026 09:05:00 GMT+0300 (Moscow)",
        "01.02.2026 09:05 (МСК)",
        "01.02.2026 09:05 МСК",
        "01.02.2026 11:05 МСК+2",
        "2026-02-01 09:05:00 +03",
        "01.02.2026 9:05 UTC+3",
        "1-фев-26 9:05",
        "01.02.2026, вс, 9:05",
        "01.02.2026 (вс) 9:05",
        "01.02.2026г. 9ч.05мин",
        "01/Feb/2026 09:05",
        "2026-02-01T09:05:00+03:00[Europe/Moscow]",
        "01.02.2026 11:05 (ЕКБ)",
        "01.02.2026 13:05 по Новосибирску",
        "01.02.2026 09:05 (время московское)",
        "2026-02-01 12:05 Asia/Omsk",
        "01.02.2026 09:05 (местное)",
        "2026-02-01 09:05:00.000000 +0300 MSK",
    )
    assert read(*cells) == ["2026-02-01 06:05:00"] * len(cells)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 февраля", "2026-02-03"), ("вт, 3 фев", "2026-02-03"), ("03.02 10:30", "2026-02-03 10:30"),
        ("3-фев", "2026-02-03"), ("12 пломб", ""), ("10:30", ""), ("03.02.2026", ""), ("31.13", ""),
    ],
)  # fmt: skip
def test_a_day_that_lacks_only_its_year_is_told_from_others(text: str, day: str) -> None:
    assert with_year(text, 2026) == day


def test_a_slot_is_no_time_zone() -> None:
    slots = ("15:00-15:30", "15:00 – 15:30", "с 15:00 до 15:30", "15:00:00-15:30:00")
    assert read(*(f"31.01.2026 {slot}" for slot in slots)) == ["2026-01-31 12:00:00"] * 4
    assert read("31.01.2026 09:00-09:30", "2026-01-31 09:00:00-15:30") == [
        "2026-01-31 06:00:00",
        "2026-01-31 06:00:00",
    ]


def test_a_zone_is_at_most_fourteen_hours_away() -> None:
    assert read("2026-01-31T15:00:00-05:00", "2026-01-31 15:00-05:00") == [
        "2026-01-31 20:00:00",
        "2026-01-31 20:00:00",
    ]
    assert read("2026-01-31T15:00:00-15:30", "2026-01-31 15:00+15:00") == ["", ""]


def test_a_slot_in_a_column_of_times_is_its_beginning() -> None:
    slots = pa.array(["15:00-15:30", "15:00 - 15:30", "с 15:00 до 15:30", "15.00"])
    found = moments(pa.array(["31.01.2026"] * 4), None, slots)
    assert [str(m) for m in found.utc(MOSCOW)] == ["2026-01-31 12:00:00+00:00"] * 4


def test_days_that_do_not_exist_are_not_moved() -> None:
    assert (
        read(
            "31.02.2026",
            "00.00.2026",
            "29.02.2025",
            "вчера",
            "01.02.2026 24:00",
            "01.02.0202",
            "12345",
        )
        == [""] * 7
    )
    assert read("29.02.2024") == ["2024-02-28 21:00:00"]


def test_the_order_of_slashes_is_decided_on_all_rows() -> None:
    assert read("2/1/2018", "2/26/2018") == ["2018-01-31 21:00:00", "2018-02-25 21:00:00"]
    assert read("2/1/2018", "26/2/2018") == ["2018-01-01 21:00:00", "2018-02-25 21:00:00"]
    assert read("01-02-2026 09:05:00", "13-02-2026 00:00:00")[0] == "2026-02-01 06:05:00"
    assert read("05/05/2026") == ["2026-05-04 21:00:00"]


@pytest.mark.parametrize(
    ("cells", "found", "rows"),
    [
        (("", "01/02/2026"), "не видно, что стоит первым", (1,)),
        (("2/26/2018", "26/2/2018"), "в одних строках первым стоит день", (1, 0)),
        (("2018-01-02", "2/26/2018"), "таблица уже переставила", (1, 0)),
    ],
)
def test_a_column_in_doubt_is_an_error(
    cells: tuple[str, ...], found: str, rows: tuple[int, ...]
) -> None:
    with pytest.raises(DateOrderError, match=found) as caught:
        read(*cells)
    assert caught.value.rows == rows


def test_a_format_given_settles_the_doubt() -> None:
    assert read("01/02/2026", order="дд/мм/гггг") == ["2026-01-31 21:00:00"]
    assert read("01/02/2026", order="%m/%d/%Y %H:%M") == ["2026-01-01 21:00:00"]
    assert read("2/26/2018", "26/2/2018", order="mm/dd/yyyy") == ["2018-02-25 21:00:00", ""]
    with pytest.raises(ValueError, match="как обычно"):
        date_order("как обычно")


def test_a_time_that_comes_twice_is_the_first_and_one_that_never_comes_is_moved_forward() -> None:
    assert read("26.10.2014 01:30") == ["2014-10-25 21:30:00"]
    assert read("29.03.2026 02:30", zone="Europe/Berlin") == ["2026-03-29 01:00:00"]


def test_a_column_of_times_is_joined_to_its_dates() -> None:
    found = moments(pa.array(["01.02.2026", "01.02.2026"]), None, pa.array(["9:05", "0,4375"]))
    assert [str(m) for m in found.utc(MOSCOW)] == [
        "2026-02-01 06:05:00+00:00",
        "2026-02-01 07:30:00+00:00",
    ]


@pytest.mark.parametrize(
    ("cell", "ends"),
    [
        ("01.02.2026 - 28.02.2026", ("01.02.2026", "28.02.2026")),
        ("01.02.2026–28.02.2026", ("01.02.2026", "28.02.2026")),
        ("01.02.2026-28.02.2026", ("01.02.2026", "28.02.2026")),
        ("с 01.02.2026 по 28.02.2026", ("01.02.2026", "28.02.2026")),
        ("01.02 - 28.02.2026", ("2026-02-01", "2026-02-28")),
        ("2026-02-01/2026-02-28", ("2026-02-01", "2026-02-28")),
        ("февраль 2026", ("2026-02-01", "2026-02-28")),
        ("Февраль 2024 г.", ("2024-02-01", "2024-02-29")),
        ("02.2026", ("2026-02-01", "2026-02-28")),
        ("13.2026", ("13.2026", "")),
        ("фев.26", ("2026-02-01", "2026-02-28")),
        ("Feb-26", ("2026-02-01", "2026-02-28")),
        ("2026 февраль", ("2026-02-01", "2026-02-28")),
        ("1 кв. 2026", ("2026-01-01", "2026-03-31")),
        ("II квартал 2026 г.", ("2026-04-01", "2026-06-30")),
        ("2026-Q3", ("2026-07-01", "2026-09-30")),
        ("февраль", ("февраль", "")),
        ("01.02.2026", ("01.02.2026", "")),
        ("2026-02-01", ("2026-02-01", "")),
    ],
)
def test_a_period_has_a_first_and_a_last_day(cell: str, ends: tuple[str, str]) -> None:
    assert period(cell) == ends


def test_a_month_without_a_year_is_of_the_year_that_is_known() -> None:
    assert period("Февраль", 2024) == ("2024-02-01", "2024-02-29")


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31)))
def test_any_day_survives_being_written_in_russian(at: datetime) -> None:
    assert read(f"{at:%d.%m.%Y %H:%M:%S}", zone="UTC") == [f"{at:%Y-%m-%d %H:%M:%S}"]
