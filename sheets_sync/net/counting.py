"""Requests to outside services, counted for whoever follows them: a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Takes the service's name and the status of one request; 0 is no answer.
Count = Callable[[str, int], None]
_followed_by: ContextVar[Count | None] = ContextVar("followed_by", default=None)


def count_request(service: str, status: int) -> None:
    """One request to an outside service; status 0 is no answer. Counted where somebody follows."""
    if count := _followed_by.get():
        count(service, status)


@contextmanager
def followed(count: Count) -> Iterator[None]:
    """Until the end `count` is told of every request."""
    token = _followed_by.set(count)
    try:
        yield
    finally:
        _followed_by.reset(token)
