"""Sums over their parts, bills that nobody paid, pairs in two columns: what they are is in the values."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from sheets_sync.errors import FileError
from tests.reading.exports import pulled, rows, write

#: name -> entity, file's name, its text, columns, what must come of it.
READ: dict[str, tuple[str, str, str, tuple[str, ...], list[tuple[object, ...]]]] = {
    "a campaign's sum where its group is blank": (
        "costs", "vk.csv",
        "Дата;Кампания;Группа;Расход\n01.02.2026;А;;30\n01.02.2026;А;м;10\n01.02.2026;А;н;20\n01.02.2026;Б;;5\n01.02.2026;Б;п;5\n",
        ("cost",), [(1000,), (2000,), (500,)],
    ),
    "a campaign's sum that a column calls so": (
        "costs", "vk.csv",
        "Дата;Имя;Уровень;Расход\n01.02.2026;А;Кампания;30\n01.02.2026;м;Группа;10\n01.02.2026;н;Группа;20\n01.02.2026;Б;Кампания;5\n01.02.2026;п;Группа;5\n",
        ("cost",), [(1000,), (2000,), (500,)],
    ),
    "bills that nobody paid": (
        "costs", "счета.csv",
        "Дата;Площадка;Сумма;Состояние\n01.02.2026;VK;10;Оплачен\n02.02.2026;VK;20;Отменён\n03.02.2026;VK;40;Ожидает оплаты\n",
        ("cost",), [(1000,)],
    ),
    "bills that are paid or not": (
        "costs", "счета.csv", "Дата;Площадка;Сумма;Оплачено\n01.02.2026;VK;10;да\n02.02.2026;VK;20;нет\n",
        ("cost",), [(1000,)],
    ),
    "campaigns have states, too": (
        "costs", "k.csv",
        "Дата;Площадка;Сумма;Состояние\n01.02.2026;VK;10;Активна\n02.02.2026;VK;20;Остановлена\n03.02.2026;VK;40;Отменена\n",
        ("cost",), [(1000,), (2000,), (4000,)],
    ),
    "money put on an account": (
        "costs", "авито.csv",
        "Дата;Операция;Сумма\n01.02.2026;Внесение аванса;500\n01.02.2026;Размещение;-70\n02.02.2026;Продвижение;-30\n",
        ("cost",), [(7000,), (3000,)],
    ),
    "a source and its medium": (
        "leads", "l.csv",
        "Дата;Источник;Канал\n01.02.2026;yandex;cpc\n02.02.2026;(direct);(none)\n03.02.2026;Вывеска;\n",
        ("utm_source", "utm_medium", "source_raw"),
        [("yandex", "cpc", ""), ("", "", "прямой заход"), ("", "", "Вывеска")],
    ),
    "channels in words are no medium": (
        "leads", "l.csv", "Дата;Источник;Канал\n01.02.2026;Авито;Онлайн\n02.02.2026;Вывеска;Офлайн\n",
        ("utm_medium", "source_raw"), [("", "Авито"), ("", "Вывеска")],
    ),
    "how long it was talked": (
        "calls", "c.csv",
        "Дата;Телефон;Ожидание до разговора;Чистое время разговора\n01.02.2026 10:00;79001112231;0:05;1:05\n",
        ("talk_duration",), [(65,)],
    ),
    "a whole day, a source and its details": (
        "traffic", "t.csv",
        "Дата;Источник трафика;Детали источника;Визиты\n01.02.2026;;;9\n01.02.2026;Переходы по рекламе;Яндекс: Директ;4\n01.02.2026;Прямые заходы;;5\n02.02.2026;;;8\n02.02.2026;Переходы по рекламе;Яндекс: Директ;2\n02.02.2026;Прямые заходы;;6\n",
        ("visits",), [(4,), (5,), (2,), (6,)],
    ),
    "visits whose source nobody knows": (
        "traffic", "t.csv",
        "Дата;Источник трафика;Визиты\n01.02.2026;;7\n01.02.2026;Прямые заходы;4\n01.02.2026;Переходы по рекламе;5\n02.02.2026;;8\n02.02.2026;Прямые заходы;2\n02.02.2026;Переходы по рекламе;6\n",
        ("visits",), [(7,), (4,), (5,), (8,), (2,), (6,)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_a_row_is_comes_from_its_values(name: str, tmp_path: Path) -> None:
    entity, file, text, columns, expected = READ[name]
    platform = "Площадка" not in text and entity == "costs" and {"platform": "=VK"}
    write(tmp_path, text, file)
    found = pulled(tmp_path, entity, columns=platform or {})
    assert rows(found, *columns) == expected


def test_a_state_that_nobody_knows_stops_its_row_alone(tmp_path: Path) -> None:
    bills = "".join(f"{day:02d}.02.2026;VK;10;Отменён\n" for day in range(1, 20))
    write(
        tmp_path,
        f"Дата;Площадка;Сумма;Статус\n{bills}20.02.2026;VK;30;Оплачен\n21.02.2026;VK;40;Сверка\n",
    )
    assert rows(pulled(tmp_path, "costs"), "cost") == [(3000,)]
    found = pulled(tmp_path, "costs", statuses={"Сверка": "paid"})
    assert rows(found, "cost") == [(3000,), (4000,)]


def test_an_account_whose_pluses_nobody_explains_is_asked_about(tmp_path: Path) -> None:
    write(
        tmp_path, "Дата;Площадка;Сумма\n01.02.2026;VK;500\n01.02.2026;VK;-70\n02.02.2026;VK;-30\n"
    )
    with pytest.raises(FileError, match="минусом больше половины"):
        pulled(tmp_path, "costs")


def test_sums_of_levels_that_nobody_named_are_asked_about(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Имя;Вид;Расход\n01.02.2026;А;План;30\n01.02.2026;м;Набор;10\n01.02.2026;н;Набор;20\n01.02.2026;Б;План;5\n01.02.2026;п;Набор;5\n",
    )
    with pytest.raises(FileError, match="посчитался бы дважды"):
        pulled(tmp_path, "costs", columns={"platform": "=VK"})


def test_sheets_that_platforms_name_are_read_whatever_their_headers_are(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "кабинеты.xlsx") as book:
        for sheet, header, cost in (("VK Реклама", "Кампания", 5), ("Авито", "Объявление", 7)):
            page = book.add_worksheet(sheet)
            page.write_row(0, 0, ["Дата", header, "Расход"])
            page.write_row(1, 0, ["01.02.2026", "Лето", cost])
    found = pulled(tmp_path, "costs", "*.xlsx")
    assert rows(found, "platform", "cost") == [("VK Реклама", 500), ("Авито", 700)]


LAID: dict[str, tuple[list[str], dict[int, int]]] = {
    "by spaces": (["Яндекс Директ", "  Поиск", "  РСЯ", "VK Реклама", "  Лиды"], {}),
    "by its outline": (["Яндекс Директ", "Поиск", "РСЯ", "VK Реклама", "Лиды"], {2: 1, 3: 1, 5: 1}),
    "by its total": (["Яндекс Директ", "Поиск", "РСЯ", "VK Реклама", "Лиды", "Итого"], {}),
}


@pytest.mark.parametrize("name", LAID)
def test_groups_over_months_across_are_no_costs_of_their_own(name: str, tmp_path: Path) -> None:
    names, levels = LAID[name]
    sums = [(30, 50), (10, 20), (20, 30), (7, 8), (7, 8), (37, 58)]
    _across(tmp_path, names, sums, levels)
    found = pulled(tmp_path, "costs", "*.xlsx")
    assert rows(found, "platform", "campaign", "cost") == [
        ("Яндекс Директ", "Поиск", 1000), ("Яндекс Директ", "Поиск", 2000),
        ("Яндекс Директ", "РСЯ", 2000), ("Яндекс Директ", "РСЯ", 3000),
        ("VK Реклама", "Лиды", 700), ("VK Реклама", "Лиды", 800),
    ]  # fmt: skip


def test_groups_that_nothing_tells_from_equal_rows_are_asked_about(tmp_path: Path) -> None:
    names = ["Яндекс Директ", "Авито", "2ГИС", "VK Реклама", "Zoon"]
    _across(tmp_path, names, [(30, 50), (10, 20), (20, 30), (7, 8), (7, 8)], {})
    with pytest.raises(FileError, match="вместе со своими слагаемыми"):
        pulled(tmp_path, "costs", "*.xlsx")


def test_a_space_that_somebody_left_makes_no_group(tmp_path: Path) -> None:
    _across(tmp_path, ["Авито", "  VK Реклама", "2ГИС"], [(0, 0), (7, 8), (7, 8)], {})
    found = pulled(tmp_path, "costs", "*.xlsx")
    assert [
        cost for platform, cost in rows(found, "platform", "cost") if platform == "VK Реклама"
    ] == [700, 800]


def _across(
    folder: Path, names: list[str], sums: list[tuple[int, int]], levels: dict[int, int]
) -> None:
    with xlsxwriter.Workbook(folder / "расходы 2026.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Площадка", "Январь", "Февраль"])
        for row, (name, cells) in enumerate(zip(names, sums, strict=False), 1):
            page.write_row(row, 0, [name, *cells])
        for row, level in levels.items():
            page.set_row(row, None, None, {"level": level})


def test_the_day_of_a_list_of_calls_is_in_its_title(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Отчёт по звонкам за 02.02.2026\nВремя;Номер;Направление\n10:00;89001112231;Входящий\n11:00;89001112232;Исходящий\n",
    )
    assert [str(at)[:10] for (at,) in rows(pulled(tmp_path, "calls"), "started_at")] == [
        "2026-02-02"
    ] * 2
