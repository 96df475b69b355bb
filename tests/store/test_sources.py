"""What the store remembers of sources and of rows it refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sheets_sync.errors import FileError
from sheets_sync.sources.source import Pulled, Refusal
from sheets_sync.store import SourceState, Store
from tests.rows import frame
from tests.store.rows import AT, SOURCE

_LATER = AT + timedelta(hours=1)
_REFUSED = Refusal("leads.csv", 7, "Дата", "32.01.26", "такого дня нет")
_BROKEN = FileError("файл пуст.", where="leads.csv", hint="Выгрузите его ещё раз.")


def _pulled(*ids: str, **more: object) -> Pulled:
    rows = [{"lead_id": i, "created_at": f"2026-03-0{n}T09:00:00Z"} for n, i in enumerate(ids, 1)]
    return Pulled("leads", frame("leads", *rows), **more)


def test_a_good_pull_is_remembered_whole(store: Store) -> None:
    pulled = _pulled(
        "1",
        "2",
        read=5,
        refused=(_REFUSED,),
        refused_count=2,
        totals=1,
        notes=("Строка «Итого» пропущена.",),
        columns={"Дата": "created_at", "ФИО": ""},
        fingerprint="f1",
        state={"cursor": [1, {"a": None}]},
        partial_day=date(2026, 6, 1),
    )
    store.rows.merge("clinic", SOURCE, [pulled], AT)
    assert store.sources.states("clinic") == [
        SourceState(
            source=SOURCE,
            entity="leads",
            fingerprint="f1",
            state={"cursor": [1, {"a": None}]},
            last_good_at=AT,
            failed_at=None,
            error=None,
            rows=2,
            first=datetime(2026, 3, 1, 9, tzinfo=UTC),
            last=datetime(2026, 3, 2, 9, tzinfo=UTC),
            read=5,
            refused=2,
            totals=1,
            notes=("Строка «Итого» пропущена.",),
            columns={"Дата": "created_at", "ФИО": ""},
            partial_day=date(2026, 6, 1),
        )
    ]
    assert store.sources.refusals("clinic") == [(SOURCE, "leads", _REFUSED)]
    assert store.sources.states("other") == []
    assert store.sources.refusals("other") == []


def test_the_days_of_costs_are_midnights(store: Store) -> None:
    day = {"date_from": "2026-03-01", "date_to": "2026-03-31", "platform": "direct", "cost": 1}
    store.rows.merge("clinic", SOURCE, [Pulled("costs", frame("costs", day))], AT)
    (state,) = store.sources.states("clinic")
    assert state.first == state.last == datetime(2026, 3, 1, tzinfo=UTC)


def test_an_unchanged_pull_moves_only_the_freshness(store: Store) -> None:
    store.rows.merge(
        "clinic", SOURCE, [_pulled("1", read=3, refused=(_REFUSED,), fingerprint="f")], AT
    )
    (before,) = store.sources.states("clinic")
    store.rows.merge("clinic", SOURCE, [Pulled("leads", None)], _LATER)
    (after,) = store.sources.states("clinic")
    assert after == SourceState(**{**vars(before), "last_good_at": _LATER})
    assert store.sources.refusals("clinic") == [(SOURCE, "leads", _REFUSED)]
    assert len(store.rows.read("clinic", "leads")) == 1


def test_rows_that_came_in_other_bytes_leave_only_the_new_fingerprint(store: Store) -> None:
    first = _pulled("1", read=3, refused=(_REFUSED,), fingerprint="f", state={"leads": {"at": 1}})
    store.rows.merge("clinic", SOURCE, [first], AT)
    (before,) = store.sources.states("clinic")
    store.rows.merge("clinic", SOURCE, [Pulled("leads", None, fingerprint="g")], _LATER)
    (after,) = store.sources.states("clinic")
    assert after == SourceState(**{**vars(before), "last_good_at": _LATER, "fingerprint": "g"})
    assert store.sources.refusals("clinic") == [(SOURCE, "leads", _REFUSED)]


def test_a_new_pull_replaces_the_former_quarantine(store: Store) -> None:
    many = tuple(Refusal("a.csv", n, "c", str(n), "r") for n in range(100))
    store.rows.merge("clinic", SOURCE, [_pulled("1", refused=many)], AT)
    assert [r.row for _, _, r in store.sources.refusals("clinic", 12)] == list(range(12))
    assert len(store.sources.refusals("clinic", 1000)) == 100
    dirty = Refusal("a.csv", 1, "c\x00", "\ud800\x1f", "r")
    store.rows.merge("clinic", SOURCE, [_pulled("1", refused=(dirty,))], AT)
    clean = Refusal("a.csv", 1, "c\ufffd", "?\ufffd", "r")
    assert store.sources.refusals("clinic") == [(SOURCE, "leads", clean)]
    store.rows.merge("clinic", SOURCE, [_pulled("1")], AT)
    assert store.sources.refusals("clinic") == []


def test_a_failed_source_is_stale_and_keeps_its_rows(store: Store) -> None:
    store.rows.merge("clinic", SOURCE, [_pulled("1", fingerprint="f")], AT)
    store.sources.fail("clinic", SOURCE, _BROKEN, _LATER)
    (state,) = store.sources.states("clinic")
    assert (state.stale, state.last_good_at, state.failed_at) == (True, AT, _LATER)
    assert state.error == _BROKEN.as_dict()
    assert (state.rows, state.fingerprint) == (1, "f")
    assert len(store.rows.read("clinic", "leads")) == 1
    store.rows.merge("clinic", SOURCE, [Pulled("leads", None)], _LATER)
    (state,) = store.sources.states("clinic")
    assert (state.stale, state.failed_at, state.error) == (False, None, None)


def test_a_source_that_was_never_read_is_listed_until_it_is(store: Store) -> None:
    for at in (AT, _LATER):
        store.sources.fail("clinic", SOURCE, _BROKEN, at)
    (state,) = store.sources.states("clinic")
    assert (state.entity, state.rows, state.last_good_at) == ("", 0, None)
    assert (state.stale, state.failed_at) == (True, _LATER)
    store.rows.merge("clinic", SOURCE, [_pulled("1")], _LATER)
    (state,) = store.sources.states("clinic")
    assert (state.entity, state.stale) == ("leads", False)


def test_a_source_is_forgotten_only_when_told(store: Store) -> None:
    store.rows.merge("clinic", SOURCE, [_pulled("1", refused=(_REFUSED,))], AT)
    other = Pulled("leads", frame("leads", {"source": "file:b", "lead_id": "2", "created_at": AT}))
    store.rows.merge("clinic", "file:b", [other], AT)
    assert [s.source for s in store.sources.states("clinic")] == ["file:b", SOURCE]
    assert store.rows.forget("clinic", SOURCE, AT) == 1
    assert [s.source for s in store.sources.states("clinic")] == ["file:b"]
    assert list(store.rows.read("clinic", "leads")["lead_id"]) == ["2"]
    assert store.sources.refusals("clinic") == []


def test_what_a_source_has_is_counted_on_by_every_merge(store: Store) -> None:
    """(who, days of the ids given, ids that go) of merges that take the first, the last, a middle
    row, another's rows, all."""
    steps: list[tuple[str, dict[str, int], tuple[str, ...]]] = [
        ("a", {"1": 5, "2": 7, "3": 9}, ()), ("b", {"4": 6}, ()), ("b", {"1": 5, "3": 3}, ()),
        ("a", {"5": 2, "6": 7}, ("2",)), ("b", {"1": 4}, ("3",)), ("a", {"5": 8}, ()),
        ("a", {"7": 8}, ("5",)), ("a", {}, ("6", "7")), ("b", {"1": 5}, ("4",)),
    ]  # fmt: skip
    for who, days, gone in steps:
        rows = [
            {"source": f"file:{who}", "lead_id": i, "created_at": f"2026-03-0{day}T09:00:00Z"}
            for i, day in days.items()
        ]
        pulled = Pulled("leads", frame("leads", *rows), gone=gone)
        store.rows.merge("clinic", f"file:{who}", [pulled], AT)
        leads = store.rows.read("clinic", "leads")
        for state in store.sources.states("clinic"):
            own = leads["created_at"][leads["source"] == state.source]
            ends = (own.min(), own.max()) if len(own) else (None, None)
            assert (state.rows, state.first, state.last) == (len(own), *ends), (who, days, gone)
