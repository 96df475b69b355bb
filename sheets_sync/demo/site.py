"""Exports of the invented clinic's site and of Direct: visits one by one, visits by day, costs."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from sheets_sync.demo.economy import CAMPAIGNS, DIRECTIONS, Campaign
from sheets_sync.demo.exports import amount, russian, write_csv
from sheets_sync.demo.spending import FORM_GOAL, OPEN_GOAL, PHONE_GOAL, CampaignVisits, Spent
from sheets_sync.demo.story import Story

TOUCHES_SOURCE = """\
[[source]]                          # визиты сайта из журнала Метрики: кто и откуда приходил до заявки
kind = "file"
entity = "touches"
path = "exports/vizity.csv"
"""
TRAFFIC_SOURCE = """\
[[source]]                          # отчёт Метрики: визиты и цели по дням и источникам
kind = "file"
entity = "traffic"
path = "exports/metrika.csv"
"""
DIRECT_SOURCE = """\
[[source]]                          # отчёт Директа по кампаниям и дням
kind = "file"
entity = "costs"
path = "exports/direct.csv"
"""
_TOUCH = (
    "ID визита", "Дата и время визита", "ClientID", "Источник трафика", "source_engine",
    "adv_engine", "UTM Source", "UTM Medium", "UTM Campaign", "Страница входа", "Страница выхода", "yclid", "Цели",
)  # fmt: skip
_TRAFFIC = (
    "Дата", "Источник трафика", "Детализация источника", "Рекламная система", "UTM Source",
    "UTM Medium", "UTM Campaign", "Визиты", "Посетители", "ID цели", "Достижения цели",
)  # fmt: skip
_DIRECT = (
    "Дата", "Рекламная система", "Название кампании", "№ кампании", "Тип площадки", "Показы",
    "Клики", "Расход (руб.)", "НДС",
)  # fmt: skip
#: How many visits a person made before the one that became a lead, and how often.
_EARLIER = ((0, 45), (1, 25), (2, 16), (3, 9), (4, 5))
#: What strangers look at first, and how often.
_PAGES = (
    ("/", 46), ("/ceny/", 9), ("/vrachi/", 6), ("/faq/skolko-dlitsya-lechenie/", 4),
    *((direction.landing, 7) for direction in DIRECTIONS),
)  # fmt: skip
#: Where one who leaves a lead was before that, and how often; "" is where the visit began.
_ASKED, _ASKED_WEIGHTS = ("", "/ceny/", "/vrachi/", "/faq/skolko-dlitsya-lechenie/"), (70, 16, 9, 5)
#: How often one who will come looks at these, too, rather than at the treatment's own page.
_LOOKS_AROUND = 0.5
#: How often a visit ends on another page than it began, and how often one who comes back later had
#: opened the form already.
_WALKS_ON, _OPENED_BEFORE = 0.3, 0.12
_FIRST_VISIT = 5_000_000_000_000_000_000


@dataclass(frozen=True)
class Touch:
    """One visit of the site, in the clinic's own time."""

    at: datetime
    client_id: str
    campaign: Campaign
    path: str
    end: str
    goals: str = ""
    yclid: str = ""


def write_touches(
    folder: Path, random: Random, story: Story, visits: Sequence[CampaignVisits]
) -> str:
    """Every visit with its ClientID; `folder`/leads_crm.csv is written already and has theirs."""
    marks = _marks(folder / "leads_crm.csv")
    touches = [*_strangers(random, visits), *_people(random, story, marks)]
    touches.sort(key=lambda touch: touch.at)
    rows = [
        [
            str(_FIRST_VISIT + n),
            f"{touch.at:%Y-%m-%d %H:%M:%S}",
            touch.client_id,
            *_traffic(touch.campaign),
            *touch.campaign.utm,
            touch.path,
            touch.end,
            touch.yclid,
            touch.goals,
        ]
        for n, touch in enumerate(touches)
    ]
    write_csv(folder / "vizity.csv", (_TOUCH, *rows), "utf-8")
    return TOUCHES_SOURCE


def write_traffic(folder: Path, visits: Sequence[CampaignVisits]) -> str:
    """Visits by day and source; a row more for each goal that was reached, as the report has it."""
    rows: list[Sequence[str]] = []
    for row in visits:
        key = [f"{row.day:%Y-%m-%d}", *_traffic(row.campaign), *row.campaign.utm]
        rows.append([*key, str(row.visits), str(row.users), "", ""])
        rows += [[*key, "", "", goal, str(n)] for goal, n in row.reaches.items() if n]
    write_csv(folder / "metrika.csv", (_TRAFFIC, *rows), "utf-8")
    return TRAFFIC_SOURCE


def write_direct(folder: Path, spent: Sequence[Spent]) -> str:
    """Direct's report with its title and its total; costs with VAT."""
    ours = [row for row in spent if row.campaign.is_direct]
    networks = {"SEARCH": "Поиск", "AD_NETWORK": "Сети"}
    rows = [
        [
            russian(row.first),
            row.campaign.platform,
            row.campaign.campaign,
            row.campaign.campaign_id,
            networks[row.campaign.network],
            str(row.impressions),
            str(row.clicks),
            amount(row.cost),
            "да",
        ]
        for row in ours
    ]
    first, last_day = min(row.first for row in ours), max(row.last for row in ours)
    title = [f"Отчёт по кампаниям с {russian(first)} по {russian(last_day)}"]
    sums = Counter({"cost": 0, "impressions": 0, "clicks": 0})
    for row in ours:
        sums.update({"cost": row.cost, "impressions": row.impressions, "clicks": row.clicks})
    total = ["Итого", "", "", "", "", str(sums["impressions"]), str(sums["clicks"])]
    last = [*total, amount(sums["cost"]), ""]
    write_csv(folder / "direct.csv", (title, _DIRECT, *rows, last), "utf-8-sig")
    return DIRECT_SOURCE


def _strangers(random: Random, visits: Sequence[CampaignVisits]) -> Iterator[Touch]:
    """Visits of people who left no lead: every day's; some opened the form or touched the phone."""
    pages, weights = zip(*_PAGES, strict=True)
    for row in visits:
        left = row.reaches[OPEN_GOAL] - row.reaches[FORM_GOAL]
        goals = [OPEN_GOAL] * left + [PHONE_GOAL] * row.reaches[PHONE_GOAL]
        for n in range(row.visits):
            at = _during(random, row.day)
            mark = f"{int(at.timestamp())}{random.randrange(10**9):09d}"
            path, other = random.choices(pages, weights, k=2)
            end = other if random.random() < _WALKS_ON else path
            yield Touch(at, mark, row.campaign, path, end, goals[n] if n < len(goals) else "")


def _people(
    random: Random, story: Story, marks: dict[str, tuple[str, str, str]]
) -> Iterator[Touch]:
    """Visits of those whose ClientID the CRM has: the last one before the lead, some earlier."""
    others = [c for c in CAMPAIGNS if c.site]
    pages, page_weights = zip(*_PAGES, strict=True)
    for lead in story.leads:
        client_id, yclid, contact = marks.get(str(lead.number), ("", "", ""))
        if not client_id:
            continue
        counts, weights = zip(*_EARLIER, strict=True)
        for _ in range(random.choices(counts, weights)[0]):
            at = lead.at - timedelta(days=random.uniform(0.2, 45))
            if at.date() >= story.first:
                campaign = random.choices(others, [c.share for c in others])[0]
                # Who is still choosing looks at what strangers look at, or at the treatment.
                (page,) = random.choices(pages, page_weights)
                path = page if random.random() < _LOOKS_AROUND else lead.direction.landing
                opened = OPEN_GOAL if random.random() < _OPENED_BEFORE else ""
                yield Touch(at, client_id, campaign, path, path, opened)
        at = lead.at - timedelta(minutes=random.randint(2, 20))
        sent = f"{OPEN_GOAL},{FORM_GOAL}" if contact == "Форма" else ""
        page, (other,) = lead.direction.landing, random.choices(_ASKED, _ASKED_WEIGHTS)
        yield Touch(at, client_id, lead.campaign, page, other or page, sent, yclid)


def _traffic(campaign: Campaign) -> tuple[str, str, str]:
    return campaign.traffic if any(campaign.traffic) else ("direct", "", "")


def _during(random: Random, day: date) -> datetime:
    return datetime.combine(day, time(8)) + timedelta(seconds=random.randrange(54_000))


def _marks(leads: Path) -> dict[str, tuple[str, str, str]]:
    """ClientID, yclid and contact of each lead of the CRM's export, by its number."""
    with leads.open(encoding="cp1251", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    header = next(row for row in rows if "ClientID" in row)
    names = ("ID заявки", "ClientID", "yclid", "Тип обращения")
    number, *marks = (header.index(name) for name in names)
    whole = [row for row in rows if len(row) == len(header)]
    return {row[number]: (row[marks[0]], row[marks[1]], row[marks[2]]) for row in whole}
