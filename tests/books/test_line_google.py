"""The whole line into a Google spreadsheet: exports in, real tabs on the strict double."""

from __future__ import annotations

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
from sheets_sync.line.run import RunReport
from sheets_sync.line.sync import lay_template, new_run, peek, sync
from sheets_sync.line.verify import verify
from sheets_sync.net.clock import clock_from
from sheets_sync.settings import Service
from sheets_sync.store import Store, open_store
from templates_sheets import TABS
from tests.books.google_live import Live
from tests.doubles.drive import DriveDouble
from tests.doubles.sheets import NAME
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
def blank(served: Live, folder: Path) -> Iterator[Line]:
    """The clinic in `folder`, before a blank spreadsheet."""
    clinic = load_clinic(write_clinic(folder, leads=40, months=2))
    files = tuple(s for s in clinic.source if s.kind == "file")
    book = BookConfig(kind="google", spreadsheet_id=NAME)
    live = served.anew()
    service = live.service.model_copy(update={"home": folder / "home"})
    store = open_store(service.store_url)
    yield Line(live, clinic.model_copy(update={"book": book, "source": files}), store, service)
    store.close()


@pytest.fixture
def line(served: Live, tmp_path: Path) -> Iterator[Line]:
    with blank(served, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def first(served: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Line, Book]]:
    """After the first sync, made once; and the spreadsheet as that left it."""
    with blank(served, tmp_path_factory.mktemp("first")) as found:
        assert found.sync().ok
        assert "formulaValue" not in str(found.live.sent())
        yield found, found.live.hand.book.copy()


@pytest.fixture
def synced(first: tuple[Line, Book]) -> Line:
    """The line after its first sync."""
    found, book = first
    found.live = found.live.anew()
    found.live.double.books[NAME] = book.copy()
    return found


def test_a_first_sync_lays_every_tab_with_values_only(synced: Line) -> None:
    laid = [tab.title for tab in synced.live.hand.book.tabs]
    assert laid == [tab.title for tab in TABS if tab.title in laid]
    assert {*ALWAYS, "Сравнение", "Возврат", "Сверка", "Проверка"} <= set(laid)
    report = synced.live.hand.rows("Отчёт по каналам")
    assert report[0][:3] == ["Канал", "Лиды", "Записи"]
    assert report[-1][0] == "Итого"


def test_the_book_agrees_with_itself_however_people_arranged_it(synced: Line) -> None:
    hand, book = synced.live.hand, open_book(synced.clinic, synced.service)
    assert verify(book).differ == 0
    hand.insert_columns("Отчёт по каналам", 2)
    hand.type("Отчёт по каналам", 1, hand.column("Отчёт по каналам", "CAC"), "Цена пациента")
    hand.insert_rows("Отчёт по каналам", 3)
    hand.type("Отчёт по каналам", 3, 0, "план на июль")
    hand.rename("Воронка", "Дни")
    hand.sort("Кампании", 5)
    verified = verify(open_book(synced.clinic, synced.service))
    assert verified.checked > 300
    assert verified.differ == 0


def test_a_number_that_a_person_changed_differs(synced: Line) -> None:
    place = synced.live.hand.column("Отчёт по каналам", "Расходы")
    synced.live.hand.type("Отчёт по каналам", 2, place, 1)
    verified = verify(open_book(synced.clinic, synced.service))
    assert verified.rows.loc[
        verified.rows["differ"] > 0, ["sheet", "measure"]
    ].to_numpy().tolist() == [["Отчёт по каналам", "Расходы"]]


def test_an_hour_later_costs_two_reads_one_write_and_little(line: Line) -> None:
    with DriveDouble(line.live.double) as drive:
        line.service = line.service.model_copy(update={"drive_endpoint": drive.url})
        line.sync()
        first = line.live.size()
        line.sync()  # of a fill in parts nobody knows what people did between them
        line.sync()
    assert line.live.asked == [
        ":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate",
    ]  # fmt: skip
    assert line.live.size() < first / 10
    (body,) = (a.json() for a in line.live.double.asked if "values:batchGet" in a.path)
    ids = {where["gridRange"]["sheetId"] for where in body["dataFilters"]}
    read = {tab.title for tab in line.live.hand.book.tabs if tab.id in ids}
    assert "Журнал" in read
    assert not read & {"Воронка", "Кампании", "Когорты"}, "the store remembers what stood there"


def test_init_lays_the_template_before_there_is_a_row(line: Line) -> None:
    run = new_run(line.clinic, line.store, line.service, clock_from(NOW), as_of=LAST_DAY)
    address = lay_template(run)
    assert NAME in address
    assert [tab.title for tab in line.live.hand.book.tabs] == ALWAYS
    line.live.double.asked.clear()
    again = line.store.runs.start(line.clinic.id, "hand", NOW)
    lay_template(replace(run, run=replace(run.run, run_id=again)))
    assert line.live.sent() == []


def test_check_says_that_the_spreadsheet_can_be_written_and_leaves_nothing(synced: Line) -> None:
    before = str(replace(synced.live.hand.book, next_id=0))
    checked = check(peek(synced.clinic, synced.store, synced.service, clock_from(NOW)))
    table = next(found for found in checked.lines if found.what == "Таблица")
    assert table.ok, table
    assert str(replace(synced.live.hand.book, next_id=0)) == before
