"""Payments, costs and traffic of nasty clinics, drawn by dice."""

from __future__ import annotations

from datetime import timedelta

from tests.metrics.clinic_tables import Row, blank
from tests.metrics.nasty_rows import (
    ADV_ENGINES,
    DIRECTIONS,
    DOCTORS,
    LEAD_CAMPAIGNS,
    SERVICES,
    TRAFFIC_SOURCES,
    UTM,
    Draw,
)

#: id, name, network, direction, utm_campaign of a cost row; some share an id or a word.
CAMPAIGNS = (
    ("701", "Имплантация Поиск", "search", "имплантация", ""),
    ("702", "Имплантация РСЯ", "ad_network", "имплантация", ""),
    ("703", "Всё лечение", "", "терапия", ""),
    ("704", "Ретаргетинг", "ad_network", "", ""),
    ("", "Детство", "", "детская", ""),
    ("", "", "", "", "vk_leto"),
    ("", "Бренд", "search", "", "brand_utm"),
    ("709", "", "search", "ортодонтия", ""),
    ("701", "Импланты (новая)", "search", "терапия", ""),
    ("", "Акция", "", "терапия", "leto"),
    ("", "leto", "search", "детская", ""),
    ("", "Осень", "", "", "osen_leto"),
)
PLATFORMS = ("Яндекс Директ", "Яндекс.Директ", "директ", "VK Реклама", "вк", "Авито", "2ГИС",
             "ПроДокторов", "SEO-агентство", "Сбер", "Наружная реклама", "Google Ads",
             "Telegram Ads", "листовки")  # fmt: skip
COST_SOURCES = ("direct:main", "metrica:main", "file:costs", "file:more", "sheet:costs")
FILES = ("january.csv", "january-february.csv", "Расходы.xlsx")
KINDS = ("payment",) * 6 + ("prepayment", "insurance", "refund", "refund", "bonus",
                            "balance_spend")  # fmt: skip


def payments(draw: Draw, appointments: list[Row]) -> list[Row]:
    dice, rows = draw.dice, []
    for payment_id in draw.ids("P", len(draw.rows())):
        patient, person = draw.person()
        amount = dice.choice((0, 1, 99, dice.randint(1, 5_000_000), dice.randint(1, 5_000_000),
                              -dice.randint(1, 100_000)))  # fmt: skip
        known = draw.chance(0.9 if draw.knows_margin else 0.5)
        rows.append(
            blank(
                "payments",
                payment_id=payment_id,
                patient_key=patient,
                person_key=person,
                paid_at=dice.choice(appointments)["starts_at"]
                if draw.chance(0.3)
                else draw.moment(),
                amount=amount,
                cost=dice.choice((0, amount // 3, dice.randint(-500, 2_000_000)))
                if known
                else None,
                kind=dice.choice(KINDS),
                service=dice.choice(SERVICES),
                direction=dice.choice(DIRECTIONS),
                doctor=dice.choice(DOCTORS),
            )
        )
    return rows


def costs(draw: Draw) -> list[Row]:
    dice, rows = draw.dice, []
    for _ in draw.rows():
        if rows and draw.chance(0.15):
            # The same days once more: in another file, under another name or id.
            again = dice.choice(rows)
            rows.append(
                again
                | {
                    "source": dice.choice(COST_SOURCES),
                    "file": dice.choice(FILES),
                    "campaign_id": again["campaign_id"] if draw.chance(0.6) else "",
                    "campaign": again["campaign"].swapcase(),
                    "cost": dice.choice((0, again["cost"], dice.randint(1, 9_000_000))),
                    "date_to": again["date_to"] + timedelta(days=dice.choice((0, 0, 1))),
                }
            )
            _only_files_have_names(rows[-1])
            continue
        first = draw.day()
        campaign_id, name, network, direction, utm_campaign = dice.choice(CAMPAIGNS)
        if draw.chance(0.2):
            campaign_id, name, network, direction, utm_campaign = "", "", "", "", ""
        rows.append(
            blank(
                "costs",
                source=dice.choice(COST_SOURCES),
                date_from=first,
                date_to=first + timedelta(days=dice.choice((0, 0, 0, 1, 6, 30, 45))),
                platform=dice.choice(PLATFORMS),
                campaign=name.upper() if draw.chance(0.1) else name,
                campaign_id=campaign_id,
                network=network if draw.chance(0.9) else "",
                utm_source=dice.choice(("", "", "yandex", "vk")),
                utm_medium=dice.choice(("", "", "cpc")),
                utm_campaign=utm_campaign,
                cost=dice.choice((0, 1, 100, dice.randint(1, 9_000_000))),
                vat_included=dice.choice((True, False, None)),
                impressions=dice.choice((None, 0, dice.randint(0, 9999))),
                clicks=dice.choice((None, 0, dice.randint(0, 99))),
                direction=dice.choice((direction, direction, "", dice.choice(DIRECTIONS))),
                file=dice.choice(FILES),
            )
        )
        _only_files_have_names(rows[-1])
    return rows


def _only_files_have_names(cost: Row) -> None:
    if not cost["source"].startswith("file:"):
        cost["file"] = ""


def traffic(draw: Draw) -> list[Row]:
    dice, rows = draw.dice, []
    for _ in draw.rows() if draw.chance(0.7) else ():
        source, medium = dice.choice(UTM)
        goal = dice.choice(("", "", "222333"))
        rows.append(
            blank(
                "traffic",
                source="metrica:main",
                date=draw.day(),
                traffic_source=dice.choice(TRAFFIC_SOURCES),
                adv_engine=dice.choice(ADV_ENGINES),
                utm_source=source,
                utm_medium=medium,
                utm_campaign=dice.choice(LEAD_CAMPAIGNS),
                visits=dice.choice((None, 0, dice.randint(1, 500))),
                users=dice.randint(0, 100),
                goal_id=goal,
                reaches=dice.randint(0, 9) if goal else None,
            )
        )
    return rows
