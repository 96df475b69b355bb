"""Verdicts: what a Russian marketer reads under a row."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from metrics.measures.verdict import BANDS, StepConversion, band, verdicts
from metrics.settings import Settings

SETTINGS = Settings(date(2026, 7, 1), date(2026, 6, 1), date(2026, 6, 30))
MEAN = pd.Series({"cr_lead_booking": 0.6, "cr_booking_visit": 0.7, "cr_visit_contract": 0.5})
#: The month of Директ in S0: 200 000 ₽, 63 patients, CAC 3 174.60 ₽.
DIRECT = {
    "new_patients": 63.0,
    "cost": 20_000_000.0,
    "romi_new": 2.78,
    "cac": 20_000_000 / 63,
    "ltv": 1_512_000.0,
    "ltv_12m": 1_512_000.0,
    "ltv_days": 365.0,
    "ltv_now_cac_low": np.nan,
    "cr_lead_booking": 0.5625,
    "cr_booking_visit": 0.7,
    "cr_visit_contract": 1.0,
}


SIDED = ("romi_new", "romi_leads", "ltv_cac", "cr", *MEAN.index)


def row(**changes: float) -> pd.DataFrame:
    """Директ with changes; bounds that are not given are the number itself."""
    numbers = DIRECT | changes
    numbers.setdefault("ltv_cac", numbers["ltv"] / numbers["cac"])
    sides = {f"{k}_{end}": numbers[k] for k in SIDED if k in numbers for end in ("low", "high")}
    return pd.DataFrame([sides | numbers])


def said(settings: Settings = SETTINGS, **changes: float) -> str:
    text = verdicts(row(**changes), MEAN, settings).iloc[0]
    return str(text).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("romi", "margin", "s1"),
    [
        (-0.01, "убыточен", "убыточна"),
        (0.0, "окупается", "убыточна"),
        (0.99, "окупается", "убыточна"),
        (1.0, "норма", "внимание"),
        (2.0, "рост", "стабильный рост"),
        (2.5, "рост", "стабильный рост"),
        (3.0, "рост", "рост"),
        (4.0, "масштабировать", "масштабировать"),
        (np.nan, "", ""),
    ],
)
def test_a_band_begins_at_its_lower_edge(romi: float, margin: str, s1: str) -> None:
    assert band(np.array([romi]), "margin") == [margin]
    assert band(np.array([romi]), "s1") == [s1]


def test_both_presets_have_five_bands_for_five_colours() -> None:
    assert {len(scale) for scale in BANDS.values()} == {5}


def test_the_month_of_s0_grows_and_its_rule_holds() -> None:
    assert said() == "ROMI новых 278 % — рост; правило LTV ≥ 3 × CAC выполнено (LTV / CAC = 4,76)."


def test_a_weak_conversion_is_named_with_the_clinics_mean_and_what_to_check() -> None:
    assert said(cr_booking_visit=0.4) == (
        "ROMI новых 278 % — рост; правило LTV ≥ 3 × CAC выполнено (LTV / CAC = 4,76); слабое место "
        "— доходимость: 40 % при 70 % в среднем по клинике, проверьте напоминания о визите."
    )


def test_of_two_weak_conversions_the_weaker_against_the_mean_is_named() -> None:
    text = said(cr_booking_visit=0.5, cr_lead_booking=0.3)
    assert "слабое место — лид→запись: 30 % при 60 % в среднем по клинике" in text


def test_a_conversion_at_four_fifths_of_the_mean_is_not_weak() -> None:
    assert "слабое" not in said(cr_booking_visit=0.7 * 0.8)
    assert "слабое" in said(cr_booking_visit=0.7 * 0.79)


def test_a_loss_and_a_broken_rule_are_said_plainly() -> None:
    assert said(romi_new=-0.35, ltv=500_000.0) == (
        "ROMI новых −35 % — убыточен; правило LTV ≥ 3 × CAC не выполнено (LTV / CAC = 1,57)."
    )


def test_the_band_is_that_of_the_worse_bound() -> None:
    """The golden month: 190.47–383.63 %."""
    assert said(romi_new_low=1.9047, romi_new_high=3.8363).startswith(
        "ROMI новых 278 % — не ниже: норма; "
    )
    assert said(romi_new_low=2.1, romi_new_high=3.9).startswith("ROMI новых 278 % — рост; ")
    assert said(romi_new=-0.5, romi_new_low=-0.8, romi_new_high=-0.01).startswith(
        "ROMI новых −50 % — убыточен; "
    )


def test_bounds_on_both_sides_of_the_first_edge_say_nothing() -> None:
    assert said(romi_new_low=-0.05, romi_new_high=5.0).startswith(
        "ROMI новых 278 % — мало данных: от −5,0 % до 500 %; "
    )
    s1 = replace(SETTINGS, bands="s1")
    assert "мало данных" in said(s1, romi_new_low=0.5, romi_new_high=3.0)
    assert "— убыточна;" in said(s1, romi_new=0.5, romi_new_low=0.1, romi_new_high=0.9)
    assert "не ниже: внимание" in said(s1, romi_new_low=1.0, romi_new_high=3.0)
    assert "— мало данных;" in said(romi_new=-2.0, romi_new_low=np.nan, romi_new_high=np.nan)


def test_the_rule_of_ltv_holds_or_not_only_beyond_doubt() -> None:
    assert "рано судить (LTV / CAC = 4,76)" in said(ltv_cac_low=2.9, ltv_cac_high=8.0)
    assert "CAC выполнено (LTV / CAC = 4,76)" in said(ltv_cac_low=3.0, ltv_cac_high=8.0)
    assert "не выполнено" in said(ltv=500_000.0, ltv_cac_low=0.9, ltv_cac_high=2.99)
    assert "рано судить" in said(ltv_cac_low=np.nan, ltv_cac_high=np.nan)


def test_another_formula_of_ltv_has_no_bounds_and_its_point_decides() -> None:
    """3 × 399.1 is more than 1 197.3 in the last bit of a float."""
    other = replace(SETTINGS, ltv="ltv_s1")
    nothing = {"ltv_cac_low": np.nan, "ltv_cac_high": np.nan, "cac": 3_991 / 10}
    assert "CAC выполнено (LTV / CAC = 3,00)" in said(other, ltv=3 * 3_991 / 10, **nothing)
    assert "не выполнено" in said(other, ltv=3 * 3_991 / 10 - 0.01, **nothing)


def test_a_year_not_yet_watched_may_have_paid_already() -> None:
    young = {"ltv": np.nan, "ltv_12m": np.nan, "ltv_days": 90.0}
    assert said(ltv_now_cac_low=3.0, **young).endswith(
        "правило LTV ≥ 3 × CAC уже выполнено за 90 дней."
    )
    assert said(ltv_now_cac_low=2.99, **young).endswith("правило LTV ≥ 3 × CAC: рано судить.")
    nothing = young | {"ltv_days": np.nan}
    assert said(**nothing).endswith("правило LTV ≥ 3 × CAC: рано судить.")


def test_a_conversion_is_weak_only_if_even_its_better_bound_is_below_the_mean() -> None:
    assert "слабое" in said(cr_booking_visit=0.4, cr_booking_visit_high=0.69)
    assert "слабое" not in said(cr_booking_visit=0.4, cr_booking_visit_high=0.7)
    text = said(cr_booking_visit=0.5, cr_lead_booking=0.3, cr_lead_booking_high=0.65)
    assert "слабое место — доходимость" in text


def test_under_three_new_patients_there_is_nothing_else_to_say() -> None:
    assert said(new_patients=2.0) == "2 новых пациента — мало данных."
    assert said(new_patients=0.0, cac=np.nan) == "0 новых пациентов — мало данных."
    assert said(new_patients=3.0).startswith("ROMI")
    five = replace(SETTINGS, verdict_min_patients=5)
    assert said(five, new_patients=4.0) == "4 новых пациента — мало данных."


def test_a_channel_that_costs_nothing_has_no_romi_and_no_rule() -> None:
    free = {"cost": 0.0, "romi_new": np.nan, "cac": np.nan, "cr_visit_contract": 0.1}
    assert said(**free) == (
        "Расходов нет, ROMI не считается; слабое место — визит→договор: 10 % при 50 % в среднем по "
        "клинике, проверьте консультацию и план лечения."
    )


def test_an_unknown_margin_is_said_and_not_guessed() -> None:
    text = said(romi_new=np.nan, ltv=np.nan, ltv_12m=np.nan)
    assert text.startswith("Маржа известна не по всем оплатам, ROMI новых не посчитан; ")


def test_the_articles_own_line_is_kept_as_a_preset() -> None:
    assert "стабильный рост" in said(replace(SETTINGS, bands="s1"))


def test_another_table_may_bring_its_own_romi_and_conversion() -> None:
    text = verdicts(
        row(cr=0.05, romi_leads=0.021),
        pd.Series({"cr": 0.1}),
        SETTINGS,
        romi=("romi_leads", "ROMI лидов"),
        conversions=(StepConversion("cr", "CR", "проверьте скрипты"),),
    ).iloc[0]
    assert text.replace("\u00a0", " ") == (
        "ROMI лидов 2,1 % — окупается; правило LTV ≥ 3 × CAC выполнено (LTV / CAC = 4,76); слабое "
        "место — CR: 5 % при 10 % в среднем по клинике, проверьте скрипты."
    )


def test_no_rows_give_no_verdicts() -> None:
    assert verdicts(row().iloc[:0], MEAN, SETTINGS).empty
