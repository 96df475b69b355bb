"""Local files: for their owner alone, in nobody's place, without rows that tell of a person."""

from __future__ import annotations

import stat
from pathlib import Path

import pandas as pd
import pytest

from sheets_sync.errors import ConfigError
from sheets_sync.lists.local_file import must_be_free, without_people, write


def test_a_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write(path, b"1\n", force=False)
    assert path.read_bytes() == b"1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["list.csv"]


def test_an_existing_file_stays_unless_it_is_given_away(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("old")
    path.chmod(0o644)
    for put in (must_be_free, lambda p, force: write(p, b"new", force=force)):
        with pytest.raises(ConfigError, match="--force"):
            put(path, force=False)
    assert path.read_text() == "old"
    write(path, b"new", force=True)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_that_leads_nowhere_is_somebodys_place_too(tmp_path: Path) -> None:
    (tmp_path / "list.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="уже есть"):
        write(tmp_path / "list.csv", b"new", force=False)


def test_a_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="папка"):
        must_be_free(tmp_path, force=True)
    with pytest.raises(ConfigError, match="нет"):
        must_be_free(tmp_path / "nowhere" / "list.csv", force=False)


@pytest.mark.parametrize(
    ("title", "cell", "stays"),
    [
        ("Врач", "Иванов Иван Иванович", True),
        ("Врач", "Иванов, +7 916 222-33-44", False),
        ("Карта", "9162223344", True),
        ("Карта", "Скворцова Ульяна Тимофеевна", False),
        ("Карта", "ulyana.s@example.com", False),
        ("Карта", "9162223344 ulyana.s@example.com", False),
        ("Группа", "имплантация", True),
        ("Группа", "для Скворцовой Ульяны Тимофеевны", False),
        ("Филиал", "звонить 8 916 222-33-44", False),
    ],
)
def test_rows_that_tell_of_a_person_are_left_out(title: str, cell: str, *, stays: bool) -> None:
    rows, left_out = without_people(pd.DataFrame({title: [cell, "1"], "Срок": [1.5, None]}))
    assert (len(rows), left_out) == ((2, 0) if stays else (1, 1))
