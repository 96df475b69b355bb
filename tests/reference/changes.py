"""«Что изменилось»: what a snapshot showed, and the walk from it to today (definitions 17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from metrics.settings import Settings
from tests.reference.clinic import Clinic
from tests.reference.money import total
from tests.reference.periods import counts
from tests.reference.rows import Row, Tables
from tests.reference.value import months_earlier

EVERY = "Все"
MEASURES = ("leads", "new_patients", "revenue", "margin", "cost")
#: «A costs row is known by its columns but cost, impressions, clicks.»
COSTS_TELL = ("cost", "impressions", "clicks")
IDS = {"leads": "lead_id", "calls": "call_id", "touches": "touch_id",
       "appointments": "appointment_id", "payments": "payment_id"}  # fmt: skip
Place = tuple[date, str, str]
Shown = dict[Place, int | None]
Rows = dict[Any, Row]


def shown_numbers(tables: Tables, settings: Settings) -> Shown:
    """«month × channel (and «Все») Лиды, Новые пациенты, Выручка, Маржа, Расходы, cash», of any
    month."""
    clinic = Clinic(tables, settings)
    found: dict[Place, list[int | None]] = {}
    for measure in MEASURES:
        for day, group, number in counts(clinic)[measure]:
            if number != 0:
                for channel in (group.channel, EVERY):
                    found.setdefault((day.replace(day=1), channel, measure), []).append(number)
    return {place: total(numbers) for place, numbers in found.items()}


def keyed(entity: str, rows: list[Row]) -> Rows:
    """Rows by what they are known by; of equal ones the n-th is the n-th."""
    found: Rows = {}
    for row in rows:
        if entity in IDS:
            found[row[IDS[entity]]] = row
            continue
        but = COSTS_TELL if entity == "costs" else ()
        key = tuple(sorted((k, str(v)) for k, v in row.items() if k not in but))
        number = sum(known[0] == key for known in found)
        found[key, number] = row
    return found


def is_refund(row: Row) -> bool:
    return bool(row["kind"] == "refund")


def everything(_: Row) -> bool:
    return True


#: «New rows enter: Новые расходы; Новые лиды (with calls, touches); Новые записи; Новые оплаты (but
#: refunds); Новые возвраты.»
ENTERING: tuple[tuple[str, tuple[str, ...], Callable[[Row], bool]], ...] = (
    ("new_costs", ("costs",), everything),
    ("new_leads", ("leads", "calls", "touches"), everything),
    ("new_bookings", ("appointments",), everything),
    ("new_payments", ("payments",), lambda row: not is_refund(row)),
    ("new_refunds", ("payments",), is_refund),
)


def walk(was: Tables, then: Settings, now: Tables, today: Settings) -> Iterator[tuple[str, Shown]]:
    """«a walk in this order, each step recomputes all»: what each step leaves to see."""
    old = {entity: keyed(entity, was.get(entity, [])) for entity in {*was, *now}}
    new = {entity: keyed(entity, now.get(entity, [])) for entity in {*was, *now}}
    rows = {entity: dict(own) for entity, own in old.items()}
    yield "program", shown_numbers(_tables(rows), then)
    later = replace(then, as_of=today.as_of)
    yield "report_day", shown_numbers(_tables(rows), later)
    for step, entities, enters in ENTERING:
        for entity in entities:
            arrived = {k: r for k, r in new.get(entity, {}).items() if k not in old[entity]}
            rows.setdefault(entity, {}).update({k: r for k, r in arrived.items() if enters(r)})
        yield step, shown_numbers(_tables(rows), later)
    # «Исправлено: changed rows take their new content.»
    for entity, own in rows.items():
        own.update({key: row for key, row in new[entity].items() if key in own})
    yield "corrected", shown_numbers(_tables(rows), later)
    # «Исчезло: deleted rows leave.»
    rows = {
        entity: {key: row for key, row in own.items() if key in new[entity]}
        for entity, own in rows.items()
    }
    yield "vanished", shown_numbers(_tables(rows), later)
    yield "rules", shown_numbers(_tables(rows), today)


def _tables(rows: Mapping[str, Rows]) -> Tables:
    return {entity: list(own.values()) for entity, own in rows.items()}


def change_rows(
    before: Shown, was: Tables, then: Settings, now: Tables, today: Settings
) -> dict[Place, dict[str, int | None]]:
    """«24 months»; «over months that had ended before its as_of. A row per month, channel and measure that
    differs.» `before` is what the snapshot showed."""
    steps = [("", before), *walk(was, then, now, today)]
    last = steps[-1][1]
    ended = then.as_of.replace(day=1)
    oldest = months_earlier(ended, 23)
    found: dict[Place, dict[str, int | None]] = {}
    for place in {place for _, cells in steps for place in cells}:
        if not oldest <= place[0] < ended:
            continue
        seen = [cells.get(place, 0) for _, cells in steps]
        if seen[0] == last.get(place, 0):
            continue
        causes = {
            name: None if None in seen else seen[n] - seen[n - 1]  # type: ignore[operator]
            for n, (name, _) in enumerate(steps)
            if n
        }
        # «Where an empty margin meets a number, the causes are empty.»
        change = None if None in (seen[0], seen[-1]) else seen[-1] - seen[0]  # type: ignore[operator]
        assert None in (change, *causes.values()) or sum(causes.values()) == change  # type: ignore[arg-type]
        found[place] = {"before": seen[0], "after": seen[-1], "change": change, **causes}
    return found
