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
TRAFFIC_SOURCES = ("", "ad", "organic", "direct", "internal", "saved", "referral", "social",
                   "messenger", "email", "recommend", "qrcode")  # fmt: skip
ADV_ENGINES = ("", "", "ya_direct", "ya_undefined", "vk")
#: Other ids of leads: those after «?» yield.
ALIASES = ("deal-1", "?deal-1", "deal-2", "?deal-2", "L1")
DIRECTIONS = ("", "имплантация", "терапия", "детская", "ортодонтия")
SERVICES = ("", "Имплант", "Пломба", "Брекеты", "Чистка")
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
                aliases=" ".join(dice.sample(ALIASES, 2)) if draw.chance(0.1) else "",
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
        if rows and draw.chance(0.2):
            # One more service of a visit that is there already.
            other = dice.choice(rows)
            patient, starts_at = other["patient_key"], other["starts_at"]
            person = other["person_key"] if not patient or draw.chance(0.7) else ""
        booked_at = starts_at - timedelta(days=dice.randint(0, 20)) if draw.chance(0.7) else None
        rows.append(
            blank(
                "appointments",
                appointment_id=appointment_id,
                patient_key=patient,
                person_key=person,
                lead_id=dice.choice(("nowhere", "deal-1", "deal-2", *lead_ids))
                if draw.chance(0.35)
                else "",
                visit_id=dice.choice(("", "", "", "V1", "V2")),
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


def calls(draw: Draw, leads: list[Row]) -> list[Row]:
    """Calls of a source that tells which are unique, of one that tells it of some, of one that
    does not; near a lead row or far from every one."""
    dice, rows = draw.dice, []
    for call_id in draw.ids("K", len(draw.rows())) if draw.chance(0.7) else ():
        source, medium = dice.choice(UTM)
        near = dice.choice(leads) if leads and draw.chance(0.4) else None
        apart = timedelta(minutes=dice.choice((-31, -30, -5, 0, 0, 5, 30, 31))) + dice.choice(
            (-SECOND, timedelta(0), SECOND)
        )
        given = dice.choice(("callibri:1", "file:some", "file:pbx"))
        unique = (True, True, False) if given == "callibri:1" else (True, None, False, None)
        phone = dice.choice(draw.phones) if draw.chance(0.85) else ""
        rows.append(
            blank(
                "calls",
                source=given,
                call_id=call_id,
                started_at=near["created_at"] + apart if near else draw.moment(),
                person_key=near["person_key"] if near and draw.chance(0.9) else phone,
                source_raw=dice.choice(SOURCES),
                utm_source=source,
                utm_medium=medium,
                utm_campaign=dice.choice(LEAD_CAMPAIGNS) if source else "",
                yclid=dice.choice(("", "", "", *draw.visitors)),
                ym_client_id=dice.choice(("", "", *draw.visitors)),
                is_unique=None if given == "file:pbx" else dice.choice(unique),
                call_direction=dice.choice(("", "in", "in", "out")),
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
                person_key=dice.choice(draw.phones) if draw.chance(0.1) else "",
                yclid=visitor if draw.chance(0.2) else "",
                traffic_source=traffic_source,
                adv_engine=dice.choice(ADV_ENGINES) if traffic_source == "ad" else "",
                utm_source=source,
                utm_medium=medium,
                utm_campaign=dice.choice(LEAD_CAMPAIGNS),
            )
        )
    return rows
