"""Keys as integers: the same codes whatever the keys look like, also where two meet in a number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import key_codes
from metrics.coded import code, dense, distinct, in_order
from metrics.key_codes import encode_keys

#: Keys of one length, as a clinic's are, among them some that differ in one half alone.
KEYS = ["a" * 16, "b" * 16, "a" * 8 + "b" * 8, "b" * 8 + "a" * 8]


def expected(*columns: pd.Series) -> tuple[list[list[int]], int]:
    """Numbers in the order of the keys' first appearance, -1 for none."""
    seen: dict[str, int] = {}
    codes = [
        [seen.setdefault(key, len(seen)) if isinstance(key, str) and key else -1 for key in column]
        for column in columns
    ]
    return codes, len(seen)


def assert_coded(*columns: pd.Series) -> None:
    codes, count = encode_keys(*columns)
    assert ([code.tolist() for code in codes], count) == expected(*columns)
    assert all(code.dtype == np.int64 for code in codes)


def test_keys_of_one_length_are_coded_over_several_columns():
    one = pd.Series([KEYS[0], "", KEYS[2], KEYS[0]], dtype="str")
    two = pd.Series([KEYS[3], KEYS[2], "", KEYS[1]], dtype="str")
    codes, count = encode_keys(one, two)
    assert [code.tolist() for code in codes] == [[0, -1, 1, 0], [2, 1, -1, 3]]
    assert count == 4


@pytest.mark.parametrize("mix", [0, 1, 2**63])
def test_keys_that_meet_in_one_number_stay_apart(monkeypatch, mix):
    monkeypatch.setattr(key_codes, "_MIX", np.uint64(mix))
    assert_coded(pd.Series(KEYS * 3, dtype="str"), pd.Series(KEYS[::-1], dtype="str"))


@given(st.lists(st.lists(st.sampled_from([*KEYS, "", None]), max_size=6), min_size=1, max_size=3))
def test_any_columns_of_such_keys(lists):
    assert_coded(*(pd.Series(keys, dtype="str") for keys in lists))


@given(st.lists(st.text(max_size=9), max_size=8), st.integers(0, 3))
def test_any_texts_also_of_a_part_of_a_column(texts, first):
    assert_coded(pd.Series(["x" * 8, *texts], dtype="str").iloc[first:], pd.Series([], dtype="str"))


@given(st.lists(st.sampled_from([0, 1, 2**16 - 1, 2**16, 2**16 + 1, 2**31, 2**32 - 1]), max_size=9))
def test_numbers_of_more_than_16_bits_are_put_in_order(numbers):
    rows = in_order(np.array(numbers, dtype=np.int64), max(numbers, default=0))
    assert rows.tolist() == sorted(range(len(numbers)), key=numbers.__getitem__)


@given(st.lists(st.sampled_from([-1, 0, 1, 2**16, 2**33]), max_size=9))
def test_distinct_numbers_of_any_size(numbers):
    assert distinct(np.array(numbers, dtype=np.int64)).tolist() == sorted(set(numbers))


@given(st.lists(st.integers(0, 5), max_size=9), st.sampled_from([6, 2**21]))
def test_dense_keys_of_few_and_of_many_possible(keys, size):
    present, place = dense(np.array(keys, dtype=np.int64), size)
    assert present.tolist() == sorted(set(keys))
    assert present[place].tolist() == keys


def test_texts_that_rows_share_become_codes_and_others_stay():
    texts = pd.DataFrame(
        {"word": ["vk", "", "vk", "vk"], "own": ["1", "2", "3", "3"], "n": range(4)},
        index=[5, 6, 7, 8],
    ).astype({"word": "str", "own": "str"})
    coded = code(texts, ["word", "own"])
    assert list(coded["word"].cat.categories) == ["vk", ""]
    assert coded["word"].tolist() == texts["word"].tolist()
    pd.testing.assert_frame_equal(coded[["own", "n"]], texts[["own", "n"]])
    assert code(texts[:0], ["word"]).equals(texts[:0])
