"""Columns and bytes of an export in doubt: refused with the remedy, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sheets_sync.errors import FileError, SourceError
from tests.reading.exports import pulled, rows, write


def test_a_column_of_ids_that_a_spreadsheet_shortened_is_refused_with_the_remedy(
    tmp_path: Path,
) -> None:
    write(tmp_path, "Дата;ClientID\n01.02.2026;1700000000123456789\n02.02.2026;1.03293E+19\n")
    with pytest.raises(FileError) as caught:
        pulled(tmp_path, "leads")
    assert str(caught.value) == (
        "export.csv: столбец «ClientID», строка 3: номер испорчен таблицей (1.03293E+19), его цифры потеряны. "
        "Выгрузите заново и сохраните этот столбец как текст. Если он не нужен: "
        'допишите под этим [[source]] в файле клиники:\n[source.columns]\nym_client_id = ""'
    )
    assert len(rows(pulled(tmp_path, "leads", columns={"ym_client_id": ""}), "lead_id")) == 2


def test_a_column_of_dates_in_doubt_is_refused_with_the_remedy(tmp_path: Path) -> None:
    write(tmp_path, "Дата;Источник\n01/02/2026;a\n")
    with pytest.raises(FileError) as caught:
        pulled(tmp_path, "leads")
    assert (
        "столбец «Дата»: не видно, что стоит первым, день или месяц (строка 2: 01/02/2026)"
        in str(caught.value)
    )
    assert 'date_format = "дд/мм/гггг"' in caught.value.hint
    assert rows(pulled(tmp_path, "leads", date_format="дд/мм/гггг"), "created_at") == [
        (datetime(2026, 1, 31, 19, tzinfo=UTC),)
    ]
    with pytest.raises(SourceError, match="date_format"):
        pulled(tmp_path, "leads", date_format="как обычно")


def test_the_order_of_dates_is_decided_on_all_files_of_a_pull(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01/02/2026\n", "1.csv")
    write(tmp_path, "Дата\n13/02/2026\n", "2.csv")
    assert rows(pulled(tmp_path, "leads"), "created_at") == [
        (datetime(2026, 1, 31, 19, tzinfo=UTC),),
        (datetime(2026, 2, 12, 19, tzinfo=UTC),),
    ]


def test_a_byte_that_the_code_page_does_not_know_spoils_only_its_row(tmp_path: Path) -> None:
    text = "Дата обращения;Источник\n01.02.2026;Рекомендация знакомых\n02.02.2026;Яндекс".encode(
        "cp1251"
    )
    (tmp_path / "export.csv").write_bytes(text + b"\x98\n")
    found = pulled(tmp_path, "leads")
    assert len(rows(found, "lead_id")) == 1
    assert [(r.row, r.column, r.reason) for r in found.refused] == [
        (3, "Источник", "нечитаемый символ: файл повреждён в этом месте")
    ]


def test_the_cell_that_is_shown_is_the_one_that_could_not_be_read(tmp_path: Path) -> None:
    write(tmp_path, "Дата приёма;Время приёма;№ карты;Статус\n05.04.2026;12-75;7;пришёл\n")
    visit = pulled(tmp_path, "appointments").refused
    write(
        tmp_path,
        "Период;Площадка;Расход\n01.05.2026 - 31.04.2026;SEO;1\n02.05.2026 - 01.05.2026;SEO;1\n",
    )
    spent = pulled(tmp_path, "costs").refused
    write(tmp_path, "Дата;№ карты;Нал;Безнал\n05.04.2026;7;1;2\n05.04.2026;7;;\n")
    paid = pulled(tmp_path, "payments").refused
    assert [(r.column, r.value, r.reason) for r in (*visit, *spent, *paid)] == [
        ("Время приёма", "12-75", "не понимаю время"),
        ("Период", "01.05.2026 - 31.04.2026", "не понимаю дату конца периода"),
        ("Период", "02.05.2026 - 01.05.2026", "период кончается раньше, чем начинается"),
        ("Нал, Безнал", "", "пусто"),
    ]
