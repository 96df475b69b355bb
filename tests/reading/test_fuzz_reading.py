"""Broken exports through the reader: rows, quarantine or a clear error, never a crash.

`ROMI_SHEETS_TEST_FILES=20000 pytest tests/reading/test_fuzz_reading.py` breaks more of them.
"""

from __future__ import annotations

import io
import os
import random
import zipfile
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from metrics.schema import ENTITIES
from sheets_sync.errors import SourceError
from sheets_sync.privacy.keys import Keyring
from sheets_sync.privacy.personal import NAMED
from sheets_sync.sources.file import pull
from sheets_sync.sources.file.table import FileTable
from sheets_sync.sources.source import Context, Pulled

EDITS_BOOKS = True
#: Of texts; of workbooks a tenth of it.
FILES = int(os.environ.get("ROMI_SHEETS_TEST_FILES", "300"))
BATCH = 100
KEYRING = Keyring(b"0123456789abcdef0123456789abcdef")
PHONE, EMAIL, NAME = "8 (903) 555-35-35", "masha.testova@example.ru", "Тестова Мария Петровна"
PLANTED = ("555-35-35", "5553535", "masha.testova", "Тестова")

EXPORTS: dict[str, list[list[str]]] = {
    "leads": [
        ["ID заявки", "Дата обращения", "ФИО", "Телефон", "E-mail", "Статус", "Источник", "yclid"],
        ["1", "01.02.2026 10:30", NAME, PHONE, "", "Новая", "Яндекс Директ", "12345678901234567890"],
        ["2", "13.02.2026 9:05", "Пробный В. Г.", "", EMAIL, "Отказ", "2ГИС", ""],
    ],
    "appointments": [
        ["Отчёт по записям", "", "", "", ""],
        ["№ записи", "№ карты", "Телефон", "Дата приёма", "Статус"],
        ["17", "00123", PHONE, "03.02.2026 10:30", "Пришёл"],
        ["18", "00124", "", "03.02.2026 11:00", "Не явился"],
        ["Итого", "", "", "", "2"],
    ],
    "payments": [
        ["Дата оплаты", "Код пациента", "Пациент", "Сумма", "Тип операции", "Статус", "Возврат", "Валюта"],
        ["03.02.2026", "123", NAME, "12 500,00 ₽", "Оплата", "Оплачен", "0", "RUB"],
        ["04.02.2026", "123", NAME, "(1 200,00)", "Возврат", "да", "500", ""],
        ["Итого", "", "", "11 300,00 ₽", "", "", "", ""],
    ],
    "costs": [
        ["Период", "Площадка", "Кампания", "Расход, руб.", "Показы"],
        ["01.02.2026 - 28.02.2026", "2ГИС", "", "15 000", "1 234"],
        ["февраль 2026", "SEO", "", "30000.50", ""],
    ],
    "calls": [
        ["Дата звонка", "Номер звонившего", "Длительность разговора", "Целевой"],
        ["2026-02-01T09:05:00+03:00", PHONE, "00:01:35", "да"],
    ],
    "reviews": [
        ["Дата отзыва", "Площадка", "Автор", "Оценка", "Ответ"],
        ["01.02.2026", "2ГИС", NAME, "5", "Спасибо"],
    ],
    "phrases": [
        ["Дата", "Кампания", "Условие показа", "Тип площадки", "Расход (руб.)"],
        ["01.02.2026", "Имплантация", "имплант цена", "Поиск", "2 000,50"],
    ],
    "touches": [
        ["touch_id", "at", "ym_client_id", "utm_source", "landing_path"],
        ["a", "2026-02-01 10:00:00", "1700000000123456789", "yandex", "https://clinic.ru/x?tel=1"],
    ],
    "traffic": [
        ["date", "traffic_source", "visits", "users"],
        ["2026-02-01", "ad", "10", "9"],
    ],
}  # fmt: skip
CELLS = (
    "", " ", "-", "нет", "1,234", "1e3", "1.03293E+19", "31.02.2026", "02/13/2026", "13/02/2026",
    "46054.378", "99999999999999999999", "=IMPORTXML(1)", "\u200b", "\ufeffx", "−5", "Итого", "0",
    "a;b", 'a"b', "строка\nвторая", PHONE, EMAIL, NAME, "П" * 300, "0000-00-00", "25:61", "\ufffd",
    "12.12.9999", "-1", "Расход, $", "KZT", "Не оплачен", "15:00-15:30", "фев.26", "Feb 3, 2026", "%", "1 февраля 2026 г.", "01.02.2026 - 01.01.2026", "#ДЕЛ/0!", "True", "\x1f", "🦷",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16")
TRICKS = ("cells", "bytes", "cut", "rows", "quotes", "nul", "junk", "twice")


def text_file(rng: random.Random, rows: list[list[str]]) -> bytes:
    delimiter = rng.choice(";,\t|")
    quote = rng.random() < 0.5
    lines = [
        delimiter.join(
            '"' + c.replace('"', '""') + '"' if quote or delimiter in c or "\n" in c else c
            for c in row
        )
        for row in rows
    ]
    if rng.random() < 0.1:
        lines.insert(0, f"sep={delimiter}")
    return rng.choice(("\n", "\r\n", "\r")).join(lines).encode(rng.choice(ENCODINGS), "replace")


def workbook_file(rng: random.Random, rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append([typed(rng, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def typed(rng: random.Random, cell: str) -> object:
    kinds: tuple[object, ...] = (
        cell,
        cell,
        cell,
        5,
        46054.378,
        datetime(2026, 2, 1, 10, 30),
        True,
        None,
        "=1+1",
    )
    value = rng.choice(kinds) if rng.random() < 0.15 else cell
    return "".join(c for c in value if c >= " " or c == "\n") if isinstance(value, str) else value


def page_file(rng: random.Random, rows: list[list[str]]) -> bytes:
    """What web CRMs call Excel; some of its tags are lost."""
    cells = [
        "".join(f"<td>{cell}</td>"[: rng.choice((99, 99, 99, 7))] for cell in row) for row in rows
    ]
    return f"<html><table>{'<tr>'.join(['', *cells])}</table>".encode(
        rng.choice(ENCODINGS[:3]), "replace"
    )


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("export.csv", content)
    return out.getvalue()


def broken(rng: random.Random, entity: str, *, workbook: bool) -> bytes:
    rows = [list(row) for row in EXPORTS[entity]]
    tricks = rng.sample(TRICKS, rng.randint(1, 3))
    if "cells" in tricks:
        for _ in range(rng.randint(1, 6)):
            row = rng.choice(rows)
            row[rng.randrange(len(row))] = rng.choice(CELLS)
    if "rows" in tricks:
        rng.shuffle(rows)
        rng.choice(rows).extend(["лишняя"] * rng.randint(1, 3))
        del rng.choice(rows)[rng.randint(1, 3) :]
    if "twice" in tricks:
        rows += rows
    if workbook and rng.random() < 0.4:
        return repacked(rng, workbook_file(rng, rows))
    kinds = (workbook_file,) if workbook else (text_file,) * 30 + (page_file,)
    content = rng.choice(kinds)(rng, rows)
    if not workbook and rng.random() < 0.03:
        content = zipped(content)
    if "quotes" in tricks:
        content = spoil(rng, content, b'"')
    if "nul" in tricks and rng.random() < 0.5:
        content = spoil(rng, content, b"\0")
    if "junk" in tricks:
        junk = rng.randbytes(rng.randint(1, 40))
        content = spoil(rng, content, junk if rng.random() < 0.3 else junk.hex().encode())
    if "bytes" in tricks:
        at = rng.randrange(len(content))
        content = content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
    if "cut" in tricks:
        content = content[: rng.randrange(len(content))]
    return content


def spoil(rng: random.Random, content: bytes, piece: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + piece + content[at:]


def repacked(rng: random.Random, content: bytes) -> bytes:
    """A sound archive with a spoilt part: what a mere flip of a byte never gets to."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        parts = old.namelist()
        victim = rng.choice(parts)
        for part in parts:
            piece = old.read(part)
            if part == victim:
                piece = spoil(
                    rng, piece, rng.choice((b"<", b'"', b"\0", b"</row>", b"&#x0;", b"9" * 30))
                )
            new.writestr(part, piece)
    return out.getvalue()


def read(folder: Path, content: bytes, entity: str, name: str) -> Pulled | SourceError:
    (folder / name).write_bytes(content)
    source = FileTable(kind="file", entity=entity, path=name)
    day, zone = date(2026, 3, 1), ZoneInfo("Europe/Moscow")
    try:
        (pulled,) = pull(source, Context("clinic", zone, KEYRING, day, day, folder))
    except SourceError as error:
        return error
    return pulled


def assert_sound(result: Pulled | SourceError, entity: str) -> None:
    if isinstance(result, SourceError):
        said = str(result)
        assert result.message
        assert result.hint
    else:
        assert result.frame is not None
        assert list(result.frame.columns) == ENTITIES[entity].names
        if entity != "payments":  # a row of those may hold several: parts, a refund
            assert result.read >= len(result.frame)
        cells = [result.frame[name].tolist() for name in result.frame if name not in NAMED]
        said = f"{result.refused} {result.notes} {result.columns} {cells}"
    assert not [piece for piece in PLANTED if piece in said]


@pytest.mark.parametrize("seed", range(FILES // BATCH))
def test_a_broken_text_file_gives_rows_quarantine_or_a_clear_error(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(BATCH):
        entity = rng.choice(list(EXPORTS))
        content = broken(rng, entity, workbook=False)
        name = f"export.{rng.choice(('csv', 'txt', 'xlsx', 'xls'))}"
        assert_sound(read(tmp_path, content, entity, name), entity)


@pytest.mark.parametrize("seed", range(FILES // BATCH))
def test_a_broken_workbook_gives_rows_quarantine_or_a_clear_error(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(1000 + seed)
    for _ in range(BATCH // 10):
        entity = rng.choice(list(EXPORTS))
        content = broken(rng, entity, workbook=True)
        assert_sound(read(tmp_path, content, entity, "export.xlsx"), entity)
