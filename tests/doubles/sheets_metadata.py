"""Developer metadata: on the spreadsheet, a tab, one row or one column, under chosen ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.doubles.sheets_model import Book, Refused, need
from tests.doubles.sheets_schema import mask

Body = dict[str, Any]
Reply = dict[str, Any]


def _locations(book: Book, location: dict[str, Any]) -> None:
    kinds = [name for name, value in location.items() if value]
    if len(kinds) != 1:
        raise Refused(f"A metadata location must be one thing, found {kinds}.")
    line = location.get("dimensionRange")
    if "sheetId" in location:
        book.tab(location["sheetId"])
    if line is not None:
        tab = book.tab(line.get("sheetId", 0))
        start, end = line.get("startIndex", 0), line["endIndex"]
        if end != start + 1:
            raise Refused("Metadata sits on exactly one row or column.")
        if end > tab.size(line["dimension"]):
            raise Refused("Metadata outside of the grid.")


def _create_metadata(book: Book, body: Body) -> Reply:
    need(body, "developerMetadata")
    entry = deepcopy(body["developerMetadata"])
    need(entry, "metadataKey", "visibility", "location")
    if entry["visibility"] not in ("DOCUMENT", "PROJECT"):
        raise Refused("visibility must be specified.")
    _locations(book, entry["location"])
    number = entry.setdefault("metadataId", book.new_id())
    if number <= 0:
        raise Refused("metadataId must be positive.")
    if any(m["metadataId"] == number for m in book.metadata):
        raise Refused(
            f"Cannot add developer metadata with ID [{number}] because developer metadata with "
            "that ID already exists."
        )
    if len(entry.get("metadataValue", "")) + len(entry["metadataKey"]) > 30_000:
        raise Refused("Too much metadata.")
    book.metadata.append(entry)
    return {"createDeveloperMetadata": {"developerMetadata": deepcopy(entry)}}


def looked_up(book: Book, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Metadata entries that a DeveloperMetadataLookup selects."""
    if not found or set(found) - {"metadataId", "metadataKey", "metadataValue"}:
        raise Refused(f"The double does not look metadata up by {sorted(found)}.")
    for entry in book.metadata:
        if all(entry.get(name) == value for name, value in found.items()):
            yield entry


def _update_metadata(book: Book, body: Body) -> None:
    need(body, "dataFilters", "developerMetadata", "fields")
    tree = mask(body["fields"], "DeveloperMetadata")
    if set(tree) != {"metadataValue"}:
        raise Refused("The double updates values of metadata only.")
    found = [e for f in body["dataFilters"] for e in looked_up(book, f["developerMetadataLookup"])]
    if not found:
        raise Refused("No developer metadata matches.")
    for entry in found:
        entry["metadataValue"] = body["developerMetadata"]["metadataValue"]


def _delete_metadata(book: Book, body: Body) -> None:
    found = list(looked_up(book, body["dataFilter"]["developerMetadataLookup"]))
    if not found:
        raise Refused("No developer metadata matches.")
    book.metadata = [m for m in book.metadata if m not in found]


METADATA: dict[str, Callable[[Book, Body], Reply | None]] = {
    "createDeveloperMetadata": _create_metadata,
    "updateDeveloperMetadata": _update_metadata,
    "deleteDeveloperMetadata": _delete_metadata,
}
