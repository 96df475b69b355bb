"""Verdict (Вывод): the sentence under a row's numbers, and the bands that colour ROMI."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Any

import numpy as np
import pandas as pd

from metrics.coded import Floats
from metrics.settings import Bands, Settings
from metrics.sums import TOLERANCE
from metrics.wording import NBSP, counted, number, percent

#: A sound patient brings at least so many times what it cost to find him (S0).
SOUND = 3
#: A conversion below this share of the clinic's mean is named.
WEAK = 0.8


#: A row of a report.
Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Band:
    """ROMI from `low` (inclusive) up to the next band's."""

    low: float
    word: str


#: Presets of the setting `bands`, lowest first. `margin`: break-even is 0 %; `s1`: the line that
#: the article draws, with its gaps named.
BANDS: dict[Bands, tuple[Band, ...]] = {
    "margin": (
        Band(-inf, "убыточен"),
        Band(0.0, "окупается"),
        Band(1.0, "норма"),
        Band(2.0, "рост"),
        Band(4.0, "масштабировать"),
    ),
    "s1": (
        Band(-inf, "убыточна"),
        Band(1.0, "внимание"),
        Band(2.0, "стабильный рост"),
        Band(3.0, "рост"),
        Band(4.0, "масштабировать"),
    ),
}


@dataclass(frozen=True)
class StepConversion:
    """A conversion of the row: its column, its name, and where to look when it is weak."""

    column: str
    name: str
    advice: str


CONVERSIONS = (
    StepConversion("cr_lead_booking", "лид→запись", "проверьте скорость ответа и скрипты"),
    StepConversion("cr_booking_visit", "доходимость", "проверьте напоминания о визите"),
    StepConversion("cr_visit_contract", "визит→договор", "проверьте консультацию и план лечения"),
)


def band(romi: Floats, bands: Bands) -> list[str]:
    """The word of each ROMI's band; "" where it is NaN."""
    scale = BANDS[bands]
    place = np.searchsorted([b.low for b in scale], romi, side="right") - 1
    return ["" if isnan(r) else scale[p].word for r, p in zip(romi, place, strict=True)]


def verdicts(
    rows: pd.DataFrame,
    mean: pd.Series,
    settings: Settings,
    *,
    romi: tuple[str, str] = ("romi_new", "ROMI новых"),
    conversions: Sequence[StepConversion] = CONVERSIONS,
) -> pd.Series:
    """What can be said of each row for sure, in Russian (definitions §12).

    In: `rows` with new_patients, cost, cac, ltv, ltv_12m, ltv_days, ltv_now_cac_low; the column of
    `romi`, ltv_cac and those of `conversions` with their bounds (`<key>_low`, `<key>_high`);
    `mean`: the conversions of the whole clinic; `romi`: column and its name. Out: text on the
    index of `rows`.
    """
    sides = [f"{key}_{end}" for key in (romi[0], "ltv_cac") for end in ("low", "high")]
    sides += [f"{c.column}_high" for c in conversions]
    columns = ["new_patients", "cost", "cac", "ltv", "ltv_12m", "ltv_days", "ltv_now_cac_low"]
    columns += [romi[0], *(c.column for c in conversions), *sides]
    sentences = [
        _sentence(row, romi, mean, settings, conversions) for row in records(rows, columns)
    ]
    return pd.Series(sentences, index=rows.index, dtype="str")


def records(table: pd.DataFrame, columns: Sequence[str]) -> Iterator[Row]:
    """The rows as mappings; `to_dict` of many columns takes ten times as long."""
    for cells in zip(*(table[name].tolist() for name in columns), strict=True):
        yield dict(zip(columns, cells, strict=True))


def _sentence(
    row: Row,
    romi: tuple[str, str],
    mean: pd.Series,
    settings: Settings,
    conversions: Sequence[StepConversion],
) -> str:
    patients = row["new_patients"]
    if patients < settings.verdict_min_patients - TOLERANCE:
        people = counted(patients, "новый пациент", "новых пациента", "новых пациентов")
        return f"{people} — мало данных."
    parts = [
        _profit(row, *romi, settings.bands),
        _soundness(row, settings),
        _weakness(row, mean, conversions),
    ]
    return "; ".join(p for p in parts if p) + "."


def _profit(row: Row, column: str, name: str, preset: Bands) -> str:
    romi = row[column]
    if row["cost"] == 0:
        return "Расходов нет, ROMI не считается"
    if isnan(romi):
        return f"Маржа известна не по всем оплатам, {name} не посчитан"
    return f"{name} {_short(romi)} — {_clause(row[f'{column}_low'], row[f'{column}_high'], preset)}"


def _clause(low: float, high: float, preset: Bands) -> str:
    """The band that is sure: of the worse bound, or the lowest of all, or none."""
    edge = BANDS[preset][1].low
    sure, best = band(np.array([low, high]), preset)
    if low >= edge:
        return sure if sure == best else f"не ниже: {sure}"
    if high < edge:
        return best
    return "мало данных" if isnan(low) else f"мало данных: от {_short(low)} до {_short(high)}"


def _short(share: float) -> str:
    return percent(share, 1 if abs(share) < 0.1 else 0)


def _soundness(row: Row, settings: Settings) -> str:
    """Whether LTV ≥ 3 × CAC holds for sure; another formula of LTV has no bounds: its point decides."""
    cac, ltv, rule = row["cac"], row["ltv"], f"правило LTV ≥ {SOUND}{NBSP}×{NBSP}CAC"
    if isnan(cac):
        return ""
    if isnan(ltv):
        if row["ltv_now_cac_low"] >= SOUND:
            return f"{rule} уже выполнено за {counted(row['ltv_days'], 'день', 'дня', 'дней')}"
        return f"{rule}: рано судить"
    shown = f"(LTV / CAC = {number(ltv / cac, 2)})"
    low, high = row["ltv_cac_low"], row["ltv_cac_high"]
    if settings.ltv != "ltv_12m":
        low = high = ltv / cac * (1 + TOLERANCE**2)
    if low >= SOUND:
        return f"{rule} выполнено {shown}"
    return f"{rule} не выполнено {shown}" if high < SOUND else f"{rule}: рано судить {shown}"


def _weakness(row: Row, mean: pd.Series, conversions: Sequence[StepConversion]) -> str:
    weak = weakest(row, mean, conversions)
    if weak is None:
        return ""
    own, usual = percent(row[weak.column]), percent(mean[weak.column])
    return f"слабое место — {weak.name}: {own} при {usual} в среднем по клинике, {weak.advice}"


def weakest(
    row: Row, mean: pd.Series, conversions: Sequence[StepConversion] = CONVERSIONS
) -> StepConversion | None:
    """The conversion that is weakest against the clinic's mean, of those below 0.8 of it whose
    upper bound, too, is below it."""
    shares = [
        (row[c.column] / mean[c.column], place)
        for place, c in enumerate(conversions)
        if row[c.column] < (WEAK - TOLERANCE) * mean[c.column]
        and row[f"{c.column}_high"] < mean[c.column]
    ]
    return conversions[min(shares)[1]] if shares else None
