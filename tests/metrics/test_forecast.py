"""«Прогноз» against the published numbers of CDNOW, and every reason why it is empty."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.facts import Facts
from metrics.join.join import join
from metrics.measures.paid_weeks import week_number
from metrics.measures.repeat_buying import (
    Buyers,
    Spending,
    Visiting,
    fit_spending,
    fit_visiting,
)
from metrics.reports.forecast import COLUMNS, forecast, margin_ahead
from metrics.schema import ENTITIES, conform
from metrics.settings import Settings
from tests.metrics.cdnow import purchases

CUT = pd.Timestamp(1997, 9, 30)
FORECASTS = [name for name in COLUMNS if name.endswith("_forecast")]


@pytest.fixture(scope="module")
def published() -> Buyers:
    """CDNOW's calibration as the authors count it: days / 7, up to 30.09.1997."""
    rows = purchases().query("day <= @CUT")
    first = rows.groupby("customer")["day"].min()
    last = rows.groupby("customer")["day"].max()
    again = rows[rows["day"] > rows["customer"].map(first)]
    x = rows.groupby("customer").size() - 1
    m = again.groupby("customer")["dollars"].mean().reindex(x.index)
    weeks = [((day - first).dt.days / 7).to_numpy() for day in (last, pd.Series(CUT, first.index))]
    return Buyers(x.to_numpy(float), *weeks, m.to_numpy(float))


@pytest.fixture(scope="module")
def shop() -> Facts:
    """CDNOW as a clinic: dollars as roubles of margin, the last whole week ends on 29.03.1998."""
    rows = purchases()
    payments = pd.DataFrame(
        {
            "source": "file:cdnow",
            "payment_id": [f"P{n:05}" for n in range(len(rows))],
            "patient_key": rows["customer"],
            "paid_at": rows["day"].dt.tz_localize("Europe/Moscow").dt.tz_convert("UTC"),
            "amount": (rows["dollars"] * 100).round().astype("int64"),
            "cost": 0,
            "kind": "payment",
        }
    )
    frames = {name: conform(name, pd.DataFrame()) for name in ENTITIES}
    frames["payments"] = conform("payments", payments)
    settings = Settings(as_of=date(1998, 3, 30), first=date(1998, 1, 1), last=date(1998, 3, 29))
    return join(frames, settings)


def test_visiting_fits_the_published_parameters(published):
    found = fit_visiting(published)
    assert len(published.x) == 2357
    assert [found.r, found.alpha, found.a, found.b] == pytest.approx(
        [0.2426, 4.4136, 0.7929, 2.4259], rel=1e-3
    )
    assert found.log_likelihood == pytest.approx(-9582.429, abs=0.01)


def test_spending_fits_the_published_parameters(published):
    found = fit_spending(published)
    assert published.with_margin.sum() == 946
    assert [found.p, found.q, found.v] == pytest.approx([6.25, 3.74, 15.4], rel=5e-3)
    assert found.log_likelihood == pytest.approx(-4055.918, abs=0.01)


def test_a_customer_of_the_paper_is_expected_to_come_so_often():
    paper = Visiting(0.243, 4.414, 0.793, 2.426, 0.0)
    one = Buyers(*(np.array([v]) for v in (2.0, 30.43, 38.86, np.nan)))
    assert paper.weeks(one, 39)[0] == pytest.approx(1.2260, abs=5e-5)
    assert paper.returns(one, 39)[0] == pytest.approx(0.5546, abs=5e-5)


def test_the_whole_road_on_cdnow(shop):
    table = forecast(shop)
    assert table["channel"].tolist() == ["Не определён", "Итого"]
    total = table.iloc[-1]
    assert total["check_forecast"] / 100 == pytest.approx(45_893, rel=5e-3)
    assert total["check_fact"] / 100 == pytest.approx(53_001, abs=1)
    assert total["check_error"] == pytest.approx(-0.134, abs=2e-3)
    assert total[FORECASTS].notna().all()
    assert total["verdict"] == "Прогноз проверен: на прошлом полугодии ошибка −13\u00a0%."
    assert total["patients"] == 2349  # eight never paid anything
    assert total["visit_margin_forecast"] == pytest.approx(
        total["margin_forecast"] / total["visits_forecast"]
    )


def test_nothing_is_fitted_again_while_the_patients_are_the_same(shop, monkeypatch):
    memory: dict[str, object] = {}
    table = forecast(shop, memory)
    kept = json.loads(json.dumps(memory))
    pd.testing.assert_frame_equal(forecast(shop, kept), table)
    assert kept == memory
    for _, spending in kept["forecast"].values():
        spending["v"] *= 1.1
    assert forecast(shop, kept)["margin_forecast"].iloc[-1] > table["margin_forecast"].iloc[-1]
    later = shop.paid_visits.query("patient != 7").reset_index(drop=True)
    again = forecast(replace(shop, paid_visits=later), kept)
    assert again["margin_forecast"].iloc[-1] != table["margin_forecast"].iloc[-1]
    assert not set(kept["forecast"]) & set(memory["forecast"])


def test_what_does_not_suit_is_not_fitted_again_either(shop):
    alike = replace(shop, payments=shop.payments.assign(margin=10_000))
    memory: dict[str, object] = {}
    table = forecast(alike, memory)
    assert "модель не подошла" in table["verdict"].iloc[-1]
    kept = json.loads(json.dumps(memory, allow_nan=False))
    for visiting, _ in kept["forecast"].values():
        visiting["r"] *= 2
    assert len(kept["forecast"]) == 2
    again = forecast(alike, kept)
    assert again["check_forecast"].iloc[-1] > table["check_forecast"].iloc[-1]
    pd.testing.assert_frame_equal(forecast(alike, json.loads(json.dumps(memory))), table)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"forecast_min_repeaters": 924}, "мало повторных: полгода назад было 923"),
        ({"forecast_max_error": 0.13}, "проверка ошиблась на −13"),
    ],
)
def test_a_forecast_that_is_not_proved_is_not_shown(shop, change, words):
    table = forecast(replace(shop, settings=replace(shop.settings, **change)))
    total = table.iloc[-1]
    shown = [name for name in FORECASTS if name != "check_forecast"]
    assert total[shown].isna().all()
    assert words in total["verdict"]
    assert total["visits_fact"] > 0
    assert np.isnan(total["check_error"]) == ("forecast_min_repeaters" in change)


def test_an_unknown_margin_empties_it_and_is_counted(shop):
    payments = shop.payments.assign(known=np.arange(len(shop.payments)) != 6000)
    total = forecast(replace(shop, payments=payments)).iloc[-1]
    assert "маржа неизвестна у 1" in total["verdict"]
    assert total[[*FORECASTS, "check_fact"]].isna().all()


def test_a_week_begins_on_monday():
    monday = (date(2026, 11, 16) - date(1970, 1, 1)).days
    assert week_number(monday) == week_number(monday + 6) == week_number(monday - 1) + 1


@given(
    x=st.integers(0, 200),
    t=st.floats(0, 1),
    age=st.floats(1, 500),
    horizon=st.floats(1, 104),
)
def test_nobody_comes_a_negative_number_of_times_or_returns_for_more_than_certain(
    x, t, age, horizon
):
    fit = Visiting(0.243, 4.414, 0.793, 2.426, 0.0)
    buyer = Buyers(*(np.array([float(v)]) for v in (x, t * age if x else 0, age, 0)))
    assert fit.weeks(buyer, horizon)[0] >= -1e-9
    assert 0 <= fit.returns(buyer, horizon)[0] <= 1


def test_a_fit_that_ran_to_a_bound_is_none():
    assert not Visiting(1e-4, 1, 1, 1, 0).is_found
    assert Visiting(0.2, 4, 0.8, 2.4, 0).is_found
    assert not Spending(6.25, 0.99, 15.4, 1.0, 0).is_found
    assert not Spending(6.25, 3.7, 9.99e5, 100.0, 0).is_found


def test_what_each_patient_is_to_bring_adds_up_to_the_forecast(shop: Facts) -> None:
    ahead = margin_ahead(shop)
    total = forecast(shop)["margin_forecast"].iloc[-1]
    assert np.nansum(ahead) == pytest.approx(total, abs=len(ahead))
    assert (
        margin_ahead(replace(shop, settings=replace(shop.settings, forecast_max_error=0))) is None
    )
