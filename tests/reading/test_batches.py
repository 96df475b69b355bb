"""Many rows at a time are the rows that `csv.reader` gives one by one, whatever the text is."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sheets_sync.reading.batches import Batch, sound_batch
from sheets_sync.reading.lines import TextRows
from sheets_sync.reading.sorter import Sorter
from tests.examples import examples

PIECES = (
    '"',
    '""',
    ";",
    "\r",
    "\n",
    "\r\n",
    "a",
    "1",
    "я;",
    '"a";"1"\n',
    "итого;;\n",
    "  ",
    "\x0b\u2028",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=150).map("".join)


def rows_of(batch: Batch) -> list[list[str]]:
    whole = zip(*(column.to_pylist() for column in batch.table.columns), strict=True)
    rows = dict(zip(batch.places.tolist(), map(list, whole), strict=False))
    rows |= dict(batch.odd)
    assert sorted(rows) == list(range(batch.size))
    return [rows[place] for place in range(batch.size)]


@settings(max_examples=examples(400))
@given(TEXTS, st.integers(1, 4), st.integers(2, 40) | st.integers(60, 200), st.booleans())
@example('a;b\n"x\ny";1\n', 2, 40, False)
@example('a\r\nb;"\r\n"\r\n', 2, 2, False)
def test_batches_are_the_rows_one_by_one(text: str, width: int, size: int, declared: bool) -> None:
    data = text.encode()
    one_by_one = list(TextRows(data, 0, ";", "x.csv", declared=declared))
    rows = TextRows(data, 0, ";", "x.csv", declared=declared, size=size)
    found = [row for row in [next(rows, None)] if row is not None]
    found += [row for batch in rows.batches(width) for row in rows_of(batch)]
    # A blank line is no cell to one and an empty one to the other: both are left out.
    assert [row if any(row) else [] for row in found] == [
        row if any(row) else [] for row in one_by_one
    ]


@pytest.mark.parametrize(
    ("text", "is_sound"),
    [
        ('"a";"b"\n"c ""d""";""\n', True),
        ('ООО "Ромашка";1\nООО "Мир";2\n', True),
        ("a;1\n" * 3, True),
        ('"a\nb";1\n', True),
        ('"a";ООО "Мир"\n', False),
        ('"a"b;1\n', False),
        ('a;1\n"b;2\n', False),
        ("a" * 131_073 + ";1\n", False),
    ],
)
def test_only_sound_quotes_are_read_at_once(text: str, is_sound: bool) -> None:
    assert (sound_batch(text.encode(), 0, ";", 2) is not None) == is_sound


CELLS = st.sampled_from(
    ("", " ", "1", "7 1", "Итого", "  всего", "Всего 990 рублей", "Иванов", "id", "x", "01.02.2026", "+7 9", "²", "grand total", "\u00a0")
)  # fmt: skip


@settings(max_examples=examples(150))
@given(st.lists(st.lists(CELLS, min_size=4, max_size=5), max_size=12), st.integers(4, 5))
def test_rows_are_sorted_alike_by_column_and_by_row(rows: list[list[str]], width: int) -> None:
    whole = [(place, row) for place, row in enumerate(rows) if len(row) == width]
    names = [str(place) for place in range(width)]
    columns = [pa.array([row[i] for _, row in whole], pa.string()) for i in range(width)]
    table = pa.table(dict(zip(names, columns, strict=True)))
    odd = [(place, row) for place, row in enumerate(rows) if len(row) != width]
    places = pa.array([place for place, _ in whole], pa.int64()).to_numpy()
    found = []
    for batch in (Batch(len(rows), table, places, odd), Batch.of_rows(rows)):
        sorter = Sorter(["id", "when", "x", "y"], {"id": 0, "when": 1, "y": 3}, "id", "when")
        numbers, cells = sorter.data(batch, 7)
        found.append(
            (numbers.tolist(), [column.to_pylist() for column in cells], sorter.wide, sorter.totals,
             sorter.groups, sorter.repeats)
        )  # fmt: skip
    assert found[0] == found[1]
