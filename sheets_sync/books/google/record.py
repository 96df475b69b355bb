"""What the service remembers inside a spreadsheet: keys, ids, and a record of each tab it laid."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any, Self
from zlib import crc32

from templates_sheets.tab import Column

#: Keys of developer metadata, by what they sit on: the spreadsheet, a tab, a tab's header row, a
#: column; TYPED sits on tabs and columns that people write in, and on the keys of their rows.
STAMP = "romi-sheets.stamp"
TAB = "romi-sheets.tab"
HEAD = "romi-sheets.head"
COLUMN = "romi-sheets.column"
TYPED = "romi-sheets.typed"

#: The tab that holds a big fill until it is whole.
STAGE = "*stage"

_HALF = 2**30


def stable_id(*names: str) -> int:
    """An id for what Google lets us choose one: the same for the same names, in 2^30..2^31 - 1.

    Ids below belong to stamps, which count writes (google_plan).
    """
    return _HALF + crc32("/".join(names).encode()) % _HALF


#: The mark that `check` leaves and takes away.
TRY_KEY = "romi-sheets.try"
TRY = stable_id("try")


def next_stamp_id(last: int) -> int:
    """The id of the stamp after the one with id `last` (0: there is none yet)."""
    return last % (_HALF - 1) + 1


def digest(value: Any) -> str:
    """A short hash of anything that JSON can hold, and of dates."""
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return sha256(plain.encode()).hexdigest()[:12]


def column_id(column: Column) -> str:
    """What a column is called in metadata, whatever people call it."""
    return column.key or column.title


@dataclass(frozen=True)
class Record:
    """How a tab was left by the last write; kept as JSON in the tab's own metadata.

    titles, hints, look, body, charts  hashes of what was laid: header texts, header notes, column
           formats with rules, what depends on rows (formats, notes, drop-downs), charts
    rows   rows under the header, and `keys`, a hash of their keys: another one in the sheet means
           that somebody sorted, inserted or deleted rows
    notes  ids of columns with notes
    bold   rows that were made bold
    rules  marks of the conditional formats laid, by which they are told from people's own
    drawn  ids of charts laid; lost: of those that somebody deleted, which stay deleted
    done   parts that have arrived, of a tab that holds a big fill
    """

    key: str
    titles: str = ""
    hints: str = ""
    look: str = ""
    body: str = ""
    charts: str = ""
    rows: int = 0
    keys: str = ""
    notes: tuple[str, ...] = ()
    bold: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    drawn: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    done: int = 0

    def dump(self) -> str:
        return json.dumps(
            {name: value for name, value in asdict(self).items() if value or name == "key"},
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def load(cls, value: str) -> Self | None:
        """The record in a metadata value; None if it is not one of ours."""
        try:
            found = json.loads(value)
        except ValueError:
            return None
        if not isinstance(found, dict) or not isinstance(found.get("key"), str):
            return None
        known = {f.name for f in fields(cls)}
        plain: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in found.items() if k in known
        }
        return cls(**plain)


@dataclass(frozen=True)
class Mark:
    """The stamp of the last write: its metadata id counts writes, so two writes over the same
    state cannot both succeed. `content` is a hash of what was sent."""

    id: int = 0
    run_id: str = ""
    content: str = ""
    at: str = ""

    def dump(self) -> str:
        return json.dumps(
            {"run": self.run_id, "content": self.content, "at": self.at}, ensure_ascii=False
        )

    @classmethod
    def load(cls, number: int, value: str) -> Self:
        """The stamp in a metadata entry; an unreadable one is nobody's run."""
        try:
            found = json.loads(value)
            return cls(number, str(found["run"]), str(found["content"]), str(found["at"]))
        except (ValueError, KeyError, TypeError):
            return cls(number)


def on_spreadsheet(number: int, key: str, value: str) -> dict[str, Any]:
    """A request that creates metadata on the spreadsheet."""
    return _create(number, key, value, {"spreadsheet": True})


def on_tab(number: int, key: str, value: str, sheet_id: int) -> dict[str, Any]:
    """A request that creates metadata on a tab."""
    return _create(number, key, value, {"sheetId": sheet_id})


def on_line(
    number: int, key: str, value: str, sheet_id: int, dimension: str, index: int
) -> dict[str, Any]:
    """A request that creates metadata on one row (dimension ROWS) or column (COLUMNS)."""
    line = {
        "sheetId": sheet_id,
        "dimension": dimension,
        "startIndex": index,
        "endIndex": index + 1,
    }
    return _create(number, key, value, {"dimensionRange": line})


def _create(number: int, key: str, value: str, location: dict[str, Any]) -> dict[str, Any]:
    entry = {
        "metadataId": number,
        "metadataKey": key,
        "metadataValue": value,
        "visibility": "DOCUMENT",
        "location": location,
    }
    return {"createDeveloperMetadata": {"developerMetadata": entry}}


def try_metadata() -> dict[str, Any]:
    """A request that only somebody who may write can make; `delete_metadata(TRY)` undoes it."""
    return _create(TRY, TRY_KEY, "", {"spreadsheet": True})


def update_metadata(number: int, value: str) -> dict[str, Any]:
    """A request that gives the metadata entry `number` a new value."""
    return {
        "updateDeveloperMetadata": {
            "dataFilters": [{"developerMetadataLookup": {"metadataId": number}}],
            "developerMetadata": {"metadataValue": value},
            "fields": "metadataValue",
        }
    }


def delete_metadata(number: int) -> dict[str, Any]:
    """A request that deletes the metadata entry `number`."""
    return {
        "deleteDeveloperMetadata": {
            "dataFilter": {"developerMetadataLookup": {"metadataId": number}}
        }
    }
