"""Tabs that a clinic hides are named in its file as they are called."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sheets_sync.clinic.config import ReportConfig
from tests.templates.typed_grids import typed


def test_a_tab_is_hidden_by_its_title_from_the_file_or_the_book() -> None:
    assert ReportConfig(hide_tabs=("Модели", "Внедрение")).hide_tabs == ("Модели", "Внедрение")
    inputs = typed(settings=[["Скрыть вкладки", "модели;  Внедрение", None, None]])
    assert inputs.report.hide_tabs == ("Модели", "Внедрение")


@pytest.mark.parametrize("title", ["Модель", "Настройки"])
def test_a_tab_that_is_not_there_or_must_stay_is_an_error_that_names_it(title: str) -> None:
    with pytest.raises(ValidationError, match=f"найдено «{title}»"):
        ReportConfig(hide_tabs=(title,))
    inputs = typed(settings=[["Скрыть вкладки", title, None, None]])
    assert inputs.report.hide_tabs == ()
    assert [c.cell for c in inputs.complaints] == [title]
