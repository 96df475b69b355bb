"""Leads, calls, costs and visits as CRMs, call centres, cabinets and counters export them: right, or asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.errors import FileError
from tests.reading.exports import pulled, rows, write
from tests.reading.test_laid_out import shown

#: name -> entity, file's name, its text, column, what must come of it.
READ: dict[str, tuple[str, str, str, str, list[object]]] = {
    "uniqueness in words": (
        "calls", "c.csv",
        "Дата;Телефон;Уникальность\n01.02.2026 10:00;79001112231;Новый\n01.02.2026 11:00;79001112231;Повторный\n",
        "is_unique", [True, False],
    ),
    "repeated calls by their opposite": (
        "calls", "c.csv",
        "Дата;Телефон;Повторный\n01.02.2026 10:00;79001112231;Первичный\n01.02.2026 11:00;79001112231;Повторный\n",
        "is_unique", [True, False],
    ),
    "ways shortened": (
        "calls", "c.csv",
        "Дата;Телефон;Тип\n01.02.2026 10:00;79001112231;Вх.\n01.02.2026 11:00;79001112232;Исх.\n01.02.2026 12:00;102;Внутр.\n",
        "call_direction", ["in", "out", "out"],
    ),
    "callers that hide their numbers": (
        "calls", "c.csv",
        "Дата;Кто звонил\n01.02.2026 10:00;+7 900 ***-**-31\n01.02.2026 11:00;Номер скрыт\n01.02.2026 12:00;Регистратура\n",
        "call_direction", ["", "", "out"],
    ),
    "a form in a language of its own": (
        "leads", "Ответы.csv",
        "Когда,Как вас зовут?,Номер для связи\n2/3/2026 14:05:12,Анна,89001112231\n2/13/2026 9:05:12,Пётр,89001112232\n",
        "created_at", ["2026-02-03", "2026-02-13"],
    ),
    "an answer, whoever gave it": (
        "reviews", "r.csv", "Дата;Площадка;Оценка;Ответ организации\n01.02.2026;2ГИС;5;Спасибо\n",
        "answered_at", ["2026-02-01"],
    ),
    "platforms over their own columns": (
        "costs", "c.csv",
        "Дата;Яндекс Директ;;VK Реклама;\n;Показы;Расход;Показы;Расход\n01.02.2026;1000;15;500;3\n02.02.2026;1100;16;600;4\n",
        "cost", [1500, 300, 1600, 400],
    ),
    "a sum of all days before": (
        "costs", "c.csv", "Дата;Площадка;Расход за день;Расход нарастающим итогом\n01.02.2026;VK;10;10\n02.02.2026;VK;5;15\n",
        "cost", [1000, 500],
    ),
    "prices of one click and one lead": (
        "costs", "c.csv", "Дата;Площадка;Израсходовано за день;Расход на клик;Расход на конверсию\n01.02.2026;VK;1000;10;500\n",
        "cost", [100000],
    ),
    "a sum that VAT makes whole": (
        "costs", "c.csv", "Дата;Площадка;Сумма;НДС 22%;Всего\n01.02.2026;VK;100;22;122\n02.02.2026;VK;200;44;244\n",
        "cost", [12200, 24400],
    ),
    "sources in words": (
        "traffic", "t.csv",
        "Дата;Источник трафика;Визиты\n01.02.2026;Переходы по рекламе;5\n01.02.2026;Переходы из поисковых систем;6\n",
        "traffic_source", ["ad", "organic"],
    ),
    "Direct by its detail": (
        "traffic", "t.csv", "Дата;Источник трафика;Источник трафика (детально);Визиты\n01.02.2026;Реклама;Яндекс: Директ;5\n",
        "adv_engine", ["ya_direct"],
    ),
    "an aggregator by its file": (
        "costs", "napopravku_02.csv", "Дата;Расход\n01.02.2026;100\n", "platform", ["НаПоправку"],
    ),
    "logs of Metrica": (
        "touches", "visits.tsv",
        "ym:s:dateTime\tym:s:clientID\tym:s:lastsignTrafficSource\n2026-02-03 09:50:00\t1770000000123456789\tad\n",
        "ym_client_id", ["1770000000123456789"],
    ),
    "a source and its medium of a call": (
        "calls", "c.csv",
        "Дата;Телефон;Источник/канал\n01.02.2026 10:00;79001112231;yandex / cpc\n01.02.2026 10:00;79001112232;Авито\n",
        "source_raw", ["", "Авито"],
    ),
    "leads that somebody deleted": (
        "leads", "l.csv", "Дата;Телефон;Удалено;Тестовая\n01.02.2026;79001112231;нет;да\n02.02.2026;79001112232;;\n",
        "created_at", ["2026-02-02"],
    ),
    "the last of two sources": (
        "leads", "l.csv", "Дата;Телефон;Первый источник;Последний источник\n01.02.2026;79001112231;Авито;2ГИС\n",
        "source_raw", ["2ГИС"],
    ),
    "tables under one another": (
        "costs", "c.csv",
        "Яндекс Директ;\nДата;Расход\n01.02.2026;10\nИтого;10\n;\nVK Реклама;\nДата;Расход\n01.02.2026;5\nИтого;5\n",
        "platform", ["Яндекс Директ", "VK Реклама"],
    ),
    "ways and answers in one word": (
        "calls", "c.csv",
        "Дата;Телефон;Статус\n01.02.2026;79001112231;Вх. успешный\n01.02.2026;79001112232;Исх. неотвеченный\n",
        "call_direction", ["in", "out"],
    ),
    "top-ups under any name": (
        "costs", "vk.csv", "Дата;Описание;Сумма\n01.02.2026;Пополнение счёта;1000\n02.02.2026;Показ рекламы;-150,50\n",
        "cost", [15050],
    ),
    "spam under any name": (
        "leads", "l.csv", "Дата;Телефон;Валидность\n01.02.2026;79001112231;Валидный\n01.02.2026;79001112232;Спам\n",
        "status", ["", "spam"],
    ),
    "Direct and what of it": (
        "leads", "l.csv",
        "Дата;Телефон;Источник\n01.02.2026;79001112231;Яндекс.Директ (РСЯ)\n01.02.2026;79001112232;Яндекс Директ\n",
        "utm_campaign", ["РСЯ", ""],
    ),
    "ways by an answer": (
        "calls", "c.csv", "Дата;Телефон;Входящий\n01.02.2026;79001112231;1\n01.02.2026;79001112232;0\n",
        "call_direction", ["in", "out"],
    ),
    "ways of calls among leads": (
        "leads", "l.csv",
        "Дата;Тип обращения;Направление;Телефон\n01.02.2026;Звонок;Входящий;79001112231\n01.02.2026;Звонок;Исходящий;79001112232\n",
        "direction", [""],
    ),
    "marks in an address": (
        "leads", "l.csv",
        "Дата;Телефон;Страница\n01.02.2026;79001112231;https://x.example/a?utm_source=vk\n01.02.2026;79001112232;https://x.example/b\n",
        "utm_source", ["vk", ""],
    ),
    "marks under a strange name": (
        "leads", "l.csv", "Дата;Телефон;Хвост\n01.02.2026;79001112231;utm_campaign=%D0%B7%D1%83%D0%B1&utm_source=vk\n",
        "utm_campaign", ["зуб"],
    ),
    "groups of channels under any name": (
        "traffic", "ga4.csv", "Дата,Основная группа каналов,Сеансы\n2026-02-01,Paid Search,5\n2026-02-01,Unassigned,6\n",
        "traffic_source", ["ad", "undefined"],
    ),
    "who called before": (
        "calls", "c.csv", "Дата;Телефон;Звонил ранее\n01.02.2026;79001112231;Нет\n01.02.2026;79001112232;Да\n",
        "is_unique", [True, False],
    ),
    "a zone that the header names": (
        "leads", "l.csv", "Дата;Время (МСК);Телефон\n03.02.2026;23:30;79001112231\n", "created_at", ["2026-02-04"],
    ),
    "a zone that the header of moments names": (
        "leads", "l.csv", "Created (UTC);Phone\n2026-02-03 20:30;79001112231\n2026-02-03;79001112232\n",
        "created_at", ["2026-02-04", "2026-02-03"],
    ),
    "a source and its medium in one column": (
        "traffic", "ga4.csv", "Date,Session source / medium,Sessions\n20260201,yandex / cpc,5\n20260201,(direct) / (none),6\n",
        "utm_source", ["yandex", ""],
    ),
}  # fmt: skip

#: name -> entity, its text, what a refusal of the file or of a row, or a note must say.
ASKED: dict[str, tuple[str, str, str]] = {
    "uniqueness in words that nobody knows": (
        "calls", "Дата;Телефон;Уникальный\n01.02.2026 10:00;79001112231;Гамма\n", "«Уникальный» не взят",
    ),
    "a way that nobody knows": (
        "calls", "Дата;Телефон;Тип\n01.02.2026;79001112231;Входящий\n02.02.2026;79001112232;Робот\n", '"Робот" = "…"',
    ),
    "what an agency takes": (
        "costs", "Дата;Площадка;Расход;Комиссия агентства;Итого к оплате\n01.02.2026;VK;100;10;110\n", 'cost = "Расход"  # или «Итого к оплате»',
    ),
    "two sums that may be parts": (
        "costs", "Дата;Площадка;Расход кабинета;Итоговый расход\n01.02.2026;VK;100;110\n", 'cost = "Расход кабинета"',
    ),
    "a price beside what an aggregator takes": (
        "costs", "Дата;Площадка;Стоимость;Вознаграждение\n01.02.2026;Zoon;2500;600\n", 'cost = "Стоимость"  # или «Вознаграждение»',
    ),
    "a price of the clinic's own": (
        "costs", "Дата;Площадка;Стоимость приёма;Вознаграждение\n01.02.2026;Zoon;2500;600\n", "«Вознаграждение»",
    ),
    "columns that any cabinet has": (
        "costs", "Дата;Кампания;CTR, %;Конверсии;Расход\n01.02.2026;Лето;1;3;100\n", 'platform = "=',
    ),
    "how many leads a day": (
        "leads", "Дата;Источник;Количество заявок\n01.02.2026;Авито;5\n02.02.2026;Авито;7\n", 'phone = ""',
    ),
    "how many calls a day": ("calls", "Дата;Всего звонков;Принято\n01.02.2026;15;12\n", "похоже на сводку"),
    "visits that nobody counts": ("traffic", "Дата;Источник трафика;Отказы\n01.02.2026;Реклама;5\n", "visits"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_it_is_meant(tmp_path: Path, name: str) -> None:
    entity, file, text, column, expected = READ[name]
    write(tmp_path, text, file)
    found = pulled(tmp_path, entity, file)
    assert [shown(value) for (value,) in rows(found, column)] == expected, found.notes
    assert not found.refused


@pytest.mark.parametrize("name", ASKED)
def test_what_may_be_two_things_is_asked_about(tmp_path: Path, name: str) -> None:
    entity, text, words = ASKED[name]
    write(tmp_path, text)
    try:
        found = pulled(tmp_path, entity)
    except FileError as error:
        said = f"{error} {error.hint}"
    else:
        said = " ".join([*found.notes, *(r.reason for r in found.refused)])
    assert words in said
