"""A column's bytes tell which characters it has."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.reading.characters import has_byte, is_untidy

TEXTS = st.lists(st.text(alphabet=" \tab1я₽\u00a0\ufffd\x00", max_size=4), max_size=6)


@given(TEXTS, TEXTS, st.sampled_from([b"\x00", b" \t", "\ufffd".encode()[:1]]))
def test_a_byte_is_found_wherever_it_stands(one: list[str], two: list[str], byte: bytes) -> None:
    expected = any(b in byte for text in one + two for b in text.encode())
    for kind in (pa.string(), pa.large_string()):
        column = pa.chunked_array([pa.array(one, kind), pa.array(two, kind)], kind)
        assert has_byte(column, byte) == expected
        assert has_byte(column.combine_chunks(), byte) == expected


def test_a_slice_never_misses_its_own() -> None:
    column = pa.array(["чисто", "с пробелом", "чисто"])
    assert has_byte(column[1:2], b" ")
    assert not has_byte(pa.array(["чисто"]), b" ")
    assert not has_byte(pa.array([], pa.string()), b" ")
    assert not has_byte(pa.array([None, ""], pa.string()), b" ")


@given(st.lists(st.text(alphabet=" aя", max_size=5), max_size=6))
def test_spaces_at_an_edge_or_together_are_untidy(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    assert is_untidy(column) == any(t != t.strip(" ") or "  " in t for t in texts)
    assert is_untidy(column[1:]) == any(t != t.strip(" ") or "  " in t for t in texts[1:])


def test_two_spaces_on_both_sides_of_a_piece_are_together() -> None:
    for before in range(2**17 - 3, 2**17 + 3):
        assert is_untidy(pa.array(["x" * before + "  y"]))
        assert not is_untidy(pa.array(["x" * before + " y"]))
