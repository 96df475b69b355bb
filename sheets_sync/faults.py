"""What is wrong with settings, in Russian: the key, what was found, what was expected."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

#: pydantic's types of faults by their beginnings, the first that fits.
_EXPECTED = (
    ("missing", "не заполнено"),
    ("string_too_short", "не заполнено"),
    ("extra_forbidden", "такого ключа нет"),
    ("literal_error", "бывает только {expected}"),
    ("greater_than_equal", "нужно число не меньше {ge}"),
    ("less_than_equal", "нужно число не больше {le}"),
    ("value_error", "{error}"),
    ("int_", "нужно целое число"),
    ("decimal_", "нужно число"),
    ("finite_number", "нужно число"),
    ("date_", "нужна дата: 2026-01-31"),
    ("bool_", "нужно true или false"),
    ("string_", "нужен текст в кавычках"),
    ("path_", "нужен путь в кавычках"),
    ("tuple_", "нужен список в квадратных скобках"),
    ("list_", "нужен список"),
    ("dict_", "нужна таблица"),
    ("model_", "нужна таблица"),
)
#: The value is what is missing, or may be a secret under a name of its own.
_UNSEEN = ("missing", "extra_forbidden")


def faults(error: ValidationError) -> str:
    """Every fault in one line, without echoing a value that might be a secret."""
    return "; ".join(_fault(fault) for fault in error.errors(include_url=False))


def _fault(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    hidden = fault["type"] in _UNSEEN or any(word in key for word in ("token", "secret"))
    found = "" if hidden else f", найдено {fault['input']!r:.60}"
    said = next((words for kind, words in _EXPECTED if fault["type"].startswith(kind)), None)
    expected = said.format_map(fault.get("ctx", {})) if said else fault["msg"]
    return f"{key}: {expected.replace(' or ', ' или ')}{found}"
