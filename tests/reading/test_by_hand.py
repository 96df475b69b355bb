"""What people do to files of marketing by hand: days across, archives, Latin letters, means, overlaps."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from sheets_sync.errors import FileError
from sheets_sync.reading.latin_letters import in_cyrillic
from tests.reading.exports import pulled, rows, write
from tests.reading.test_laid_out import shown


@pytest.mark.parametrize(
    ("latin", "russian"),
    [
        ("Propushchen", "пропущен"),
        ("vhodyashchij", "входящий"),
        ("ishodyaschiy", "исходящий"),
        ("novyy", "новый"),
        ("ne prinyat", "не принят"),
        ("звонок", ""),
        ("call-back", ""),
    ],
)
def test_russian_in_latin_letters_is_russian(latin: str, russian: str) -> None:
    assert in_cyrillic(latin) == russian


def test_a_station_that_writes_latin_letters_tells_ways_and_answers(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Data;Tip;Abonent;Status\n01.02.2026 10:00;vkhodyashchiy;79001112231;ne otvechen\n"
        "01.02.2026 11:00;iskhodyashchiy;79001112232;otvechen\n",
    )
    found = pulled(tmp_path, "calls")
    assert rows(found, "call_direction", "status") == [("in", "missed"), ("out", "answered")]


def test_the_name_inside_an_archive_says_platform_and_month(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "отчёт.zip", "w") as archive:
        archive.writestr("avito_2026-02.csv", "Объявление;Расход\nА;2800\n")
    found = pulled(tmp_path, "costs", "отчёт.zip")
    ((platform, first, last, file),) = rows(found, "platform", "date_from", "date_to", "file")
    assert (platform, shown(first), shown(last)) == ("Авито", "2026-02-01", "2026-02-28")
    assert file == "отчёт.zip / avito_2026-02.csv"


@pytest.mark.parametrize("word", ["Среднее", "В среднем", "Медиана", "Average"])
def test_a_mean_is_no_total_to_be_compared(tmp_path: Path, word: str) -> None:
    write(
        tmp_path,
        f"Дата;Площадка;Расход\n01.02.2026;VK;10\n02.02.2026;VK;30\nИтого;;40\n{word};;20\n",
    )
    found = pulled(tmp_path, "costs")
    assert rows(found, "cost") == [(1000,), (3000,)]
    assert "в строке итога" not in " ".join(found.notes)


def test_days_of_a_month_across_on_sheets_called_after_months(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "Бюджет 2026.xlsx") as book:
        for name, sums in (("Январь", [10, 20, 30]), ("Февраль", [1, 2, 3])):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Канал", 1, 2, 3, "Итого"])
            sheet.write_row(1, 0, ["Авито", *sums, sum(sums)])
    found = pulled(tmp_path, "costs", "*.xlsx")
    assert [(shown(day), cost) for day, cost in rows(found, "date_from", "cost")] == [
        ("2026-01-01", 1000), ("2026-01-02", 2000), ("2026-01-03", 3000),
        ("2026-02-01", 100), ("2026-02-02", 200), ("2026-02-03", 300),
    ]  # fmt: skip


def test_numbers_across_are_no_days_where_no_month_is_named(tmp_path: Path) -> None:
    write(tmp_path, "Канал;1;2;3\nАвито;10;20;30\n")
    with pytest.raises(FileError):
        pulled(tmp_path, "costs")


@pytest.mark.parametrize("week", ["02.02.2026", "02.02.2026 - 08.02.2026", "Неделя 6, 2026"])
def test_days_of_a_week_across(tmp_path: Path, week: str) -> None:
    write(tmp_path, f"Неделя;Площадка;Пн;Вт;Ср;Чт;Пт;Сб;Вс\n{week};VK;1;2;3;4;5;;7\n")
    found = pulled(tmp_path, "costs")
    assert [(shown(day), cost) for day, cost in rows(found, "date_from", "cost")] == [
        (f"2026-02-0{n + 1}", 100 * n) for n in (1, 2, 3, 4, 5, 7)
    ]


def test_visits_with_sources_across(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Переходы по рекламе;Переходы из поисковых систем;Прямые заходы\n01.02.2026;5;6;7\n",
    )
    found = pulled(tmp_path, "traffic")
    assert rows(found, "traffic_source", "visits") == [("ad", 5), ("organic", 6), ("direct", 7)]


@pytest.mark.parametrize(
    ("period", "cost"), [("02.2026", [1250000]), ("02.02.2026-05.02.2026", []), ("1 кв. 2026", [])]
)
def test_a_sum_of_every_month_is_one_month_s(tmp_path: Path, period: str, cost: list[int]) -> None:
    write(
        tmp_path,
        f"Период;Площадка;Расход\n{period};Zoon;12 500 ₽/мес\n{period};Zoon;12 500 в мес.\n",
    )
    found = pulled(tmp_path, "costs")
    assert [c for (c,) in rows(found, "cost")] == 2 * cost
    assert all("за месяц" in r.reason for r in found.refused)


LEADS = "Дата;Телефон;Источник\n"


def test_rows_of_days_that_two_files_share_wholly_count_once(tmp_path: Path) -> None:
    shared = "02.02.2026 10:00;79001112232;Авито\n03.02.2026 11:00;79001112233;2ГИС\n"
    write(tmp_path, f"{LEADS}01.02.2026 10:00;79001112231;Авито\n{shared}", "leads_1.csv")
    write(tmp_path, f"{LEADS}{shared}04.02.2026 10:00;79001112234;Авито\n", "leads_2.csv")
    found = pulled(tmp_path, "leads")
    assert len(rows(found, "lead_id")) == 4
    assert "учтены один раз" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("", ""),
        ("03.02.2026 12:00;79001112231;Пришёл\n", ""),
        ("", "03.02.2026 13:00;79001112235;Пришёл\n"),
    ],
)
def test_of_rows_that_two_files_share_the_later_tells_the_status(
    tmp_path: Path, early: str, late: str
) -> None:
    head = "Дата приёма;Телефон;Статус\n"
    people = "03.02.2026 10:00;79001112232;{0}\n04.02.2026 11:00;79001112233;{0}\n"
    write(tmp_path, head + people.format("Записан") + early, "1.csv")
    write(tmp_path, head + people.format("Пришёл") + late, "2.csv")
    statuses = [s for (s,) in rows(pulled(tmp_path, "appointments"), "status")]
    assert statuses == ["arrived"] * (2 + bool(early) + bool(late))


def test_rows_of_two_files_that_differ_on_shared_days_are_told_and_stay(tmp_path: Path) -> None:
    shared = "02.02.2026;79001112232;Авито\n03.02.2026;79001112233;2ГИС\n"
    write(tmp_path, f"{LEADS}{shared}02.02.2026;79001112238;Авито\n", "leads_1.csv")
    write(tmp_path, f"{LEADS}{shared}03.02.2026;79001112239;Авито\n", "leads_2.csv")
    found = pulled(tmp_path, "leads")
    assert len(rows(found, "lead_id")) == 6
    assert "учтены дважды" in " ".join(found.notes)


@pytest.mark.parametrize("word", ["JUNK", "Некачественный лид"])
def test_a_poor_lead_is_lost_as_the_portal_says_and_told(tmp_path: Path, word: str) -> None:
    write(tmp_path, f"ID;Дата создания;Телефон;Стадия\n1;03.02.2026;+79001112231;{word}\n")
    found = pulled(tmp_path, "leads")
    assert rows(found, "status") == [("lost",)]
    assert f'"{word}" = "spam"' in " ".join(found.notes)
    found = pulled(tmp_path, "leads", statuses={word: "spam"})
    assert rows(found, "status") == [("spam",)]
    assert "потерянные" not in " ".join(found.notes)


def test_a_column_of_quality_says_which_leads_are_off_target(tmp_path: Path) -> None:
    write(tmp_path, "Дата;Телефон;Качество лида\n03.02.2026;79001112231;Некачественный\n03.02.2026;79001112232;Качественный\n")  # fmt: skip
    assert rows(pulled(tmp_path, "leads"), "status") == [("spam",), ("",)]


@pytest.mark.parametrize(("last", "is_read"), [("05.02.2026", True), ("05.03.2026", False)])
def test_a_lead_is_of_its_first_touch_where_the_last_one_lies_in_its_month(
    tmp_path: Path, last: str, is_read: bool
) -> None:
    write(
        tmp_path,
        f"Телефон;Дата первого касания;Дата последнего касания\n79001112231;01.02.2026;{last}\n",
    )
    if is_read:
        assert shown(rows(pulled(tmp_path, "leads"), "created_at")[0][0]) == "2026-02-01"
    else:
        with pytest.raises(FileError) as refusal:
            pulled(tmp_path, "leads")
        assert 'created_at = "Дата первого касания"' in refusal.value.hint


BONUSES = "Дата;Площадка;Расход;{}\n01.02.2026;VK;120;20\n02.02.2026;VK;130;30\n"


def test_bonuses_beside_a_cost_are_asked_about_and_either_answer_is_taken(tmp_path: Path) -> None:
    write(tmp_path, BONUSES.format("Бонусы"))
    with pytest.raises(FileError, match="входят ли бонусы") as refusal:
        pulled(tmp_path, "costs")
    pasted = refusal.value.hint[refusal.value.hint.index("[source.columns]") :]
    assert tomllib.loads(pasted) == {"source": {"columns": {"bonus": "Бонусы"}}}
    for columns, costs in (
        ({"bonus": "Бонусы"}, [10000, 10000]),
        ({"cost": "Расход"}, [12000, 13000]),
    ):
        found = pulled(tmp_path, "costs", columns=columns)
        assert [c for (c,) in rows(found, "cost")] == costs


def test_bonuses_that_a_header_puts_inside_are_taken_out(tmp_path: Path) -> None:
    write(tmp_path, BONUSES.format("из них бонусами"))
    found = pulled(tmp_path, "costs")
    assert [c for (c,) in rows(found, "cost")] == [10000, 10000]
    assert "вычтены" in " ".join(found.notes)


def test_bonuses_that_another_sum_adds_are_beside_the_cost(tmp_path: Path) -> None:
    write(tmp_path, "Дата;Площадка;Расход;Бонусы;Всего\n01.02.2026;VK;100;20;120\n")
    with pytest.raises(
        FileError
    ) as refusal:  # which of the two sums is the cost is another question
        pulled(tmp_path, "costs")
    assert "бонусы" not in str(refusal.value)
    assert 'cost = "Расход"  # или «Всего»' in refusal.value.hint


@pytest.mark.parametrize("merge", [True, False])
def test_a_header_that_plan_and_fact_part_is_read_by_its_lower_half(
    tmp_path: Path, merge: bool
) -> None:
    with xlsxwriter.Workbook(tmp_path / "отчёт 2026.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Месяц", "Площадка", "Бюджет, руб.", "", "Лиды", ""])
        sheet.write_row(1, 2, ["План", "Факт", "План", "Факт"])
        if merge:
            sheet.merge_range(0, 2, 0, 3, "Бюджет, руб.")
            sheet.merge_range(0, 4, 0, 5, "Лиды")
        sheet.write_row(2, 0, ["Январь", "VK", 100, 93, 5, 4])
        sheet.write_row(3, 0, ["Февраль", "VK", 100, 84, 5, 6])
    found = pulled(tmp_path, "costs", "*.xlsx")
    assert [c for (c,) in rows(found, "cost")] == [9300, 8400]
    assert not found.refused


def test_marks_that_stand_encoded_in_a_cell(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Phone,sent,Cookies\n79001112231,2026-02-01 10:00:05,TILDAUTM=utm_source%3Dvk%7C%7C%7Cutm_campaign%3Dzima\n"
        "79001112232,2026-02-01 11:00:05,utm_source=avito|||utm_campaign=leto\n",
    )
    assert rows(pulled(tmp_path, "leads"), "utm_source", "utm_campaign") == [
        ("vk", "zima"),
        ("avito", "leto"),
    ]


def test_a_category_of_calls_says_which_are_spam_beside_a_comment(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Телефон;Категория;Комментарий\n01.02.2026;79001112231;Целевой;ждёт звонка от врача\n"
        "01.02.2026;79001112232;Спам;\n01.02.2026;79001112233;Нецелевой;\n",
    )
    found = pulled(tmp_path, "calls")
    assert [s for (s,) in rows(found, "status")] == ["", "spam", ""]
    assert rows(found, "is_target")[2] == (False,)


def test_reviews_are_of_the_site_that_their_file_is_called_after(tmp_path: Path) -> None:
    write(tmp_path, "Дата отзыва;Оценка\n03.02.2026;5\n", "prodoctorov_отзывы.csv")
    assert rows(pulled(tmp_path, "reviews"), "platform") == [("ПроДокторов",)]


@pytest.mark.parametrize(
    "header",
    ["Израсходовано;Расход с начала месяца", "Дневной расход;Потрачено", "Расход;Всего потрачено"],
)
def test_a_column_that_adds_up_the_days_before_is_no_cost(tmp_path: Path, header: str) -> None:
    write(tmp_path, f"Дата;Площадка;{header}\n01.02.2026;VK;10;10\n02.02.2026;VK;15;25\n03.02.2026;VK;5;30\n01.03.2026;VK;7;7\n")  # fmt: skip
    found = pulled(tmp_path, "costs")
    assert [c for (c,) in rows(found, "cost")] == [1000, 1500, 500, 700]
    assert "сумма всех дней" in " ".join(found.notes)


def test_sums_as_a_hand_writes_them_under_a_header_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "Когда;Куда;Сколько\n01.02.2026;ВК;10к\n02.02.2026;ВК;5 т.р.\n03.02.2026;ВК;1,5 тыс\n04.02.2026;ВК;3000-00\n")  # fmt: skip
    found = pulled(tmp_path, "costs")
    assert [c for (c,) in rows(found, "cost")] == [1000000, 500000, 150000, 300000]
    assert "единственный столбец сумм" in " ".join(found.notes)


def test_whole_numbers_under_a_strange_header_may_be_counts(tmp_path: Path) -> None:
    write(tmp_path, "Когда;Куда;Сколько\n01.02.2026;ВК;10\n02.02.2026;ВК;5\n")
    with pytest.raises(FileError):
        pulled(tmp_path, "costs")


def test_the_date_of_an_answer_is_taken_before_the_word_that_there_is_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Сайт;Звёзд;Ответили?;Когда ответили\n01.02.2026;2ГИС;5;да;02.02.2026\n01.02.2026;2ГИС;2;нет;\n",
    )
    answered = [str(at) for (at,) in rows(pulled(tmp_path, "reviews"), "answered_at")]
    assert answered == ["2026-02-01 19:00:00+00:00", "NaT"]


def test_a_journal_of_leads_under_headings_of_days_without_a_year(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Время;Имя;Телефон;Откуда\n1 февраля;;;\n9:30;А;89001112231;Авито\n10:15;Б;89001112232;2ГИС\n"
        "2 февраля;;;\n9:00;В;89001112233;2ГИС\n",
        "Журнал 2026.csv",
    )
    found = pulled(tmp_path, "leads")
    assert [shown(at) for (at,) in rows(found, "created_at")] == ["2026-02-01"] * 2 + ["2026-02-02"]


def test_ticks_under_a_question_and_nothing_where_the_answer_is_no(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Телефон;Тип;Принят?\n01.02.2026;79001112231;вх;✓\n01.02.2026;79001112232;вх;\n01.02.2026;79001112233;исх;✓\n",
    )
    found = pulled(tmp_path, "calls")
    assert rows(found, "call_direction", "status") == [
        ("in", "answered"), ("in", "missed"), ("out", "answered"),
    ]  # fmt: skip
    assert "они приняты как «нет»" in " ".join(found.notes)


def test_a_call_that_rang_at_several_desks_is_answered_if_anybody_answered(tmp_path: Path) -> None:
    write(
        tmp_path,
        "ID звонка;Дата;Телефон;Статус\n1;01.02.2026 10:00;79001112231;Пропущен\n1;01.02.2026 10:00;79001112231;Отвечен\n"
        "1;01.02.2026 10:00;79001112231;Пропущен\n2;01.02.2026 11:00;79001112232;Пропущен\n2;01.02.2026 11:00;79001112232;Пропущен\n",
    )
    assert sorted(rows(pulled(tmp_path, "calls"), "status")) == [("answered",), ("missed",)]


@pytest.mark.parametrize(
    ("names", "cost"),
    [(("План", "Факт"), 200), (("Факт", "Факт (копия)"), 100), (("Январь", "Февраль"), 300)],
)
def test_a_sheet_of_plans_or_a_copy_is_not_read_beside_the_fact(
    tmp_path: Path, names: tuple[str, str], cost: int
) -> None:
    with xlsxwriter.Workbook(tmp_path / "c.xlsx") as book:
        for number, name in enumerate(names, 1):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Дата", "Площадка", "Расход"])
            sheet.write_row(1, 0, [f"0{number}.02.2026", "VK", number * 100])
    found = pulled(tmp_path, "costs", "c.xlsx")
    assert sum(c for (c,) in rows(found, "cost")) == cost * 100  # type: ignore[misc]


def test_a_sheet_that_repeats_another_row_by_row_is_read_once(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "c.xlsx") as book:
        for name in ("Лист1", "Лист2"):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(
                (["Дата", "Площадка", "Расход"], ["01.02.2026", "VK", 10], ["02.02.2026", "VK", 20])
            ):
                sheet.write_row(number, 0, row)
    found = pulled(tmp_path, "costs", "c.xlsx")
    assert rows(found, "cost") == [(1000,), (2000,)]
    assert "не прочитаны «Лист2»" in " ".join(found.notes)


def test_rows_that_are_twice_their_total_are_not_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Площадка;Название;Расход\n01.02.2026;VK;Кампания;30\n01.02.2026;VK;Группа 1;10\n01.02.2026;VK;Группа 2;20\nИтого;;;30\n",
    )
    with pytest.raises(FileError, match="подытоги"):
        pulled(tmp_path, "costs")


def test_a_table_of_how_many_leads_there_were_is_no_list_of_leads(tmp_path: Path) -> None:
    write(tmp_path, "Дата;Источник;Лиды;Записи\n01.02.2026;Авито;5;2\n02.02.2026;2ГИС;3;1\n")
    with pytest.raises(FileError, match="сводку"):
        pulled(tmp_path, "leads")


def test_rows_that_measure_other_things_are_no_costs(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Показатель;Январь;Февраль\nПоказы;1000;2000\nКлики;10;20\nРасход, тыс. руб.;31;28\nЛиды;5;6\n",
        "VK 2026.csv",
    )
    found = pulled(tmp_path, "costs")
    assert [c for (c,) in rows(found, "cost")] == [3100000, 2800000]
    assert "другие показатели" in " ".join(found.notes)


def test_a_comment_that_is_a_mark_says_what_a_lead_is(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Телефон;Комментарий\n01.02.2026;79001112231;дубль\n01.02.2026;79001112232;Спам\n"
        "01.02.2026;79001112233;не дубль, муж той пациентки\n01.02.2026;79001112234;utm_source=vk\n",
    )
    found = pulled(tmp_path, "leads")
    assert [s for (s,) in rows(found, "status")] == ["duplicate", "spam", "", ""]
    assert rows(found, "utm_source")[3] == ("vk",)


def test_what_was_billed_beside_what_was_paid_is_asked_about(tmp_path: Path) -> None:
    write(tmp_path, "Месяц;Площадка;Начислено;Оплачено\n02.2026;2ГИС;100;50\n")
    with pytest.raises(FileError) as refusal:
        pulled(tmp_path, "costs")
    assert 'cost = "Оплачено"  # или «Начислено»' in refusal.value.hint


def test_ratings_of_ten_are_refused_all_of_them(tmp_path: Path) -> None:
    write(tmp_path, "Дата отзыва;Площадка;Оценка\n01.02.2026;Zoon;10\n02.02.2026;Zoon;4\n")
    found = pulled(tmp_path, "reviews")
    assert (rows(found, "rating"), found.refused_count) == ([], 2)


def test_kopecks_of_a_header_in_english(tmp_path: Path) -> None:
    write(tmp_path, "date,platform,cost_kopecks\n2026-02-01,VK,100050\n")
    assert rows(pulled(tmp_path, "costs"), "cost") == [(100050,)]
