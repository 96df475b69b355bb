"""The folder of clinics: read anew when it changes, one broken file beside the good ones."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.folder import Clinics

GOOGLE = 'name = "{name}"\n[book]\nkind = "google"\nspreadsheet_id = "{sheet}"\n'


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def write(folder: Path, clinic: str, name: str, sheet: str) -> None:
    (folder / f"{clinic}.toml").write_text(GOOGLE.format(name=name, sheet=sheet), encoding="utf-8")


def there(clinic: Clinic | None) -> Clinic:
    assert clinic is not None
    return clinic


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def clinics(tmp_path: Path, seconds: Seconds) -> Clinics:
    write(tmp_path, "north", "Север", "sheet-1")
    write(tmp_path, "south", "Юг", "sheet-2")
    (tmp_path / "broken.toml").write_text("name = ", encoding="utf-8")
    return Clinics(tmp_path, seconds)


def test_a_broken_file_stands_beside_the_good_ones(clinics: Clinics) -> None:
    assert [c.name for c in clinics.all()] == ["Север", "Юг"]
    assert [(b.id, b.error.code) for b in clinics.broken()] == [("broken", "config")]


TOKEN = "y0_AgAAAABcdefghijklmnop"
DIRECT = 'name = "x"\n[[source]]\nkind = "direct"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[\n" * 3000 + "]" * 900, "это не TOML"),
        ("a = " + "1" * 5000, "строка 1 длиннее 1000 знаков"),
        ('name = "x"\n' + "a." * 900 + "a = 1", "строка 2 длиннее 1000 знаков"),
        ("".join(f"k{n} = 1\n" for n in range(20_000)), "файл больше 128 КБ"),
        ('name = "x"\n' + "".join(f"k{n} = 1\n" for n in range(9000)), "k0: такого ключа нет"),
        ('name = "x"\nid = "south"\nfolder = "/"', "такого ключа нет: folder, id."),
        (
            'name = "x"\n[[source]]\nkind = "metrica"\nfrom = "вчера"',
            "[[source]] № 1.from: нужна дата",
        ),
        (
            'name = "x"\n[report.directions]\n"(" = "импланты"',
            "report.directions: выражение «(» не читается",
        ),
        (f'{DIRECT}token_env = "{TOKEN}"', "[[source]] № 1.token_env: нужно имя переменной"),
        (f'{DIRECT}token_env = "T"\noauth = "{TOKEN}"', "[[source]] № 1.oauth: такого ключа нет"),
        (f'name = "x"\n[[source]]\nclient_login = "{TOKEN}"', "[[source]] № 1.kind: не задано"),
    ],
)
def test_whatever_is_wrong_with_a_file_is_told_in_words_without_secrets(
    clinics: Clinics, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "broken.toml").write_text(text, encoding="utf-8")
    assert [c.id for c in clinics.all()] == ["north", "south"]
    (broken,) = clinics.broken()
    assert broken.error.message.startswith(said)
    assert TOKEN not in str(broken.error)
    assert len(str(broken.error)) < 3000


@pytest.mark.parametrize(
    "text", ['name = "x"\n', GOOGLE.format(name="x", sheet="sheet-1")], ids=["xlsx", "google"]
)
def test_two_clinics_never_fill_one_book(clinics: Clinics, tmp_path: Path, text: str) -> None:
    for name in ("a", "zz"):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "broken.toml").unlink()
    said = {b.id: b.error.message for b in clinics.broken()}
    assert "zz" in said
    assert set(said.values()) == {"эту таблицу уже заполняет клиника a: их данные смешались бы."}
    for anew in (clinics, Clinics(tmp_path)):
        assert (there(anew.get("a")).id, anew.get("zz")) == ("a", None)

    (tmp_path / "a.toml").unlink()
    assert "a" not in {c.id for c in clinics.all()}
    assert (clinics.get("zz") is None) == ("sheet-1" in text)  # the sheet is north's again


def test_a_path_that_cannot_be_stops_nobody(clinics: Clinics, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, path in (("east", "loop/report.xlsx"), ("west", "\\u0000.xlsx")):
        text = f'name = "x"\n[book]\npath = "{path}"\n'
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    assert [c.id for c in clinics.all()] == ["east", "north", "south", "west"]


def test_a_folder_of_a_thousand_is_read_while_somebody_waits(tmp_path: Path) -> None:
    for n in range(1000):
        text = GOOGLE.format(name=f"№ {n}", sheet=f"sheet-{n}")
        zoned = f'timezone = "Asia/Omsk"\n{text}'
        (tmp_path / f"clinic-{n}.toml").write_text(zoned, encoding="utf-8")
    began = time.process_time()
    assert Clinics(tmp_path).of_spreadsheet("sheet-7") is not None
    assert time.process_time() - began < 3.0


def test_a_changed_file_is_read_anew_at_once(clinics: Clinics, tmp_path: Path) -> None:
    assert there(clinics.get("north")).name == "Север"
    write(tmp_path, "north", "Северная клиника", "sheet-1")
    assert there(clinics.get("north")).name == "Северная клиника"
    (tmp_path / "north.toml").write_text("name = ", encoding="utf-8")
    assert clinics.get("north") is None
    (tmp_path / "north.toml").unlink()
    assert clinics.get("north") is None
    assert [c.id for c in clinics.all()] == ["south"]


def test_a_spreadsheet_finds_its_clinic_and_a_new_one_within_a_second(
    clinics: Clinics, seconds: Seconds, tmp_path: Path
) -> None:
    assert there(clinics.of_spreadsheet("sheet-1")).id == "north"
    write(tmp_path, "east", "Восток", "sheet-3")
    seconds.now += 1.0
    assert there(clinics.of_spreadsheet("sheet-3")).id == "east"
    assert clinics.of_spreadsheet("") is None
    assert clinics.of_spreadsheet("nobody") is None


def test_a_spreadsheet_that_moved_is_no_longer_the_old_clinics(
    clinics: Clinics, tmp_path: Path
) -> None:
    assert clinics.of_spreadsheet("sheet-1") is not None
    write(tmp_path, "north", "Север", "another sheet")
    assert clinics.of_spreadsheet("sheet-1") is None


@pytest.mark.parametrize("name", ["", ".", "..", "../north", "north/../south", "нет", "a\0b"])
def test_an_id_is_a_files_name_and_nothing_else(clinics: Clinics, name: str) -> None:
    assert clinics.get(name) is None


def test_no_folder_is_no_clinics(tmp_path: Path) -> None:
    assert Clinics(None).all() == []
    assert Clinics(tmp_path / "nowhere").all() == []
