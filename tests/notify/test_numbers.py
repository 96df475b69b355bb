"""Numbers of a message: whole, half to even, a true minus, plain spaces."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.notify.numbers import cell, change


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (66.0, "count", "66"),
        (2.5, "count", "2,5"),
        (1234.25, "count", "1 234,2"),
        (1234.5, "money", "1 234 ₽"),
        (1235.5, "money", "1 236 ₽"),
        (-800.0, "money", "\u2212800 ₽"),
        (-0.3, "money", "0 ₽"),
        (1.9046, "percent", "190 %"),
        (0.145, "percent", "14 %"),
        (0.0725, "percent", "7,2 %"),
        (-0.055, "percent", "\u22125,5 %"),
        (0.1, "percent", "10 %"),
        (0, "percent", "0,0 %"),
        ("SEO: 1 ₽", "text", "SEO: 1 ₽"),
        (None, "money", ""),
    ],
)
def test_a_cell(value: Any, form: str, shown: str) -> None:
    assert cell(value, form) == shown


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        ((66 - 44) / 44, "change", "▲ 50 %"),
        ((29 - 200) / 200, "change_bad", "▼ 86 %"),
        (0.045, "change", "▲ 4,5 %"),
        (0.0, "change", "0,0 %"),
        ((0.255 - 0.1) * 100, "points", "▲ 16 п.п."),
        (-1.25, "points", "▼ 1,2 п.п."),
        (None, "change", ""),
    ],
)
def test_a_change(value: Any, form: str, shown: str) -> None:
    assert change(value, form) == shown


@given(st.integers(-(10**12), 10**12))
def test_whole_roubles_read_back_are_the_cell(roubles: int) -> None:
    text = cell(float(roubles), "money").removesuffix(" ₽").replace(" ", "").replace("−", "-")
    assert int(text) == roubles
