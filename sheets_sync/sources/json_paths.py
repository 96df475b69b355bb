"""Records of a body of JSON, at a path of keys; numbers with a fraction are Decimal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: One object of an answer's JSON; numbers with a fraction are Decimal.
Record = Mapping[str, Any]
#: What reading an answer of another shape than is read raises.
ODD = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError)


def at(value: Any, path: str) -> Any:
    """The value at a path of keys ("client.phone"), None where any of them is not there."""
    for key in path.split(".") if path else ():
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def records_at(body: Any, path: str) -> Iterator[Record]:
    """Every record at a path: "channels[].calls[]" looks into all channels. Null lists are empty."""
    head, many, rest = path.partition("[]")
    value = as_list(at(body, head.strip("."))) if many else at(body, head.strip("."))
    if many:
        for each in value if isinstance(value, list) else ():
            yield from records_at(each, rest)
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, Mapping))
    elif isinstance(value, Mapping):
        yield value


def as_list(value: Any) -> Any:
    """A list that came as a map of its places ("0", "1", …), as PHP writes one with a hole, is one."""
    if isinstance(value, Mapping) and value and all(str(key).isdigit() for key in value):
        return list(value.values())
    return value


def is_shaped(body: Any, path: str) -> bool:
    """Whether a body has what leads to its records, be it null: an answer without it, or with
    something else in its place, is none."""
    head, many, rest = path.partition("[]")
    *way, last = head.strip(".").split(".")
    if not last:
        return not many or isinstance(as_list(body), list)
    holder = at(body, ".".join(way))
    if not isinstance(holder, Mapping) or last not in holder:
        return False
    value = as_list(holder[last])
    if many and not isinstance(value, list | None):
        return False
    # Of lists inside the records of a list each may be left out, but not be anything else.
    inner = value if many and "[]" in rest else None
    return all(_is_left_out(each, rest) or is_shaped(each, rest) for each in inner or ())


def _is_left_out(record: Any, path: str) -> bool:
    """Whether a record has nothing at a path that a list could be at."""
    return at(record, path.partition("[]")[0].strip(".")) is None


def list_at(body: Any, path: str) -> list[Record]:
    """The records at a path. Raises KeyError where nothing leads there: that is no empty answer."""
    if not is_shaped(body, path):
        raise KeyError(path)
    return list(records_at(body, path))
