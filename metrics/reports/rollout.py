"""Rollout plan (Внедрение): the seven days of the article (S1), ticked from what the data show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from metrics.facts import Facts
from metrics.settings import NO_CHANNEL, NO_DIRECTION
from metrics.sources import ENTITY_NAMES, SourceFreshness
from metrics.wording import counted, percent

#: A day is done where at least so much of the leads shows it.
_MOST = 0.7
#: At most so much of the rows may be refused before data count as tested.
_FEW_REFUSED = 0.02


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


def rollout(
    facts: Facts,
    sources: Sequence[SourceFreshness],
    comments: Mapping[str, Mapping[tuple[str, ...], str]],
) -> pd.DataFrame:
    """The plan, a row per day: day, task, done, evidence, next_step ("" where done).

    In: Facts (all leads up to as_of are looked at), what became of each source, the comments that
    people wrote beside rows of any tab.
    """
    written = sum(len(of_tab) for of_tab in comments.values())
    days = zip(_PLAN, _seen(facts, sources, written), strict=True)
    rows = [
        (day, task, done, evidence, "" if done else next_step)
        for day, ((task, next_step), (done, evidence)) in enumerate(days, start=1)
    ]
    names = ["day", "task", "done", "evidence", "next_step"]
    return pd.DataFrame(rows, columns=names).astype(
        {"task": "str", "evidence": "str", "next_step": "str"}
    )


def _seen(
    facts: Facts, sources: Sequence[SourceFreshness], comments: int
) -> list[tuple[bool, str]]:
    """Whether each day is done, and what shows it."""
    rows = {name: sum(s.rows for s in sources if s.entity == name) for name in ENTITY_NAMES}
    counters = [s for s in sources if s.kind == "metrica"]
    connected = any(s.last_good for s in counters)
    aims = max((_goals(s) for s in counters), default=0)
    read, stale = sum(s.read for s in sources), sum(s.stale for s in sources)
    quarantine = sum(s.refused for s in sources)
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
    refused = quarantine / read if read else 1.0
    from_file = "визиты Метрики из файла" if rows["touches"] else "Метрика не подключена"
    metrica = "Метрика подключена" if connected else from_file
    goals = counted(aims, "цель", "цели", "целей") if connected else "цели без Метрики не видны"
    trouble = f"отказано строк: {quarantine}; источников с ошибкой: {stale}"
    return [
        (rows["calls"] > 0, f"Звонков в выгрузках: {rows['calls']}"),
        (tagged >= _MOST, f"Лиды с меткой, yclid или источником: {percent(tagged)}"),
        (
            linked > 0 and (connected or rows["touches"] > 0),
            f"Лиды с ClientID или yclid: {percent(linked)}; {metrica}",
        ),
        (
            rows["costs"] > 0 and rows["payments"] > 0,
            f"Строк расходов: {rows['costs']}, оплат: {rows['payments']}",
        ),
        (
            aimed >= _MOST and (aims > 0 or not connected),
            f"Лиды с направлением: {percent(aimed)}; {goals}",
        ),
        (
            placed >= _MOST and refused <= _FEW_REFUSED and stale == 0,
            f"Лиды с каналом: {percent(placed)}; {trouble}",
        ),
        (comments > 0, f"Комментариев в отчётах: {comments}"),
    ]


def _goals(source: SourceFreshness) -> int:
    """How many goals of Metrica are counted."""
    return len(source.state.get("traffic", {}).get("counter", {}).get("goals", ()))
