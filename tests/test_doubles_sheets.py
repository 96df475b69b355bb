"""The Sheets double: what it refuses that Google's schema cannot say, and that a batch is one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials

from tests.doubles.sheets import NAME, SheetsDouble
from tests.doubles.sheets_batch import apply
from tests.doubles.sheets_hand import Hand, shown, state
from tests.doubles.sheets_model import Book, Refused, Tab
from tests.doubles.sheets_schema import Fault, check, mask, pick
from tests.doubles.sheets_token import SCOPE

SHEET = 7
RANGE = {
    "sheetId": SHEET, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2,
}  # fmt: skip
COLOUR = {"rgbColor": {"red": 1}}
BANDED = {"bandedRangeId": 5, "range": RANGE, "rowProperties": {"firstBandColorStyle": COLOUR}}
POINT = {"type": "MIN", "colorStyle": COLOUR}
CHART = {
    "chartId": 4,
    "position": {"overlayPosition": {"anchorCell": {"sheetId": SHEET, "rowIndex": 1}}},
    "spec": {
        "basicChart": {
            "chartType": "COLUMN",
            "domains": [{"domain": {"sourceRange": {"sources": [RANGE | {"endColumnIndex": 1}]}}}],
            "series": [
                {
                    "series": {"sourceRange": {"sources": [RANGE | {"startColumnIndex": 1}]}},
                    "targetAxis": "LEFT_AXIS",
                }
            ],
        }
    },
}
META = {
    "metadataId": 3, "metadataKey": "k", "metadataValue": "v", "visibility": "DOCUMENT", "location": {"sheetId": SHEET},
}  # fmt: skip


@pytest.fixture
def book() -> Book:
    grid = {"rowCount": 10, "columnCount": 5, "frozenRowCount": 1}
    return Book([Tab({"sheetId": SHEET, "title": "Лист", "gridProperties": grid})])


def cells(
    *rows: list[dict[str, Any]], row: int = 0, fields: str = "userEnteredValue"
) -> dict[str, Any]:
    start = {"sheetId": SHEET, "rowIndex": row, "columnIndex": 0}
    return {
        "updateCells": {"start": start, "rows": [{"values": r} for r in rows], "fields": fields}
    }


def text(value: str) -> dict[str, Any]:
    return {"userEnteredValue": {"stringValue": value}}


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


# Over the wire


@pytest.fixture(scope="module")
def double() -> Iterator[SheetsDouble]:
    with SheetsDouble() as found:
        yield found


@pytest.fixture
def session(double: SheetsDouble, tmp_path: Path) -> AuthorizedSession:
    double.reset()
    double.new()
    return _session(double.write_key(tmp_path / "key.json"), SCOPE)


def _session(key: Path, scope: str) -> AuthorizedSession:
    return AuthorizedSession(Credentials.from_service_account_file(str(key), scopes=[scope]))


def _url(
    double: SheetsDouble, what: str = "?fields=sheets.properties.title", name: str = NAME
) -> str:
    return f"{double.url}/v4/spreadsheets/{name}{what}"


def test_a_signed_exchange_opens_what_is_shared(
    double: SheetsDouble, session: AuthorizedSession
) -> None:
    answer = session.get(_url(double))
    assert answer.json() == {"sheets": [{"properties": {"title": "Лист1"}}]}
    assert requests.get(_url(double), timeout=5).status_code == 401
    assert session.get(_url(double, name="nothing")).json()["error"]["status"] == "NOT_FOUND"


def test_another_key_or_scope_gets_no_token(
    double: SheetsDouble, session: AuthorizedSession, tmp_path: Path
) -> None:
    del session
    key = double.write_key(tmp_path / "key.json")
    with pytest.raises(RefreshError, match="invalid_scope"):
        _session(key, "https://www.googleapis.com/auth/drive").credentials.refresh(Request())
    double.tokens.revoked = True
    with pytest.raises(RefreshError, match="invalid_grant"):
        _session(key, SCOPE).credentials.refresh(Request())


def test_reads_and_writes_are_counted_apart(
    double: SheetsDouble, session: AuthorizedSession
) -> None:
    double.quota, double.retry_after = 1, 30
    body = {"requests": [{"addSheet": {"properties": {"title": "x"}}}]}
    assert session.get(_url(double)).status_code == 200
    assert session.post(_url(double, ":batchUpdate"), json=body).status_code == 200
    refused = session.get(_url(double))
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "30"
    assert refused.json()["error"]["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "body", ['{"requests": [', '{"requests": NaN}', '{"requests": [{"x": {}}]}']
)
def test_what_is_no_json_or_no_request_is_refused(
    double: SheetsDouble, session: AuthorizedSession, body: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = session.post(_url(double, ":batchUpdate"), data=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_a_filter_gives_only_what_it_touches(
    double: SheetsDouble, session: AuthorizedSession
) -> None:
    hand = double.hand()
    hand.add_tab("Моя", [["а", 1], ["б", "=A1"]])
    row = {"sheetId": hand.tab("Моя").id, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    hand.book.metadata.append(META | {"location": {"dimensionRange": row}})
    lookup = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "k"}}]}
    fields = "?fields=sheets(properties.title,data(startRow,rowData.values.userEnteredValue))"
    found = session.post(_url(double, f":getByDataFilter{fields}"), json=lookup).json()
    cells_ = [
        {"userEnteredValue": {"stringValue": "б"}},
        {"userEnteredValue": {"formulaValue": "=A1"}},
    ]
    assert found == {
        "sheets": [
            {
                "properties": {"title": "Моя"},
                "data": [{"startRow": 1, "rowData": [{"values": cells_}]}],
            }
        ]
    }
    nothing = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "none"}}]}
    assert session.post(_url(double, f":getByDataFilter{fields}"), json=nothing).json() == {}


def test_the_page_shows_every_tab(double: SheetsDouble, session: AuthorizedSession) -> None:
    del session
    Hand(double.books[NAME]).type("Лист1", 1, 0, "<b>")
    assert "&lt;b&gt;" in requests.get(f"{double.url}/", timeout=5).text


def test_it_runs_as_a_process_and_says_how_to_reach_it(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    command = [sys.executable, "-m", "tests.doubles.sheets", "--port", "0", "--key", str(key)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(3)]
        url = told[1].split("=")[1].strip()
        answer = _session(key, SCOPE).get(
            f"{url}/v4/spreadsheets/{NAME}?fields=sheets.properties.title"
        )
        process.terminate()
    assert told[0] == f"export GOOGLE_APPLICATION_CREDENTIALS={key}\n"
    assert answer.json() == {"sheets": [{"properties": {"title": "Лист1"}}]}
