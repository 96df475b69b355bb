"""What patients of the invented clinic wrote about it, as a reputation service exports it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

from sheets_sync.demo.economy import branch_of
from sheets_sync.demo.exports import russian, write_csv
from sheets_sync.demo.story import Story

REVIEWS_SOURCE = """\
[[source]]                          # отзывы с площадок: оценка, врач, филиал
kind = "file"
entity = "reviews"
path = "exports/otzyvy.csv"
"""
_HEADER = ("Номер отзыва", "Дата отзыва", "Площадка", "Оценка", "Дата ответа", "Врач", "Филиал")
#: Of so many visits one is written about; where.
_ONE_OF = 26
_PLATFORMS = ("Яндекс Карты", "Яндекс Карты", "2ГИС", "ПроДокторов")
#: Stars and how often they are given, to a doctor who is in time and to one who is not.
_STARS = (5, 4, 3, 2, 1)
_USUAL, _LATE = (74, 14, 5, 3, 4), (38, 20, 16, 11, 15)
_LATE_DOCTOR = "Фомин Г. Л."
#: Chances that a review names the doctor, and that the clinic answers a good and a bad one.
_NAMED, _THANKED, _EXPLAINED = 0.7, 0.75, 0.55


def write_reviews(folder: Path, random: Random, story: Story) -> str:
    """One row a review, in order of time: no author, no text of theirs."""
    rows: list[list[str]] = []
    for visit in sorted((b for b in story.bookings if b.visited), key=lambda b: b.starts):
        if random.randrange(_ONE_OF):
            continue
        day = visit.starts.date() + timedelta(days=random.randint(0, 6))
        weights = _LATE if visit.doctor == _LATE_DOCTOR else _USUAL
        (stars,) = random.choices(_STARS, weights)
        answered = random.random() < (_THANKED if stars > 3 else _EXPLAINED)
        platform = random.choice(_PLATFORMS)
        named = platform == "ПроДокторов" or random.random() < _NAMED
        if day > story.last:
            continue
        rows.append(
            [
                str(40001 + len(rows)),
                russian(day),
                platform,
                str(stars),
                russian(min(day + timedelta(days=random.randint(0, 4)), story.last))
                if answered
                else "",
                visit.doctor if named else "",
                branch_of(visit.doctor),
            ]
        )
    write_csv(folder / "otzyvy.csv", (_HEADER, *rows), "utf-8-sig")
    return REVIEWS_SOURCE
