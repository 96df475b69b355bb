"""What an export was understood as, for the one who uploads it: meaning, certainty, rival, why, shapes."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sheets_sync.reading.understanding import Understanding, understand
from sheets_sync.sources.file.table import FileTable
from tests.reading.exports import pulled, write

LEADS = (
    "ID;Когда обратился;Контакт;Источник;Рекламный источник;ФИО;Комментарий\n"
    "1;03.02.2026 10:30;+79001112231;Сайт;x;Тестова Мария;ждёт\n"
    "2;04.02.2026 10:30;+79001112232;2ГИС;y;Пробный Иван;секрет\n"
)


def of(text: str, entity: str = "leads", **table: object) -> Understanding:
    source = FileTable(kind="file", entity=entity, path="x.csv", **table)  # type: ignore[arg-type]
    (found,) = understand(text.encode(), source, "leads.csv")
    return found


def test_each_column_has_a_meaning_its_certainty_its_rival_and_why() -> None:
    found = of(LEADS)
    assert [(m.header, m.name, m.certainty, m.rival, m.why) for m in found.columns] == [
        ("ID", "lead_id", 0.9, "", "название столбца"),
        ("Когда обратился", "created_at", 0.7, "", "содержимое: даты; название незнакомо"),
        ("Контакт", "phone", 0.7, "", "содержимое: телефоны; название незнакомо"),
        ("Источник", "source_raw", 0.9, "Рекламный источник", "название столбца"),
        ("Рекламный источник", "", 0.0, "", "незнакомый столбец: не взят"),
        ("ФИО", "", 0.0, "", "незнакомый столбец: не взят"),
        ("Комментарий", "", 0.0, "", "незнакомый столбец: не взят"),
    ]
    assert [m.header for m in found.uncertain] == ["Когда обратился", "Контакт"]


def test_cells_are_shown_as_shapes_where_they_may_be_personal() -> None:
    cells = {m.header: m.cells for m in of(LEADS).columns}
    assert cells["Когда обратился"] == ("03.02.2026 10:30", "04.02.2026 10:30")
    assert cells["Контакт"] == ("+00000000000",) * 2
    assert cells["ФИО"] == ("Ааааааа Ааааа", "Ааааааа Аааа")
    assert "Тестов" not in repr(of(LEADS))


def test_what_cannot_be_read_is_a_question_with_the_line_that_answers_it() -> None:
    found = of("Кому;Начислено;Когда\n7;500,50;01.02.2026\n8;700,50;02.02.2026\n", "payments")
    assert found.columns == ()
    assert "amount" in found.question
    assert "patient_id" in found.question
    written = found.answer.partition("\n")[2]
    columns = tomllib.loads(f"[[source]]\n{written}")["source"][0]["columns"]
    assert columns == {"amount": "Кому", "patient_id": "название столбца"}


def test_an_understanding_is_kept_without_a_single_cell_and_what_was_done(tmp_path: Path) -> None:
    write(tmp_path, LEADS)
    kept = pulled(tmp_path, "leads").state["leads"]
    assert "cells" not in str(kept)
    assert "ждёт" not in str(kept)
    assert kept["did"] | {"doubts": []} == {
        "rows_in": 2,
        "rows_out": 2,
        "refused": 0,
        "left": 0,
        "money_in": 0,
        "money_out": 0,
        "totals_agree": None,
        "doubts": [],
    }
    assert [(d["key"], d["count"]) for d in kept["did"]["doubts"]] == [("unsure", 2)]


def test_money_in_and_out_and_totals_are_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        "№ чека;Дата;№ карты;Сумма;Валюта;Статус\n"
        "1;01.02.2026;7;100,00;RUB;Оплачен\n2;01.02.2026;8;50,00;KZT;Оплачен\n"
        "3;01.02.2026;9;30,00;RUB;Отменён\n4;01.02.2026;9;20,00;RUB;VIP\nИтого;;;999,00;;\n",
    )
    did = pulled(tmp_path, "payments").state["payments"]["did"]
    assert (did["rows_in"], did["rows_out"], did["refused"], did["left"]) == (4, 1, 2, 1)
    assert (did["money_in"], did["money_out"], did["totals_agree"]) == (20000, 10000, False)
    assert {d["key"]: (d["count"], d["kopecks"]) for d in did["doubts"]} == {
        "currency": (1, 0),
        "statuses": (1, 2000),
        "totals": (1, 0),
    }
