"""Cells are not read where Drive says that nobody changed the file, and are wherever it may be else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest

from sheets_sync.books.google import drive as client
from sheets_sync.books.google.memory import BookMemory, table_digests, with_charted
from templates_sheets.tab import Chart, Table
from tests.books.google_live import (
    LOG,
    Live,
    funnel_table,
    log_table,
    report_table,
    running,
)
from tests.doubles.drive import DriveDouble
from tests.doubles.server import Asked, Reply
from tests.doubles.sheets_hand import Hand


@dataclass
class Steady:
    """A filled spreadsheet, so that the next refresh finds it as it was left."""

    live: Live
    drive: DriveDouble

    def refresh(self, line: str = "", **changed: Table) -> list[str]:
        """One more run; gives the titles of the tabs whose cells it read."""
        self.drive.asked.clear()
        self.live.refresh(log=log_table(line or f"запуск {self.live.runs}"), **changed)
        reads = [a.json() for a in self.live.double.asked if "values:batchGet" in a.path]
        ids = {f["gridRange"]["sheetId"] for read in reads for f in read["dataFilters"]}
        return [tab.title for tab in self.live.hand.book.tabs if tab.id in ids]


EVERY = ["Отчёт", "Воронка", "Журнал", "Настройки", "Расходы"]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, DriveDouble]]:
    with (
        running(tmp_path_factory.mktemp("unread")) as live,
        DriveDouble(live.double) as drive,
    ):
        yield live, drive


@pytest.fixture
def steady(started: tuple[Live, DriveDouble]) -> Steady:
    live, drive = started
    drive.granted, drive.late = True, 0
    drive.faults.clear()
    drive.acts.clear()
    found = Steady(replace(live.anew(), drive=drive.url), drive)
    found.refresh()
    assert found.live.kept
    return found


def test_only_the_tab_that_differs_is_read(steady: Steady) -> None:
    assert steady.refresh() == ["Журнал"]
    assert steady.live.hand.rows("Журнал")[1] == ["Запуск", "запуск 1"]
    assert steady.refresh(funnel=funnel_table(6)) == ["Воронка", "Журнал"]
    assert len(steady.live.hand.rows("Воронка")) == 13
    assert [a.query["fields"] for a in steady.drive.asked] == ["version"] * 3


def test_nothing_new_reads_as_little_of_a_long_table_as_of_a_short_one(
    steady: Steady, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies: list[int] = []
    answer = steady.live.double.answer

    def heard(asked: Asked) -> Reply:
        reply = answer(asked)
        replies.append(len(reply.body))
        return reply

    monkeypatch.setattr(steady.live.double, "answer", heard)
    read = []
    for days in (5, 500):
        for _ in range(2):
            replies.clear()
            steady.refresh(funnel=funnel_table(days))
        read.append(sum(replies))
    # 990 more rows of 40 bytes; of which bits enough to know them are kept in the metadata.
    assert read[1] < read[0] + 5_000


def overtype(hand: Hand) -> None:
    hand.type("Воронка", 3, 2, 777)


def sort_down(hand: Hand) -> None:
    hand.sort("Воронка", 3, down=True, last=11)


def rename_header(hand: Hand) -> None:
    hand.type("Воронка", 1, 2, "Мои лиды")


@pytest.mark.parametrize("edit", [overtype, sort_down, rename_header])
def test_what_a_person_did_between_two_runs_is_seen(
    steady: Steady, edit: Callable[[Hand], None]
) -> None:
    was = steady.live.hand.rows("Воронка")
    hand = steady.live.hand
    hand.insert_columns("Отчёт", 1)
    hand.type("Отчёт", 2, 1, "Свете")
    edit(hand)
    assert steady.refresh() == EVERY
    assert sorted(map(str, steady.live.hand.rows("Воронка")[1:])) == sorted(map(str, was[1:]))
    assert steady.live.hand.row("Отчёт", 2)[1] == "Свете"
    assert steady.refresh() == ["Журнал"], "our own write is no edit of somebody's"


def test_an_edit_while_a_run_reads_and_compares_is_seen_by_the_next(steady: Steady) -> None:
    steady.drive.acts[2] = lambda: overtype(steady.live.hand)
    steady.refresh()
    steady.drive.acts.clear()
    assert steady.live.kept == {}
    assert steady.refresh() == EVERY
    assert steady.live.hand.row("Воронка", 3)[2] == 0


def test_an_edit_in_the_moment_of_a_write_is_seen_within_a_day(steady: Steady) -> None:
    steady.drive.acts[3] = lambda: overtype(steady.live.hand)
    steady.refresh()
    steady.drive.acts.clear()
    assert steady.refresh() == ["Журнал"]
    steady.live.runs += 24 * 60
    assert steady.refresh() == EVERY
    assert steady.live.hand.row("Воронка", 3)[2] == 0


def refuse(drive: DriveDouble) -> None:
    drive.granted = False


FAULTS = {
    "no right": refuse,
    **{
        kind: lambda drive, kind=kind: drive.fail(kind, times=99)
        for kind in ("500", "429", "reset", "html", "garbage", "hang")
    },
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_drive_costs_nothing_but_the_saving(
    steady: Steady, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_TIMEOUT", (0.3, 0.3))
    overtype(steady.live.hand)
    FAULTS[fault](steady.drive)
    assert steady.refresh() == EVERY
    assert steady.live.asked == [":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate"]
    assert steady.live.hand.row("Воронка", 3)[2] == 0
    assert (steady.live.slept, steady.live.kept) == ([], {})
    assert len(steady.drive.asked) == 1, "not asked again"


@pytest.mark.parametrize("late", [1, 3])
def test_an_edit_that_drive_tells_of_late_is_seen_by_the_next_run(
    steady: Steady, late: int
) -> None:
    overtype(steady.live.hand)
    steady.drive.late = late
    steady.refresh()
    assert steady.refresh() == EVERY
    assert steady.live.hand.row("Воронка", 3)[2] == 0


def test_a_dead_drive_costs_nothing_but_the_saving(steady: Steady) -> None:
    steady.live.drive = "http://127.0.0.1:9"
    assert steady.refresh() == EVERY
    assert steady.live.kept == {}


def test_a_lost_answer_and_another_spreadsheet_are_not_trusted(steady: Steady) -> None:
    steady.live.strike("late 500", 3)
    steady.refresh()
    assert steady.live.kept == {}
    steady.live.mend()
    steady.refresh()
    assert steady.live.kept
    steady.live.kept["file"] = "https://docs.google.com/spreadsheets/d/other/edit"
    assert steady.refresh() == EVERY
    steady.live.kept = {"version": 7, "nonsense": [1]}
    assert steady.refresh() == EVERY


def test_equal_tables_have_one_digest_and_others_another() -> None:
    def digest(table: Table) -> str:
        return table_digests([table])[table.tab.key]

    one = funnel_table()
    again = replace(
        one, rows=[["".join([*c]) if isinstance(c, str) else c for c in row] for row in one.rows]
    )
    assert digest(one) == digest(again)
    others = [
        replace(one, rows=one.rows[:-1]),
        replace(one, rows=[[date(2026, 5, 2), *one.rows[0][1:]], *one.rows[1:]]),
        replace(one, rows=[[*one.rows[0][:3], 0.01], *one.rows[1:]]),
        replace(one, rows=[[*one.rows[0][:1], "Директ", *one.rows[0][2:]], *one.rows[1:]]),
        replace(one, notes={(0, 3): "Расходов нет."}),
        replace(one, bold=frozenset({1})),
        replace(one, formats={(0, 3): "percent"}),
        replace(one, links={(0, 1): "report"}),
        replace(one, hidden=True),
        replace(one, bands="revenue"),
    ]
    assert len({digest(one), *map(digest, others)}) == 1 + len(others)


def test_a_tab_that_charts_show_is_read_with_them() -> None:
    shows = replace(LOG, charts=(Chart("x", "Лиды", "column", "Канал", ("Лиды",), of="report"),))
    tables = [report_table(), funnel_table(), replace(log_table(), tab=shows)]
    assert with_charted(frozenset({"report", "funnel"}), tables) == {"funnel"}
    assert with_charted(frozenset({"funnel", "log"}), tables) == {"funnel"}
    assert with_charted(frozenset({"report", "log"}), tables) == {"report", "log"}


def test_a_memory_is_trusted_for_a_day_of_the_same_file() -> None:
    before = BookMemory("file", "7", {"a": "1", "b": "2"}, "2026-06-30T06:00:00+00:00")
    now = replace(before, tables={"a": "1", "b": "3"}, read="2026-07-01T05:59:00+00:00")
    assert before.unread(now) == {"a"}
    for other in (
        replace(now, read="2026-07-01T06:00:00+00:00"),
        replace(now, read="2026-06-30T05:59:00+00:00"),
        replace(now, version="8"),
        replace(now, version=""),
        replace(now, file="another"),
    ):
        assert before.unread(other) == frozenset()
    assert BookMemory.of({}).unread(now) == frozenset()
