# ruff: noqa: ISC004 - a file is written line under line
"""Money of one payment in several columns: by means, with a total of them, refunds beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.errors import FileError
from tests.reading.exports import pulled, rows, write

#: name -> the file, its sums and kinds.
MEANS: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "means side by side": (
        "Дата;№ карты;Карта;СБП\n03.02.2026;17;500;\n04.02.2026;18;;700\n05.02.2026;18;1;2\n",
        [(50000, "payment"), (70000, "payment"), (300, "payment")],
    ),
    "one of them is the others' total": (
        "Дата;№ карты;Безнал;Карта;СБП\n03.02.2026;17;500;500;\n04.02.2026;18;700;;700\n",
        [(50000, "payment"), (70000, "payment")],
    ),
    "a sum beside its means": (
        "Дата;№ карты;Наличные;Банковская карта;СБП;Итого\n03.02.2026;17;1000;500;;1500\n"
        "04.02.2026;18;;;700;700\n",
        [(150000, "payment"), (70000, "payment")],
    ),
    "refunds by means": (
        "Дата;№ карты;Наличные;Карта;Возврат наличные;Возврат карта\n03.02.2026;17;1000;;;\n"
        "05.02.2026;17;;;400;\n06.02.2026;18;;;200;100\n",
        [(100000, "payment"), (40000, "refund"), (30000, "refund")],
    ),
    "a refund beside its means": (
        "Дата;№ карты;Сумма;Возврат;Возврат нал;Возврат карта\n03.02.2026;17;1000;300;100;200\n",
        [(100000, "payment"), (30000, "refund")],
    ),
}


@pytest.mark.parametrize("name", MEANS)
def test_means_of_one_payment_add_up(tmp_path: Path, name: str) -> None:
    text, want = MEANS[name]
    write(tmp_path, text)
    assert rows(pulled(tmp_path, "payments"), "amount", "kind") == want


def test_a_part_that_nobody_can_read_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Карта;СБП\n03.02.2026;17;1000;около ста\n04.02.2026;17;10;20\n")
    found = pulled(tmp_path, "payments")
    assert (rows(found, "amount"), found.refused_count) == ([(3000,)], 1)


def test_money_that_came_back_to_the_clinic_is_no_refund(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;№ карты;Признак расчёта;Сумма\n03.02.2026;17;Приход;1000\n06.02.2026;17;Возврат расхода;300\n",
    )
    assert ("refund",) not in rows(pulled(tmp_path, "payments"), "kind")


def test_what_was_paid_of_is_read_by_its_words(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;№ карты;Сумма счёта;Оплачено нал.;Оплачено б/н;Оплачено с аванса\n03.02.2026;17;5000;2000;2000;1000\n",
    )
    found = rows(pulled(tmp_path, "payments"), "amount", "kind")
    assert found == [(200000, "payment"), (200000, "payment"), (100000, "balance_spend")]


def test_a_part_under_a_name_that_nobody_knows_is_asked_about(tmp_path: Path) -> None:
    for part in ("Эквайринг сайта", "Оплачено криптой"):
        write(tmp_path, f"Дата;№ карты;Наличные;{part}\n03.02.2026;17;1000;200\n")
        with pytest.raises(FileError, match=f"«{part}», не видно"):
            pulled(tmp_path, "payments")
    found = pulled(tmp_path, "payments", columns={"paid_card": "Оплачено криптой"})
    assert rows(found, "amount") == [(100000,), (20000,)]


@pytest.mark.parametrize(
    ("text", "reason", "whole", "kopecks"),
    [
        ("Сумма;Зачтено предоплаты\n03.02.2026;17;10;3", "по частям", 1000, [300, 700]),
        ("Сумма со скидкой;Долг\n03.02.2026;17;9;4", "не видно, что оплачено", 900, [500]),
    ],
)
def test_what_a_sum_holds_is_asked_about_and_either_answer_is_taken(
    tmp_path: Path, text: str, reason: str, whole: int, kopecks: list[int]
) -> None:
    write(tmp_path, f"Дата;№ карты;{text}\n")
    with pytest.raises(FileError, match=reason) as refused:
        pulled(tmp_path, "payments")
    assert "sum_total" in refused.value.hint
    shown = text.partition(";")[0]
    assert rows(pulled(tmp_path, "payments", columns={"amount": shown}), "amount") == [(whole,)]
    held = rows(pulled(tmp_path, "payments", columns={"sum_total": shown}), "amount")
    assert [k for (k,) in held] == kopecks


def test_kinds_and_statuses_are_known_under_any_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Сумма;Способ оплаты;Движение;Итог дела;№ карты\n03.02.2026;10;Наличные;Оплата;Оплачен;17\n"
        "04.02.2026;3;Карта;Возврат;Оплачен;17\n05.02.2026;4;Бонусы;Оплата;Оплачен;17\n05.02.2026;5;Карта;Оплата;Отменён;17\n",
    )
    found = rows(pulled(tmp_path, "payments"), "amount", "kind")
    assert found == [(1000, "payment"), (300, "refund"), (400, "bonus")]


@pytest.mark.parametrize("total", ["Расходы, всего", "Расходы вместе"])
def test_parts_of_a_cost_add_up_and_their_total_counts_once(tmp_path: Path, total: str) -> None:
    head = "Дата;Расходы на размещение;Расходы на продвижение"
    write(tmp_path, f"{head}\n01.02.2026;100;200\n02.02.2026;10;20\n", "avito.csv")
    assert rows(pulled(tmp_path, "costs"), "cost") == [(30000,), (3000,)]
    write(tmp_path, f"{head};{total}\n01.02.2026;100;200;300\n02.02.2026;10;20;30\n", "avito.csv")
    assert rows(pulled(tmp_path, "costs"), "cost") == [(30000,), (3000,)]


def test_yes_and_no_under_a_strange_header_say_nothing_of_money(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Сумма;Первичный\n03.02.2026;17;10;да\n04.02.2026;18;20;нет\n")
    assert rows(pulled(tmp_path, "payments"), "amount") == [(1000,), (2000,)]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Сертификат (погашение)", "balance_spend"), ("Депозит – списание", "balance_spend"),
        ("Сертификат", "prepayment"), ("Возврат не производился", "payment"),
        ("Предоплата (не подлежит возврату)", "prepayment"), ("Возврат предоплаты", "refund"),
    ],
)  # fmt: skip
def test_a_kind_is_read_in_whichever_order_it_is_written(
    tmp_path: Path, word: str, kind: str
) -> None:
    write(tmp_path, f"Дата;№ карты;Вид оплаты;Сумма\n03.02.2026;17;{word};10\n")
    assert rows(pulled(tmp_path, "payments"), "kind") == [(kind,)]


def test_stages_of_leads_are_known_under_any_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Телефон;Шаг\n03.02.2026;+79001112231;Новая заявка\n04.02.2026;+79001112232;Спам\n",
    )
    assert rows(pulled(tmp_path, "leads"), "status") == [("new",), ("spam",)]
