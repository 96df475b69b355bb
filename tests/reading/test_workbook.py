"""What kind of file an export is, and the sheets and cells of a workbook."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from sheets_sync.errors import FileError
from sheets_sync.reading.container import kind, load, open_archive
from sheets_sync.reading.grid import read_grid
from sheets_sync.reading.workbook import open_workbook


def cells(path: Path, sheet: str | int | None = None) -> list[list[str]]:
    with open_workbook(path, sheet) as found:
        return list(found.rows)


# Containers


@pytest.mark.parametrize(
    ("content", "message"),
    [
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


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf\n<!DOCTYPE html><body>no table</body>",
        b"<?xml version='1.0'?><Workbook>",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><a',
    ],
)
def test_a_page_without_a_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export.xls"
    path.write_bytes(content)
    with (
        pytest.raises(FileError, match="внутри файла веб-страница или XML"),
        open_workbook(path, None, "markup") as _,
    ):
        pass


def test_a_table_of_a_page_is_a_sheet_and_its_spans_are_merges(tmp_path: Path) -> None:
    path = tmp_path / "lead.xls"
    path.write_bytes(
        "<html><meta charset=windows-1251><table><tr><td>меню</table><table border=1><tr><th rowspan=2>Карта"
        "<th colspan=2>Оплата<tr><th>Дата<th>Сумма&nbsp;₽<tr><td rowspan=2>7<td>01.02.2026<td>1&nbsp;000"
        "<br>,50<tr><td>02.02.2026<td>5</table>".replace("₽", "").encode("cp1251")
    )
    assert kind(load(path), path) == "markup"
    with open_workbook(path, None, "markup") as found:
        assert (found.name, found.others) == ("таблица 2", ("таблица 1",))
        assert list(found.rows) == [
            ["Карта", "Оплата", ""],
            ["", "Дата", "Сумма"],
            ["7", "01.02.2026", "1 000 ,50"],
            ["", "02.02.2026", "5"],
        ]
        assert ((2, 0), (3, 0)) in found.merged


def test_spreadsheetml_is_read_with_its_gaps_and_merges(tmp_path: Path) -> None:
    path = tmp_path / "report.xls"
    spaces = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    path.write_text(
        f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook {spaces}>'
        '<Worksheet ss:Name="Отчёт"><Table><Row><Cell ss:MergeDown="1"><Data ss:Type="String">Карта</Data></Cell>'
        '<Cell ss:Index="3"><Data ss:Type="String">Дата</Data></Cell></Row><Row ss:Index="3"><Cell>'
        '<Data ss:Type="Number">7</Data></Cell><Cell ss:Index="3"><Data ss:Type="DateTime">2026-02-01T10:00:00.000'
        "</Data></Cell></Row></Table></Worksheet></Workbook>",
        encoding="utf-8",
    )
    assert kind(load(path), path) == "markup"
    with open_workbook(path, None, "markup") as found:
        assert list(found.rows) == [["Карта", "", "Дата"], [], ["7", "", "2026-02-01T10:00:00"]]
        assert found.merged == (((0, 0), (1, 0)),)


def test_an_archive_of_one_file_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._leads.csv", "x")
        archive.writestr("out/leads.csv", "a;b")
    with open_archive(path) as real:
        assert (real.name, real.read_text()) == ("leads.csv", "a;b")
    assert not real.exists()
    plain = tmp_path / "leads.csv"
    plain.write_text("a;b")
    with open_archive(plain) as real:
        assert real == plain


def test_a_workbook_with_a_password_is_said_to_have_one(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    stream = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600 + stream + b"\0" * 600)
    with pytest.raises(FileError, match="закрыт паролем"):
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


def test_a_cell_of_a_million_characters_is_refused_and_not_cut(tmp_path: Path) -> None:
    """Excel itself writes no more than 32 767."""
    path = tmp_path / "export.xlsx"
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Лиды")
    sheet.append(["ID", "Комментарий"])
    sheet.append([1, "я"])
    sheet.append([2, "placeholder"])
    for number in range(3, 3000):
        sheet.append([number, "я" * 100])
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"placeholder", b"y" * 1_000_001))
    with pytest.raises(FileError, match="в строке 3 ячейка длиннее 131 072 знаков"):
        cells(path)
