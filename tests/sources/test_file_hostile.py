"""Hostile files as a source: each refused with its reason, in little memory."""

from __future__ import annotations

import io
import os
import random
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from sheets_sync.errors import FileError
from tests.reading.exports import pulled

REPO = Path(__file__).parents[2]
MEGABYTE = 2**20


def sheet_of(cells: str) -> bytes:
    """A workbook whose only sheet has these cells."""
    main, relations = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    link = f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{relations}/%s" Target="%s"/></Relationships>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Override PartName="/xl/workbook.xml" ContentType="{kind}sheet.main+xml"/><Override PartName="/xl/s.xml" ContentType="{kind}worksheet+xml"/></Types>',
        "_rels/.rels": link % ("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="S" sheetId="1" r:id="r"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": link % ("worksheet", "s.xml"),
        "xl/s.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "over 100 MB": (lambda path: os.truncate(touched(path), 101 * MEGABYTE), "больше 100 МБ"),
    "zip bomb": (lambda path: path.write_bytes(bomb()), "похоже на zip-бомбу"),
    "sparse sheet": (
        lambda path: path.write_bytes(sheet_of(cell("A", 1) + cell("XFD", 2000))),
        "слишком много памяти",
    ),
    "sheet to the last row": (
        lambda path: path.write_bytes(sheet_of(cell("A", 1) + cell("XFD", 2) + cell("A", 1048576))),
        "слишком много памяти",
    ),
    "unbalanced quote": (
        lambda path: path.write_bytes(b'a;b\n1;"' + b"x;y\n" * (20 * MEGABYTE)),
        "не нашёл строку",
    ),
    "NUL bytes": (lambda path: path.write_bytes(b"a;b\n" * 9 + b"\0\n" * (45 * MEGABYTE)), "нулевой байт"),
    "field of a million": (lambda path: path.write_bytes(b"a;b\n1;" + b"x" * 1_000_000), "ячейка длиннее"),
    "line of 90 MB": (lambda path: path.write_bytes(b"a;b\n" + b";" * (90 * MEGABYTE)), "строка 2 длиннее"),
    "random bytes": (
        lambda path: path.write_bytes(random.Random(1).randbytes(90 * MEGABYTE).replace(b"\0", b"\n")),
        "не понимаю кодировку",
    ),
}  # fmt: skip


def touched(path: Path) -> Path:
    path.touch()
    return path


def cell(column: str, row: int) -> str:
    return f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>'


def bomb() -> bytes:
    """A workbook with 150 MB of spaces in one of its parts, packed to a thousandth."""
    out = io.BytesIO(sheet_of(cell("A", 1)))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(150):
            part.write(b" " * MEGABYTE)
    return out.getvalue()


def test_hostile_files_are_refused_in_little_memory(tmp_path: Path) -> None:
    for name, (make, _) in HOSTILE.items():
        make(tmp_path / name)
    done = subprocess.run([sys.executable, "-m", __name__, tmp_path], capture_output=True, text=True, check=True, cwd=REPO)  # fmt: skip
    *said, peak = done.stdout.splitlines()
    for line, (name, (_, message)) in zip(said, HOSTILE.items(), strict=True):
        assert line.startswith(f"{name}: ")
        assert message in line
    assert int(peak) < 500


if __name__ == "__main__":
    for export in HOSTILE:
        try:
            pulled(Path(sys.argv[1]), "leads", export)
        except FileError as error:
            sys.stdout.write(f"{error}\n")
    # Not ru_maxrss of this process: it begins with what the process that started it had.
    status = Path("/proc/self/status").read_text()
    own = int(status.partition("VmHWM:")[2].split()[0])
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    sys.stdout.write(f"{max(own, children) // 1024}\n")
