"""Rows of nasty clinics, entity by entity: every edge of the definitions, drawn by dice."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.metrics.clinic_tables import Row, blank

ZONES = ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Vladivostok", "Europe/Kaliningrad",
         "Europe/Berlin", "America/New_York")  # fmt: skip
AS_OF = (date(2026, 6, 30), date(2026, 2, 28), date(2024, 2, 29), date(2026, 8, 31), date(2026, 7, 15),
         date(2026, 1, 1), date(2026, 11, 1))  # fmt: skip
#: Distances at which a definition changes its mind.
EDGES = (timedelta(days=30), timedelta(hours=24), timedelta(days=180), timedelta(days=90))
SECOND = timedelta(seconds=1)
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
LEAD_CAMPAIGNS = ("701", "имплантация поиск", "ИМПЛАНТАЦИЯ ПОИСК", "702", "Имплантация РСЯ", "703",
                  "ВСЁ ЛЕЧЕНИЕ", "704", "ретаргетинг", "детство", "vk_leto", "VK_Leto", "бренд",
                  "709", "poisk_leto", "rmkt_2026", "unknown_77", "BRAND_utm", "leto",
                  "Лето ё", "импланты (новая)", "все лечение", "осень", "", "")  # fmt: skip
UTM = (("yandex", "cpc"), ("Yandex_Direct", "CPC"), ("ya", "context"), ("yandex", "organic"),
       ("vk", "cpc"), ("vk", "social"), ("vk_retarget", "target"), ("avito", ""),
       ("google", "cpc"), ("newsletter", "email"), ("2gis", "maps"), ("telegram", "post"),
       ("", ""), ("", ""))  # fmt: skip
SOURCES = ("", "", "Яндекс Директ", "директ", "Продокторов", "СберЗдоровье", "2ГИС", "Авито",
           "Рекомендация знакомых", "Друзья", "подруга", "WhatsApp", "Сайт", "Поисковик", "QR-код",
           "Радио", "радиология", "Прямой заход", "вывеска", "Инстаграм", "дзен", "абракадабра",
           "Соцсети", "Рассылка", "вконтакте", "sms", "ok.ru")  # fmt: skip
PLATFORMS = ("Яндекс Директ", "Яндекс.Директ", "директ", "VK Реклама", "вк", "Авито", "2ГИС",
             "ПроДокторов", "SEO-агентство", "Сбер", "Наружная реклама", "Google Ads",
             "Telegram Ads", "листовки")  # fmt: skip
COST_SOURCES = ("direct:main", "metrica:main", "file:costs", "sheet:costs")
TRAFFIC_SOURCES = ("", "ad", "organic", "direct", "internal", "saved", "referral", "social",
                   "messenger", "email", "recommend", "qrcode")  # fmt: skip
ADV_ENGINES = ("", "", "ya_direct", "ya_undefined", "vk")
DIRECTIONS = ("", "имплантация", "терапия", "детская", "ортодонтия")
SERVICES = ("", "Имплант", "Пломба", "Брекеты", "Чистка")
KINDS = ("payment",) * 6 + ("prepayment", "insurance", "refund", "refund", "bonus",
                            "balance_spend")  # fmt: skip
DOCTORS = ("", "Врач 1", "Врач 2")


class Draw:
    """One clinic being drawn; `dice` is random.Random or hypothesis' stand-in for it."""

    def __init__(self, dice: random.Random, *, most_rows: int) -> None:
        self.dice = dice
        self.most_rows = most_rows
        self.as_of = dice.choice(AS_OF)
        self.zone = dice.choice(ZONES)
        self.moments: list[datetime] = []
        self.phones = [f"phone{n:02d}" for n in range(dice.randint(1, 14))]
        self.cards = [f"card{n:02d}" for n in range(dice.randint(1, 18))]
        #: A card's usual phones: some share one, some have two, some none.
        self.phone_of = {
            card: dice.sample(self.phones, min(len(self.phones), dice.choice((0, 1, 1, 1, 2))))
            for card in self.cards
        }
        #: ClientIDs; a visitor's click has the same number for its yclid.
        self.visitors = [f"99900000000000000{n:02d}" for n in range(dice.randint(0, 9))]
        self.span = dice.choice((40, 120, 400, 800))
        self.knows_margin = dice.random() < 0.75

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def rows(self) -> range:
        return range(self.dice.randint(min(10, self.most_rows), self.most_rows))

    def day(self) -> date:
        """Mostly before as_of, sometimes it or after; often an end of a month."""
        day = self.as_of - timedelta(days=self.dice.randint(-12, self.span))
        if self.chance(0.15):
            return self.as_of + timedelta(days=self.dice.choice((-1, 0, 0, 1)))
        return (
            day.replace(day=1) - timedelta(days=self.dice.randint(0, 1))
            if self.chance(0.2)
            else day
        )

    def moment(self) -> datetime:
        """Near local midnight, or at a telling distance from a moment already drawn, or any."""
        if self.moments and self.chance(0.35):
            step = self.dice.choice(EDGES) + self.dice.choice((-SECOND, timedelta(0), SECOND))
            moment = self.dice.choice(self.moments) + self.dice.choice((-step, step))
        elif self.moments and self.chance(0.12):
            moment = self.dice.choice(self.moments)
        else:
            clock = self.dice.choice((0, 1, 86_399, 43_200, self.dice.randint(0, 86_399)))
            start = datetime.combine(self.day(), time(), tzinfo=ZoneInfo(self.zone))
            moment = start.astimezone(UTC) + timedelta(seconds=clock)
        self.moments.append(moment)
        return moment

    def person(self) -> tuple[str, str]:
        """patient_key and person_key of an appointment or a payment; at least one is given."""
        if self.chance(0.15):
            return "", self.dice.choice(self.phones)
        card = self.dice.choice(self.cards)
        phones = self.phone_of[card]
        return card, self.dice.choice(phones) if phones and self.chance(0.75) else ""

    def ids(self, letter: str, count: int) -> list[str]:
        numbers = list(range(count))
        self.dice.shuffle(numbers)
        return [f"{letter}{n}" for n in numbers]


def leads(draw: Draw) -> list[Row]:
    dice, rows = draw.dice, []
    for lead_id in draw.ids("L", len(draw.rows())):
        source, medium = dice.choice(UTM)
        rows.append(
            blank(
                "leads",
                lead_id=lead_id,
                created_at=draw.moment(),
                person_key=dice.choice(draw.phones) if draw.chance(0.85) else "",
                status=dice.choice(
                    ("new", "new", "won", "lost", "", "booked", "spam", "duplicate")
                ),
                source_raw=dice.choice(SOURCES),
                utm_source=source,
                utm_medium=medium,
                utm_campaign=dice.choice(LEAD_CAMPAIGNS),
                yclid=dice.choice(("", "", "", "", "", *draw.visitors)),
                ym_client_id=dice.choice(("", "", *draw.visitors)),
                referrer_domain=dice.choice(("", "", "zoon.ru", "vk.com", "yandex.ru", "m.ok.ru")),
                landing_path=dice.choice(("", "", "/implant", "/leto")),
                contact_type=dice.choice(("", "form", "call", "messenger", "walk_in")),
                service=dice.choice(SERVICES),
                direction=dice.choice(DIRECTIONS),
            )
        )
    return rows


def appointments(draw: Draw, leads: list[Row]) -> list[Row]:
    dice, rows = draw.dice, []
    lead_ids = [lead["lead_id"] for lead in leads]
    for appointment_id in draw.ids("A", len(draw.rows())):
        patient, person = draw.person()
        starts_at = draw.moment()
        booked_at = starts_at - timedelta(days=dice.randint(0, 20)) if draw.chance(0.7) else None
        rows.append(
            blank(
                "appointments",
                appointment_id=appointment_id,
                patient_key=patient,
                person_key=person,
                lead_id=dice.choice(("nowhere", *lead_ids)) if draw.chance(0.35) else "",
                booked_at=draw.moment() if draw.chance(0.15) else booked_at,
                starts_at=starts_at,
                status=dice.choice(
                    (
                        "completed",
                        "completed",
                        "completed",
                        "arrived",
                        "booked",
                        "no_show",
                        "cancelled",
                        "rescheduled",
                        "confirmed",
                    )
                ),
                doctor=dice.choice(DOCTORS),
                service=dice.choice(SERVICES),
                direction=dice.choice(DIRECTIONS),
                source_raw=dice.choice(SOURCES),
            )
        )
    return rows


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
            )
        )
    return rows


def touches(draw: Draw) -> list[Row]:
    """No `internal` touches: a first or only significant one is read another way by the product,
    which drops it wherever the lead has another."""
    dice, rows = draw.dice, []
    for touch_id in draw.ids("T", len(draw.rows())) if draw.visitors else ():
        source, medium = dice.choice(UTM)
        traffic_source = dice.choice(TRAFFIC_SOURCES[:4] + TRAFFIC_SOURCES[5:])
        visitor = dice.choice(draw.visitors)
        rows.append(
            blank(
                "touches",
                source="metrica:logs",
                touch_id=touch_id,
                at=draw.moment(),
                ym_client_id=visitor,
                yclid=visitor if draw.chance(0.2) else "",
                traffic_source=traffic_source,
                adv_engine=dice.choice(ADV_ENGINES) if traffic_source == "ad" else "",
                utm_source=source,
                utm_medium=medium,
                utm_campaign=dice.choice(LEAD_CAMPAIGNS),
            )
        )
    return rows


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
