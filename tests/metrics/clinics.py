"""Small nasty clinics, from a seed or drawn by hypothesis."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from metrics.settings import COST_ORDER, Attribution, Settings, default_period
from tests.metrics.clinic_tables import ClinicTables, Row, blank
from tests.metrics.nasty_money import costs, payments, traffic
from tests.metrics.nasty_rows import Draw, appointments, calls, leads, touches

ONE_TOUCH: tuple[Attribution, ...] = ("first", "last", "last_paid")
PATTERNS = (("имплант|implant", "имплантация"), ("пломб|лечени", "терапия"), ("leto", "летняя"))


def _settings(draw: Draw) -> Settings:
    dice, as_of = draw.dice, draw.as_of
    first, last = dice.choice(
        (
            default_period(as_of),
            default_period(as_of),
            (as_of.replace(day=1), as_of),
            (as_of - timedelta(days=700), as_of + timedelta(days=3)),
            (as_of - timedelta(days=31), as_of - timedelta(days=31)),
        )
    )
    rate = Decimal(dice.choice(("0.45", "0.333", "0.5"))) if draw.knows_margin else None
    return Settings(
        as_of=as_of,
        first=first,
        last=last,
        timezone=draw.zone,
        margin_rate=rate,
        margin_rates={"имплантация": Decimal("0.385")} if draw.chance(0.5) else {},
        duplicate_days=dice.choice((30, 30, 30, 1, 0)),
        lead_max_age_days=dice.choice((180, 180, 30)),
        ltv_window_months=dice.choice((24, 24, 13)),
        ltv_min_patients=dice.choice((1, 1, 2, 3, 10)),
        funnel_months=dice.choice((13, 2)),
        cohort_months=dice.choice((24, 24, 3)),
        cost_order=dice.choice(
            (COST_ORDER, ("sheet", "file", "metrica", "direct"), ("metrica",), ())
        ),
        directions=dice.choice(((), PATTERNS)),
        call_minutes=dice.choice((30, 30, 5)),
        call_lead_minutes=dice.choice((30, 30, 5, 0)),
        sources=dice.choice(((), ("file:costs", "file:more"), ("file:more", "file:costs"))),
        spread_costs=dice.choice(("none", "none", "leads")),
        attribution=dice.choice(("last_significant", "last_significant", *ONE_TOUCH)),
        lookback_days=dice.choice((90, 90, 7)),
        ltv=dice.choice(("ltv_12m", "ltv_12m", "ltv_s0", "ltv_s1", "ltv_s3")),
        alert_min_effect=dice.choice((0, 0, 20_000)),
    )


def nasty_clinic(dice: random.Random, most_rows: int = 60) -> ClinicTables:
    """A clinic of 10 to `most_rows` rows per entity, the same for the same dice."""
    draw = Draw(dice, most_rows=most_rows)
    requests = leads(draw)
    bookings = appointments(draw, requests)
    tables = {
        "leads": requests,
        "appointments": bookings,
        "payments": payments(draw, bookings),
        "costs": costs(draw),
        "traffic": traffic(draw),
        "touches": touches(draw),
        "calls": calls(draw, requests),
    }
    return ClinicTables(tables, _settings(draw))


def seeded_clinic(seed: int, most_rows: int = 60) -> ClinicTables:
    return nasty_clinic(random.Random(seed), most_rows)


def clinics(most_rows: int = 15) -> st.SearchStrategy[ClinicTables]:
    """Nasty clinics that hypothesis draws and makes smaller."""
    return st.randoms(use_true_random=False).map(lambda dice: nasty_clinic(dice, most_rows))


#: Words of phrases as they come, several of one normal form.
TERMS = (
    "",
    "+Имплант -цена",
    "имплант",
    "!ИМПЛАНТ",
    "лечение зубов",
    "{keyword}",
    "---autotargeting",
)


def with_phrases(clinic: ClinicTables, dice: random.Random) -> ClinicTables:
    """The same clinic whose leads, touches and calls tell phrases, and what phrases cost."""
    told = {
        entity: [row | {"utm_term": dice.choice(TERMS)} for row in clinic.tables[entity]]
        for entity in ("leads", "touches", "calls")
    }
    spent = [
        _phrase(row, term, dice)
        for row in clinic.tables["costs"]
        for term in dice.sample(TERMS[1:], dice.randint(0, 2))
    ]
    return ClinicTables({**clinic.tables, **told, "phrases": spent}, clinic.settings)


def _phrase(cost: Row, term: str, dice: random.Random) -> Row:
    return blank(
        "phrases",
        source=dice.choice(("direct:1", "direct:1", "file:phrases")),
        date=cost["date_from"] + timedelta(days=dice.choice((0, 0, 1))),
        platform=cost["platform"],
        campaign=cost["campaign"],
        campaign_id=cost["campaign_id"],
        network=cost["network"],
        keyword=term,
        cost=dice.choice((0, 1, 999, 12_345)),
        clicks=dice.choice((None, 1, 7)),
        impressions=dice.choice((None, 10)),
    )


def seeded_phrases(seed: int, most_rows: int = 60) -> ClinicTables:
    return with_phrases(seeded_clinic(seed, most_rows), random.Random(seed))


def phrase_clinics() -> st.SearchStrategy[ClinicTables]:
    """Clinics that hypothesis draws, with phrases."""
    return st.randoms(use_true_random=False).map(
        lambda dice: with_phrases(nasty_clinic(dice, 15), dice)
    )


PAGES = ("", "/price", "/ceny/implant", "/vrachi", "/faq", "/", "/doctor/1")
GOALS = ("", "", "1", "2", "1,2", "3", "2,3")
#: What the counter calls them.
GOAL_NAMES = {"1": "Форма: начало заполнения формы", "2": "Отправка формы", "3": "Звонок"}


def with_pages(clinic: ClinicTables, dice: random.Random) -> ClinicTables:
    """The same clinic whose visits tell pages and goals, and stand near each other in time."""
    touches = [
        row
        | {
            "landing_path": dice.choice(PAGES),
            "end_path": dice.choice(PAGES),
            "goals": dice.choice(GOALS),
        }
        for row in clinic.tables["touches"]
    ]
    return ClinicTables({**clinic.tables, "touches": touches}, clinic.settings)
