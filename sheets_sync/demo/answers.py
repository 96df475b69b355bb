"""What Metrica and Direct answer about the invented clinic: recorded once, served on loopback.

A clinic's file that names a folder of answers is read through the doubles, by the same code and
over the same protocols as a real one; nobody needs an account to see the whole line at work.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sheets_sync.clinic.config import Clinic, Service
from sheets_sync.demo.economy import CAMPAIGNS, Campaign
from sheets_sync.demo.spending import FORM_GOAL, PHONE_GOAL, Spent, Visits
from sheets_sync.demo.story import Story
from sheets_sync.doubles.direct import DirectDouble
from sheets_sync.doubles.metrica import TOKEN, MetricaDouble
from sheets_sync.doubles.site import AdDay, Counter, Goal, Visit
from sheets_sync.net.clock import Clock

COUNTER = 11111111
ZONE = ZoneInfo("Asia/Yekaterinburg")
TOKEN_ENV = "DEMO_YANDEX_TOKEN"  # noqa: S105 - the name of a variable
SOURCES = f"""\
[[source]]
kind = "metrica"
counter_id = {COUNTER}
token_env = "{TOKEN_ENV}"

[[source]]
kind = "direct"
token_env = "{TOKEN_ENV}"
"""
_GOALS = (
    Goal(int(FORM_GOAL), "Заявка с формы", event="lead_form_sent"),
    Goal(int(PHONE_GOAL), "Клик по телефону", "phone"),
)
_VISIT = (
    "at", "visit_id", "client_id", "traffic_source", "source_engine", "adv_engine", "utm_source",
    "utm_medium", "utm_campaign", "path", "query", "goals",
)  # fmt: skip
_AD = ("day", "campaign_id", "campaign", "network", "impressions", "clicks", "cost")
#: Direct's costs are recorded without VAT; the double adds it where it is asked for.
_VAT = Decimal("1.2")
#: How many visits a person made before the one that became a lead, and how often.
_EARLIER = ((0, 45), (1, 25), (2, 16), (3, 9), (4, 5))


def write_answers(
    folder: Path, random: Random, story: Story, visits: Sequence[Visits], spent: Sequence[Spent]
) -> str:
    """Record both services' knowledge in `folder`; gives their [[source]] tables.

    `folder`'s sibling exports/leads_crm.csv is written already: its ClientIDs get their visits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = _marks(folder.parent / "exports" / "leads_crm.csv")
    rows = [*_strangers(random, visits), *_people(random, story, known)]
    rows.sort(key=lambda row: row[0])
    numbered = [
        [row[0], str(5_000_000_000_000_000_000 + n), *row[1:]] for n, row in enumerate(rows)
    ]
    _write(folder / "visits.csv.gz", _VISIT, numbered)
    _write(folder / "direct.csv.gz", _AD, [_ad(s) for s in spent if s.campaign.is_direct])
    return SOURCES


@contextmanager
def answered(clinic: Clinic, service: Service, clock: Clock | None = None) -> Iterator[Service]:
    """The service's settings with Metrica and Direct served from the clinic's folder of answers.

    A clinic without one gets its settings back as they are. Meanwhile the token stands in the
    environment, as a real one would.
    """
    if not clinic.answers:
        yield service
        return
    folder = clinic.path(clinic.answers)
    with _metrica(folder, clock) as metrica, _direct(folder, clock) as direct:
        before = os.environ.get(TOKEN_ENV)
        os.environ[TOKEN_ENV] = TOKEN
        try:
            yield service.model_copy(
                update={"metrica_endpoint": metrica.url, "direct_endpoint": direct.url}
            )
        finally:
            os.environ.pop(TOKEN_ENV)
            if before is not None:
                os.environ[TOKEN_ENV] = before


def _metrica(folder: Path, clock: Clock | None) -> MetricaDouble:
    counter = Counter(COUNTER, zone=ZONE.key, goals=list(_GOALS))
    counter.visits = [
        Visit(
            datetime.fromisoformat(row["at"]),
            row["visit_id"],
            row["client_id"],
            row["traffic_source"],
            row["source_engine"],
            row["adv_engine"],
            row["utm_source"],
            row["utm_medium"],
            row["utm_campaign"],
            path=row["path"],
            query=row["query"],
            goals=tuple(int(g) for g in row["goals"].split()),
        )
        for row in _read(folder / "visits.csv.gz")
    ]
    double = MetricaDouble([counter], clock=clock)
    double.logs.polls = 0
    double.logs.per_part = 20_000
    return double


def _direct(folder: Path, clock: Clock | None) -> DirectDouble:
    days = [
        AdDay(
            date.fromisoformat(row["day"]),
            int(row["campaign_id"]),
            row["campaign"],
            row["network"],
            int(row["impressions"]),
            int(row["clicks"]),
            Decimal(row["cost"]),
        )
        for row in _read(folder / "direct.csv.gz")
    ]
    return DirectDouble(days, clock=clock)


def _ad(spent: Spent) -> list[str]:
    campaign = spent.campaign
    net = (Decimal(spent.cost) / 100 / _VAT).quantize(Decimal("0.01"))
    return [
        spent.first.isoformat(),
        campaign.campaign_id,
        campaign.campaign,
        campaign.network,
        str(spent.impressions),
        str(spent.clicks),
        str(net),
    ]


def _strangers(random: Random, visits: Sequence[Visits]) -> Iterator[list[str]]:
    """Visits of people who left no lead: every day's, with the goals they reached."""
    for row in visits:
        goals = [g for g, count in row.reaches.items() for _ in range(count)]
        for n in range(row.visits):
            at = _during(random, row.day)
            mark = f"{int(at.timestamp())}{random.randrange(10**9):09d}"
            yield _visit(at, mark, row.campaign, "/", goals[n] if n < len(goals) else "")


def _people(random: Random, story: Story, known: dict[str, tuple[str, str]]) -> Iterator[list[str]]:
    """Visits of those whose ClientID the CRM has: the last one before the lead, some earlier."""
    others = [c for c in CAMPAIGNS if c.site]
    for lead in story.leads:
        client_id, yclid = known.get(str(lead.number), ("", ""))
        if not client_id:
            continue
        asked = lead.at.replace(tzinfo=ZONE)
        counts, weights = zip(*_EARLIER, strict=True)
        for _ in range(random.choices(counts, weights)[0]):
            at = asked - timedelta(days=random.uniform(0.2, 45))
            if at.date() >= story.first:
                campaign = random.choices(others, [c.share for c in others])[0]
                yield _visit(at, client_id, campaign, lead.direction.landing, "")
        at = asked - timedelta(minutes=random.randint(2, 20))
        query = f"yclid={yclid}" if yclid else ""
        yield _visit(at, client_id, lead.campaign, lead.direction.landing, FORM_GOAL, query)


def _visit(
    at: datetime, client_id: str, campaign: Campaign, path: str, goals: str, query: str = ""
) -> list[str]:
    traffic = campaign.traffic if any(campaign.traffic) else ("direct", "", "")
    moment = at.replace(microsecond=0).isoformat()
    return [moment, client_id, *traffic, *campaign.utm, path, query, goals]


def _during(random: Random, day: date) -> datetime:
    return datetime.combine(day, time(8), tzinfo=ZONE) + timedelta(seconds=random.randrange(54_000))


def _marks(leads: Path) -> dict[str, tuple[str, str]]:
    """ClientID and yclid of each lead of the CRM's export, by its number."""
    with leads.open(encoding="cp1251", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    header = next(row for row in rows if "ClientID" in row)
    at, client_id, yclid = (header.index(n) for n in ("ID заявки", "ClientID", "yclid"))
    return {row[at]: (row[client_id], row[yclid]) for row in rows if len(row) == len(header)}


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # The time inside a gzip would make other bytes of the same answers.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        lines = [",".join(header), *(",".join(f'"{c}"' for c in row) for row in rows)]
        packed.write(("\n".join(lines) + "\n").encode())


def _read(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
