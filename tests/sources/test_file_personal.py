"""Exports in which people stand where nobody should: nothing of them comes through the reader."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from sheets_sync.privacy.personal import LONGEST
from sheets_sync.privacy.readable import readable
from tests.privacy.test_personal import EMAILS, NAMES, PHONES, PRIVATE
from tests.reading.exports import pulled, write

COLUMNS = ("source_raw", "service", "direction", "branch", "utm_content", "utm_term")
HEADER = ";".join(("lead_id", "created_at", "status", *COLUMNS))


def test_no_planted_person_is_kept_in_any_column_or_id(tmp_path: Path) -> None:
    people = [*PHONES, *EMAILS, *NAMES, *PRIVATE]
    others = [f"сайт {number}" for number in range(len(people))]  # no column is one of people
    lines = [
        f"{number};2026-02-01;новый;" + ";".join([_quoted(text)] * len(COLUMNS))
        for number, text in enumerate([*people, *others])
    ]
    lines += [f"{_quoted(person)};2026-02-01;новый;;;;;;" for person in people]
    write(tmp_path, "\n".join([HEADER, *lines, ""]))
    found = pulled(tmp_path, "leads")
    for column in COLUMNS:
        kept = set(found.frame[column])
        assert set(others) <= kept
        left = set(people) & kept
        if column.startswith("utm_"):  # digits in a row and documents: as was chosen
            left -= {person for person in people if re.fullmatch(r"[\d\s]+", readable(person))}
            left -= set(PRIVATE)
        assert left == set(), column
    assert set(people) & set(found.frame["lead_id"]) == set()
    assert len(found.frame) == len(people) * 2 + len(others)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def test_a_surname_alone_is_no_id_and_in_no_title(tmp_path: Path) -> None:
    write(
        tmp_path,
        "lead_id;created_at;status\nkozlova;2026-02-01;новый\nКозлова-1;2026-02-01;новый\nA-17;2026-02-30;новый\n",
        name="leads козлова.csv",
    )
    got = pulled(tmp_path, "leads")
    assert all(re.fullmatch("[0-9a-f]{32}", row) for row in got.frame["lead_id"])
    assert not re.search("козлов|kozlov", f"{got.notes} {got.refused} {got.state}", re.IGNORECASE)


def test_a_word_that_a_row_must_have_is_pared_or_the_row_refused(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Площадка;Расход\n2026-02-01;Авито 8 916 555-01-01;100\n2026-02-02;plan17@mail.ru;200\n2026-02-03;;300\n",
        name="costs.csv",
    )
    got = pulled(tmp_path, "costs")
    assert list(got.frame["platform"]) == ["Авито", "[e-mail]"]
    assert [(r.row, r.reason) for r in got.refused] == [(4, "пусто")]
    (tmp_path / "costs.csv").unlink()
    write(
        tmp_path,
        "Дата;Площадка;Оценка\n2026-02-01;Плантова Мария;5\n2026-02-02;;4\n",
        name="reviews.csv",
    )
    got = pulled(tmp_path, "reviews")
    assert list(got.frame["platform"]) == ["[имя]"]
    assert [(r.row, r.reason) for r in got.refused] == [(3, "пусто")]


def test_a_comment_in_a_wrong_column_is_shown_by_its_outline(tmp_path: Path) -> None:
    write(
        tmp_path,
        "lead_id;created_at;status\n"
        "1;2026-02-01;Plantov Ivan ВИЧ+ позвал\n"
        "2;Гепатит, Плантова Мария, x@mail;новый\n"
        "3;2026-02-01;Лист ожидания\n",
        name="leads 79161110001.csv",
    )
    found = pulled(tmp_path, "leads")
    told = " ".join((*found.notes, *(f"{r.file} {r.value}" for r in found.refused)))
    assert not re.search("plantov|плантова|вич|гепатит|x@mail|7916", told, re.IGNORECASE)
    assert "«[имя] •••+ позвал» (1, строка 2)" in told
    assert "leads [телефон].csv •••••••, [имя], [e-mail]" in told


@pytest.mark.parametrize("piece", ["а", "1", "a@", "(", "[", "Иванов ", "8 9"])
def test_a_hostile_cell_costs_little(tmp_path: Path, piece: str) -> None:
    lines = [f"{n};2026-02-01;новый;сайт;Имплантация {n};;;;" for n in range(2000)]
    write(tmp_path, "\n".join([HEADER, *lines, ""]))
    begin = time.process_time()
    pulled(tmp_path, "leads")
    usual = time.process_time() - begin
    cell = (piece * 131_072)[:131_072]
    write(tmp_path, "\n".join([HEADER, *lines, f"1;2026-02-01;{cell};{cell};{cell};;;;", ""]))
    begin = time.process_time()
    found = pulled(tmp_path, "leads")
    assert time.process_time() - begin < 3 * usual + 1
    assert found.frame["service"].str.len().max() <= LONGEST
