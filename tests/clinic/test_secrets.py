"""Where secrets are looked for, and how they are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.clinic.secrets import Secrets
from sheets_sync.errors import ConfigError

SECRET = "s3cret-of-nobody"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALLIBRI_TOKEN", "OTHER"):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_stands_above_the_clinics_file_and_that_above_homes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = Secrets(tmp_path, "north")
    (tmp_path / "secrets.env").write_text("# все\nexport CALLIBRI_TOKEN='of-home'\nOTHER=x1\n")
    assert secrets.get("CALLIBRI_TOKEN").get_secret_value() == "of-home"
    secrets.keep("CALLIBRI_TOKEN", "of-the-clinic\n")
    assert secrets.get("CALLIBRI_TOKEN").get_secret_value() == "of-the-clinic"
    assert Secrets(tmp_path, "south").get("CALLIBRI_TOKEN").get_secret_value() == "of-home"
    monkeypatch.setenv("CALLIBRI_TOKEN", "of-the-environment")
    assert secrets.get("CALLIBRI_TOKEN").get_secret_value() == "of-the-environment"
    assert secrets.get("OTHER").get_secret_value() == "x1"


def test_a_kept_secret_is_for_its_owners_eyes_and_leaves_the_others(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, "north")
    secrets.keep("OTHER", "first")
    path = secrets.keep("CALLIBRI_TOKEN", SECRET)
    secrets.keep("OTHER", "second")
    assert path == tmp_path / "secrets" / "north.env"
    assert path.read_text() == f"OTHER=second\nCALLIBRI_TOKEN={SECRET}\n"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [p.name for p in path.parent.iterdir()] == ["north.env"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("token", SECRET, "большими латинскими"),
        ("CALLIBRI_TOKEN", "", "CALLIBRI_TOKEN пуста"),
        ("CALLIBRI_TOKEN", f"{SECRET} секрет", "не секрет"),
    ],
)
def test_what_is_no_secret_is_not_kept_and_not_told(
    tmp_path: Path, name: str, value: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        Secrets(tmp_path, "north").keep(name, value)
    assert words in str(caught.value)
    assert SECRET not in repr(caught.value) + str(caught.value)
    assert not list(tmp_path.glob("secrets/*"))


def test_a_missing_variable_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="CALLIBRI_TOKEN") as caught:
        Secrets(tmp_path, "north").get("CALLIBRI_TOKEN", "Callibri 12")
    assert "romi-sheets secret" in caught.value.hint
    assert caught.value.where == "Callibri 12"


def test_a_file_of_secrets_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_bytes(b"\xff\xfeX=1")
    with pytest.raises(ConfigError, match="UTF-8"):
        Secrets(tmp_path, "north").get("CALLIBRI_TOKEN")
