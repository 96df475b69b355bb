"""The invented clinic's telephone: who called, who was missed, whom the desk called back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random

from sheets_sync.demo import people
from sheets_sync.demo.economy import BRANCHES, Campaign
from sheets_sync.demo.exports import MANAGERS, minute, write_csv
from sheets_sync.demo.people import Lead
from sheets_sync.demo.story import Story

CALLS_SOURCE = """\
[[source]]                          # журнал коллтрекинга: входящие и исходящие звонки
kind = "file"
entity = "calls"
path = "exports/zvonki.csv"
"""
_HEADER = (
    "ID звонка", "Дата и время звонка", "Тип звонка", "Номер клиента", "Источник", "utm_source",
    "utm_medium", "utm_campaign", "Статус звонка", "Длительность разговора", "Время ожидания",
    "Уникальный", "Целевой", "Филиал", "Оператор",
)  # fmt: skip
_OPENS, _CLOSES = time(9), time(21)
#: Chances that a call is missed while the desk is there and while nobody is.
_MISSED, _MISSED_AT_NIGHT = 0.09, 0.85
#: Chances that a missed call of the CRM is called back, and that a form is.
_CALLED_BACK, _FORM_CALLED = 0.75, 0.92
#: For each call of the CRM: calls that nobody wrote down, hidden numbers, suppliers.
_UNWRITTEN, _HIDDEN, _STRANGE = 0.09, 0.02, 0.05
#: Chance that the desk missed a call that nobody wrote down; that a patient calls before a visit.
_UNWRITTEN_MISSED, _BEFORE_VISIT = 0.55, 0.12
#: Their phones begin here: nobody else of the story has them.
_STRANGERS = 3_000_000


@dataclass(frozen=True)
class Call:
    """One call. `phone` is the client's, 0 where it was hidden; seconds of talk and of waiting."""

    at: datetime
    phone: int
    campaign: Campaign | None = None
    missed: bool = False
    outgoing: bool = False
    strange: bool = False
    talk: int = 0
    wait: int = 0


def write_calls(folder: Path, random: Random, story: Story) -> str:
    """The call tracking's journal: UTF-8, `;`, one row a call."""
    calls = [*_written(random, story), *_unwritten(random, story), *_patients(random, story)]
    calls = sorted((c for c in calls if c.at.date() <= story.last), key=lambda c: c.at)
    numbers: set[int] = set()
    rows = []
    for number, call in enumerate(calls, 700001):
        rows.append([str(number), *_row(random, call, first=call.phone not in numbers)])
        numbers.add(call.phone)
    write_csv(folder / "zvonki.csv", (_HEADER, *rows), "utf-8-sig")
    return CALLS_SOURCE


def _row(random: Random, call: Call, *, first: bool) -> list[str]:
    """Cells after the id. A call that was not taken has no talk, nobody took it, none judged it."""
    marked = call.campaign if call.campaign and not call.outgoing else None
    has_talk = not call.missed
    return [
        minute(call.at),
        "Исходящий" if call.outgoing else "Входящий",
        people.spelled(random, call.phone) if call.phone else "Скрыт",
        marked.source if marked else "",
        *(marked.utm if marked else ("", "", "")),
        "Отвечен" if has_talk else "Пропущен",
        str(call.talk) if has_talk else "0",
        str(call.wait),
        "" if call.outgoing else "да" if first else "нет",
        "" if call.outgoing or call.missed else "нет" if call.strange else "да",
        random.choices(tuple(BRANCHES), (3, 2))[0],
        random.choice(MANAGERS) if has_talk else "",
    ]


def _written(random: Random, story: Story) -> Iterator[Call]:
    """Calls behind the CRM's rows: of those who called, and the desk's to those who wrote."""
    for lead in story.leads:
        if lead.by_call:
            call = _inbound(random, lead.at, lead.person.phone, lead.campaign)
            yield call
            if call.missed and random.random() < _CALLED_BACK:
                yield _outbound(random, call.at, call.phone, 35)
        elif _is_answered(random, lead):
            yield _outbound(random, lead.at, lead.person.phone, 18)


def _is_answered(random: Random, lead: Lead) -> bool:
    reachable = lead.has_phone and lead.status not in ("Спам", "Дубль")
    return reachable and random.random() < _FORM_CALLED


def _unwritten(random: Random, story: Story) -> Iterator[Call]:
    """Calls that the CRM never saw: missed or forgotten, hidden numbers, suppliers."""
    calls = [lead for lead in story.leads if lead.by_call]
    number = _STRANGERS
    for chance in (_UNWRITTEN, _HIDDEN, _STRANGE):
        for like in random.choices(calls, k=round(len(calls) * chance)) if calls else ():
            number += 1
            at = like.at + timedelta(minutes=random.randint(-180, 180))
            phone = 0 if chance == _HIDDEN else people.person(random, number).phone
            call = _inbound(random, at, phone, like.campaign)
            if chance == _STRANGE:
                yield replace(call, strange=True, talk=random.randint(8, 45))
            else:
                yield replace(call, missed=call.missed or random.random() < _UNWRITTEN_MISSED)


def _patients(random: Random, story: Story) -> Iterator[Call]:
    """Patients call before a visit: to ask, to move it. They dial the number on their card."""
    for row in story.bookings:
        if row.visited and random.random() < _BEFORE_VISIT:
            at = _within_hours(random, row.starts - timedelta(days=random.randint(1, 3)))
            if at > row.booked:
                yield _inbound(random, at, row.person.phone, None)


def _inbound(random: Random, at: datetime, phone: int, campaign: Campaign | None) -> Call:
    here = _OPENS <= at.time() < _CLOSES
    missed = random.random() < (_MISSED if here else _MISSED_AT_NIGHT)
    wait = random.randint(25, 70) if missed else 4 + round(random.expovariate(1 / 12))
    return Call(
        at, phone, campaign, missed, talk=25 + round(random.expovariate(1 / 130)), wait=wait
    )


def _outbound(random: Random, since: datetime, phone: int, minutes: int) -> Call:
    """The desk calls some `minutes` after `since`, or in the morning; one of six is not taken."""
    at = _within_hours(
        random, since + timedelta(minutes=2 + round(random.expovariate(1 / minutes)))
    )
    talk = 20 + round(random.expovariate(1 / 110))
    return Call(at, phone, missed=random.random() < 1 / 6, outgoing=True, talk=talk, wait=12)


def _within_hours(random: Random, at: datetime) -> datetime:
    """`at`, or the next morning soon after the desk opens."""
    if _OPENS <= at.time() < _CLOSES:
        return at
    day = at.date() + timedelta(days=at.time() >= _CLOSES)
    return datetime.combine(day, _OPENS) + timedelta(minutes=random.randint(1, 40))
