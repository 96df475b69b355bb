"""What a write leaves for the next one: at which version of the file which tables stood in it."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Self

from sheets_sync.books.google.look.hashes import look_hash
from sheets_sync.books.google.read.record import column_id
from templates_sheets.tab import Table

#: Cells are read at least so often, whatever Drive says: what somebody did in the very moment of a
#: write has a version that looks like the write's own.
_TRUSTED = timedelta(hours=24)


@dataclass(frozen=True)
class BookMemory:
    """How the last write left a spreadsheet.

    file     the spreadsheet's address
    version  Drive's, asked when the write was done; "": not known
    tables   tab key -> digest of the table that stood there
    read     when cells of all tabs were read last: ISO
    """

    file: str = ""
    version: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    read: str = ""

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """What `plain` gave; anything else remembers nothing."""
        try:
            memory = cls(**plain)
            datetime.fromisoformat(memory.read)
            dict(memory.tables)
        except (TypeError, ValueError):
            return cls()
        return memory

    def unread(self, now: BookMemory) -> frozenset[str]:
        """Tabs that need not be read: neither the file nor their table is another than it was.

        now  the file as it is, and the tables to show
        """
        if not now.version or (now.file, now.version) != (self.file, self.version):
            return frozenset()
        since = datetime.fromisoformat(now.read) - datetime.fromisoformat(self.read)
        if not timedelta(0) <= since < _TRUSTED:
            return frozenset()
        return frozenset(k for k, digest in now.tables.items() if self.tables.get(k) == digest)


def table_digests(tables: Iterable[Table]) -> dict[str, str]:
    """By tab key a hash of all that a table shows, as rows of 64-bit floats, texts and days."""
    return {table.tab.key: _digest(table) for table in tables}


def _digest(table: Table) -> str:
    digest = blake2b(digest_size=12)
    columns = [(column_id(c), c.title, c.hint, c.format, c.width) for c in table.columns]
    hanging = (table.notes, table.formats, table.choices, table.links)
    about = [look_hash(table), columns, [sorted(each.items()) for each in hanging]]
    digest.update(repr([*about, sorted(table.bold), table.folded, table.hidden]).encode())
    for cells in zip(*table.rows, strict=True):
        digest.update(_bytes(cells))
    return digest.hexdigest()


def _bytes(cells: tuple[Any, ...]) -> bytes:
    """A column's cells: an older version of marshal writes equal values alike, wherever they lie."""
    try:
        return marshal.dumps(cells, 2)
    except ValueError:  # days
        return repr(cells).encode("utf-8", "surrogatepass")


def with_charted(unread: frozenset[str], tables: Sequence[Table]) -> frozenset[str]:
    """Without the tabs whose charts show one that is read, or that such a chart shows."""
    pairs = [(t.tab.key, chart.of) for t in tables for chart in t.tab.charts if chart.of]
    while True:
        fewer = unread - {k for pair in pairs if not set(pair) <= unread for k in pair}
        if fewer == unread:
            return unread
        unread = fewer
