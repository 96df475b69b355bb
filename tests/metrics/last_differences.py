"""Where «Что сделать», «Проверка» and the digest part from the reference, for one clinic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time

from metrics.verification.recounts import recounts
from sheets_sync.notify.digest import digest_cells, digest_lines, last_week
from templates_sheets.laying import Answers, tables
from templates_sheets.material import Material
from templates_sheets.tab import Table
from tests.metrics.clinic_tables import ClinicTables
from tests.metrics.differences import same
from tests.reference import Reconciled, Verified, action_rows, digest_rows


def last_differences(rows: ClinicTables) -> list[str]:
    """Every line of theirs that the specification's slow twin writes otherwise."""
    at = datetime.combine(rows.settings.as_of, time(12), rows.settings.zone)
    answers = Answers(Material(rows.settings, rows.frames, at))
    laid = tables(answers)
    return [
        *of_actions(rows, answers),
        *of_verification(rows, answers),
        *of_digest(rows, laid),
    ]


def of_actions(rows: ClinicTables, answers: Answers) -> Iterator[str]:
    channels = [c for c in answers["channel_report"]["channel"] if c != "Итого"]
    expected = action_rows(Reconciled(rows.tables, rows.settings), channels)
    frame = answers["actions"]
    product = list(zip(frame["action"], frame["effect"], strict=True))
    agrees = [one[0] for one in product] == [one[0] for one in expected] and all(
        same(effect, other)
        for (_, effect), (_, other) in zip(product, expected, strict=True)
    )  # fmt: skip
    if not agrees:
        yield f"actions: {product}, the reference says {expected}"


def of_verification(rows: ClinicTables, answers: Answers) -> Iterator[str]:
    """What it expects of a cell is what the reference expects, and so what stands there."""
    book = answers["written"]
    product = {}
    for one in recounts(book):
        place = re.match(r"([A-Z]+)(\d+) ", one.where)
        if place:
            product.setdefault((one.tab, place[1], int(place[2])), []).append(one.expected)
    expected = Verified(book, rows.settings.funnel_months).cells()
    for (tab, row, title), value in expected.items():
        column = book[tab][0].index(title)
        cell = book[tab][row - 1][column]
        if not same(cell, value) and not _near(cell, value):
            yield f"{tab}, row {row}, {title}: {cell}, the reference says {value}"
        checks = product.get((tab, _letters(column), row), [])
        # «lines under a table differ in nothing»: a last row of nothing may be one of hers.
        is_last = not checks and not value and tab.startswith("Юнит")
        if not is_last and not any(same(one, value) or _near(one, value) for one in checks):
            yield f"{tab}, row {row}, {title}: verify expects {checks}, the reference {value}"


def _near(cell: object, value: object) -> bool:
    """«Counts and roubles agree within 0.005»; roads to CM come by way of ratios."""
    return None not in (cell, value) and abs(float(cell) - float(value)) < 0.005  # type: ignore[arg-type]


def _letters(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else _letters(place // 26 - 1) + _letters(place % 26)


def of_digest(rows: ClinicTables, laid: list[Table]) -> Iterator[str]:
    memory = digest_cells(laid, rows.settings.as_of)
    week = last_week(memory)
    assert week is not None
    product = list(digest_lines("Клиника", memory, week))[:11]
    table = next(t for t in laid if t.tab.key == "weekly")
    written = [[column.title for column in table.columns], *table.rows]
    notes = [
        next((text for (at, _), text in sorted(table.notes.items()) if at == row), "")
        for row in range(len(table.rows))
    ]
    for one, other in zip(
        product, digest_rows("Клиника", rows.settings.as_of, written, notes), strict=True
    ):
        if one != other:
            yield f"digest: {one!r}, the reference says {other!r}"
