"""Exports of reviews and of phrases of advertising: no text, no author, money to the kopeck."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from tests.reading.exports import pulled, rows, write


def test_of_a_review_only_its_rating_and_whether_it_was_answered_are_kept(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата отзыва;Площадка;Автор;Оценка;Текст;Ответ;Врач;Филиал\n"
        "03.02.2026 10:00;ПроДокторов;Тестова Мария;5;Спасибо;Благодарим за отзыв;Орлов П. С.;Центр\n"
        "04.02.2026;Яндекс Карты;Пробный В.;1;Плохо;;;\n"
        "05.02.2026;2ГИС;;4,0;;06.02.2026;;\n"
        "06.02.2026;2ГИС;;10;;нет;;\n"
        "07.02.2026;2ГИС;;;;;;\n",
    )
    found = pulled(tmp_path, "reviews")
    assert rows(found, "at", "platform", "rating", "doctor", "branch") == [
        (datetime(2026, 2, 3, 5, tzinfo=UTC), "ПроДокторов", 5, "Орлов П. С.", "Центр"),
        (datetime(2026, 2, 3, 19, tzinfo=UTC), "Яндекс Карты", 1, "", ""),
        (datetime(2026, 2, 4, 19, tzinfo=UTC), "2ГИС", 4, "", ""),
    ]
    assert found.frame is not None
    assert found.frame["answered_at"].tolist() == [
        pd.Timestamp(2026, 2, 3, 5, tz="UTC"),
        pd.NaT,
        pd.Timestamp(2026, 2, 5, 19, tz="UTC"),
    ]
    assert [(r.row, r.column, r.reason) for r in found.refused] == [
        (5, "Оценка", "оценка не от 1 до 5"),
        (6, "Оценка", "пусто"),
    ]
    assert "Тестова" not in repr(found)
    assert "Благодарим" not in repr(found)


def test_phrases_are_read_as_costs_are_and_replace_their_period(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;№ Кампании;Кампания;Условие показа;Тип площадки;Показы;Клики;Расход (руб.)\n"
        "01.02.2026;70000001;Имплантация;имплант зуба цена;Поиск;1000;20;2 000,50\n"
        "02.02.2026;70000001;Имплантация;---autotargeting;Поиск;100;10;600,25\n",
    )
    found = pulled(tmp_path, "phrases")
    assert rows(
        found, "date", "platform", "campaign_id", "keyword", "network", "clicks", "cost"
    ) == [
        (
            pd.Timestamp("2026-02-01"),
            "Яндекс Директ",
            "70000001",
            "имплант зуба цена",
            "search",
            20,
            200050,
        ),
        (
            pd.Timestamp("2026-02-02"),
            "Яндекс Директ",
            "70000001",
            "---autotargeting",
            "search",
            10,
            60025,
        ),
    ]
    assert found.replace == (date(2026, 2, 1), date(2026, 2, 2))


def test_the_page_where_a_visit_ended_is_a_path(tmp_path: Path) -> None:
    write(
        tmp_path,
        "touch_id,at,ym_client_id,Страница входа,Страница выхода\n"
        "1,2026-02-01 10:00,1700000000123456789,https://clinic.ru/a?tel=1,https://clinic.ru/price?x=2\n",
    )
    assert rows(pulled(tmp_path, "touches"), "landing_path", "end_path") == [("/a", "/price")]


def test_a_cost_says_which_file_it_stands_in(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write(tmp_path, f"Дата;Площадка;Расход\n01.02.2026;SEO {name};1\n", name)
    assert rows(pulled(tmp_path, "costs"), "platform", "file") == [
        ("SEO a.csv", "a.csv"),
        ("SEO b.csv", "b.csv"),
    ]
