"""From bytes to a grid: what a file is, its encoding, delimiter, sheet, header and totals."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.reading.container import kind, load
from sheets_sync.reading.decoding import encoding
from sheets_sync.reading.delimited import open_text
from sheets_sync.reading.grid import Grid, read_grid
from sheets_sync.reading.headers import NEEDED, aliases, canonical, find_header
from sheets_sync.reading.sheet import Sheet
from sheets_sync.reading.workbook import open_workbook

RUSSIAN = "Дата обращения;Источник\n01.02.2026;Яндекс Директ\n02.02.2026;Рекомендация знакомых\n"


def rows(content: bytes, given: str = "") -> list[list[str]]:
    return list(open_text(content, given, "export.csv").rows)


def grid(
    *lines: list[str], entity: str = "leads", columns: dict[str, str] | None = None, **sheet: object
) -> Grid:
    return read_grid(Sheet(iter(lines), **sheet), entity, columns or {}, "export.csv")  # type: ignore[arg-type]


def cells(path: Path, sheet: str | int | None = None) -> list[list[str]]:
    with open_workbook(path, sheet) as found:
        return list(found.rows)


# Encodings


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16"])
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
    assert "encoding = " in caught.value.hint


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
    ("content", "message"),
    [
        ('a;b\n1;"x\n2;y\n', "в записи со строки 2 не закрыта или лишняя кавычка"),
        ('a;b\n1;"x"y\n', "в записи со строки 2 не закрыта или лишняя кавычка"),
        ('a;b\n1;"x\n' + "2;y\n" * 200 + '"', "запись со строки 2 тянется больше 100 строк"),
        ("a;b\n1;" + "я" * 1_000_000, "в записи со строки 2 ячейка длиннее 131 072 знаков"),
    ],
)
def test_a_runaway_quote_or_cell_is_refused_with_its_line(content: str, message: str) -> None:
    with pytest.raises(FileError, match=message):
        rows(content.encode())


# Containers


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html><table><tr><td>1", "внутри файла веб-страница"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>", "внутри файла веб-страница"),
        (b"<?xml version='1.0'?><Workbook>", "внутри файла веб-страница или XML"),
        (b"%PDF-1.7", "это не таблица"),
        (b"PK\x03\x04 and then nothing", "файл повреждён"),
    ],
)
def test_what_is_no_table_is_refused_whatever_its_name(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "export.xls"
    path.write_bytes(content)
    with pytest.raises(FileError, match=message):
        kind(load(path), path)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export.csv", "a;b")
    with pytest.raises(FileError, match="это архив"):
        kind(load(path), path)


@pytest.mark.parametrize("content", [b"", b" \r\n"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(FileError, match="файл пуст"):
        load(path)


# Workbooks


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A hidden sheet, one that begins at B3 under merged cells, and one more."""
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet("Скрытый").hide()
        sheet = workbook.add_worksheet("Записи")
        sheet.activate()
        sheet.merge_range("B3:D3", "Пациент")
        day = workbook.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet.write_row(3, 1, [79161234567, 12.125, 1.03293e19, "00123"])
        sheet.write_datetime(4, 1, datetime(2026, 2, 1, 10, 30), day)
        sheet.write_datetime(4, 2, time(9, 5), workbook.add_format({"num_format": "hh:mm"}))
        sheet.write_boolean(4, 3, True)
        workbook.add_worksheet("Итоги").write(0, 0, "x")
    return path


def test_typed_cells_become_texts_that_are_read_back_without_doubt(book: Path) -> None:
    assert cells(book) == [
        ["", "", "", "", ""],
        ["", "", "", "", ""],
        ["", "Пациент", "", "", ""],
        ["", "79161234567", "12.1250", "1.032930E+19", "00123"],
        ["", "2026-02-01 10:30:00", "09:05:00", "1", ""],
    ]


def test_a_sheet_is_chosen_by_name_or_number(book: Path) -> None:
    with open_workbook(book, None) as sheet:
        assert (sheet.name, sheet.others) == ("Записи", ("Итоги",))
        assert sheet.merged == (((2, 1), (2, 3)),)
    assert cells(book, "итоги") == cells(book, 3) == [["x"]]
    with pytest.raises(FileError, match="нет листа «Лист9»; видимые листы: «Записи», «Итоги»"):
        cells(book, "Лист9")


def test_a_formula_without_a_value_in_a_needed_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "formulas.xlsx"
    workbook = openpyxl.Workbook()
    for row in (
        ["Дата", "Площадка", "Расход", "Проверка"],
        ["01.02.2026", "2ГИС", 5, "=C2"],
        ["Итого", "", "=SUM(C2)", ""],
    ):
        workbook.active.append(row)
    workbook.save(path)
    with open_workbook(path, None) as sheet:
        assert read_grid(sheet, "costs", {}, path.name).columns["cost"].to_pylist() == ["5"]
    workbook.active["C2"] = "=2+3"
    workbook.save(path)
    with (
        open_workbook(path, None) as sheet,
        pytest.raises(
            FileError, match="строка 2, столбец «Расход»: формула без вычисленного значения"
        ),
    ):
        read_grid(sheet, "costs", {}, path.name)


ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="Лист1"><table:table-row>
<table:table-cell office:value-type="string"><text:p>Дата</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>Расход</text:p></table:table-cell>
</table:table-row><table:table-row>
<table:table-cell office:value-type="date" office:date-value="2026-02-01"><text:p>01.02.26</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="12.5"><text:p>12,5</text:p></table:table-cell>
</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>""".replace(
    "\n", ""
)


def test_an_ods_is_read_like_the_others(tmp_path: Path) -> None:
    path = tmp_path / "export.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    assert kind(load(path), path) == "workbook"
    assert cells(path) == [["Дата", "Расход"], ["2026-02-01", "12.5"]]


def test_a_damaged_workbook_is_said_to_be_damaged(tmp_path: Path, book: Path) -> None:
    path = tmp_path / "old.xls"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)
    with pytest.raises(FileError, match="файл повреждён"):
        cells(path)
    content = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.namelist():
            new.writestr(part, b"<nothing" if part == "xl/workbook.xml" else old.read(part))
    path.write_bytes(content.getvalue())
    with pytest.raises(FileError, match="файл повреждён"):
        cells(path)


# Headers


def test_aliases_name_known_columns_and_every_needed_column_has_some() -> None:
    for entity in ENTITIES:
        assert set(aliases(entity)) == set(canonical(entity))
        for group in NEEDED[entity]:
            assert any(len(aliases(entity)[name]) > 1 for name in group)


def test_the_header_is_found_under_titles_and_its_columns_by_aliases() -> None:
    found = grid(
        ["Отчёт по записям", "", "", "", ""],
        ["Период: 01.02.2026 - 28.02.2026"],
        ["№  карты", "Пациент", "Tелефон", "Дата\nприёма", "СТАТУС записи"],
        ["00123", "Тестова А. Б.", "8 900 000-00-01", "03.02.2026 10:30", "Пришёл"],
        entity="appointments",
    )
    assert found.header.row == 2
    assert found.header.meanings == {
        "№ карты": "patient_id",
        "Пациент": "",
        "Tелефон": "phone",
        "Дата приёма": "starts_at",
        "СТАТУС записи": "status",
    }
    assert found.rows.tolist() == [4]
    assert {n: c.to_pylist() for n, c in found.columns.items()} == {
        "patient_id": ["00123"],
        "phone": ["8 900 000-00-01"],
        "starts_at": ["03.02.2026 10:30"],
        "status": ["Пришёл"],
    }


def test_a_header_of_two_rows_is_read_through_its_merged_cells() -> None:
    found = grid(
        ["№ карты", "Приём", "", "Оплата", ""],
        ["", "Дата", "Врач", "Дата", "Сумма"],
        ["1", "01.02.2026", "Орлов", "02.02.2026", "500"],
        entity="payments",
        columns={"paid_at": "Оплата / Дата"},
        merged=(((0, 1), (0, 2)), ((0, 3), (0, 4))),
    )
    assert found.header.names == (
        "№ карты",
        "Приём / Дата",
        "Приём / Врач",
        "Оплата / Дата",
        "Оплата / Сумма",
    )
    assert found.columns["paid_at"].to_pylist() == ["02.02.2026"]
    assert found.columns["amount"].to_pylist() == ["500"]
    assert found.columns["doctor"].to_pylist() == ["Орлов"]


def test_of_two_headers_for_one_column_the_surer_is_taken_and_it_is_said() -> None:
    found = grid(
        ["Дата", "Код пациента", "Сумма", "Оплачено", "Оплачено"], ["1"], entity="payments"
    )
    assert found.header.columns["amount"] == (3,)
    assert found.header.doubled == (("Оплачено", "Оплачено (2)"), ("Оплачено", "Сумма"))


def test_units_and_numbers_in_a_header_do_not_hide_it() -> None:
    found = grid(
        ["Дата", "Площадка", "Расход, руб. (с НДС)", "Показы"],
        ["01.02.2026", "2ГИС", "5", "1"],
        entity="costs",
    )
    assert found.columns["cost"].to_pylist() == ["5"]
    phones = grid(["Дата", "Телефон 1", "Телефон 2"], ["01.02.2026", "a", "b"])
    assert (phones.columns["phone"].to_pylist(), phones.columns["phone:1"].to_pylist()) == (
        ["a"],
        ["b"],
    )


def test_the_clinics_file_stands_above_the_aliases() -> None:
    columns = {"created_at": "Когда", "source_raw": "", "service": "=имплантация"}
    found = grid(
        ["Дата", "Когда", "Источник"], ["01.02.2026", "02.02.2026", "2ГИС"], columns=columns
    )
    assert {n: c.to_pylist() for n, c in found.columns.items()} == {"created_at": ["02.02.2026"]}
    assert found.header.constants == {"service": "имплантация"}


def test_a_missing_column_is_told_with_what_was_found_and_what_to_write() -> None:
    with pytest.raises(FileError) as caught:
        grid(["Номер чека", "Код пациента", "Итог, тыс. руб."], ["1", "2", "3"], entity="payments")
    assert caught.value.where == "export.csv"
    assert "не нашёл столбец paid_at" in caught.value.message
    assert "«Номер чека», «Код пациента», «Итог, тыс. руб.»" in caught.value.message
    assert "«дата оплаты»" in caught.value.hint
    assert '[source.columns] paid_at = "название столбца"' in caught.value.hint


def test_a_file_without_a_header_shows_none_of_its_cells() -> None:
    with pytest.raises(FileError, match="не нашёл строку с названиями столбцов") as caught:
        grid(["Тестова Мария", "8 900 000-00-01"], ["Пробный", "8 900 000-00-02"])
    assert "Тестова" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"created": "Дата"}, "неизвестный столбец created"),
        ({"created_at": "Когда"}, "нет столбца «Когда»"),
    ],
)
def test_a_wrong_column_map_is_an_error(columns: dict[str, str], message: str) -> None:
    with pytest.raises(FileError, match=message):
        find_header([["Дата", "Источник"]], (), "leads", columns, "export.csv")


# Rows


def test_totals_groups_blanks_and_repeated_headers_are_left_out_and_counted() -> None:
    found = grid(
        ["Номер платежа", "Дата оплаты", "Код пациента", "Сумма"],
        ["Орлов П. С.", "", "", ""],
        ["1", "01.02.2026", "7", "500,00"],
        ["Итого по врачу: 1", "", "", "500,00"],
        [],
        ["Номер платежа", "Дата оплаты", "Код пациента", "Сумма"],
        ["2", "02.02.2026", "8", "700,00"],
        ["", "ВСЕГО:", "", "1 200,00"],
        ["", " ", "", ""],
        entity="payments",
    )
    assert found.rows.tolist() == [3, 7]
    assert found.totals == {
        4: {"payment_id": "Итого по врачу: 1", "paid_at": "", "patient_id": "", "amount": "500,00"},
        8: {"payment_id": "", "paid_at": "ВСЕГО:", "patient_id": "", "amount": "1 200,00"},
    }
    assert (found.groups, found.repeats) == (1, 1)


def test_a_row_of_data_that_begins_with_a_word_of_totals_is_data() -> None:
    found = grid(
        ["Услуга", "Номер платежа", "Дата оплаты", "Код пациента", "Сумма"],
        ["Всего на 4 имплантах", "1", "01.02.2026", "7", "500"],
        entity="payments",
    )
    assert (len(found.rows), found.totals) == (1, {})


def test_short_rows_are_filled_and_long_ones_are_not_cut() -> None:
    found = grid(
        ["Дата", "Источник"],
        ["01.02.2026"],
        ["02.02.2026", "2ГИС", "", ""],
        ["03.02.2026", "a", "b"],
    )
    assert found.rows.tolist() == [2, 3]
    assert found.wide == [4]


def test_invisible_characters_spaces_and_empty_words_are_cleaned() -> None:
    found = grid(
        ["Дата", "Источник"],
        ["\ufeff01.02.2026\u00a010:30 ", "Яндекс\n Директ"],
        ["x", "<не указано>"],
        ["y", " — "],
    )
    assert found.columns["created_at"].to_pylist() == ["01.02.2026 10:30", "x", "y"]
    assert found.columns["source_raw"].to_pylist() == ["Яндекс Директ", "", ""]
