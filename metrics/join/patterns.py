"""Expressions that people type: case does not matter, ё = е."""

from __future__ import annotations

import re


def compiled(pattern: str) -> re.Pattern[str]:
    """The expression, to be looked for in folded texts. Raises what `unreadable` tells in words."""
    return re.compile(pattern.replace("ё", "е"), re.IGNORECASE)


def unreadable(pattern: str) -> str:
    """Why the expression cannot be read; "" if it can."""
    try:
        compiled(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return ""
