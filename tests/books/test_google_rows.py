"""The pure half of the Google book: rows matched by key, rectangles of changed cells."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.books.google.cells import (
    blocks,
    cell_value,
    moment,
    rectangles,
    same,
    spans,
    wire,
)
from sheets_sync.books.google.format import letters, rule_mark
from sheets_sync.books.google.record import Mark, Record, column_id, next_stamp_id, stable_id
from sheets_sync.books.google.rows import Standing, matched, move_rows
from templates_sheets import TABS

CELLS = st.sampled_from(["", "а", 1, 2.5, True])
GRIDS = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)


def test_cells_become_what_google_stores() -> None:
    assert [wire(c) for c in (None, "=1", 7, 0.5, True, date(2026, 1, 1))] == [
        "",
        "=1",
        7,
        0.5,
        True,
        46023,
    ]
    assert wire(datetime(2026, 1, 1, 6)) == 46023.25
    assert moment(46023, day=True) == date(2026, 1, 1)
    assert moment(46023.25, day=False) == datetime(2026, 1, 1, 6)
    assert moment(1e12, day=True) == 1e12


def test_text_is_always_a_text_and_nothing_is_a_formula() -> None:
    assert cell_value("=1+1") == {"userEnteredValue": {"stringValue": "=1+1"}}
    assert cell_value("0012") == {"userEnteredValue": {"stringValue": "0012"}}
    assert cell_value(True) == {"userEnteredValue": {"boolValue": True}}
    assert cell_value(0) == {"userEnteredValue": {"numberValue": 0}}
    assert cell_value("") == {}


def test_values_that_printing_may_change_are_the_same() -> None:
    assert same(0.1 + 0.2, 0.3)
    assert same(5, 5.0)
    assert not same(5, "5")
    assert not same(1, True)
    assert not same(1.0, 1.001)


@given(GRIDS, st.data())
def test_the_rectangles_turn_the_old_rows_into_the_new(
    old: list[list[Any]], data: st.DataObject
) -> None:
    width = len(old[0])
    row = st.lists(CELLS, min_size=width, max_size=width)
    new = data.draw(st.lists(row, min_size=len(old), max_size=len(old)))
    at = data.draw(st.permutations(range(width + 3)))[:width]
    keep = frozenset(data.draw(st.sets(st.integers(0, width - 1))))
    sheet = {(10 + r, at[c]): cell for r, cells in enumerate(old) for c, cell in enumerate(cells)}
    written: set[tuple[int, int]] = set()
    for block in blocks(old, new, 10, at, keep):
        for r, cells in enumerate(block.rows):
            for c, cell in enumerate(cells):
                place = block.row + r, block.column + c
                assert place in sheet, "somebody's own column"
                assert place not in written
                written.add(place)
                sheet[place] = cell
    for r, cells in enumerate(new):
        for c, cell in enumerate(cells):
            assert same(sheet[10 + r, at[c]], cell)
            if c in keep and same(old[r][c], cell):
                assert (10 + r, at[c]) not in written, "people write there"


@given(st.lists(st.integers(0, 400), unique=True), st.lists(st.integers(0, 400), unique=True))
def test_rows_that_stay_keep_their_order_and_are_as_many_as_can(
    old: list[int], new: list[int]
) -> None:
    pairs = matched([(k,) for k in old], [(k,) for k in new])
    assert pairs is not None
    assert all(old[a] == new[b] for a, b in pairs)
    assert pairs == sorted(pairs)
    assert [b for _, b in pairs] == sorted(b for _, b in pairs)
    if [k for k in old if k in new] == [k for k in new if k in old]:
        assert len(pairs) == len(set(old) & set(new))


def test_repeated_keys_are_not_matched() -> None:
    assert matched([(1,), (1,)], [(1,)]) is None
    assert matched([(1,)], [(1,), (1,)]) is None


@given(
    st.lists(st.integers(0, 900), unique=True, max_size=500),
    st.lists(st.integers(0, 900), unique=True, max_size=500),
    st.sets(st.integers(0, 500), max_size=2),
    st.integers(1, 3),
    st.booleans(),
)  # fmt: skip
def test_room_is_made_without_losing_a_row_that_stays(
    old: list[int], new: list[int], foreign: set[int], spare: int, shift: bool
) -> None:
    if shift:
        new = [*sorted(old)[3:], *range(1000, 1010)]
        old = sorted(old)
    keys = [(k,) for k in new]
    standing = Standing(
        [[k] for k in old], [(k,) for k in old], frozenset(foreign), len(old) + spare
    )
    moved = move_rows(standing, keys, 1, 7, 1, keyed=True)
    sheet = _applied(["header", *old, *["" for _ in range(spare)]], moved.requests)
    assert len(sheet) == moved.grid + 1
    assert [[cell] for cell in sheet[1 : len(moved.now) + 1]] == moved.now
    assert len(moved.now) >= len(new)
    for number in foreign & set(range(len(old))):
        assert old[number] in sheet


def _applied(sheet: list[Any], requests: list[dict[str, Any]]) -> list[Any]:
    for request in requests:
        ((kind, body),) = request.items()
        start, end = body["range"]["startIndex"], body["range"]["endIndex"]
        if kind == "deleteDimension":
            assert end <= len(sheet)
            assert len(sheet) - (end - start) > 1, "a row must be left under the frozen header"
            del sheet[start:end]
        else:
            assert start < len(sheet) or body["inheritFromBefore"]
            sheet[start:start] = [""] * (end - start)
    return sheet


def test_cells_of_one_look_make_rectangles() -> None:
    cells = {(r, c): "x" for r in range(3) for c in range(2)} | {(1, 5): "x", (2, 2): "y"}
    assert rectangles(cells) == [(0, 3, 0, 2, "x"), (1, 2, 5, 6, "x"), (2, 3, 2, 3, "y")]
    assert spans([1, 2, 5]) == [(1, 3), (5, 6)]


def test_columns_have_the_names_of_a_spreadsheet() -> None:
    assert [letters(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_a_record_survives_its_json_and_rubbish_is_none() -> None:
    record = Record("funnel", titles="a", rows=3, notes=("x",), bold=(1, 2), rules=("r",))
    assert Record.load(record.dump()) == record
    assert Record.load("{") is None
    assert Record.load("[1]") is None
    assert Mark.load(5, "junk") == Mark(5)


def test_ids_fit_and_stamps_count_on() -> None:
    assert stable_id("tab", "funnel") == stable_id("tab", "funnel") != stable_id("tab", "log")
    assert 2**30 <= stable_id("x") < 2**31
    assert [next_stamp_id(n) for n in (0, 1, 2**30 - 2, 2**30 - 1)] == [1, 2, 2**30 - 1, 1]


def test_no_two_things_of_the_real_tabs_share_an_id() -> None:
    names = [("tab", "*stage"), ("record", "*stage"), ("head", "*stage")]
    for tab in TABS:
        names += [(kind, tab.key) for kind in ("tab", "record", "head", "typed", "banding")]
        names += [("chart", chart.key) for chart in tab.charts]
        for column in tab.columns:
            names += [(kind, tab.key, column_id(column)) for kind in ("column", "typed")]
    assert len({stable_id(*name) for name in names}) == len(names) > 600


def test_a_rule_of_ours_is_known_by_its_colours_as_google_tells_them() -> None:
    ours = {
        "ranges": [{"sheetId": 1}],
        "gradientRule": {"minpoint": {"type": "MIN", "colorStyle": {"rgbColor": {"red": 1.0, "green": 0, "blue": 0}}}},
    }  # fmt: skip
    told = {
        "ranges": [{"sheetId": 1, "startColumnIndex": 5}],
        "gradientRule": {
            "minpoint": {
                "type": "MIN",
                "color": {"red": 1},
                "colorStyle": {"rgbColor": {"red": 0.9999}},
            }
        },
    }
    assert rule_mark(ours) == rule_mark(told)
    told["gradientRule"]["minpoint"]["colorStyle"]["rgbColor"]["blue"] = 0.5
    assert rule_mark(ours) != rule_mark(told)
