"""Numbers of cards: from files as they print them, from a service asked anew; kept nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.clinic.config import load_clinic
from sheets_sync.home import load_service, opened
from sheets_sync.line.run import peek
from sheets_sync.lists.cards import read_cards
from sheets_sync.privacy.keys import open_keyring
from tests.doubles.medods import MedodsDouble

CLINIC = """\
name = "Клиника"
[[source]]
kind = "medods"
from = 2026-11-01
host = "clinic.medods.example"
identity_env = "MEDODS_IDENTITY"
secret_env = "MEDODS_SECRET"
[[source]]
kind = "file"
entity = "payments"
path = "till.csv"
[source.links]
patient_id = "medods"
[[source]]
kind = "file"
entity = "leads"
path = "nowhere.csv"
"""
TILL = "Номер платежа;№ карты;Дата оплаты;Сумма\n1;0071;10.01.2026;500\n2;90;10.01.2026;500\n"


def test_a_service_is_asked_anew_and_files_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "till.csv").write_text(TILL, encoding="utf-8")
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC, encoding="utf-8")
    monkeypatch.setenv("ROMI_SHEETS_HOME", str(tmp_path / "home"))
    with MedodsDouble() as double:
        for name, value in double.env.items():
            monkeypatch.setenv(name, value)
        clinic, service = load_clinic(path), load_service(path)
        with opened(service) as store:
            cards = read_cards(peek(clinic, store, service, double.clock))
            assert len(store.rows.read(clinic.id, "appointments")) == 0
    keyring = open_keyring(service, clinic.id)
    assert cards.unread == ()
    assert cards.printed == {
        keyring.patient_key("medods:71"): "0071",
        keyring.patient_key("medods:72"): "72",
        keyring.patient_key("medods:73"): "73",
        keyring.patient_key("medods:90"): "90",
    }
