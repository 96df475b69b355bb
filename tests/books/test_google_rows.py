"""The pure half of the Google book: rows put in order, rectangles of changed cells."""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.books.google.blocks import blocks
from sheets_sync.books.google.change import rows
from sheets_sync.books.google.change.rows import TableArea, settled
from sheets_sync.books.google.look.conditional import _alike, letters, rule_mark
from sheets_sync.books.google.look.format import colour
from sheets_sync.books.google.ranges import longest_ascent, rectangles, spans
from sheets_sync.books.google.read.ours import Id, among, identities, remembered
from sheets_sync.books.google.read.record import Mark, Record, column_id, next_stamp_id, stable_id
from sheets_sync.books.google.wire import Row, cell_value, moment, same, wire
from templates_sheets.tab import Table
from templates_sheets.tabs import TABS
from tests.books.google_live import FUNNEL
from tests.doubles.sheets_model import cut

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


@given(st.lists(st.integers(0, 400), unique=True))
def test_the_longest_ascent_ascends_and_nothing_can_be_added(numbers: list[int]) -> None:
    places = longest_ascent(numbers)
    ascent = [numbers[place] for place in places]
    assert places == sorted(places)
    assert ascent == sorted(ascent)
    assert len(ascent) == _longest(numbers)


def _longest(numbers: list[int]) -> int:
    lengths: list[int] = []
    for place, number in enumerate(numbers):
        lengths.append(
            1 + max((lengths[n] for n in range(place) if numbers[n] < number), default=0)
        )
    return max(lengths, default=0)


#: A range as a filter, a slicer, a pivot or a name has it: first line, line behind its last.
Range = list[int]


def _run(sheet: list[Any], ranges: list[Range], requests: list[dict[str, Any]], how: str) -> None:
    """Carry requests out on the lines of a sheet and on ranges of people's.

    how  what a moved line does to a range: "hull", it stays around its lines; "cut", the lines are
         taken out and put in, as Google is thought to do it
    """
    ranks: list[int] = []
    for request in requests:
        ((kind, body),) = request.items()
        where = body.get("range", {})
        if kind == "insertDimension":
            start, count = where["startIndex"], where["endIndex"] - where["startIndex"]
            assert start < len(sheet) or body["inheritFromBefore"]
            sheet[start:start] = ["new"] * count
            _pushed(ranges, start, count)
        elif kind == "moveDimension":
            start, end = body["source"]["startIndex"], body["source"]["endIndex"]
            to = body["destinationIndex"]
            assert not start <= to <= end
            at = to if to < start else to - (end - start)
            rest = [n for n in range(len(sheet)) if not start <= n < end]
            order = [*rest[:at], *range(start, end), *rest[at:]]
            sheet[:] = [sheet[old] for old in order]
            for one in ranges if how == "hull" else ():
                places = [order.index(line) for line in range(*one)]
                one[:] = min(places), max(places) + 1
            if how == "cut":
                _closed(ranges, start, end)
                _pushed(ranges, at, end - start)
        elif kind == "deleteDimension" and where["dimension"] == "ROWS":
            del sheet[where["startIndex"] : where["endIndex"]]
            assert len(sheet) > 1, "a row must be left under the frozen header"
            _closed(ranges, where["startIndex"], where["endIndex"])
        elif kind == "appendDimension" and body["dimension"] == "ROWS":
            sheet.append("")
        elif kind == "updateCells":
            ranks = [row["values"][0]["userEnteredValue"]["numberValue"] for row in body["rows"]]
        elif kind == "sortRange":
            first, end = where["startRowIndex"], where["endRowIndex"]
            pairs = sorted(zip(ranks, sheet[first:end], strict=True), key=lambda pair: pair[0])
            sheet[first:end] = [line for _, line in pairs]


def _pushed(ranges: list[Range], at: int, count: int) -> None:
    for one in ranges:
        one[0] += count * (one[0] >= at)
        one[1] += count * (one[1] > at)


def _closed(ranges: list[Range], start: int, end: int) -> None:
    for one in ranges:
        one[:] = (edge - max(0, min(edge, end) - start) for edge in one)


@st.composite
def reshuffles(draw: st.DrawFn) -> tuple[list[int], list[int], bool, bool]:
    """Lines as they stand, the order to come, whether a total ends both, whether they are sorted."""
    count = draw(st.integers(0, 14))
    total = count > 0 and draw(st.booleans())
    body = list(range(count - total))
    kept = draw(
        st.permutations([line for line in body if draw(st.booleans()) or draw(st.booleans())])
    )
    if draw(st.booleans()):
        kept = sorted(kept)
    wanted = list(kept)
    for fresh in range(draw(st.integers(0, 4))):
        wanted.insert(draw(st.integers(0, len(wanted))), -1 - fresh)
    now = list(range(count))
    is_sorted = draw(st.booleans())
    if is_sorted:
        now = draw(st.permutations(now))
    return now, [*wanted, count - 1] if total else wanted, total, is_sorted


@given(reshuffles(), st.integers(0, 2), st.sampled_from([1, 300]), st.sampled_from(["hull", "cut"]))
def test_rows_come_to_their_places_and_ranges_over_the_table_go_on_covering_it(
    case: tuple[list[int], list[int], bool, bool], spare: int, most: int, how: str
) -> None:
    now, wanted, total, is_sorted = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_MOST_STEPS", most)
        place = TableArea(7, 1, 3, 1 + len(now) + spare)
        table = settled(place, now, wanted, total=total, sort=True)
    sheet: list[Any] = ["header", *now, *[""] * spare]
    ranges = [[1, 1 + len(now)], [0, 1 + len(now)]]
    if total and not is_sorted:
        ranges += [[1, len(now)], [0, len(now)]]
    ranges = [one for one in ranges if one[0] < one[1]]
    _run(sheet, ranges, table.requests, how)
    assert table.now == wanted
    assert sheet[1 : len(wanted) + 1] == [line if line >= 0 else "new" for line in wanted]
    assert len(sheet) == table.rows
    body, stays = len(now) - total, sum(line >= 0 for line in wanted) - total
    if min(body, stays) >= 3:
        end = 1 + len(wanted)
        for one, last in zip(ranges, (end, end, end - 1, end - 1), strict=False):
            assert one[0] <= 1
            assert one[1] >= last


def test_a_day_that_comes_and_one_that_goes_are_four_requests() -> None:
    now = list(range(1000))
    table = settled(TableArea(7, 1, 3, 1003), now, [*now[10:], -1, -2], total=False, sort=True)
    assert [next(iter(request)) for request in table.requests] == [
        "insertDimension", "moveDimension", "deleteDimension",
    ]  # fmt: skip


def test_a_large_table_that_was_sorted_by_hand_is_sorted_back_in_one_request() -> None:
    now = list(range(1000))
    random.Random(1).shuffle(now)
    table = settled(TableArea(7, 1, 3, 1003), now, list(range(1000)), total=False, sort=True)
    assert [next(iter(request)) for request in table.requests] == [
        "appendDimension", "updateCells", "sortRange", "deleteDimension",
    ]  # fmt: skip
    unsorted = settled(TableArea(7, 1, 3, 1003), now, list(range(1000)), total=False, sort=False)
    assert {next(iter(request)) for request in unsorted.requests} == {"moveDimension"}


def test_rows_are_known_by_their_keys_and_the_second_of_one_key_is_another() -> None:
    table = Table(FUNNEL, FUNNEL.columns, [])
    rows_there: list[Row] = [[46143, "SEO", 1, 2.0], [46143.0, "SEO", 5, 6.0], ["", "", "", ""]]
    assert identities(table, rows_there) == [("46143", "SEO"), ("46143", "SEO", "1"), ("", "")]


@given(st.sets(st.tuples(st.text(), st.text())), st.sets(st.tuples(st.text(), st.text())))
def test_what_was_written_is_remembered(ours: set[Id], others: set[Id]) -> None:
    filter_ = remembered(sorted(ours))
    assert all(among(filter_, sorted(ours)))
    assert filter_.isprintable()
    assert sum(among(filter_, sorted(others - ours))) <= 1


def test_the_memory_of_one_row_hardly_ever_takes_another_for_it() -> None:
    strangers = [(f"её {n}",) for n in range(2000)]
    taken = [sum(among(remembered([(str(name),)]), strangers)) for name in range(50)]
    assert sum(taken) <= 5  # of 100 000


def test_the_memory_of_2_000_rows_fits_a_tab_and_hardly_ever_errs() -> None:
    ours = [(str(n), "канал") for n in range(2000)]
    filter_ = remembered(ours)
    assert len(filter_) < 2400
    assert all(among(filter_, ours))
    assert sum(among(filter_, [(f"её {n}", "") for n in range(5000)])) < 10
    assert remembered([*ours, ("2000", "")]) == ""


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
    record = Record("funnel", titles="a", rows=3, noted=("x",), totals=("1", "2"), rules=("r",))
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


def _rule(code: str, **more: Any) -> dict[str, Any]:
    point = {"type": "MIN", "colorStyle": colour(code)} | more
    return {"ranges": [{"sheetId": 1}], "gradientRule": {"minpoint": point}}


def test_a_rule_of_ours_is_known_by_its_colours_as_google_gives_them_back() -> None:
    shades = [f"#{n:02X}{255 - n:02X}00" for n in range(256)]
    for code in shades:
        back = cut(_rule(code, color={"red": 1}))
        assert rule_mark(back) == rule_mark(_rule(code))
    assert rule_mark(_rule("#123456")) != rule_mark(_rule("#123556"))
    assert _alike(rule_mark(_rule("#123456")), rule_mark(_rule("#113355")))
    assert not _alike(rule_mark(_rule("#123456")), rule_mark(_rule("#103456")))
