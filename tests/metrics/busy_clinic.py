"""A clinic of two busy channels whose last week may be poor: what «Внимание» is about."""

from __future__ import annotations

import random
from datetime import date, timedelta

from tests.metrics.clinic_rows import Row, lead, paid, spent, visit
from tests.metrics.clinic_tables import ClinicTables, literal_clinic

AS_OF = date(2026, 11, 16)
TAGS = (
    {"utm_source": "yandex", "utm_medium": "cpc"},
    {"utm_source": "vk", "utm_medium": "cpc"},
)


def busy_clinic(seed: int) -> ClinicTables:
    """Eight weeks of leads, bookings, visits, payments, costs and traffic; the last is its own."""
    dice = random.Random(seed)
    rows: dict[str, list[Row]] = {
        n: [] for n in ("leads", "visits", "payments", "costs", "traffic")
    }
    for number, tags in enumerate(TAGS):
        usual = dice.choice((0.4, 1.0, 2.0))
        for week in range(8):
            pace = usual * (dice.choice((0.0, 0.2, 0.6, 1.0)) if week == 0 else 1.0)
            spoiled = week == 0 and dice.random() < 0.5
            for day in (AS_OF - timedelta(days=1 + 7 * week + n) for n in range(7)):
                _day(dice, rows, f"{number}-{day}", day, tags, pace, spoiled=spoiled)
    return literal_clinic(
        as_of=f"{AS_OF}", first="2026-08-18", last="2026-11-15",
        **{name: tuple(under) for name, under in rows.items()},
        alert_min_effect=dice.choice((0, 5_000)),
    )  # fmt: skip


def _day(
    dice: random.Random, rows: dict[str, list[Row]], key: str, day: date, tags: dict[str, str],
    pace: float, *, spoiled: bool,
) -> None:  # fmt: skip
    if dice.random() < 0.9:
        rows["costs"].append(spent(f"{day}", f"{day}", dice.randint(1_000, 4_000), **tags))
    sessions = round(40 * pace) + dice.randint(0, 5)
    rows["traffic"].append({"date": f"{day}", "visits": sessions, "users": sessions, **tags})
    for n in range(round(3 * pace + dice.random())):
        person = f"{key}-{n}"
        rows["leads"].append(lead(f"L{person}", f"{day}", person, **tags))
        if dice.random() < (0.1 if spoiled else 0.7):
            status = "completed" if dice.random() < 0.8 else "no_show"
            rows["visits"].append(
                visit(f"V{person}", f"{day}", person, f"L{person}", status=status)
            )
            cost = dice.choice((1_000, 2_000))
            rows["payments"].append(paid(f"P{person}", f"{day}", person, 9_000, cost=cost))
