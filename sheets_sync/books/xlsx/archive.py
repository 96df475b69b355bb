"""A workbook's parts put together into its file, packed quickly."""

from __future__ import annotations

import io
import os
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook
from xlsxwriter.packager import Packager

from sheets_sync.books.xlsx.notes import NoteShapes, NoteTexts

#: A quarter of the time of the usual 6, for a quarter more bytes.
_LEVEL = 2


class PackedWorkbook(Workbook):  # type: ignore[misc] # the library has no types
    """A workbook of the library that `close` packs into `archive`."""

    def __init__(self, archive: io.BytesIO, options: dict[str, Any]) -> None:
        # What the library then packs by itself is nothing, and goes nowhere.
        super().__init__(os.devnull, options | {"in_memory": True})
        self._archive = archive

    def _get_packager(self) -> Packager:
        return _Parts(self._archive)


class _Parts(Packager):  # type: ignore[misc]
    def __init__(self, archive: io.BytesIO) -> None:
        super().__init__()
        self._archive = ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=_LEVEL)

    def _create_package(self) -> list[Any]:
        """Pack the parts; none is left for the library."""
        with self._archive:
            super()._create_package()
            self._pack()
        return []

    def _pack(self) -> None:
        """Pack the parts that are drawn, each as of one time, which `open` gives it."""
        for text, name, _ in self.filenames:
            with self._archive.open(name, "w") as part:
                part.write(text.getvalue().encode())
        self.filenames.clear()

    def _write_worksheet_files(self) -> None:
        """Pack each sheet while it is drawn: one of 50 000 rows is 40 MB of XML."""
        self._pack()
        for number, sheet in enumerate(self.workbook.worksheets(), start=1):
            name = f"xl/worksheets/sheet{number}.xml"
            with self._archive.open(name, "w") as part, io.TextIOWrapper(part, "utf-8") as text:
                sheet._set_filehandle(text)  # noqa: SLF001
                sheet._assemble_xml_file()  # noqa: SLF001

    def _write_vml_files(self) -> None:
        sheets = (sheet for sheet in self.workbook.worksheets() if sheet.has_vml)
        for number, sheet in enumerate(sheets, start=1):
            shapes = NoteShapes()
            shapes._set_xml_writer(self._filename(f"xl/drawings/vmlDrawing{number}.vml"))  # noqa: SLF001
            shapes._assemble_xml_file(sheet.vml_data_id, sheet.vml_shape_id, sheet.comments_list)  # noqa: SLF001

    def _write_comment_files(self) -> None:
        sheets = (sheet for sheet in self.workbook.worksheets() if sheet.has_comments)
        for number, sheet in enumerate(sheets, start=1):
            texts = NoteTexts()
            texts._set_xml_writer(self._filename(f"xl/comments{number}.xml"))  # noqa: SLF001
            texts._assemble_xml_file(sheet.comments_list)  # noqa: SLF001
