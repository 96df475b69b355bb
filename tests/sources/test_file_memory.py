"""What is remembered of files spares work and changes no row."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from sheets_sync.store import OfSource, Store
from tests.reading.exports import pulled, write

NAME = "file:*.csv"
AT = datetime(2026, 3, 1, tzinfo=UTC)
PHONES = ("89001112231", "89001112232")

_clinics = itertools.count()
_row = st.tuples(
    st.sampled_from(["", "1", "2", "3"]),
    st.sampled_from(["01.02.2026", "02.02.2026", "12.02.2026 10:00"]),
    st.sampled_from(PHONES),
    st.sampled_from(["новый", "отказ"]),
)
_rows = st.lists(_row, min_size=1, max_size=3)
_day = st.tuples(
    st.sampled_from(["Сформирован 05.02.2026\n", "Сформирован 06.02.2026\n"]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(0, 1),
)


def sync(store: Store, clinic: str, folder: Path, *, full: bool) -> bool:
    """Pull the folder's exports into the store; whether rows were read."""
    known: dict[str, object] = {"full": full, "stored": OfSource(store.rows, clinic, NAME)}
    for state in store.sources.states(clinic):
        known |= {"state": state.state, "fingerprint": state.fingerprint}
    found = pulled(folder, "leads", known=known)
    store.rows.merge(clinic, NAME, [found], AT)
    return found.frame is not None


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(exports=st.tuples(_rows, _rows), days=st.lists(_day, max_size=4))
def test_a_clinic_that_remembers_has_the_rows_of_one_that_reads_all_each_time(
    sqlite_store: Store,
    tmp_path_factory: pytest.TempPathFactory,
    exports: tuple[list[tuple[str, ...]], ...],
    days: list[tuple[str, str, int]],
) -> None:
    folder = tmp_path_factory.mktemp("exports")
    one, other = (f"clinic {next(_clinics)}" for _ in range(2))
    before = -1
    for title, end, number in days:
        table = ["Номер;Дата;Телефон;Статус", *(";".join(row) for row in exports[number])]
        write(folder, title + end.join([*table, ""]))
        assert sync(sqlite_store, other, folder, full=True)
        is_read = sync(sqlite_store, one, folder, full=False)
        assert is_read == (before < 0 or exports[before] != exports[number])
        before = number
        kept, anew = (sqlite_store.rows.read(clinic, "leads") for clinic in (one, other))
        assert_frame_equal(kept, anew)
        told = [
            (s.read, s.refused, s.totals, s.columns, s.state)
            for clinic in (one, other)
            for s in sqlite_store.sources.states(clinic)
        ]
        assert told[0] == told[1]
