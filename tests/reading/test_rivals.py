"""Two columns that may equally be meant: told, or asked about where money or people differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.errors import FileError
from sheets_sync.privacy.keys import PHONE
from tests.reading.exports import KEYRING, pulled, rows, write

CARDS = "".join(f"{n:02d}.02.2026;{n};{100 + n // 2};10\n" for n in range(1, 9))
ASKED = {
    "patients": ("payments", f"Дата;Код пациента;Номер карты;Сумма\n{CARDS}", "patient_id"),
    "equal names of money": (
        "payments",
        "Дата;№ карты;Сумма;Сумма\n01.02.2026;17;100;90\n02.02.2026;18;200;150\n",
        "amount",
    ),
    "two sums": (
        "payments",
        "Дата;№ карты;Сумма;Выручка\n01.02.2026;17;100;80\n02.02.2026;17;200;150\n",
        "amount",
    ),
    "billed and accepted": (
        "payments",
        "Дата;№ карты;Сумма;Принято к оплате\n01.02.2026;17;100;80\n02.02.2026;17;200;150\n",
        "amount",
    ),
    "two of one phone": (
        "appointments",
        "Дата приема;Код;Телефон;Статус\n01.02.2026;А1;89001112231;Пришел\n01.02.2026;А2;89001112231;Пришел\n02.02.2026;А1;89001112231;Пришел\n",
        "patient_id",
    ),
    "a bare date and a later one": (
        "appointments",
        "Дата;На дату;№ карты;Статус\n25.01.2026;05.02.2026;17;Пришел\n",
        "starts_at",
    ),
    "two costs": ("costs", "Дата;Площадка;Расход;Списано\n01.02.2026;VK;100;122\n", "cost"),
    "equal names of dates": (
        "leads",
        "Дата;Дата;Телефон\n01.01.2026;05.02.2026;+79001112231\n",
        "created_at",
    ),
    "dates of payments": (
        "payments",
        "Дата документа;Дата;№ карты;Сумма\n01.01.2026;05.02.2026;17;100\n",
        "paid_at",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_rivals_that_differ_are_asked_about_and_the_line_answers(tmp_path: Path, name: str) -> None:
    entity, text, column = ASKED[name]
    write(tmp_path, text)
    with pytest.raises(FileError, match="не видно, какой столбец") as refused:
        pulled(tmp_path, entity)
    line = refused.value.hint.partition(f'{column} = "')[2].partition('"')[0]
    assert pulled(tmp_path, entity, columns={column: line}).frame is not None


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ("payments", "Дата;Код пациента;Номер карты;Сумма\n01.02.2026;1;9;5\n02.02.2026;2;8;5\n"),
        ("payments", "Дата;№ карты;Сумма;Выручка\n01.02.2026;17;1000;1000\n02.02.2026;17;200;199\n"),
        ("payments", "Дата;№ карты;Сумма;Сумма\n01.02.2026;17;;5\n02.02.2026;17;7;\n"),
        ("costs", "Дата;Площадка;Бюджет;Потрачено\n01.02.2026;VK;150;122\n"),
        ("costs", "Дата;Площадка;Расход;Расход с НДС\n01.02.2026;VK;100;122\n"),
        ("leads", "Дата создания;Дата;Телефон\n01.01.2026;05.02.2026;+79001112231\n"),
        ("appointments", "Дата;Дата визита;Телефон;Статус\n01.01.2026;05.02.2026;+79001112231;Пришел\n"),
    ],
)  # fmt: skip
def test_rivals_that_do_not_matter_are_read(tmp_path: Path, entity: str, text: str) -> None:
    write(tmp_path, text)
    assert not pulled(tmp_path, entity).refused


def test_an_outgoing_call_is_of_whom_the_clinic_called(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата и время;Кто звонил;Кому звонили\n01.02.2026 10:00;79001112233;74951234567\n"
        "01.02.2026 11:00;Оператор 5;79001112233\n",
    )
    person = next(iter(KEYRING.keys(PHONE, ["+79001112233"])))
    found = rows(pulled(tmp_path, "calls"), "call_direction", "person_key")
    assert found == [("", person), ("out", person)]
