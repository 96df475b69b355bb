"""A literal page of each service in, literal rows out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.doubles.services import DOUBLES
from tests.sources.contract_rows import check_rows
from tests.sources.live import Line
from tests.sources.recorded import CASES, Case, Recorded
from tests.sources.yandex import Hands


def test_every_service_has_a_page() -> None:
    assert {case.kind for case in CASES} == DOUBLES.keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_a_page_becomes_its_rows(case: Case, tmp_path: Path, clock: Hands) -> None:
    with Recorded(case) as service:
        line = Line(service, tmp_path, clock, **{"from": date(2026, 11, 1)})
        line.pull()
    for entity, rows in case.rows.items():
        check_rows(line, entity, rows)


def test_a_record_without_an_id_is_refused_and_counted(tmp_path: Path, clock: Hands) -> None:
    case = next(c for c in CASES if c.kind == "calltouch")
    pages = {
        where: page.replace('"callId":501', '"callId":null') for where, page in case.pages.items()
    }
    with Recorded(replace(case, pages=pages)) as service:
        line = Line(service, tmp_path, clock, **{"from": date(2026, 11, 1)})
        calls = [pulled for pulled in line.pull() if pulled.entity == "calls"]
    assert [r["call_id"] for r in line.rows("calls")] == ["calltouch:502"]
    assert [(r.column, r.reason) for r in calls[-1].refused] == [("call_id", "нет номера")]
    assert calls[-1].refused_count == 1
