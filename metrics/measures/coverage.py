"""Attribution coverage: how surely leads, patients and margin of the period are placed."""

from __future__ import annotations

from math import isnan

import numpy as np

from metrics.coded import Floats, Ints
from metrics.facts import Facts
from metrics.join.histories import RUNGS
from metrics.measures.checks import Check, Period
from metrics.settings import NO_CHANNEL
from metrics.sums import by_patient, codes, group_sum, known_sum, pick, ratio
from metrics.wording import number, percent

#: How a lead's touches were found, in the marketer's words.
RUNG_NAMES = {
    "client_id": "по ClientID Метрики",
    "yclid": "по yclid",
    "call": "по звонку с подменного номера",
    "utm": "по меткам самого лида",
    "source": "по полю «Источник» в CRM",
    "none": "ничего не известно",
}
#: The place after RUNGS: patients that no lead acquired.
_NO_LEAD = len(RUNGS)
_MOST_UNKNOWN = 0.1


def coverage(facts: Facts, period: Period) -> list[Check]:
    """Touches per lead, then the share of leads, new patients and margin found on each rung."""
    leads = period.leads
    weight = leads["weight"].to_numpy()
    mean = ratio(weight @ leads["touches"].to_numpy(), weight.sum()).item()
    touches = Check(
        "touches_per_lead",
        "Касаний на лид",
        mean,
        "" if isnan(mean) else number(mean, 1),
        "2–5",
        isnan(mean) or mean > 1,
        "На лид видно одно касание. Подключите истории визитов Метрики и передачу ClientID.",
    )
    shares = _shares(facts, period)
    rungs = [(place, name, RUNG_NAMES[name]) for place, name in enumerate(RUNGS)]
    return [
        touches,
        *(_rung(shares, *rung) for rung in (*rungs, (_NO_LEAD, "no_lead", "пациенты без лида"))),
    ]


def romi_ranges(facts: Facts, period: Period) -> list[Check]:
    """ROMI of each channel with a cost, from none of the unplaced margin its own to all of it.

    Unplaced is the margin of patients whose lead's touches are unknown, or who have no lead and no
    channel. In doubt is a channel whose sign depends on it.
    """
    keys = codes(facts.groups, ["channel"])
    size, names = len(keys), keys.labels["channel"].tolist()
    spent = pick(facts.costs, ["group", "cost"], period.has(facts.costs["day"].to_numpy()))
    cost = group_sum(keys.code[spent["group"].to_numpy()], spent["cost"].to_numpy(), size)

    got = period.payments[period.payments["revenue"]]
    group, certain = got["group"].to_numpy(), got["known"].to_numpy()
    rung = by_patient(facts.patients, _rungs(facts), _NO_LEAD)[got["patient"].to_numpy()]
    nowhere = (facts.groups["channel"] == NO_CHANNEL).to_numpy()[group]
    unplaced = (rung == RUNGS.index("none")) | ((rung == _NO_LEAD) & nowhere)
    code = keys.code[group] * 2 + unplaced
    margin = known_sum(code, got["margin"].to_numpy(), certain, 2 * size).reshape(size, 2)
    low = ratio(margin[:, 0] - cost, cost)
    high = ratio(margin[:, 0] + margin[:, 1].sum() - cost, cost)
    return [
        Check(
            f"romi_range:{names[i]}",
            f"Разброс ROMI: {names[i]}",
            low[i],
            _range(low[i], high[i]),
            "",
            not low[i] < 0 <= high[i],
            "Окупается ли канал, зависит от пациентов без источника: уточните его в CRM.",
        )
        for i in np.flatnonzero(cost > 0)
    ]


def _range(low: float, high: float) -> str:
    ends = [percent(end) for end in (low, high) if not isnan(end)]
    return " … ".join(dict.fromkeys(ends)) if len(ends) == 2 else ""


def _rung(shares: dict[str, Floats], place: int, name: str, words: str) -> Check:
    parts = [
        f"{what} {percent(values[place])}"
        for what, values in shares.items()
        if not isnan(values[place])
    ]
    leads = shares["лиды"][place]
    unknown = name == "none"
    return Check(
        f"rung_{name}",
        f"Атрибуция: {words}",
        leads,
        " · ".join(parts),
        f"до {percent(_MOST_UNKNOWN)} лидов" if unknown else "",
        not (unknown and leads > _MOST_UNKNOWN),
        "Передавайте из форм и звонков ClientID или метки, заполняйте «Источник» в CRM.",
    )


def _rungs(facts: Facts) -> Ints:
    """The rung of the acquiring lead of each row of `facts.patients`."""
    leads, lead = facts.leads, facts.patients["lead"].to_numpy()
    of_lead = np.full(int(leads["lead"].to_numpy().max(initial=-1)) + 2, _NO_LEAD)
    of_lead[leads["lead"].to_numpy()] = leads["rung"].to_numpy()
    rung: Ints = of_lead[lead]
    return rung


def _shares(facts: Facts, period: Period) -> dict[str, Floats]:
    """Shares of the period's leads, new patients and margin by rung, and last without a lead."""
    size = len(RUNGS) + 1
    patients = facts.patients
    leads = group_sum(period.leads["rung"].to_numpy(), period.leads["weight"].to_numpy(), size)
    leads[_NO_LEAD] = np.nan
    rung = _rungs(facts)
    new = period.has(patients["paid_day"].to_numpy())
    came = group_sum(rung[new], patients["weight"].to_numpy()[new], size)
    got = period.payments[period.payments["revenue"]]
    of_patient = by_patient(patients, rung, _NO_LEAD)[got["patient"].to_numpy()]
    margin = known_sum(of_patient, got["margin"].to_numpy(), got["known"].to_numpy(), size)
    return {
        "лиды": ratio(leads, np.nansum(leads)),
        "пациенты": ratio(came, came.sum()),
        "маржа": ratio(margin, margin.sum()),
    }
