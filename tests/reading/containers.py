"""Workbooks that no library here writes, made byte by byte."""

from __future__ import annotations

import io
import quopri
import struct
import zipfile

_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_LINKS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.bin"/></Relationships>'
)


def xlsb(rows: list[list[str | float]]) -> bytes:
    """A binary workbook ([MS-XLSB]) of one sheet."""
    book = _record(131) + _record(143)
    book += _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Лист1"))
    book += _record(144) + _record(132)
    size = struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = _record(129) + _record(148, size) + _record(145)
    for number, row in enumerate(rows):
        sheet += _record(0, struct.pack("<I", number) + bytes(21))
        for column, cell in enumerate(row):
            at = struct.pack("<II", column, 0)
            is_number = isinstance(cell, float)
            sheet += (
                _record(5, at + struct.pack("<d", cell))
                if is_number
                else _record(6, at + _wide(str(cell)))
            )
    sheet += _record(146) + _record(130)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("xl/_rels/workbook.bin.rels", _LINKS)
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


def _record(number: int, body: bytes = b"") -> bytes:
    head = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    size, length = len(body), b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return head + length + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def mhtml(*pages: str) -> bytes:
    """A page saved in one file, as Excel writes «Веб-страница в одном файле»."""
    parts = [
        b'--=_b\r\nContent-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: '
        b"quoted-printable\r\n\r\n" + quopri.encodestring(page.encode()) + b"\r\n"
        for page in pages
    ]
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="=_b"\r\n\r\n'
    return head + b"".join(parts) + b"--=_b--\r\n"
