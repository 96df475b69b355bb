"""Requests to a spreadsheet of one sheet, for the tests of the Sheets double."""

from __future__ import annotations

from typing import Any

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


def cells(
    *rows: list[dict[str, Any]], row: int = 0, fields: str = "userEnteredValue"
) -> dict[str, Any]:
    start = {"sheetId": SHEET, "rowIndex": row, "columnIndex": 0}
    return {
        "updateCells": {"start": start, "rows": [{"values": r} for r in rows], "fields": fields}
    }


def text(value: str) -> dict[str, Any]:
    return {"userEnteredValue": {"stringValue": value}}
