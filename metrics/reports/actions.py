"""What to do (Что сделать): up to three actions that the period's numbers call for, by effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import pandas as pd

from metrics.facts import Facts
from metrics.measures.bounds import SHARES
from metrics.measures.verdict import CONVERSIONS, SOUND, weakest
from metrics.settings import NO_CHANNEL, TOTAL, Settings
from metrics.sums import TOLERANCE
from metrics.wording import counted, number, percent, roubles

COLUMNS = ("action", "why", "effect", "where", "tab")
MOST = 3
#: The horizon of an effect, in days.
HORIZON = 90
#: From so many new patients on, what a channel's patients bring is its own affair.
ENOUGH = 10
#: A channel whose ROMI is surely so high can take more budget, by so much.
STRONG, MORE = 2.0, 0.2
#: More leads than this without a source are a reason to ask.
UNKNOWN = 0.1
#: Channels that nobody pays for.
FREE = frozenset(
    {
        "Прямые заходы", "Рекомендации", "Звонки без источника", NO_CHANNEL, "Сайт",
        "Ссылки с сайтов",
    }
)  # fmt: skip
#: The first words of actions in the order of the table that says when each is called for.
ORDER = (
    "Сократить", "Усилить", "Поднять", "Перезвонить", "Позвать", "Записать", "Спросить",
)  # fmt: skip
Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Action:
    """One thing to do; `effect` in kopecks over HORIZON, NaN where there is none to name."""

    action: str
    why: str
    effect: float
    where: str
    tab: str
    channel: str = ""


def actions(
    facts: Facts,
    channel_report: pd.DataFrame,
    recall: pd.DataFrame | None = None,
    missed_contacts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Definitions §24: COLUMNS, the greatest effect first, at most MOST rows; effect in kopecks.

    In: Facts; `channel_report`; of «Возврат» the columns direction, due, overdue, expected_margin;
    of the period's contacts that the CRM has not: contacts, lost_margin, one row. Where there is
    nothing to do, one row says so, and what is nearest to its bound.
    """
    settings = facts.settings
    rows = channel_report.to_dict("records")
    total = next(row for row in rows if row["channel"] == TOTAL)
    channels = [row for row in rows if row["channel"] != TOTAL]
    every = [
        *(each for row in channels for each in _of_channel(row, total, settings)),
        *_of_people(recall, missed_contacts, settings),
        *(each for row in channels for each in _of_records(row, total, settings)),
    ]
    chosen = _chosen(every, settings) or [_nothing(channels)]
    frame = pd.DataFrame([vars(each) for each in chosen], columns=list(COLUMNS))
    return frame.astype({"effect": "float64"})


def _chosen(every: list[Action], settings: Settings) -> list[Action]:
    """At most one a channel, the greatest effects first; what has none stands last. Of equal ones
    the order of the table decides, then the channel's name."""
    least = settings.action_min_effect * 100
    worth = [each for each in every if isnan(each.effect) or each.effect >= least]
    chosen: list[Action] = []
    for each in sorted(worth, key=_rank):
        if not each.channel or each.channel not in {other.channel for other in chosen}:
            chosen.append(each)
    return chosen[:MOST]


def _rank(each: Action) -> tuple[bool, float, int, str]:
    has_none = isnan(each.effect)
    place = ORDER.index(each.action.partition(" ")[0])
    return has_none, 0.0 if has_none else -each.effect, place, each.channel


def _of_channel(row: Row, total: Row, settings: Settings) -> Iterator[Action]:
    """Cut, add to, or mend the weakest step of a channel."""
    name, place = row["channel"], ("Отчёт по каналам", "channel_report")
    gain = row["margin_new"] - row["cost"]
    if why := _reason_to_cut(row, total):
        yield Action(f"Сократить «{name}»", why, _effect(-gain, settings), *place, name)
    if row["romi_new_low"] >= STRONG:
        why = f"ROMI новых {percent(row['romi_new'])}, не меньше {percent(row['romi_new_low'])}"
        yield Action(f"Усилить «{name}»", why, _effect(MORE * gain, settings), *place, name)
    means = pd.Series({c.column: total[c.column] for c in CONVERSIONS})
    weak = weakest(row, means)
    if weak and row["new_patients"] >= settings.verdict_min_patients - TOLERANCE:
        own, usual = row[weak.column], total[weak.column]
        why = f"{percent(own)} при {percent(usual)} в среднем по клинике, {weak.advice}"
        effect = _effect(_raised(row, total, weak.column), settings)
        yield Action(f"Поднять «{weak.name}» в «{name}»", why, effect, *place, name)


def _reason_to_cut(row: Row, total: Row) -> str:
    cost, patients = row["cost"], row["new_patients"]
    loses = row["romi_new_high"] < 0 and not row["ltv_cac_high"] >= SOUND
    if cost > 0 and patients >= ENOUGH - TOLERANCE and loses:
        people = counted(patients, "новый пациент", "новых пациента", "новых пациентов")
        return f"{people}, ROMI новых не больше {percent(row['romi_new_high'])}"
    if patients < TOLERANCE and cost >= SOUND * total["cac"]:
        return (
            f"потрачено {roubles(cost)}, новых пациентов нет; CAC клиники {roubles(total['cac'])}"
        )
    return ""


def _raised(row: Row, total: Row, key: str) -> float:
    """What the conversion at the clinic's mean would bring, the later steps being the clinic's."""
    steps = [name for name, _, _ in SHARES]
    base = next(whole for name, _, whole in SHARES if name == key)
    more = (total[key] - row[key]) * row[base]
    for later in steps[steps.index(key) + 1 :]:
        more *= total[later]
    payer = row if row["new_patients"] >= ENOUGH - TOLERANCE else total
    people = payer["new_patients"]
    return float(more * payer["margin_new"] / people) if people > 0 else nan


def _of_people(
    recall: pd.DataFrame | None, missed: pd.DataFrame | None, settings: Settings
) -> Iterator[Action]:
    """Call back those that the CRM has not; invite those whose check-up is due."""
    if missed is not None and len(missed) and missed["contacts"].iloc[0] > 0:
        contacts, lost = missed[["contacts", "lost_margin"]].iloc[0]
        people = counted(contacts, "обращения", "обращений", "обращений")
        why = f"{people} из коллтрекинга нет в CRM"
        effect = _effect(lost, settings)
        yield Action("Перезвонить тем, кого нет в CRM", why, effect, "Сверка", "reconciliation")
    if recall is not None and (recall["direction"] == TOTAL).any():
        whole = recall[recall["direction"] == TOTAL].iloc[0]
        if whole["due"] + whole["overdue"] > 0:
            why = f"пора {number(whole['due'])}, просрочено {number(whole['overdue'])}"
            effect = _rounded(whole["expected_margin"])
            yield Action("Позвать на осмотр", why, effect, "Возврат", "recall")


def _of_records(row: Row, total: Row, settings: Settings) -> Iterator[Action]:
    """What nobody wrote down: a channel's costs, the leads' source."""
    name = row["channel"]
    if row["new_patients"] >= ENOUGH - TOLERANCE and row["cost"] == 0 and name not in FREE:
        people = counted(row["new_patients"], "новый пациент", "новых пациента", "новых пациентов")
        why = f"{people}, а расходов за период нет"
        yield Action(f"Записать расходы «{name}»", why, nan, "Расходы", "costs", name)
    if name == NO_CHANNEL and row["leads"] > UNKNOWN * total["leads"]:
        why = f"{percent(row['leads'] / total['leads'])} лидов без источника; эффект — маржа без источника"
        effect = _effect(row["margin"], settings)
        yield Action("Спросить источник", why, effect, "Качество данных", "quality")


def _nothing(channels: Sequence[Row]) -> Action:
    """No action, and the channel whose bound is nearest to calling for one."""
    near: list[tuple[float, str]] = []
    for row in channels:
        low, high = row["romi_new_low"], row["romi_new_high"]
        if low < STRONG:
            seen = f"ROMI новых не меньше {percent(low)}, усиливать можно от {percent(STRONG)}"
            near.append((STRONG - low, f"«{row['channel']}»: {seen}"))
        if high >= 0 and row["new_patients"] >= ENOUGH:
            seen = f"ROMI новых может быть {percent(high)}, сокращают, если и он ниже нуля"
            near.append((high, f"«{row['channel']}»: {seen}"))
    why = f"Ближе всего {min(near)[1]}" if near else "Пока мало новых пациентов, чтобы советовать"
    return Action("Явных действий нет", why, nan, "Отчёт по каналам", "channel_report")


def _effect(kopecks: float, settings: Settings) -> float:
    """A sum over the report's period over HORIZON days, in whole roubles."""
    days = (settings.last - settings.first).days + 1
    return _rounded(kopecks * HORIZON / days)


def _rounded(kopecks: float) -> float:
    """Whole roubles, half to even, as kopecks."""
    return nan if isnan(kopecks) else float(round(kopecks / 100) * 100)
