"""Report frames of an invented clinic, as metrics give them, for tests of tabs and books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

import numpy as np
import pandas as pd

from metrics.measures.bounds import SHARES
from metrics.measures.events import ADDITIVE
from metrics.measures.ratios import PERIOD_RATIOS, WORTH_RATIOS, quotients
from metrics.measures.verdict import verdicts
from metrics.reports.weekly import ROWS, weeks
from metrics.settings import MODELS, TOTAL, Settings
from metrics.sums import ratio
from templates_sheets.tab import Tab
from templates_sheets.tabs import TABS

NAN = float("nan")
SETTINGS = Settings(
    as_of=date(2026, 6, 30),
    first=date(2026, 4, 1),
    last=date(2026, 6, 29),
    timezone="Asia/Yekaterinburg",
    margin_rate=Decimal("0.45"),
)
#: channel, leads, bookings, visits, new patients, cost and margin in roubles.
CHANNELS = (
    ("Директ — поиск", 412, 236, 171, 148, 612_400, 2_104_300),
    ("Директ — РСЯ", 238, 104, 66, 51, 284_150, 402_870),
    ("Карты и справочники", 164, 121, 98, 87, 96_000, 1_180_540),
    ("VK Реклама", 151, 48, 22, 14, 148_300, 96_120),
    ("Агрегаторы", 96, 71, 55, 49, 134_500, 704_900),
    ("Авито", 58, 21, 9, 6, 42_000, 51_300),
    ("SEO", 203, 131, 102, 90, 60_000, 1_344_080),
    ("Рекомендации", 74, 68, 61, 58, 0, 1_012_400),
    ("Рассылки", 31, 22, 19, 4, 4_900, 61_000),
    ("Звонки без источника", 44, 19, 13, 11, 0, 118_700),
)


def _report(numbers: np.ndarray) -> pd.DataFrame:
    """A period report from leads, bookings, visits, new patients, cost, margin, a row each."""
    leads, bookings, visits, new, cost, margin = (column.astype("float64") for column in numbers.T)
    cost, margin = cost * 100, margin * 100
    sums = {
        "sessions": leads * 31,
        "goal_reaches": leads * 2,
        "impressions": leads * 900,
        "clicks": leads * 28,
        "leads": leads,
        "repeat_requests": np.floor(leads / 9),
        "bookings": bookings,
        "visits": visits,
        "repeat_visits": visits * 2,
        "contracts": new - 1,
        "new_patients": new,
        "revenue": margin * 2.2,
        "margin": margin,
        "cost": cost,
    }
    hidden = {
        "margin_new": margin * 0.6,
        "paid_visits": visits * 2.1,
        "cohort_leads": leads,
        "cohort_booked": bookings,
        "cohort_visited": visits,
        "cohort_contract": new,
    }
    ltv = np.where(new >= 40, 2_450_000.0 + new * 1_000, NAN)
    ratios = quotients(PERIOD_RATIOS, sums | hidden)
    worth = {
        "ltv_12m": ltv,
        "ltv_now": np.where(new >= 10, 1_100_000.0 + new * 900, NAN),
        "ltv_days": np.where(new >= 40, 365.0, np.where(new >= 10, 90.0, NAN)),
        "ltv": ltv,
    }
    numbers = ratios | worth | quotients(WORTH_RATIOS, {**worth, **ratios})
    keys = ("romi_new", "cac", "ltv", "ltv_cac", *(key for key, _, _ in SHARES))
    low = {f"{key}_low": numbers[key] * 0.9 for key in keys}
    high = {f"{key}_high": numbers[key] * 1.1 for key in keys}
    sides = low | high | {"ltv_now_cac_low": ratio(worth["ltv_now"], ratios["cac"]) * 0.9}
    return pd.DataFrame(sums | hidden | numbers | sides)


def reports() -> dict[str, pd.DataFrame]:
    """The frame of every report by name, each with every column that its tab shows."""
    return {name: frame.copy() for name, frame in _reports().items()}


@cache
def _reports() -> dict[str, pd.DataFrame]:
    made = {
        "summary": channel_report(0.87),
        "weekly": weekly(),
        "channel_report": channel_report(),
        "campaigns": campaigns(),
        "unit_economics": unit_economics("direction"),
        "unit_by_channel": unit_economics("channel"),
        "services": services(),
        "funnel": funnel(3),
        "models": models(),
        "quality": quality(),
        "rollout": rollout(),
    }
    return made | {
        t.key: whole(t, made[t.key]) for t in TABS if t.key in made and t.key != "weekly"
    }


def whole(tab: Tab, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every column that the tab shows: those it lacks are empty."""
    words = ("text", "id")
    lacks = {c.key: "" if c.format in words else NAN for c in tab.columns if c.key}
    return frame.assign(**{name: empty for name, empty in lacks.items() if name not in frame})


def channel_report(share: float = 1.0) -> pd.DataFrame:
    """`metrics.reports.channel_report`; `share` of the counts, for the period before."""
    numbers = np.array([[round(n * share) for n in row[1:]] for row in CHANNELS])
    total = _report(numbers.sum(axis=0, keepdims=True))
    both = pd.concat([_report(numbers), total], ignore_index=True)
    frame = both.assign(verdict=verdicts(both, total.iloc[0], SETTINGS))
    frame.insert(0, "channel", [row[0] for row in CHANNELS] + [TOTAL])
    return frame


def campaigns() -> pd.DataFrame:
    """`metrics.reports.campaigns`."""
    directions = ("имплантация", "терапия", "ортодонтия")
    names, rows = [], []
    for channel, *numbers in CHANNELS:
        for place, direction in enumerate(directions if numbers[4] else directions[:1]):
            part = (5, 3, 2)[place] / 10
            campaign = f"{direction[:6]}_{channel[:6]}_{2026 + place}" if numbers[4] else ""
            names.append((campaign, channel, direction))
            rows.append([round(n * part) for n in numbers])
    frame = _report(np.array(rows))
    total = channel_report().iloc[-1]
    frame = frame.assign(verdict=verdicts(frame, total, SETTINGS))
    for place, column in enumerate(("campaign", "channel", "direction")):
        frame.insert(place, column, [name[place] for name in names])
    return frame


def funnel(days: int = 60) -> pd.DataFrame:
    """`metrics.reports.funnel`: every day, channel and direction."""
    dice = np.random.default_rng(1)
    keys = [(c[0], d) for c in CHANNELS for d in ("имплантация", "терапия")]
    size = days * len(keys)
    frame = pd.DataFrame(
        {
            "day": np.repeat(
                np.datetime64("2026-05-01", "us") + np.arange(days) * np.timedelta64(1, "D"),
                len(keys),
            ),
            "channel": [channel for channel, _ in keys] * days,
            "campaign": ["" if c == "Рекомендации" else f"{d[:6]}_{c[:6]}" for c, d in keys] * days,
            "direction": [direction for _, direction in keys] * days,
            "retarget": dice.random(size) < 0.05,
        }
    )
    numbers = {name: dice.poisson(1.2, size).astype("float64") for name in ADDITIVE}
    for name in ("revenue", "margin", "cost"):
        numbers[name] = np.round(numbers[name] * dice.random(size) * 1_000_000)
    return frame.assign(**numbers)


def unit_economics(by: str) -> pd.DataFrame:
    """`metrics.reports.unit_economics` by direction or channel."""
    units = (
        ["имплантация", "терапия", "ортодонтия", "гигиена", "Без направления"]
        if by == "direction"
        else [row[0] for row in CHANNELS]
    )
    size = np.arange(len(units), dtype="float64")
    ua, b = 300 - 25 * size, np.maximum(60 - 7 * size, 2)
    frame = pd.DataFrame(
        {
            "ua": ua,
            "b": b,
            "cr": b / ua,
            "ac": 30_000_000 - 2_500_000 * size,
            "avp": np.full(len(units), 1_240_000.0),
            "apc": 2.5 - size / 10,
            "cogs": np.full(len(units), 520_000.0),
            "first_cogs": np.full(len(units), 50_000.0),
            "rpr": 0.6 - size / 30,
            "lifetime": 7.3 - size / 3,
            "margin_share": (10 - size) / (10 - size).sum(),
            "older_90": np.full(len(units), 0.34),
        }
    )
    arppu = (frame["avp"] - frame["cogs"]) * frame["apc"] - frame["first_cogs"]
    cac = frame["ac"] / frame["b"]
    cm = frame["b"] * (arppu - cac)
    return frame.assign(
        cpa=frame["ac"] / ua,
        cac=cac,
        arppu=arppu,
        arpu=arppu * frame["cr"],
        cm=cm.where(size < len(units) - 1),
        ltv=2_300_000.0,
        ltv_cac=2_300_000.0 / cac,
        breakeven_cr=cac / arppu * frame["cr"],
        breakeven_ac=b * arppu,
        breakeven_avp=frame["cogs"] + (cac + frame["first_cogs"]) / frame["apc"],
        breakeven_apc=(cac + frame["first_cogs"]) / (frame["avp"] - frame["cogs"]),
        breakeven_first_cogs=(arppu + frame["first_cogs"] - cac).where(cm > 0),
        lever="AvP",
        lever_text="AvP: с 12 400 ₽ до 9 870 ₽ (запас)",
        verdict="ROMI лидов 212 % — рост; правило LTV ≥ 3 × CAC выполнено (LTV / CAC = 4,60).",
        cm_agrees=True,
        **{by: units},
    )


def services() -> pd.DataFrame:
    """`metrics.reports.services`."""
    sold = [
        ("Имплантация под ключ", "Орлов А. В.", "имплантация", 64, 71, 412_000_000, 171_500_000),
        ("Лечение кариеса", "Белова Н. С.", "терапия", 288, 402, 241_200_000, 132_660_000),
        ("Брекеты", "Зимина О. П.", "ортодонтия", 41, 55, 188_000_000, 78_960_000),
        ("Профгигиена", "Белова Н. С.", "гигиена", 204, 204, 91_800_000, 64_260_000),
        ("", "", "терапия", 12, 12, 5_400_000, NAN),
    ]
    columns = ["service", "doctor", "direction", "paid_visits", "items", "revenue", "margin"]
    frame = pd.DataFrame(sold, columns=columns).astype({"paid_visits": float, "items": float})
    return frame.assign(
        margin_share=frame["margin"] / frame["margin"].sum(),
        avg_check_visit=frame["revenue"] / frame["paid_visits"],
    )


def weekly() -> pd.DataFrame:
    """`metrics.reports.weekly`."""
    shown = weeks(SETTINGS.as_of)
    numbers = {
        "leads": [98, 104, 111, 96, 120, 131, 126, 41],
        "bookings": [55, 61, 58, 49, 66, 74, 70, 22],
        "visits": [41, 44, 40, 38, 49, 52, 55, 14],
        "margin": [x * 1e5 for x in (4120, 5230, 4985, 4410, 6125, 6630, 7012, 1980)],
        "cac": [x * 1e2 for x in (2980, 2875, 3010, 3190, 2660, 2590, 2510, 3400)],
        "ltv": [NAN, NAN, 2_410_000, 2_418_000, 2_422_000, 2_431_000, 2_440_000, 2_441_000],
        "romi": [1.9, 2.4, 2.2, 1.7, 2.9, 3.1, 3.3, 0.6],
        "cr_booking_visit": [0.72, 0.71, 0.69, 0.74, 0.7, 0.68, 0.66, 0.61],
        "sources": ["Директ — поиск: 182 000 ₽; SEO: 96 000 ₽; Карты и справочники: 84 000 ₽"] * 8,
        "retarget": ["6 лидов · 48 000 ₽"] * 8,
    }
    change = {"cac": -0.031, "margin": 0.058, "leads": -0.038, "bookings": -0.054, "visits": 0.058}
    change |= {"ltv": 0.004, "romi": 0.2, "cr_booking_visit": -0.02}
    how = {"text": "", "percent": "difference"}
    rows = [
        {"metric": metric, "unit": unit}
        | {week.key: value for week, value in zip(shown, numbers[metric], strict=True)}
        | {"change": change.get(metric, NAN), "change_unit": how.get(unit, "relative")}
        for metric, unit in ROWS
    ]
    return pd.DataFrame(rows).astype({week.key: object for week in shown})


def models() -> pd.DataFrame:
    """`metrics.reports.models`, fractional where the model is, without Markov."""
    report = channel_report()
    frame = report[["channel"]]
    for place, model in enumerate(MODELS):
        wave = 1 + 0.1 * np.sin(np.arange(len(report)) + place)
        wave[-1] = 1.0
        part = report[["leads", "new_patients", "margin", "romi"]].mul(wave, axis=0)
        if model not in ("linear", "position", "time_decay"):
            part = part.assign(
                leads=part["leads"].round(), new_patients=part["new_patients"].round()
            )
        if model == "markov":
            part = part * NAN
        frame = frame.join(part.add_prefix(f"{model}_"))
    return frame


def quality() -> pd.DataFrame:
    """`metrics.reports.quality`."""
    rows = [
        ("leads_without_source", "Лиды без источника", 0.062, "6,2 %", "до 10 %", True, ""),
        ("leads_without_utm", "Лиды без utm-меток", 0.61, "61,0 %", "до 50 %", False,
         "Проверьте метки во всех объявлениях и передачу utm из форм сайта в CRM."),
        ("margin_unknown", "Оплаты с неизвестной маржой", 12, "12 оплат на 54 000 ₽", "0", False,
         "Добавьте в выгрузку себестоимость или задайте долю маржи в «Направления» и «Настройки»."),
        ("source:crm:leads", "Свежесть: file:exports/leads*.csv, лиды", 2871,
         "29.06.2026 · 2 871 строка · в карантине 3", "свежий, без отказов", False,
         "Причины отказов по строкам — на листе «Журнал»."),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["key", "check", "value", "text", "norm", "ok", "action"])


def rollout() -> pd.DataFrame:
    """The seven days."""
    tasks = [
        "Подключить коллтрекинг", "Прописать UTM-метки и теги", "Связать CRM и Метрику",
        "Создать дашборд ROI/ROMI", "Добавить цели по направлениям",
        "Проверить корректность данных", "Провести первую встречу по результатам",
    ]  # fmt: skip
    return pd.DataFrame(
        [
            (day, task, day < 5, "1 284 звонка с источником за период" if day == 1 else "", "" if day < 5
             else "Заведите в Метрике цель «Запись на приём» для каждого направления.")
            for day, task in enumerate(tasks, start=1)
        ],
        columns=["day", "task", "done", "evidence", "next_step"],
    )  # fmt: skip
