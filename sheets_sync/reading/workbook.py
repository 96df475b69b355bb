"""XLSX, XLSB, XLS, ODS and tables of pages: a sheet's rows from a separate process that a hostile file may bring down."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal, cast

from sheets_sync.errors import FileError
from sheets_sync.reading.sheet import Sheet

#: The program that reads each kind of container.
_READERS = {
    "workbook": Path(__file__).with_name("workbook_cells.py"),
    "markup": Path(__file__).with_name("markup_cells.py"),
}
_SAVE_AS = "Откройте файл в Excel, удалите лишние листы, пустые строки и столбцы и сохраните как CSV UTF-8."


@contextmanager
def open_workbook(
    path: Path, sheet: str | int | None, kind: Literal["workbook", "markup"] = "workbook"
) -> Iterator[Sheet]:
    """A sheet of a workbook: by name, by number from 1, or the first visible one.

    Raises FileError where it is damaged, locked by a password, has no such sheet, or asks for more
    than the memory and time allowed (see `workbook_cells.py`), the latter while rows are read.
    """
    choice = "" if sheet is None else f"#{sheet}" if isinstance(sheet, int) else f"={sheet}"
    command = [sys.executable, "-I", str(_READERS[kind]), str(path), choice]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process,
        io.TextIOWrapper(cast("IO[bytes]", process.stdout), "utf-8", newline="") as cells,
    ):
        try:
            about = _about(cells.readline())
            if "name" not in about:
                raise _refusal(path, about, sheet)
            yield Sheet(
                _rows(process, cells, path),
                name=about["name"],
                others=tuple(n for n in about["sheets"] if n != about["name"]),
                merged=tuple((tuple(a), tuple(b)) for a, b in about["merged"]),
                notes=_of_hidden(about.get("hidden", 0), about.get("hidden_sheets", 0)),
                hidden=frozenset(about.get("hidden_columns", ())),
                levels=dict(about.get("levels", ())),
            )
        finally:
            process.kill()


def _of_hidden(rows: int, sheets: int) -> tuple[str, ...]:
    """What to say of rows and sheets that a person who looks at the workbook does not see."""
    notes = {
        f"Скрытых строк на листе {rows}: они прочитаны. Если их не надо учитывать, удалите их.": rows,
        f"Скрытых листов {sheets}: они не прочитаны. Если данные там, покажите лист в Excel.": sheets,
    }
    return tuple(note for note, count in notes.items() if count)


def _about(line: str) -> dict[str, Any]:
    """What the reader says of the sheet; nothing if it died before it could."""
    return json.loads(line) if line.endswith("\n") else {}


def _rows(process: subprocess.Popen[bytes], cells: IO[str], path: Path) -> Iterator[list[str]]:
    number = 0
    try:
        for number, row in enumerate(csv.reader(cells, strict=True), start=1):  # noqa: B007
            yield row
    except csv.Error as error:
        # Any other error is a row cut short by the end of the reader.
        if "field larger" in str(error):
            raise FileError(
                f"в строке {number + 1} ячейка длиннее 131 072 знаков.",
                where=path.name,
                hint="Сократите её или удалите этот столбец и сохраните файл.",
            ) from error
    if process.wait() != 0:
        raise _too_big(path)


def _too_big(path: Path) -> FileError:
    return FileError(
        "таблица требует слишком много памяти или времени: лист растянут до края или повреждён.",
        where=path.name,
        hint=_SAVE_AS,
    )


def _refusal(path: Path, about: dict[str, Any], sheet: str | int | None) -> FileError:
    kind, names = about.get("error"), about.get("sheets")
    if kind == "password":
        return FileError("файл закрыт паролем.", where=path.name, hint="Сохраните его без пароля.")
    if kind == "no_sheet":
        titles = ", ".join(f"«{n}»" for n in names) if names else "нет"
        return FileError(
            f"нет листа «{sheet}»; видимые листы: {titles}.",
            where=path.name,
            hint="Укажите имя листа или его номер (с 1): sheet = 1.",
        )
    if kind == "no_table":
        return FileError(
            "внутри файла веб-страница или XML, а таблицы в нём нет.",
            where=path.name,
            hint="Откройте файл в Excel и сохраните как «Книга Excel (.xlsx)» или «CSV UTF-8».",
        )
    if kind == "damaged":
        return FileError(
            "файл повреждён: таблица не открывается.",
            where=path.name,
            hint="Выгрузите его ещё раз.",
        )
    return _too_big(path)
