"""Rollout plan (Внедрение): the seven days of the article (S1), ticked from what the data show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.facts import Facts
from metrics.settings import NO_CHANNEL, NO_DIRECTION
from metrics.wording import counted, percent

#: A day is done where at least so much of the leads shows it.
_MOST = 0.7
#: At most so much of the rows may be refused before data count as tested.
_FEW_REFUSED = 0.02


@dataclass(frozen=True)
class Signs:
    """What the data and the clinic's file show beside the joined facts.

    calls, touches, costs, payments   rows of those entities in the store
    metrica    a Metrica source is configured and was read
    goals      goals of Metrica that are counted
    read, refused   rows of the last reading of every source
    stale      sources standing on old rows
    comments   filled cells of «Комментарий»
    """

    calls: int = 0
    touches: int = 0
    costs: int = 0
    payments: int = 0
    metrica: bool = False
    goals: int = 0
    read: int = 0
    refused: int = 0
    stale: int = 0
    comments: int = 0


#: Each day's task, and what to do next while it is not done.
_PLAN = (
    (
        "Подключить коллтрекинг",
        "Выгрузите звонки из Calltouch, CoMagic, Callibri и добавьте источник calls.",
    ),
    (
        "Прописать UTM-метки и источники",
        "Пометьте все ссылки utm_source и utm_campaign, а поле «Источник» сделайте обязательным.",
    ),
    (
        "Связать CRM и Метрику",
        "Передавайте ClientID Метрики в CRM с каждой заявкой и подключите источник metrica.",
    ),
    (
        "Собрать отчёт ROMI",
        "Добавьте выгрузку оплат и расходы: источник costs или вкладка «Расходы».",
    ),
    (
        "Разложить цели и расходы по направлениям",
        "Заполните «Направления»: шаблон по названию кампании, услуге или странице.",
    ),
    (
        "Проверить данные",
        "Пройдите «Качество данных» сверху вниз и «Журнал»: что отказано и почему.",
    ),
    (
        "Провести первую встречу по цифрам",
        "Откройте «Неделю» с руководителем и запишите решения в «Комментарий».",
    ),
)


def rollout(facts: Facts, signs: Signs) -> pd.DataFrame:
    """The plan, a row per day: day, task, done, evidence, next_step ("" where done).

    In: Facts (all leads up to as_of are looked at) and the signs beside them.
    """
    days = zip(_PLAN, _seen(facts, signs), strict=True)
    rows = [
        (day, task, done, evidence, "" if done else next_step)
        for day, ((task, next_step), (done, evidence)) in enumerate(days, start=1)
    ]
    names = ["day", "task", "done", "evidence", "next_step"]
    return pd.DataFrame(rows, columns=names).astype(
        {"task": "str", "evidence": "str", "next_step": "str"}
    )


def _seen(facts: Facts, signs: Signs) -> list[tuple[bool, str]]:
    """Whether each day is done, and what shows it."""
    leads = facts.leads
    weight = leads["weight"].to_numpy()
    group = leads["group"].to_numpy()

    def part(mask: np.ndarray) -> float:
        total = weight.sum()
        return float(weight @ mask / total) if total else 0.0

    tagged = part((leads["has_utm"] | leads["has_yclid"] | leads["has_source"]).to_numpy())
    linked = part((leads["has_client_id"] | leads["has_yclid"]).to_numpy())
    aimed = part((facts.groups["direction"] != NO_DIRECTION).to_numpy()[group])
    placed = part((facts.groups["channel"] != NO_CHANNEL).to_numpy()[group])
    refused = signs.refused / signs.read if signs.read else 1.0
    metrica = "Метрика подключена" if signs.metrica else "Метрика не подключена"
    goals = counted(signs.goals, "цель", "цели", "целей")
    trouble = f"отказано строк: {signs.refused}; источников с ошибкой: {signs.stale}"
    return [
        (signs.calls > 0, f"Звонков в выгрузках: {signs.calls}"),
        (tagged >= _MOST, f"Лиды с меткой, yclid или источником: {percent(tagged)}"),
        (
            linked > 0 and (signs.metrica or signs.touches > 0),
            f"Лиды с ClientID или yclid: {percent(linked)}; {metrica}",
        ),
        (
            signs.costs > 0 and signs.payments > 0,
            f"Строк расходов: {signs.costs}, оплат: {signs.payments}",
        ),
        (
            aimed >= _MOST and (signs.goals > 0 or not signs.metrica),
            f"Лиды с направлением: {percent(aimed)}; {goals}",
        ),
        (
            placed >= _MOST and refused <= _FEW_REFUSED and signs.stale == 0,
            f"Лиды с каналом: {percent(placed)}; {trouble}",
        ),
        (signs.comments > 0, f"Комментариев в отчётах: {signs.comments}"),
    ]
