"""Keys instead of people, and a guard that lets no phone, e-mail or full name out."""

from __future__ import annotations

import hmac
import logging
import pickle
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from sheets_sync.errors import ConfigError, PrivacyError
from sheets_sync.privacy.keys import Keyring, PersonalFilter, guard_tables, open_keyring
from sheets_sync.privacy.personal import find_personal, mask, redact, scrub
from sheets_sync.settings import Service
from templates_sheets.tab import Cell, Column, Tab, Table

SECRET = b"0123456789abcdef0123456789abcdef"


def table(
    *columns: Column, rows: list[list[Cell]], notes: dict[tuple[int, int], str] | None = None
) -> Table:
    return Table(Tab("t", "Вкладка", columns), columns, rows, notes or {})


# Keys


def test_a_key_is_hmac_sha256_under_a_prefix() -> None:
    keyring = Keyring(SECRET)
    expected = hmac.digest(SECRET, b"phone:+79161234567", "sha256").hex()[:32]
    assert keyring.person_key("8 (916) 123-45-67") == expected
    assert keyring.person_key("+7 916 123 45 67, 8 900 000 00 03") == expected
    assert (
        keyring.person_key("", "Masha@Mail.ru")
        == hmac.digest(SECRET, b"email:masha@mail.ru", "sha256").hex()[:32]
    )
    assert keyring.person_key("нет", "нет") == ""
    assert (
        Keyring(b"x" * 100).key("a:", "b") == hmac.digest(b"x" * 100, b"a:b", "sha256").hex()[:32]
    )


def test_equal_texts_of_different_kinds_have_different_keys() -> None:
    keyring = Keyring(SECRET)
    keys = {
        keyring.patient_key("79161234567"),
        keyring.phone_key("79161234567"),
        keyring.email_key("79161234567"),
        keyring.foreign_key("person_key", "79161234567"),
        keyring.foreign_key("patient_key", "79161234567"),
    }
    assert len(keys) == 5


def test_a_card_number_is_the_same_with_and_without_leading_zeros() -> None:
    keyring = Keyring(SECRET)
    assert keyring.patient_key("00123") == keyring.patient_key("123")
    assert keyring.patient_key("A0123") != keyring.patient_key("A123")


def test_a_keyring_tells_nothing_of_its_secret() -> None:
    keyring = Keyring(SECRET)
    assert repr(keyring) == f"Keyring(id='{keyring.id}')"
    assert SECRET.decode() not in f"{keyring} {vars(type(keyring))}"
    with pytest.raises(TypeError):
        pickle.dumps(keyring)


def test_every_clinic_has_keys_of_its_own() -> None:
    service = Service(secret=SecretStr("a long enough secret"))
    one, same, other = (open_keyring(service, c) for c in ("north", "north", "south"))
    assert one.person_key("8 916 123 45 67") == same.person_key("8 916 123 45 67")
    assert one.person_key("8 916 123 45 67") != other.person_key("8 916 123 45 67")
    assert one.id == same.id != other.id


def test_without_a_secret_one_is_made_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = open_keyring(Service(home=home, secret=None), "clinic")
    kept = home / "secret"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(kept.read_text()) == 64
    assert [p.name for p in home.iterdir()] == ["secret"]
    kept.chmod(0o644)
    assert open_keyring(Service(home=home, secret=None), "clinic").id == first.id
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_secret_that_protects_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="секрет короче 16"):
        open_keyring(Service(secret=SecretStr("short")), "clinic")
    (tmp_path / "secret").write_text("")
    with pytest.raises(ConfigError, match="секрет короче 16"):
        open_keyring(Service(home=tmp_path, secret=None), "clinic")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="не могу прочитать или создать секрет"):
        open_keyring(Service(home=tmp_path / "file" / "home", secret=None), "clinic")


# Recognition


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("8 916 123-45-67", "телефон"),
        ("звонил +7(916)1234567 вечером", "телефон"),
        ("79161234567", "телефон"),
        ("9161234567", "телефон"),
        ("8-916-123-45-67", "телефон"),
        ("(495) 123-45-67", "телефон"),
        ("+375 29 123-45-67", "телефон"),
        ("пишите на masha@mail.ru", "e-mail"),
        ("Тестова Мария Петровна", "ФИО"),
        ("ТЕСТОВА МАРИЯ ПЕТРОВНА", "ФИО"),
        ("от Иванова Ивана Ивановича", "ФИО"),
        ("Мария Петровна", "ФИО"),
        ("Тестова А. Б.", "ФИО"),
        ("А.Б. Тестова", "ФИО"),
        ("Тестова А.", "ФИО"),
        ("Иванов Иван", "ФИО"),
        ("Вера Павлова", "ФИО"),
    ],
)
def test_personal_data_is_recognised(text: str, kind: str) -> None:
    assert find_personal(text) == kind
    assert find_personal(redact(text)) == ""
    assert find_personal(scrub(text)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Яндекс Директ — поиск",
        "Имплантация | Поиск | Москва",
        "rsya_79161234567",
        "cid|79161234567|search",
        "1700000000123456789",
        "70310001",
        "12 500,00 ₽",
        "89 000 000 000 ₽",
        "01.02.2026 10:30",
        "Неделя 02.02.2026 – 08.02.2026",
        "Июль 2026 · Директ — поиск · Имплантация",
        "ROMI 278 %, LTV ≥ 3 × CAC: уже выполнено за 90 дней",
        "Больница им. Н. И. Пирогова",
        "Роза Хутор",
        "Марьина Роща",
        "ул. Карла Маркса, 5",
        "All-on-4@msk",
        "Стоматология Царевна",
        "file:exports/leads*.csv",
        "Модель: последний значимый",
    ],
)
def test_what_is_not_personal_is_left_alone(text: str) -> None:
    assert find_personal(text) == ""
    assert redact(text) == text
    assert scrub(text) == text


def test_scrubbing_drops_a_cell_with_a_phone_and_cuts_out_a_name() -> None:
    assert scrub("сайт, тел. 8 916 123-45-67") == ""
    assert scrub("Приём Орлов П. С.") == "Приём"
    assert scrub("Орлов П. С.", names=False) == "Орлов П. С."


def test_a_masked_example_is_short_and_shows_no_long_number() -> None:
    assert mask("31.02.2026 10:00") == "31.02.2026 10:00"
    assert mask("8 916 12 34 5") == "•••"
    assert mask("паспорт 45 10 123456") == "паспорт •••"
    assert mask("Тестова Мария Петровна, 8 916 123 45 67") == "[имя], [телефон]"
    assert len(mask("слово " * 100)) == 40


# The guard


def test_the_guard_names_tab_row_column_and_kind_but_not_the_value() -> None:
    sheet = table(Column("Канал", "channel"), rows=[["2ГИС"], ["Сайт, 8 916 123-45-67"]])
    with pytest.raises(PrivacyError) as caught:
        guard_tables([table(Column("Канал", "channel"), rows=[["2ГИС"]]), sheet])
    assert caught.value.where == "вкладка «Вкладка», строка 3, столбец «Канал»"
    assert "телефон" in caught.value.message
    assert "916" not in f"{caught.value} {caught.value.as_dict()}"


def test_the_guard_looks_into_notes() -> None:
    sheet = table(
        Column("Канал", "channel"), rows=[["2ГИС"]], notes={(-1, 0): "спросить masha@mail.ru"}
    )
    with pytest.raises(
        PrivacyError, match="строка 1, столбец «Канал»: в ячейке личные данные: e-mail"
    ):
        guard_tables([sheet])


def test_doctors_are_named_in_their_column_and_patients_nowhere() -> None:
    doctor, service = Column("Врач", "doctor", personal="doctor"), Column("Услуга", "service")
    guard_tables([table(doctor, service, rows=[["Орлов Пётр Сергеевич", "Имплантация"]])])
    with pytest.raises(PrivacyError, match="столбец «Услуга»"):
        guard_tables([table(doctor, service, rows=[["Орлов П. С.", "Орлов П. С."]])])
    with pytest.raises(PrivacyError, match="столбец «Врач»"):
        guard_tables([table(doctor, service, rows=[["8 916 123-45-67", ""]])])


def test_campaigns_may_be_digits_or_named_after_a_doctor_but_hold_no_phone() -> None:
    campaign = Column("Кампания", "campaign", personal="campaign")
    guard_tables([table(campaign, rows=[["79161234567"], ["9161234567"], ["Бренд Орлов П. С."]])])
    with pytest.raises(PrivacyError, match="телефон"):
        guard_tables([table(campaign, rows=[["8 (916) 123-45-67"]])])


def test_ids_of_eleven_digits_are_no_phones_in_a_column_of_ids() -> None:
    campaign = Column("ID", "campaign_id", format="id")
    guard_tables([table(campaign, rows=[["79161234567"], [79161234567.0], [None]])])
    with pytest.raises(PrivacyError):
        guard_tables([table(campaign, rows=[["+7 916 123-45-67"]])])


# Logs


def _refuse(cell: str) -> None:
    raise ValueError(f"bad cell {cell}")


def test_a_log_line_and_its_traceback_carry_no_personal_data(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("romi-test-privacy")
    logger.addFilter(PersonalFilter())
    phone = "8 916 123-45-67"
    with pytest.raises(ValueError, match="bad cell") as caught:
        _refuse(phone)
    logger.error("строка %s: %s", 5, "Тестова Мария Петровна", exc_info=caught.value)
    record = caplog.records[0]
    shown = logging.Formatter().format(record)
    assert "строка 5: [имя]" in shown
    assert "bad cell [телефон]" in shown
    assert phone not in shown


def test_what_people_typed_in_their_own_book_stops_no_run() -> None:
    tab = Tab(
        "t",
        "Отчёт",
        (Column("Канал", "channel"), Column("Комментарий", "", comment=True)),
    )
    guard_tables([Table(tab, tab.columns, [["SEO", "перезвонить +7 916 123-45-67"]])])
    with pytest.raises(PrivacyError):
        guard_tables([Table(tab, tab.columns, [["+7 916 123-45-67", None]])])


def test_machines_that_share_a_database_must_share_a_secret(tmp_path: Path) -> None:
    url = SecretStr("postgresql://romi@127.0.0.1/romi")
    with pytest.raises(ConfigError, match="общий секрет"):
        open_keyring(Service(home=tmp_path, database_url=url), "clinic")
    service = Service(home=tmp_path, database_url=url, secret=SecretStr("s" * 32))
    assert open_keyring(service, "clinic").patient_key("1")
