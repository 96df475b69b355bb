"""The clinics of this service: a folder of TOML files, read anew when they change."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from sheets_sync.config import Clinic, load_clinic
from sheets_sync.errors import ConfigError


@dataclass(frozen=True)
class Broken:
    """A clinic's file that cannot be used, and why; the others go on."""

    id: str
    error: ConfigError


@dataclass
class Clinics:
    """Clinics by id, and by spreadsheet. Safe over threads; a file is read again when its time or
    size changes."""

    folder: Path | None
    _seen: dict[Path, tuple[tuple[int, int], Clinic | Broken]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def all(self) -> list[Clinic]:
        """Every clinic whose file is right, by id."""
        return [c for c in self._read() if isinstance(c, Clinic)]

    def broken(self) -> list[Broken]:
        """Every file that is wrong, by id."""
        return [c for c in self._read() if isinstance(c, Broken)]

    def get(self, clinic_id: str) -> Clinic | None:
        return next((c for c in self.all() if c.id == clinic_id), None)

    def of_spreadsheet(self, spreadsheet_id: str) -> Clinic | None:
        """The clinic that owns a Google spreadsheet."""
        if not spreadsheet_id:
            return None
        return next((c for c in self.all() if c.book.spreadsheet_id == spreadsheet_id), None)

    def _read(self) -> list[Clinic | Broken]:
        if self.folder is None or not self.folder.is_dir():
            return []
        with self._lock:
            fresh: dict[Path, tuple[tuple[int, int], Clinic | Broken]] = {}
            for path in sorted(self.folder.glob("*.toml")):
                try:
                    stat = path.stat()
                except OSError:
                    continue
                mark = (stat.st_mtime_ns, stat.st_size)
                known = self._seen.get(path)
                fresh[path] = known if known and known[0] == mark else (mark, _load(path))
            self._seen = fresh
            return [clinic for _, clinic in fresh.values()]


def _load(path: Path) -> Clinic | Broken:
    try:
        return load_clinic(path)
    except ConfigError as error:
        return Broken(path.stem, error)
