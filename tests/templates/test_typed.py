"""One typed cell: sums, days, shares and words, as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from templates_sheets import journal
from templates_sheets.typed import CellError, day, kopecks, share, text, whole
from tests.templates.typed_grids import typed


@pytest.mark.parametrize(
    ("cell", "value"),
    [(1234.5, 123450), ("1 234,5 руб.", 123450), ("1\u00a0234.50 ₽", 123450), (0, 0), ("0,10", 10)],
)
def test_money_is_read_as_written_in_russia(cell: object, value: int) -> None:
    assert kopecks(cell) == value


@pytest.mark.parametrize(
    "cell", ["1.234", "-5", -5.0, "пять", True, "1,234,567", float("inf"), 1e20]
)
def test_a_sum_that_may_be_read_two_ways_is_refused(cell: object) -> None:
    with pytest.raises(CellError):
        kopecks(cell)


@pytest.mark.parametrize(
    "cell", ["31.12.2025", "2025-12-31", 46022, 46022.7, datetime(2025, 12, 31, 5)]
)
def test_a_date_is_read_in_all_its_forms(cell: object) -> None:
    assert day(cell) == date(2025, 12, 31)


@pytest.mark.parametrize("cell", [45, "140 %", -0.1, "45", True, "много"])
def test_a_share_above_one_is_refused(cell: object) -> None:
    with pytest.raises(CellError):
        share(cell)


def test_what_is_shown_of_a_wrong_cell_hides_a_phone() -> None:
    inputs = typed(settings=[["Доля маржи", "звоните +7 (912) 345-67-89 или a@b.ru", None, None]])
    assert inputs.complaints[0].cell == "звоните ••• или •••"
    assert journal.of_complaint(inputs.complaints[0]).value == "звоните ••• или •••"


def test_text_of_a_number_has_no_point_nought() -> None:
    assert [text(c) for c in (None, 12.0, 1.5, True, date(2026, 1, 2), " a\u00a0 b ")] == [
        "", "12", "1.5", "да", "02.01.2026", "a b",
    ]  # fmt: skip
    assert whole("1 440", 1, 1440) == 1440
