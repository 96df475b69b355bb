"""A small clinic's spreadsheet on the double: five tabs, refreshed as the service does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sheets_sync.books.book import Stamp, Typed, WriteCost
from sheets_sync.books.google.book import GoogleBook
from sheets_sync.books.google.client import open_google
from sheets_sync.clinic.config import BookConfig, Clinic
from sheets_sync.net.clock import Clock
from sheets_sync.settings import Service
from templates_sheets import look
from templates_sheets.tab import Cell, Chart, Column, Tab, Table
from tests.doubles.server import Fault
from tests.doubles.sheets import NAME, SheetsDouble
from tests.doubles.sheets_hand import Hand
from tests.service.job_runs import until

REPORT = Tab(
    "report",
    "Отчёт",
    (
        Column("Канал", "channel", "text", 20, "Откуда пришёл."),
        Column("Лиды", "leads", "count", 9, "Обращения."),
        Column("ROMI", "romi", "percent", 10, "Отдача.", band=True),
        Column("Вывод", "verdict", "text", 40, wrap=True),
        Column("Комментарий", "", "text", 30, "Пишите сюда.", wrap=True, comment=True),
    ),
    row_key=("Канал",),
    total=True,
    charts=(Chart("report_romi", "ROMI", "column", "Канал", ("Лиды",), second=("ROMI",), anchor="A+2"),),
)  # fmt: skip
FUNNEL = Tab(
    "funnel",
    "Воронка",
    (
        Column("Дата", "day", "date", 12),
        Column("Канал", "channel", "text", 20),
        Column("Лиды", "leads", "count", 9),
        Column("Маржа", "margin", "money", 13),
    ),
    row_key=("Дата", "Канал"),
)
LOG = Tab(
    "log",
    "Журнал",
    (Column("Что", "what", "text", 16), Column("Пояснение", "message", "text", 60, wrap=True)),
)
SETTINGS = Tab(
    "settings",
    "Настройки",
    (
        Column("Настройка", "title", "text", 30),
        Column("Значение", "", "text", 20, "Впишите своё."),
        Column("Действует", "effective", "text", 20),
    ),
    filled_by="people",
    row_key=("Настройка",),
    filters=False,
)
COSTS = Tab(
    "costs",
    "Расходы",
    (
        Column("Дата с", "", "date", 12),
        Column("Площадка", "", "text", 20, choices=("2ГИС", "Авито")),
        Column("Расход", "", "money2", 14),
        Column("Проверка", "check", "text", 40, wrap=True),
    ),
    filled_by="people",
)
SMALL = (REPORT, FUNNEL, LOG, SETTINGS, COSTS)

#: channel, leads, ROMI
CHANNELS: tuple[tuple[str, int, float | None], ...] = (
    ("Директ — поиск", 120, 1.75),
    ("SEO", 60, None),
    ('=HYPERLINK("http://x";"жми")', 7, -0.4),
)  # fmt: skip
AT = datetime(2026, 6, 30, 6, tzinfo=UTC)
FIRST_DAY = date(2026, 5, 1)


def report_table(
    channels: Sequence[tuple[str, int, float | None]] = CHANNELS, typed: Typed | None = None
) -> Table:
    """The report of these channels, with the comments that were read."""
    told = (typed or Typed()).comments.get("report", {})
    rows: list[list[Cell]] = [
        [name, leads, romi, f"Вывод: {name[:6]}", told.get((name,))]
        for name, leads, romi in channels
    ]
    total = sum(leads for _, leads, _ in channels)
    rows.append(["Итого", total, 0.5, None, told.get(("Итого",))])
    notes = {(i, 2): "Расходов нет." for i, (_, _, romi) in enumerate(channels) if romi is None}
    return Table(REPORT, REPORT.columns, rows, notes=notes, bold=frozenset({len(channels)}))


def funnel_table(days: int = 5, first: date = FIRST_DAY, seed: int = 0) -> Table:
    """Two channels a day."""
    rows: list[list[Cell]] = [
        [first + timedelta(days=d), name, (d * 7 + seed) % 5, 1000.5 * d + seed]
        for d in range(days)
        for name in ("Директ — поиск", "SEO")
    ]
    return Table(FUNNEL, FUNNEL.columns, rows)


def log_table(*lines: str) -> Table:
    rows: list[list[Cell]] = [["Запуск", line] for line in lines or ("готово",)]
    return Table(LOG, LOG.columns, rows)


def settings_table(typed: Typed | None = None) -> Table:
    """Three settings; a model that is none of the known gets a note."""
    grid = (typed or Typed()).grids.get("settings", [])
    values = {row[0]: row[1] for row in grid}
    titles = [row[0] for row in grid] or ["Период с", "Модель", "Доля маржи"]
    rows: list[list[Cell]] = [[title, values.get(title), "как в файле"] for title in titles]
    wrong = {
        (i, 1): "Ожидается одно из: «первый», «последний»."
        for i, (title, value, _) in enumerate(rows)
        if title == "Модель" and value not in (None, "первый", "последний")
    }
    return Table(
        SETTINGS,
        SETTINGS.columns,
        rows,
        notes=wrong,
        formats={(titles.index("Период с"), 1): "date", (titles.index("Доля маржи"), 1): "percent"},
        choices={(titles.index("Модель"), 1): ("первый", "последний")},
    )


def costs_table(typed: Typed | None = None) -> Table:
    grid = (typed or Typed()).grids.get("costs", [])
    rows: list[list[Cell]] = [
        [*row[:3], "принято" if row[2] else "нет суммы" if any(row[:3]) else None] for row in grid
    ]
    return Table(COSTS, COSTS.columns, rows)


def small_tables(typed: Typed | None = None, **changed: Table) -> list[Table]:
    """All five tables; `changed` replaces some by tab key."""
    found = {
        "report": report_table(typed=typed),
        "funnel": funnel_table(),
        "log": log_table(),
        "settings": settings_table(typed),
        "costs": costs_table(typed),
    }
    return list((found | changed).values())


@cache
def _service(key: Path, sheets: str, drive: str) -> Service:
    """Made once: asking the environment for every setting is a quarter of a refresh."""
    return Service(google_credentials=key, google_endpoint=sheets, drive_endpoint=drive)


@dataclass
class Live:
    """The double with one spreadsheet, and a service that refreshes it without waiting."""

    double: SheetsDouble
    key: Path
    tabs: Sequence[Tab] = SMALL
    timeout: tuple[float, float] = (2.0, 20.0)
    slept: list[float] = field(default_factory=list)
    runs: int = 0
    drive: str = ""
    kept: dict[str, Any] = field(default_factory=dict)

    def anew(self) -> Live:
        """The same service before a new, blank spreadsheet."""
        self.double.reset()
        self.double.new()
        return Live(self.double, self.key, self.tabs, self.timeout)

    @property
    def hand(self) -> Hand:
        return self.double.hand()

    @property
    def service(self) -> Service:
        return _service(self.key, self.double.url, self.drive)

    def book(self) -> GoogleBook:
        clinic = Clinic(name="Клиника", book=BookConfig(kind="google", spreadsheet_id=NAME))
        clock = Clock(sleep=self.slept.append)
        book = open_google(clinic, self.service, timeout=self.timeout, clock=clock)
        book.tabs = self.tabs
        return book

    def stamp(self) -> Stamp:
        self.runs += 1
        return Stamp(f"run-{self.runs}", AT + timedelta(minutes=self.runs))

    def refresh(self, **changed: Table) -> WriteCost:
        """Read and write, as a run does; `sent` and `asked` then tell what of."""
        self.double.calls.clear()
        self.double.asked.clear()
        book = self.book()
        book.kept = self.kept
        cost = book.write(small_tables(book.read(), **changed), self.stamp())
        self.kept = book.kept
        return cost

    def init(self) -> WriteCost:
        self.double.calls.clear()
        self.double.asked.clear()
        return self.book().init(small_tables(), self.stamp())

    def strike(self, kind: str, place: int, times: int = 1) -> Fault:
        """Break `times` requests from the `place`-th on, counted from now without those for tokens.

        A kind that begins with "late " strikes when the request has been carried out.
        """
        late = kind.removeprefix("late ")
        fault = Fault(late, place, times, only=lambda asked: asked.path != "/token")
        (self.double.late if late != kind else self.double.faults).append(fault)
        return fault

    def mend(self) -> None:
        """Nothing is to break any more."""
        self.double.faults.clear()
        self.double.late.clear()

    def settle(self, clients: set[tuple[str, int]]) -> None:
        """Wait until all is done that others than `clients`, all killed, had sent."""
        self.mend()
        self.double.let_go.set()
        until(lambda: self.double.clients <= clients, pause=0.001)
        self.double.let_go.clear()

    @property
    def asked(self) -> list[str]:
        """Methods of the last refresh, in order."""
        return self.double.methods()

    def sent(self) -> list[dict[str, Any]]:
        """The requests of all batches of the last refresh."""
        bodies = [a.json() for a in self.double.asked if a.path.endswith(":batchUpdate")]
        return [request for body in bodies for request in body["requests"]]

    def kinds(self) -> Counter[str]:
        return Counter(kind for request in self.sent() for kind in request)

    def size(self) -> int:
        """Bytes of the last refresh's batches."""
        return sum(len(a.body) for a in self.double.asked if a.path.endswith(":batchUpdate"))


def leave_words(hand: Hand) -> None:
    """She writes beside the first row of the report, puts a note there, and a line under it."""
    hand.type("Отчёт", 2, 6, "её слово")
    hand.note("Отчёт", 2, 6, "спросить Олю")
    hand.note("Отчёт", 2, 1, "откуда столько?")
    hand.type("Отчёт", len(hand.rows("Отчёт")) + 2, 0, "План на июль")


def words_left(hand: Hand, name: str) -> list[object]:
    """What of it stands where it belongs, now that the row is that of `name`."""
    tab, rows = hand.tab("Отчёт"), hand.rows("Отчёт")
    names = [row[0] if row else None for row in rows]
    row = names.index(name)
    notes = [tab.cell(row, place).get("note") for place in (6, 1)]
    return [rows[row][6], *notes, names.index("План на июль") > names.index("Итого")]


WORDS = ["её слово", "спросить Олю", "откуда столько?", True]
STAMP_ONLY = Counter({"createDeveloperMetadata": 1, "deleteDeveloperMetadata": 1})


@contextmanager
def running(folder: Path) -> Iterator[Live]:
    """The double, started, with a key for it in `folder`; input tabs are short, to be quick."""
    double = SheetsDouble()
    double.new()
    with pytest.MonkeyPatch.context() as patch, double:
        patch.setattr(look, "INPUT_ROWS", 60)
        yield Live(double, double.write_key(folder / "key.json"))
