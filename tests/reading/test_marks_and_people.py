# ruff: noqa: ISC004 - a file is written line under line
"""What people do to a table by hand: marks for sums, a person's number or phone within a cell, days
without their month."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from sheets_sync.errors import FileError
from tests.reading.exports import pulled, rows, write
from tests.reading.test_laid_out import shown

MONEY = ("amount", "kind")

#: name -> entity, text, columns, rows expected.
READ: dict[str, tuple[str, str, tuple[str, ...], list[tuple[object, ...]]]] = {
    "paid or not by a plus": (
        "payments", "Дата;№ карты;Сумма;Оплачено\n02.02.2026;17;50;+\n03.02.2026;18;70;-\n",
        MONEY, [(5000, "payment")],
    ),
    "a refund by a plus": (
        "payments", "Дата;№ карты;Сумма;Возврат\n02.02.2026;17;50;-\n03.02.2026;18;70;+\n",
        MONEY, [(5000, "payment"), (7000, "refund")],
    ),
    "means by ones": (
        "payments",
        "Дата;№ карты;Сумма;Наличные;Карта;Бонусы\n02.02.2026;17;50;1;0;0\n03.02.2026;18;70;0;0;1\n04.02.2026;19;20;0;0;0\n",
        MONEY, [(5000, "payment"), (7000, "bonus"), (2000, "payment")],
    ),
    "means by words": (
        "payments",
        "Дата;№ карты;Сумма;Картой;ДМС;Авансом\n02.02.2026;17;50;да;нет;нет\n03.02.2026;18;70;нет;нет;да\n04.02.2026;19;20;нет;да;\n",
        MONEY, [(5000, "payment"), (7000, "balance_spend"), (2000, "insurance")],
    ),
    "means by ticks, two of one kind": (
        "payments", "Дата;№ карты;Сумма;Нал;Безнал\n02.02.2026;17;50;✓;✓\n03.02.2026;18;70;;✓\n",
        MONEY, [(5000, "payment"), (7000, "payment")],
    ),
    "sums of means stay sums": (
        "payments", "Дата;№ карты;Сумма;Картой;Бонусами\n02.02.2026;17;50;40;10\n", MONEY,
        [(4000, "payment"), (1000, "bonus")],
    ),
    "a phone within the client": (
        "appointments",
        "Дата;Клиент;Статус\n02.02.2026;Иванова А. +7 916 111-22-33;Пришел\n03.02.2026;Петров П. (8 916 111-22-44);Пришел\n"
        "04.02.2026;Иванова А. 89161112233;Пришел\n",
        ("person_key", "status"), [("1", "arrived"), ("2", "arrived"), ("1", "arrived")],
    ),
    "a number beside a name": (
        "payments", "Дата;Пациент;Сумма\n02.02.2026;Иванова А. П. (00123);50\n03.02.2026;№ 456 Петров П. И.;70\n",
        ("patient_key", "amount"), [("1", 5000), ("2", 7000)],
    ),
    "a number under «Пациент»": (
        "payments", "Дата;Пациент;Сумма\n02.02.2026;00123;50\n03.02.2026;456;70\n03.02.2026;123;20\n",
        ("patient_key", "amount"), [("1", 5000), ("2", 7000), ("1", 2000)],
    ),
    "people over their rows by number and name": (
        "payments",
        "Дата;Услуга;Сумма\n№ 00123 Иванова А.;;\n02.02.2026;Осмотр;50\n№ 00456 Петров П.;;\n03.02.2026;Осмотр;70\n04.02.2026;Осмотр;20\n",
        ("patient_key", "amount"), [("1", 5000), ("2", 7000), ("2", 2000)],
    ),
    "two rows with a total": (
        "payments", "Период;Контрагент;;Оплата\nДень;Карта пациента;ФИО;Сумма\n02.02.2026;123;Иванова А.;50\n03.02.2026;456;Петров П.;70\nИтого;;;120\n",
        ("paid_at", "amount"), [("2026-02-02", 5000), ("2026-02-03", 7000)],
    ),
    "a code beside a name": (
        "payments", "Дата;Пациент;Код;Сумма\n02.02.2026;Иванова А.;1017;50\n03.02.2026;Петров П.;1018;70\n04.02.2026;Иванова А.;1017;20\n",
        ("patient_key", "amount"), [("1", 5000), ("2", 7000), ("1", 2000)],
    ),
    "the patient's phone before the payer's": (
        "payments", "Дата;Телефон плательщика;Телефон пациента;Сумма\n02.02.2026;+79161112233;+79161112244;50\n03.02.2026;+79161112233;+79161112255;70\n04.02.2026;+79161112244;;20\n",
        ("person_key", "amount"), [("1", 5000), ("2", 7000), ("1", 2000)],
    ),
    "a status where the first one is empty": (
        "appointments", "Дата;№ карты;Статус визита;Статус\n02.02.2026;17;Завершен;Активна\n03.02.2026;18;;Отменена\n",
        ("status",), [("completed",), ("cancelled",)],
    ),
    "a sum that is price by quantity": (
        "payments", "Дата;№ карты;Цена;Кол-во;Сумма строки;Итог чека\n02.02.2026;17;50;2;100;170\n02.02.2026;17;70;1;70;170\n",
        ("amount",), [(10000,), (7000,)],
    ),
    "parts of a price less its discount": (
        "payments", "Дата;№ карты;Стоимость;Скидка;Оплата пациента;Оплата страховой\n02.02.2026;17;100;10;30;60\n03.02.2026;18;50;0;50;0\n",
        MONEY, [(3000, "payment"), (6000, "insurance"), (5000, "payment")],
    ),
    "a payment corrected later": (
        "payments", "ID платежа;Дата;№ карты;Сумма;Дата изменения\n1;02.02.2026;17;50;02.02.2026 10:00\n2;02.02.2026;18;70;02.02.2026 10:00\n"
        "2;02.02.2026;18;75;03.02.2026 10:00\n",
        ("amount",), [(5000,), (7500,)],
    ),
    "lines of a document that were changed": (
        "payments", "ID платежа;Дата;№ карты;Услуга;Сумма;Дата изменения\n1;02.02.2026;17;Осмотр;50;02.02.2026 10:00\n1;02.02.2026;17;Снимок;70;02.02.2026 11:00\n",
        ("amount",), [(5000,), (7000,)],
    ),
    "a time of coming": (
        "appointments", "Дата приема;Начало;№ карты;Время прихода;Дата отмены\n02.02.2026;10:00;17;09:55;\n02.02.2026;11:00;18;;01.02.2026\n03.02.2026;11:00;19;;\n",
        ("status",), [("arrived",), ("cancelled",), ("booked",)],
    ),
    "an advance and the rest of a price": (
        "payments", "Дата;№ карты;Стоимость;Предоплата;Доплата\n02.02.2026;17;100;40;60\n03.02.2026;18;50;50;0\n",
        MONEY, [(6000, "payment"), (4000, "prepayment"), (5000, "prepayment")],
    ),
    "two tables beside each other": (
        "payments", "Центр;;;;Север;;\nДата;№ карты;Сумма;;Дата;№ карты;Сумма\n02.02.2026;17;50;;02.02.2026;27;10\n03.02.2026;18;70;;;;\n",
        ("amount",), [(5000,), (7000,), (1000,)],
    ),
    "units in a row of their own": (
        "payments", "Дата;№ карты;Оплачено;Скидка\n;;тыс. руб.;%\n02.02.2026;17;5;10\n03.02.2026;18;7,5;0\n",
        ("amount",), [(500000,), (750000,)],
    ),
    "part of it back": (
        "payments", "Дата;№ карты;Сумма;Статус;Сумма возврата\n02.02.2026;17;50;Оплачен;0\n03.02.2026;18;70;Частично возвращён;20\n",
        MONEY, [(5000, "payment"), (7000, "payment"), (2000, "refund")],
    ),
    "codes of 1С are no phones": (
        "payments", "Дата;Контрагент.Код;Сумма\n02.02.2026;00-00000017;50\n03.02.2026;00-00000018;70\n",
        ("patient_key", "amount"), [("1", 5000), ("2", 7000)],
    ),
    "a visit, yes or no": (
        "appointments", "Дата;Время;№ карты;Визит\n02.02.2026;10:00;17;Да\n02.02.2026;11:00;18;Нет\n",
        ("status",), [("arrived",), ("no_show",)],
    ),
    "a reason of what was cancelled": (
        "appointments", "Дата;Время;№ карты;Статус;Причина отмены\n02.02.2026;10:00;17;Запись;\n02.02.2026;11:00;18;Запись;заболел\n03.02.2026;11:00;19;Пришёл;перепутал день\n",
        ("status",), [("booked",), ("cancelled",), ("arrived",)],
    ),
    "a refund on its own day": (
        "payments", "Дата оплаты;№ карты;Сумма;Дата возврата;Сумма возврата\n02.02.2026;17;50;;\n03.02.2026;18;70;20.02.2026;20\n04.02.2026;19;30;;30\n",
        ("paid_at", "amount"),
        [("2026-02-02", 5000), ("2026-02-03", 7000), ("2026-02-20", 2000), ("2026-02-04", 3000), ("2026-02-04", 3000)],
    ),
    "a currency before its sum": (
        "payments", "Дата;№ карты;Сумма\n02.02.2026;17;+RUB 5,000.00\n03.02.2026;18;RUB 700.00\n", ("amount",), [(500000,), (70000,)],
    ),
    "parts of a price less its debt": (
        "payments", "Дата;№ карты;Стоимость;Наличные;Карта;Рассрочка банка;Долг\n02.02.2026;17;100;20;30;0;50\n03.02.2026;18;500;0;0;500;0\n",
        ("amount",), [(2000,), (3000,), (50000,)],
    ),
    "a day above the table": (
        "payments", "Касса за 02.02.2026;;\n№ карты;Услуга;Сумма\n17;Осмотр;50\n", ("paid_at", "amount"), [("2026-02-02", 5000)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_hands_wrote_is_read(tmp_path: Path, name: str) -> None:
    entity, text, columns, expected = READ[name]
    write(tmp_path, text)
    found = pulled(tmp_path, entity)
    people: dict[object, str] = {}
    read = [
        tuple(
            people.setdefault(v, str(len(people) + 1)) if shown(v) == "known" else shown(v)
            for v in row
        )
        for row in rows(found, *columns)
    ]
    assert read == expected, found.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Дата;№ карты;+/-;Сумма\n02.02.2026;17;+;50\n03.02.2026;18;-;70\n", "что значит минус"),
        ("Дата;№ карты;Сумма;Картой;Бонусы\n02.02.2026;17;50;да;да\n03.02.2026;18;70;да;нет\n", "строк с несколькими отметками 1"),
        ("Дата;Пациент;Сумма\n02.02.2026;1. Иванова А.;50\n03.02.2026;2. Петров П.;70\n", "не нашёл столбец patient_id"),
        ("Дата;Пациент;Сумма\n02.02.2026;Иванова А. (1985);50\n03.02.2026;Петров П. (1990);70\n", "не нашёл столбец patient_id"),
        ("Дата;Клиент;Сумма\n02.02.2026;1;50\n03.02.2026;2;70\n", "не нашёл столбец patient_id"),
        ("Дата;Карта пациента;Сумма\n02.02.2026;Осмотр первичный;50\n03.02.2026;Чистка и снимок;70\n", "в нём слова, а не номера пациентов"),
        ("Дата;Пациент;Код;Сумма\n02.02.2026;Иванова А.;1;50\n03.02.2026;Петров П.;2;70\n", "не нашёл столбец patient_id"),
        ("Дата;№ карты;Сумма договора;Оплачено всего;Остаток\n02.02.2026;17;100;20;80\n15.02.2026;17;100;50;50\n03.02.2026;18;50;50;0\n", "оплачено с начала, а не платёж"),
        ("Дата;№ карты;Сумма\n3.1;17;50\n15.1;18;70\n", "третье января или октября"),
    ],
)  # fmt: skip
def test_what_may_be_two_things_is_asked(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(FileError) as asked:
        pulled(tmp_path, "payments")
    assert said in str(asked.value)


def test_a_sign_is_what_the_clinic_says(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;+/-;Сумма\n02.02.2026;17;+;50\n03.02.2026;18;-;70\n")
    found = pulled(tmp_path, "payments", columns={"kind": "+/-"})
    assert rows(found, *MONEY) == [(5000, "payment"), (7000, "refund")]
    found = pulled(tmp_path, "payments", columns={"status": "+/-"})
    assert rows(found, *MONEY) == [(5000, "payment")]


def months(path: Path, *names: str) -> None:
    with xlsxwriter.Workbook(path) as book:
        for number, name in enumerate(names, 1):
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(
                [["Число", "№ карты", "Сумма"], [number, 17, 5], [28, 18, 7]]
            ):
                sheet.write_row(row, 0, cells)


def test_numbers_of_days_are_of_the_month_that_the_sheet_names(tmp_path: Path) -> None:
    months(tmp_path / "касса 2026.xlsx", "Январь", "Февраль")
    found = pulled(tmp_path, "payments", "*.xlsx")
    assert [shown(d) for (d,) in rows(found, "paid_at")] == [
        "2026-01-01", "2026-01-28", "2026-02-02", "2026-02-28",
    ]  # fmt: skip


def test_a_month_without_its_year_is_asked_for(tmp_path: Path) -> None:
    months(tmp_path / "касса.xlsx", "Январь", "Февраль")
    with pytest.raises(FileError) as asked:
        pulled(tmp_path, "payments", "*.xlsx")
    assert 'year = "=2026"' in str(asked.value.hint)
    found = pulled(tmp_path, "payments", "*.xlsx", columns={"year": "=2026"})
    assert shown(rows(found, "paid_at")[3][0]) == "2026-02-28"


def test_a_mean_below_the_rows_is_no_total(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;№ карты;Сумма\n02.02.2026;17;50\n03.02.2026;18;70\nИтого;;120\nСреднее;;60\n",
    )
    found = pulled(tmp_path, "payments")
    assert len(rows(found, "amount")) == 2
    assert not [note for note in found.notes if "в строке итога" in note]


def test_sheets_of_months_need_no_one_order_of_columns(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "p.xlsx") as book:
        for name, lines in {
            "янв": [["Дата", "№ карты", "Сумма"], ["12.01.2026", 17, 50]],
            "фев": [["№ карты", "Дата", "Врач", "Сумма"], [18, "03.02.2026", "Ким", 70]],
            "Итоги": [["№ карты", "Дата", "Врач", "Сумма"], [18, "03.02.2026", "Ким", 120]],
        }.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(lines):
                sheet.write_row(row, 0, cells)
    assert rows(pulled(tmp_path, "payments", "p.xlsx"), "amount") == [(5000,), (7000,)]


def test_groups_under_a_header_of_two_rows_are_laid_flat(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "p.xlsx") as book:
        sheet = book.add_worksheet("TDSheet")
        lines: list[tuple[int, list[str | int]]] = [
            (0, ["Врач", "Дата", "Сумма"]),
            (0, ["Контрагент, Код"]),
            (0, ["Ким В. В.", "", 80]),
            (1, ["Иванова А. А., 00-00017", "", 50]),
            (2, ["Реализация 1", "02.02.2026", 50]),
            (1, ["Петров П. П., 00-00018", "", 30]),
            (2, ["Реализация 2", "03.02.2026", 10]),
            (2, ["Реализация 3", "04.02.2026", 20]),
            (0, ["Итого", "", 80]),
        ]
        for row, (level, cells) in enumerate(lines):
            sheet.write_row(row, 0, cells)
            sheet.set_row(row, None, None, {"level": level})
    found = pulled(tmp_path, "payments", "p.xlsx")
    people = [key for (key,) in rows(found, "patient_key")]
    assert rows(found, "amount", "doctor") == [
        (5000, "Ким В. В."),
        (1000, "Ким В. В."),
        (2000, "Ким В. В."),
    ]
    assert people[1] == people[2] != people[0]


@pytest.mark.parametrize("names", [("Оплаты", "Долги"), ("Планы лечения", "Касса")])
def test_a_sheet_of_what_was_not_paid_is_not_read(tmp_path: Path, names: tuple[str, str]) -> None:
    with xlsxwriter.Workbook(tmp_path / "p.xlsx") as book:
        for name in names:
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Дата", "№ карты", "Сумма"])
            sheet.write_row(1, 0, ["02.02.2026", 17, 50 if name in {"Оплаты", "Касса"} else 70])
    found = pulled(tmp_path, "payments", "p.xlsx")
    assert rows(found, "amount") == [(5000,)]
    assert "не прочитаны" in " ".join(found.notes)


def test_what_is_left_beside_a_payment_asks_nothing(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Сумма;Остаток\n02.02.2026;17;20;80\n15.02.2026;17;30;50\n")
    assert rows(pulled(tmp_path, "payments"), "amount") == [(2000,), (3000,)]


def test_a_row_struck_through_is_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "p.xlsx") as book:
        sheet, struck = book.add_worksheet(), book.add_format({"font_strikeout": True})
        sheet.write_row(0, 0, ["Дата", "№ карты", "Сумма"])
        sheet.write_row(1, 0, ["02.02.2026", 17, 50])
        sheet.write_row(2, 0, ["03.02.2026", 18, 70], struck)
    found = pulled(tmp_path, "payments", "p.xlsx")
    assert rows(found, "amount") == [(5000,)]
    assert found.refused[0].row == 3
    assert found.refused[0].value.startswith("зачёркнуто: ")


def test_payments_equal_to_the_second_are_told(tmp_path: Path) -> None:
    line = "02.02.2026 10:00:01;17;50\n"
    write(tmp_path, "Дата и время;ID клиента;Сумма\n" + 2 * line + 2 * "03.02.2026;18;70\n")
    found = pulled(tmp_path, "payments")
    assert len(rows(found, "amount")) == 4
    assert "равных до секунды: 1 на 50,00" in " ".join(found.notes).replace("\u00a0", " ")


def test_a_row_of_somebody_s_above_the_header_names_no_day(tmp_path: Path) -> None:
    row = "2026-02-01T09:05:00+03:00 8 (903) 555-35-35"
    write(
        tmp_path, f"{row};;\nНомер звонившего;Длительность разговора;Целевой\n89030000001;60;да\n"
    )
    with pytest.raises(FileError) as refusal:
        pulled(tmp_path, "calls")
    assert "555" not in str(refusal.value)
