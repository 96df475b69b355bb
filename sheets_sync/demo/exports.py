"""The CSV exports of the invented clinic: each function writes one file and says what it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sheets_sync.demo import people
from sheets_sync.demo.keywords import term
from sheets_sync.demo.people import Lead
from sheets_sync.demo.story import Story
from sheets_sync.demo.treatment import Payment

MANAGERS = ("Алина", "Светлана", "Юлия")
_COMMENTS = (
    "", "", "", "", "перезвонить после 18:00", 'просил "только утро"', "записать к Орлову;\nждёт",
    "второй номер {phone}", "пишет с {email}", "дорого, думает", "из рассылки про скидки",
)  # fmt: skip
_NO_PHONE = ("", "", "", "нет", "не оставил")
_EPOCH, _SECOND = datetime(1970, 1, 1), timedelta(seconds=1)  # noqa: DTZ001 - exports know no zones
_MINUS, _NBSP = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"

LEADS_SOURCE = """\
[[source]]                          # заявки и звонки из CRM: CSV в cp1251
kind = "file"
entity = "leads"
path = "exports/leads_crm.csv"
[source.columns]                    # столбец, который сам не узнаётся
landing_path = "Адрес формы"
"""
PAYMENTS_SOURCE = """\
[[source]]                          # касса: оплаты, возвраты, авансы, бонусы
kind = "file"
entity = "payments"
path = "exports/oplaty.csv"
"""


def write_leads(folder: Path, random: Random, story: Story) -> str:
    """The CRM's leads: cp1251, `;`, two title rows, three rows that cannot be read."""
    rows = [
        _lead(random, lead, form_works=story.form_works(lead.at.date())) for lead in story.leads
    ]
    broken = ("вчера вечером", "31.02.2026 10:00", "")
    for place, at in enumerate(broken, 1):
        row = list(rows[place * len(rows) // 4])
        rows.insert(place * len(rows) // 4, ["", at, *row[2:]])
    header = (
        "ID заявки", "Дата обращения", "ФИО", "Телефон", "Эл. почта", "Статус", "Тип обращения",
        "Источник", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
        "ClientID", "yclid", "Адрес формы", "Услуга", "Ответственный", "Комментарий",
    )  # fmt: skip
    title = (
        ["Выгрузка обращений из CRM"],
        [f"Период: {story.first:%d.%m.%Y} - {story.last:%d.%m.%Y}"],
    )
    write_csv(folder / "leads_crm.csv", (*title, header, *rows), "cp1251")
    return LEADS_SOURCE


def _contact(random: Random, lead: Lead, *, form_works: bool) -> str:
    if lead.by_call:
        return "Звонок"
    return random.choice(("Форма", "Форма", "Форма", "Чат")) if form_works else "Чат"


def _lead(random: Random, lead: Lead, *, form_works: bool) -> list[str]:
    phone = people.spelled(random, lead.person.phone)
    comment = random.choice(_COMMENTS).format(phone=phone, email=people.email(lead.number))
    if not lead.has_phone:
        phone = random.choice(_NO_PHONE)
    elif random.random() < 0.01:
        phone = f"{phone}, {people.spelled(random, lead.person.phone + 5_000_000)}"
    return [
        str(lead.number),
        minute(lead.at),
        lead.person.name if random.random() < 0.9 else lead.person.name.split()[1],
        phone,
        people.email(lead.number) if random.random() < 0.15 else "",
        lead.status,
        _contact(random, lead, form_works=form_works),
        *_marks(random, lead),
        lead.query if random.random() < 0.93 else "",
        random.choice(MANAGERS),
        comment,
    ]


def _marks(random: Random, lead: Lead) -> list[str]:
    """Source, utm, ClientID, yclid and page: what is left of them when a lead reaches a CRM."""
    campaign = lead.campaign
    source = campaign.source if random.random() < 0.9 else ""
    utm = ("", "", "")
    client_id = yclid = page = content = ""
    if campaign.utm[0] and (not lead.by_call or random.random() < 0.85):
        utm = campaign.utm
        content = f"banner_{random.randint(1, 4)}"
    if campaign.site and not lead.by_call:
        client_id = f"{(lead.at - _EPOCH) // _SECOND}{random.randrange(10**9):09d}"
        page = lead.direction.landing
        if not source and not utm[0]:
            source = random.choice(("", "Сайт"))
    if campaign.is_direct and not lead.by_call and random.random() < 0.85:
        yclid = str(random.randrange(10**18, 2 * 10**19))
    phrase = term(random, campaign, lead.query) if utm[0] else ""
    return [source, *utm, content, phrase, client_id, yclid, page]


def write_payments(folder: Path, random: Random, story: Story) -> str:
    """The till: UTF-8 with BOM, `;`, roubles as people write them, «Итого», three broken rows.

    Half of the refunds are below 0 and half are not: administrators differ.
    """
    shown = [
        -row.amount if row.amount < 0 and random.random() < 0.5 else row.amount
        for row in story.payments
    ]
    rows = [
        _payment(random, row, amount(kopecks))
        for row, kopecks in zip(story.payments, shown, strict=True)
    ]
    for place, (column, text) in enumerate(((9, "уточнить"), (1, "00.00.2026"), (9, "")), 1):
        row = list(rows[place * len(rows) // 4])
        row[0], row[column] = f"б/н {place}", text
        rows.insert(place * len(rows) // 4, row)
    header = (
        "Номер платежа", "Дата оплаты", "№ карты", "Пациент", "Телефон", "Тип операции", "Услуга",
        "Направление", "Врач", "Сумма", "Себестоимость", "Номер записи",
    )  # fmt: skip
    last = ["Итого", *[""] * 8, amount(sum(shown)), "", ""]
    write_csv(folder / "oplaty.csv", (header, *rows, last), "utf-8-sig")
    return PAYMENTS_SOURCE


def _payment(random: Random, row: Payment, money: str) -> list[str]:
    visit = row.booking
    by_phone = random.random() < 0.02
    return [
        str(row.number),
        minute(row.at),
        "" if by_phone else f"{visit.person.card:06d}",
        visit.person.name,
        people.spelled(random, visit.person.phone) if by_phone or random.random() < 0.5 else "",
        row.kind,
        visit.service,
        visit.direction.name if random.random() < 0.97 else "",
        visit.doctor,
        money,
        "" if row.cost is None else amount(row.cost),
        str(visit.number) if random.random() < 0.9 else "",
    ]


def russian(day: date) -> str:
    """01.02.2026."""
    return f"{day:%d.%m.%Y}"


def minute(at: datetime) -> str:
    """01.02.2026 09:30."""
    return f"{at:%d.%m.%Y %H:%M}"


def amount(kopecks: int) -> str:
    """12 500,00 ₽, with no-break spaces and a true minus, as accountants' programs print it."""
    roubles, rest = divmod(abs(kopecks), 100)
    digits = f"{roubles:,}".replace(",", _NBSP)
    return f"{_MINUS if kopecks < 0 else ''}{digits},{rest:02d}{_NBSP}₽"


def write_csv(path: Path, rows: Iterable[Sequence[str]], encoding: str) -> None:
    """Rows as Russian Excel saves them: `;` between cells."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
