"""One literal clinic read by the product, after the reference has agreed to every number."""

from __future__ import annotations

from typing import Any

from metrics.facts import Facts
from metrics.join.join import join
from metrics.reports.channel_report import channel_report
from tests.metrics.clinic_tables import literal_clinic
from tests.metrics.differences import of_facts

Cells = dict[str, Any]
YEAR = {"as_of": "2026-06-30", "first": "2026-01-01", "last": "2026-06-30"}
AVITO: dict[str, Any] = {"utm_source": "avito"}
RADIO: dict[str, Any] = {"source_raw": "Радио"}


def agreed(**given: Any) -> Facts:
    """Facts of the rows; the reference reads the same rows and says the same numbers."""
    rows = literal_clinic(**{**YEAR, **given})
    facts = join(rows.frames, rows.settings)
    assert of_facts(facts, rows) == []
    return facts


def total(facts: Facts) -> Cells:
    """«Итого» of the channel report."""
    return row(facts, "Итого")


def row(facts: Facts, channel: str) -> Cells:
    """One row of the channel report; {} where there is none."""
    frame = channel_report(facts)
    found = frame[frame["channel"] == channel].to_dict("records")
    return {str(k): v for k, v in found[0].items()} if found else {}


def numbers(cells: Cells, *names: str) -> list[float]:
    return [cells[name] for name in names]
