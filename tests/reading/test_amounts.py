# ruff: noqa: ISC004 - a file is written line under line
"""Money of one payment in several columns: by means, with a total of them, refunds beside."""

from __future__ import annotations

from pathlib import Path

import pytest

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
