"""Keys instead of people: one person, one key, in one clinic alone."""

from __future__ import annotations

import hmac
import pickle
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from sheets_sync.errors import ConfigError
from sheets_sync.privacy.keys import Keyring, open_keyring
from sheets_sync.settings import Service

SECRET = b"0123456089abcdef0123456089abcdef"


def test_a_key_is_hmac_sha256_under_a_prefix() -> None:
    keyring = Keyring(SECRET)
    expected = hmac.digest(SECRET, b"phone:+79161234560", "sha256").hex()[:32]
    assert keyring.person_key("8 (916) 123-45-60") == expected
    assert keyring.person_key("+7 916 123 45 60, 8 900 000 00 03") == expected
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
        keyring.patient_key("79161234560"),
        keyring.phone_key("79161234560"),
        keyring.email_key("79161234560"),
        keyring.foreign_key("person_key", "79161234560"),
        keyring.foreign_key("patient_key", "79161234560"),
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
    assert one.person_key("8 916 123 45 60") == same.person_key("8 916 123 45 60")
    assert one.person_key("8 916 123 45 60") != other.person_key("8 916 123 45 60")
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


def test_machines_that_share_a_database_must_share_a_secret(tmp_path: Path) -> None:
    url = SecretStr("postgresql://romi@127.0.0.1/romi")
    with pytest.raises(ConfigError, match="общий секрет"):
        open_keyring(Service(home=tmp_path, database_url=url), "clinic")
    service = Service(home=tmp_path, database_url=url, secret=SecretStr("s" * 32))
    assert open_keyring(service, "clinic").patient_key("1")
