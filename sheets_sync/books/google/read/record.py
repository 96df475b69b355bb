"""What the service remembers inside a spreadsheet: keys, ids, and a record of each tab it laid."""

from __future__ import annotations

import json
from collections.abc import Sequence
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

    Ids below belong to stamps, which count writes.
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


def row_mark(name: Sequence[str]) -> str:
    """A short mark of a row of that name."""
    return f"{crc32('/'.join(name).encode()):08x}"


def column_id(column: Column) -> str:
    """What a column is called in metadata, whatever people call it."""
    return column.key or column.title


@dataclass(frozen=True)
class Record:
    """How a tab was left by the last write; kept as JSON in the tab's own metadata.

    titles, hints, look, body, note, charts  hashes of what was laid: header texts, header notes,
           column formats with rules, what hangs on rows (formats, drop-downs), notes, charts
    rows   rows of ours, and `keys`, a hash of their names in order: another one in the sheet means
           that somebody sorted, inserted or deleted rows
    wrote  which names those are (read.ours)
    noted  ids of columns with notes
    totals  marks of rows that were made bold
    groups  marks of groups of columns and rows; links: a hash of which cells lead where
    hidden  whether people chose not to see the tab
    rules  marks of the conditional formats laid, by which they are told from people's own
    drawn  ids of charts laid; lost: of those that somebody deleted, which stay deleted
    done   parts that have arrived, of a tab that holds a big fill
    signed  whether notes of ours are signed: those of an older service are not
    """

    key: str
    titles: str = ""
    hints: str = ""
    look: str = ""
    body: str = ""
    note: str = ""
    charts: str = ""
    rows: int = 0
    keys: str = ""
    wrote: str = ""
    noted: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    links: str = ""
    hidden: bool = False
    rules: tuple[str, ...] = ()
    drawn: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    done: int = 0
    signed: bool = True

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
            entries = json.loads(value)
        except ValueError:
            return None
        if not isinstance(entries, dict) or not isinstance(entries.get("key"), str):
            return None
        names = {f.name for f in fields(cls)}
        plain: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in entries.items() if k in names
        }
        return cls(**({"signed": False} | plain))


@dataclass(frozen=True)
class Mark:
    """The stamp of the last write: its metadata id counts writes, so two writes over the same
    state cannot both succeed. `content` is a hash of what was sent, `clinic` whose book it is."""

    id: int = 0
    run_id: str = ""
    content: str = ""
    at: str = ""
    clinic: str = ""

    def dump(self) -> str:
        plain = {
            "run": self.run_id,
            "content": self.content,
            "at": self.at,
            "clinic": self.clinic,
        }
        return json.dumps(plain, ensure_ascii=False)

    @classmethod
    def load(cls, number: int, value: str) -> Self:
        """The stamp in a metadata entry; an unreadable one is nobody's run."""
        try:
            entries = json.loads(value)
            run, content, at = (str(entries[name]) for name in ("run", "content", "at"))
            return cls(number, run, content, at, str(entries.get("clinic", "")))
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(number)
