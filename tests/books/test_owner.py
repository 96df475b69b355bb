"""A book knows whose it is: every command refuses another clinic's, with nothing written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from sheets_sync.books.book import OtherClinicError
from sheets_sync.books.google.client import open_google
from sheets_sync.cli import main
from sheets_sync.clinic.config import BookConfig, Clinic
from sheets_sync.errors import ConfigError
from sheets_sync.push.push import push
from sheets_sync.store import Store
from tests.books.google_live import Live, small_tables
from tests.doubles.sheets import NAME
from tests.doubles.sheets_hand import state

NOW = datetime(2026, 6, 30, 6, tzinfo=UTC)


def book_of(live: Live, clinic: str):
    found = live.book()
    found.clinic = clinic
    return found


def test_another_clinics_spreadsheet_is_read_by_nobody_else(live: Live) -> None:
    first = book_of(live, "first")
    first.write(small_tables(first.read()), live.stamp())
    before = state(live.hand.book)
    second = book_of(live, "second")
    with pytest.raises(OtherClinicError, match="заполняет клиника first, а не second") as refused:
        second.read()
    assert "--take" in refused.value.hint
    assert refused.value.permanent
    assert state(live.hand.book) == before
    second.init(small_tables(second.read(take=True)), live.stamp())
    with pytest.raises(OtherClinicError):
        book_of(live, "first").read()
    second.write(small_tables(book_of(live, "second").read()), live.stamp())


def test_a_spreadsheet_that_says_no_clinic_is_taken_by_the_first_that_writes(live: Live) -> None:
    live.refresh()
    book = book_of(live, "first")
    book.init(small_tables(book.read()), live.stamp())
    with pytest.raises(OtherClinicError):
        book_of(live, "second").read()


@pytest.fixture
def two_clinics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Two files with one workbook in a home each, as after a copy to another machine."""

    def run(name: str, *arguments: str) -> int:
        monkeypatch.setenv("ROMI_SHEETS_HOME", str(tmp_path / f"home-{name}"))
        file = tmp_path / f"{name}.toml"
        file.write_text(f'name = "{name}"\n[push]\nenabled = true\n', encoding="utf-8")
        command, *rest = arguments
        return CliRunner().invoke(main, [command, str(file), *rest]).exit_code

    return run


def test_every_command_ends_with_two_before_another_clinics_book(
    tmp_path: Path, two_clinics: Callable[..., int]
) -> None:
    assert two_clinics("first", "init") == 0
    before = (tmp_path / "report.xlsx").read_bytes()
    for command in (["check"], ["init"], ["sync"], ["push"], ["push", "--dry-run"]):
        assert two_clinics("second", *command) == 2, command
    assert (tmp_path / "report.xlsx").read_bytes() == before
    assert two_clinics("second", "init", "--take") == 0
    assert two_clinics("first", "sync") == 2
    assert two_clinics("second", "sync") == 0


def test_nothing_is_pushed_for_another_clinics_book(live: Live, sqlite_store: Store) -> None:
    first = book_of(live, "first")
    first.write(small_tables(first.read()), live.stamp())
    config = BookConfig(kind="google", spreadsheet_id=NAME)
    other = Clinic(id="second", name="Клиника", book=config)
    with pytest.raises(OtherClinicError):
        push(other, sqlite_store, live.service, NOW)


@pytest.mark.parametrize(
    "typed",
    [
        f"https://docs.google.com/spreadsheets/d/{NAME}/edit?gid=0#gid=0",
        f"https://docs.google.com/spreadsheets/u/1/d/{NAME}",
        f"  {NAME}\n",
        NAME,
    ],
)
def test_the_whole_address_is_an_id_too(typed: str) -> None:
    assert BookConfig(kind="google", spreadsheet_id=typed).spreadsheet_id == NAME


def test_a_clinic_may_name_the_account_that_writes_its_book(live: Live, tmp_path: Path) -> None:
    account = "second@example-project.iam.gserviceaccount.com"
    live.double.write_key(tmp_path / "second.json", account)
    live.double.roles[NAME][account] = "writer"
    config = BookConfig(kind="google", spreadsheet_id=NAME, account="second")
    clinic = Clinic(name="Клиника", book=config)
    with pytest.raises(ConfigError, match="папка с ключами не задана"):
        open_google(clinic, live.service)
    service = live.service.model_copy(update={"google_accounts": tmp_path})
    book = open_google(clinic, service, timeout=live.timeout)
    assert book.calls.account == account
    book.tabs = live.tabs
    book.write(small_tables(book.read()), live.stamp())
    third = Clinic(name="Клиника", book=config.model_copy(update={"account": "third"}))
    with pytest.raises(ConfigError, match=r"third\.json"):
        open_google(third, service)
