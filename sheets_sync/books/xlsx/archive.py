"""A workbook's parts put together into its file, packed quickly."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook
from xlsxwriter.packager import Packager

#: A quarter of the time of the usual 6, for a quarter more bytes.
_LEVEL = 2
#: All parts have the same time, which the format can hold in any zone.
_TIME = time.mktime((1980, 1, 31, 0, 0, 0, 0, 0, -1))


class PackedWorkbook(Workbook):  # type: ignore[misc] # the library has no types
    """A workbook of the library that `close` packs into `archive`."""

    def __init__(self, archive: io.BytesIO, options: dict[str, Any]) -> None:
        # What the library then packs by itself is nothing, and goes nowhere.
        super().__init__(os.devnull, options)
        self._archive = archive

    def _get_packager(self) -> Packager:
        return _Parts(self._archive)


class _Parts(Packager):  # type: ignore[misc]
    def __init__(self, archive: io.BytesIO) -> None:
        super().__init__()
        self._archive = archive

    def _create_package(self) -> list[Any]:
        """Pack the parts, which are files by now; none is left for the library."""
        with ZipFile(self._archive, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for file, name, _ in super()._create_package():
                os.utime(file, (_TIME, _TIME))
                archive.write(file, name)
                Path(file).unlink()
        return []
