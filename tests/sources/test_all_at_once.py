"""Ten services at once through the real command: numbers by hand, one dead, two syncs, a kill in each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sheets_sync.cli import main
from tests.books.xlsx_files import load
from tests.doubles.service import Double
from tests.sources.all_at_once import CHANNELS, environment, services, write_clinic

#: Of «Отчёт по каналам», in the order of CHANNELS' numbers.
_COLUMNS = ("Лиды", "Записи", "Визиты", "Новые пациенты", "Выручка", "Расходы")


@pytest.fixture
def doubles() -> Iterator[dict[str, Double]]:
    with services() as found:
        yield found


@pytest.fixture
def clinic(tmp_path: Path, doubles: dict[str, Double], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in environment(tmp_path / "home", doubles).items():
        monkeypatch.setenv(name, value)
    return write_clinic(tmp_path, doubles)


def synced(clinic: Path, status: int = 0, *options: str) -> dict[str, Any]:
    ran = CliRunner().invoke(main, ["sync", str(clinic), "--json", *options])
    assert ran.exit_code == status, ran.output
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def channels(clinic: Path) -> dict[str, tuple[float, ...]]:
    """The book's channels with their numbers; an empty cell is 0."""
    header, *rows = load(clinic.parent / "report.xlsx")["Отчёт по каналам"].iter_rows(
        values_only=True
    )
    places = [header.index(name) for name in _COLUMNS]
    return {str(row[0]): tuple(row[n] or 0 for n in places) for row in rows if row[0]}


def test_ten_services_at_once_make_the_numbers_counted_by_hand(clinic: Path) -> None:
    answer = synced(clinic)
    assert not [s for s in answer["sources"] if s["stale"]]
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    assert channels(clinic) == CHANNELS
