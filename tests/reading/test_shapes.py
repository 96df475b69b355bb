# ruff: noqa: ISC004 - a file is written line under line
"""Exports as programs, banks, call centres and cabinets write them, in shapes of our own: each is read
right, told of, or refused with what to do – never a wrong number without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.errors import FileError
from sheets_sync.sources.source import Pulled
from tests.reading.exports import pulled, rows, write

#: name -> entity, file's name, its text, column that is added up or counted, what must come of it.
RIGHT: dict[str, tuple[str, str, str, str, object]] = {
    "ident visits": (
        "appointments", "z.csv",
        "Дата приема;Начало;Окончание;№ карты;Кабинет;Статус\n04.02.2026;19:30;20:00;17;2;Явился\n"
        "05.02.2026;10:00;10:30;18;2;Пациент не явился\n",
        "status", ["arrived", "no_show"],
    ),
    "yclients codes": (
        "appointments", "z.csv",
        "ID записи;Дата визита;Телефон;Статус\n1;03.02.2026 10:30;+79001112231;1\n"
        "2;03.02.2026 11:30;+79001112232;−1\n3;03.02.2026 12:30;+79001112233;2\n",
        "status", ["completed", "no_show", "confirmed"],
    ),
    "sqns codes": (
        "appointments", "sqns.csv",
        "ID визита;Дата визита;Телефон;Статус визита\n1;03.02.2026 10:30;+79001112231;-1\n",
        "status", ["cancelled"],
    ),
    "came, yes or no": (
        "appointments", "z.csv",
        "Дата приема;Телефон;Пришел;Отменена\n03.02.2026;+79001112231;да;нет\n03.02.2026;+79001112232;нет;нет\n"
        "04.02.2026;+79001112233;;да\n04.03.2026;+79001112234;;\n",
        "status", ["arrived", "no_show", "cancelled", "booked"],
    ),
    "booking and visit under confusing names": (
        "appointments", "z.csv",
        "Дата записи;Дата;Телефон;Статус\n10.02.2026 10:00;01.02.2026;+79001112231;Пришел\n"
        "12.02.2026 10:00;02.02.2026;+79001112232;Пришел\n",
        "starts_at", ["2026-02-10", "2026-02-12"],
    ),
    "payments of a MIS by parts": (
        "payments", "p.csv",
        "Номер чека;Дата;№ медкарты;К оплате;Наличными;Картой;Балансом\n1;03.02.2026;7;1000;300;200;500\n",
        "amount", [30000, 20000, 50000],
    ),
    "a sum in thousands": (
        "payments", "p.csv", "Дата оплаты;№ карты;Сумма, тыс. руб.\n03.02.2026;7;12,5\n", "amount", [1250000],
    ),
    "bills paid and not": (
        "payments", "p.csv",
        "Номер;Дата оплаты;Телефон;Сумма;Состояние\n1;03.02.2026;+79001112231;10,00;Проведён\n"
        "2;03.02.2026;+79001112232;20,00;Ожидает оплаты\n3;03.02.2026;+79001112233;30,00;Отменена\n",
        "amount", [1000],
    ),
    "income and refund side by side": (
        "payments", "p.csv",
        "Дата;№ карты;Возврат;Приход\n02.02.2026;17;;20 000,00\n05.02.2026;17;15 000,00;\n",
        "kind", ["payment", "refund"],
    ),
    "a deposit that may not come back": (
        "payments", "p.csv",
        "Дата;№ карты;Сумма;Назначение\n02.02.2026;17;500;Депозит невозвратный\n", "kind", ["prepayment"],
    ),
    "a receipt of a fiscal operator": (
        "payments", "ofd.csv",
        "Номер ФД;Дата и время;Признак расчета;Контакт покупателя;Сумма чека\n"
        "1;02.02.2026 10:00;Приход;+79001112231;500,00\n2;03.02.2026 10:00;Возврат прихода;+79001112231;500,00\n",
        "kind", ["payment", "refund"],
    ),
    "a discount that is taken already": (
        "payments", "p.csv",
        "Дата;№ карты;Цена;Количество;Скидка;Сумма\n02.02.2026;17;1000;2;500;1500\n", "amount", [150000],
    ),
    "outgoing calls of a PBX": (
        "calls", "mango.csv",
        "Дата;Время;Кто звонил;Кому звонили;Длительность разговора ЧЧ:MM:СС\n"
        "01.02.2026;10:15:02;79001112233;Регистратура;00:02:15\n01.02.2026;11:00:00;Оператор 5;79001112234;00:01:00\n",
        "call_direction", ["", "out"],
    ),
    "missed and answered in one column of directions": (
        "calls", "uis.csv",
        "Дата звонка;Номер абонента;Тип звонка\n01.02.2026 10:00;79001112233;Входящий принятый\n"
        "01.02.2026 11:00;79001112234;Входящий пропущенный\n",
        "status", ["answered", "missed"],
    ),
    "a class of calls": (
        "calls", "callibri.csv",
        "Дата;Телефон;Класс;Проект\n01.02.2026 10:00;79001112233;Целевой;Центр\n"
        "01.02.2026 11:00;79001112234;Нецелевой;Центр\n",
        "is_target", [True, False],
    ),
    "a cabinet without a platform, by its file's name": (
        "costs", "avito_2026-02.csv", "Дата;Показы;Расходы\n01.02.2026;10;500\n", "platform", ["Авито"],
    ),
    "a cabinet without dates, by its title": (
        "costs", "vk.csv",
        "Отчёт за период с 01.02.2026 по 28.02.2026;;\n\nКампания;Показы;Потрачено всего, ₽\nЛиды;10;2800\n",
        "date_to", ["2026-02-28"],
    ),
    "a month in words": (
        "costs", "c.csv", "Месяц;Площадка;Расход\nфев.26;SEO;28000\n", "date_to", ["2026-02-28"],
    ),
    "a month without a year, of the file's": (
        "costs", "budget_2026.csv", "Месяц;Площадка;Расход\nМарт;SEO;28000\n", "date_to", ["2026-03-31"],
    ),
    "dollars beside roubles": (
        "costs", "c.csv",
        "Дата;Площадка;Расход, $;Расход, ₽\n01.02.2026;Google Ads;10;950,50\n", "cost", [95050],
    ),
    "with VAT and without": (
        "costs", "c.csv",
        "Дата;Площадка;Расход без НДС;Расход с НДС\n01.02.2026;VK;100;122\n", "cost", [12200],
    ),
    "leads of bitrix": (
        "leads", "lead.csv",
        "ID;Стадия;Источник;Дата создания;Рабочий телефон;Мобильный телефон\n"
        "11;Забракован: спам;Веб-сайт;01.02.2026 10:00:00;;+79001112233\n",
        "status", ["spam"],
    ),
    "a reason of refusal says spam": (
        "leads", "l.csv",
        "ID;Дата создания;Телефон;Статус;Причина отказа\n1;01.02.2026;+79001112233;Закрыто;Спам\n"
        "2;01.02.2026;+79001112234;Закрыто;Дорого\n",
        "status", ["spam", "lost"],
    ),
    "a diary's slot": (
        "appointments", "z.csv",
        "Дата и время;№ карты;Статус\n31.01.2026 23:00–23:30;17;Пришел\n", "starts_at", ["2026-01-31"],
    ),
    "phones under a strange name": (
        "leads", "l.csv", "Дата;Связь\n01.02.2026;8 900 111-22-33\n", "person_key", ["known"],
    ),
}  # fmt: skip

#: name -> entity, file's name, its text, what its quarantine, notes or refusal must speak of.
TOLD: dict[str, tuple[str, str, str, str]] = {
    "dollars alone": ("costs", "c.csv", "Дата;Площадка;Расход, $\n01.02.2026;Google Ads;10\n", "USD"),
    "a currency in the cell": ("payments", "p.csv", "Дата;№ карты;Сумма\n01.02.2026;7;10 $\n", "не в рублях"),
    "a title in dollars": ("costs", "google.csv", "Валюта: USD;\n\nДата;Площадка;Расход\n01.02.2026;Google Ads;5\n", "USD"),
    "a deposit alone": ("payments", "p.csv", "Дата;№ карты;Сумма;Вид оплаты\n01.02.2026;7;10;Депозит\n", "Депозит"),
    "a sum before its discount": ("payments", "p.csv", "Дата;№ карты;Сумма;Скидка\n01.02.2026;7;1000;100\n", 'amount = "Сумма"'),
    "parts that do not add up": ("payments", "p.csv", "Дата;№ карты;Сумма;Карта;Бонусы\n01.02.2026;7;1000;700;100\n", "не сходятся"),
    "a bank's register": ("payments", "p.csv", "Дата операции;Номер карты;Сумма операции\n01.02.2026;427600******1234;500,00\n", "patient_id"),
    "an unknown status of payment": ("payments", "p.csv", "Дата;№ карты;Сумма;Статус\n01.02.2026;7;10;Почти\n", "source.statuses"),
    "paid in part": ("payments", "p.csv", "Дата;№ карты;Сумма;Статус\n01.02.2026;7;10;Частично оплачен\n", "не всё"),
    "a platform that nobody names": ("costs", "c.csv", "Дата;Показы;Расход\n01.02.2026;5;5\n", 'platform = "='),
    "a total that does not fit": ("payments", "p.csv", "Дата;№ карты;Сумма\n01.02.2026;7;10\nИтого;;20\n", "в строке итога"),
    "everything missing at once": ("payments", "p.csv", "Номер чека;Сумма\n1;5\n", "paid_at"),
    "an unknown status of a lead": ("leads", "l.csv", "Дата;Телефон;Статус\n01.02.2026;+79001112233;Ромашка\n", "неизвестные слова"),
    "a row number": ("leads", "l.csv", "№;Дата;Телефон\n1;01.02.2026;+79001112231\n1;02.02.2026;+79001112232\n", "не идентификатор"),
}  # fmt: skip


def read(folder: Path, entity: str, name: str, text: str) -> Pulled:
    write(folder, text, name)
    return pulled(folder, entity, name)


def shown(value: object) -> object:
    """A cell as these tables write it: days of moments, keys only as known."""
    if hasattr(value, "tz_convert") and value.tzinfo:
        return f"{value.tz_convert('Asia/Yekaterinburg'):%Y-%m-%d}"
    if hasattr(value, "date"):
        return f"{value:%Y-%m-%d}"
    return "known" if isinstance(value, str) and len(value) == 32 else value


@pytest.mark.parametrize("name", RIGHT)
def test_a_shape_is_read_right(tmp_path: Path, name: str) -> None:
    entity, file, text, column, expected = RIGHT[name]
    found = read(tmp_path, entity, file, text)
    assert [shown(value) for (value,) in rows(found, column)] == expected, found.notes


@pytest.mark.parametrize("name", TOLD)
def test_a_shape_that_is_in_doubt_is_told(tmp_path: Path, name: str) -> None:
    entity, file, text, words = TOLD[name]
    try:
        found = read(tmp_path, entity, file, text)
    except FileError as error:
        said = str(error)
    else:
        said = " ".join([*found.notes, *(r.reason for r in found.refused)])
    assert words in said
