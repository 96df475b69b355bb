"""Ids in few letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.sources.medods.id_ranges import ids_of, ranges_of


def test_numbers_that_follow_one_another_are_one_range() -> None:
    assert ranges_of(["3", "1", "2", "9", "v7", "007"]) == "1..3 9 007 v7"
    assert ids_of("") == set()


@given(st.sets(st.one_of(st.integers(0, 60).map(str), st.sampled_from(["007", "a-1", "-3", "٣"]))))
def test_ids_come_back_as_they_were(ids: set[str]) -> None:
    assert ids_of(ranges_of(ids)) == ids
