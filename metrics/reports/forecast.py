"""Forecast (Прогноз): visits and margin of the next year by channel, behind its own back-test."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from metrics.coded import Floats, Ints
from metrics.cores import both
from metrics.facts import Facts, day_number
from metrics.measures.paid_weeks import PaidWeeks, week_number
from metrics.measures.repeat_buying import Spending, Visiting, fit_spending, fit_visiting
from metrics.settings import OTHER, TOTAL
from metrics.sums import codes, group_sum, known_sum, ratio
from metrics.wording import counted, percent

NAME = "forecast"
#: Weeks of the forecast and of the fact beside it; weeks that the back-test holds back.
YEAR, HELD = 52, 26
COLUMNS = (
    "channel", "patients",
    "visits_fact", "visits_forecast", "margin_fact", "margin_forecast",
    "visit_margin_fact", "visit_margin_forecast", "retention_fact", "retention_forecast",
    "patient_margin_forecast", "check_forecast", "check_fact", "check_error", "verdict",
)  # fmt: skip


def forecast(facts: Facts, memory: MutableMapping[str, Any] | None = None) -> pd.DataFrame:
    """Definitions §13: a row per channel, most patients first, then «Итого».

    In: Facts; `memory` holds the last run's fits by their patients, and gets this run's in their
    place: nothing is fitted again until a patient's weeks or margin change. Out: COLUMNS. People and weeks as floats, money in kopecks, shares; NaN where empty. Every
    `*_forecast` is NaN unless the back-test holds, and `verdict` says why.
    """
    now, then = _ends(facts)
    if not now.payers.size:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = _ForecastRows.of(now)
    memory = {} if memory is None else memory
    tested, fit, reason = _tested(now, then, rows, memory)
    table = _seen(now, rows) | tested
    if fit and not reason:
        table |= _ahead(now, fit, rows)
    half = table.pop("half", np.full(rows.size, np.nan))
    verdict = [_verdict(reason, table, half, row) for row in range(rows.size)]
    frame = pd.DataFrame({"channel": rows.names, **table, "verdict": verdict})
    return _ordered(frame.reindex(columns=list(COLUMNS)))


def margin_ahead(facts: Facts) -> Floats | None:
    """By patient number, the margin forecast for the next year, kopecks; NaN for those without a
    paid week. None where «Прогноз» shows none."""
    now, then = _ends(facts)
    if not now.payers.size:
        return None
    _, fit, reason = _tested(now, then, _ForecastRows.of(now), {})
    if fit is None or reason:
        return None
    buyers = now.buyers
    margin = np.full(len(now.first), np.nan)
    margin[now.payers] = np.round(fit.visiting.weeks(buyers, YEAR) * fit.spending.margin(buyers))
    return margin


def _ends(facts: Facts) -> tuple[PaidWeeks, PaidWeeks]:
    """The paid weeks up to the last whole week, and up to the one before the back-test."""
    end = int(week_number(day_number(facts.settings.as_of))) - 1
    return PaidWeeks.of(facts, end), PaidWeeks.of(facts, end - HELD)


def _tested(
    now: PaidWeeks, then: PaidWeeks, rows: _ForecastRows, memory: MutableMapping[str, Any]
) -> tuple[dict[str, Floats], _Fit | None, str]:
    """The back-test's columns, the fit of today, and why there is no forecast, or ""."""
    if reason := _too_little(now, then):
        return {}, None, reason
    earlier = memory.get(NAME, {})
    fits = both(lambda: _Fit.of(then, earlier), lambda: _Fit.of(now, earlier))
    memory[NAME] = {fit.patients: fit.plain() for fit in fits if fit.is_finite}
    table = _check(then, fits[0], rows)
    most = float(now.facts.settings.forecast_max_error)
    return table, fits[1], _unproved(fits, table, most)


@dataclass(frozen=True)
class _Fit:
    """Both models over the paid weeks up to one end; of which `patients`, as a digest."""

    visiting: Visiting
    spending: Spending
    patients: str

    @classmethod
    def of(cls, weeks: PaidWeeks, earlier: Mapping[str, Any]) -> _Fit:
        """Fitted anew unless its patients are among the earlier fits."""
        buyers = weeks.buyers
        digest = buyers.digest
        if digest in earlier:
            visiting, spending = earlier[digest]
            return cls(Visiting(**visiting), Spending(**spending), digest)
        return cls(fit_visiting(buyers), fit_spending(buyers), digest)

    def plain(self) -> list[dict[str, float]]:
        """As JSON values."""
        return [asdict(self.visiting), asdict(self.spending)]

    @property
    def is_found(self) -> bool:
        return self.visiting.is_found and self.spending.is_found

    @property
    def is_finite(self) -> bool:
        """Whether it can be kept: one that ran to a bound can, and would be no better next time."""
        return isfinite(self.visiting.log_likelihood + self.spending.log_likelihood)


@dataclass(frozen=True)
class _ForecastRows:
    """The rows of the table: channels that have patients, small ones together, «Итого» last.

    row     by group, the row of its channel
    share   patient number, row and weight of each share of a patient with a paid week
    """

    names: list[str]
    row: Ints
    patient: Ints
    of_share: Ints
    weight: Floats

    @classmethod
    def of(cls, weeks: PaidWeeks) -> _ForecastRows:
        facts = weeks.facts
        channels = codes(facts.groups, ["channel"])
        shares = facts.patients
        patient = shares["patient"].to_numpy()
        rows = weeks.first[patient] <= weeks.end
        channel = channels.code[shares["group"].to_numpy()]
        weight = shares["weight"].to_numpy()
        people = group_sum(channel[rows], weight[rows], len(channels))
        labels = channels.labels["channel"].to_numpy(dtype=object)
        small = (people > 0) & (people < facts.settings.min_patients)
        names = np.where(small, OTHER, labels)
        present = sorted(set(names[people > 0]))
        place = {name: at for at, name in enumerate(present)}
        # Money of a channel without patients of its own counts in «Итого» alone.
        row = np.array([place.get(name, len(present)) for name in names], dtype=np.int64)
        return cls([*present, TOTAL], row[channels.code], patient[rows], row[channel[rows]],
                   weight[rows])  # fmt: skip

    @property
    def size(self) -> int:
        return len(self.names)

    def people(self, by_patient: Floats) -> Floats:
        """Sums of a value of each patient by row, by the patients' shares; «Итого» is the whole."""
        sums = group_sum(self.of_share, self.weight * by_patient[self.patient], self.size)
        sums[-1] = sums.sum()
        return sums

    def money(self, weeks: PaidWeeks, begin: int, end: int) -> Floats:
        """Margin by row of the weeks `begin` … `end`; NaN where one is unknown."""
        pay, rows = weeks.facts.payments, weeks.money(begin, end)
        row = self.row[pay["group"].to_numpy()[rows]]
        margin, certain = pay["margin"].to_numpy()[rows], pay["known"].to_numpy()[rows]
        sums = known_sum(row, margin, certain, self.size)
        sums[-1] = sums.sum()
        return sums


def _laid(weeks: PaidWeeks, values: Floats) -> Floats:
    """Values of the payers by patient number, 0 for the others."""
    laid = np.zeros(len(weeks.first))
    laid[weeks.payers] = values
    return laid


def _seen(now: PaidWeeks, rows: _ForecastRows) -> dict[str, Floats]:
    """The last year as it was: paid weeks after the first, their margin, who came."""
    begin = now.end - YEAR + 1
    count = now.count(begin, now.end)
    patients = rows.people((now.first <= now.end).astype(np.float64))
    visits, margin = rows.people(count), rows.money(now, begin, now.end)
    return {
        "patients": patients,
        "visits_fact": visits,
        "margin_fact": margin,
        "visit_margin_fact": ratio(margin, visits),
        "retention_fact": ratio(rows.people((count > 0).astype(np.float64)), patients),
    }


def _ahead(now: PaidWeeks, fit: _Fit, rows: _ForecastRows) -> dict[str, Floats]:
    """The next year: ΣN, ΣNG, ΣNG/ΣN, ΣS/patients, ΣNG/patients."""
    buyers = now.buyers
    weeks = fit.visiting.weeks(buyers, YEAR)
    patients = rows.people((now.first <= now.end).astype(np.float64))
    visits = rows.people(_laid(now, weeks))
    margin = np.round(rows.people(_laid(now, weeks * fit.spending.margin(buyers))))
    back = rows.people(_laid(now, fit.visiting.returns(buyers, YEAR)))
    return {
        "visits_forecast": visits,
        "margin_forecast": margin,
        "visit_margin_forecast": ratio(margin, visits),
        "retention_forecast": ratio(back, patients),
        "patient_margin_forecast": ratio(margin, patients),
    }


def _check(then: PaidWeeks, fit: _Fit, rows: _ForecastRows) -> dict[str, Floats]:
    """The half-year held back, forecast from before it, against what came; and the one before."""
    buyers = then.buyers
    margin = fit.visiting.weeks(buyers, HELD) * fit.spending.margin(buyers)
    ahead = np.round(rows.people(_laid(then, margin)))
    # Patients who began later are no shares of `then`: their numbers hold no value there.
    fact = rows.money(then, then.end + 1, then.end + HELD)
    return {
        "check_forecast": ahead,
        "check_fact": fact,
        "check_error": ratio(ahead, fact) - 1,
        "half": rows.money(then, then.end - HELD + 1, then.end),
    }


def _too_little(now: PaidWeeks, then: PaidWeeks) -> str:
    """Why nothing is fitted at all, or ""."""
    least = now.facts.settings.forecast_min_repeaters
    again = int((then.count(0, then.end) > 0).sum())
    if again < least:
        people = counted(again, "пациент", "пациента", "пациентов")
        return f"мало повторных: полгода назад было {people} с новым визитом, нужно {least}"
    unknown = now.money(0, now.end) & ~now.facts.payments["known"].to_numpy()
    if unknown.any():
        rows = counted(int(unknown.sum()), "оплаты", "оплат", "оплат")
        return f"маржа неизвестна у {rows}"
    return ""


def _unproved(fits: tuple[_Fit, _Fit], table: dict[str, Floats], most: float) -> str:
    """Why a forecast that was made is not shown, or ""."""
    error = float(table["check_error"][-1])
    if not all(fit.is_found for fit in fits):
        tested = "" if np.isnan(error) else f", на проверке ошибка {percent(error)}"
        return f"модель не подошла к визитам и чекам клиники{tested}"
    if table["check_fact"][-1] <= 0:
        return "проверить не на чем: маржа последнего полугодия не больше нуля"
    if abs(error) > most:
        return f"проверка ошиблась на {percent(error)}, допустимо {percent(most)}"
    return ""


def _verdict(reason: str, table: dict[str, Floats], half: Floats, row: int) -> str:
    if reason:
        return f"Прогноза нет: {reason}."
    ahead, fact, error = (table[f"check_{n}"][row] for n in ("forecast", "fact", "error"))
    tested = "" if np.isnan(error) else f": на прошлом полугодии ошибка {percent(error)}"
    worse = abs(half[row] - fact) < abs(ahead - fact)
    return f"Прогноз проверен{tested}" + (", не точнее прошлого полугодия." if worse else ".")


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Most patients first, then by name; «Прочее» before «Итого», which is last."""
    last = frame["channel"].map({OTHER: 1, TOTAL: 2}).fillna(0)
    return (
        frame.assign(last=last)
        .sort_values(["last", "patients", "channel"], ascending=[True, False, True])
        .drop(columns="last")
        .reset_index(drop=True)
    )
