"""What can go wrong, as a tree; each error says what, where, why, what to do, and whether it lasts.

RomiError
├── ConfigError        the service's settings or a clinic's file are wrong; always permanent
├── SourceError        one source could not be read; its old rows stay, marked stale
│   └── FileError      an export cannot be read at all
├── BookError          the spreadsheet or workbook could not be read or written
└── StoreError         the database refused
"""

from __future__ import annotations

import errno
import traceback
from pathlib import Path
from typing import Any

#: Where our own files lie.
_ROOMS = {"sheets_sync", "templates_sheets", "metrics"}


class RomiError(Exception):
    """The base. `str(error)` is one Russian sentence for the marketer; `hint` is the next step.

    `permanent` is False where trying again later may help. `where` names file, row, column, tab: it
    comes first; a web address comes last, for it would hide what is wrong.
    """

    code = "error"

    def __init__(
        self, message: str, *, hint: str = "", where: str = "", permanent: bool = True
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where
        self.permanent = permanent

    def __reduce__(self) -> tuple[Any, ...]:
        # Of one that another process raised: a kind's own `__init__` may want more than a message.
        return _again, (type(self), self.args), self.__dict__

    def __str__(self) -> str:
        words = f"{self.message} {self.hint}".rstrip()
        return f"{words} {self.where}" if self.address else f"{self.place}{words}"

    @property
    def address(self) -> str:
        """`where` if it is an address on the web."""
        return self.where if "://" in self.where else ""

    @property
    def place(self) -> str:
        """`where` before the message, unless it is an address."""
        return f"{self.where}: " if self.where and not self.address else ""

    def as_dict(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "where": self.where,
            "hint": self.hint,
            "permanent": self.permanent,
        }


def _again(kind: type[RomiError], words: tuple[Any, ...]) -> RomiError:
    return kind.__new__(kind, *words)


class ConfigError(RomiError):
    """Raised when settings or a clinic's file are wrong; every fault is named at once."""

    code = "config"


class SourceError(RomiError):
    """Raised by a source that could not be read; what the store has stays."""

    code = "source"


class FileError(SourceError):
    """Raised when an export cannot be read at all."""

    code = "file"


class BookError(RomiError):
    """Raised when a spreadsheet or workbook could not be read or written."""

    code = "book"


class StoreError(RomiError):
    """Raised when the database refused."""

    code = "store"


def place_of(error: Exception) -> str:
    """Where in our files a fault of the program is; of one that another process raised, as its note
    says."""
    if notes := getattr(error, "__notes__", []):
        return str(notes[0])
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if _ROOMS & set(Path(f.filename).parts)]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}, строка {last.lineno}, {last.name}"


_REASONS = {
    errno.ENOENT: "нет такого файла",
    errno.EACCES: "нет прав",
    errno.EPERM: "нет прав",
    errno.EISDIR: "это папка",
    errno.ENOTDIR: "на его пути файл вместо папки",
    errno.EROFS: "диск только для чтения",
    errno.ENOSPC: "на диске нет места",
    errno.EDQUOT: "на диске нет места",
    errno.ENAMETOOLONG: "имя слишком длинное",
    errno.EADDRINUSE: "он уже занят",
    errno.EEXIST: "такое имя уже занято",
}


def because(error: OSError) -> str:
    """Why the system refused, in words."""
    return _REASONS.get(error.errno or 0) or error.strerror or "неизвестно почему"
