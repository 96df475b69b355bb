"""Versions of rows since a snapshot, and snapshots themselves, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from metrics.entity_rows import alone, as_texts
from metrics.measures.revised import Course
from metrics.past import Revision
from metrics.schema import ENTITIES
from sheets_sync.sources.source import Pulled
from sheets_sync.store import Snapshot, Store
from sheets_sync.store.tables import HISTORY, MERGES, SNAPSHOTS
from tests.examples import examples
from tests.rows import frame
from tests.store.rows import AT, SOURCE

_DAY = AT.date()
_LEAD = {"lead_id": "1", "created_at": "2026-03-01T09:00:00Z", "utm_source": "я=1"}
_COST = {"date_from": "2026-03-01", "date_to": "2026-03-01", "platform": "direct", "cost": 100_00}


def _leads(*rows: dict[str, Any], gone: tuple[str, ...] = ()) -> Pulled:
    return Pulled("leads", frame("leads", *({**_LEAD, **row} for row in rows)), gone=gone)


def _costs(*rows: dict[str, Any]) -> Pulled:
    days = (date(2026, 3, 1), date(2026, 3, 31))
    return Pulled("costs", frame("costs", *({**_COST, **row} for row in rows)), replace=days)


def _merge(store: Store, *pulls: Pulled, clinic: str = "clinic") -> None:
    store.rows.merge(clinic, SOURCE, pulls, AT, run_id="run")


def _show(store: Store, day: date = _DAY, clinic: str = "clinic", days: int = 0) -> Snapshot:
    snapshot = Snapshot(day, store.history.position(clinic), "1", {"день": [day.isoformat(), 1.5]})
    assert store.history.keep(clinic, snapshot, AT + timedelta(days))
    return snapshot


def _count(store: Store, table: sa.Table) -> int:
    with store.db.read() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def _ids(revision: Revision) -> tuple[list[str], list[str]]:
    return list(revision.before["lead_id"]), list(revision.now["lead_id"])


def test_what_nobody_was_shown_is_no_history(store: Store) -> None:
    _merge(store, _leads({}), _costs({}))
    _merge(store, _leads({"status": "won"}))
    assert _count(store, HISTORY) == _count(store, MERGES) == 0
    _show(store, clinic="other")
    _merge(store, _leads({"status": "lost"}))
    assert _count(store, HISTORY) == 0


def test_a_row_that_came_changed_or_went_is_known_since_a_snapshot(store: Store) -> None:
    _merge(store, _leads({}, {"lead_id": "2"}, {"lead_id": "3"}))
    shown = _show(store)
    _merge(store, _leads({"status": "won"}, {"lead_id": "4"}, gone=("3",)))
    found = store.history.since("clinic", shown.n)["leads"]
    assert sorted(found.before["lead_id"]) == ["1", "3"]
    assert list(found.before["status"]) == ["", ""]
    assert list(found.before["utm_source"]) == ["я=1", "я=1"]
    assert sorted(found.now["lead_id"]) == ["1", "4"]
    with store.db.read() as conn:
        merge = conn.execute(sa.select(MERGES)).one()
        lines = {row.key: row.old for row in conn.execute(sa.select(HISTORY))}
    assert (merge.n, merge.run_id, merge.source, merge.at) == (1, "run", SOURCE, AT)
    # Of a change what it superseded alone, of what went the whole row, of what came its key.
    assert (lines["1"], lines["4"]) == ("status=", None)
    assert "utm_source=я=1" in lines["3"].split("\x1f")


def test_the_first_version_after_a_snapshot_is_the_one_it_showed(store: Store) -> None:
    _merge(store, _leads({"status": "new"}))
    shown = _show(store)
    for status in ("booked", "won"):
        _merge(store, _leads({"status": status}))
    later = _show(store, _DAY + timedelta(days=1))
    _merge(store, _leads({"status": "lost"}))
    was = [store.history.since("clinic", s.n)["leads"].before for s in (shown, later)]
    assert [list(frame["status"]) for frame in was] == [["new"], ["won"]]
    assert store.history.since("clinic", store.history.position("clinic")) == {}


def test_a_source_that_is_forgotten_is_history(store: Store) -> None:
    _merge(store, _leads({}), _costs({}, {"campaign": "а"}))
    shown = _show(store)
    store.rows.forget("clinic", SOURCE, AT, "run")
    found = store.history.since("clinic", shown.n)
    assert _ids(found["leads"]) == (["1"], [])
    assert len(found["costs"].before) == 2
    assert found["costs"].now.empty


def test_a_snapshot_of_a_day_takes_the_place_of_the_one_before(store: Store) -> None:
    _show(store)
    _merge(store, _leads({}))
    newer = _show(store)
    assert newer.n == 1
    assert store.history.last("clinic", _DAY) == newer
    assert store.history.last("clinic", _DAY - timedelta(days=1)) is None
    assert store.history.last("other", _DAY) is None


def test_no_snapshot_of_rows_that_have_moved_on(store: Store) -> None:
    shown = _show(store)
    _merge(store, _leads({}))
    late = Snapshot(_DAY, shown.n, "1", {})
    assert not store.history.keep("clinic", late, AT)
    assert store.history.last("clinic", _DAY) == shown


def test_after_400_days_history_is_swept(store: Store) -> None:
    _show(store)
    _merge(store, _leads({}))
    _show(store, _DAY + timedelta(days=400), days=400)
    assert (_count(store, HISTORY), _count(store, SNAPSHOTS)) == (1, 2)
    last = _show(store, _DAY + timedelta(days=401), days=401)
    assert [_count(store, t) for t in (HISTORY, MERGES, SNAPSHOTS)] == [0, 0, 2]
    # Its count goes on: an old snapshot is never taken for a newer one.
    _merge(store, _leads({"status": "won"}))
    assert store.history.position("clinic") == last.n + 1


_CELLS = st.fixed_dictionaries(
    {
        "campaign": st.sampled_from(["", "а"]),
        "cost": st.sampled_from([1, 2]),
        "clicks": st.sampled_from([None, 0]),
    }
)
_LEAD_CELLS = st.fixed_dictionaries(
    {"lead_id": st.sampled_from("123"), "status": st.sampled_from(["", "won", 'x\x1fy\n"=,'])}
)
_STEP = st.tuples(
    st.lists(_CELLS, max_size=3), st.lists(_LEAD_CELLS, max_size=3), st.sets(st.sampled_from("123"))
)


@settings(
    max_examples=examples(10),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(_STEP, min_size=1, max_size=4), shown_at=st.integers(0, 3))
@pytest.mark.parametrize("entities", [("costs", "leads")])
def test_the_rows_of_a_snapshot_come_back(
    store: Store, entities: tuple[str, ...], steps: list[Any], shown_at: int
) -> None:
    store.rows.forget("clinic", SOURCE, AT)
    _show(store)
    seen: Mapping[str, pd.DataFrame] | None = None
    position = 0
    for number, (costs, leads, gone) in enumerate(steps):
        if number == min(shown_at, len(steps) - 1):
            seen = {e: store.rows.read("clinic", e) for e in entities}
            position = store.history.position("clinic")
        _merge(store, _costs(*costs), _leads(*leads, gone=tuple(gone)))
    assert seen is not None
    revisions = store.history.since("clinic", position)
    for entity in entities:
        rows = store.rows.read("clinic", entity)
        found = alone(Course.of({entity: rows}, revisions).at(None)[entity])
        names = ENTITIES[entity].names
        assert_frame_equal(
            as_texts(found).sort_values(names, ignore_index=True),
            as_texts(seen[entity]).sort_values(names, ignore_index=True),
        )
