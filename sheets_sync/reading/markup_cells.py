"""Run as a program of its own: a table of an HTML page or of SpreadsheetML, as `workbook_cells.py` does.

Web CRMs call an HTML table «Excel»: `lead.xls`. Usage: markup_cells.py FILE SHEET; of a page the tables
are its sheets, called «таблица 1» and so on, the first of them the one with most cells.
"""

from __future__ import annotations

import csv
import email
import io
import json
import re
import resource
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

MEMORY, SECONDS = 480 * 2**20, 100
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_MOST_SPAN, _MOST_CELLS = 500, 5_000_000
_CELLS, _BREAKS = {"td", "th"}, {"br", "p", "div"}


class MarkupTable:
    """Rows of cells, and the ranges that one cell was stretched over."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[list[str]] = []
        self.merged: list[tuple[tuple[int, int], tuple[int, int]]] = []
        #: Columns of the rows to come that a cell above reaches down into: column -> last row.
        self._reach: dict[int, int] = {}
        self._cells = 0

    def row(self) -> None:
        self.rows.append([])

    def cell(self, text: str, across: int, down: int, column: int | None = None) -> None:
        """Put a cell into the last row, at the next free column or at a given one."""
        if not self.rows:
            self.row()
        row, number = self.rows[-1], len(self.rows) - 1
        place = len(row) if column is None else max(column, len(row))
        while column is None and self._reach.get(place, -1) >= number:
            place += 1
        across, down = min(max(across, 1), _MOST_SPAN), min(max(down, 1), 100_000)
        row += [""] * (place - len(row)) + [text] + [""] * (across - 1)
        self._cells += place + across - len(row) + across
        if len(row) > 20_000 or self._cells > _MOST_CELLS:
            raise MemoryError
        if across > 1 or down > 1:
            self.merged.append(((number, place), (number + down - 1, place + across - 1)))
            for at in range(place, place + across):
                self._reach[at] = number + down - 1


class MarkupPage(HTMLParser):
    """The tables of a page, one inside another told apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[MarkupTable] = []
        self._open: list[MarkupTable] = []
        self._cell: tuple[list[str], int, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_cell()
            self._open.append(MarkupTable(f"таблица {len(self.tables) + 1}"))
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].row()
        elif tag in _CELLS and self._open:
            self._end_cell()
            numbers = {k: v for k, v in attrs if v and v.isdigit()}
            self._cell = ([], int(numbers.get("colspan", "1")), int(numbers.get("rowspan", "1")))
        elif tag in _BREAKS and self._cell:
            self._cell[0].append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _CELLS or tag == "tr":
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._cell:
            self._cell[0].append(data)

    def _end_cell(self) -> None:
        if self._cell and self._open:
            parts, across, down = self._cell
            self._open[-1].cell(" ".join("".join(parts).split()), across, down)
        self._cell = None


def of_page(text: str) -> list[MarkupTable]:
    page = MarkupPage()
    page.feed(text)
    page.close()
    return sorted(page.tables, key=lambda t: -sum(map(len, t.rows)))


def of_spreadsheet(content: bytes) -> list[MarkupTable]:
    """Worksheets of SpreadsheetML 2003, whatever prefix its names have."""
    tables: list[MarkupTable] = []
    for event, element in ET.iterparse(io.BytesIO(content), ("start", "end")):  # noqa: S314 - limits
        tag = element.tag.rpartition("}")[2]
        attributes = {k.rpartition("}")[2]: v for k, v in element.attrib.items()}
        if event == "start" and tag == "Worksheet":
            tables.append(MarkupTable(attributes.get("Name", f"лист {len(tables) + 1}")))
        elif event == "start" and tag == "Row" and tables:
            while len(tables[-1].rows) < min(int(attributes.get("Index", "1")), 1_048_576) - 1:
                tables[-1].row()
            tables[-1].row()
        elif event == "end" and tag == "Cell" and tables:
            text = "".join(
                part for child in element if child.tag.endswith("Data") for part in child.itertext()
            )
            at = int(attributes["Index"]) - 1 if "Index" in attributes else None
            across, down = (int(attributes.get(k, "0")) + 1 for k in ("MergeAcross", "MergeDown"))
            tables[-1].cell(_as_text(text), across, down, at)
            element.clear()
    return tables


def _as_text(text: str) -> str:
    """A moment as Excel writes it, `2026-02-01T10:00:00.000`, without its empty fraction."""
    return text.removesuffix(".000").replace("\0", "") if "T" in text else text.replace("\0", "")


def of_archive(content: bytes) -> list[MarkupTable]:
    """The tables of all pages of an MHTML file: Excel writes a page for each sheet."""
    message = email.message_from_bytes(content)
    pages = [part for part in message.walk() if part.get_content_type() == "text/html"]
    tables = [
        t for page in pages for t in of_page(decoded(bytes(page.get_payload(decode=True) or b"")))
    ]
    for number, table in enumerate(tables, 1):
        table.name = f"таблица {number}"
    return sorted(tables, key=lambda t: -sum(map(len, t.rows)))


def decoded(content: bytes) -> str:
    """The text of a page: by its mark, by what it says of itself, as UTF-8, else as cp1251."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", "replace")
    charset = _CHARSET.search(content[:4096])
    for name in ("utf-8", charset[1].decode("ascii") if charset else "utf-8"):
        try:
            return content.decode(name).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1251", "replace")


def main(path: str, choice: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    out = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="", write_through=False)
    content = Path(path).read_bytes()
    is_xml = (
        b"schemas-microsoft-com:office:spreadsheet" in content[:8192]
        and b"<!DOCTYPE" not in content[:8192]
    )
    try:
        if is_xml:
            tables = of_spreadsheet(content)
        elif b"multipart/related" in content[:4096].lower():
            tables = of_archive(content)
        else:
            tables = of_page(decoded(content))
    except (ET.ParseError, ValueError):
        return _fail(out, "no_table", [])
    names = [table.name for table in tables]
    table = _chosen(choice, tables)
    if table is None:
        return _fail(out, "no_sheet" if tables else "no_table", names)
    about = {"name": table.name, "sheets": names, "merged": table.merged[:100_000]}
    out.write(json.dumps(about) + "\n")
    rows = csv.writer(out)
    rows.writerows(table.rows)
    out.flush()
    return 0


def _chosen(choice: str, tables: list[MarkupTable]) -> MarkupTable | None:
    if choice.startswith("#"):
        number = int(choice[1:])
        return tables[number - 1] if 1 <= number <= len(tables) else None
    return next((t for t in tables if choice in {"", f"={t.name}"}), None)


def _fail(out: Any, kind: str, sheets: list[str]) -> int:
    out.write(json.dumps({"error": kind, "sheets": sheets}) + "\n")
    out.flush()
    return 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
