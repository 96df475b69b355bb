"""A file that says the same rows in other bytes has the digest that it had."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.reading.tables import grids
from sheets_sync.reading.tables_digest import tables_digest
from sheets_sync.sources.file.table import FileTable

HEADER = ["Номер", "Дата", "Телефон", "Сумма", "Менеджер"]
ROWS = [
    ["1", "01.02.2026 10:00", "+79001112231", "1 500,50", "Ольга; старшая"],
    ["2", "02.02.2026 11:00", "+79001112232", "700", ""],
    ["3", "03.02.2026 12:00", "", "0", 'так и "сказали"'],
]
TITLE = "Отчёт сформирован 05.02.2026 09:00:01"


def digest(path: Path, entity: str = "payments") -> str:
    source = {"kind": "file", "entity": entity, "path": path.name}
    return tables_digest(grids(path, FileTable.model_validate(source))[0])


def text(rows: list[list[str]], title: str = "", **dialect: object) -> str:
    out = io.StringIO()
    table = csv.writer(out, **{"delimiter": ";", **dialect})  # type: ignore[arg-type]
    table.writerows([*([[title]] if title else []), HEADER, *rows])
    return out.getvalue()


def written(folder: Path, content: str, encoding: str = "utf-8") -> str:
    path = folder / "p.csv"
    path.write_bytes(content.encode(encoding))
    return digest(path)


@pytest.mark.parametrize("title", ["", TITLE])
def test_other_quotes_delimiters_line_ends_and_encodings_say_the_same(
    tmp_path: Path, title: str
) -> None:
    first = written(tmp_path, text(ROWS, title))
    for content, encoding in (
        (text(ROWS, title, quoting=csv.QUOTE_ALL), "utf-8"),
        (text(ROWS, title, delimiter="\t", lineterminator="\n"), "utf-8"),
        (text(ROWS, title), "utf-8-sig"),
        (text(ROWS, title), "cp1251"),
        (text(ROWS, title), "utf-16"),
    ):
        assert written(tmp_path, content, encoding) == first


def test_another_moment_above_the_header_says_the_same_and_another_year_does_not(
    tmp_path: Path,
) -> None:
    first = written(tmp_path, text(ROWS, TITLE))
    assert written(tmp_path, text(ROWS, TITLE.replace("05.02", "06.02"))) == first
    assert written(tmp_path, text(ROWS, TITLE.replace("2026", "2025"))) != first
    assert written(tmp_path, text(ROWS)) != first  # its rows stand a row higher


def test_a_workbook_saved_anew_says_the_same(tmp_path: Path) -> None:
    seen, content = set(), set()
    for author in ("первый", "второй"):
        book = openpyxl.Workbook()
        book.properties.creator = author
        for row in (HEADER, *ROWS):
            book.active.append(row)
        book.save(tmp_path / "p.xlsx")
        seen.add(digest(tmp_path / "p.xlsx"))
        content.add((tmp_path / "p.xlsx").read_bytes())
    assert (len(seen), len(content)) == (1, 2)


def test_what_moves_from_cell_to_cell_or_from_row_to_row_is_seen(tmp_path: Path) -> None:
    first = written(tmp_path, text(ROWS))
    moved = [["12", *ROWS[0][1:]], ["", *ROWS[1][1:]], ROWS[2]]
    lower = [*ROWS[:1], [""] * len(HEADER), *ROWS[1:]]
    for rows in (moved, lower, ROWS[::-1], ROWS[:2], [*ROWS, ["Итого", "", "", "2 200,50", ""]]):
        assert written(tmp_path, text(rows)) != first


CELL = st.text("ab1; \"\n'", max_size=3)


@given(one=st.lists(CELL, min_size=1, max_size=6), other=st.lists(CELL, min_size=1, max_size=6))
def test_two_files_have_one_digest_only_where_their_cells_are_one(
    tmp_path_factory: pytest.TempPathFactory, one: list[str], other: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("exports")
    found = []
    for cells in (one, other):
        rows = [[str(n), f"0{n + 1}.02.2026", "", "700", cell] for n, cell in enumerate(cells)]
        (folder / "p.csv").write_text(text(rows), "utf-8", newline="")
        source = FileTable.model_validate({"kind": "file", "entity": "payments", "path": "p.csv"})
        tables = grids(folder / "p.csv", source)[0]
        said = [({n: c.to_pylist() for n, c in g.columns.items()}, g.rows.tolist()) for g in tables]
        found.append((tables_digest(tables), said, [g.header.cells for g in tables]))
    (first, *said), (second, *again) = found
    assert (first == second) == (said == again)
