"""What one value of a clinic's file may be."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from metrics.join.patterns import unreadable


def _readable(value: str) -> str:
    if why := unreadable(value):
        raise ValueError(f"выражение «{value[:60]}» не читается: {why}")
    return value


@cache
def _zones() -> set[str]:
    # Looking through them takes 20 ms, and a folder may hold thousands of clinics.
    return available_timezones()


def _known(value: str) -> str:
    if value not in _zones():
        raise ValueError(f"нет такого часового пояса: {value}; пример: Asia/Yekaterinburg")
    return value


Rate = Annotated[Decimal, Field(ge=0, le=1)]
Pattern = Annotated[str, AfterValidator(_readable)]
Zone = Annotated[str, AfterValidator(_known)]
