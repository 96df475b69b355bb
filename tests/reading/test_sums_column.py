"""A column of money read all at once gives what each cell gives alone."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.reading.money import is_doubtful, kopecks, signs
from sheets_sync.reading.values import sums

MONEY = st.one_of(
    st.from_regex(r"-?[0-9]{1,15}([.,][0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["", "1 234,50 ₽", "(1 200,00)", "−500 руб.", "1,234", "1.234,5", "уточнить", "12,"]),
)  # fmt: skip


@given(st.lists(MONEY, max_size=12))
def test_a_column_is_read_as_its_cells_are(texts: list[str]) -> None:
    values, ok, doubtful, seen = sums(pa.array(texts, pa.string()))
    assert seen == signs(t for t in texts if t)
    alone = [kopecks(t, seen) if t else None for t in texts]
    assert ok.tolist() == [v is not None for v in alone]
    assert values.tolist() == [v or 0 for v in alone]
    unread = [v is None and is_doubtful(t) for v, t in zip(alone, texts, strict=True)]
    assert doubtful.tolist() == unread
