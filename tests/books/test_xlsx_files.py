"""Workbooks on a disk: people's changes stay, and no accident leaves half of a file."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import threading
import time
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sheets_sync.books.book import OtherClinicError, Stamp
from sheets_sync.books.xlsx.book import XlsxBook
from sheets_sync.errors import BookError
from tests.books import report_book
from tests.books.xlsx_files import (
    FEW,
    REPORT,
    STAMP,
    edit,
    load,
    parts,
    row_of,
    write,
    write_for_ever,
)
from tests.forks import PROCESSES, start

ROOT = Path(__file__).parents[2]
#: Its books are made of invented frames, which do not agree with one another.
EDITS_BOOKS = True


def test_a_renamed_tab_keeps_its_name_and_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = load(path)
    book["Расходы"].title = "Расходы 2026"
    book["Расходы 2026"]["C2"] = "2ГИС"
    book.save(path)
    again = XlsxBook(path)
    typed = again.read()
    assert typed.grids["costs"][0][2] == "2ГИС"
    again.write(report_book.tables(typed, tabs=FEW), STAMP)
    assert "Расходы" not in load(path).sheetnames
    assert load(path)["Расходы 2026"]["C2"].value == "2ГИС"


def test_columns_added_to_an_input_tab_stay(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = load(path)
    book["Расходы"]["C2"] = "2ГИС"
    book["Расходы"]["O1"], book["Расходы"]["O3"] = "Договор", date(2026, 5, 1)
    book.save(path)
    for _ in range(2):
        write(path)
        sheet = load(path)["Расходы"]
        assert next(c.value for c in sheet["N"]) == "Договор"
        assert sheet["N3"].value == datetime(2026, 5, 1)
        assert sheet["C2"].value == "2ГИС"


def test_a_workbook_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "theirs.xlsx"
    theirs = openpyxl.Workbook()
    theirs.active.title = "Расходы"
    theirs.active["A1"] = "аренда"
    theirs.save(path)
    before = path.read_bytes()
    with pytest.raises(BookError, match=r"вкладка «Расходы».*заполняет её не этот сервис"):
        XlsxBook(path).read()
    assert path.read_bytes() == before


#: How a book of Excel before 2007 begins.
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4000)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 broken", b"not a workbook", b"\xd0\xcf\x11\xe0" * 300, OLD_EXCEL],
)
def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(content)
    book = XlsxBook(path)
    with pytest.raises(BookError, match="переименуйте его"):
        book.read()
    with pytest.raises(BookError):
        book.write(report_book.tables(tabs=FEW), STAMP)
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_file_that_the_disk_does_not_give_is_no_matter_of_a_password() -> None:
    with pytest.raises(BookError) as caught:
        XlsxBook(Path("/proc/self/mem")).read()
    assert "права на файл" in caught.value.hint
    assert not caught.value.permanent


@pytest.mark.parametrize("mark", ["~$report.xlsx", ".~lock.report.xlsx#"])
def test_a_file_that_is_open_in_a_program_waits(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    before = path.read_bytes()
    (tmp_path / mark).touch()
    book = XlsxBook(path)
    with pytest.raises(BookError, match="Закройте его") as refused:
        book.read()
    assert not refused.value.permanent
    (tmp_path / mark).unlink()
    typed = book.read()
    (tmp_path / mark).touch()
    with pytest.raises(BookError, match="открыт"):
        book.write(report_book.tables(typed, tabs=FEW), STAMP)
    assert path.read_bytes() == before


def test_a_file_saved_during_the_run_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = XlsxBook(path)
    typed = book.read()
    edited = load(path)
    edited["Расходы"]["C2"] = "2ГИС"
    edited.save(path)
    before = path.read_bytes()
    with pytest.raises(BookError, match="сохранили, пока шло обновление"):
        book.write(report_book.tables(typed, tabs=FEW), STAMP)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file, not a folder")
    book = XlsxBook(tmp_path / "folder" / "report.xlsx")
    with pytest.raises(BookError, match="не могу записать файл"):
        book.write(report_book.tables(tabs=FEW), STAMP)


def test_drafts_of_killed_writers_are_swept_and_living_ones_left(tmp_path: Path) -> None:
    dead, living = tmp_path / ".report.xlsx.0a.tmp", tmp_path / ".report.xlsx.0b.tmp"
    dead.touch()
    with living.open("xb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write(tmp_path / "report.xlsx")
        assert {file.name for file in tmp_path.iterdir()} == {"report.xlsx", living.name}
    write(tmp_path / "report.xlsx")
    assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_book_knows_whose_it_is(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    mine = XlsxBook(path, "Клиника", "first")
    mine.write(report_book.tables(mine.read(), tabs=FEW), STAMP)
    before = path.read_bytes()
    other = XlsxBook(path, "Клиника", "second")
    with pytest.raises(OtherClinicError, match="заполняет клиника first, а не second"):
        other.read()
    assert path.read_bytes() == before
    edited = load(path)
    edited.save(path)
    assert XlsxBook(path, "Клиника", "first").read().present
    other.write(report_book.tables(other.read(take=True), tabs=FEW), STAMP)
    with pytest.raises(OtherClinicError):
        mine.read()


def _stray(path: Path, row: int, column: int) -> None:
    book = load(path)
    sheet = book.create_sheet("Моя")
    sheet["A1"], sheet.cell(row, column).value = "моё", "случайно"
    book.save(path)


def test_a_stray_cell_at_the_edge_is_refused_by_the_name_of_its_tab(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    _stray(path, 4000, 16_384)
    with pytest.raises(BookError, match=r"вкладка «Моя».*растянута до края") as refused:
        XlsxBook(path).read()
    assert "Удалите в ней лишние строки" in refused.value.hint


def test_a_bomb_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/big.xml", b"0" * 2**29)
    with pytest.raises(BookError, match="zip-бомбу"):
        XlsxBook(path).read()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(BookError, match="не файл"):
        XlsxBook(path).read()


def test_an_edit_saved_while_the_new_file_is_made_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    book = XlsxBook(path)
    typed = book.read()
    edited = load(path)
    edited["Расходы"]["C2"] = "2ГИС"
    fill, saved = XlsxBook._fill, []

    def and_she_saves(*given: Any) -> int:
        cells = fill(*given)
        edited.save(path)
        saved.append(path.read_bytes())
        return cells

    monkeypatch.setattr(XlsxBook, "_fill", and_she_saves)
    with pytest.raises(BookError, match="сохранили, пока шло обновление"):
        book.write(report_book.tables(typed, tabs=FEW), STAMP)
    assert path.read_bytes() == saved[0]
    assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


def test_edits_saved_again_and_again_are_never_lost(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    stop, last = threading.Event(), [0]
    mine = load(path)

    def save() -> None:
        while not stop.is_set():
            last[0] += 1
            mine["Расходы"]["C2"] = f"правка {last[0]}"
            mine.save(tmp_path / "hers.xlsx")
            (tmp_path / "hers.xlsx").replace(path)
            time.sleep(0.3)

    hand = threading.Thread(target=save)
    hand.start()
    for _ in range(4):
        book = XlsxBook(path)
        with contextlib.suppress(BookError):
            book.write(report_book.tables(book.read(), tabs=FEW), STAMP)
    stop.set()
    hand.join()
    assert load(path)["Расходы"]["C2"].value == f"правка {last[0]}"


def test_a_full_disk_says_so_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    before = path.read_bytes()
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom tests.books import report_book\n"
        "from tests.books.xlsx_files import FEW, STAMP\n"
        "from sheets_sync.books.xlsx.book import XlsxBook\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "book = XlsxBook(Path(sys.argv[1])); typed = book.read()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))\n"
        "try: book.write(report_book.tables(typed, tabs=FEW), STAMP)\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert "не могу записать файл" in done.stdout
    assert done.stderr == ""
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    write(tmp_path / "new" / "report.xlsx")
    assert (tmp_path / "new" / "report.xlsx").stat().st_mode & 0o600 == 0o600


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.2])
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "report.xlsx"
    write(path)
    channel, width = edit(path)
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    ready = PROCESSES.Event()
    writer = start(write_for_ever, path, ready)
    assert ready.wait(60)
    time.sleep(delay)
    writer.kill()
    writer.join()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    is_old = hashlib.sha256(path.read_bytes()).hexdigest() == old
    assert is_old or "run-2" in parts(path)["docProps/custom.xml"]
    for stamp in ("", "run-3"):
        if stamp:
            write(path, Stamp(stamp, datetime(2026, 7, 1)))
            assert stamp in parts(path)["docProps/custom.xml"]
        sheet = load(path)[REPORT]
        row = row_of(sheet, channel)
        assert sheet.cell(row, width + 1).value == "Света"
        assert sheet.cell(row, 2).comment.text == "перезвонить"
        assert row_of(sheet, "План на июль: 120 лидов") > row_of(sheet, "Итого")
