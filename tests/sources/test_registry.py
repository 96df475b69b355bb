"""SOURCES is the only list of kinds: whatever speaks of kinds agrees with it."""

from __future__ import annotations

from metrics.schema import ENTITIES
from metrics.settings import COST_ORDER
from sheets_sync.clinic.config import ReportConfig
from sheets_sync.settings import _endpoints
from sheets_sync.sources import SHEET, SOURCES, noun, source_title


def test_costs_win_in_the_order_of_the_contract() -> None:
    gives_costs = {kind for kind, source in SOURCES.items() if "costs" in source.entities}
    assert {*gives_costs, SHEET} == set(COST_ORDER)
    assert ReportConfig().cost_order == COST_ORDER


def test_every_kind_is_whole() -> None:
    for kind, source in SOURCES.items():
        assert source.kind == kind == source.table.model_fields["kind"].annotation.__args__[0]
        assert source.noun
        assert set(source.entities) <= set(ENTITIES)
        assert noun(f"{kind}:x") == source.noun
        assert source_title(f"{kind}:x").endswith("x")


def test_an_endpoint_of_any_kind_is_taken_from_the_environment() -> None:
    named = {f"ROMI_SHEETS_{kind.upper()}_ENDPOINT": "http://127.0.0.1:1" for kind in SOURCES}
    assert _endpoints(named) == dict.fromkeys(SOURCES, "http://127.0.0.1:1")
    assert _endpoints({"ROMI_SHEETS_HOME": "x", "ROMI_SHEETS_FAX_ENDPOINT": ""}) == {}
