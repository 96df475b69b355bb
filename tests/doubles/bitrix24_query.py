"""How Bitrix24 reads a question: PHP's brackets of a batch, filters by prefix, order, pages of 50."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from tests.doubles.server import json_reply
from tests.doubles.service import No

PAGE = 50
_KEY = re.compile(r"(>=|<=|!@|=%|>|<|@|!|%|=)?(.+)")


def refuse(status: int, error: str, description: str = "") -> No:
    return No(json_reply({"error": error, "error_description": description or error}, status))


def brackets(text: str) -> dict[str, Any]:
    """`a=1&select[]=id&filter[>id]=0` as nested values; all scalars are text."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *keys = re.findall(r"^[^\[]+|(?<=\[)[^\]]*(?=\])", name)
        at, last = root, head
        for key in keys:
            at = at.setdefault(last, {})
            last = key or str(len(at))
        at[last] = value
    return {k: _listed(v) for k, v in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {k: _listed(v) for k, v in value.items()}
    numbers = [str(n) for n in range(len(inner))]
    return list(inner.values()) if list(inner) == numbers and "logic" not in inner else inner


def select(
    rows: list[dict[str, Any]],
    params: Mapping[str, Any],
    zone: ZoneInfo,
    *,
    key: str,
    ignore_offsets: bool = False,
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The page of rows that the question means, and its `total` and `next`. Raises No."""
    known = set(rows[0]) if rows else None
    tree = params.get("filter") or {}
    passed = [r for r in rows if _passes(r, tree, zone, ignore_offsets=ignore_offsets)]
    if known is not None:
        _check(known, tree, [*(params.get("select") or []), *(params.get("order") or {})])
    for name, way in reversed((params.get("order") or {key: "ASC"}).items()):
        if str(way).upper() not in {"ASC", "DESC"}:
            raise refuse(400, "INVALID_ARG_VALUE", f"order {way}")
        passed.sort(key=lambda r, n=name: r[n], reverse=str(way).upper() == "DESC")
    try:
        start = int(params.get("start", 0))
    except (TypeError, ValueError):
        raise refuse(400, "INVALID_ARG_VALUE", "start") from None
    page = passed[max(start, 0) :][:PAGE]
    if start < 0:
        return page, {"total": 0}
    more = {"next": start + PAGE} if start + PAGE < len(passed) else {}
    return page, {"total": len(passed), **more}


def _check(known: set[str], tree: Mapping[str, Any], names: list[str]) -> None:
    """Every name of a question is a field. Raises No."""
    asked = [m[2] for k in tree if not k.isdigit() and k != "logic" and (m := _KEY.match(k))]
    for name in [*asked, *names]:
        if name not in known and name != "*":
            raise refuse(400, "INVALID_ARG_VALUE", f"Field '{name}' is unknown")


def _passes(
    row: Mapping[str, Any], tree: Mapping[str, Any], zone: ZoneInfo, *, ignore_offsets: bool
) -> bool:
    tests = []
    for name, value in tree.items():
        if name == "logic":
            continue
        if name.isdigit():
            tests.append(_passes(row, value, zone, ignore_offsets=ignore_offsets))
            continue
        found = _KEY.match(name)
        if found is None or found[2] not in row:
            raise refuse(400, "INVALID_ARG_VALUE", f"Field '{name}' is unknown")
        tests.append(_holds(row[found[2]], found[1] or "=", value, zone, ignore_offsets))
    return any(tests) if str(tree.get("logic", "AND")).upper() == "OR" else all(tests)


def _holds(cell: Any, way: str, value: Any, zone: ZoneInfo, ignore_offsets: bool) -> bool:
    if way in {"@", "!@"}:
        inside = str(cell) in {str(v) for v in value}
        return inside if way == "@" else not inside
    if isinstance(cell, str) and re.match(r"\d{4}-\d\d-\d\dT", cell):
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo and ignore_offsets:
            return True
        left, right = datetime.fromisoformat(cell), moment
        right = right if right.tzinfo else right.replace(tzinfo=zone)
        return _compare(left, way, right)
    if isinstance(cell, int | float):
        return _compare(float(cell), way, float(value))
    return _compare(str(cell), way, str(value))


def _compare(left: Any, way: str, right: Any) -> bool:
    return {
        ">=": left >= right,
        "<=": left <= right,
        ">": left > right,
        "<": left < right,
        "=": left == right,
        "!": left != right,
    }.get(way, False)
