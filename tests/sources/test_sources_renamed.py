"""What a clinic's file names now is what counts: mistyped, renamed and shared exports, from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from sheets_sync.cli import main

COSTS = "Дата;Площадка;Расход\n05.01.2026;SEO;1000\n06.01.2026;SEO;1000\n"
DEALS = "ID;Дата;Телефон;Источник;Сумма\n1;05.01.2026;89161112233;2ГИС;1000\n"


def sync(folder: Path, *sources: tuple[str, str]) -> dict[str, Any]:
    """Sync a clinic of sources (entity, path)."""
    tables = [f'[[source]]\nkind = "file"\nentity = "{e}"\npath = "{p}"\n' for e, p in sources]
    head = 'name = "К"\n[report]\nfrom = 2026-01-01\nto = 2026-01-31\n'
    (folder / "clinic.toml").write_text(head + "".join(tables), encoding="utf-8")
    words = ["sync", str(folder / "clinic.toml"), "--as-of", "2026-01-31", "--json"]
    env = {"ROMI_SHEETS_HOME": str(folder / "home"), "DATABASE_URL": ""}
    told: dict[str, Any] = json.loads(CliRunner().invoke(main, words, env=env).stdout)
    return told


def cost(told: dict[str, Any]) -> float:
    found: float = told["channels"][-1]["cost"]
    return found


def test_a_mistyped_path_is_forgotten_when_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text(COSTS, encoding="utf-8")
    assert sync(tmp_path, ("costs", "cost.csv"))["counts"]["stale"] == 1
    told = sync(tmp_path, ("costs", "costs.csv"))
    assert told["ok"]
    assert told["counts"]["stale"] == 0


def test_a_renamed_export_of_costs_counts_once(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text(COSTS, encoding="utf-8")
    assert cost(sync(tmp_path, ("costs", "costs.csv"))) == 200_000
    (tmp_path / "costs.csv").rename(tmp_path / "расходы.csv")
    assert cost(sync(tmp_path, ("costs", "расходы.csv"))) == 200_000


def test_days_that_a_new_export_of_costs_does_not_give_keep_their_rows(tmp_path: Path) -> None:
    (tmp_path / "january.csv").write_text(COSTS, encoding="utf-8")
    sync(tmp_path, ("costs", "january.csv"))
    later = COSTS.replace("05.01", "25.01").replace("06.01", "26.01")
    (tmp_path / "now.csv").write_text(later, encoding="utf-8")
    assert cost(sync(tmp_path, ("costs", "now.csv"))) == 400_000


def test_of_two_entities_of_one_file_each_has_its_own_failure(tmp_path: Path) -> None:
    shared = (("leads", "deals.csv"), ("payments", "deals.csv"))
    (tmp_path / "deals.csv").write_text(DEALS, encoding="utf-8")
    sync(tmp_path, *shared)
    again = sync(tmp_path, *shared)["sources"]
    assert [s["unchanged_since_last_time"] for s in again] == [True, True]

    no_sum = DEALS.replace(";Сумма", "").replace(";1000", "")
    (tmp_path / "deals.csv").write_text(no_sum, encoding="utf-8")
    for _ in range(2):
        told = sync(tmp_path, *shared)
        assert [s["stale"] for s in told["sources"]] == [False, True]
        assert told["counts"]["stale"] == 1
    # Whichever is read last: a good one does not hide the other's failure.
    assert sync(tmp_path, *reversed(shared))["counts"]["stale"] == 1
