"""Exports as a source: which files are read, how often, and what is told of them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from sheets_sync.errors import FileError, SourceError
from sheets_sync.sources import SOURCES
from sheets_sync.sources.file import pull
from sheets_sync.store import OfSource, Store
from tests.reading.exports import pulled, rows, write

NAME = "file:*.csv"


def test_the_file_source_is_registered() -> None:
    assert SOURCES["file"].pull is pull


def test_nothing_is_read_again_while_nothing_changed(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n")
    first = pulled(tmp_path, "leads")
    known = {"fingerprint": first.fingerprint}
    again = pulled(tmp_path, "leads", known=known)
    assert (again.frame, again.fingerprint) == (None, first.fingerprint)
    assert pulled(tmp_path, "leads", known=known | {"full": True}).frame is not None
    assert pulled(tmp_path, "leads", known=known, date_format="дмг").frame is not None
    write(tmp_path, "Дата\n02.02.2026\n")
    assert pulled(tmp_path, "leads", known=known).frame is not None


def test_a_file_that_was_saved_anew_is_not_read_again_and_its_bytes_are_known_then(
    tmp_path: Path, store: Store
) -> None:
    def again(text: str, *, full: bool = False, **source: object) -> bool:
        """Whether the rows were read."""
        write(tmp_path, text)
        states = store.sources.states("clinic")
        known: dict[str, object] = {"full": full, "stored": OfSource(store.rows, "clinic", NAME)}
        for state in states:
            known |= {"state": state.state, "fingerprint": state.fingerprint}
        one = pulled(tmp_path, "leads", known=known, **source)
        store.rows.merge("clinic", NAME, [one], datetime(2026, 3, 1, tzinfo=UTC))
        (state,) = store.sources.states("clinic")
        assert (state.fingerprint, state.read, state.rows) == (one.fingerprint, 1, 1)
        return one.frame is not None

    rows = "Номер;Дата;Статус\n7;01.02.2026;новый\n"
    assert again(f"Сформирован 01.02.2026 10:00\n{rows}")
    assert not again(f"Сформирован 01.02.2026 11:00\n{rows}")
    assert not again(f'"Сформирован 02.02.2026"\n{rows}')
    assert again(f'"Сформирован 02.02.2026"\n{rows}', full=True)
    assert again(f"Сформирован 02.02.2026 11:00\n{rows}", date_format="дмг")
    assert again(f"Сформирован 03.02.2026\n{rows}".replace("новый", "отказ"), date_format="дмг")
    (status,) = store.rows.read("clinic", "leads")["status"]
    assert status == "lost"


def test_a_copy_of_a_file_is_read_once(tmp_path: Path) -> None:
    for name in ("a.csv", "a (1).csv"):
        write(tmp_path, "Дата;Телефон\n01.02.2026;+79001112231\n", name)
    found = pulled(tmp_path, "leads")
    assert found.read == 1
    assert found.notes == (
        "Файл «a.csv» – копия «a (1).csv»: прочитан один раз.",
        "Файл «a (1).csv»: понято: «Дата» – created_at (95\xa0%), «Телефон» – phone (95\xa0%).",
    )


def test_what_an_office_program_leaves_beside_an_open_file_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n")
    for name in ("~$export.csv", ".~lock.export.csv#", ".hidden.csv"):
        write(tmp_path, "junk", name)
    assert pulled(tmp_path, "leads", "*").read == 1


def test_no_file_is_an_error_that_may_pass(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="нет такого файла") as caught:
        pulled(tmp_path, "leads", "нет*.csv")
    assert not caught.value.permanent
    assert caught.value.where == "нет*.csv"


def test_one_unreadable_file_is_an_error_of_the_source(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n", "a.csv")
    write(tmp_path, "<html>", "b.csv")
    with pytest.raises(FileError, match=r"b\.csv: внутри файла веб-страница или XML"):
        pulled(tmp_path, "leads")


def test_progress_is_told(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n")
    told: list[tuple[str, float]] = []
    pulled(tmp_path, "leads", known={"progress": lambda text, share: told.append((text, share))})
    assert told == [("Читаю export.csv", 0.0), ("Разбираю строки", 0.5)]


def test_the_sheet_that_has_the_columns_is_found_in_a_book(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "book.xlsx", engine="xlsxwriter") as book:
        pd.DataFrame({"Как читать": ["так"]}).to_excel(book, sheet_name="О файле", index=False)
        pd.DataFrame({"Дата": [datetime(2026, 2, 1)], "Источник": ["2ГИС"]}).to_excel(
            book, sheet_name="Лиды", index=False
        )
    found = pulled(tmp_path, "leads", "book.xlsx")
    assert rows(found, "created_at", "source_raw") == [
        (datetime(2026, 1, 31, 19, tzinfo=UTC), "2ГИС")
    ]
    assert (
        "В книге «book.xlsx» прочитан лист «Лиды»; не прочитаны «О файле». Нужный лист называет настройка sheet."
        in found.notes
    )
    with pytest.raises(FileError, match="не нашёл"):
        pulled(tmp_path, "leads", "book.xlsx", sheet="О файле")


@pytest.mark.parametrize("path", ["exports/leads.csv", "exports/*.csv", "**/*.csv"])
def test_a_link_out_of_the_folder_is_refused_and_one_within_is_read(
    tmp_path: Path, path: str
) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    for folder in (ours / "exports", other):
        folder.mkdir(parents=True)
    write(other, "Дата\n01.02.2026\n", "leads.csv")
    (ours / "exports/leads.csv").symlink_to(other / "leads.csv")
    with pytest.raises(SourceError, match="ссылка на файл вне папки"):
        pulled(ours, "leads", path)
    (ours / "exports/leads.csv").unlink()
    write(ours / "exports", "Дата\n01.02.2026\n", "november.txt")
    (ours / "exports/leads.csv").symlink_to(ours / "exports/november.txt")
    assert pulled(ours, "leads", path).read == 1
    assert pulled(ours, "leads", "../other/*.csv").read == 1, "the administrator wrote it so"
    (ours / "exports/leads.csv").unlink()
    (ours / "exports/leads.csv").hardlink_to(ours / "exports/november.txt")
    assert pulled(ours, "leads", path).read == 1
    (ours / "exports/leads.csv").unlink()
    (ours / "exports/leads.csv").hardlink_to(other / "leads.csv")
    with pytest.raises(SourceError, match="ссылка на файл вне папки"):
        pulled(ours, "leads", path)
    assert pulled(ours, "leads", "../other/*.csv").read == 1


def test_a_name_that_is_no_text_is_refused_with_the_name_it_was_meant_to_have(
    tmp_path: Path,
) -> None:
    write(tmp_path, "Дата\n01.02.2026\n", "leads.csv")
    (tmp_path / "leads.csv").rename(tmp_path / os.fsdecode("leads_май.csv".encode("cp1251")))
    with pytest.raises(SourceError, match="не в UTF-8") as caught:
        pulled(tmp_path, "leads", "*.csv")
    assert caught.value.where == "leads_май.csv"


def test_a_folder_that_became_a_link_is_refused(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    ours.mkdir()
    other.mkdir()
    write(other, "Дата\n01.02.2026\n", "leads.csv")
    (ours / "exports").symlink_to(other)
    with pytest.raises(SourceError, match="ссылка на файл вне папки"):
        pulled(ours, "leads", "exports/*.csv")
