"""What is wrong with settings, in Russian: every fault with its key, what was found, what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from itertools import islice
from tomllib import TOMLDecodeError
from typing import Any

from pydantic import ValidationError

from metrics.wording import counted
from sheets_sync.delivery.registry import CHANNELS
from sheets_sync.sources import SOURCES

#: What pydantic says, by the beginning of its code; longer beginnings first.
_EXPECTED = (
    ("missing", "не задано"),
    ("union_tag_not_found", "не задано"),
    ("union_tag_invalid", "нужно одно из: {expected_tags}"),
    ("extra_forbidden", "такого ключа нет, проверьте написание"),
    ("too_long", "не больше {max_length} строк; объедините шаблоны через |"),
    ("string_too_short", "не может быть пустым"),
    ("string_pattern", "в нём знаки, которых там не бывает"),
    ("string", "нужен текст в кавычках"),
    ("literal_error", "нужно одно из: {expected}"),
    ("enum", "нужно одно из: {expected}"),
    ("greater_than_equal", "нужно не меньше {ge}"),
    ("less_than_equal", "нужно не больше {le}"),
    ("int", "нужно целое число"),
    ("decimal", "нужно число, например 0.45"),
    ("finite_number", "нужно число, например 0.45"),
    ("path", "нужен путь в кавычках"),
    ("datetime", "нужно время с поясом, например 2026-06-30T12:00:00+03:00"),
    ("timezone_aware", "нужно время с поясом, например 2026-06-30T12:00:00+03:00"),
    ("date", "нужна дата без кавычек, например 2026-06-30"),
    ("bool", "нужно true или false"),
    ("tuple", "нужен список в квадратных скобках"),
    ("list", "нужен список в квадратных скобках"),
    ("dict", "нужна таблица, то есть раздел в квадратных скобках"),
    ("model", "нужна таблица, то есть раздел в квадратных скобках"),
    ("value_error", "{error}"),
)
#: Endings of a key that only say which of two types was tried.
_TRIED = {"int", "str", "float"}
#: What was found is missing, told already, or may be a secret under a name of its own.
_UNSEEN = {
    "missing",
    "union_tag_not_found",
    "too_long",
    "extra_forbidden",
    "value_error",
    "model_type",
    "dict_type",
}
_SHOWN = 60
#: How many faults are told at once.
_MOST = 30
#: What is written with double brackets, and its kinds.
_LISTS: dict[str, Collection[str]] = {"source": SOURCES, "notify": CHANNELS}
#: Faults of what says which kind of [[source]] or [[notify]] it is.
_KIND = {"union_tag_invalid", "union_tag_not_found"}
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


def faults(error: ValidationError, name: Callable[[str], str] = str) -> str:
    """The first faults in one line each, without echoing a value that might be a secret.

    `name` makes of a key what a person calls it.
    """
    lines: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        key = _key(fault["loc"])
        if fault["type"] in _KIND:
            key += ".kind"
        lines.setdefault(key, f"{name(key)}: {_sentence(key, fault)}")
    return "; ".join([*islice(lines.values(), _MOST), *_more(len(lines) - _MOST)])


def _more(left: int) -> list[str]:
    return [f"и ещё {counted(left, 'ошибка', 'ошибки', 'ошибок')}"] if left > 0 else []


def toml_fault(error: ValueError | RecursionError) -> str:
    """Where a file stops being TOML."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object.count(b"\n", 0, error.start) + 1
        return f"файл не в UTF-8, строка {line}: сохраните его в кодировке UTF-8."
    at = _AT.search(str(error))
    end = "ошибка в конце файла" if isinstance(error, TOMLDecodeError) else "слишком много знаков"
    where = f"ошибка в строке {at[1]}, знак {at[2]}" if at else end
    return f"это не TOML: {where}."


def _key(loc: tuple[int | str, ...]) -> str:
    """`report.margin_rate`; of a source or channel its number, as a person counts."""
    parts = [str(part) for part in loc]
    if len(parts) > 1 and parts[-1] in _TRIED:
        parts.pop()
    if parts[-1] == "[key]":  # the key itself is wrong, and told
        del parts[-2:]
    if len(loc) > 1 and loc[0] in _LISTS and isinstance(loc[1], int):
        kinds = _LISTS[str(loc[0])]
        parts[: 3 if loc[2:3] and str(loc[2]) in kinds else 2] = [f"[[{loc[0]}]] № {loc[1] + 1}"]
    return ".".join(parts)


def _sentence(key: str, fault: Any) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if key in _LISTS and kind.startswith("tuple"):
        return f"нужны двойные скобки: [[{key}]]"
    if owners := _owners(fault):
        return f"у {fault['loc'][2]} такого ключа нет, он есть у {', '.join(owners)}"
    words = next((w for start, w in _EXPECTED if kind.startswith(start)), fault["msg"])
    limits = {k: str(v).replace(" or ", ", ") for k, v in context.items()}
    sentence = words.format_map(limits) if words is not fault["msg"] else words
    secret = any(word in key for word in ("token", "secret", "password", "proxy"))
    if secret or kind in _UNSEEN:
        return sentence
    value = str(context.get("tag", fault["input"]))
    return f"{sentence}; найдено «{value if len(value) <= _SHOWN else value[:_SHOWN] + '…'}»"


def _owners(fault: Any) -> list[str]:
    """Kinds of [[source]] that do have a key which another kind was given."""
    loc = fault["loc"]
    if fault["type"] != "extra_forbidden" or loc[0] != "source" or len(loc) != 4:
        return []
    return [kind for kind, source in SOURCES.items() if loc[3] in source.table.model_fields]
