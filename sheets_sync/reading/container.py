"""What a file really is, by its first bytes; and what is too big or too strange to open."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Literal

from sheets_sync.errors import FileError, because

MEGABYTE = 2**20
LARGEST_FILE = 100 * MEGABYTE
#: What a workbook may unpack to, and how many times its size: a sheet of a million cells packs
#: about twenty times, a bomb a thousand.
LARGEST_UNPACKED = 400 * MEGABYTE
MOST_PACKED = 100
SMALL_ENOUGH = 10 * MEGABYTE
#: Bytes read at once where a file is not wanted whole: few enough to stay in the processor's cache.
_BLOCK = 2**18

Kind = Literal["text", "workbook", "markup"]

_ZIP, _COMPOUND = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_HTML = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<style")
#: A page saved with all of its parts in one file: .mht, or Excel's «Веб-страница в одном файле».
_MIME = (b"mime-version:", b"from:", b"content-type: multipart/related")
_WORKBOOK_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
#: What a damaged archive makes the library raise.
_DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error,
    RuntimeError, EOFError, ValueError, OSError,
)  # fmt: skip
#: The stream that a workbook with a password is kept in, as a compound file names it.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def load(path: Path) -> bytes:
    """The bytes of a file. Raises FileError where it is not there, empty or over 100 MB."""
    with _open(path) as stream:
        content = stream.read()
    if not content or content.isspace():
        raise _empty(path)
    return content


def digest(path: Path) -> str:
    """The SHA-256 of a file, which is never in memory as a whole. Raises FileError as `load` does."""
    content, is_blank = hashlib.sha256(), True
    with _open(path) as stream:
        while block := stream.read(_BLOCK):
            content.update(block)
            is_blank = is_blank and block.isspace()
    if is_blank:
        raise _empty(path)
    return content.hexdigest()


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise FileError(
                f"файл больше {LARGEST_FILE // MEGABYTE} МБ ({size // MEGABYTE} МБ).",
                where=path.name,
                hint="Разделите выгрузку по месяцам: маска пути вида «leads*.csv» прочтёт все части.",
            )
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise FileError(
            f"не могу прочитать файл ({because(error)}).",
            where=path.name,
            hint="Проверьте путь и права на чтение.",
        ) from error


def _empty(path: Path) -> FileError:
    return FileError("файл пуст.", where=path.name, hint="Выгрузите его ещё раз.", permanent=False)


def kind(content: bytes, path: Path) -> Kind:
    """What the content is, whatever the name says: `markup` is a table of a web page or of XML.

    Raises FileError for PDF, RTF, an archive, a zip bomb, a damaged workbook or one with a password.
    """
    if content.startswith(_ZIP):
        _check_zip(path)
        return "workbook"
    if content.startswith(_COMPOUND):
        if _ENCRYPTED in content:
            raise FileError(
                "файл закрыт паролем.", where=path.name, hint="Сохраните его без пароля."
            )
        return "workbook"
    start = content[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(_MIME) and b"multipart/related" in content[:4096].lower():
        return "markup"
    if start.startswith((*_HTML, b"<?xml")) or (start.startswith(b"<!--") and b"<table" in start):
        return "markup"
    if start.startswith(
        (b"%pdf", b"{\\rtf", b"\x1f\x8b", b"7z\xbc\xaf", b"rar!", b"sqlite format")
    ):
        raise FileError(
            "это не таблица: нужен CSV, XLSX, XLS или ODS.",
            where=path.name,
            hint="Выгрузите данные таблицей, архив распакуйте.",
        )
    return "text"


@contextmanager
def open_archive(path: Path) -> Iterator[Path]:
    """The file itself, or, of an archive with one file, that file, for as long as it is needed.

    Raises FileError for an archive of several files, one with a password, a bomb.
    """
    with path.open("rb") as stream:
        is_zip = stream.read(len(_ZIP)) == _ZIP
    if not is_zip:
        yield path
        return
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [p for p in archive.infolist() if not p.is_dir()]
            inside = [
                p for p in parts
                if not p.filename.startswith("__MACOSX/") and Path(p.filename).name[:1] != "."
            ]  # fmt: skip
            if len(inside) != 1 or any(p.filename in _WORKBOOK_PARTS for p in parts):
                yield path
                return
            _check_size(parts, path)
            if inside[0].flag_bits & 1:
                raise FileError("архив закрыт паролем.", where=path.name, hint="Распакуйте его.")
            with TemporaryDirectory() as folder:
                out = Path(folder) / (Path(inside[0].filename).name or "export")
                out.write_bytes(archive.read(inside[0]))
                yield out
    except _DAMAGED as error:
        raise FileError(
            "архив повреждён.", where=path.name, hint="Выгрузите его ещё раз."
        ) from error


def _check_zip(path: Path) -> None:
    """Raises FileError where the archive is no workbook, is damaged, or unpacks to too much.

    Every part is unpacked once and thrown away, for a bomb may lie about its size.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if not any(part.filename in _WORKBOOK_PARTS for part in parts):
                raise FileError(
                    f"это архив, а не таблица: файлов в нём {len(parts)}.",
                    where=path.name,
                    hint="Распакуйте его и укажите таблицу; архив с одним файлом читается сам.",
                )
            _check_size(parts, path)
            for part in parts:
                with archive.open(part) as stream:
                    while stream.read(MEGABYTE):
                        pass
    except _DAMAGED as error:
        raise FileError(
            "файл повреждён: таблица не открывается.",
            where=path.name,
            hint="Выгрузите его ещё раз.",
        ) from error


def _check_size(parts: list[zipfile.ZipInfo], path: Path) -> None:
    packed = sum(part.compress_size for part in parts)
    unpacked = sum(part.file_size for part in parts)
    bomb = unpacked > SMALL_ENOUGH and unpacked > MOST_PACKED * packed
    if unpacked > LARGEST_UNPACKED or bomb:
        raise FileError(
            f"файл распаковывается в {unpacked // MEGABYTE} МБ: похоже на zip-бомбу.",
            where=path.name,
            hint="Если файл настоящий, сохраните его как CSV.",
        )
