"""A batch of the Sheets double is one: refused whole, also for what Google's schema cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.books.sheet_requests import BANDED, CHART, META, POINT, RANGE, SHEET, cells, text
from tests.doubles.sheets_batch import apply
from tests.doubles.sheets_hand import shown, state
from tests.doubles.sheets_model import Book, Refused, Tab
from tests.doubles.sheets_schema import Fault, check, mask, pick


@pytest.fixture
def book() -> Book:
    grid = {"rowCount": 10, "columnCount": 5, "frozenRowCount": 1}
    return Book([Tab({"sheetId": SHEET, "title": "Лист", "gridProperties": grid})])


WRONG = {
    "two kinds in one request": {**cells([text("x")]), "addSheet": {}},
    "no kind": {},
    "an unknown kind": {"findReplace": {"find": "x"}},
    "a formula": cells([{"userEnteredValue": {"formulaValue": "=1"}}]),
    "two values in a cell": cells([{"userEnteredValue": {"stringValue": "x", "numberValue": 1}}]),
    "a value outside of the mask": cells([text("x")], fields="note"),
    "a mask of nothing known": cells([text("x")], fields="value"),
    "a cell outside of the grid": cells([text("x")], row=10),
    "too long a text": cells([text("x" * 50_001)]),
    "an unknown sheet": {"repeatCell": {"range": {"sheetId": 8}, "cell": {}, "fields": "note"}},
    "a backward range": {"repeatCell": {"range": RANGE | {"startRowIndex": 2}, "cell": {}, "fields": "note"}},
    "a title that is there": {"addSheet": {"properties": {"title": "лист"}}},
    "a sheet id that is there": {"addSheet": {"properties": {"sheetId": SHEET, "title": "x"}}},
    "the last sheet deleted": {"deleteSheet": {"sheetId": SHEET}},
    "all rows under the header deleted": {"deleteDimension": {"range": {"sheetId": SHEET, "dimension": "ROWS", "startIndex": 1, "endIndex": 10}}},
    "rows inserted at the end like the next": {"insertDimension": {"range": {"sheetId": SHEET, "dimension": "ROWS", "startIndex": 10, "endIndex": 11}}},
    "rows inserted past the end": {"insertDimension": {"range": {"sheetId": SHEET, "dimension": "ROWS", "startIndex": 11, "endIndex": 12}, "inheritFromBefore": True}},
    "a banding without colours": {"addBanding": {"bandedRange": {"bandedRangeId": 5, "range": RANGE}}},
    "a protection with a warning and editors": {"addProtectedRange": {"protectedRange": {"range": {"sheetId": SHEET}, "warningOnly": True, "editors": {"users": ["a@b.c"]}}}},
    "an exception in a part of a sheet": {"addProtectedRange": {"protectedRange": {"range": RANGE, "warningOnly": True, "unprotectedRanges": [RANGE]}}},
    "a rule of two natures": {"addConditionalFormatRule": {"rule": {"ranges": [RANGE], "booleanRule": {}, "gradientRule": {}}}},
    "a gradient without an end": {"addConditionalFormatRule": {"rule": {"ranges": [RANGE], "gradientRule": {"minpoint": POINT}}}},
    "a rule that is not there": {"deleteConditionalFormatRule": {"sheetId": SHEET, "index": 0}},
    "a chart that is not there": {"updateChartSpec": {"chartId": 1, "spec": CHART["spec"]}},
    "a chart's anchor outside": {"addChart": {"chart": CHART | {"position": {"overlayPosition": {"anchorCell": {"sheetId": SHEET, "rowIndex": 99}}}}}},
    "metadata without visibility": {"createDeveloperMetadata": {"developerMetadata": {k: v for k, v in META.items() if k != "visibility"}}},
    "metadata in two places": {"createDeveloperMetadata": {"developerMetadata": META | {"location": {"spreadsheet": True, "sheetId": SHEET}}}},
    "metadata that is not there": {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": 9}}}},
    "a list without words": {"setDataValidation": {"range": RANGE, "rule": {"condition": {"type": "ONE_OF_LIST"}}}},
    "a paste of another size": {"copyPaste": {"source": RANGE, "destination": RANGE | {"endRowIndex": 3}, "pasteType": "PASTE_VALUES"}},
    "ten million cells": {"addSheet": {"properties": {"title": "x", "gridProperties": {"rowCount": 10**6, "columnCount": 10}}}},
}  # fmt: skip


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_it_refuses_and_applies_nothing_of_the_batch(book: Book, request_: dict[str, Any]) -> None:
    before = state(book)
    with pytest.raises(Refused, match=r"Invalid requests\[1\]"):
        apply(book, [cells([text("первая")]), request_])
    assert state(book) == before


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"addBanding": {"bandedRange": BANDED}}, {"addBanding": {"bandedRange": BANDED | {"bandedRangeId": 6}}}),
        ({"addChart": {"chart": CHART}}, {"addChart": {"chart": CHART}}),
        ({"createDeveloperMetadata": {"developerMetadata": META}}, {"createDeveloperMetadata": {"developerMetadata": META}}),
    ],
    ids=["overlapping stripes", "a chart's id", "a metadata id"],
)  # fmt: skip
def test_it_refuses_what_is_there_already(
    book: Book, first: dict[str, Any], second: dict[str, Any]
) -> None:
    changed, _ = apply(book, [first])
    with pytest.raises(Refused):
        apply(changed, [second])


def test_a_batch_gives_a_reply_to_each_request_and_leaves_the_old_spreadsheet_as_it_was(
    book: Book,
) -> None:
    changed, replies = apply(
        book, [cells([text("а")]), {"addSheet": {"properties": {"sheetId": 9, "title": "x"}}}]
    )
    assert replies[0] == {}
    assert replies[1]["addSheet"]["properties"]["sheetId"] == 9
    assert shown(book.tab(SHEET)) == []
    assert shown(changed.tab(SHEET)) == [["а"]]


def test_what_hangs_on_rows_and_columns_goes_with_them(book: Book) -> None:
    line = {"sheetId": SHEET, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
    marked = META | {"location": {"dimensionRange": line}}
    changed, _ = apply(
        book,
        [
            cells([text("а"), text("б")], [text("в")]),
            {"createDeveloperMetadata": {"developerMetadata": marked}},
            {"addBanding": {"bandedRange": BANDED}},
            {"addChart": {"chart": CHART}},
            {"insertDimension": {"range": line | {"dimension": "ROWS"}}},
            {"moveDimension": {"source": line, "destinationIndex": 4}},
        ],
    )
    tab = changed.tab(SHEET)
    assert shown(tab) == [["а", None, None, "б"], [], ["в"]]
    assert changed.metadata[0]["location"]["dimensionRange"]["startIndex"] == 3
    assert tab.bandings[0]["range"]["endRowIndex"] == 3
    assert tab.charts[0]["position"]["overlayPosition"]["anchorCell"]["rowIndex"] == 2
    gone, _ = apply(
        changed, [{"deleteDimension": {"range": line | {"startIndex": 3, "endIndex": 4}}}]
    )
    assert gone.metadata == []


@pytest.mark.parametrize(
    "body",
    [
        {"requests": [{"addSheet": {"properties": {"titel": "x"}}}]},
        {"requests": [{"addSheet": {"properties": {"title": 1}}}]},
        {"requests": [{"addSheet": {"properties": {"sheetId": 2**31}}}]},
        {"requests": [{"insertDimension": {"range": {"dimension": "MIDDEL"}}}]},
        {"requests": [{"updateCells": {"rows": [{"values": [{"effectiveValue": {}}]}]}}]},
        {"requests": None},
    ],
)
def test_googles_schema_is_kept(body: Any) -> None:
    with pytest.raises(Fault):
        check(body, "BatchUpdateSpreadsheetRequest")


def test_field_masks_are_trees_of_known_names() -> None:
    tree = mask("sheets(properties.title,data/rowData(values.note))", "Spreadsheet")
    assert tree == {
        "sheets": {"properties": {"title": {}}, "data": {"rowData": {"values": {"note": {}}}}}
    }
    assert pick({"sheets": [{"properties": {"title": "x", "index": 1}}]}, tree) == {
        "sheets": [{"properties": {"title": "x"}}]
    }
    for wrong in ("sheets(titel)", "sheets(", "", "sheets)"):
        with pytest.raises(Fault):
            mask(wrong, "Spreadsheet")
