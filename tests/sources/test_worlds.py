"""What the contract makes of each double's world: rows written by somebody who had not seen the client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.service import Double
from tests.doubles.services import DOUBLES
from tests.sources.contract_rows import check_rows
from tests.sources.live import Line
from tests.sources.yandex import Hands

WORLDS = [(kind, "expected", {}) for kind in DOUBLES] + [
    (kind, "expected_mapped", d.mapped) for kind, d in DOUBLES.items() if d.expected_mapped
]


@pytest.mark.parametrize(("kind", "name", "mapped"), WORLDS)
def test_a_world_becomes_the_rows_of_the_contract(
    kind: str, name: str, mapped: Mapping[str, Any], tmp_path: Path, clock: Hands
) -> None:
    double: type[Double] = DOUBLES[kind]
    with double(clock=clock) as service:  # type: ignore[call-arg]  # each has its own world
        line = Line(service, tmp_path, clock, **{"from": date(2026, 11, 1), **mapped})
        line.pull()
    for table, rows in getattr(double, name).items():
        check_rows(line, table.partition(" ")[0], rows)
