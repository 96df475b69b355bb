"""Exports of people and what they did: leads, appointments, calls, touches and traffic."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from metrics.entity import DTYPES
from sheets_sync.errors import SourceError
from tests.reading.exports import KEYRING, pulled, rows, write

UNKNOWN = (
    'неизвестный статус: допишите в [source.statuses] "Думает" = "…", где … – '
    "arrived (пришёл), no_show (не пришёл), cancelled (отменён), booked (записан)"
)


def test_a_clinics_report_becomes_appointments(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Отчёт по записям;;;;;;\n"
        "Период: 01.02.2026 - 28.02.2026;;;;;;\n"
        "№ карты;Пациент;Телефон;Дата приёма;Статус;Источник;Врач\n"
        "00123;Тестова А. Б.;8 (900) 000-00-01;03.02.2026 10:30;Пришёл;Яндекс Директ;Орлов П. С.\n"
        "00124;Пробный В. Г.;+7 900 000-00-02, 8 900 000 00 03;03.02.2026 11:00;Не явился;2ГИС;\n"
        ";Пробный;нет;04.02.2026 11:00;Пришёл;;\n"
        "00125;Пробный;;вчера;Пришёл;;\n"
        "00126;Пробный;;05.02.2026;Думает;;\n"
        "Итого;;;;;;3\n",
        encoding="cp1251",
    )
    found = pulled(tmp_path, "appointments")
    assert rows(
        found, "patient_key", "person_key", "starts_at", "status", "doctor", "source_raw"
    ) == [
        (
            KEYRING.patient_key("123"),
            KEYRING.person_key("+79000000001"),
            datetime(2026, 2, 3, 5, 30, tzinfo=UTC),
            "arrived",
            "Орлов П. С.",
            "Яндекс Директ",
        ),
        (
            KEYRING.patient_key("124"),
            KEYRING.person_key("+79000000002"),
            datetime(2026, 2, 3, 6, 0, tzinfo=UTC),
            "no_show",
            "",
            "2ГИС",
        ),
    ]
    assert [(r.file, r.row, r.column, r.value, r.reason) for r in found.refused] == [
        ("export.csv", 6, "№ карты", "", "нет ни номера пациента, ни верного телефона или e-mail"),
        ("export.csv", 7, "Дата приёма", "вчера", "не понимаю дату"),
        (
            "export.csv",
            8,
            "Статус",
            "Думает",
            UNKNOWN,
        ),
    ]
    assert (found.read, found.refused_count, found.totals) == (5, 3, 1)
    assert found.columns == {
        "№ карты": "patient_id",
        "Пациент": "",
        "Телефон": "phone",
        "Дата приёма": "starts_at",
        "Статус": "status",
        "Источник": "source_raw",
        "Врач": "doctor",
    }
    assert "Ячеек с несколькими телефонами: 1; ключ сделан по первому верному." in found.notes
    assert any("«Думает» (1) – строки не приняты" in note for note in found.notes)
    assert "Тестова" not in repr(found)


def test_words_explained_in_the_clinics_file_are_understood(tmp_path: Path) -> None:
    write(tmp_path, "№ карты;Дата приёма;Статус\n1;03.02.2026;Думает\n")
    found = pulled(tmp_path, "appointments", statuses={"ДУМАЕТ": "booked"})
    assert rows(found, "status") == [("booked",)]
    with pytest.raises(SourceError, match="«Думает» = «думал», такого значения нет") as caught:
        pulled(tmp_path, "appointments", statuses={"Думает": "думал"})
    assert "no_show" in caught.value.hint


def test_leads_keep_what_advertising_left_and_nothing_of_the_person(tmp_path: Path) -> None:
    write(
        tmp_path,
        "lead_id,created_at,phone,email,status,contact_type,source_raw,utm_source,utm_campaign,yclid,ym_client_id,"
        "landing_path,referrer_domain,service,comment\n"
        "1,2026-02-01T10:00:00+03:00,8 900 000-00-01,,Новая,Звонок,,yandex,%D0%B8%D0%BC%D0%BF,12345678901234567890,"
        '1700000000123456789,https://clinic.ru/a?phone=79000000001,https://www.ya.ru/x,"Приём, 8 900 000-00-09",секрет\n'
        "2,2026-02-01 10:00,,Masha@Mail.ru,Странный,Голубь,от Иванова Ивана Ивановича,,,нет,-,,,,\n"
        "3,2026-02-01,,,,,,,,,,,,,\n",
    )
    found = pulled(tmp_path, "leads")
    assert rows(
        found, "lead_id", "created_at", "person_key", "status", "contact_type", "source_raw"
    ) == [
        (
            "1",
            datetime(2026, 2, 1, 7, tzinfo=UTC),
            KEYRING.person_key("89000000001"),
            "new",
            "call",
            "",
        ),
        (
            "2",
            datetime(2026, 2, 1, 5, tzinfo=UTC),
            KEYRING.person_key("", "masha@mail.ru"),
            "in_work",
            "other",
            "от",
        ),
        ("3", datetime(2026, 1, 31, 19, tzinfo=UTC), "", "", "", ""),
    ]
    assert rows(found, "utm_campaign", "yclid", "ym_client_id", "landing_path", "referrer_domain", "service")[0] == (
        "имп", "12345678901234567890", "1700000000123456789", "/a", "ya.ru", "",
    )  # fmt: skip
    assert found.columns["comment"] == ""
    said = " ".join(found.notes)
    assert "«Странный» (1) – приняты как in_work" in said
    assert (
        "Столбец «service»: личное (телефоны, e-mail, ФИО, документы) убрано; таких ячеек 1."
        in said
    )
    assert "Столбец «yclid»: не похоже на номер ячеек 1" in said


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["Плантова Мария", "Цой Анна", "Пробный В. Г.", "Козлова", "сайт"], ["", "", "", "", "сайт"]),
        (["Плантова Мария", "сайт", "2ГИС", "Козлова", "Ленина"], ["", "сайт", "2ГИС", "Козлова", "Ленина"]),
    ],
)  # fmt: skip
def test_a_surname_alone_is_a_person_in_a_column_of_people(
    texts: list[str], kept: list[str], tmp_path: Path
) -> None:
    lines = (f"{number},2026-02-01,{text}\n" for number, text in enumerate(texts, 1))
    write(tmp_path, "lead_id,created_at,source_raw\n" + "".join(lines))
    assert [source for (source,) in rows(pulled(tmp_path, "leads"), "source_raw")] == kept


def test_a_phone_in_the_column_of_a_client_id_is_none(tmp_path: Path) -> None:
    write(
        tmp_path,
        "lead_id,created_at,ClientID,yclid\n"
        "1,2026-02-01,79161234567,375291234567\n"
        "2,2026-02-01,1700000000123456789,4915112345678\n"
        "3,2026-02-01,12345,1234567890123456\n",
    )
    found = pulled(tmp_path, "leads")
    assert rows(found, "ym_client_id", "yclid") == [
        ("", ""),
        ("1700000000123456789", ""),
        ("12345", "1234567890123456"),
    ]
    assert "Столбец «yclid»: не похоже на номер ячеек 2" in " ".join(found.notes)


def test_calls_out_are_kept_as_such_and_durations_are_seconds(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата звонка,Время звонка,Номер звонившего,Тип звонка,Длительность разговора,Целевой,Статус звонка\n"
        "01.02.2026,9:05,89000000001,входящий,00:01:35,да,Принят\n"
        "01.02.2026,9:06,89000000002,исходящий,95,нет,\n",
    )
    found = pulled(tmp_path, "calls")
    assert rows(found, "started_at", "talk_duration", "is_target", "status", "call_direction") == [
        (datetime(2026, 2, 1, 4, 5, tzinfo=UTC), 95, True, "answered", "in"),
        (datetime(2026, 2, 1, 4, 6, tzinfo=UTC), 95, False, "", "out"),
    ]
    assert "Исходящих звонков: 1; лидами они не считаются." in found.notes


def test_touches_and_traffic(tmp_path: Path) -> None:
    write(
        tmp_path,
        "touch_id,at,ym_client_id,goals\n1,2026-02-01 10:00,1700000000123456789,222333\n2,2026-02-01 10:00,,\n",
        "touches.csv",
    )
    write(
        tmp_path,
        "date,traffic_source,visits,users,goal_id,reaches\n2026-02-01,ad,10,9,,\n2026-02-03,ad,,,222333,2\n",
        "traffic.csv",
    )
    touches = pulled(tmp_path, "touches", "touches.csv")
    assert rows(touches, "touch_id", "ym_client_id", "goals") == [
        ("1", "1700000000123456789", "222333")
    ]
    assert touches.refused_count == 1
    traffic = pulled(tmp_path, "traffic", "traffic.csv")
    assert traffic.replace == (date(2026, 2, 1), date(2026, 2, 3))
    assert traffic.frame is not None
    assert traffic.frame["visits"].tolist() == [10, pd.NA]


def test_every_frame_has_the_exact_types_of_its_entity(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n")
    found = pulled(tmp_path, "leads").frame
    assert found is not None
    assert [str(t) for t in found.dtypes] == [
        DTYPES["text"],
        DTYPES["text"],
        DTYPES["time"],
        *[DTYPES["text"]] * 17,
        DTYPES["time"],
        *[DTYPES["text"]] * 2,
    ]
    write(tmp_path, "Дата;Источник\n")
    empty = pulled(tmp_path, "leads").frame
    assert empty is not None
    assert (len(empty), list(empty.dtypes)) == (0, list(found.dtypes))
