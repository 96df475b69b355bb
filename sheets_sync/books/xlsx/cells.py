"""Run as a program of its own: gives cells of a workbook's sheets, each when it is asked for.

A workbook of a few kilobytes can ask for gigabytes, and the library then ends its process; so it is
read here, apart from the service, with a limit of memory and time. Usage: cells.py FILE. The first
line is {"sheets": {name: is it visible}} or {"error": "damaged"}. Then to every line on standard
input, [name of a sheet, how many rows or null], a line is given: its rows without empty ends, a
date as {"date": ISO}.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
from typing import Any

import python_calamine as calamine

MEMORY, SECONDS = 480 * 2**20, 100
_PLAIN = {str, float, int, bool}


def main(path: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        book = calamine.CalamineWorkbook.from_path(path)
    except (calamine.CalamineError, OSError, ValueError):
        _give({"error": "damaged"})
        return 3
    visible = calamine.SheetVisibleEnum.Visible
    _give(
        {
            "sheets": {
                m.name: m.visible == visible
                for m in book.sheets_metadata
                if m.typ == calamine.SheetTypeEnum.WorkSheet
            }
        }
    )
    for line in sys.stdin:
        name, count = json.loads(line)
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False, nrows=count)
        _give(_trimmed([_trimmed([*map(_cell, row)]) for row in rows]))
    return 0


def _give(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _trimmed(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] in (None, []):
        cells.pop()
    return cells


def _cell(value: Any) -> Any:
    """A cell as calamine gives it: "" is empty, a moment at midnight is a day."""
    if type(value) in _PLAIN:  # nearly all
        return None if value == "" else value
    if isinstance(value, dt.datetime):
        at_midnight = value.time() == dt.time.min
        return {"date": (value.date() if at_midnight else value).isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, dt.time | dt.timedelta):
        return str(value)
    return value


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # a real stream
    sys.exit(main(sys.argv[1]))
