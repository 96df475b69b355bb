"""Merging and reading rows, on both databases."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from metrics.coded import code
from metrics.entity import SchemaError, is_coded
from metrics.entity_rows import as_texts
from metrics.schema import ENTITIES, check, conform, empty
from sheets_sync.errors import SourceError
from sheets_sync.sources.source import Pulled
from sheets_sync.store import MergeCounts, Store
from tests.rows import frame
from tests.store.rows import AT, SOURCE

_LEAD = {"lead_id": "1", "created_at": "2026-03-01T09:00:00Z", "utm_source": "yandex"}
_COST = {"date_from": "2026-03-01", "date_to": "2026-03-01", "platform": "direct", "cost": 100_00}


def _leads(*rows: dict[str, object]) -> Pulled:
    return Pulled("leads", frame("leads", *({**_LEAD, **row} for row in rows)))


def _costs(
    *rows: dict[str, object], source: str = SOURCE, replace: tuple[date, date] | None = None
) -> Pulled:
    given = ({**_COST, "date_to": row.get("date_from", "2026-03-01"), **row} for row in rows)
    return Pulled(
        "costs", frame("costs", *({**r, "source": source} for r in given)), replace=replace
    )


def _merge(store: Store, *pulls: Pulled, clinic: str = "clinic") -> list[MergeCounts]:
    return list(store.rows.merge(clinic, SOURCE, pulls, AT).values())


def test_an_empty_store_gives_empty_frames(store: Store) -> None:
    for entity in ENTITIES:
        assert_frame_equal(store.rows.read("clinic", entity), empty(entity))


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("owner", ["nobody", "file:other", SOURCE])
def test_nothing_new_over_nothing_old_is_no_error(store: Store, entity: str, owner: str) -> None:
    before = [] if owner == "nobody" else [_any_row(entity, owner)]
    for rows in before:
        store.rows.merge("clinic", owner, [Pulled(entity, rows)], AT)
    for quiet_days in (None, (date(2026, 3, 20), date(2026, 3, 22))):
        for nothing in (empty(entity), _chunkless(entity)):
            assert _merge(store, Pulled(entity, nothing, replace=quiet_days)) == [MergeCounts()]
    assert len(store.rows.read("clinic", entity)) == len(before)


def _chunkless(entity: str) -> pd.DataFrame:
    """What a service's answer without a line becomes: text of no chunk at all."""
    nothing = pd.array(pa.chunked_array([], pa.large_string()), dtype="str")
    return empty(entity).assign(
        **{n: nothing for n, t in empty(entity).dtypes.items() if t == "str"}
    )


def _any_row(entity: str, source: str) -> pd.DataFrame:
    cells = {"text": "1", "time": "2026-03-01T09:00:00Z", "day": "2026-03-01"}
    required = [c for c in ENTITIES[entity].columns if c.required and c.name != "source"]
    return frame(entity, {c.name: cells.get(c.kind, 1) for c in required} | {"source": source})


def test_rows_are_compared_wherever_they_lie_among_others(store: Store) -> None:
    """Alone in their stretch of the table or between many others, and with columns that the pull
    leaves empty and the store does not."""
    _merge(
        store, _leads(*({"lead_id": f"{n}"} for n in (1, 3, 5)), {"lead_id": "4", "manager": "Ян"})
    )
    other = [{**_LEAD, "lead_id": f"2{n}", "source": "file:b"} for n in range(9)]
    store.rows.merge("clinic", "file:b", [Pulled("leads", frame("leads", *other))], AT)
    news = _leads(*({"lead_id": n} for n in ("4", "5", "6")))
    assert _merge(store, news) == [MergeCounts(new=1, changed=1, unchanged=1)]
    ends = _leads({"lead_id": "1"}, {"lead_id": "6"}, {"lead_id": "25", "manager": "Ян"})
    assert _merge(store, ends) == [MergeCounts(changed=1, unchanged=2)]
    leads = store.rows.read("clinic", "leads").set_index("lead_id")["manager"]
    assert dict(leads[leads != ""]) == {"25": "Ян"}
    assert len(leads) == 14


def test_importing_twice_is_importing_once(store: Store) -> None:
    pulls = [_leads({}, {"lead_id": "2"}), _costs({}, {}, {"date_from": "2026-03-02"})]
    assert _merge(store, *pulls) == [MergeCounts(new=2), MergeCounts(new=3)]
    first = [store.rows.read("clinic", e) for e in ("leads", "costs")]
    assert _merge(store, *pulls) == [MergeCounts(unchanged=2), MergeCounts(unchanged=3)]
    for before, entity in zip(first, ("leads", "costs"), strict=True):
        assert_frame_equal(store.rows.read("clinic", entity), before)


def test_a_corrected_row_replaces_the_old_one(store: Store) -> None:
    _merge(store, _leads({}, {"lead_id": "2"}))
    assert _merge(store, _leads({"status": "won"}, {"lead_id": "2"}, {"lead_id": "3"})) == [
        MergeCounts(new=1, changed=1, unchanged=1)
    ]
    assert list(store.rows.read("clinic", "leads")["status"]) == ["won", "", ""]


def test_the_latest_source_of_an_id_owns_its_row(store: Store) -> None:
    _merge(store, _leads({}, {"lead_id": "2"}))
    other = Pulled("leads", frame("leads", {**_LEAD, "source": "file:other", "status": "won"}))
    store.rows.merge("clinic", "file:other", [other], AT)
    leads = store.rows.read("clinic", "leads")
    assert list(leads["source"]) == ["file:other", "file:test"]
    assert list(leads["status"]) == ["won", ""]
    assert [(s.source, s.rows) for s in store.sources.states("clinic")] == [
        ("file:other", 1),
        ("file:test", 1),
    ]


def test_rows_of_two_clinics_never_mix(store: Store) -> None:
    for number, clinic in enumerate(("one", "two", "One", "ONE ")):
        _merge(store, _leads({"status": clinic}), _costs({"cost": number}), clinic=clinic)
    _merge(store, _costs({"cost": 7}), clinic="two")
    assert store.rows.forget("ONE ", SOURCE, AT) == 2
    for number, clinic in enumerate(("one", "two", "One")):
        assert list(store.rows.read(clinic, "leads")["status"]) == [clinic]
        assert list(store.rows.read(clinic, "costs")["cost"]) == [7 if clinic == "two" else number]
    assert store.rows.read("ONE ", "leads").empty


def test_new_costs_replace_the_sources_old_ones_of_their_days(store: Store) -> None:
    days = [f"2026-03-0{n}" for n in range(1, 6)]
    _merge(store, _costs(*({"date_from": d, "campaign": "old"} for d in days)))
    theirs = _costs({"date_from": "2026-03-03", "campaign": "theirs"}, source="file:other")
    store.rows.merge("clinic", "file:other", [theirs], AT)
    new = [{"date_from": d, "campaign": "new"} for d in ("2026-03-02", "2026-03-03")]
    assert _merge(store, _costs(*new, {"date_from": "2026-03-04", "campaign": "old"})) == [
        MergeCounts(new=2, unchanged=1, removed=2)
    ]
    costs = store.rows.read("clinic", "costs")
    seen = list(zip(costs["date_from"].dt.day, costs["campaign"], strict=True))
    assert sorted(seen) == [
        *((1, "old"), (2, "new"), (3, "new"), (3, "theirs"), (4, "old"), (5, "old")),
    ]


def test_a_pull_that_covers_a_period_empties_it(store: Store) -> None:
    _merge(store, _costs({}, {"date_from": "2026-03-09"}))
    assert _merge(store, _costs(replace=(date(2026, 2, 1), date(2026, 3, 8)))) == [
        MergeCounts(removed=1)
    ]
    assert list(store.rows.read("clinic", "costs")["date_from"].dt.day) == [9]
    assert _merge(store, _costs()) == [MergeCounts()]
    assert _merge(store, _costs(replace=(date.min, date.max))) == [MergeCounts(removed=1)]


def test_two_equal_costs_are_two_costs(store: Store) -> None:
    _merge(store, _costs({}, {}))
    assert _merge(store, _costs({}, {}, {})) == [MergeCounts(new=1, unchanged=2)]
    assert len(store.rows.read("clinic", "costs")) == 3
    assert _merge(store, _costs({})) == [MergeCounts(unchanged=1, removed=2)]


def test_of_one_id_twice_in_a_pull_the_one_updated_last_stays(store: Store) -> None:
    rows = [
        {"status": "lost", "updated_at": None},
        {"status": "won", "updated_at": "2026-03-03T00:00:00Z"},
        {"status": "new", "updated_at": "2026-03-02T00:00:00Z"},
    ]
    for number, order in enumerate(itertools.permutations(rows)):
        clinic = str(number)
        assert _merge(store, _leads(*order), clinic=clinic) == [MergeCounts(new=1, repeated=2)]
        assert list(store.rows.read(clinic, "leads")["status"]) == ["won"]


def test_no_cost_is_not_a_cost_of_zero(store: Store) -> None:
    rows = [
        {"payment_id": i, "paid_at": "2026-03-01T00:00:00Z", "amount": 1, "kind": "payment", **more}
        for i, more in (("a", {"cost": 0}), ("b", {"cost": None}), ("c", {}))
    ]
    pulled = Pulled("payments", frame("payments", *rows))
    _merge(store, pulled)
    cost = store.rows.read("clinic", "payments")["cost"]
    assert cost[0] == 0
    assert list(cost.isna()) == [False, True, True]
    zero = Pulled("payments", frame("payments", *({**row, "cost": 0} for row in rows)))
    assert _merge(store, zero) == [MergeCounts(changed=2, unchanged=1)]


def test_ids_are_texts_of_any_length_in_the_order_of_code_points(store: Store) -> None:
    ids = ["10", "9", "9007199254740993", "9007199254740992", "Ё", "А", "a", "Z", "😀", "\uffee"]
    _merge(store, _leads(*({"lead_id": i} for i in ids)))
    expected = sorted(ids)
    assert list(store.rows.read("clinic", "leads")["lead_id"]) == expected


def test_the_order_of_costs_is_that_of_all_columns(store: Store) -> None:
    rows = [
        {"platform": "b", "clicks": None},
        {"platform": "a", "clicks": 3},
        {"platform": "a", "clicks": None},
        {"platform": "Ё", "date_from": "2026-02-01"},
    ]
    for clinic, order in (("one", rows), ("two", rows[::-1])):
        _merge(store, _costs(*order), clinic=clinic)
    one = store.rows.read("one", "costs")
    assert list(one["platform"]) == ["Ё", "a", "a", "b"]
    assert list(one["clicks"].isna()) == [True, True, False, True]
    assert_frame_equal(store.rows.read("two", "costs"), one)


def test_a_frame_that_is_not_its_entitys_or_not_its_sources_is_refused(store: Store) -> None:
    good = _leads({})
    with pytest.raises(SchemaError):
        _merge(store, Pulled("payments", good.frame))
    with pytest.raises(SchemaError, match="rows of"):
        store.rows.merge("clinic", "file:other", [good], AT)
    with pytest.raises(SchemaError, match="one pull of each entity"):
        _merge(store, good, good)
    assert store.rows.read("clinic", "leads").empty
    assert store.sources.states("clinic") == []


def test_a_value_that_stands_in_the_middle_alone_comes_back(store: Store) -> None:
    rows = [{"lead_id": f"{n:03}"} for n in range(201)]
    rows[100] |= {"utm_source": "vk", "service": "Гигиена", "updated_at": "2026-03-02T09:00:00Z"}
    pulled = _leads(*rows)
    _merge(store, pulled)
    assert_frame_equal(as_texts(store.rows.read("clinic", "leads")), pulled.frame)


def test_characters_that_one_database_cannot_keep_are_replaced_in_both(store: Store) -> None:
    _merge(store, _leads({"status": "a\x00b\x1fc"}))
    assert list(store.rows.read("clinic", "leads")["status"]) == ["a\ufffdb\ufffdc"]
    two = _leads({"status": "a\x00b\x1fc"}, {"lead_id": "2", "status": "a\x1fb\x00c"})
    _merge(store, replace(two, frame=code(two.frame, ["status"])))
    assert list(store.rows.read("clinic", "leads")["status"]) == ["a\ufffdb\ufffdc"] * 2


@pytest.mark.parametrize("entity", ["leads", "costs"])
def test_codes_of_texts_are_the_texts(store: Store, entity: str) -> None:
    rows = [{**(_LEAD if entity == "leads" else _COST), "campaign": "б", "service": "б"}] * 9
    names = {*ENTITIES[entity].names}
    rows = [
        {k: v for k, v in {**row, "lead_id": f"{n:02}"}.items() if k in names}
        for n, row in enumerate(rows)
    ]
    which = "service" if entity == "leads" else "campaign"
    rows[4] |= {which: "а"}
    texts = frame(entity, *rows)
    coded = code(texts, ENTITIES[entity].words)
    assert is_coded(coded[which])
    assert _merge(store, Pulled(entity, coded)) == [MergeCounts(new=9)]
    _merge(store, Pulled(entity, texts), clinic="other")
    came = as_texts(store.rows.read("clinic", entity))
    assert_frame_equal(came, as_texts(store.rows.read("other", entity)))
    assert sorted(came[which]) == ["а", *"бббббббб"]
    assert _merge(store, Pulled(entity, texts)) == [MergeCounts(unchanged=9)]
    assert _merge(store, Pulled(entity, coded), clinic="other") == [MergeCounts(unchanged=9)]
    changed = coded.assign(**{which: coded[which].where(coded[which] != "а", "б")})
    counts = MergeCounts(changed=1, unchanged=8) if entity == "leads" else MergeCounts(1, 0, 8, 1)
    assert _merge(store, Pulled(entity, changed)) == [counts]
    assert set(store.rows.read("clinic", entity)[which]) == {"б"}


def test_more_rows_than_a_page_come_and_go_whole(store: Store) -> None:
    rows = 100_003
    many = conform(
        "touches",
        pd.DataFrame(
            {
                "source": SOURCE,
                "touch_id": pd.Series(range(rows)).astype("str"),
                "at": pd.Timestamp("2026-01-01", tz="UTC"),
            }
        ),
    )
    assert _merge(store, Pulled("touches", many)) == [MergeCounts(new=rows)]
    fewer = many.assign(goals=many["goals"].where(many["touch_id"] != "99999", "1"))
    assert _merge(store, Pulled("touches", fewer)) == [MergeCounts(changed=1, unchanged=rows - 1)]
    stored = store.rows.read("clinic", "touches")
    assert {name for name in stored if is_coded(stored[name])} == {*ENTITIES["touches"].words}
    assert_frame_equal(
        as_texts(stored), fewer.sort_values("touch_id", kind="stable").reset_index(drop=True)
    )


_TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x1f"),
        st.sampled_from("\\.\",;\r\n\t'%"),
    ),
    max_size=8,
)
_INT64 = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
_TIMES = st.datetimes(pd.Timestamp("1800-01-01"), pd.Timestamp("2200-01-01"))
_CALLS = st.fixed_dictionaries(
    {"call_id": _TEXT.filter(bool), "started_at": _TIMES},
    optional={
        "status": _TEXT,
        "source_raw": _TEXT,
        "talk_duration": _INT64,
        "is_unique": st.one_of(st.none(), st.booleans()),
    },
)
_clinics = itertools.count()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(_CALLS, min_size=1, max_size=8, unique_by=lambda r: r["call_id"]),
    cut=st.integers(0, 8),
    shuffled=st.randoms(use_true_random=False),
)
def test_any_rows_come_back_as_they_were_however_they_are_split_or_ordered(
    store: Store, rows: list[dict[str, object]], cut: int, shuffled: object
) -> None:
    def calls(given: list[dict[str, object]]) -> Pulled:
        frame = _conformed("calls", given)
        return Pulled("calls", frame if shuffled.random() < 0.5 else _all_coded(frame))

    whole, split = (f"clinic {next(_clinics)}" for _ in range(2))
    _merge(store, calls(rows), clinic=whole)
    mixed = sorted(rows, key=lambda _: shuffled.random())
    for part in (mixed[:cut], mixed[cut:]):
        _merge(store, calls(part), clinic=split)
    assert _merge(store, calls(mixed), clinic=split) == [MergeCounts(unchanged=len(rows))]
    ordered = sorted(rows, key=lambda r: str(r["call_id"]))
    expected = check("calls", _conformed("calls", ordered))
    assert_frame_equal(as_texts(store.rows.read(whole, "calls")), expected)
    assert_frame_equal(as_texts(store.rows.read(split, "calls")), expected)


def _all_coded(rows: pd.DataFrame) -> pd.DataFrame:
    words = ENTITIES["calls"].words
    coded = {n: pa.array(rows[n], pa.large_string()).dictionary_encode() for n in words}
    columns = pa.table(coded).to_pandas()
    return check("calls", rows.assign(**{n: columns[n] for n in words})) if len(rows) else rows


def _conformed(entity: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    if not rows:
        return empty(entity)
    names = {name for row in rows for name in row}
    columns = {name: [row.get(name) for row in rows] for name in names}
    for column in ENTITIES[entity].columns:
        if column.name in columns and column.kind in {"count", "kopecks"}:
            columns[column.name] = pd.array(columns[column.name], dtype="Int64")
        elif column.name in columns and column.kind == "time":
            columns[column.name] = pd.to_datetime(columns[column.name], utc=True)
    return conform(entity, pd.DataFrame({"source": SOURCE, **columns}))


def _lead(number: str, day: int, **more: object) -> dict[str, object]:
    return {"lead_id": number, "created_at": f"2026-03-{day:02}T09:00:00Z", **more}


def _stored(store: Store) -> list[str]:
    return store.rows.read("clinic", "leads")["lead_id"].tolist()


def test_a_window_that_is_given_whole_takes_away_what_it_no_longer_names(store: Store) -> None:
    _merge(store, _leads(_lead("1", 1), _lead("2", 2), _lead("3", 3), _lead("4", 4)))
    between = (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC))
    again = replace(_leads(_lead("3", 3, status="won")), between=between)
    assert _merge(store, again) == [MergeCounts(changed=1, removed=1)]
    assert _stored(store) == ["1", "3", "4"]


def test_a_window_leaves_another_sources_rows_and_rows_that_moved_into_it(store: Store) -> None:
    other = frame("leads", _lead("9", 2, source="file:other"))
    store.rows.merge("clinic", "file:other", [Pulled("leads", other)], AT)
    _merge(store, _leads(_lead("1", 1), _lead("2", 2)))
    between = (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    _merge(store, replace(_leads(_lead("1", 2)), between=between))
    assert _stored(store) == ["1", "9"]


def test_rows_that_a_pull_names_as_gone_go_unless_it_gives_them_again(store: Store) -> None:
    _merge(store, _leads(_lead("1", 1), _lead("2", 2)))
    gone = replace(_leads(_lead("2", 2)), gone=("1", "2", "77"))
    assert _merge(store, gone) == [MergeCounts(unchanged=1, removed=1)]
    assert _stored(store) == ["2"]


def test_a_pull_that_is_not_whole_keeps_its_rows_and_leaves_the_source_stale(store: Store) -> None:
    _merge(store, replace(_leads(_lead("1", 1)), state={"until": "2026-03-01"}))
    short = SourceError("не успел.", permanent=False)
    later = AT + timedelta(hours=1)
    part = replace(_leads(_lead("2", 2)), state={"until": "2026-03-02"}, error=short)
    store.rows.merge("clinic", SOURCE, [part], later)
    [state] = store.sources.states("clinic")
    assert _stored(store) == ["1", "2"]
    assert (state.last_good_at, state.failed_at) == (AT, later)
    assert (state.error or {})["message"] == "не успел."
    assert state.state == {"until": "2026-03-02"}
    # Nothing new, but something to remember: counts stay those of the rows that are there.
    store.rows.merge("clinic", SOURCE, [Pulled("leads", None, state={"n": 1}, error=short)], later)
    assert store.sources.states("clinic")[0].state == {"n": 1}
    _merge(store, _leads(_lead("2", 2)))
    assert not store.sources.states("clinic")[0].stale
