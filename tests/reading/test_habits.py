"""What Excel, programs and people do to a table: formats that mean something, odd times, yes and no."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from sheets_sync.errors import FileError
from tests.reading.containers import mhtml, xlsb
from tests.reading.exports import pulled, rows, write
from tests.reading.test_laid_out import shown

HEAD: list[str | float] = ["Дата", "№ карты", "Сумма"]


def workbook(path: Path, cells: list[list[Any]], style: str, *, hidden: int = 0) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet, look = book.add_worksheet(), book.add_format({"num_format": style})
        for number, row in enumerate(cells):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, book.add_format({"num_format": 14}))
                else:
                    sheet.write(number, column, cell, look if isinstance(cell, float) else None)
        for number in range(1, hidden + 1):
            sheet.set_row(number, None, None, {"hidden": True})


PAID = [HEAD, [date(2026, 2, 1), 17, 100.5]]


@pytest.mark.parametrize("style", ["#,##0.00 [$$-409]", "[$€-2] #,##0.00", '#,##0.00 "USD"'])
def test_a_currency_that_only_the_format_shows_makes_no_roubles(tmp_path: Path, style: str) -> None:
    workbook(tmp_path / "p.xlsx", PAID, style)
    found = pulled(tmp_path, "payments", "p.xlsx")
    assert [r.reason for r in found.refused] == ["сумма не в рублях"]


@pytest.mark.parametrize("style", ["#,##0.00", '#,##0.00 "₽"', "#,##0.00 [$₽-419]", '#,##0 "тыс."'])
def test_a_format_of_roubles_changes_nothing(tmp_path: Path, style: str) -> None:
    workbook(tmp_path / "p.xlsx", PAID, style)
    assert rows(pulled(tmp_path, "payments", "p.xlsx"), "amount") == [(10050,)]


def test_hidden_rows_are_read_and_told(tmp_path: Path) -> None:
    workbook(tmp_path / "p.xlsx", [*PAID, [date(2026, 2, 2), 18, 5.0]], "0.00", hidden=1)
    found = pulled(tmp_path, "payments", "p.xlsx")
    assert rows(found, "amount") == [(10050,), (500,)]
    assert "Скрытых строк на листе 1" in " ".join(found.notes)


def test_a_hidden_sheet_is_not_read_and_told(tmp_path: Path) -> None:
    workbook(tmp_path / "p.xlsx", PAID, "0.00")
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    old = book.create_sheet("Старый")
    for row in PAID:
        old.append(row)
    old.sheet_state = "hidden"
    book.save(tmp_path / "p.xlsx")
    found = pulled(tmp_path, "payments", "p.xlsx")
    assert rows(found, "amount") == [(10050,)]
    assert "Скрытых листов 1: они не прочитаны" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.xlsb", xlsb([HEAD, ["01.02.2026", "17", 100.5]])),
        ("p.xls", mhtml("<p>x</p>", "<table><tr><td>Дата<td>№ карты<td>Сумма<tr><td>01.02.2026<td>17<td>100,50</table>")),
    ],
)  # fmt: skip
def test_rare_containers_are_read(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert rows(pulled(tmp_path, "payments", name), "amount") == [(10050,)]


@pytest.mark.parametrize(
    "cell",
    ["31.01.2026 15.00-15.30", "31.01.2026 (15:00–15:30)", "15:00-15:30 31.01.2026", "31.01.2026 15ч00м", "31.01.2026 15-00"],
)  # fmt: skip
def test_a_slot_however_it_is_written_begins_when_it_begins(tmp_path: Path, cell: str) -> None:
    write(tmp_path, f"Дата приема;№ карты;Статус\n{cell};17;Пришел\n")
    ((at,),) = rows(pulled(tmp_path, "appointments"), "starts_at")
    assert f"{at.tz_convert('Asia/Yekaterinburg'):%d %H:%M}" == "31 15:00"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "cell", ["15-00", "1500", "15 ч 00 мин", "30.12.1899 15:00:00", "1900-01-00 15:00"]
)
def test_a_column_of_times_however_they_are_written(tmp_path: Path, cell: str) -> None:
    write(tmp_path, f"Дата приема;Время;№ карты;Статус\n31.01.2026;{cell};17;Пришел\n")
    ((at,),) = rows(pulled(tmp_path, "appointments"), "starts_at")
    assert f"{at.tz_convert('Asia/Yekaterinburg'):%d %H:%M}" == "31 15:00"  # type: ignore[attr-defined]


#: name -> entity, text, column, expected.
READ: dict[str, tuple[str, str, str, list[object]]] = {
    "a unit above the header": (
        "payments", "Оплаты, тыс. руб.;;\n\nДата;№ карты;Сумма\n01.02.2026;17;12,5\nИтого;;12,5\n", "amount", [1250000],
    ),
    "a call that nobody answered: yes": (
        "calls", "Дата;Телефон;Пропущенный\n01.02.2026 10:00;79001112231;Нет\n01.02.2026 11:00;79001112232;Да\n",
        "status", ["answered", "missed"],
    ),
    "a call that was lost: yes": (
        "calls", "Дата;Телефон;Потерян\n01.02.2026 10:00;79001112231;Нет\n01.02.2026 11:00;79001112232;Да\n",
        "status", ["answered", "missed"],
    ),
    "a call that succeeded: yes": (
        "calls", "Дата;Телефон;Успешный\n01.02.2026 10:00;79001112231;Да\n01.02.2026 11:00;79001112232;Нет\n",
        "status", ["answered", "missed"],
    ),
    "minutes with a fraction": (
        "calls", "Дата;Телефон;Длительность, мин\n01.02.2026 10:00;79001112231;1,5\n", "talk_duration", [90],
    ),
    "waiting for a confirmation is none": (
        "appointments", "Дата приема;№ карты;Статус\n31.01.2026;17;Ожидает подтверждения\n", "status", ["booked"],
    ),
    "true and false": (
        "payments", "Дата;№ карты;Сумма;Оплачен\n01.02.2026;17;100;ИСТИНА\n02.02.2026;18;200;ЛОЖЬ\n", "amount", [10000],
    ),
    "currencies by their numbers": (
        "payments", "Дата;№ карты;Сумма;Код валюты\n01.02.2026;17;100;643\n", "amount", [10000],
    ),
    "words of a header in another order": (
        "payments", "Оплата дата;Пациент №;Сумма\n01.02.2026;17;100\n", "amount", [10000],
    ),
    "a column that says what was deleted": (
        "payments", "Дата;№ карты;Сумма;Удалён\n01.02.2026;17;100;\n02.02.2026;18;200;да\n", "amount", [10000],
    ),
    "an advance that is closed was used": (
        "payments", "Дата;№ карты;Сумма;Операция\n01.02.2026;17;100;Внесение аванса\n02.02.2026;17;100;Закрытие аванса\n",
        "kind", ["prepayment", "balance_spend"],
    ),
    "a document is a kind": (
        "payments", "Дата;№ карты;Сумма;Тип документа\n01.02.2026;17;500;Продажа\n02.02.2026;17;100;Возврат\n",
        "kind", ["payment", "refund"],
    ),
    "in, out and missed": (
        "calls", ("Дата;Телефон;Тип\n01.02.2026 10:00;79001112231;in\n01.02.2026 11:00;79001112232;missed\n"
        "01.02.2026 12:00;79001112233;out\n"), "call_direction", ["in", "in", "out"],
    ),
    "a tag of spam": (
        "calls", ("Дата;Телефон;Статус;Теги\n01.02.2026 10:00;79001112231;Принят;Яндекс реклама\n"
        "01.02.2026 11:00;79001112232;Принят;Спам, реклама\n"), "status", ["answered", "spam"],
    ),
    "a comment that says spam, and one that tells of it": (
        "calls", ("Дата;Телефон;Статус;Комментарий\n01.02.2026 10:00;79001112231;Принят;Спам\n"
        "01.02.2026 11:00;79001112232;Принят;Думали спам, а она записалась на завтра\n"
        "01.02.2026 12:00;79001112233;Принят;не спам\n"), "status", ["spam", "answered", "answered"],
    ),
    "a class of spam": (
        "calls", "Дата;Телефон;Класс\n01.02.2026 10:00;79001112231;Лид\n01.02.2026 11:00;79001112232;Спам\n",
        "status", ["", "spam"],
    ),
    "a status that says what a call was worth": (
        "calls", ("Дата;Телефон;Статус обращения\n01.02.2026 10:00;79001112231;Целевой\n"
        "01.02.2026 11:00;79001112232;Нецелевой\n"), "is_target", [True, False],
    ),
    "a question that asks the opposite": (
        "calls", ("Дата;Телефон;Повторный\n01.02.2026 10:00;79001112231;Нет\n01.02.2026 11:00;79001112232;Да\n"
        "01.02.2026 12:00;79001112233;\n"), "is_unique", [True, False, True],
    ),
    "a desk's book of days without a year": (
        "payments", "Оплаты за 2026 год;;\nДата;№ карты;Сумма\n03.01;17;100\n04.10;18;200\n", "amount", [10000, 20000],
    ),
    "money of a personal account": (
        "payments", "Дата;№ карты;Сумма;Способ оплаты;Тип платежа\n01.02.2026;17;100;Личный счет;Приход\n", "kind",
        ["balance_spend"],
    ),
    "how it was paid under «Оплата»": (
        "payments", "Дата;№ карты;Сумма;Оплата\n01.02.2026;17;100;Карта\n02.02.2026;17;50;Бонусы\n", "kind",
        ["payment", "bonus"],
    ),
    "a cabinet's book, its spending below nought": (
        "costs", "Дата;Площадка;Операция;Сумма\n01.02.2026;Авито;Размещение;-500\n02.02.2026;Авито;Возврат;300\n",
        "cost", [50000, -30000],
    ),
    "a card that is the patient's": (
        "payments", "Дата;Карта;Сумма\n01.02.2026;17;5000\n02.02.2026;18;700\n", "amount", [500000, 70000],
    ),
    "a purchase at a bank": (
        "payments", "Дата;Телефон;Сумма;Тип транзакции\n01.02.2026;89001112231;500;Покупка\n02.02.2026;89001112231;100;Возврат\n",
        "kind", ["payment", "refund"],
    ),
    "an advance among the sums of a receipt": (
        "payments", ("№ ФД;Признак расчета;Дата;Телефон покупателя;Сумма;Безналичными;Аванс\n"
        "1;Приход;01.02.2026;89001112231;3000;1000;2000\n"), "kind", ["payment", "balance_spend"],
    ),
    "what one paid with": (
        "payments", "Дата;№ карты;Сумма;Тип оплаты\n01.02.2026;17;500;Картой\n02.02.2026;18;500;Подарочный сертификат\n", "kind",
        ["payment", "balance_spend"],
    ),
    "a slot and how long it lasts": (
        "appointments", "Дата;Время приема;№ карты;Статус\n03.02.2026;9:00–9:45 (45 мин);17;Planned\n", "status", ["booked"],
    ),
    "roubles and kopecks in one header": (
        "payments", "Дата;№ карты;Сумма (руб., коп.)\n01.02.2026;17;1 500-50\n", "amount", [150050],
    ),
    "what came to the account is less than what was paid": (
        "payments", "Дата;№ карты;Комиссия;Зачислено;Сумма платежа\n01.02.2026;17;100;4900;5000\n", "amount", [500000],
    ),
    "what was paid with money beside bonuses": (
        "payments", "Дата;№ карты;Сумма чека;Списано бонусов;Оплачено деньгами\n01.02.2026;17;5000;500;4500\n", "amount",
        [450000],
    ),
    "a call that was successful: true": (
        "calls", "date,callerNumber,successful\n2026-02-03 10:00:00,79161110001,true\n2026-02-03 11:00:00,79161110002,false\n",
        "status", ["answered", "missed"],
    ),
    "stars": (
        "reviews", "Дата отзыва;Площадка;Оценка\n01.02.2026;2ГИС;5 из 5\n01.02.2026;2ГИС;★★★★☆\n01.02.2026;2ГИС;3 звезды\n",
        "rating", [5, 4, 3],
    ),
    "names of an API": (
        "costs", "Date\tCampaignName\tAdNetworkType\tPlatform\tCost\n2026-02-01\tБренд\tSEARCH\tДирект\t100.50\n", "campaign",
        ["Бренд"],
    ),
    "a reason of advertising": (
        "leads", "Дата создания;Телефон;Этап;Причина закрытия\n01.02.2026;79001112231;Отказ;Реклама услуг\n01.02.2026;79001112232;Отказ;Дорого\n", "status", ["spam", "lost"],
    ),
    "an operation is a kind": (
        "payments", "Дата;№ карты;Сумма;Операция\n01.02.2026;17;(500,00);Возврат\n", "kind", ["refund"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_it_is_meant(tmp_path: Path, name: str) -> None:
    entity, text, column, expected = READ[name]
    write(tmp_path, text)
    found = pulled(tmp_path, entity)
    assert [shown(value) for (value,) in rows(found, column)] == expected, found.notes
    assert not found.refused
    assert "не сходится" not in " ".join(found.notes)


@pytest.mark.parametrize(
    ("entity", "text", "words"),
    [
        ("payments", "Оплаты, тыс. руб.;;\n\nДата;№ карты;Сумма\n01.02.2026;17;12,5\n", "названы в заголовке"),
        ("leads", "Дата;Телефон\n01.02.2026;7,9161E+10\n", "Нераспознанных телефонов: 1"),
        ("leads", "Дата;Контакт\n01.02.2026;+79001112231\n02.02.2026;a@example.com\n", "Телефонов и e-mail в файле не нашёл"),
    ],
)  # fmt: skip
def test_what_is_lost_is_told(tmp_path: Path, entity: str, text: str, words: str) -> None:
    write(tmp_path, text)
    assert words in " ".join(pulled(tmp_path, entity).notes)


@pytest.mark.parametrize(
    "kind", ["Возврат расхода", "Возврат подотчётных", "Внесение", "Инкассация", "Отмена"]
)
def test_money_of_no_patient_is_refused_with_the_line_that_lets_it_in(
    tmp_path: Path, kind: str
) -> None:
    write(
        tmp_path,
        f"Дата;№ карты;Сумма;Операция\n01.02.2026;17;100;Оплата\n02.02.2026;18;300;{kind}\n",
    )
    (refused,) = pulled(tmp_path, "payments").refused
    line = refused.reason.partition("[source.statuses] ")[2]
    words = tomllib.loads(line)
    assert list(words) == [kind]
    assert len(rows(pulled(tmp_path, "payments", statuses=words), "amount")) == 2


def test_a_purchase_beside_a_sale_is_money_that_went_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Телефон;Сумма;Вид чека\n01.02.2026;89001112231;500;Продажа\n01.02.2026;89001112231;70;Покупка\n",
    )
    found = pulled(tmp_path, "payments")
    assert (rows(found, "amount"), found.refused_count) == ([(50000,)], 1)


def test_a_foreign_currency_by_its_number_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Сумма;Код валюты\n01.02.2026;17;100;643\n02.02.2026;18;300;840\n")
    (refused,) = pulled(tmp_path, "payments").refused
    assert refused.reason == "валюта USD, а не рубли"


def test_a_refused_status_is_told_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path, "Дата приема;№ карты;Статус\n01.02.2026;17;Пришел\n" + "01.02.2026;18;Зюзя\n" * 3
    )
    refused = pulled(tmp_path, "appointments").refused
    assert {'[source.statuses] "Зюзя" = "…", где … – arrived' in r.reason for r in refused} == {
        True
    }


def test_where_only_a_price_stands_it_is_the_line_to_write(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Начислено;Долг\n01.02.2026;17;100;100\n")
    with pytest.raises(FileError) as refusal:
        pulled(tmp_path, "payments")
    assert 'amount = "Начислено"  # если' in refusal.value.hint


def test_costs_that_no_click_costs_are_asked_about(tmp_path: Path) -> None:
    write(tmp_path, "Date\tPlatform\tClicks\tCost\n2026-02-01\tДирект\t1\t100500000\n")
    with pytest.raises(FileError, match="за клик, таких не бывает"):
        pulled(tmp_path, "costs")


def test_a_deal_that_was_lost_is_no_payment(tmp_path: Path) -> None:
    write(
        tmp_path, "Дата оплаты;Телефон;Сумма;Стадия\n01.02.2026;89001112231;5000;Сделка провалена\n"
    )
    (refused,) = pulled(tmp_path, "payments").refused
    assert "неизвестный статус оплаты" in refused.reason
