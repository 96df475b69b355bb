"""Whether a report of Metrica is whole and exact: pages, halves, samples, lags, models."""

from __future__ import annotations

from datetime import date

import pytest

from sheets_sync.sources.metrica import report
from tests.sources.metrica_pulls import pull_reports, state_of
from tests.sources.yandex import metrica_source

pytestmark = pytest.mark.usefixtures("yandex_token")


@pytest.mark.parametrize("page", [1, 2, 3, 5])
def test_pages_of_any_size_give_the_same_rows(metrica, tmp_path, clock, monkeypatch, page):
    (whole,) = pull_reports(metrica, tmp_path, clock)
    monkeypatch.setattr(report, "PAGE", page)
    (paged,) = pull_reports(metrica, tmp_path, clock)

    assert paged.frame.equals(whole.frame)
    assert paged.notes == ()


@pytest.mark.parametrize("days", [1, 3, 7])
def test_a_range_that_is_too_complicated_is_halved(metrica, tmp_path, clock, days):
    (whole,) = pull_reports(metrica, tmp_path, clock)
    metrica.stat.max_days = days
    (split,) = pull_reports(metrica, tmp_path, clock)

    assert split.frame.equals(whole.frame)


def test_a_day_that_is_too_complicated_is_asked_for_with_less_accuracy(metrica, tmp_path, clock):
    def full(asked):
        return asked.query.get("accuracy") == "full"

    metrica.fail("query_error", times=99, only=full)
    metrica.stat.sampled = ("high",)
    (traffic,) = pull_reports(metrica, tmp_path, clock)

    assert traffic.frame["visits"].sum() == 15
    assert traffic.notes == (
        "Метрика посчитала отчёт по выборке (10 % визитов): цифры приблизительны.",
    )
    assert traffic.state["traffic"]["sampled"] is True
    assert traffic.state["traffic"]["sample_share"] == "0.1"


def test_a_heavy_query_is_tried_twice_and_then_halved(metrica, tmp_path, clock):
    metrica.fail("504", times=2, only=lambda asked: asked.path == "/stat/v1/data")
    (traffic,) = pull_reports(metrica, tmp_path, clock)

    asked = [a.query for a in metrica.asked if a.path == "/stat/v1/data"]
    assert [(q["date1"], q["date2"]) for q in asked] == [
        ("2026-11-14", "2026-11-24"),
        ("2026-11-14", "2026-11-24"),
        ("2026-11-14", "2026-11-19"),
        ("2026-11-20", "2026-11-24"),
    ]
    assert traffic.frame["visits"].sum() == 15


def test_small_groups_that_metrica_hides_are_said(metrica, tmp_path, clock):
    metrica.stat.hide_below = 2
    (traffic,) = pull_reports(metrica, tmp_path, clock)

    assert traffic.notes == (
        "Метрика скрыла маленькие группы посетителей (визитов в них: 15): их нет в строках.",
    )
    assert traffic.state["traffic"]["contains_sensitive_data"] is True


def test_a_rounded_total_of_rows_is_not_believed(metrica, tmp_path, clock):
    metrica.stat.rounded = True
    (traffic,) = pull_reports(metrica, tmp_path, clock)

    assert traffic.frame["visits"].sum() == 15


def test_a_lag_is_said_and_kept(metrica, tmp_path, clock):
    metrica.stat.lag = 7260
    (traffic,) = pull_reports(metrica, tmp_path, clock)

    assert traffic.notes == ("Метрика отстаёт на 121 мин.",)
    assert traffic.state["traffic"]["data_lag"] == 7260


def test_the_model_is_kept_as_answered_and_a_change_of_it_is_said_until_all_is_read_again(
    metrica, tmp_path, clock
):
    state = state_of(pull_reports(metrica, tmp_path, clock))
    assert state["traffic"]["attribution"] == "CROSS_DEVICE_LAST_SIGNIFICANT"
    state["traffic"]["attributions"] = ["LastSign"]

    (second,) = pull_reports(metrica, tmp_path, clock, state=state)
    (third,) = pull_reports(metrica, tmp_path, clock, state=second.state)
    (full,) = pull_reports(metrica, tmp_path, clock, state=third.state, full=True)

    note = (
        "Метрика сменила модель атрибуции с LastSign на CROSS_DEVICE_LAST_SIGNIFICANT: старые дни "
        "посчитаны иначе, чем новые. Перечитайте всё: romi-sheets sync … --full."
    )
    assert (second.notes, third.notes, full.notes) == ((note,), (note,), ())


def test_a_series_that_crosses_june_2026_is_warned_of(metrica, tmp_path, clock):
    (traffic,) = pull_reports(
        metrica, tmp_path, clock, metrica_source(**{"from": date(2026, 6, 1)})
    )

    assert traffic.notes == (
        (
            "Ряд визитов пересекает июнь 2026 года, когда Метрика сменила модели атрибуции. "
            "Сейчас вместо «lastsign» она считает по CROSS_DEVICE_LAST_SIGNIFICANT. "
            "Сравнивайте источники до и после с осторожностью."
        ),
    )
