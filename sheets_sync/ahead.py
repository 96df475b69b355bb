"""What another process makes, one thing after another, while this one does something else.

Reading a file holds the interpreter's lock, and so does writing its rows: in one process neither
leaves the second core anything to do. A fork needs no second loading of the program.
"""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import socket
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import current_process, get_context
from select import POLLIN, poll
from typing import Any, TypeVar

from metrics.cores import CORES
from sheets_sync.errors import place_of

T = TypeVar("T")
#: Told which of the works is where: its number, what is going on, its share 0..1.
Say = Callable[[int, str, float], None]
#: Waits until so many of the things that were made are used: until the one after them was asked for.
Wait = Callable[[int], None]

#: Columns begin at a multiple of so many bytes, as Arrow wants them.
_ALIGNED = 64
#: Kinds of a message.
_SAID, _MADE, _RAISED, _ENDED = range(4)


class _TakerGoneError(Exception):
    """Nobody waits any more for what is made."""


class MakerGoneError(Exception):
    """The other process ended before its work did: the system took its memory, or somebody killed it."""


def _silent(number: int, stage: str, share: float) -> None:
    pass


def at_once(number: int) -> None:
    """Who makes a thing when it is asked for has all before it used."""


def ahead(
    make: Callable[[Say, Wait], Iterator[T]],
    say: Say = _silent,
    idle: Iterable[Callable[[], object]] = (),
) -> Iterator[T]:
    """What `make` gives, in its order, made by a child of this process from now on; whoever lets go
    of it ends the child.

    What it says is said here; one of `idle` after another is done while nothing has come, and those
    for which there was no time are not. Raises what `make` raises, MakerGoneError where the child
    is no more. `make` may wait until what it made is used. For a process whose threads hold no lock that the child needs; a child has no child.
    """
    if not hasattr(os, "memfd_create") or CORES < 2 or current_process().daemon:
        return make(say, at_once)
    ours, its = socket.socketpair()
    child = get_context("fork").Process(target=_work, args=(make, ours, its), daemon=True)
    try:
        child.start()
    except OSError:  # no more processes, or no memory for one: then it is made here
        return make(say, at_once)
    its.close()
    arriving = _arriving(child, ours, say, iter(idle))
    next(arriving)
    return arriving


def _arriving(
    child: Any, ours: socket.socket, say: Say, idle: Iterator[Callable[[], object]]
) -> Iterator[Any]:
    ended = False
    came = poll()  # no select, which knows the first 1 024 files of a process alone
    came.register(ours, POLLIN)
    try:
        yield None  # from now on the child goes with whoever waits for it
        while True:
            while not came.poll(0) and (work := next(idle, None)):
                work()
            kind, what = _received(ours)
            if kind == _ENDED:
                ended = True  # it goes by itself, which takes 10 ms where it is large
                return
            if kind == _RAISED:
                raise what
            if kind == _SAID:
                say(*what)
            else:
                yield what
                del what
                with suppress(OSError):  # that it is no more shows in what does not come
                    ours.send(b".")
    finally:
        ours.close()
        if not ended:
            child.kill()
            child.join()


def _work(
    make: Callable[[Say, Wait], Iterator[Any]], ours: socket.socket, its: socket.socket
) -> None:
    ours.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is its parent's to be interrupted
    with suppress(_TakerGoneError):
        _hand_over(make, its)


def _hand_over(make: Callable[[Say, Wait], Iterator[Any]], its: socket.socket) -> None:
    signs = _TakerSigns(its)
    try:
        for made in make(lambda *words: _send(its, _SAID, words), signs.wait):
            _send(its, _MADE, made)
            del made  # it would stand here while the next one is made
            signs.look()
        _send(its, _ENDED, None)
    except _TakerGoneError:
        raise
    except Exception as error:  # noqa: BLE001 (raised again by the one who waits)
        place = place_of(error)  # what it came through stays here
        error.add_note(place)
        try:
            _send(its, _RAISED, error)
        except Exception:  # noqa: BLE001 (not all can be handed over, and their texts may be a row's)
            unnamed = RuntimeError(type(error).__name__)
            unnamed.add_note(place)
            _send(its, _RAISED, unnamed)


class _TakerSigns:
    """What the taker says: a sign for each thing that it has used."""

    def __init__(self, its: socket.socket) -> None:
        self._its = its
        self._count = 0

    def wait(self, number: int) -> None:
        while self._count < number:
            self._take()

    def look(self) -> None:
        """Take the signs that are there: unread, some hundreds of them would stop the taker."""
        with suppress(BlockingIOError):
            self._take(socket.MSG_DONTWAIT)

    def _take(self, flags: int = 0) -> None:
        try:
            signs = len(self._its.recv(1024, flags))
        except ConnectionError:
            signs = 0
        if not signs:
            raise _TakerGoneError
        self._count += signs


def _send(to: socket.socket, kind: int, what: Any) -> None:
    """Hand over a value in memory of its own: its columns are copied into it and no further.
    Raises _TakerGoneError."""
    columns: list[pickle.PickleBuffer] = []
    head = pickle.dumps((kind, what), protocol=5, buffer_callback=columns.append)
    parts = [memoryview(head), *(column.raw() for column in columns)]
    sizes = [len(parts), *map(len, parts)]
    memory = os.memfd_create("made")
    with os.fdopen(memory, "wb") as file:
        for part in (memoryview(array("q", sizes)).cast("B"), *parts):
            file.write(part)
            file.seek(-file.tell() % _ALIGNED, os.SEEK_CUR)
        file.truncate()
        try:
            socket.send_fds(to, [b"."], [memory])
        except ConnectionError:
            raise _TakerGoneError from None


def _received(ours: socket.socket) -> tuple[int, Any]:
    """What `_send` handed over: a kind and a value. Raises MakerGoneError."""
    memories: list[int] = []
    with suppress(ConnectionResetError):  # it went and left what it was told unread
        _, memories, _, _ = socket.recv_fds(ours, 1, 1)
    if not memories:
        raise MakerGoneError
    with os.fdopen(memories[0], "rb") as file:
        memory = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    numbers = memory.cast("q")
    count = numbers[0]
    parts, place = [], 0
    for size in (8 * (count + 1), *numbers[1 : count + 1]):
        parts.append(memory[place : place + size])
        place += -(-size // _ALIGNED) * _ALIGNED
    _, head, *columns = parts
    kind, what = pickle.loads(head, buffers=columns)  # noqa: S301 (our own child made it)
    return kind, what
