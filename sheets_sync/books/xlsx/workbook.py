"""The workbook kind of book: one .xlsx file, replaced whole; the old one or the new, never half."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from sheets_sync.books.book import Stamp, Typed, Written
from sheets_sync.books.xlsx.charts import chart_sheets
from sheets_sync.books.xlsx.forms import Forms
from sheets_sync.books.xlsx.read import RUN_ID, Found, read_workbook
from sheets_sync.books.xlsx.sheet import Sheet, draw, keep, link
from sheets_sync.errors import BookError, because
from templates_sheets import look
from templates_sheets.tab import Table

_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT = {"font_name": look.FONT, "font_size": look.FONT_SIZE}
_DAY = 86_400
#: What programs leave beside a file that is open in them.
_OPEN_MARKS = ("~${name}", ".~lock.{name}#")


class XlsxBook:
    """A workbook at `path`; `clinic` is printed in its footers.

    People's part of it survives every write: input tabs, comments, names of tabs, and, as values,
    tabs of their own and columns right of the input tabs.
    """

    def __init__(self, path: Path, clinic: str = "") -> None:
        self.path = path.resolve()
        self.clinic = clinic
        self.address = str(self.path)
        self._found = Found()
        self._seen: tuple[int, int, int] | None = None

    def read(self) -> Typed:
        """What people typed; empty if there is no file yet.

        Raises BookError where the file is open in a program, or cannot be read.
        """
        self._refuse_if_open()
        seen = _fingerprint(self.path)
        self._found = read_workbook(self.path) if seen else Found()
        self._seen = seen
        return self._found.typed

    def write(self, tables: Sequence[Table], stamp: Stamp) -> Written:
        """Replace the file by one that shows `tables`.

        Raises BookError where the file was saved since `read`, is open, or cannot be written; it
        then is as it was.
        """
        self._refuse_if_open()
        if _fingerprint(self.path) != self._seen:
            raise BookError(
                "файл сохранили, пока шло обновление; он не тронут.",
                where=self.address,
                hint="Обновите ещё раз.",
                permanent=False,
            )
        with _replacement(self.path) as draft:
            cells = _fill(draft, tables, stamp, self.clinic, self._found)
        self._seen = _fingerprint(self.path)
        return Written(cells=cells, requests=1, bytes=self.path.stat().st_size)

    def init(self, tables: Sequence[Table], stamp: Stamp) -> Written:
        """A workbook is laid anew by every write; `read` comes first. Raises BookError as `write`."""
        return self.write(tables, stamp)

    def try_write(self) -> None:
        """Write a draft beside the file and take it away. Raises BookError as `write`."""
        self._refuse_if_open()
        draft = self.path.with_name(f".{self.path.name}.{uuid.uuid4().hex[:12]}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft.touch()
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        finally:
            draft.unlink(missing_ok=True)

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


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    """Changes whenever the file is saved; None if there is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextlib.contextmanager
def _replacement(path: Path) -> Iterator[Path]:
    """A draft beside `path` that takes its place when the block ends well, and is safe on disk."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        yield draft
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o777)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _sweep(path: Path) -> None:
    """Remove drafts that killed writers left; a living one is not a day old."""
    for draft in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > _DAY:
                draft.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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


def _fill(path: Path, tables: Sequence[Table], stamp: Stamp, clinic: str, found: Found) -> int:
    """Write a workbook of `tables` and what people keep in it; give the number of cells."""
    # The library writes into the font it is given.
    workbook = Workbook(str(path), _OPTIONS | {"default_format_properties": dict(_FONT)})
    workbook.set_properties(
        {"title": clinic, "author": "romi-sheets", "created": stamp.at.replace(tzinfo=None)}
    )
    workbook.set_custom_property(RUN_ID, stamp.run_id)
    forms = Forms(workbook)
    sheets: dict[str, Sheet] = {}
    cells = 0
    for table in tables:
        key = table.tab.key
        name = found.names.get(key, table.tab.title)
        beside = found.beside.get(key, [])
        sheets[key], count = draw(workbook, forms, name, table, clinic, beside)
        cells += count
    for sheet in sheets.values():
        link(sheet, sheets)
    for foreign in found.foreign:
        cells += keep(workbook, forms, foreign)
    chart_sheets(workbook, sheets)
    try:
        workbook.close()
    except FileCreateError as error:
        raise error.args[0] from error
    return cells
