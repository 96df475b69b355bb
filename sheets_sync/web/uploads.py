"""Exports on their way in: they wait in HOME/uploads for «Принять», an hour at most."""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

log = logging.getLogger(__name__)

#: Seconds that a file waits for «Принять».
LIFE = 3600
LARGEST = 100 * 2**20
#: Seconds from one sweep to the next.
_SWEEP_SECONDS = 60.0
_ID = re.compile(r"[0-9a-f]{32}")
#: An accepted file that `keep_uploads` keeps says in its folder's name until when.
_KEPT = re.compile(r"until-(\d{4}-\d\d-\d\d)-[0-9a-f]{32}")


@dataclass(frozen=True)
class Uploads:
    """The files of one service that wait: HOME/uploads/<clinic>/<id>/<name>."""

    home: Path
    clock: Callable[[], float] = time.time

    def begin(self, clinic: str, name: str) -> str:
        """A place for a file; gives its id. What waited too long is swept."""
        self.sweep()
        upload = secrets.token_hex(16)
        folder = self._folder / clinic / upload
        for path in (self._folder, folder.parent, folder):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        safe = re.sub(r"[^\w.\- ()]+", "_", name).strip(". ")[-80:] or "file"
        (folder / safe).touch(mode=0o600)
        return upload

    def path(self, clinic: str, upload: str) -> Path | None:
        """The file of an upload, None where there is none (any more)."""
        folder = self._folder / clinic / upload
        if not _ID.fullmatch(upload) or not folder.is_dir() or self._is_old(folder):
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
        """Take a file away."""
        if (path := self.path(clinic, upload)) is not None:
            shutil.rmtree(path.parent, ignore_errors=True)

    def accept(self, clinic: str, upload: str, today: date, days: int) -> None:
        """Take an accepted file away, or keep it for so many days."""
        path = self.path(clinic, upload)
        if path is None or days < 1:
            self.drop(clinic, upload)
            return
        until = today + timedelta(days=days)
        path.parent.rename(path.parent.with_name(f"until-{until}-{upload}"))

    def sweep(self) -> None:
        """Take away what nobody accepted in time, and what was kept long enough."""
        today = f"{date.fromtimestamp(self.clock())}"  # noqa: DTZ012 - a day more or less
        for folder in self._folder.glob("*/*"):
            kept = _KEPT.fullmatch(folder.name)
            over = kept[1] < today if kept else self._is_old(folder)
            if over and (kept or _ID.fullmatch(folder.name)):
                shutil.rmtree(folder, ignore_errors=True)

    def sweep_for_ever(self) -> None:
        """Sweep every minute, in a thread: nobody may come for hours."""

        def go_on() -> None:
            while True:
                try:
                    self.sweep()
                except OSError:  # the folder may be another machine's, and away
                    log.exception("uploads not swept")
                time.sleep(_SWEEP_SECONDS)

        threading.Thread(target=go_on, name="uploads", daemon=True).start()

    @property
    def _folder(self) -> Path:
        return self.home / "uploads"

    def _is_old(self, folder: Path) -> bool:
        try:
            return self.clock() - folder.stat().st_mtime > LIFE
        except OSError:  # gone meanwhile
            return True
