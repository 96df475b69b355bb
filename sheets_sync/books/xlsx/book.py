"""The workbook kind of book: one .xlsx file, replaced whole; the old one or the new, never half."""

from __future__ import annotations

import errno
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sheets_sync.books.book import Stamp, Typed, WriteCost, fitted, must_be_ours
from sheets_sync.books.xlsx.archive import PackedWorkbook
from sheets_sync.books.xlsx.charts import chart_sheets
from sheets_sync.books.xlsx.forms import Forms
from sheets_sync.books.xlsx.kept import KeptCells, kept_cells, title_marks
from sheets_sync.books.xlsx.read import CLINIC, RUN_ID, WorkbookContent, read_cells, read_workbook
from sheets_sync.books.xlsx.replace import (
    Fingerprint,
    draft_beside,
    fingerprint,
    must_be_as_seen,
    put,
)
from sheets_sync.books.xlsx.rows import MOST_TEXT
from sheets_sync.books.xlsx.sheet import TableAnchor, draw, keep, link
from sheets_sync.errors import BookError, because
from templates_sheets import look
from templates_sheets.tab import Table

_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT = {"font_name": look.FONT, "font_size": look.FONT_SIZE}
#: What programs leave beside a file that is open in them.
_OPEN_MARKS = ("~${name}", ".~lock.{name}#")


class XlsxBook:
    """A workbook at `path` of the clinic with the id `clinic`; its name is printed in footers.

    People's part of it survives every write: input tabs, comments, names of tabs, and, as values,
    tabs and columns of their own, lines under a table, notes and colours, each at its row.
    """

    def __init__(self, path: Path, name: str = "", clinic: str = "") -> None:
        self.path = path.resolve()
        self.name = name
        self.clinic = clinic
        self.address = str(self.path)
        self.kept: dict[str, Any] = {}
        self._content = WorkbookContent()
        self._seen: Fingerprint | None = None
        self._theirs = True

    def read(self, *, take: bool = False) -> Typed:
        """What people typed; empty if there is no file yet.

        Raises BookError where the file is open in a program, or cannot be read, OtherClinicError
        where it is another clinic's and not to be taken from it.
        """
        self._refuse_if_open()
        seen = fingerprint(self.path)
        # A file that is as we left it, with nothing of theirs in our tabs, is not looked through.
        whole = self.kept.get("theirs", True) or self.kept.get("file") != _plain(seen)
        self._content = read_workbook(self.path, whole=whole) if seen else WorkbookContent()
        if not take:
            must_be_ours(self.clinic, self._content.clinic, self.address)
        self._seen = seen
        return self._content.typed

    def cells(self) -> dict[str, list[list[Any]]]:
        """Every cell of our tabs. Raises BookError where the file cannot be read."""
        return read_cells(self.path)

    def write(self, tables: Sequence[Table], stamp: Stamp) -> WriteCost:
        """Replace the file by one that shows `tables`.

        Raises BookError where the file was saved since `read`, is open, or cannot be written; it
        then is as it was.
        """
        self._refuse_if_open()
        must_be_as_seen(self.path, self._seen)
        archive = io.BytesIO()
        try:
            with draft_beside(self.path) as draft:
                cells = self._fill(archive, tables, stamp)
                draft.write_bytes(archive.getbuffer())
                put(draft, self.path, self._seen)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        self._seen = fingerprint(self.path)
        self.kept = {"file": _plain(self._seen), "theirs": self._theirs}
        return WriteCost(cells=cells, requests=1, bytes=self.path.stat().st_size)

    def init(self, tables: Sequence[Table], stamp: Stamp) -> WriteCost:
        """A workbook is laid anew by every write; `read` comes first. Raises BookError as `write`."""
        return self.write(tables, stamp)

    def try_write(self) -> tuple[()]:
        """Write a draft beside the file and take it away: who can write it can write every tab.
        Raises BookError as `write`."""
        self._refuse_if_open()
        try:
            with draft_beside(self.path):
                pass
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        return ()

    def _fill(self, archive: io.BytesIO, tables: Sequence[Table], stamp: Stamp) -> int:
        """Write a workbook of `tables` and what people keep in it; give the number of cells."""
        # The library writes into the font it is given.
        options = _OPTIONS | {"default_format_properties": dict(_FONT)}
        workbook = PackedWorkbook(archive, options, alone=stamp.alone)
        workbook.set_properties(
            {"title": self.name, "author": "romi-sheets", "created": stamp.at.replace(tzinfo=None)}
        )
        workbook.set_custom_property(RUN_ID, stamp.run_id)
        workbook.set_custom_property(CLINIC, self.clinic)
        forms, content = Forms(workbook), self._content
        sheets: dict[str, TableAnchor] = {}
        cells, self._theirs = 0, False
        for table in (fitted(table, MOST_TEXT) for table in tables):
            key = table.tab.key
            title = content.names.get(key, table.tab.title)
            kept = KeptCells(content.beside.get(key, []))
            if key in content.tabs:
                kept = kept_cells(table, content.tabs[key])
                self._theirs |= kept.any
            sheets[key], count = draw(workbook, forms, title, table, self.name, kept)
            cells += count
            for name, value in title_marks(table).items():
                workbook.set_custom_property(name, value)
        for sheet in sheets.values():
            link(sheet, sheets)
        for foreign in content.foreign:
            cells += keep(workbook, forms, foreign)
        chart_sheets(workbook, sheets)
        workbook.close()
        return cells

    def _refuse_if_open(self) -> None:
        for pattern in _OPEN_MARKS:
            mark = self.path.with_name(pattern.format(name=self.path.name))
            if mark.exists():
                raise BookError(
                    "файл открыт в Excel или LibreOffice; он не тронут.",
                    where=self.address,
                    hint=f"Закройте его и обновите ещё раз. Если он закрыт, удалите «{mark.name}» рядом с ним.",
                    permanent=False,
                )


def _plain(seen: Fingerprint | None) -> list[int]:
    """A fingerprint as JSON gives it back."""
    return list(seen or ())


def _cannot_write(path: Path, error: OSError) -> BookError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BookError(
            "на диске кончилось место; прежний файл цел.",
            where=str(path),
            hint="Освободите место и обновите ещё раз.",
            permanent=False,
        )
    return BookError(
        f"не могу записать файл ({because(error)}); прежний файл цел.",
        where=str(path),
        hint="Проверьте права на папку и закройте файл в других программах.",
        permanent=False,
    )
