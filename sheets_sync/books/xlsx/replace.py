"""A file put in the place of another: exchanged, so that what was saved meanwhile is never lost."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import glob
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from sheets_sync.errors import BookError

#: What tells one state of a file from another: inode, size, time.
Fingerprint = tuple[int, int, int]

_AT_CWD, _EXCHANGE = -100, 2
#: Times that a file is put back before the one who saves it is left to win.
_MOST_TURNS = 5


def fingerprint(path: Path) -> Fingerprint | None:
    """Changes whenever the file is saved; None if there is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextlib.contextmanager
def draft_beside(path: Path) -> Iterator[Path]:
    """A new file beside `path`, gone at the end.

    Those that killed writers left are swept: nobody holds a lock on them any more.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        _sweep(left)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    with draft.open("xb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield draft
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()


def _sweep(draft: Path) -> None:
    with contextlib.suppress(OSError), draft.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.unlink()


def must_be_as_seen(path: Path, seen: Fingerprint | None) -> None:
    """Raises BookError where the file was saved since."""
    if fingerprint(path) != seen:
        raise _saved(path)


def put(draft: Path, path: Path, seen: Fingerprint | None) -> None:
    """Make `draft` the file at `path`, safe on disk, if that is still as it was `seen`.

    The two are exchanged, and the one taken out is looked at: had it been saved meanwhile, it is
    put back. Raises BookError then, OSError where the disk refuses.
    """
    if seen is not None:
        draft.chmod(path.stat().st_mode & 0o777)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    if seen is None:
        try:
            os.link(draft, path)  # fails where somebody made one meanwhile
        except FileExistsError:
            raise _saved(path) from None
        except OSError:  # a disk without links
            must_be_as_seen(path, seen)
            draft.replace(path)
    elif not _exchange(draft, path):
        must_be_as_seen(path, seen)
        draft.replace(path)
    elif fingerprint(draft) != seen:
        _put_back(draft, path)
        raise _saved(path)
    _sync_folder(path.parent)


def _put_back(previous: Path, path: Path) -> None:
    """Exchange until what is taken out is our own draft, which nobody saved over."""
    ours = fingerprint(path)
    for _ in range(_MOST_TURNS):
        put_in = fingerprint(previous)
        _exchange(previous, path)
        if fingerprint(previous) == ours:
            return
        # Somebody saved over ours meanwhile: that is newer than what was put in.
        ours = put_in


def _exchange(one: Path, other: Path) -> bool:
    """Let two files change places at once; False where the system cannot."""
    with contextlib.suppress(AttributeError, OSError):
        call = ctypes.CDLL(None, use_errno=True).renameat2
        return bool(
            call(_AT_CWD, os.fsencode(one), _AT_CWD, os.fsencode(other), ctypes.c_uint(_EXCHANGE))
            == 0
        )
    return False


def _saved(path: Path) -> BookError:
    return BookError(
        "файл сохранили, пока шло обновление; он не тронут.",
        where=str(path),
        hint="Обновите ещё раз.",
        permanent=False,
    )


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
