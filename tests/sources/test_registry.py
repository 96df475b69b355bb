"""SOURCES is the only list of kinds: whatever speaks of kinds agrees with it."""

from __future__ import annotations

from metrics.schema import ENTITIES
from metrics.settings import COST_ORDER
from sheets_sync.clinic.config import ReportConfig
from sheets_sync.settings import _endpoints
from sheets_sync.sources import SOURCES, gives_costs, noun, source_title


def test_costs_win_in_the_order_of_the_contract() -> None:
    assert set(gives_costs()) <= set(COST_ORDER)
    assert list(gives_costs()) == [kind for kind in COST_ORDER if kind in gives_costs()]
    assert ReportConfig().cost_order == gives_costs()


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
