"""Run as a program of its own: notes and colours of cells, which calamine does not tell.

Apart from the service, with a limit of memory and time, as `cells.py` is. Usage: marks.py FILE. One
line on standard input, a list of names of sheets; one on standard output, name of a sheet ->
{"notes": [[row, column, author, text]], "fills": [[row, column, "#RRGGBB"]]}, counted from 0.
"""

from __future__ import annotations

import colorsys
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

MEMORY, SECONDS = 480 * 2**20, 60
#: In which order a theme's colours are numbered: light and dark change places.
_THEME = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")
_LONGEST_TAG = 1000
_CELL = re.compile(rb'<(?:x:)?c\b(?=[^>]*\br="([A-Z]+)(\d+)")(?=[^>]*\bs="(\d+)")')


def main(path: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    names = set(json.loads(sys.stdin.readline()))
    with zipfile.ZipFile(path) as archive:
        parts = {n: p for n, p in _sheets(archive).items() if n in names}
        fills = _fills(archive)
        marks = {name: _marks(archive, part, fills) for name, part in parts.items()}
    sys.stdout.write(json.dumps(marks, ensure_ascii=False) + "\n")
    return 0


def _xml(archive: zipfile.ZipFile, part: str) -> ET.Element:
    """A part without namespaces; an empty one where it is not there."""
    try:
        data = archive.read(part)
    except KeyError:
        return ET.Element("none")
    if b"<!DOCTYPE" in data:
        return ET.Element("none")
    root = ET.fromstring(data)  # noqa: S314 - no DTD, in a limited process
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
        each.attrib = {k.rpartition("}")[2]: v for k, v in each.attrib.items()}
    return root


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of a sheet -> its part."""
    targets = _relations(archive, "xl/workbook.xml")
    sheets = _xml(archive, "xl/workbook.xml").iter("sheet")
    return {s.attrib["name"]: targets[s.attrib["id"]][1] for s in sheets if s.get("id") in targets}


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Id -> last word of its type, and the part."""
    folder, name = posixpath.split(part)
    relations = _xml(archive, f"{folder}/_rels/{name}.rels").iter("Relationship")
    return {
        each.get("Id", ""): (
            each.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))[1:],
        )
        for each in relations
    }


def _fills(archive: zipfile.ZipFile) -> dict[int, str]:
    """Index of a cell's format -> the colour it is painted with."""
    styles = _xml(archive, "xl/styles.xml")
    theme = _theme(archive)
    fills: list[str] = [
        _colour(fill.find("patternFill"), theme) for fill in styles.iterfind("fills/fill")
    ]
    colours = {}
    for number, form in enumerate(styles.iterfind("cellXfs/xf")):
        fill = int(form.get("fillId", 0))
        if fill < len(fills) and fills[fill]:
            colours[number] = fills[fill]
    return colours


def _theme(archive: zipfile.ZipFile) -> list[str]:
    scheme = _xml(archive, "xl/theme/theme1.xml").find("themeElements/clrScheme")
    colours = {}
    for each in scheme if scheme is not None else ():
        for colour in each:
            colours[each.tag] = str(colour.get("lastClr") or colour.get("val", ""))
    return [colours.get(name, "") for name in _THEME]


def _colour(pattern: ET.Element | None, theme: list[str]) -> str:
    """The colour of a solid fill as #RRGGBB; "" where there is none."""
    shown = pattern.find("fgColor") if pattern is not None else None
    if pattern is None or pattern.get("patternType") != "solid" or shown is None:
        return ""
    number = shown.get("theme", "")
    plain: str = shown.get("rgb", "")[-6:]
    if number.isdigit() and int(number) < len(theme):
        plain = theme[int(number)]
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", plain):
        return ""
    return "#" + _tinted(plain, float(shown.get("tint", 0))).upper()


def _tinted(plain: str, tint: float) -> str:
    hue, light, much = colorsys.rgb_to_hls(*(int(plain[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, light, much))


def _marks(archive: zipfile.ZipFile, part: str, fills: dict[int, str]) -> dict[str, Any]:
    colours = list(_painted(archive.read(part), fills)) if fills else []
    notes = [
        note
        for kind, target in _relations(archive, part).values()
        if kind == "comments"
        for note in _notes(_xml(archive, target))
    ]
    return {"notes": notes, "fills": colours}


def _painted(data: bytes, fills: dict[int, str]) -> Iterator[list[Any]]:
    codes = {str(number).encode(): colour for number, colour in fills.items()}
    # A painted form first, then its cell: of a long sheet hardly one is painted.
    for form in re.finditer(rb'\bs="(?:' + b"|".join(codes) + rb')"', data):
        at = form.start()
        cell = _CELL.match(data, data.rfind(b"<", max(at - _LONGEST_TAG, 0), at))
        if cell and cell[3] in codes:
            yield [int(cell[2]) - 1, _column(cell[1].decode()), codes[cell[3]]]


def _notes(comments: ET.Element) -> Iterator[list[Any]]:
    authors = [author.text or "" for author in comments.iterfind("authors/author")]
    for each in comments.iter("comment"):
        place = re.fullmatch(r"([A-Z]+)(\d+)", each.get("ref", ""))
        if place:
            number = int(each.get("authorId", 0))
            author = authors[number] if number < len(authors) else ""
            text = "".join(part.text or "" for part in each.iter("t"))
            yield [int(place[2]) - 1, _column(place[1]), author.strip(), text]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # a real stream
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # a real stream
    sys.exit(main(sys.argv[1]))
