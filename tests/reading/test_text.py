"""From bytes to rows of text: what encoding and what delimiter a file has."""

from __future__ import annotations

import pytest

from sheets_sync.errors import FileError
from sheets_sync.reading.decoding import encoding
from sheets_sync.reading.delimited import open_text

RUSSIAN = "Дата обращения;Источник\n01.02.2026;Яндекс Директ\n02.02.2026;Рекомендация знакомых\n"


def rows(content: bytes, given: str = "") -> list[list[str]]:
    return list(open_text(content, given, "export.csv").rows)


# Encodings


@pytest.mark.parametrize(
    "codec",
    [
        "utf-8",
        "utf-8-sig",
        "cp1251",
        "koi8-r",
        "cp866",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "mac-cyrillic",
    ],
)
@pytest.mark.parametrize(
    "text", [RUSSIAN, RUSSIAN.upper(), "utm;src\nяндекс;1", "id;имя", "ФИО\nЕлкин", "Дата;Расход"]
)
def test_every_russian_encoding_is_recognised(codec: str, text: str) -> None:
    content = text.encode(codec)
    name, errors = encoding(content, "", "f")
    assert content.decode(name, errors) == text


def test_a_file_of_two_encodings_is_refused_with_the_line() -> None:
    content = RUSSIAN.encode() + "Рекомендация".encode("cp1251")
    with pytest.raises(FileError, match="в строке 4 файл в UTF-8 сменяется другой кодировкой"):
        encoding(content, "", "f")


@pytest.mark.parametrize(
    ("content", "given", "message"),
    [
        (b"a;b\n1;\0\n", "", "в строке 2 нулевой байт"),
        (b"\xff\xfea\0\0\0", "", "нулевые символы"),
        (bytes(range(128, 256)) * 3, "", "не понимаю кодировку"),
        (RUSSIAN.encode("cp1251"), "utf-8", "строка 1 не читается в кодировке utf-8"),
        (b"a", "utf-9", "нет такой кодировки: utf-9"),
    ],
)
def test_what_cannot_be_decoded_is_asked_about(content: bytes, given: str, message: str) -> None:
    with pytest.raises(FileError, match=message) as caught:
        encoding(content, given, "f.csv")
    assert caught.value.where == "f.csv"
    assert "encoding = " in caught.value.hint or "XLSX" in caught.value.hint


def test_a_letter_cut_by_the_edge_of_a_block_is_no_error() -> None:
    content = b"x" + "ф".encode() * 2**20
    assert encoding(content, "", "f") == ("utf-8", "strict")
    with pytest.raises(FileError, match="в строке 2"):
        encoding(content + b"\n\xd1", "", "f")


# Delimiters


@pytest.mark.parametrize("delimiter", ";,\t|")
def test_the_delimiter_is_the_one_that_cuts_rows_alike(delimiter: str) -> None:
    text = "\n".join(
        delimiter.join(row) for row in (["Отчёт"], ["Дата", "Сумма"], ["1", '"5,0;0|0"'])
    )
    assert rows(text.encode()) == [["Отчёт"], ["Дата", "Сумма"], ["1", "5,0;0|0"]]


def test_a_declared_delimiter_stands_and_its_line_is_empty() -> None:
    assert rows(b"sep=;\na,b;c\n") == [[], ["a,b", "c"]]
    assert rows(b"sep=\t\r\na;b\tc\r\n") == [[], ["a;b", "c"]]


def test_a_decimal_comma_is_no_delimiter() -> None:
    assert rows(b"a;b\n1,5;2,5\n1,5;2,5\n") == [["a", "b"], ["1,5", "2,5"], ["1,5", "2,5"]]


def test_line_breaks_and_doubled_quotes_inside_a_cell_are_text() -> None:
    assert rows('a;b\n"ООО ""Клиника""";"две\nстроки"\n'.encode()) == [
        ["a", "b"],
        ['ООО "Клиника"', "две\nстроки"],
    ]


@pytest.mark.parametrize(
    ("content", "lost"),
    [
        ('a;b\n1;"x\n2;y\n', ["1", '"x']),
        ('a;b\n1;"x"y\n2;y\n', ["1", "xy"]),
        ('a;b\n"1;x\n2;y\n', ['"1', "x"]),
        ('a;b\n1;"x\n' + "2;y\n" * 200 + '3;"', ["1", '"x']),
    ],
)
def test_a_stray_quote_costs_one_row(content: str, lost: list[str]) -> None:
    found = rows(content.encode())
    assert found[:3] == [["a", "b"], lost, ["2", "y"]]
    assert all(len(row) == 2 for row in found)


def test_quotes_that_are_no_slip_are_refused() -> None:
    with pytest.raises(FileError, match="больше чем в 500 строках"):
        rows(b"a;b\n" + b'1;"x"y\n' * 600)


def test_a_runaway_cell_is_refused_with_its_line() -> None:
    content = "a;b\n1;" + "я" * 1_000_000
    with pytest.raises(FileError, match="в записи со строки 2 ячейка длиннее 131 072 знаков"):
        rows(content.encode())
