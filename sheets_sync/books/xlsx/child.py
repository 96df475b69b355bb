"""A workbook's cells from a separate process, which a hostile or damaged file may bring down."""

from __future__ import annotations

import contextlib
import html
import json
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

from sheets_sync.errors import BookError, FileError, because
from sheets_sync.reading.container import MEGABYTE, kind, load
from templates_sheets.tab import Cell

_READER, _MARKS = (Path(__file__).with_name(name) for name in ("cells.py", "marks.py"))
_ELSEWHERE = "Укажите в [book] path обычный файл .xlsx или имя, которого ещё нет."
_UNREAD = "Проверьте путь и права на файл, закройте его в других программах."
_SAVE_ANEW = (
    "Откройте его в Excel и сохраните заново без пароля. Если там нет ничего вашего, переименуйте "
    "его: сервис сделает новый."
)
_PROPERTIES = "docProps/custom.xml"
_PROPERTY = re.compile(r'name="([^"]*)"[^>]*>\s*<vt:lpwstr>([^<]*)<')


class ChildCells:
    """The sheets of a workbook that is read in a process of its own.

    sheets      name -> whether people see it, in their order
    properties  texts that somebody left in the file
    """

    def __init__(self, process: subprocess.Popen[str], properties: dict[str, str]) -> None:
        self._asks = cast("IO[str]", process.stdin)
        self._answers = cast("IO[str]", process.stdout)
        self.properties = properties
        about = self._answer("")
        self.sheets: dict[str, bool] = about.get("sheets", {})
        if "error" in about:
            raise damaged()

    def rows(self, name: str, most: int | None = None) -> list[list[Cell]]:
        """The rows of a sheet, at most `most`, without empty ends. Raises BookError."""
        self._ask(name, most)
        rows: list[list[Cell]] = self._answer(name)
        return rows

    def rows_of(self, names: Iterable[str]) -> dict[str, list[list[Cell]]]:
        """The rows of several sheets: one is read while those before it are taken over."""
        sheets = list(names)
        for name in sheets:
            self._ask(name, None)
        return {name: self._answer(name) for name in sheets}

    def _ask(self, name: str, most: int | None) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._asks.write(json.dumps([name, most]) + "\n")
            self._asks.flush()

    def _answer(self, name: str) -> Any:
        line = self._answers.readline()
        if line.endswith("\n"):
            return json.loads(line, object_hook=_moment)
        if not name:
            raise damaged()
        raise BookError(
            "вкладка требует слишком много памяти или времени: она растянута до края листа или "
            "повреждена; файл не тронут.",
            where=f"вкладка «{name}»",
            hint="Удалите в ней лишние строки внизу и столбцы справа и сохраните файл.",
        )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[ChildCells]:
    """Read a workbook with the same limits as an export.

    Raises BookError where it is no file, cannot be read, is damaged, unpacks to too much or asks
    for more than the memory and time allowed (see `cells.py`).
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BookError("на месте книги не файл; он не тронут.", hint=_ELSEWHERE)
        if kind(load(path), path) != "workbook":
            raise damaged()
        properties = _properties(path)
    except zipfile.BadZipFile:  # an older Excel's book by another's name
        raise damaged() from None
    except FileError as error:
        unread = isinstance(error.__cause__, OSError)
        raise BookError(
            f"{error.message[:-1]}; он не тронут.",
            hint=_UNREAD if unread else _SAVE_ANEW,
            permanent=not unread,
        ) from error
    except OSError as error:
        raise BookError(
            f"не могу прочитать файл ({because(error)}).",
            hint=_UNREAD,
            permanent=False,
        ) from error
    command = [sys.executable, "-I", str(_READER), str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        try:
            yield ChildCells(process, properties)
        finally:
            process.kill()


def marks(path: Path, names: Iterable[str]) -> dict[str, dict[str, list[list[Any]]]]:
    """Notes and colours of some sheets, as `marks.py` gives them. Raises BookError."""
    command = [sys.executable, "-I", str(_MARKS), str(path)]
    question = json.dumps(list(names)) + "\n"
    process = subprocess.run(
        command, input=question, capture_output=True, encoding="utf-8", check=False
    )
    if process.returncode:
        raise BookError(
            "заметки или цвета в файле требуют слишком много памяти или времени либо повреждены; "
            "он не тронут.",
            hint=_SAVE_ANEW,
        )
    answer: dict[str, dict[str, list[list[Any]]]] = json.loads(process.stdout)
    return answer


def damaged() -> BookError:
    """The error of a file that is no workbook."""
    return BookError(
        "файл повреждён, закрыт паролем или это не книга Excel; он не тронут.",
        hint=_SAVE_ANEW,
    )


def _properties(path: Path) -> dict[str, str]:
    """The workbook's own properties that are texts."""
    with zipfile.ZipFile(path) as archive:
        there = {part.filename: part.file_size for part in archive.infolist()}
        if not 0 < there.get(_PROPERTIES, 0) < MEGABYTE:
            return {}
        text = archive.read(_PROPERTIES).decode("utf-8", "replace")
    return {name: html.unescape(value) for name, value in _PROPERTY.findall(text)}


def _moment(value: dict[str, Any]) -> Any:
    """A date among cells; what the process tells of the workbook itself is left."""
    return _date(value["date"]) if [*value] == ["date"] else value


@lru_cache(1000)  # one day stands in many rows
def _date(iso: str) -> date:
    return datetime.fromisoformat(iso) if "T" in iso else date.fromisoformat(iso)
