"""Verdict (Вывод): the sentence under a row's numbers, and the bands that colour ROMI."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import inf, isnan

import numpy as np
import pandas as pd

from metrics.coded import Floats
from metrics.settings import Bands, Settings
from metrics.sums import TOLERANCE
from metrics.wording import NBSP, counted, number, percent

#: Below so many new patients a row says nothing (definitions §5).
FEW_PATIENTS = 10
#: A sound patient brings at least so many times what it cost to find him (S0).
SOUND = 3
#: A conversion below this share of the clinic's mean is named.
WEAK = 0.8


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
class Conversion:
    """A conversion of the row: its column, its name, and where to look when it is weak."""

    column: str
    name: str
    advice: str


CONVERSIONS = (
    Conversion("cr_lead_booking", "лид→запись", "проверьте скорость ответа и скрипты"),
    Conversion("cr_booking_visit", "доходимость", "проверьте напоминания о визите"),
    Conversion("cr_visit_contract", "визит→договор", "проверьте консультацию и план лечения"),
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
    conversions: Sequence[Conversion] = CONVERSIONS,
) -> pd.Series:
    """What to think of each row, in Russian (definitions §5).

    In: `rows` with new_patients, cost, cac, ltv, ltv_now, ltv_days, the column of `romi` and those
    of `conversions`; `mean`: the conversions of the whole clinic; `romi`: column and its name.
    Out: text on the index of `rows`.
    """
    column, name = romi
    words = band(rows[column].to_numpy(dtype=np.float64), settings.bands)
    columns = ["new_patients", "cost", "cac", "ltv", "ltv_now", "ltv_days", column]
    columns += [c.column for c in conversions]
    records = rows[columns].to_dict("records")
    return pd.Series(
        [
            _sentence(row, row[column], name, word, mean, conversions)
            for row, word in zip(records, words, strict=True)
        ],
        index=rows.index,
        dtype="str",
    )


def _sentence(
    row: dict[Hashable, float],
    romi: float,
    name: str,
    word: str,
    mean: pd.Series,
    conversions: Sequence[Conversion],
) -> str:
    patients = row["new_patients"]
    if patients < FEW_PATIENTS - TOLERANCE:
        people = counted(patients, "новый пациент", "новых пациента", "новых пациентов")
        return f"{people} — мало данных."
    parts = [
        _profit(row["cost"], romi, name, word),
        _soundness(row),
        _weakness(row, mean, conversions),
    ]
    return "; ".join(p for p in parts if p) + "."


def _profit(cost: float, romi: float, name: str, word: str) -> str:
    if cost == 0:
        return "Расходов нет, ROMI не считается"
    if isnan(romi):
        return f"Маржа известна не по всем оплатам, {name} не посчитан"
    digits = 1 if abs(romi) < 0.1 else 0
    return f"{name} {percent(romi, digits)} — {word}"


def _soundness(row: dict[Hashable, float]) -> str:
    cac, rule = row["cac"], f"LTV ≥ {SOUND}{NBSP}×{NBSP}CAC"
    if isnan(cac):
        return ""
    if not isnan(row["ltv"]):
        verb = "выполнено" if _is_sound(row["ltv"], cac) else "не выполнено"
        return f"правило {rule} {verb} (LTV / CAC = {number(row['ltv'] / cac, 2)})"
    if _is_sound(row["ltv_now"], cac):
        return f"правило {rule} уже выполнено за {counted(row['ltv_days'], 'день', 'дня', 'дней')}"
    return f"правило {rule}: рано судить"


def _is_sound(worth: float, cac: float) -> bool:
    """worth ≥ 3 × CAC; both are quotients, and their last bits must not break an exact tie."""
    return worth >= SOUND * cac * (1 - TOLERANCE**2)


def _weakness(
    row: dict[Hashable, float], mean: pd.Series, conversions: Sequence[Conversion]
) -> str:
    shares = [
        (row[c.column] / mean[c.column], c)
        for c in conversions
        if mean[c.column] > 0 and not isnan(row[c.column])
    ]
    if not shares:
        return ""
    share, weak = min(shares, key=lambda pair: pair[0])
    if share >= WEAK - TOLERANCE:
        return ""
    own, usual = percent(row[weak.column]), percent(mean[weak.column])
    return f"слабое место — {weak.name}: {own} при {usual} в среднем по клинике, {weak.advice}"
