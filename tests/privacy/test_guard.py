"""The last gate before a book: what is personal is masked, its cell is named, the rest is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.join.rules import RETARGET_FLAG
from metrics.reports.cohorts import MONTHS
from sheets_sync.clinic.config import ReportConfig
from sheets_sync.privacy.guard import Masks, guard_tables, read_typed
from sheets_sync.privacy.personal import redact
from templates_sheets.laying import asks
from templates_sheets.tab import Cell, Column, Tab, Table
from templates_sheets.tabs import INPUT_TABS, TABS

AS_OF = date(2026, 6, 30)


def table(
    *columns: Column, rows: list[list[Cell]], notes: dict[tuple[int, int], str] | None = None
) -> Table:
    return Table(Tab("t", "Вкладка", columns), columns, rows, notes or {})


def guarded(*tables: Table) -> tuple[list[list[list[Cell]]], tuple[str, ...]]:
    clean, exposed = guard_tables(tables, Masks())
    return [t.rows for t in clean], exposed


def test_a_personal_cell_is_masked_and_named_and_the_rest_is_written() -> None:
    channel = Column("Канал", "channel")
    sheet = table(channel, Column("Лиды", "leads"), rows=[["2ГИС", 5], ["тел.89161234567", 7]])
    rows, exposed = guarded(table(channel, rows=[["2ГИС"]]), sheet)
    assert rows == [[["2ГИС"]], [["2ГИС", 5], ["тел.[телефон]", 7]]]
    assert exposed == (
        "«Вкладка», строка 3, «Канал»: личные данные закрыты ([телефон]); уберите их из выгрузки.",
    )
    assert sheet.rows[1] == ["тел.89161234567", 7]


def test_what_is_masked_stays_apart_and_is_masked_alike_in_every_tab() -> None:
    channel = Column("Канал", "channel")
    one = table(channel, rows=[["Орлов П. С."], ["Седова М. И."], ["Орлов П. С."]])
    other = table(channel, rows=[["Седова М. И."]])
    masks = Masks()
    first, _ = guard_tables([one], masks)
    second, _ = guard_tables([other], masks)
    assert first[0].rows == [["[имя]"], ["[имя] 2"], ["[имя]"]]
    assert second[0].rows == [["[имя] 2"]]


#: What is somebody's beside something else, or in a text that has a capital, a number or a sign.
WORDS = (
    *("Орлов", "Павел", "Сергеевич", "Анна", "Ли", "И.", "П. С.", "орлов ал.", "Вл. плантовой"),
    *("Запись", "к Цою", "у Плантовой", "врач «Цой»", "менеджер/Цой", "стоматолог Orlov", "Август"),
    *("паспорт", "серия", "ИНН", "770123456789", "дата рождения", "01.02.1980", "проживает:"),
    *("masha", "@", "mail.ru", "собака", "ящик masha yandex", "адрес masha!yandex ru", "«Маша"),
    *("skype.com/masha_plant", "Петрова»@mail.ru", "тел.", "@masha", "& Ко", "masha&lt@&gtmail.ru"),
    *("плюс семь", "девятьсот шестнадцать", "и двенадцать", "девять сто сто сто"),
    *("+7 916", "123-45-67", "Март 2026", "Терапия", "2ГИС", "органика", "Все", "–", ""),
)


@given(
    st.sampled_from(MONTHS), st.integers(2000, 2099), st.lists(st.sampled_from(WORDS), max_size=5)
)
def test_a_cohort_is_looked_at_as_closely_as_any_text(
    month: str, year: int, words: list[str]
) -> None:
    for name in (" · ".join([f"{month} {year}", *words]), " · ".join(words)):
        assert Masks()(name) == redact(name)


def test_the_guard_looks_into_notes() -> None:
    sheet = table(
        Column("Канал", "channel"), rows=[["2ГИС"]], notes={(-1, 0): "спросить masha@mail.ru"}
    )
    (clean,), exposed = guard_tables([sheet], Masks())
    assert clean.notes == {(-1, 0): "спросить [e-mail]"}
    assert exposed[0].startswith("«Вкладка», строка 1, «Канал»")


def test_names_stand_where_the_column_says_whose_and_nowhere_else() -> None:
    doctor, service = Column("Врач", "doctor", personal="doctor"), Column("Услуга", "service")
    sheet = table(doctor, service, rows=[["Орлов Пётр Сергеевич", "Имплантация"], ["", "Орлов П."]])
    rows, _ = guarded(sheet)
    assert rows == [[["Орлов Пётр Сергеевич", "Имплантация"], ["", "[имя]"]]]
    rows, _ = guarded(table(doctor, rows=[["8 916 123-45-67"]]))
    assert rows == [[["[телефон]"]]]


def test_campaigns_may_be_digits_or_named_after_a_doctor_but_hold_no_phone() -> None:
    campaign = Column("Кампания", "campaign", personal="campaign")
    innocent: list[list[Cell]] = [["79161234567"], ["9161234567"], ["Бренд Орлов П. С."]]
    assert guarded(table(campaign, rows=innocent)) == ([innocent], ())
    rows, _ = guarded(table(campaign, rows=[["8 (916) 123-45-67"]]))
    assert rows == [[["[телефон]"]]]


def test_ids_of_eleven_digits_are_no_phones_in_a_column_of_ids() -> None:
    campaign = Column("ID", "campaign_id", format="id")
    ids: list[list[Cell]] = [["79161234567"], [79161234567.0], [None]]
    assert guarded(table(campaign, rows=ids)) == ([ids], ())


def test_what_people_typed_in_their_own_columns_is_theirs() -> None:
    columns = (Column("Канал", "channel"), Column("Комментарий", "", comment=True))
    typed: list[list[Cell]] = [["SEO", "перезвонить +7 916 123-45-67"]]
    assert guarded(table(*columns, rows=typed)) == ([typed], ())


def test_tabs_of_our_own_words_ask_for_nothing_of_a_clinic_and_name_nobody() -> None:
    """The guard does not look at them: it would find nothing."""
    ours = [tab for tab in TABS if tab.own_words]
    assert ours
    for tab in ours:
        assert tab.table is not None
        assert {*asks(tab.table)} <= {"tab", "tabs"}
        looked_at = replace(tab.table(tab, TABS), tab=replace(tab, own_words=False))
        assert guard_tables([looked_at], Masks()) == ([looked_at], ())


def test_the_clinics_own_name_is_nobodys() -> None:
    sheet = table(Column("Название", "name"), rows=[["Клиника Петра Орлова"]])
    clean, exposed = guard_tables([sheet], Masks(allowed=["Клиника Петра Орлова"]))
    assert (clean[0].rows, exposed) == (sheet.rows, ())


def test_a_channel_called_after_a_doctor_counts_under_its_mask_and_its_cell_is_named() -> None:
    grids: dict[str, list[list[Cell]]] = {
        "channels": [
            [1, "any", "utm_source", "содержит", "orlov", "Доктор Орлов Пётр", None],
            [2, "any", "utm_source", "содержит", "sedova", "Седова М. И.", None],
            [3, "any", "utm_source", "содержит", "wa", "WhatsApp 8 916 123-45-67", None],
            [4, "any", "utm_source", "содержит", "vk", "ВКонтакте", None],
            [5, "any", "utm_source", "содержит", "rt", "(метка) ретаргет", None],
        ],
        "directions": [["имплант", "Орлов Пётр", 0.4, None], ["кариес", "терапия", None, None]],
    }
    report = ReportConfig(directions={"брекет": "Седова М. И."})
    inputs = read_typed(grids, report, AS_OF, Masks())
    assert [rule.channel for rule in inputs.rules] == [
        "Доктор [имя]",
        "[имя]",
        "WhatsApp [телефон]",
        "ВКонтакте",
        RETARGET_FLAG,
    ]
    assert inputs.report.directions == {
        "имплант": "[имя] 2",
        "кариес": "терапия",
        "брекет": "[имя]",
    }
    assert list(inputs.report.margin_rates) == ["[имя] 2"]
    assert [(c.tab, c.row, c.column, c.used) for c in inputs.complaints] == [
        ("Каналы", 2, "Канал", "в отчётах стоит «Доктор [имя]»"),
        ("Каналы", 3, "Канал", "в отчётах стоит «[имя]»"),
        ("Каналы", 4, "Канал", "в отчётах стоит «WhatsApp [телефон]»"),
        ("Направления", 2, "Направление", "в отчётах стоит «[имя] 2»"),
        ("[report.directions]", 1, "направление", "в отчётах стоит «[имя]»"),
    ]
    assert grids["channels"][0][5] == "Доктор Орлов Пётр"


def test_a_complaint_about_a_wrong_cell_shows_nobody() -> None:
    wrong: list[list[Cell]] = [["Плантова Мария +7 916 123-45-67", *[None] * 12]]
    inputs = read_typed({"costs": wrong}, ReportConfig(), AS_OF, Masks())
    assert inputs.complaints
    assert "Плантова" not in "".join(map(str, inputs.complaints))


@pytest.mark.parametrize("tab", INPUT_TABS, ids=lambda tab: tab.key)
def test_what_people_name_and_reports_show_is_marked_as_such(tab: Tab) -> None:
    keys = {"channel", "direction", "campaign"}
    shown = {column.title for other in TABS for column in other.columns if column.key in keys}
    assert {"Канал", "Направление", "Кампания"} <= shown
    for column in tab.columns:
        if column.title in shown and not column.key:
            assert column.label or column.personal, column.title
