"""A believable clinic that does not exist: its exports and its file, the same for the same seed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

from sheets_sync.demo import exports, phone, phrases, reviews, site, spending, workbooks
from sheets_sync.demo.economy import DIRECTIONS
from sheets_sync.demo.story import Story, tell

#: The demo's "today": fixed, so that the same seed gives the same bytes on any day.
LAST_DAY = date(2026, 10, 31)

_CLINIC = """\
# Клиника, которой нет: файл, с которого можно начать свой.
name = "Стоматология «Пример»"
timezone = "Asia/Yekaterinburg"

[book]
kind = "xlsx"
path = "report.xlsx"

[report]
margin_rate = 0.45                  # где у оплаты нет себестоимости и направления
[report.margin_rates]               # где у оплаты нет себестоимости
{rates}
[report.directions]                 # что в названии кампании, услуге или адресе = направление
"имплант|all-on" = "имплантация"
"брекет|элайнер|прикус|ортодонт" = "ортодонтия"
"чистк|отбелив|гигиен" = "гигиена"
"коронк|винир|протез" = "протезирование"
"лечени|кариес|канал|болит" = "терапия"

"""


def write_clinic(
    folder: Path,
    seed: int = 1,
    leads: int = 3000,
    months: int = 14,
    last_day: date | None = None,
) -> Path:
    """Write the exports of an invented clinic into `folder`/exports and its `clinic.toml`.

    leads     rows of the CRM export, about
    months    whole calendar months up to `last_day` (default LAST_DAY), at least 1
    Returns the path of the file. Files of these names are replaced; others are left alone.
    """
    random = Random(seed)  # noqa: S311 - an invented clinic, not a secret
    story = invent(random, leads, months, last_day or LAST_DAY)
    out = folder / "exports"
    out.mkdir(parents=True, exist_ok=True)
    sources = _write_exports(out, random, story)
    rates = "\n".join(f'"{d.name}" = {d.margin_rate}' for d in DIRECTIONS)
    path = folder / "clinic.toml"
    path.write_text(
        _CLINIC.format(rates=rates) + "\n".join(sources), encoding="utf-8", newline="\n"
    )
    return path


def invent(random: Random, leads: int, months: int, last: date) -> Story:
    """What happened in the clinic of `random`, as `write_clinic` writes it."""
    month = last.year * 12 + last.month - max(months, 1)
    first = date(month // 12, month % 12 + 1, 1)
    return tell(random, max(leads, 10), first, last)


def _write_exports(out: Path, random: Random, story: Story) -> list[str]:
    """Write every export; returns the [[source]] of each."""
    daily = spending.by_day(random, story)
    rest = spending.by_month(story) + spending.by_week(daily)
    visits = spending.site(random, story)
    return [
        exports.write_leads(out, random, story),
        workbooks.write_appointments(out, random, story),
        exports.write_payments(out, random, story),
        workbooks.write_costs(out, rest),
        site.write_direct(out, daily),
        site.write_traffic(out, visits),
        site.write_touches(out, random, story, visits),
        phrases.write_phrases(out, random, daily),
        phone.write_calls(out, random, story),
        reviews.write_reviews(out, random, story),
    ]


__all__ = ["LAST_DAY", "invent", "write_clinic"]
