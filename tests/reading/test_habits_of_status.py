"""Words and flags of the field that change who came, who is a lead and what was paid."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from sheets_sync.errors import FileError
from tests.reading.exports import pulled, rows, write

VISITS = "ID записи;Дата приема;Телефон;Статус\n"
PAYMENTS = "Номер;Дата оплаты;Телефон;Сумма;Статус\n"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Не пришел на прием", "no_show"),
        ("Ждём на приём", "booked"),
        ("На приёме", "arrived"),
        ("Придёт", "booked"),
        ("Не придёт", "no_show"),
        ("Перезаписан на другое время", "rescheduled"),
    ],
)
def test_a_visit_is_what_its_words_say(tmp_path: Path, word: str, status: str) -> None:
    write(tmp_path, f"{VISITS}1;03.02.2026 10:00;+79001112231;{word}\n")
    assert rows(pulled(tmp_path, "appointments"), "status") == [(status,)]


def test_a_patient_who_is_to_pay_is_asked_about_and_no_visit(tmp_path: Path) -> None:
    write(tmp_path, f"{VISITS}1;03.02.2026 10:00;+79001112231;Ожидает оплаты\n")
    found = pulled(tmp_path, "appointments")
    assert (rows(found, "status"), found.refused_count) == ([], 1)


def test_columns_that_ask_say_who_came_and_who_did_not(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата приема;Телефон;Состоялся;Неявка\n03.02.2026;+79001112231;да;нет\n"
        "03.02.2026;+79001112232;;да\n03.02.2026;+79001112233;нет;\n",
    )
    assert rows(pulled(tmp_path, "appointments"), "status") == [
        ("arrived",),
        ("no_show",),
        ("no_show",),
    ]


def test_a_lead_that_a_column_calls_junk_is_none_unless_it_got_further(tmp_path: Path) -> None:
    write(
        tmp_path,
        "ID;Дата создания;Телефон;Статус;Спам;Дубль;Целевой\n1;03.02.2026;+79001112231;Новый;да;нет;да\n"
        "2;03.02.2026;+79001112232;Новый;нет;да;да\n3;03.02.2026;+79001112233;Новый;нет;нет;нет\n"
        "4;03.02.2026;+79001112234;Записан;нет;нет;нет\n5;03.02.2026;+79001112235;Новый;нет;нет;да\n",
    )
    found = pulled(tmp_path, "leads")
    assert [s for (s,) in rows(found, "status")] == ["spam", "duplicate", "spam", "booked", "new"]
    assert sum("спам или дубль: 1" in note for note in found.notes) == 3


@pytest.mark.parametrize("word", ["OK", "Принят", "Аннулирован", "DECLINED"])
def test_a_status_of_payment_beyond_the_definitions_is_asked_about(
    tmp_path: Path, word: str
) -> None:
    write(tmp_path, f"{PAYMENTS}1;03.02.2026;+79001112231;100;{word}\n")
    payments = pulled(tmp_path, "payments")
    assert (rows(payments, "amount"), payments.refused_count) == ([], 1)
    assert any(f'{word}" = ' in note for note in payments.notes)


def test_unknown_statuses_are_told_with_the_lines_to_write(tmp_path: Path) -> None:
    text = f"{PAYMENTS}1;03.02.2026;+79001112231;100;Частично закрыт\n2;03.02.2026;+79001112232;200;В архиве\n"
    write(tmp_path, text)
    (note,) = (n for n in pulled(tmp_path, "payments").notes if "неизвестные слова" in n)
    written = note.partition("\n")[2].rpartition("\nгде вместо")[0]
    words = tomllib.loads(f"[[source]]\n{written}")["source"][0]["statuses"]
    assert words == {"В архиве": "…", "Частично закрыт": "…"}
    found = pulled(tmp_path, "payments", statuses=dict.fromkeys(words, "paid"))
    assert [a for (a,) in rows(found, "amount")] == [10000, 20000]


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ("costs", "Кампания;Расход\nЛето;2800\n"),
        ("appointments", "Дата приема;Телефон\n03.02.2026;+79001112231\n"),
    ],
)
def test_the_lines_of_a_refusal_make_the_file_readable(
    tmp_path: Path, entity: str, text: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(FileError) as caught:
        pulled(tmp_path, entity)
    written = caught.value.hint.partition("\n")[2]
    columns = tomllib.loads(f"[[source]]\n{written}")["source"][0]["columns"]
    columns |= {"status": "=completed"} if entity == "appointments" else {}
    assert len(rows(pulled(tmp_path, entity, columns=columns), "source")) == 1


def test_phrases_and_visits_that_two_files_hold_count_once(tmp_path: Path) -> None:
    for number, visits in ((1, 100), (2, 111)):
        write(tmp_path, f"Дата;Источник трафика;Визиты\n0{number}.02.2026;ad;5\n02.02.2026;organic;{visits}\n", f"t{number}.csv")  # fmt: skip
    found = pulled(tmp_path, "traffic", "t*.csv")
    assert [v for (v,) in rows(found, "visits")] == [5, 5, 111]
    assert any("строк прежних файлов снято 1" in note for note in found.notes)


def test_files_of_one_name_in_two_folders_are_two_files(tmp_path: Path) -> None:
    for folder, cost in (("01", 100), ("02", 300)):
        (tmp_path / folder).mkdir()
        write(tmp_path, f"Дата;Площадка;Расход\n01.02.2026;VK;{cost}\n", f"{folder}/costs.csv")
    found = pulled(tmp_path, "costs", "**/costs.csv")
    assert rows(found, "file") == [("01/costs.csv (1)",), ("02/costs.csv (2)",)]
