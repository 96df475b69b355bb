"""Plain dates read from their bytes are those that the general expression reads."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sheets_sync.reading.dates import DateOrderError, moments
from sheets_sync.reading.plain_dates import plain_dates
from tests.examples import examples

FORMS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31)).map(
    lambda at: at.replace(microsecond=0)
)


@given(TIMES, st.sampled_from(FORMS))
def test_a_plain_date_is_the_moment_it_was_written_for(at: datetime, form: str) -> None:
    text = at.strftime(form)
    read = moments(pa.array(["", text]))
    assert len(plain_dates(pa.array([text])).rows) == 1
    assert read.ok.tolist() == [False, True]
    expected = datetime.strptime(text, form) - datetime(1970, 1, 1)
    assert int(read.local[1]) == round(expected.total_seconds()) * 1_000_000


CELLS = st.one_of(
    st.tuples(TIMES, st.sampled_from(FORMS)).map(lambda pair: pair[0].strftime(pair[1])),
    st.sampled_from(
        ("31.02.2026", "00.01.2026", "01.13.2026", "01.02.2026 24:00", "2026-02-30", "0000-00-00",
         "01/02/2026", "13/02/2026", "02/13/2026", "1.2.26", "я" * 5, "01.02.2026\t10:00", "")
    ),
    st.text("0123456789.-: T", min_size=9, max_size=20),
)  # fmt: skip


def spaced(cell: str) -> str:
    """The same cell in a form that only the general expression knows: «г.» after the date."""
    return f"{cell[:10]} г.{cell[10:]}" if len(plain_dates(pa.array([cell])).rows) else cell


@settings(max_examples=examples(120))
@given(st.lists(CELLS, max_size=6), st.sampled_from((None, "dmy", "mdy", "ymd")))
@example(["2026-02-01", "02/13/2026"], None)
@example(["13.02.2026", "01/02/2026"], None)
def test_both_ways_give_the_same(cells: list[str], order: str | None) -> None:
    found = []
    for column in (cells, [spaced(cell) for cell in cells]):
        try:
            read = moments(pa.array(column, pa.string()), order)  # type: ignore[arg-type]
            found.append((read.local.tolist(), read.ok.tolist(), read.has_offset.tolist()))
        except DateOrderError as error:
            found.append((error.reason, error.rows))
    assert found[0] == found[1]
