"""Exports of money: payments and costs in, signed kopecks of a kind and a day out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from tests.reading.exports import pulled, rows, write


def test_payments_are_signed_kopecks_of_a_kind(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата оплаты;Код пациента;Сумма;Себестоимость;Тип операции\n"
        "01.02.2026;1;12 500,00 ₽;0;\n"
        "01.02.2026;1;−500;;Возврат\n"
        "01.02.2026;2;1000;нет;Наличные\n"
        "01.02.2026;2;1000;300,50;Списание с баланса\n"
        "01.02.2026;2;;1;Оплата\n"
        "01.02.2026;0;5;1;Оплата\n"
        "Итого;;14 000,00;;\n",
    )
    found = pulled(tmp_path, "payments")
    assert rows(found, "amount", "kind") == [
        (1250000, "payment"),
        (-50000, "refund"),
        (100000, "payment"),
        (100000, "balance_spend"),
    ]
    assert found.frame is not None
    assert found.frame["cost"].tolist() == [0, pd.NA, pd.NA, 30050]
    assert [(r.row, r.reason) for r in found.refused] == [
        (6, "пусто"),
        (7, "нет ни номера пациента, ни верного телефона или e-mail"),
    ]
    assert (
        "Столбец «Себестоимость»: не понимаю сумму; таких ячеек 1, они оставлены пустыми."
        in found.notes
    )
    assert not any("в строке итога" in note for note in found.notes)


def test_a_payment_in_several_columns_is_a_row_for_each_of_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        "№ чека;Дата оплаты;Код пациента;Наличные;Карта;С баланса;Бонусы\n"
        "1;01.02.2026;1;500;1000;0,00;\n"
        "2;01.02.2026;2;;;300;50\n"
        "3;01.02.2026;3;;0;;\n",
    )
    found = pulled(tmp_path, "payments")
    assert [
        (str(i).partition("#")[0], *rest)
        for i, *rest in rows(found, "payment_id", "amount", "kind")
    ] == [
        ("1", 50000, "payment"),
        ("1", 100000, "payment"),
        ("2", 30000, "balance_spend"),
        ("2", 5000, "bonus"),
    ]
    assert [(r.row, r.reason) for r in found.refused] == [(4, "пусто")]


def test_a_total_that_is_not_the_sum_is_told(tmp_path: Path) -> None:
    write(tmp_path, "Дата оплаты;Код пациента;Сумма\n01.02.2026;1;100\nВсего;;250,50\n")
    assert (
        "Файл «export.csv»: в строке итога 250,50 ₽, по строкам 100,00 ₽. Проверьте, целиком ли выгрузка."
        in pulled(tmp_path, "payments").notes
    )


def test_costs_have_periods_and_replace_what_was_between_their_ends(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Период;Площадка;Кампания;Расход с НДС;Показы;Тип площадки\n"
        "февраль 2026;2ГИС;;15 000;1 234;\n"
        "05.03.2026;Яндекс Директ;Имплантация;1 200,50;;SEARCH\n"
        "01.03.2026 - 28.02.2026;SEO;;1;;\n"
        "06.03.2026;;;1;;РСЯ\n",
    )
    found = pulled(tmp_path, "costs")
    assert rows(found, "date_from", "date_to", "platform", "cost", "vat_included", "network") == [
        (pd.Timestamp("2026-02-01"), pd.Timestamp("2026-02-28"), "2ГИС", 1500000, True, ""),
        (
            pd.Timestamp("2026-03-05"),
            pd.Timestamp("2026-03-05"),
            "Яндекс Директ",
            120050,
            True,
            "search",
        ),
    ]
    assert found.replace == (date(2026, 2, 1), date(2026, 3, 5))
    assert [(r.row, r.reason) for r in found.refused] == [
        (4, "период кончается раньше, чем начинается"),
        (5, "пусто"),
    ]
    whole = pulled(tmp_path, "costs", columns={"platform": "=2ГИС"})
    assert [r.row for r in whole.refused] == [4]
