"""Exports as a source: whole files in, conformed rows, refusals and notes out."""

from __future__ import annotations

import csv
import io
import os
import random
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.schema import DTYPES
from sheets_sync.config import Clinic, Source
from sheets_sync.errors import FileError, SourceError
from sheets_sync.privacy import Keyring
from sheets_sync.sources import SOURCES
from sheets_sync.sources.file import pull
from sheets_sync.sources.source import Context, Pulled
from tests.real_files import REPO, real_file

KEYRING = Keyring(b"0123456789abcdef0123456789abcdef")
MEGABYTE = 2**20


def context(folder: Path, **known: object) -> Context:
    clinic = Clinic(name="Тест", folder=folder, timezone="Asia/Yekaterinburg")
    return Context(clinic, KEYRING, date(2026, 11, 1), **known)  # type: ignore[arg-type]


def pulled(
    folder: Path,
    entity: str,
    path: str = "*.csv",
    known: dict[str, object] | None = None,
    **source: object,
) -> Pulled:
    wanted = Source(kind="file", entity=entity, path=path, **source)  # type: ignore[arg-type]
    (found,) = pull(wanted, context(folder, **(known or {})))
    return found


def write(folder: Path, text: str, name: str = "export.csv", encoding: str = "utf-8") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def rows(found: Pulled, *columns: str) -> list[tuple[object, ...]]:
    assert found.frame is not None
    return list(found.frame[list(columns)].itertuples(index=False, name=None))


def test_the_file_source_is_registered() -> None:
    assert SOURCES["file"] is pull


# Entities


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
            'неизвестный статус: объясните его в [source.statuses], например "слово" = "arrived"',
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
            "new",
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
    assert "«Странный» (1) – приняты как new" in said
    assert "Столбец «service»: телефоны, e-mail или ФИО убраны; таких ячеек 1." in said
    assert "Столбец «yclid»: не похоже на номер ячеек 1" in said


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


def test_payments_are_signed_kopecks_of_a_kind(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата оплаты;Код пациента;Сумма;Себестоимость;Тип операции\n"
        "01.02.2026;1;12 500,00 ₽;0;\n"
        "01.02.2026;1;−500;;Возврат\n"
        "01.02.2026;2;1000;нет;Наличные\n"
        "01.02.2026;2;1000;300,50;Списание с баланса\n"
        "01.02.2026;2;;1;Оплата\n"
        "01.02.2026;0;5;1;Оплата\n"
        "Итого;;14 000,00;;\n",
    )
    found = pulled(tmp_path, "payments")
    assert rows(found, "amount", "kind") == [
        (1250000, "payment"),
        (-50000, "refund"),
        (100000, "payment"),
        (100000, "balance_spend"),
    ]
    assert found.frame is not None
    assert found.frame["cost"].tolist() == [0, pd.NA, pd.NA, 30050]
    assert [(r.row, r.reason) for r in found.refused] == [
        (6, "пусто"),
        (7, "нет ни номера пациента, ни верного телефона или e-mail"),
    ]
    assert (
        "Столбец «Себестоимость»: не понимаю сумму; таких ячеек 1, они оставлены пустыми."
        in found.notes
    )
    assert not any("в строке итога" in note for note in found.notes)


def test_a_payment_in_several_columns_is_a_row_for_each_of_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        "№ чека;Дата оплаты;Код пациента;Наличные;Карта;С баланса;Бонусы\n"
        "1;01.02.2026;1;500;1000;0,00;\n"
        "2;01.02.2026;2;;;300;50\n"
        "3;01.02.2026;3;;0;;\n",
    )
    found = pulled(tmp_path, "payments")
    assert [
        (str(i).partition("#")[0], *rest)
        for i, *rest in rows(found, "payment_id", "amount", "kind")
    ] == [
        ("1", 50000, "payment"),
        ("1", 100000, "payment"),
        ("2", 30000, "balance_spend"),
        ("2", 5000, "bonus"),
    ]
    assert [(r.row, r.reason) for r in found.refused] == [(4, "пусто")]


def test_a_total_that_is_not_the_sum_is_told(tmp_path: Path) -> None:
    write(tmp_path, "Дата оплаты;Код пациента;Сумма\n01.02.2026;1;100\nВсего;;250,50\n")
    assert (
        "Файл «export.csv»: в строке итога 250,50 ₽, по строкам 100,00 ₽. Проверьте, целиком ли выгрузка."
        in pulled(tmp_path, "payments").notes
    )


def test_costs_have_periods_and_replace_what_was_between_their_ends(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Период;Площадка;Кампания;Расход с НДС;Показы;Тип площадки\n"
        "февраль 2026;2ГИС;;15 000;1 234;\n"
        "05.03.2026;Яндекс Директ;Имплантация;1 200,50;;SEARCH\n"
        "01.03.2026 - 28.02.2026;SEO;;1;;\n"
        "06.03.2026;;;1;;РСЯ\n",
    )
    found = pulled(tmp_path, "costs")
    assert rows(found, "date_from", "date_to", "platform", "cost", "vat_included", "network") == [
        (pd.Timestamp("2026-02-01"), pd.Timestamp("2026-02-28"), "2ГИС", 1500000, True, ""),
        (
            pd.Timestamp("2026-03-05"),
            pd.Timestamp("2026-03-05"),
            "Яндекс Директ",
            120050,
            True,
            "search",
        ),
    ]
    assert found.replace == (date(2026, 2, 1), date(2026, 3, 5))
    assert [(r.row, r.reason) for r in found.refused] == [
        (4, "период кончается раньше, чем начинается"),
        (5, "пусто"),
    ]
    whole = pulled(tmp_path, "costs", columns={"platform": "=2ГИС"})
    assert [r.row for r in whole.refused] == [4]


def test_calls_out_are_left_out_and_durations_are_seconds(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата звонка,Время звонка,Номер звонившего,Тип звонка,Длительность разговора,Целевой,Статус звонка\n"
        "01.02.2026,9:05,89000000001,входящий,00:01:35,да,Принят\n"
        "01.02.2026,9:06,89000000002,исходящий,95,нет,\n",
    )
    found = pulled(tmp_path, "calls")
    assert rows(found, "started_at", "talk_duration", "is_target", "status") == [
        (datetime(2026, 2, 1, 4, 5, tzinfo=UTC), 95, True, "answered")
    ]
    assert "Исходящих звонков: 1; они не учитываются." in found.notes


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
    ]
    write(tmp_path, "Дата;Источник\n")
    empty = pulled(tmp_path, "leads").frame
    assert empty is not None
    assert (len(empty), list(empty.dtypes)) == (0, list(found.dtypes))


def test_keys_that_came_ready_made_are_keyed_again(tmp_path: Path) -> None:
    write(tmp_path, "patient_key,person_key,paid_at,amount\nabc,def,2026-02-01,5\n")
    assert rows(pulled(tmp_path, "payments"), "patient_key", "person_key") == [
        (KEYRING.foreign_key("patient_key", "abc"), KEYRING.foreign_key("person_key", "def"))
    ]


def test_an_id_that_is_a_phone_becomes_a_key_the_same_in_every_file(tmp_path: Path) -> None:
    write(tmp_path, "lead_id,created_at\n+7 900 000-00-01,2026-02-01\n", "leads.csv")
    write(
        tmp_path,
        "lead_id,№ карты,Дата приёма,Статус\n+7 900 000-00-01,1,2026-02-01,Пришёл\n",
        "visits.csv",
    )
    ids = {
        rows(pulled(tmp_path, "leads", "leads.csv"), "lead_id")[0],
        rows(pulled(tmp_path, "appointments", "visits.csv"), "lead_id")[0],
    }
    assert ids == {(KEYRING.key("id:", "+7 900 000-00-01"),)}


# Whole columns in doubt


def test_a_column_of_ids_that_a_spreadsheet_shortened_is_refused_with_the_remedy(
    tmp_path: Path,
) -> None:
    write(tmp_path, "Дата;ClientID\n01.02.2026;1700000000123456789\n02.02.2026;1.03293E+19\n")
    with pytest.raises(FileError) as caught:
        pulled(tmp_path, "leads")
    assert str(caught.value) == (
        "export.csv: столбец «ClientID», строка 3: номер испорчен таблицей (1.03293E+19), его цифры потеряны. "
        "Выгрузите заново и сохраните этот столбец как текст; если он не нужен, "
        'напишите в файле клиники: [source.columns] ym_client_id = "".'
    )
    assert len(rows(pulled(tmp_path, "leads", columns={"ym_client_id": ""}), "lead_id")) == 2


def test_a_column_of_dates_in_doubt_is_refused_with_the_remedy(tmp_path: Path) -> None:
    write(tmp_path, "Дата;Источник\n01/02/2026;a\n")
    with pytest.raises(FileError) as caught:
        pulled(tmp_path, "leads")
    assert (
        "столбец «Дата»: не видно, что стоит первым, день или месяц (строка 2: 01/02/2026)"
        in str(caught.value)
    )
    assert 'date_format = "дд/мм/гггг"' in caught.value.hint
    assert rows(pulled(tmp_path, "leads", date_format="дд/мм/гггг"), "created_at") == [
        (datetime(2026, 1, 31, 19, tzinfo=UTC),)
    ]
    with pytest.raises(SourceError, match="date_format"):
        pulled(tmp_path, "leads", date_format="как обычно")


def test_the_order_of_dates_is_decided_on_all_files_of_a_pull(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01/02/2026\n", "1.csv")
    write(tmp_path, "Дата\n13/02/2026\n", "2.csv")
    assert rows(pulled(tmp_path, "leads"), "created_at") == [
        (datetime(2026, 1, 31, 19, tzinfo=UTC),),
        (datetime(2026, 2, 12, 19, tzinfo=UTC),),
    ]


def test_a_byte_that_the_code_page_does_not_know_spoils_only_its_row(tmp_path: Path) -> None:
    text = "Дата обращения;Источник\n01.02.2026;Рекомендация знакомых\n02.02.2026;Яндекс".encode(
        "cp1251"
    )
    (tmp_path / "export.csv").write_bytes(text + b"\x98\n")
    found = pulled(tmp_path, "leads")
    assert len(rows(found, "lead_id")) == 1
    assert [(r.row, r.column, r.reason) for r in found.refused] == [
        (3, "Источник", "нечитаемый символ: файл повреждён в этом месте")
    ]


# Files of one source


def test_nothing_is_read_again_while_nothing_changed(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n")
    first = pulled(tmp_path, "leads")
    known = {"fingerprint": first.fingerprint}
    again = pulled(tmp_path, "leads", known=known)
    assert (again.frame, again.fingerprint) == (None, first.fingerprint)
    assert pulled(tmp_path, "leads", known=known | {"full": True}).frame is not None
    assert pulled(tmp_path, "leads", known=known, date_format="дмг").frame is not None
    write(tmp_path, "Дата\n02.02.2026\n")
    assert pulled(tmp_path, "leads", known=known).frame is not None


def test_a_copy_of_a_file_is_read_once(tmp_path: Path) -> None:
    for name in ("a.csv", "a (1).csv"):
        write(tmp_path, "Дата\n01.02.2026\n", name)
    found = pulled(tmp_path, "leads")
    assert found.read == 1
    assert found.notes == ("Файл «a.csv» – копия «a (1).csv»: прочитан один раз.",)


def test_what_an_office_program_leaves_beside_an_open_file_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n")
    for name in ("~$export.csv", ".~lock.export.csv#", ".hidden.csv"):
        write(tmp_path, "junk", name)
    assert pulled(tmp_path, "leads", "*").read == 1


def test_no_file_is_an_error_that_may_pass(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="нет такого файла") as caught:
        pulled(tmp_path, "leads", "нет*.csv")
    assert not caught.value.permanent
    assert caught.value.where == "нет*.csv"


def test_one_unreadable_file_is_an_error_of_the_source(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n", "a.csv")
    write(tmp_path, "<html>", "b.csv")
    with pytest.raises(FileError, match=r"b\.csv: внутри файла веб-страница"):
        pulled(tmp_path, "leads")


def test_two_equal_cash_payments_in_one_day_are_two(tmp_path: Path) -> None:
    line = "01.02.2026;1;500\n"
    write(tmp_path, "Дата оплаты;Код пациента;Сумма\n" + line * 2)
    ids = [i for (i,) in rows(pulled(tmp_path, "payments"), "payment_id")]
    assert len(set(ids)) == 2
    assert [i.rsplit("-", 1)[1] for i in ids] == ["0", "1"]


def test_files_without_ids_that_overlap_are_told(tmp_path: Path) -> None:
    lines = "".join(f"0{n}.02.2026;{n};500\n" for n in range(1, 9))
    write(tmp_path, "Дата оплаты;Код пациента;Сумма\n" + lines, "1.csv")
    write(tmp_path, "Дата оплаты;Код пациента;Сумма\n" + lines + "09.02.2026;9;500\n", "2.csv")
    assert (
        "Файлы «1.csv» и «2.csv» пересекаются: одинаковых строк без номера 8, они учтены дважды. "
        "Выгрузите без пересечения или со столбцом номера." in pulled(tmp_path, "payments").notes
    )


def test_of_rows_with_one_id_the_last_stands(tmp_path: Path) -> None:
    write(
        tmp_path,
        "ID заявки;Дата;Статус\n1;01.02.2026;Новая\n1;01.02.2026;Отказ\n2;01.02.2026;Новая\n",
    )
    found = pulled(tmp_path, "leads")
    assert rows(found, "lead_id", "status") == [("1", "lost"), ("2", "new")]
    assert "Повторов одного номера: 1; взята последняя строка каждого." in found.notes
    write(
        tmp_path,
        "ID заявки;Дата;Статус;Дата изменения\n1;01.02.2026;Отказ;03.02.2026\n1;01.02.2026;Новая;02.02.2026\n",
    )
    assert rows(pulled(tmp_path, "leads"), "status") == [("lost",)]


def test_lines_of_one_receipt_are_payments_of_their_own_in_any_number_of_files(
    tmp_path: Path,
) -> None:
    header = "Номер чека;Дата оплаты;Код пациента;Сумма;Услуга\n"
    one, two, other = (
        "7;01.02.2026;1;500;Снимок\n",
        "7;01.02.2026;1;900;Имплант\n",
        "8;01.02.2026;1;100;Снимок\n",
    )
    write(tmp_path, header + one + two + other, "1.csv")
    whole = rows(pulled(tmp_path, "payments"), "payment_id", "amount")
    assert [amount for _, amount in whole] == [50000, 90000, 10000]
    assert len({i for i, _ in whole}) == 3
    write(tmp_path, header + one + two, "2.csv")
    assert sorted(rows(pulled(tmp_path, "payments"), "payment_id", "amount")) == sorted(whole)


_payments = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1, 2),
        st.sampled_from(["100", "200,50"]),
        st.sampled_from(["", "Снимок"]),
    ),
    min_size=1,
    max_size=12,
)


@given(_payments, st.integers(0, 12), st.randoms(use_true_random=False))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_neither_splitting_nor_order_changes_anything(
    tmp_path: Path, lines: list[tuple[int, int, str, str]], cut: int, rng: random.Random
) -> None:
    def ids(*parts: list[tuple[int, int, str, str]]) -> list[tuple[object, ...]]:
        for old in tmp_path.iterdir():
            old.unlink()
        for number, part in enumerate(parts):
            text = "".join(
                f"0{day}.02.2026;{card};{amount};{service};{number}\n"
                for day, card, amount, service in part
            )
            write(
                tmp_path,
                "Дата оплаты;Код пациента;Сумма;Услуга;Комментарий\n" + text,
                f"{number}.csv",
            )
        return sorted(
            rows(pulled(tmp_path, "payments"), "payment_id", "paid_at", "amount", "service"),
            key=str,
        )

    shuffled = list(lines)
    rng.shuffle(shuffled)
    whole = ids(lines)
    assert ids(shuffled) == whole
    assert ids(lines[:cut], lines[cut:]) == whole


def test_progress_is_told(tmp_path: Path) -> None:
    write(tmp_path, "Дата\n01.02.2026\n")
    told: list[tuple[str, float]] = []
    pulled(tmp_path, "leads", known={"progress": lambda text, share: told.append((text, share))})
    assert told == [("Читаю export.csv", 0.0), ("Разбираю строки", 0.5)]


def test_the_sheet_that_has_the_columns_is_found_in_a_book(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "book.xlsx", engine="xlsxwriter") as book:
        pd.DataFrame({"Как читать": ["так"]}).to_excel(book, sheet_name="О файле", index=False)
        pd.DataFrame({"Дата": [datetime(2026, 2, 1)], "Источник": ["2ГИС"]}).to_excel(
            book, sheet_name="Лиды", index=False
        )
    found = pulled(tmp_path, "leads", "book.xlsx")
    assert rows(found, "created_at", "source_raw") == [
        (datetime(2026, 1, 31, 19, tzinfo=UTC), "2ГИС")
    ]
    assert (
        "В книге «book.xlsx» прочитан лист «Лиды»; не прочитаны «О файле». Нужный лист называет настройка sheet."
        in found.notes
    )
    with pytest.raises(FileError, match="не нашёл"):
        pulled(tmp_path, "leads", "book.xlsx", sheet="О файле")


# Real data


def test_the_cdnow_payments_come_whole_through_the_reader(tmp_path: Path) -> None:
    lines = real_file("cdnow_sample.txt").read_text().split("\n")
    with (tmp_path / "cdnow.csv").open("w", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(["master", "patient_id", "paid_at", "units", "amount"])
        out.writerows(line.split() for line in lines if line.strip())
    found = pulled(tmp_path, "payments", "cdnow.csv")
    assert (found.read, found.refused_count) == (6919, 0)
    frame = found.frame
    assert frame is not None
    assert len(frame) == 6919
    assert frame["patient_key"].nunique() == 2357
    assert frame["amount"].sum() == 24_409_194
    local = frame["paid_at"].dt.tz_convert("Asia/Yekaterinburg")
    early = frame.assign(day=local.dt.date)[
        local < pd.Timestamp("1997-10-01", tz="Asia/Yekaterinburg")
    ]
    days = early.drop_duplicates(["patient_key", "day"])
    assert (days["patient_key"].value_counts() > 1).sum() == 946


def test_the_online_retail_workbook_comes_through_with_its_returns_and_its_nameless_customers(
    tmp_path: Path,
) -> None:
    shutil.copy(real_file("online_retail_II_extract.xlsx"), tmp_path / "retail.xlsx")
    columns = {
        "payment_id": "Invoice",
        "paid_at": "InvoiceDate",
        "amount": "Quantity",
        "patient_id": "Customer ID",
        "service": "Description",
    }
    found = pulled(tmp_path, "payments", "retail.xlsx", columns=columns, sheet=1)
    frame = found.frame
    assert frame is not None
    assert (found.read, found.refused_count, len(frame)) == (499, 4, 495)
    assert {r.reason for r in found.refused} == {
        "нет ни номера пациента, ни верного телефона или e-mail"
    }
    assert frame["payment_id"].str.startswith("C").sum() == 29
    assert frame["patient_key"].nunique() == 29
    assert frame["amount"].sum() == 596_900
    assert frame["payment_id"].is_unique


def test_a_workbook_saved_as_ods_or_xls_gives_the_same_rows(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("нет LibreOffice: нечем сохранить XLS и ODS")
    frame = pd.DataFrame(
        {
            "№ карты": ["00123", "00124"],
            "Телефон": [79000000001.0, 79000000002.0],
            "Дата приёма": [datetime(2026, 2, 3, 10, 30), datetime(2026, 2, 4)],
            "Статус": ["Пришёл", "Не явился"],
        }
    )
    frame.to_excel(tmp_path / "book.xlsx", index=False, engine="xlsxwriter")
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    for ending in ("ods", "xls"):
        subprocess.run([office, home, "--headless", "--convert-to", ending, "--outdir", tmp_path, tmp_path / "book.xlsx"], check=True, capture_output=True)  # fmt: skip
    found = [
        pulled(tmp_path, "appointments", f"book.{ending}").frame
        for ending in ("xlsx", "ods", "xls")
    ]
    one, *others = [f.drop(columns="source") for f in found if f is not None]
    assert len(one) == 2
    assert all(one.equals(other) for other in others)


# Hostile files


def sheet_of(cells: str) -> bytes:
    """A workbook whose only sheet has these cells."""
    main, relations = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    link = f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{relations}/%s" Target="%s"/></Relationships>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Override PartName="/xl/workbook.xml" ContentType="{kind}sheet.main+xml"/><Override PartName="/xl/s.xml" ContentType="{kind}worksheet+xml"/></Types>',
        "_rels/.rels": link % ("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="S" sheetId="1" r:id="r"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": link % ("worksheet", "s.xml"),
        "xl/s.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "over 100 MB": (lambda path: os.truncate(touched(path), 101 * MEGABYTE), "больше 100 МБ"),
    "zip bomb": (lambda path: path.write_bytes(bomb()), "похоже на zip-бомбу"),
    "sparse sheet": (
        lambda path: path.write_bytes(sheet_of(cell("A", 1) + cell("XFD", 2000))),
        "слишком много памяти",
    ),
    "sheet to the last row": (
        lambda path: path.write_bytes(sheet_of(cell("A", 1) + cell("XFD", 2) + cell("A", 1048576))),
        "слишком много памяти",
    ),
    "unbalanced quote": (
        lambda path: path.write_bytes(b'a;b\n1;"' + b"x;y\n" * (20 * MEGABYTE)),
        "ячейка длиннее",
    ),
    "NUL bytes": (lambda path: path.write_bytes(b"a;b\n" * 9 + b"\0\n" * (45 * MEGABYTE)), "нулевой байт"),
    "field of a million": (lambda path: path.write_bytes(b"a;b\n1;" + b"x" * 1_000_000), "ячейка длиннее"),
    "line of 90 MB": (lambda path: path.write_bytes(b"a;b\n" + b";" * (90 * MEGABYTE)), "строка 2 длиннее"),
    "random bytes": (
        lambda path: path.write_bytes(random.Random(1).randbytes(90 * MEGABYTE).replace(b"\0", b"\n")),
        "не понимаю кодировку",
    ),
}  # fmt: skip


def touched(path: Path) -> Path:
    path.touch()
    return path


def cell(column: str, row: int) -> str:
    return f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>'


def bomb() -> bytes:
    """A workbook with 150 MB of spaces in one of its parts, packed to a thousandth."""
    out = io.BytesIO(sheet_of(cell("A", 1)))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(150):
            part.write(b" " * MEGABYTE)
    return out.getvalue()


def test_hostile_files_are_refused_in_little_memory(tmp_path: Path) -> None:
    for name, (make, _) in HOSTILE.items():
        make(tmp_path / name)
    done = subprocess.run([sys.executable, "-m", __name__, tmp_path], capture_output=True, text=True, check=True, cwd=REPO)  # fmt: skip
    *said, peak = done.stdout.splitlines()
    for line, (name, (_, message)) in zip(said, HOSTILE.items(), strict=True):
        assert line.startswith(f"{name}: ")
        assert message in line
    assert int(peak) < 500


if __name__ == "__main__":
    for export in HOSTILE:
        try:
            pulled(Path(sys.argv[1]), "leads", export)
        except FileError as error:
            sys.stdout.write(f"{error}\n")
    # Not ru_maxrss of this process: it begins with what the process that started it had.
    status = Path("/proc/self/status").read_text()
    own = int(status.partition("VmHWM:")[2].split()[0])
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    sys.stdout.write(f"{max(own, children) // 1024}\n")
