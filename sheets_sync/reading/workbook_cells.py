"""Run as a program of its own: one sheet of a workbook to standard output, a line of JSON, then CSV.

A workbook of a few kilobytes can ask for gigabytes, and the library then ends its process; so it is
read here, apart from the service, with a limit of memory and time. Exit status 0 is a whole sheet;
3 comes after a line {"error": kind}; any other means that a limit was hit or the file is broken.
Usage: workbook_cells.py FILE SHEET, where SHEET is "" (first visible), "=name" or "#number".
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import python_calamine as calamine

MEMORY, SECONDS = 480 * 2**20, 100
NOT_COMPUTED = "\ue000"
_TOP_ROWS, _MOST_MERGED = 60, 100_000
#: From here on a number has lost digits of an id: shown in E-notation, so that ids refuse it.
_EXACT = 10**15
#: Of a part read, what may be the beginning of a cell that the next part ends.
_TAIL = 2**16
#: One more than a cell may have: what reads the rows then says that it is too long.
_TOO_LONG = 131_073
_BLOCK = 2**20
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b(?![^>]*\bt=\"(?:str|e|b)\")[^>]*\br=\"([A-Z]+)(\d+)\"[^>]*>\s*<(?:\w+:)?f\b"
    rb"(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
#: Excel's own format of a month: «фев.26»; and what of a format is no code.
_MMM_YY = "17"
#: Attributes of cells, hidden rows, what is a currency in a format, and those that are no roubles.
_ATTRIBUTE = re.compile(rb"\b([rs])=\"([^\"]*)\"")
_PLACE = re.compile(rb"([A-Z]+)(\d+)")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\s[^>]*hidden=\"1\"")
_HIDDEN_COLUMNS = re.compile(rb"<(?:\w+:)?col\s[^>]*hidden=\"(?:1|true)\"[^>]*>")
_LEVEL = re.compile(rb"<(?:\w+:)?row\s[^>]*outlineLevel=\"[1-7]\"[^>]*>")
_NUMBER = re.compile(rb"\b(r|min|max|outlineLevel)=\"(\d+)\"")
_MOST_COLUMNS = 16_384
_STRUCK, _STRIKE = "зачёркнуто", re.compile(rb"strike\b(?! val=\"(?:0|false)\")")
_QUOTED = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.")
_CURRENCY = re.compile(r"\[\$([^\]-]+)[^\]]*\]|\"([^\"]*)\"|([$€₸£])")
_FOREIGN = {
    "USD": "USD",
    "EUR": "EUR",
    "KZT": "KZT",
    "BYN": "BYN",
    "$": "USD",
    "€": "EUR",
    "₸": "KZT",
    "£": "GBP",
}


@dataclass
class SheetMarks:
    """What a sheet shows beside its texts: of each row (column from 0, `month` or a currency), how
    many rows are hidden, which columns are, and how deep rows stand: by the sheet's own groups, else
    by the indent of their first cell."""

    cells: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    hidden: int = 0
    columns: set[int] = field(default_factory=set)
    groups: dict[int, int] = field(default_factory=dict)
    indents: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def levels(self) -> dict[int, int]:
        return self.groups or {row: indent for row, (_, indent) in self.indents.items()}


def main(path: str, choice: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    out = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="", write_through=False)
    try:
        book = calamine.CalamineWorkbook.from_path(path)
        worksheets = [m for m in book.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
        sheets = [m.name for m in worksheets if m.visible == calamine.SheetVisibleEnum.Visible]
        name = _chosen(choice, sheets, book.sheet_names)
        if name is None:
            return _fail(out, "no_sheet", sheets)
        sheet = book.get_sheet_by_name(name)
    except calamine.PasswordError:
        return _fail(out, "password", [])
    except (calamine.CalamineError, OSError, ValueError) as error:
        return _fail(out, "password" if "password" in str(error).lower() else "damaged", [])
    ranges = sheet.merged_cell_ranges or []
    # Near the top they stretch headers; below, a cell over several rows stands for each of them.
    merged = [r for r in ranges if r[0][0] < _TOP_ROWS or r[1][0] > r[0][0]][:_MOST_MERGED]
    shown = _marks(path, name)
    about = {"name": name, "sheets": sheets, "merged": merged, "hidden": shown.hidden}
    about["hidden_columns"], about["levels"] = sorted(shown.columns), list(shown.levels.items())
    about["hidden_sheets"] = sum(m.name not in {*sheets, name} for m in worksheets)
    out.write(json.dumps(about) + "\n")
    blanks = _not_computed(path, name)
    rows = csv.writer(out)
    # The library gives the empty rows above a sheet's cells, but not the empty columns before them.
    margin = [""] * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows()):
        row = margin + [_text(cell) for cell in cells]
        for column, mark in shown.cells.get(number, ()):
            if column < len(row) and row[column]:
                row[column] = _as_shown(row[column], mark)
        for column in blanks.get(number, ()):
            if column < len(row) and not row[column]:
                row[column] = NOT_COMPUTED
        rows.writerow(row)
    out.flush()
    return 0


def _chosen(choice: str, visible: list[str], every: list[str]) -> str | None:
    """The sheet's name, or None where there is no such sheet."""
    if not choice:
        return next(iter(visible or every), None)
    if choice.startswith("#"):
        number = int(choice[1:])
        return every[number - 1] if 1 <= number <= len(every) else None
    return next((n for n in every if n.strip().casefold() == choice[1:].strip().casefold()), None)


def _fail(out: Any, kind: str, sheets: list[str]) -> int:
    out.write(json.dumps({"error": kind, "sheets": sheets}) + "\n")
    out.flush()
    return 3


def _text(cell: Any) -> str:
    """A typed cell as a text that is read back without doubt: numbers with a dot, dates as ISO."""
    if isinstance(cell, str):
        return cell.replace("\0", "")[:_TOO_LONG]
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        near_end = cell.year == dt.MAXYEAR
        whole = cell if near_end else cell + dt.timedelta(microseconds=500_000)
        return whole.isoformat(" ", "seconds")
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _as_shown(text: str, mark: str) -> str:
    """A first day shown as a month is the month; a sum keeps its currency; a struck cell says so."""
    if mark == "month":
        return text[:7] if text[8:10] == "01" else text
    text = f"{_STRUCK}: {text}" if mark == _STRUCK else text
    return f"{text} {mark}" if text.replace(".", "").lstrip("-").isdigit() else text


def _number(value: float) -> str:
    if not value.is_integer():
        text = repr(value)
        # Three decimals would look like thousands: 12.125 is written 12.1250.
        return text + "0" if len(text.partition(".")[2]) == 3 else text
    return f"{value:.0f}" if abs(value) < _EXACT else f"{value:E}"


def _not_computed(path: str, sheet: str) -> dict[int, list[int]]:
    """Row -> columns (from 0) of formulas that were never computed, of an .xlsx; else nothing."""
    places: dict[int, list[int]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part(archive, sheet)
            if part is None:
                return places
            with archive.open(part) as stream:
                tail = b""
                while block := stream.read(_BLOCK):
                    text = tail + block
                    if b"<f" not in text and b":f" not in text:
                        tail = text[-_TAIL:]
                        continue
                    for match in _FORMULA.finditer(text):
                        row, column = int(match[2]) - 1, _column(match[1])
                        places.setdefault(row, []).append(column)
                    cut = text.rfind(b"</c>") + 4 if b"</c>" in text else 0
                    tail = text[max(cut, len(text) - _TAIL) :]
    except (zipfile.BadZipFile, KeyError, ET.ParseError):
        return {}
    return places


def _marks(path: str, sheet: str) -> SheetMarks:
    """What an .xlsx shows beside its texts; of other workbooks nothing."""
    marks = SheetMarks()
    try:
        with zipfile.ZipFile(path) as archive:
            styles = _styles(archive)
            styled = re.compile(rb"<(?:\w+:)?c\s[^>]*\bs=\"(?:%b)\"[^>]*>" % b"|".join(styles))
            part = _part(archive, sheet)
            if part is None:
                return marks
            with archive.open(part) as stream:
                tail = b""
                while block := stream.read(_BLOCK):
                    text = tail + block
                    cut = text.rfind(b"<")
                    _mark_lines(marks, text, cut)
                    for match in styled.finditer(text, 0, cut) if styles else ():
                        attributes = dict(_ATTRIBUTE.findall(match[0]))
                        mark, indent = styles.get(attributes.get(b"s", b""), ("", 0))
                        if (mark or indent) and (at := _PLACE.fullmatch(attributes.get(b"r", b""))):
                            row, column = int(at[2]) - 1, _column(at[1])
                            if mark:
                                marks.cells.setdefault(row, []).append((column, mark))
                            if indent:
                                marks.indents.setdefault(row, (column, indent))
                    tail = text[max(cut, len(text) - _TAIL) :]
    except (zipfile.BadZipFile, KeyError, ET.ParseError):
        return SheetMarks()
    return marks


def _mark_lines(marks: SheetMarks, text: bytes, cut: int) -> None:
    """What a part of a sheet says of whole rows and columns."""
    if b'hidden="' in text:
        marks.hidden += len(_HIDDEN.findall(text, 0, cut))
        for match in _HIDDEN_COLUMNS.finditer(text, 0, cut):
            ends = dict(_NUMBER.findall(match[0]))
            first, last = (int(ends.get(name, 0)) for name in (b"min", b"max"))
            marks.columns.update(range(max(first - 1, 0), min(last, _MOST_COLUMNS)))
    if b"outlineLevel" in text:
        for match in _LEVEL.finditer(text, 0, cut):
            numbers = dict(_NUMBER.findall(match[0]))
            if b"r" in numbers:
                marks.groups[int(numbers[b"r"]) - 1] = int(numbers[b"outlineLevel"])


def _styles(archive: zipfile.ZipFile) -> dict[bytes, tuple[str, int]]:
    """Number of a style -> (a month without a day or a foreign currency that it shows, its indent)."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = ET.fromstring(archive.read("xl/styles.xml"))  # noqa: S314
    marks = {_MMM_YY: "month"}
    for element in styles.iter():
        if element.tag.endswith("}numFmt"):
            marks[element.get("numFmtId", "")] = _mark(element.get("formatCode", ""))
    fonts: Any = next((e for e in styles.iter() if e.tag.endswith("}fonts")), [])
    struck = {str(n) for n, font in enumerate(fonts) if _STRIKE.search(ET.tostring(font))}
    cells: Any = next((e for e in styles.iter() if e.tag.endswith("}cellXfs")), [])
    looks = {}
    for number, xf in enumerate(cells):
        indents = [int(e.get("indent", 0)) for e in xf if e.tag.endswith("}alignment")]
        mark, indent = marks.get(xf.get("numFmtId"), ""), max(indents, default=0)
        mark = _STRUCK if xf.get("fontId") in struck else mark
        if mark or indent:
            looks[str(number).encode()] = mark, indent
    return looks


def _mark(code: str) -> str:
    """What a format shows: `month` for `mmm yy`, `USD` for `[$$-409]`; "" for nothing of interest."""
    bare = _QUOTED.sub("", code).lower()
    if "m" in bare and "y" in bare and "d" not in bare:
        return "month"
    shown = " ".join(part for parts in _CURRENCY.findall(code) for part in parts)
    return next((name for sign, name in _FOREIGN.items() if sign in shown.upper()), "")


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the archive's part that holds a sheet."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    # This process's limits and expat's own stop what such XML could do.
    book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for element in book.iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            ids = [v for k, v in element.attrib.items() if k.endswith("}id")]
            target = targets.get(ids[0] if ids else None, "")
            return target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
