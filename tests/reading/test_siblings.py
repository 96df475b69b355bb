# ruff: noqa: ISC004 - a file is written line under line
"""Other spellings of what exports are known to hold: whole hours, unix seconds, a cash book with what
went out, a platform's total beside its campaigns, calls by lines of the clinic."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.exports import pulled, rows, write
from tests.reading.test_shapes import shown

SLOTS = (
    "31.01.2026 15:00-16", "31.01.2026 15-16", "31.01.2026 15:00-16:00 (60 мин)", "31.01.2026 15:00 (30 мин)",
    "31.01.2026 15:00 / 15:30", "31.01.2026 15:00 - 31.01.2026 15:30", "31 января 2026, 15:00–15:30",
    "1769853600", "1769853600000",
)  # fmt: skip


def begun(folder: Path) -> list[str]:
    found = rows(pulled(folder, "appointments"), "starts_at")
    return [f"{at.tz_convert('Asia/Yekaterinburg'):%d %H:%M}" for (at,) in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize("cell", SLOTS)
def test_a_moment_with_its_end_is_when_it_begins(tmp_path: Path, cell: str) -> None:
    write(tmp_path, f"Дата приема;№ карты;Статус\n{cell};17;Пришел\n")
    assert begun(tmp_path) == ["31 15:00"]


def test_slots_over_midnight_and_mistyped_ones_are_no_zones(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата приема;№ карты;Статус\n31.01.2026 23:30-00:15;17;Пришел\n31.01.2026 15:00-14:00;18;Пришел\n",
    )
    assert begun(tmp_path) == ["31 23:30", "31 15:00"]


def test_a_zone_west_of_greenwich_stays_one(tmp_path: Path) -> None:
    write(tmp_path, "Дата приема;№ карты;Статус\n2026-01-31 05:00:00-05:00;17;Пришел\n")
    assert begun(tmp_path) == ["31 15:00"]


@pytest.mark.parametrize("cell", ["15-16", "15:00–16", "15:00/15:30", "15:00 (30 мин.)", "15 ч 00 мин"])  # fmt: skip
def test_a_time_with_its_end_is_when_it_begins(tmp_path: Path, cell: str) -> None:
    write(tmp_path, f"Дата приема;Время;№ карты;Статус\n31.01.2026;{cell};17;Пришел\n")
    assert begun(tmp_path) == ["31 15:00"]


@pytest.mark.parametrize(
    ("cell", "kopecks"),
    [
        ("1 500 руб. 50 коп.", 150050), ("7 р. 5 коп", 705), ("1500=00", 150000), ("1 500-50", 150050),
        ("1,5к", 150000), ("15k", 1500000),
    ],
)  # fmt: skip
def test_sums_as_accountants_and_marketers_write_them(
    tmp_path: Path, cell: str, kopecks: int
) -> None:
    write(tmp_path, f"Дата;№ карты;Сумма\n03.02.2026;17;{cell}\n")
    assert rows(pulled(tmp_path, "payments"), "amount") == [(kopecks,)]


def test_a_failed_formula_is_called_so(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Сумма\n03.02.2026;17;#ССЫЛКА!\n04.02.2026;18;100\n")
    (refused,) = pulled(tmp_path, "payments").refused
    assert "ошибка формулы" in refused.reason


#: name -> entity, text, column, expected.
READ: dict[str, tuple[str, str, str, list[object]]] = {
    "a sum less its refund": (
        "payments", "Дата;№ карты;Сумма;Возврат;Итого\n03.02.2026;17;100;20;80\n04.02.2026;18;50;0;50\n",
        "amount", [10000, 2000, 5000],
    ),
    "what was paid less its refund": (
        "payments", "Дата;№ карты;Сумма;Возврат;Оплачено\n03.02.2026;17;100;20;80\n", "amount", [10000, 2000],
    ),
    "a refund alone beside its sum": (
        "payments", "Дата;№ карты;Сумма;Возврат;Оплачено\n03.02.2026;17;50;50;0\n", "amount", [5000],
    ),
    "a cash book": (
        "payments", "Дата;№ карты;Приход;Расход;Назначение\n03.02.2026;17;100;0;Оплата\n04.02.2026;;0;50;Аренда\n"
        "05.02.2026;18;0;30;Возврат пациенту\n", "amount", [10000, 3000],
    ),
    "a bank's statement": (
        "payments", "Дата операции;Телефон;Дебет;Кредит\n03.02.2026;+79001112231;;100\n04.02.2026;+79001112231;5;\n",
        "amount", [10000],
    ),
    "prepayments that are not given back": (
        "payments", "Дата;№ карты;Сумма;Вид платежа\n03.02.2026;17;1;Аванс (возврат невозможен)\n"
        "03.02.2026;18;2;Предоплата без права возврата\n03.02.2026;19;4;Депозит, возврату не подлежит\n",
        "kind", ["prepayment"] * 3,
    ),
    "what it was, and how it was paid": (
        "payments", "Дата;№ карты;Сумма;Тип операции;Способ оплаты\n03.02.2026;17;1;Оплата;Карта\n"
        "03.02.2026;18;2;Оплата;С депозита\n03.02.2026;19;4;Возврат;С депозита\n",
        "kind", ["payment", "balance_spend", "refund"],
    ),
    "what was paid, by parts, beside what was to pay": (
        "payments", "Дата;№ карты;Итого к оплате;Оплачено картой;Оплачено балансом;Долг\n03.02.2026;17;9;4;5;0\n"
        "04.02.2026;18;10;3;2;5\n", "amount", [400, 500, 300, 200],
    ),
    "words in a column of yes and no": (
        "appointments", "Дата приема;№ карты;Пришёл на приём?\n03.02.2026;17;да\n04.02.2026;18;не пришел\n"
        "05.02.2026;19;отменил\n06.02.2026;20;\n06.02.2026;21;пришла\n07.02.2026;22;нет\n",
        "status", ["arrived", "no_show", "cancelled", "booked", "arrived", "no_show"],
    ),
    "a status of before, and who came": (
        "appointments", "Дата приема;№ карты;Статус;Пришел\n03.02.2026;17;Запись;Да\n04.02.2026;18;Запись;Нет\n"
        "05.02.2026;19;Подтвержден;\n06.02.2026;20;Завершен;Нет\n", "status", ["arrived", "no_show", "confirmed", "completed"],
    ),
    "the quality of a lead": (
        "leads", "ID;Дата;Телефон;Статус;Качество\n1;03.02.2026;+79001112231;Новый;Спам\n2;03.02.2026;+79001112232;Новый;Целевой\n",
        "status", ["spam", "new"],
    ),
    "the later of two dates is the visit": (
        "appointments", "Записан на;Записан;№ карты;Статус\n03.02.2026;01.02.2026;17;Пришел\n"
        "05.02.2026;02.02.2026;18;Пришел\n", "starts_at", ["2026-02-03", "2026-02-05"],
    ),
    "two dates that nobody knows": (
        "appointments", "Когда записался;Когда придет;№ карты;Статус\n01.02.2026;03.02.2026;17;Пришел\n",
        "starts_at", ["2026-02-03"],
    ),
    "words of portals": (
        "appointments", "Дата приема;№ карты;Статус\n03.02.2026;17;Пациент дошел\n03.02.2026;18;Пациент не дошел\n",
        "status", ["arrived", "no_show"],
    ),
    "who called, in a word": (
        "calls", "Начало;От;Кому\n03.02.2026 10:00;79001112231;74950000001\n03.02.2026 11:00;101;79001112232\n",
        "call_direction", ["", "out"],
    ),
    "a first call of UIS": (
        "calls", "Дата;Номер абонента;Первичное обращение\n03.02.2026 10:00;79001112231;Да\n", "is_unique", [True],
    ),
    "a debt given back is a payment": (
        "payments", "Дата;№ карты;Сумма;Назначение\n03.02.2026;17;1;Возврат долга\n", "kind", ["payment"],
    ),
    "an advance moved is no new money": (
        "payments", "Дата;№ карты;Сумма;Назначение\n03.02.2026;17;1;Перенос аванса\n", "kind", ["balance_spend"],
    ),
    "the type is a direction where the status is apart": (
        "calls", "Дата;Тип;Телефон;Статус\n03.02.2026 10:00;Входящий;79001112231;Отвечен\n"
        "03.02.2026 11:00;Исходящий;79001112232;Отвечен\n", "call_direction", ["in", "out"],
    ),
    "a direction under a strange name": (
        "calls", "Дата;Признак;Телефон\n03.02.2026 10:00;входящий отвеченный;79001112231\n"
        "03.02.2026 11:00;исходящий отвеченный;79001112232\n", "call_direction", ["in", "out"],
    ),
    "calls by lines of the clinic": (
        "calls", "Дата;Откуда;Куда\n03.02.2026 10:00;79001112231;74950000001\n"
        "03.02.2026 10:10;74950000001;79001112232\n03.02.2026 10:20;74950000001;79001112231\n",
        "call_direction", ["", "out", "out"],
    ),
    "classes of Callibri": (
        "calls", "Дата;Телефон;Класс обращения\n03.02.2026 10:00;79001112231;Лид\n03.02.2026 11:00;79001112232;Спам\n",
        "is_target", [True, False],
    ),
    "primary and repeated": (
        "calls", "Дата;Телефон;Первичный/повторный\n03.02.2026 10:00;79001112231;Первичный\n"
        "03.02.2026 11:00;79001112231;Повторный\n", "is_unique", [True, False],
    ),
    "not confirmed, and a reserve": (
        "appointments", "Дата приема;№ карты;Статус\n03.02.2026;17;Неподтвержден\n03.02.2026;18;Бронь\n",
        "status", ["booked", "booked"],
    ),
    "a platform's days and its campaigns": (
        "costs", "Дата;Площадка;Кампания;Расход\n01.02.2026;Яндекс Директ;;15\n02.02.2026;Яндекс Директ;;9\n"
        "01.02.2026;Яндекс.Директ;A;10\n01.02.2026;Яндекс Директ;B;5\n02.02.2026;Яндекс Директ;A;9\n",
        "cost", [1000, 500, 900],
    ),
    "rows that call themselves a total": (
        "costs", "Дата;Площадка;Расход\n03.02.2026;VK;10\n03.02.2026;Авито;5\n03.02.2026;Все площадки;15\n"
        "04.02.2026;VK;1\n04.02.2026;Все площадки;1\n", "cost", [1000, 500, 100],
    ),
    "money put on an account": (
        "costs", "Дата;Площадка;Операция;Сумма\n03.02.2026;VK;Пополнение;1000\n04.02.2026;VK;Списание;100\n",
        "cost", [10000],
    ),
    "costs with a minus": ("costs", "Дата;Площадка;Расход\n03.02.2026;VK;-100\n04.02.2026;VK;-50\n", "cost", [10000, 5000]),
    "a bill beside its payment": (
        "payments", "Дата;№ карты;Движение;Сумма\n03.02.2026;17;Начисление;5\n03.02.2026;17;Поступление;5\n"
        "04.02.2026;18;Счёт;9\n05.02.2026;18;Оплата;4\n", "amount", [500, 400],
    ),
    "what has a day of its cancelling": (
        "payments", "Дата;№ карты;Сумма;Дата аннулирования\n03.02.2026;17;5;\n04.02.2026;18;7;05.02.2026\n",
        "amount", [500],
    ),
    "an appointment that was called off on a day": (
        "appointments", "Дата приема;№ карты;Явка;Дата отмены\n03.02.2026;17;Да;\n04.02.2026;18;;02.02.2026\n",
        "status", ["arrived", "cancelled"],
    ),
    "bonuses that a sum holds": (
        "payments", "Дата;№ карты;Сумма;из них бонусами\n03.02.2026;17;50;5\n04.02.2026;18;7;0\n",
        "amount", [500, 4500, 700],
    ),
    "a part that completes the sum": (
        "payments", "Дата;№ карты;Всего;Оплачено пациентом;Оплачено ДМС\n03.02.2026;17;5;1;4\n04.02.2026;18;3;3;0\n",
        "amount", [100, 400, 300],
    ),
    "what was paid, by a word of its header": (
        "payments", "Дата;№ карты;Сумма плана;Оплачено по плану\n03.02.2026;17;9;4\n", "amount", [400],
    ),
    "a return that is a row of its own": (
        "payments", "Дата;№ карты;Тип операции;Сумма;Статус\n03.02.2026;17;Оплата;6;Возвращён\n"
        "04.02.2026;17;Возврат;6;Возвращён\n04.02.2026;18;Оплата;5;Возвращён\n05.02.2026;19;Оплата;1;Оплачен\n",
        "kind", ["payment", "refund", "payment"],
    ),
    "what was handed over, less the change": (
        "payments", "Дата;№ карты;К оплате;Получено;Сдача\n03.02.2026;17;5;10;5\n04.02.2026;18;7;7;0\n",
        "amount", [500, 700],
    ),
    "roubles beside the sum in its own currency": (
        "payments", "Дата;№ карты;Сумма в валюте;Валюта;Сумма в рублях\n03.02.2026;17;1;USD;90\n",
        "amount", [9000],
    ),
    "a header nobody knows over rows with our words": (
        "appointments", "Код события;Дата события;Тип события;N медкарты;Врач;Состояние события\n"
        "1;03.02.2026 10:00;Прием;17;А;Выполнено\n2;04.02.2026 10:00;Прием;18;А;Отменено\n",
        "status", ["completed", "cancelled"],
    ),
    "parts that their sum alone tells": (
        "payments", "Дата;№ карты;Сумма заказа;Оплата картой;Кредит банка;Сертификат\n03.02.2026;17;9;9;0;0\n"
        "04.02.2026;18;7;1;4;2\n", "kind", ["payment", "payment", "balance_spend"],
    ),
    "a mark of what was deleted": (
        "payments", "Дата;№ карты;Сумма;Пометка удаления\n03.02.2026;17;5;Нет\n04.02.2026;18;7;Да\n", "amount", [500],
    ),
    "a visit that was deleted": (
        "appointments", "Дата приема;№ карты;Статус;Удалена\n03.02.2026;17;Завершен;Нет\n04.02.2026;18;Завершен;Да\n",
        "status", ["completed", "cancelled"],
    ),
    "who came, in other words": (
        "appointments", "Дата приема;№ карты;Подтверждение;Факт прихода\n03.02.2026;17;Да;Да\n04.02.2026;18;Да;Нет\n",
        "status", ["arrived", "no_show"],
    ),
    "noughts beside what was given back": (
        "payments", "Дата;№ карты;Карта;СБП;Возврат наличные;Возврат карта\n03.02.2026;17;0;9;0;4\n",
        "amount", [900, 400],
    ),
    "what was given back of a total": (
        "payments", "Дата;№ карты;Итого;из них возврат\n03.02.2026;17;9;4\n", "amount", [900, 400],
    ),
    "refunds and nothing else": (
        "payments", "Дата возврата;№ карты;Сумма возврата\n03.02.2026;17;4\n", "kind", ["refund"],
    ),
    "an account that was filled": (
        "payments", "Дата;№ карты;Сумма;Операция\n03.02.2026;17;9;Пополнение лицевого счёта\n"
        "04.02.2026;17;5;Оплата с лицевого счёта\n", "kind", ["prepayment", "balance_spend"],
    ),
    "a beginning, an end and a booking": (
        "appointments", "created;slot_from;slot_to;patient_id;status\n01.02.2026 10:00;03.02.2026 10:00;"
        "03.02.2026 10:30;17;completed\n02.02.2026 10:00;04.02.2026 10:00;04.02.2026 10:30;18;refused\n",
        "starts_at", ["2026-02-03", "2026-02-04"],
    ),
    "the newest state above the older ones": (
        "appointments", "Номер записи;Дата приема;№ карты;Статус\n1;03.02.2026;17;Пришел\n1;03.02.2026;17;Записан\n",
        "status", ["arrived"],
    ),
    "costs without a campaign on days of their own": (
        "costs", "Дата;Площадка;Кампания;Расход\n01.02.2026;VK;;15\n02.02.2026;VK;A;9\n", "cost", [1500, 900],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_it_is_meant(tmp_path: Path, name: str) -> None:
    entity, text, column, expected = READ[name]
    write(tmp_path, text)
    found = pulled(tmp_path, entity)
    assert [shown(value) for (value,) in rows(found, column)] == expected, found.notes


@pytest.mark.parametrize(
    ("entity", "text", "words"),
    [
        ("payments", "Дата;№ карты;Приход;Расход\n03.02.2026;17;100;\n04.02.2026;18;;50\n", "деньги только ушли: 1 на 50,00"),
        ("payments", "Дата;№ карты;Сумма;Вид операции\n03.02.2026;17;100;Инкассация\n", "деньги ушли"),
        ("payments", "Дата;№ карты;Сумма;Вид операции\n03.02.2026;17;100;Отмена оплаты\n", "отменены"),
        ("costs", "Дата;Площадка;Кампания;Расход\n01.02.2026;VK;;19\n01.02.2026;VK;A;10\n", "посчитаны дважды"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told(tmp_path: Path, entity: str, text: str, words: str) -> None:
    write(tmp_path, text)
    found = pulled(tmp_path, entity)
    said = " ".join([*found.notes, *(r.reason for r in found.refused)])
    assert words in said
    assert ("приняты как payment" in said) == (words == "неизвестные слова")


def test_a_needed_column_that_was_not_taken_is_told_why(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Сумма\n03.02.2026;17;наличные\n")
    with pytest.raises(Exception, match="«Сумма» похоже на sum_plain по названию, но в нём слова"):
        pulled(tmp_path, "payments")


def test_small_files_that_share_rows_are_told(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Сумма\n03.02.2026;17;100\n", "a.csv")
    write(tmp_path, "Дата;№ карты;Сумма\n03.02.2026;17;100\n04.02.2026;18;50\n", "b.csv")
    assert "пересекаются: одинаковых строк без номера 1" in " ".join(
        pulled(tmp_path, "payments").notes
    )
