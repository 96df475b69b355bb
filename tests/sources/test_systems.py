"""Ids belong to a system: rows of two never meet by number, people do by phone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from metrics.schema import empty
from sheets_sync.clinic.config import load_clinic
from sheets_sync.errors import ConfigError
from tests.reading.exports import KEYRING, pulled, rows, write

LEADS = "lead_id,created_at,phone\n2,2026-02-01,89000000001\n"
VISITS = (
    "appointment_id,lead_id,patient_id,starts_at,status\n7,2,0071,2026-02-03 12:00,пришёл\n,,71,"
    "2026-02-04 12:00,пришёл\n"
)


def test_ids_of_a_file_that_names_no_system_stay_as_they_were(tmp_path: Path) -> None:
    write(tmp_path, LEADS, "l.csv")
    write(tmp_path, VISITS, "v.csv")
    visits = pulled(tmp_path, "appointments", "v.csv")
    assert rows(pulled(tmp_path, "leads", "l.csv"), "lead_id", "role") == [("2", "crm")]
    (first, link, patient), (made, none, same) = rows(
        visits, "appointment_id", "lead_id", "patient_key"
    )
    assert (first, link, none) == ("7", "2", "")
    assert made.startswith("~")
    assert patient == same == KEYRING.patient_key("71")


def test_a_system_stands_before_every_id_and_link(tmp_path: Path) -> None:
    write(tmp_path, VISITS)
    found = rows(
        pulled(tmp_path, "appointments", system="ident"),
        "appointment_id",
        "lead_id",
        "patient_key",
    )
    (first, link, patient), (made, none, same) = found
    assert (first, link, none) == ("ident:7", "ident:2", "")
    assert made.startswith("ident:~")
    assert patient == same == KEYRING.patient_key("ident:71")


def test_a_column_may_hold_ids_of_another_system(tmp_path: Path) -> None:
    write(tmp_path, VISITS)
    links = {"lead_id": "bitrix24", "patient_id": ""}
    found = pulled(tmp_path, "appointments", system="ident", links=links)
    assert rows(found, "appointment_id", "lead_id", "patient_key")[0] == (
        "ident:7",
        "bitrix24:2",
        KEYRING.patient_key("71"),
    )


def test_a_person_is_one_in_every_system(tmp_path: Path) -> None:
    write(tmp_path, LEADS)
    one, other = (
        rows(pulled(tmp_path, "leads", system=s, role=r), "person_key", "lead_id", "role")[0]
        for s, r in (("calltouch", "tracking"), ("amocrm", "crm"))
    )
    assert one[0] == other[0] != ""
    assert (one[1:], other[1:]) == (("calltouch:2", "tracking"), ("amocrm:2", "crm"))


def test_rows_of_a_former_system_go(tmp_path: Path) -> None:
    write(tmp_path, LEADS)

    class Held:
        def ids(self, entity: str) -> tuple[str, ...]:
            assert entity == "leads"
            return ("2", "3")

        def changed(
            self, entity: str, rows: pd.DataFrame, names: Sequence[str]
        ) -> tuple[int, pd.DataFrame]:
            del rows, names
            return 0, empty(entity)

    known: dict[str, object] = {"stored": Held()}
    assert pulled(tmp_path, "leads", known=known).gone == ()
    found = pulled(tmp_path, "leads", known=known, system="amocrm")
    assert found.gone == ("2", "3")
    assert "Сменилась system: прежние строки источника сняты (2)." in found.notes
    known |= {"state": found.state, "full": True}
    again = pulled(tmp_path, "leads", known=known, system="amocrm")
    assert (again.gone, rows(again, "lead_id")) == ((), [("amocrm:2",)])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('kind = "file"\nentity = "leads"\npath = "a.csv"\nsystem = "a b"', "нужно одно слово"),
        (
            'kind = "file"\nentity = "leads"\npath = "a.csv"\nlinks = {phone = "x"}',
            "[[source]] № 1.links",
        ),
        (
            'kind = "file"\nentity = "leads"\npath = "a.csv"\ncounter_id = 7',
            "[[source]] № 1.counter_id: у file такого ключа нет, он есть у metrica",
        ),
        ('kind = "fax"', "[[source]] № 1.kind: нужно одно из: 'calltouch', "),
        ('kind = "file"\nentity = "people"\npath = "a.csv"', "№ 1.entity: нужно одно из: leads"),
        ('kind = "file"\npath = "a.csv"', "[[source]] № 1.entity: не задано"),
    ],
)
def test_what_a_kind_does_not_take_is_named(tmp_path: Path, source: str, words: str) -> None:
    (tmp_path / "clinic.toml").write_text(f'name = "К"\n[[source]]\n{source}\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_clinic(tmp_path / "clinic.toml")
    assert words in str(caught.value)
