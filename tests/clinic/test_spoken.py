"""What sources are called before people."""

from __future__ import annotations

import pytest

from sheets_sync.sources import source_title


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("file:exports/leads.csv", "exports/leads.csv"),
        ("metrica:11111111", "Метрика 11111111"),
        ("direct:primer-dental", "Директ primer-dental"),
        ("direct:12345", "Директ 12345"),
        ("direct:CLINIC_DIRECT_TOKEN", "Директ"),
        ("sheet:Расходы", "вкладка «Расходы»"),
    ],
)
def test_a_source_is_called_as_a_marketer_knows_it(name: str, said: str) -> None:
    assert source_title(name) == said
