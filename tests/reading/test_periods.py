"""Periods as people write them: in a cell, in a title, in a file's name; what lacks only its year."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.errors import FileError
from sheets_sync.reading.periods import lacks_year, period, period_inside
from tests.reading.exports import pulled, rows, write

FEBRUARY = ("2026-02-01", "2026-02-28")
WEEK = ("2026-02-02", "2026-02-08")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("фев.26", FEBRUARY), ("Февраль 2026 г.", FEBRUARY), ("02.2026", FEBRUARY), ("202602", FEBRUARY),
        ("01–15.03.2026", ("2026-03-01", "2026-03-15")), ("1-15 марта 2026", ("2026-03-01", "2026-03-15")),
        ("с 1 по 15 марта 2026 г.", ("2026-03-01", "2026-03-15")),
        ("28.02–05.03.2026", ("2026-02-28", "2026-03-05")),
        ("29.12–04.01.2026", ("2025-12-29", "2026-01-04")), ("Feb 1 – Feb 28, 2026", FEBRUARY),
        ("Февраль–март 2026", ("2026-02-01", "2026-03-31")),
        ("декабрь 2025 – январь 2026", ("2025-12-01", "2026-01-31")),
        ("01.02.2026..28.02.2026", ("01.02.2026", "28.02.2026")), ("2026-02-01/2026-02-28", FEBRUARY),
        ("02/01 - 02/28/2026", ("02/01/2026", "02/28/2026")),
        ("2026-W06", WEEK), ("2026W06", WEEK), ("W6 2026", WEEK), ("Неделя 6, 2026", WEEK),
        ("6-я неделя 2026 г.", WEEK), ("1 полугодие 2026", ("2026-01-01", "2026-06-30")),
        ("II кв. 2026", ("2026-04-01", "2026-06-30")), ("2026 Q2", ("2026-04-01", "2026-06-30")),
        ("05.02.2026", ("05.02.2026", "")), ("2026-W60", ("2026-W60", "")), ("31.02–05.03.2026", ("31.02–05.03.2026", "")),
        ("01–15", ("01–15", "")), ("5 – март 2026", ("5 – март 2026", "")), ("Маркетинг 2026", ("Маркетинг 2026", "")),
    ],
)  # fmt: skip
def test_a_cell_says_a_period(text: str, ends: tuple[str, str]) -> None:
    assert period(text) == ends


@pytest.mark.parametrize(
    ("text", "span", "ends"),
    [
        ("Февраль", "", FEBRUARY), ("2", "month", FEBRUARY), ("6", "week", WEEK), ("Неделя 6", "", WEEK),
        ("02.02–08.02", "", WEEK), ("2-8 февраля", "", WEEK), ("05.02", "", ("2026-02-05", "2026-02-05")),
        ("5 фев", "", ("2026-02-05", "2026-02-05")), ("1", "quarter", ("2026-01-01", "2026-03-31")),
    ],
)  # fmt: skip
def test_what_lacks_a_year_takes_the_one_around_it(
    text: str, span: str, ends: tuple[str, str]
) -> None:
    assert period(text, 2026, span) == ends
    assert lacks_year(text, span)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Отчёт за 1–15 февраля 2026 г.", ("2026-02-01", "2026-02-15")),
        ("Расходы за 01.02–15.02.2026", ("2026-02-01", "2026-02-15")),
        ("vk 01-15.02.2026.csv", ("2026-02-01", "2026-02-15")), ("vk_2026-02.csv", FEBRUARY),
        ("Сформирован 3 марта 2026, период: февраль 2026", FEBRUARY),
        ("за 15 февраля 2026", ("15 февраля 2026", "15 февраля 2026")),
        ("Сформирован 3 марта 2026", None), ("Дата формирования: 03.03.2026", None),
        ("Январь и февраль 2026", None), ("Маркетинг 2026.xlsx", None),
    ],
)  # fmt: skip
def test_a_title_says_a_period_among_other_words(text: str, ends: tuple[str, str] | None) -> None:
    assert period_inside(text) == ends


def test_months_without_a_year_are_one_question_and_its_answer(tmp_path: Path) -> None:
    write(tmp_path, "Месяц;Площадка;Расход\nЯнварь;VK;3100\nФевраль;VK;2800\n")
    with pytest.raises(FileError, match="нет года") as refusal:
        pulled(tmp_path, "costs")
    assert '[source.columns]\nyear = "=2026"' in refusal.value.hint
    found = pulled(tmp_path, "costs", columns={"year": "=2026"})
    assert [str(d.date()) for (d,) in rows(found, "date_to")] == ["2026-01-31", "2026-02-28"]  # type: ignore[attr-defined]


def test_days_without_a_year_are_one_question_and_its_answer(tmp_path: Path) -> None:
    write(tmp_path, "Дата заявки;Телефон\n3 февраля;89001112231\nвт, 3 фев 10:30;89001112232\n")
    with pytest.raises(FileError, match="нет года") as refusal:
        pulled(tmp_path, "leads")
    assert '[source.columns]\nyear = "=2026"' in refusal.value.hint
    found = pulled(tmp_path, "leads", columns={"year": "=2026"})
    at = [
        f"{t.tz_convert('Asia/Yekaterinburg'):%Y-%m-%d %H:%M}" for (t,) in rows(found, "created_at")
    ]  # type: ignore[attr-defined]
    assert at == ["2026-02-03 00:00", "2026-02-03 10:30"]
    write(
        tmp_path,
        "Дата заявки;Телефон\n03.02.2026;89001112231\n04.02.2026;8900\n5 фев;89001112232\n",
    )
    (refused,) = pulled(tmp_path, "leads").refused
    assert refused.reason == "в дате нет года, а остальные с годом"


@pytest.mark.parametrize(
    ("cells", "settings", "ends"),
    [
        ("31.01.2026 28.02.2026", {}, ("2026-01-01", "2026-02-28")),
        ("15.01.2026 10.02.2026", {"date_to": "=месяц"}, ("2026-01-01", "2026-02-28")),
        ("15.01.2026 10.02.2026", {}, ("2026-01-15", "2026-02-10")),
    ],
)
def test_a_date_under_a_month_is_the_month(
    tmp_path: Path, cells: str, settings: dict[str, str], ends: tuple[str, str]
) -> None:
    write(tmp_path, "Месяц;Площадка;Расход\n" + "".join(f"{c};VK;3100\n" for c in cells.split()))
    found = pulled(tmp_path, "costs", columns=settings)
    days = rows(found, "date_from", "date_to")
    assert (str(days[0][0])[:10], str(days[-1][1])[:10]) == ends
    assert any("date_to = " in note for note in found.notes)


def test_one_month_without_a_year_among_days_costs_its_row(tmp_path: Path) -> None:
    write(tmp_path, "Дата;Площадка;Расход\n01.02.2026;VK;1\n02.02.2026;VK;2\nмарт;VK;3\n")
    found = pulled(tmp_path, "costs")
    assert (len(rows(found, "cost")), found.refused_count) == (2, 1)


def test_weeks_stand_across(tmp_path: Path) -> None:
    write(tmp_path, "Площадка;2026-W06;2026-W07\nVK;700;1400\n")
    found = rows(pulled(tmp_path, "costs"), "date_from", "cost")
    assert [(str(d.date()), c) for d, c in found] == [("2026-02-02", 70000), ("2026-02-09", 140000)]  # type: ignore[attr-defined]


def test_a_year_alone_is_its_days(tmp_path: Path) -> None:
    write(tmp_path, "Год;Площадка;Расход\n2025;VK;365\n")
    found = rows(pulled(tmp_path, "costs"), "date_from", "date_to")
    assert [tuple(str(d.date()) for d in row) for row in found] == [("2025-01-01", "2025-12-31")]  # type: ignore[attr-defined]
