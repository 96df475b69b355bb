"""The clinics of this service: a folder of TOML files, read anew when they change."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sheets_sync.clinic.config import Clinic, load_clinic
from sheets_sync.errors import ConfigError

#: A request looks for files that are new at most so often: a folder may hold thousands.
_LOOK_SECONDS = 1.0
#: /clinics/new is a page.
NOT_A_CLINIC = "new"


@dataclass(frozen=True)
class Broken:
    """A clinic's file that cannot be used, and why; the others go on."""

    id: str
    error: ConfigError


_Mark = tuple[int, int, int]


@dataclass
class Clinics:
    """Clinics by id, and by spreadsheet. Safe over threads.

    Of several clinics that would fill one book only the first may: the others are broken.
    A file is read again when its time, size or inode changes; a changed or deleted one is noticed
    by the next call, a new one by `of_spreadsheet` within a second.
    """

    folder: Path | None
    seconds: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[_Mark, Clinic | Broken]] = field(default_factory=dict, repr=False)
    _sheets: dict[str, str] = field(default_factory=dict, repr=False)
    _somebody: str = field(default="", repr=False)
    _owners: dict[str, str] = field(default_factory=dict, repr=False)
    _looked: float = field(default=float("-inf"), repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def all(self) -> list[Clinic]:
        """Every clinic whose file is right, by id."""
        return [c for c in self._look() if isinstance(c, Clinic)]

    def broken(self) -> list[Broken]:
        """Every file that is wrong, by id."""
        return [c for c in self._look() if isinstance(c, Broken)]

    def every(self) -> list[Clinic | Broken]:
        """Every file, right or wrong, by id: for whoever wants both, at one look."""
        return self._look()

    def ids(self) -> set[str]:
        """Every clinic that has a file, right or wrong."""
        return {c.id for c in self._look()}

    def get(self, clinic_id: str) -> Clinic | None:
        """The clinic of that id, as its file says now; None: no file, or a wrong one."""
        if self.folder is None or not clinic_id or Path(clinic_id).name != clinic_id:
            return None
        with self._lock:
            if not self._owners:
                self._look()
            clinic = self._alone(self._read(clinic_id))
        return clinic if isinstance(clinic, Clinic) else None

    def of_spreadsheet(self, spreadsheet_id: str) -> Clinic | None:
        """The clinic that owns a Google spreadsheet; to say that there is none takes as long."""
        with self._lock:
            if self.seconds() - self._looked >= _LOOK_SECONDS:
                self._look()
            clinic = self.get(self._sheets.get(spreadsheet_id, self._somebody))
        return clinic if clinic and clinic.book.spreadsheet_id == spreadsheet_id != "" else None

    def any(self) -> Clinic | None:
        """Some clinic that is asked for by its spreadsheet; None where there is none yet."""
        with self._lock:
            return self.get(self._somebody)

    def _look(self) -> list[Clinic | Broken]:
        with self._lock:
            self._looked = self.seconds()
            names = sorted(p.stem for p in self.folder.glob("*.toml")) if self.folder else []
            for gone in self._seen.keys() - set(names):
                del self._seen[gone]
            read = [self._read(name) for name in names]
            clinics = [c for c in reversed(read) if isinstance(c, Clinic)]
            self._owners = {_book(c): c.id for c in clinics}
            self._sheets = {c.book.spreadsheet_id: c.id for c in clinics}
            self._sheets.pop("", None)
            self._somebody = next(iter(self._sheets.values()), "")
            return [c for c in map(self._alone, read) if c is not None]

    def _alone(self, clinic: Clinic | Broken | None) -> Clinic | Broken | None:
        """The same, but that only the first of the clinics of one book may fill it."""
        if not isinstance(clinic, Clinic):
            return clinic
        owner = self._owners.get(_book(clinic), clinic.id)
        return clinic if owner == clinic.id else Broken(clinic.id, _doubled(clinic.id, owner))

    def _read(self, name: str) -> Clinic | Broken | None:
        # No Path of each file: a look at a thousand of them would take twice as long.
        path = f"{self.folder or '.'}/{name}.toml"
        try:
            stat = os.stat(path)  # noqa: PTH116
        except (OSError, ValueError):  # ValueError: a NUL in a name that a request made up
            self._seen.pop(name, None)
            return None
        mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        entry = self._seen.get(name)
        if entry is None or entry[0] != mark:
            entry = self._seen[name] = (mark, _load(Path(path)))
        return entry[1]


def _book(clinic: Clinic) -> str:
    book = clinic.book
    if book.kind == "google":
        return book.spreadsheet_id
    # Not resolved: a path that cannot be is this clinic's trouble, and every clinic comes by here.
    return os.path.normpath(clinic.folder / book.path)


def _doubled(clinic: str, owner: str) -> ConfigError:
    return ConfigError(
        f"эту таблицу уже заполняет клиника {owner}: их данные смешались бы.",
        where=f"{clinic}.toml",
        hint="Укажите в [book] другую таблицу: spreadsheet_id или path.",
    )


def _load(path: Path) -> Clinic | Broken:
    if path.stem == NOT_A_CLINIC:
        error = ConfigError(
            "так клинику назвать нельзя: это адрес страницы новой клиники.",
            where=path.name,
            hint="Дайте файлу другое имя.",
        )
        return Broken(path.stem, error)
    try:
        return load_clinic(path)
    except ConfigError as error:
        return Broken(path.stem, error)
