"""What one value of a clinic's file may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationError,
)
from pydantic_core import PydanticKnownError

from metrics.join.patterns import MOST_ROWS, rows_of, unreadable


def _readable(value: str) -> str:
    if why := unreadable(value):
        raise ValueError(f"выражение «{value[:60]}» не читается: {why}")
    return value


def _few(directions: dict[str, str]) -> dict[str, str]:
    if sum(map(rows_of, directions)) > MOST_ROWS:
        raise ValueError(
            f"не больше {MOST_ROWS} выражений (сложное идёт за несколько): объедините варианты через |"
        )
    return directions


def _id_of(address: str) -> str:
    """The whole address of a spreadsheet says its id, too."""
    if "/d/e/" in address:
        raise ValueError(
            "это адрес опубликованной копии; откройте саму таблицу и возьмите адрес оттуда"
        )
    whole = re.search(r"/d/([^/?#\s]+)|[?&]id=([^&#\s]+)", address)
    return whole[1] or whole[2] if whole else address.strip(" \t\n«»\"'").partition("/")[0]


def _key_file(name: str) -> str:
    stem = name.strip().removesuffix(".json")
    if not re.fullmatch(r"[\w@-][\w.@-]*|", stem):
        raise ValueError("нужно имя файла ключа без папки, например agency-2")
    return stem


def _existing(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # none, no name of a file, a folder of some
        raise ValueError(
            f"нет такого часового пояса: {value}; пример: Asia/Yekaterinburg"
        ) from None
    return value


def _no_truth(value: Any) -> Any:
    """`true` would be one."""
    if isinstance(value, bool | float):
        shown = str(value).lower()
        raise ValueError(f"нужно целое число; найдено «{shown}»")  # noqa: TRY004 - as above
    if isinstance(value, int) and abs(value) > _MOST:
        raise ValueError(f"нужно не больше {_MOST}; найдено «{str(value)[:40]}»")
    return value


def of_kind(kinds: Mapping[str, Any]) -> PlainValidator:
    """A table of the kind that it names: what pydantic's unions of tables do, but that no other
    kind is loaded."""

    def read(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value
        if not isinstance(value, Mapping):
            raise PydanticKnownError("model_attributes_type")
        if "kind" not in value:
            raise PydanticKnownError("union_tag_not_found", {"discriminator": "'kind'"})
        kind = str(value["kind"])
        if kind not in kinds:
            expected = ", ".join(map(repr, kinds))
            raise PydanticKnownError(
                "union_tag_invalid",
                {"discriminator": "'kind'", "tag": kind, "expected_tags": expected},
            )
        try:
            return kinds[kind].table.model_validate(value)
        except ValidationError as error:
            faults: Any = [
                {**fault, "loc": (kind, *fault["loc"])} for fault in error.errors(include_url=False)
            ]
            raise ValidationError.from_exception_data(error.title, faults) from None

    return PlainValidator(read)


#: Greater numbers are slips of the keyboard, and too great for a frame.
_MOST = 10**9
Whole = Annotated[int, BeforeValidator(_no_truth)]
Rate = Annotated[Decimal, Field(ge=0, le=1)]
Pattern = Annotated[str, AfterValidator(_readable)]
Zone = Annotated[str, AfterValidator(_existing)]
Directions = Annotated[dict[Pattern, str], AfterValidator(_few)]
SpreadsheetId = Annotated[str, AfterValidator(_id_of)]
KeyFile = Annotated[str, AfterValidator(_key_file)]
