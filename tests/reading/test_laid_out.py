# ruff: noqa: ISC004 - a file is written line under line
"""Tables that are not laid a fact a row: months and platforms across, groups with subtotals, blanks
that say «as above», months instead of days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from sheets_sync.errors import FileError
from tests.reading.exports import pulled, rows, write

#: name -> entity, file, text, columns, rows expected.
LAID: dict[str, tuple[str, str, str, tuple[str, ...], list[tuple[object, ...]]]] = {
    "months across, totals on both sides": (
        "costs", "c.csv",
        "Канал;Январь 2026;Февраль 2026;Итого\nЯндекс Директ;31000;28000;59000\nVK;3100;-;3100\nИтого;34100;28000;62100\n",
        ("platform", "date_from", "date_to", "cost"),
        [
            ("Яндекс Директ", "2026-01-01", "2026-01-31", 3100000),
            ("Яндекс Директ", "2026-02-01", "2026-02-28", 2800000),
            ("VK", "2026-01-01", "2026-01-31", 310000),
        ],
    ),
    "months beside their quarter": (
        "costs", "c.csv",
        "Площадка;Янв 2026;Фев 2026;Мар 2026;1 кв. 2026\nVK;3100;2800;3100;9000\n",
        ("date_from", "cost"), [("2026-01-01", 310000), ("2026-02-01", 280000), ("2026-03-01", 310000)],
    ),
    "months over sums and clicks": (
        "costs", "c.csv",
        ";фев.26;;мар.26;\nПлощадка;Расход;Клики;Расход;Клики\nVK;3100;10;2800;20\n",
        ("date_to", "cost", "clicks"),
        [("2026-02-28", 310000, 10), ("2026-03-31", 280000, 20)],
    ),
    "months without a year, of the file's name": (
        "costs", "план 2026.csv", "Площадка;Январь;Февраль\nVK;3100;2800\n",
        ("date_from", "cost"), [("2026-01-01", 310000), ("2026-02-01", 280000)],
    ),
    "days across": (
        "costs", "c.csv", "Площадка;03.02.2026;04.02.2026\nVK;10;20\n",
        ("date_from", "date_to", "cost"),
        [("2026-02-03", "2026-02-03", 1000), ("2026-02-04", "2026-02-04", 2000)],
    ),
    "platforms across, one that nobody knows among them": (
        "costs", "c.csv", "Дата;Яндекс Директ;VK Реклама;Листовки;Итого\n01.02.2026;100;50;5;155\n02.02.2026;200;;;200\n",
        ("date_from", "platform", "cost"),
        [
            ("2026-02-01", "Яндекс Директ", 10000), ("2026-02-01", "VK Реклама", 5000),
            ("2026-02-01", "Листовки", 500), ("2026-02-02", "Яндекс Директ", 20000),
        ],
    ),
    "months over platforms": (
        "costs", "c.csv",
        ";Январь 2026;;Февраль 2026;\nНаправление;Авито;VK;Авито;VK\nТерапия;31;62;28;56\n",
        ("platform", "date_to", "direction", "cost"),
        [
            ("Авито", "2026-01-31", "Терапия", 3100), ("VK", "2026-01-31", "Терапия", 6200),
            ("Авито", "2026-02-28", "Терапия", 2800), ("VK", "2026-02-28", "Терапия", 5600),
        ],
    ),
    "a year beside a month": (
        "costs", "c.csv", "Год;Месяц;Площадка;Расход\n2026;Февраль;VK;2800\n2026;3;VK;3100\n",
        ("date_from", "date_to"), [("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31")],
    ),
    "platforms over their days, with subtotals": (
        "costs", "c.csv",
        "Площадка / Дата;Клики;Расход\nЯндекс Директ;30;300\n01.02.2026;10;100\n02.02.2026;20;200\nVK Реклама;5;50\n01.02.2026;5;50\nИтого;35;350\n",
        ("platform", "date_from", "cost"),
        [
            ("Яндекс Директ", "2026-02-01", 10000), ("Яндекс Директ", "2026-02-02", 20000),
            ("VK Реклама", "2026-02-01", 5000),
        ],
    ),
    "a pivot with subtotals": (
        "costs", "director 2026-02.csv",
        "Площадка;Кампания;Расход\nЯндекс Директ;;300\n;Поиск;100\n;РСЯ;200\nVK;;50\n;Лиды;50\nИтого;;350\n",
        ("platform", "campaign", "cost"),
        [("Яндекс Директ", "Поиск", 10000), ("Яндекс Директ", "РСЯ", 20000), ("VK", "Лиды", 5000)],
    ),
    "a pivot without subtotals": (
        "costs", "c.csv",
        "Площадка;Дата;Расход\nЯндекс Директ;01.02.2026;100\n;02.02.2026;200\nVK;01.02.2026;50\nИтого;;350\n",
        ("platform", "cost"), [("Яндекс Директ", 10000), ("Яндекс Директ", 20000), ("VK", 5000)],
    ),
    "a heading of words over campaigns, whose sums the total proves": (
        "costs", "vk 2026-02.csv",
        "Кампания;Расход\nОсень;300\nПоиск;100\nСеть;200\nЗима;90\nЛиды;40\nКарты;50\nИтого;390\n",
        ("campaign", "cost"),
        [("Поиск", 10000), ("Сеть", 20000), ("Лиды", 4000), ("Карты", 5000)],
    ),
    "platforms called so over their rows": (
        "costs", "c.csv", "Дата;Кампания;Расход\nПлощадка: Директ;;\n01.02.2026;А;100\nПлощадка: Листовки;;\n01.02.2026;Б;50\n",
        ("platform", "cost"), [("Директ", 10000), ("Листовки", 5000)],
    ),
    "months over platforms, with subtotals": (
        "costs", "c.csv", "Площадка;Клики;Расход\nЯнварь 2026;15;3410\nАвито;10;3100\nVK;5;310\nФевраль 2026;10;2800\nАвито;10;2800\nИтого;25;6210\n",
        ("platform", "date_to", "cost"),
        [("Авито", "2026-01-31", 310000), ("VK", "2026-01-31", 31000), ("Авито", "2026-02-28", 280000)],
    ),
    "a pivot of Excel with its own words": (
        "costs", "c.csv", "Площадка;Дата;Сумма по полю Расход\nVK;01.02.2026;100\n;02.02.2026;200\nVK Итог;;300\nАвито;01.02.2026;50\nАвито Итог;;50\nОбщий итог;;350\n",
        ("platform", "cost"), [("VK", 10000), ("VK", 20000), ("Авито", 5000)],
    ),
    "statuses over visits": (
        "appointments", "z.csv", "Дата приема;Телефон;Услуга\nПришел;;\n01.02.2026;+79001112231;Осмотр\nНе пришел;;\n02.02.2026;+79001112232;Осмотр\n",
        ("status",), [("arrived",), ("no_show",)],
    ),
    "one month across": (
        "costs", "c.csv", "Площадка;Январь 2026\nVK;3100\nАвито;100\n",
        ("date_to", "cost"), [("2026-01-31", 310000), ("2026-01-31", 10000)],
    ),
    "the same sums every day are no subtotals": (
        "costs", "c.csv", "Дата;Площадка;Расход\n"
        + "".join(f"0{d}.02.2026;{p};{c}\n" for d in range(1, 4) for p, c in (("Директ", 300), ("VK", 200), ("Авито", 100))),
        ("cost",), [(30000,), (20000,), (10000,)] * 3,
    ),
    "a patient's card over his payments": (
        "payments", "p.csv",
        "Дата;Услуга;Сумма\nКарта № 17 (Тестова);;\n01.02.2026;Осмотр;100\n02.02.2026;Чистка;200\nКарта № 18;;\n01.02.2026;Осмотр;50\n",
        ("patient_key", "amount"), [("known", 10000), ("known", 20000), ("known", 5000)],
    ),
    "a day over its payments": (
        "payments", "p.csv", "№ карты;Услуга;Сумма\n01.02.2026;;300\n17;Осмотр;100\n18;Чистка;200\n02.02.2026;;50\n17;Осмотр;50\n",
        ("paid_at", "amount"), [("2026-02-01", 10000), ("2026-02-01", 20000), ("2026-02-02", 5000)],
    ),
}  # fmt: skip


def shown(value: object) -> object:
    if hasattr(value, "date"):
        local = value.tz_convert("Asia/Yekaterinburg") if getattr(value, "tzinfo", None) else value
        return f"{local:%Y-%m-%d}"
    return "known" if isinstance(value, str) and len(value) == 32 else value


@pytest.mark.parametrize("name", LAID)
def test_a_table_gives_a_row_for_every_fact(tmp_path: Path, name: str) -> None:
    entity, file, text, columns, expected = LAID[name]
    write(tmp_path, text, file)
    found = pulled(tmp_path, entity, file)
    assert [tuple(map(shown, row)) for row in rows(found, *columns)] == expected, found.notes
    assert not found.refused


def test_two_groups_have_two_patients(tmp_path: Path) -> None:
    write(tmp_path, LAID["a patient's card over his payments"][2])
    keys = [key for (key,) in rows(pulled(tmp_path, "payments"), "patient_key")]
    assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)


@pytest.mark.parametrize(
    ("entity", "text", "words"),
    [
        ("costs", "Площадка;Январь;Февраль\nVK;3100;2800\n", "год не назван"),
        ("costs", "Дата;Площадка;Кампания;Расход\n01.02.2026;VK;Все;300\n01.02.2026;VK;А;100\n01.02.2026;VK;Б;200\n"
         "02.02.2026;VK;Прочие;90\n02.02.2026;VK;В;40\n02.02.2026;VK;Г;50\n", "дважды"),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_refused(
    tmp_path: Path, entity: str, text: str, words: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(FileError, match=words):
        pulled(tmp_path, entity)


@pytest.mark.parametrize(
    ("entity", "text", "words"),
    [
        ("costs", "Канал;Январь 2026;Февраль 2026;Итого\nVK;100;200;999\n", "не сходится"),
        ("costs", "Площадка;Кампания;Расход;Дата\nVK;;310;\n;А;100;01.02.2026\n;Б;200;01.02.2026\nДирект;;5;\n;В;5;01.02.2026\n"
         "Авито;;6;\n;Г;6;01.02.2026\n2ГИС;;7;\n;Д;7;01.02.2026\nСайт;;8;\n;Е;8;01.02.2026\n", "Подытог «VK»"),
        ("costs", "Площадка;Дата;Расход\nVK;01.02.2026;100\n;02.02.2026;200\n", "как выше"),
        ("costs", "Дата;Площадка;Расход\n01.02.2026;Все;6\n01.02.2026;VK;1\n01.02.2026;А;2\n01.02.2026;Б;3\n", "строки 2 равна"),
        ("costs", "Дата;Площадка;Расход\n01.02.2026;VK;1\n01.03.2026;VK;2\n", 'date_to = "=месяц"'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(tmp_path: Path, entity: str, text: str, words: str) -> None:
    write(tmp_path, text)
    assert words in " ".join(pulled(tmp_path, entity).notes)


def test_a_refused_cell_names_the_row_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "Площадка;Январь 2026;Февраль 2026\nVK;100;200\nАвито;сто;5\n")
    assert [(r.row, r.column) for r in pulled(tmp_path, "costs").refused] == [(3, "Расход")]


def test_first_days_are_months_where_the_clinic_says_so(tmp_path: Path) -> None:
    write(tmp_path, "Дата;Площадка;Расход\n01.02.2026;VK;1\n01.03.2026;VK;2\n")
    found = pulled(tmp_path, "costs", columns={"date_to": "=месяц"})
    assert [shown(d) for (d,) in rows(found, "date_to")] == ["2026-02-28", "2026-03-31"]


@pytest.mark.parametrize(
    ("style", "last"), [("mmm.yy", "2026-02-28"), ("dd.mm.yyyy", "2026-02-01")]
)
def test_a_date_cell_that_shows_a_month_is_the_whole_month(
    tmp_path: Path, style: str, last: str
) -> None:
    with xlsxwriter.Workbook(tmp_path / "c.xlsx") as book:
        sheet, look = book.add_worksheet(), book.add_format({"num_format": style})
        sheet.write_row(0, 0, ["Дата", "Площадка", "Расход"])
        sheet.write_datetime(1, 0, date(2026, 2, 1), look)
        sheet.write_row(1, 1, ["VK", 2800])
    found = pulled(tmp_path, "costs", "c.xlsx")
    assert [tuple(map(shown, row)) for row in rows(found, "date_from", "date_to")] == [
        ("2026-02-01", last)
    ]
