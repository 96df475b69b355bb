"""Pages of one list until all of it is there: services give fewer rows than asked, or leave pages out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sheets_sync.errors import SourceError

Body = TypeVar("Body")
#: Of the number of a page, from 1, and how many rows are before it: the answer, its rows, and how many
#: rows there are in all, None where the service does not tell.
Ask = Callable[[int, int], tuple[Body, Sequence[Mapping[str, Any]], int | None]]


def all_pages(ask: Ask[Body], size: int, key: str = "id") -> Iterator[Body]:
    """The answers of a list that gives at most `size` rows a page, each known by `key`.

    A list ends when as many rows have come as there are; where nobody tells how many, with a page
    that brings nothing new. Rows that leave while it is read move others to pages that were read by
    then: a list that came short is given anew. What comes twice each time, the service has twice.
    Raises SourceError where it is short again.
    """
    for is_last in (False, True):
        came, new, most = yield from _walk(ask, size, key)
        if (came if is_last else new) >= most:
            return
    raise SourceError(
        f"часть страниц не пришла: строк {new} из {most}.",
        hint="Прежние строки оставлены; следующая синхронизация попробует снова.",
        permanent=False,
    )


def _walk(ask: Ask[Body], size: int, key: str) -> Generator[Body, None, tuple[int, int, int]]:
    """One reading; how many rows came, how many different ones, and the most that were told of, 0 if
    nobody told."""
    rows: set[str] = set()
    page = before = came = most = idle = 0
    while True:
        page += 1
        body, records, total = ask(page, before)
        most = max(most, total or 0)
        new = {str(row.get(key) or row) for row in records} - rows
        rows |= new
        came += len(records)
        if new or page == 1:
            yield body
        # One page in the middle may be empty; a full one may be followed by more than was told.
        idle = 0 if new else idle + 1
        all_came = len(rows) >= most
        if idle > 1 or (all_came and (idle or (most and len(records) < size))):
            return came, len(rows), most
        before += len(records) or size


def told_rows(came: int, page: int, last: Any) -> int | None:
    """How many rows there are at least, by how many have `came` with a page and which the last one is,
    as services tell that count pages; None where they do not."""
    if not last or page > int(last):
        return None
    return came if page == int(last) else came + 1
