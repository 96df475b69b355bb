"""The tab «Настройки»: filled rows stand above the clinic's file, wrong ones change nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import ValidationError

from metrics.settings import MODELS
from sheets_sync.clinic.config import ReportConfig
from templates_sheets import settings
from templates_sheets.inputs import read_inputs
from templates_sheets.models import MODEL_WORDS
from templates_sheets.typed import CellError
from tests.templates.typed_grids import AS_OF, laid, typed


def test_filled_settings_stand_above_the_clinics_file() -> None:
    report = ReportConfig(attribution="first", funnel_months=6)
    rows = [
        ["Период с", 46023.0, None, None],
        ["Период по", "31.03.2026", None, None],
        ["Доля маржи", "45 %", None, None],
        ["Модель атрибуции", "Линейная", None, None],
        ["Формула LTV", "средний чек × визиты × маржа", None, None],
        ["Шкала ROMI", "как в статье (100 %)", None, None],
        ["Чьи расходы важнее", "таблица; Директ", None, None],
        ["Цели Метрики", "222333; Запись на приём", None, None],
        ["Воронка: месяцев", None, None, None],
    ]
    inputs = read_inputs({"settings": rows}, report, AS_OF)
    assert inputs.complaints == ()
    assert inputs.report == ReportConfig(
        first=date(2026, 1, 1), last=date(2026, 3, 31), margin_rate=Decimal("0.45"),
        attribution="linear", ltv="ltv_s1", bands="s1", cost_order=("sheet", "direct"),
        funnel_months=6,
    )  # fmt: skip
    assert inputs.goals == (222333, "Запись на приём")


def test_a_wrong_setting_is_named_and_changes_nothing() -> None:
    inputs = typed(
        settings=[["Доля маржи", "много", None, None], ["Модель", "линейная", None, None],
                  ["Касания за, дней", 0.0, None, None]]
    )  # fmt: skip
    assert inputs.report == ReportConfig()
    assert [str(c) for c in inputs.complaints] == [
        (
            "«Настройки», строка 2, «Значение»: найдено «много», ожидается доля от 0 до 1 или "
            "проценты, например 45 %; взято то, что записано для клиники"
        ),
        (
            "«Настройки», строка 3, «Настройка»: найдено «Модель», ожидается название из первой "
            "колонки без изменений; строка не учтена"
        ),
        (
            "«Настройки», строка 4, «Значение»: найдено «0», ожидается целое число от 1 до 730; "
            "взято то, что записано для клиники"
        ),
    ]
    table = laid(
        settings.TAB,
        grid=[["Доля маржи", "много", None, None]],
        own_complaints=inputs.about("Настройки"),
    )
    assert table.rows[0][:3] == ["Доля маржи", "много", 0.45]
    assert table.notes[0, 1].startswith("Ожидается доля")
    assert len(table.rows) == len(settings.SETTINGS)


def test_a_period_that_ends_before_it_begins_is_not_taken() -> None:
    inputs = typed(settings=[["Период с", date(2026, 7, 20), None, None]])
    assert inputs.report.first is None
    assert [c.row for c in inputs.complaints] == [2]


def test_every_setting_of_a_clinic_has_a_row_with_the_same_limits() -> None:
    by_hand = {"margin_rates", "recall_months", "directions"}  # the tab «Направления»
    assert {s.key for s in settings.SETTINGS} - {"goals"} == set(
        ReportConfig.model_fields
    ) - by_hand
    for row in settings.SETTINGS:
        if row.format == "count":
            for value in (0, 1, 120, 121, 365, 366, 730, 731, 1440, 1441, 3650, 3651):
                ours, theirs = True, True
                try:
                    row.read(value)
                except CellError:
                    ours = False
                try:
                    ReportConfig.model_validate({row.key: value})
                except ValidationError:
                    theirs = False
                assert ours == theirs, (row.key, value)
    assert set(MODEL_WORDS) == set(MODELS)


def test_drop_downs_of_settings_fit_into_a_cell_of_excel() -> None:
    for words in laid(settings.TAB).choices.values():
        assert len(",".join(words)) <= 255
        assert "," not in "".join(words)


def test_effective_settings_are_shown_in_words() -> None:
    shown = {row[0]: row[2] for row in laid(settings.TAB, goals=(17,)).rows}
    assert shown["Период с"] == date(2026, 4, 1)
    assert shown["Модель атрибуции"] == "последний значимый"
    order = "Директ, VK Реклама, Авито, Метрика, файл, загрузка, таблица"
    assert shown["Чьи расходы важнее"] == order
    assert shown["Цели Метрики"] == "17"
    assert shown["Расходы без направления"] == "не делить"


def test_a_compared_period_that_ends_before_it_begins_is_not_taken() -> None:
    inputs = typed(
        settings=[["Сравнить с периодом с", date(2026, 5, 30), None, None],
                  ["Сравнить с периодом по", date(2026, 5, 1), None, None]]
    )  # fmt: skip
    assert (inputs.report.compare_from, inputs.report.compare_to) == (None, None)
    assert [(c.row, c.cell) for c in inputs.complaints] == [(3, "01.05.2026")]
    assert "30.05.2026 – 01.05.2026" in inputs.complaints[0].expected


def test_a_compared_period_alone_begins_before_the_reports() -> None:
    """Its last day is then the one before the report's first."""
    rows = [["Период с", date(2026, 5, 1), None, None]]
    late = [*rows, ["Сравнить с периодом с", date(2026, 5, 1), None, None]]
    early = [*rows, ["Сравнить с периодом с", date(2026, 4, 30), None, None]]
    assert [c.row for c in typed(settings=late).complaints] == [3]
    assert typed(settings=early).complaints == ()
