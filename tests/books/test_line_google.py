"""The whole line into a Google spreadsheet: exports in, real tabs on the strict double."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sheets_sync.books import open_book
from sheets_sync.clinic.config import BookConfig, Clinic, load_clinic
from sheets_sync.demo import LAST_DAY, write_clinic
from sheets_sync.line.check import check
from sheets_sync.line.fill import lay_template
from sheets_sync.line.run import RunReport, new_run, peek
from sheets_sync.line.sync import sync
from sheets_sync.line.verify import verify
from sheets_sync.net.clock import clock_from
from sheets_sync.settings import Service
from sheets_sync.store import Store, open_store
from templates_sheets.tabs import TABS
from tests.books.google_live import Live
from tests.books.test_google_locked import lock
from tests.doubles.drive import DriveDouble
from tests.doubles.sheets import ACCOUNT, NAME
from tests.doubles.sheets_model import Book

NOW = datetime(2026, 10, 31, 16, tzinfo=UTC)
#: Tabs that an empty clinic has.
ALWAYS = [tab.title for tab in TABS if tab.always or tab.filled_by == "people"]


@dataclass
class Line:
    """A small clinic, its store and its spreadsheet."""

    live: Live
    clinic: Clinic
    store: Store
    service: Service
    now: datetime = NOW

    def sync(self) -> RunReport:
        self.now += timedelta(hours=1)
        self.live.double.calls.clear()
        self.live.double.asked.clear()
        run = new_run(self.clinic, self.store, self.service, clock_from(self.now), as_of=LAST_DAY)
        return sync(run)


@contextmanager
def opened(live: Live, folder: Path) -> Iterator[Line]:
    """The clinic in `folder` and whatever its store has already."""
    clinic = load_clinic(folder / "clinic.toml")
    files = tuple(s for s in clinic.source if s.kind == "file")
    book = BookConfig(kind="google", spreadsheet_id=NAME)
    service = live.service.model_copy(update={"home": folder / "home"})
    store = open_store(service.store_url)
    yield Line(live, clinic.model_copy(update={"book": book, "source": files}), store, service)
    store.close()


@pytest.fixture(scope="module")
def synced_once(served: Live, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Book]:
    """A clinic's folder after its first sync, and its spreadsheet."""
    folder = tmp_path_factory.mktemp("once")
    write_clinic(folder, leads=40, months=2)
    with opened(served.anew(), folder) as line:
        assert line.sync().ok
        return folder, line.live.hand.book.copy()


@pytest.fixture
def blank(served: Live, tmp_path: Path) -> Iterator[Line]:
    write_clinic(tmp_path, leads=40, months=2)
    with opened(served.anew(), tmp_path) as found:
        yield found


@pytest.fixture
def line(served: Live, synced_once: tuple[Path, Book], tmp_path: Path) -> Iterator[Line]:
    """After its first sync."""
    folder, book = synced_once
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    live = served.anew()
    live.double.books[NAME] = book.copy()
    with opened(live, tmp_path) as found:
        found.now += timedelta(hours=1)
        yield found


def test_a_first_sync_lays_every_tab_with_values_only(blank: Line) -> None:
    synced = blank.sync()
    assert synced.ok
    laid = [tab.title for tab in blank.live.hand.book.tabs]
    assert laid == [tab.title for tab in TABS if tab.title in laid]
    assert {*ALWAYS, "Сравнение", "Возврат", "Сверка", "Проверка"} <= set(laid)
    report = blank.live.hand.rows("Отчёт по каналам")
    assert report[0][:3] == ["Канал", "Лиды", "Записи"]
    assert report[-1][0] == "Итого"
    assert "formulaValue" not in str(blank.live.sent())


def test_the_book_agrees_with_itself_however_people_arranged_it(line: Line) -> None:
    hand, book = line.live.hand, open_book(line.clinic, line.service)
    assert verify(book).differ == 0
    hand.insert_columns("Отчёт по каналам", 2)
    hand.type("Отчёт по каналам", 1, hand.column("Отчёт по каналам", "CAC"), "Цена пациента")
    hand.insert_rows("Отчёт по каналам", 3)
    hand.type("Отчёт по каналам", 3, 0, "план на июль")
    hand.rename("Воронка", "Дни")
    hand.sort("Кампании", 5)
    verified = verify(open_book(line.clinic, line.service))
    assert verified.checked > 300
    assert verified.differ == 0


def test_a_number_that_a_person_changed_differs(line: Line) -> None:
    place = line.live.hand.column("Отчёт по каналам", "Расходы")
    line.live.hand.type("Отчёт по каналам", 2, place, 1)
    verified = verify(open_book(line.clinic, line.service))
    assert verified.rows.loc[
        verified.rows["differ"] > 0, ["sheet", "measure"]
    ].to_numpy().tolist() == [["Отчёт по каналам", "Расходы"]]


def test_an_hour_later_costs_two_reads_one_write_and_little(blank: Line) -> None:
    with DriveDouble(blank.live.double) as drive:
        blank.service = blank.service.model_copy(update={"drive_endpoint": drive.url})
        blank.sync()
        first = blank.live.size()
        blank.sync()  # of a fill in parts nobody knows what people did between them
        blank.sync()
    assert blank.live.asked == [
        ":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate",
    ]  # fmt: skip
    assert blank.live.size() < first / 10
    (body,) = (a.json() for a in blank.live.double.asked if "values:batchGet" in a.path)
    ids = {where["gridRange"]["sheetId"] for where in body["dataFilters"]}
    read = {tab.title for tab in blank.live.hand.book.tabs if tab.id in ids}
    assert "Журнал" in read
    assert not read & {"Воронка", "Кампании", "Когорты"}, "the store remembers what stood there"


def test_init_lays_the_template_before_there_is_a_row(blank: Line) -> None:
    run = new_run(blank.clinic, blank.store, blank.service, clock_from(NOW), as_of=LAST_DAY)
    address = lay_template(run)
    assert NAME in address
    assert [tab.title for tab in blank.live.hand.book.tabs] == ALWAYS
    blank.live.double.asked.clear()
    again = blank.store.runs.start(blank.clinic.id, "hand", NOW)
    lay_template(replace(run, run=replace(run.run, run_id=again)))
    assert blank.live.sent() == []


def test_check_says_that_the_spreadsheet_can_be_written_and_leaves_nothing(line: Line) -> None:
    before = str(replace(line.live.hand.book, next_id=0))
    checked = check(peek(line.clinic, line.store, line.service, clock_from(NOW)))
    table = next(found for found in checked.lines if found.what == "Таблица")
    assert table.ok, table
    assert str(replace(line.live.hand.book, next_id=0)) == before
    lock(line.live.hand, "Отчёт по каналам", description="не трогать")
    locked = check(peek(line.clinic, line.store, line.service, clock_from(NOW)))
    (told,) = (found for found in locked.lines if found.what == "Таблица")
    assert not told.ok
    assert told.seen.startswith("вкладка «Отчёт по каналам» защищена от изменений (весь лист,")
    assert ACCOUNT in told.hint


def test_init_of_a_later_month_takes_nothing_from_what_is_filled(line: Line) -> None:
    line.live.double.asked.clear()
    lay_template(new_run(line.clinic, line.store, line.service, clock_from(NOW + timedelta(40))))
    assert line.live.sent() == [], "the weeks of «Неделя», the channels that «План» offers"
