"""Files that people sent and nobody has accepted yet: kept for an hour, swept by web and workers."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

#: Seconds that a file waits for «Принять».
LIFE = 3600
LARGEST = 100 * 2**20
_DAY = 86_400
_ID = re.compile(r"[0-9a-f]{32}")
#: An accepted file that is kept: until which second, then its id.
_KEPT = re.compile(r"kept-(\d+)-[0-9a-f]{32}")


@dataclass(frozen=True)
class Uploads:
    """The files of one service that wait: HOME/uploads/<clinic>/<id>/<name>."""

    home: Path

    def begin(self, clinic: str, name: str) -> str:
        """A place for a file; gives its id. What waited too long is swept."""
        self.sweep()
        upload = secrets.token_hex(16)
        folder = self.home / "uploads" / clinic / upload
        folder.mkdir(mode=0o700, parents=True)
        safe = re.sub(r"[^\w.\- ()]+", "_", name).strip(". ")[-80:] or "file"
        (folder / safe).touch(mode=0o600)
        return upload

    def path(self, clinic: str, upload: str) -> Path | None:
        """The file of an upload, None where there is none (any more)."""
        folder = self.home / "uploads" / clinic / upload
        if not _ID.fullmatch(upload) or not folder.is_dir():
            return None
        return next(iter(sorted(folder.iterdir())), None)

    def add(self, clinic: str, upload: str, offset: int, part: bytes) -> bool:
        """Append a part that begins at `offset`; False where it does not fit there."""
        path = self.path(clinic, upload)
        if path is None or path.stat().st_size != offset or offset + len(part) > LARGEST:
            return False
        with path.open("ab") as file:
            file.write(part)
        return True

    def drop(self, clinic: str, upload: str) -> None:
        if (path := self.path(clinic, upload)) is not None:
            shutil.rmtree(path.parent, ignore_errors=True)

    def settle(self, clinic: str, upload: str, days: int) -> None:
        """After «Принять»: the file is kept for so many days, out of the page's reach, or goes."""
        path = self.path(clinic, upload)
        if path is None or days <= 0:
            self.drop(clinic, upload)
            return
        until = int(time.time()) + days * _DAY
        path.parent.rename(path.parent.with_name(f"kept-{until}-{upload}"))

    def sweep(self, life: float = LIFE) -> None:
        """Take away what nobody accepted, and what was kept long enough."""
        for folder in (self.home / "uploads").glob("*/*"):
            if self._is_over(folder, life):
                shutil.rmtree(folder, ignore_errors=True)

    def _is_over(self, folder: Path, life: float) -> bool:
        if kept := _KEPT.fullmatch(folder.name):
            return time.time() > int(kept[1])
        try:
            return bool(_ID.fullmatch(folder.name)) and time.time() - folder.stat().st_mtime > life
        except OSError:  # accepted meanwhile
            return False
