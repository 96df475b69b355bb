"""From rows to a grid: which row is the header, what its columns mean, which rows are data."""

from __future__ import annotations

import pytest

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.reading.aliases import NEEDED, aliases, canonical
from sheets_sync.reading.grid import Grid, read_grid
from sheets_sync.reading.sheet import Sheet


def grid(
    *lines: list[str], entity: str = "leads", columns: dict[str, str] | None = None, **sheet: object
) -> Grid:
    return read_grid(Sheet(iter(lines), **sheet), entity, columns or {}, "export.csv")  # type: ignore[arg-type]


# Headers


def test_aliases_name_known_columns_and_every_needed_column_has_some() -> None:
    for entity in ENTITIES:
        assert set(aliases(entity)) == set(canonical(entity))
        for group in NEEDED[entity]:
            assert any(len(aliases(entity)[name]) > 1 for name in group)


def test_the_header_is_found_under_titles_and_its_columns_by_aliases() -> None:
    found = grid(
        ["Отчёт по записям", "", "", "", ""],
        ["Период: 01.02.2026 - 28.02.2026"],
        ["№  карты", "Пациент", "Tелефон", "Дата\nприёма", "СТАТУС записи"],
        ["00123", "Тестова А. Б.", "8 900 000-00-01", "03.02.2026 10:30", "Пришёл"],
        entity="appointments",
    )
    assert found.header.row == 2
    assert found.header.meanings == {
        "№ карты": "patient_id",
        "Пациент": "",
        "Tелефон": "phone",
        "Дата приёма": "starts_at",
        "СТАТУС записи": "status",
    }
    assert found.rows.tolist() == [4]
    assert {n: c.to_pylist() for n, c in found.columns.items()} == {
        "patient_id": ["00123"],
        "phone": ["8 900 000-00-01"],
        "starts_at": ["03.02.2026 10:30"],
        "status": ["Пришёл"],
    }


def test_a_header_of_two_rows_is_read_through_its_merged_cells() -> None:
    found = grid(
        ["№ карты", "Приём", "", "Оплата", ""],
        ["", "Дата", "Врач", "Дата", "Сумма"],
        ["1", "01.02.2026", "Орлов", "02.02.2026", "500"],
        entity="payments",
        columns={"paid_at": "Оплата / Дата"},
        merged=(((0, 1), (0, 2)), ((0, 3), (0, 4))),
    )
    assert found.header.names == (
        "№ карты",
        "Приём / Дата",
        "Приём / Врач",
        "Оплата / Дата",
        "Оплата / Сумма",
    )
    assert found.columns["paid_at"].to_pylist() == ["02.02.2026"]
    assert found.columns["sum_plain"].to_pylist() == ["500"]
    assert found.columns["doctor"].to_pylist() == ["Орлов"]


def test_of_two_headers_for_one_column_the_surer_is_taken_and_it_is_said() -> None:
    found = grid(
        ["Дата", "Дата создания", "Источник", "Рекламный источник"],
        ["01.02.2026", "02.02.2026", "2ГИС", "Сайт"],
    )
    assert found.header.columns["created_at"] == (1,)
    assert found.header.columns["source_raw"] == (2,)
    assert found.header.notes == (
        *(
            f"Столбцы «{one}» и «{other}» похожи, взят «{one}». Если нужен другой, назовите его в "
            "[source.columns]."
            for one, other in (("Дата создания", "Дата"), ("Источник", "Рекламный источник"))
        ),
    )


def test_of_two_columns_of_one_name_the_filled_one_is_taken_row_by_row() -> None:
    found = grid(
        ["Дата", "Источник", "Источник"],
        ["01.02.2026", "Сайт", "x"],
        ["02.02.2026", "", "2ГИС"],
        ["03.02.2026", "", ""],
    )
    assert found.columns["source_raw"].to_pylist() == ["Сайт", "2ГИС", ""]
    assert found.header.notes == (
        "Столбцов «Источник» несколько: где первый пуст, взят следующий.",
    )


def test_units_and_numbers_in_a_header_do_not_hide_it() -> None:
    found = grid(
        ["Дата", "Площадка", "Расход, руб. (с НДС)", "Показы"],
        ["01.02.2026", "2ГИС", "5", "1"],
        entity="costs",
    )
    assert found.columns["cost"].to_pylist() == ["5"]
    phones = grid(
        ["Дата", "Телефон 1", "Телефон 2"], ["01.02.2026", "+79000000001", "+79000000002"]
    )
    assert (phones.columns["phone"].to_pylist(), phones.columns["phone:1"].to_pylist()) == (
        ["+79000000001"],
        ["+79000000002"],
    )


def test_the_clinics_file_stands_above_the_aliases() -> None:
    columns = {"created_at": "Когда", "source_raw": "", "service": "=имплантация"}
    found = grid(
        ["Дата", "Когда", "Источник"], ["01.02.2026", "02.02.2026", "2ГИС"], columns=columns
    )
    assert {n: c.to_pylist() for n, c in found.columns.items()} == {"created_at": ["02.02.2026"]}
    assert found.header.constants == {"service": "имплантация"}


def test_a_missing_column_is_told_with_what_was_found_and_what_to_write() -> None:
    with pytest.raises(FileError) as caught:
        grid(["Номер чека", "Код пациента", "Итог, тыс. руб."], ["1", "2", "3"], entity="payments")
    assert caught.value.where == "export.csv"
    assert "не нашёл столбец paid_at" in caught.value.message
    assert "«Номер чека», «Код пациента», «Итог, тыс. руб.»" in caught.value.message
    assert "«дата оплаты»" in caught.value.hint
    assert '[source.columns]\npaid_at = "название столбца"' in caught.value.hint


def test_a_file_without_a_header_shows_none_of_its_cells() -> None:
    with pytest.raises(FileError, match="не нашёл строку с названиями столбцов") as caught:
        grid(["Тестова Мария", "8 900 000-00-01"], ["Пробный", "8 900 000-00-02"])
    assert "Тестова" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"created": "Дата"}, "неизвестный столбец created"),
        ({"created_at": "Когда"}, "нет столбца «Когда»"),
    ],
)
def test_a_wrong_column_map_is_an_error(columns: dict[str, str], message: str) -> None:
    with pytest.raises(FileError, match=message):
        grid(["Дата", "Источник"], columns=columns)


# Rows


def test_totals_groups_blanks_and_repeated_headers_are_left_out_and_counted() -> None:
    found = grid(
        ["Номер платежа", "Дата оплаты", "Код пациента", "Сумма"],
        ["Орлов П. С.", "", "", ""],
        ["1", "01.02.2026", "7", "500,00"],
        ["Итого по врачу: 1", "", "", "500,00"],
        [],
        ["Номер платежа", "Дата оплаты", "Код пациента", "Сумма"],
        ["2", "02.02.2026", "8", "700,00"],
        ["", "ВСЕГО:", "", "1 200,00"],
        ["", " ", "", ""],
        entity="payments",
    )
    assert found.rows.tolist() == [3, 7]
    assert found.totals == {
        4: {
            "payment_id": "Итого по врачу: 1",
            "paid_at": "",
            "patient_id": "",
            "sum_plain": "500,00",
        },
        8: {"payment_id": "", "paid_at": "ВСЕГО:", "patient_id": "", "sum_plain": "1 200,00"},
    }
    assert (found.groups, found.repeats) == (1, 1)


@pytest.mark.parametrize("headings", [19, 600])
def test_so_many_lines_of_one_word_head_no_groups(headings: int) -> None:
    header = ["Номер платежа", "Дата оплаты", "Код пациента", "Сумма"]
    row = ["1", "01.02.2026", "7", "500,00"]
    lines = [header, row, *[["слово", "", "", ""]] * headings, row]
    if headings < 20:
        assert grid(*lines, entity="payments").groups == headings
        return
    with pytest.raises(FileError, match="полных строк 2, а тех, где заполнена одна") as caught:
        grid(*lines, entity="payments")
    assert "кавычка" in caught.value.hint


def test_a_campaign_that_begins_with_a_word_of_totals_and_a_price_is_a_cost() -> None:
    found = grid(
        ["Кампания", "Дата", "Площадка", "Расход"],
        ["Всего 990 рублей", "01.04.2026", "Директ", "1000"],
        ["Итого за апрель", "01.04.2026", "", "1000"],
        ["Всего 2 строки", "", "", "1000"],
        entity="costs",
    )
    assert found.rows.tolist() == [2]
    assert sorted(found.totals) == [3, 4]


def test_a_row_of_data_that_begins_with_a_word_of_totals_is_data() -> None:
    found = grid(
        ["Услуга", "Номер платежа", "Дата оплаты", "Код пациента", "Сумма"],
        ["Всего на 4 имплантах", "1", "01.02.2026", "7", "500"],
        entity="payments",
    )
    assert (len(found.rows), found.totals) == (1, {})


def test_short_rows_are_filled_and_long_ones_are_not_cut() -> None:
    found = grid(
        ["Дата", "Источник"],
        ["01.02.2026"],
        ["02.02.2026", "2ГИС", "", ""],
        ["03.02.2026", "a", "b"],
    )
    assert found.rows.tolist() == [2, 3]
    assert found.wide == [4]


def test_invisible_characters_spaces_and_empty_words_are_cleaned() -> None:
    found = grid(
        ["Дата", "Источник"],
        ["\ufeff01.02.2026\u00a010:30 ", "Яндекс\n Директ"],
        ["x", "<не указано>"],
        ["y", " — "],
    )
    assert found.columns["created_at"].to_pylist() == ["01.02.2026 10:30", "x", "y"]
    assert found.columns["source_raw"].to_pylist() == ["Яндекс Директ", "", ""]
