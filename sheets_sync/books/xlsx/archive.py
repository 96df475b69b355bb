"""A workbook's parts put together into its file, packed quickly."""

from __future__ import annotations

import io
import os
from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import FileIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import Workbook
from xlsxwriter.packager import Packager

from sheets_sync.ahead import MakerGoneError, ahead
from sheets_sync.books.xlsx.notes import NoteShapes, NoteTexts
from sheets_sync.books.xlsx.rows import RowSheet

#: A quarter of the time of the usual 6, for a quarter more bytes.
_LEVEL = 2
#: From so many cells on a child draws them: a fork takes as long as 50 000.
_WORTH = 100_000


class PackedWorkbook(Workbook):  # type: ignore[misc] # the library has no types
    """A workbook of the library that `close` packs into `archive`; `alone`: a child may help."""

    def __init__(
        self, archive: io.BytesIO, options: dict[str, Any], *, alone: bool = False
    ) -> None:
        # What the library then packs by itself is nothing, and goes nowhere.
        super().__init__(os.devnull, options | {"in_memory": True})
        self._archive = archive
        self._alone = alone

    def _get_packager(self) -> Packager:
        return _Parts(self._archive, alone=self._alone)


class _Parts(Packager):  # type: ignore[misc]
    def __init__(self, archive: io.BytesIO, *, alone: bool) -> None:
        super().__init__()
        self._archive = _zip(archive)
        self._alone = alone

    def _create_package(self) -> list[Any]:
        """Pack the parts, with a child where there is enough for two; none is left for the library."""
        sheets = dict(enumerate(self.workbook.worksheets(), start=1))
        for sheet in sheets.values():
            _number_formats(sheet)
        shared = self._alone and sum(sheet.size for sheet in sheets.values()) >= _WORTH
        with self._archive, _queue(sheets) as queue:
            packed = ahead(lambda *_: iter([_packed(queue, sheets)])) if shared else iter(())
            super()._create_package()
            self._pack()
            _draw_from(queue, sheets, self._archive)
            with suppress(MakerGoneError, OSError):
                for entries, infos in packed:
                    _append(self._archive, entries, infos)
            for number, sheet in sheets.items():  # that a child took and did not give
                if _part(number) not in self._archive.NameToInfo:
                    _draw(self._archive, number, sheet)
        return []

    def _pack(self) -> None:
        """Pack the parts that are drawn, each as of one time, which `open` gives it."""
        for text, name, _ in self.filenames:
            with self._archive.open(name, "w") as part:
                part.write(text.getvalue().encode())
        self.filenames.clear()

    def _write_worksheet_files(self) -> None:
        """They are packed while they are drawn: one of 50 000 rows is 40 MB of XML."""

    def _write_vml_files(self) -> None:
        sheets = (sheet for sheet in self.workbook.worksheets() if sheet.has_vml)
        for number, sheet in enumerate(sheets, start=1):
            shapes = NoteShapes(sheet)
            shapes._set_xml_writer(self._filename(f"xl/drawings/vmlDrawing{number}.vml"))  # noqa: SLF001
            shapes._assemble_xml_file(sheet.vml_data_id, sheet.vml_shape_id, sheet.comments_list)  # noqa: SLF001

    def _write_comment_files(self) -> None:
        sheets = (sheet for sheet in self.workbook.worksheets() if sheet.has_comments)
        for number, sheet in enumerate(sheets, start=1):
            texts = NoteTexts()
            texts._set_xml_writer(self._filename(f"xl/comments{number}.xml"))  # noqa: SLF001
            texts._assemble_xml_file(sheet.comments_list)  # noqa: SLF001


def _zip(archive: io.BytesIO) -> ZipFile:
    return ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=_LEVEL)


def _queue(sheets: Mapping[int, RowSheet]) -> FileIO:
    """Numbers of sheets, the longest first, of which each process takes the next one."""
    way_out, way_in = os.pipe()
    longest_first = sorted(sheets, key=lambda number: -sheets[number].size)
    with FileIO(way_in, "w") as file:
        file.write(array("H", longest_first))
    return FileIO(way_out)


def _number_formats(sheet: RowSheet) -> None:
    """Give the formats of columns their numbers in the book: the library does it while it draws, and
    what a child numbers nobody else knows."""
    for _, column in sorted(sheet.col_info.items()):
        if column.column_format:
            column.column_format._get_xf_index()  # noqa: SLF001


def _draw_from(queue: FileIO, sheets: Mapping[int, RowSheet], archive: ZipFile) -> None:
    while number := array("H", queue.read(2)):
        _draw(archive, number[0], sheets[number[0]])


def _draw(archive: ZipFile, number: int, sheet: RowSheet) -> None:
    with archive.open(_part(number), "w") as part, io.TextIOWrapper(part, "utf-8") as text:
        sheet._set_filehandle(text)  # noqa: SLF001
        sheet._assemble_xml_file()  # noqa: SLF001


def _part(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _packed(queue: FileIO, sheets: Mapping[int, RowSheet]) -> tuple[bytes, list[ZipInfo]]:
    """Sheets as they stand in an archive, and what its directory says of each."""
    packed = io.BytesIO()
    with _zip(packed) as archive:
        _draw_from(queue, sheets, archive)
        return packed.getvalue(), archive.infolist()


def _append(archive: ZipFile, entries: bytes, infos: Sequence[ZipInfo]) -> None:
    """Parts of another archive, where they stand behind one another from its beginning."""
    file: Any = archive.fp
    begin = archive.start_dir
    file.seek(begin)
    file.write(entries)
    archive.start_dir = file.tell()
    for info in infos:
        info.header_offset += begin
        archive.filelist.append(info)
        archive.NameToInfo[info.filename] = info
