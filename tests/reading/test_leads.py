"""Rows that look like leads and are none: junk by its reason or tag, the clinic's own calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.exports import pulled, rows, write


def test_a_reason_and_a_tag_each_say_spam(tmp_path: Path) -> None:
    write(
        tmp_path,
        "ID;Дата создания;Телефон;Этап;Причина отказа;Теги\n"
        "1;03.02.2026 10:00;+79001112231;Новый;;сайт, реклама\n"
        "2;03.02.2026 11:00;+79001112232;В работе;;спам, сайт\n"
        "3;03.02.2026 12:00;+79001112233;Закрыт;Спам;\n"
        "4;03.02.2026 13:00;+79001112234;Закрыт;Дорого;\n"
        "5;03.02.2026 14:00;+79001112235;Записан;;не спам\n",
    )
    found = pulled(tmp_path, "leads")
    assert rows(found, "status") == [("new",), ("spam",), ("spam",), ("lost",), ("booked",)]
    assert "«Теги»: заявок, которые по нему спам или дубль: 1" in " ".join(found.notes)


@pytest.mark.parametrize(
    ("header", "kept", "gone"),
    [
        ("Тип обращения", "Входящий звонок", "Исходящий звонок"),
        ("Канал связи", "Звонок входящий", "Звонок исходящий"),
        ("Направление звонка", "Входящий", "Исходящий"),
        ("Тип обращения", "Исходящее письмо", "Исходящий"),
        ("Источник", "Звонок с сайта", "Исходящий звонок"),
        ("Название сделки", "Входящий звонок от клиента", "Исходящий звонок клиенту"),
    ],
)
def test_an_outgoing_call_is_no_lead(tmp_path: Path, header: str, kept: str, gone: str) -> None:
    write(
        tmp_path,
        f"ID;Дата создания;Телефон;{header}\n1;03.02.2026 10:00;+79001112231;{kept}\n"
        f"2;03.02.2026 11:00;+79001112232;{gone}\n",
    )
    found = pulled(tmp_path, "leads")
    assert rows(found, "lead_id") == [("1",)]
    assert "Исходящих звонков среди заявок: 1" in " ".join(found.notes)
