"""A marketer who does anything at all, and a refresh after it: numbers right, her words all there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from sheets_sync.books.google.cells import wire
from sheets_sync.books.google.record import COLUMN, column_id, stable_id
from templates_sheets.tab import Table
from tests.books.google_live import (
    CHANNELS,
    FUNNEL,
    LOG,
    REPORT,
    STAMP_ONLY,
    Live,
    funnel_table,
    log_table,
    report_table,
    running,
)
from tests.doubles.sheets_hand import Hand

SERVICE = (REPORT, FUNNEL, LOG)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("google")) as found:
        found.tabs = SERVICE
        yield found


class Marketer:
    """Does something random; keeps what must survive it.

    comments  channel -> what she wrote beside it
    words     what she wrote beside the tables or in columns of her own
    """

    def __init__(self, live: Live, seed: int) -> None:
        self.live, self.dice = live, random.Random(seed)
        self.comments: dict[str, str] = {}
        self.words: set[str] = set()
        self.told = 0

    @property
    def hand(self) -> Hand:
        return self.live.hand

    def title(self, key: str) -> str:
        number = stable_id("tab", key)
        return next(t.title for t in self.hand.book.tabs if t.id == number)

    def places(self, key: str) -> dict[str, int]:
        """Where the columns of a tab are, by their metadata."""
        number = stable_id("tab", key)
        return {
            m["metadataValue"]: m["location"]["dimensionRange"]["startIndex"]
            for m in self.hand.book.metadata
            if m["metadataKey"] == COLUMN and m["location"]["dimensionRange"]["sheetId"] == number
        }

    def act(self) -> None:
        deeds: list[Callable[[str], None]] = [
            self.comment, self.write_beside, self.own_column, self.edit, self.sort, self.insert_rows,
            self.delete_rows, self.move_column, self.delete_column, self.rename, self.move_tab,
            self.delete_chart, self.unfilter, self.duplicate, self.retitle,
        ]  # fmt: skip
        self.dice.choice(deeds)(self.dice.choice(["report", "funnel", "log"]))

    def word(self) -> str:
        self.told += 1
        return f"слово {self.told}"

    def comment(self, _key: str) -> None:
        places, title = self.places("report"), self.title("report")
        if not {"channel", "Комментарий"} <= set(places):
            return
        rows = self.hand.rows(title)
        row = self.dice.randrange(1, len(rows))
        cells = rows[row]
        channel = cells[places["channel"]] if places["channel"] < len(cells) else None
        if channel:
            self.comments[channel] = self.word()
            self.hand.type(title, row + 1, places["Комментарий"], self.comments[channel])

    def write_beside(self, key: str) -> None:
        title, word = self.title(key), self.word()
        place = max(self.places(key).values(), default=0) + 1
        if place < self.hand.tab(title).size("COLUMNS"):
            old = self.hand.row(title, 3)
            self.words.discard(old[place] if place < len(old) else "")
            self.hand.type(title, 3, place, word)
            self.words.add(word)

    def own_column(self, key: str) -> None:
        title, word = self.title(key), self.word()
        place = self.dice.randrange(0, 4)
        self.hand.insert_columns(title, place)
        self.hand.type(title, 2, place, word)
        self.words.add(word)

    def edit(self, key: str) -> None:
        places = list(self.places(key).items())
        name, place = self.dice.choice(places or [("", 0)])
        if name and name not in ("channel", "Комментарий"):
            title = self.title(key)
            # What is typed under a table is hers; inside of it the service has its way.
            row = self.dice.randrange(2, len(self.hand.rows(title)) + 1)
            self.hand.type(title, row, place, self.dice.choice([5, "х", None]))

    def sort(self, key: str) -> None:
        title = self.title(key)
        last = len(self.hand.rows(title))
        self.hand.sort(title, self.dice.randrange(0, 4), down=self.dice.random() < 0.5, last=last)

    def insert_rows(self, key: str) -> None:
        self.hand.insert_rows(self.title(key), self.dice.randrange(2, 5), self.dice.randrange(1, 3))

    def delete_rows(self, key: str) -> None:
        title = self.title(key)
        row = self.dice.randrange(2, 4)
        gone = self.hand.row(title, row)
        self.comments = {k: v for k, v in self.comments.items() if v not in gone}
        self.words -= {cell for cell in gone if isinstance(cell, str)}
        self.hand.delete_rows(title, row)

    def move_column(self, key: str) -> None:
        width = self.hand.tab(self.title(key)).size("COLUMNS")
        self.hand.move_column(
            self.title(key), self.dice.randrange(width), self.dice.randrange(width)
        )

    def delete_column(self, key: str) -> None:
        name, place = self.dice.choice(list(self.places(key).items()) or [("", 0)])
        if name and name not in ("channel", "Комментарий"):
            self.hand.delete_column(self.title(key), place)

    def rename(self, key: str) -> None:
        self.hand.rename(self.title(key), f"{key} {self.word()}")

    def move_tab(self, key: str) -> None:
        self.hand.move_tab(self.title(key), self.dice.randrange(3))

    def delete_chart(self, _key: str) -> None:
        self.hand.tab(self.title("report")).charts.clear()

    def unfilter(self, key: str) -> None:
        self.hand.tab(self.title(key)).filter = None

    def duplicate(self, key: str) -> None:
        self.hand.duplicate_tab(self.title(key), f"копия {self.word()}")

    def retitle(self, key: str) -> None:
        name, place = self.dice.choice(list(self.places(key).items()) or [("", 0)])
        if name:
            self.hand.type(self.title(key), 1, place, self.word())

    def check(self, table: Table) -> None:
        """The tab shows its table, and nothing else of ours."""
        key, names = table.tab.key, [column_id(c) for c in table.columns]
        places = self.places(key)
        assert set(places) == set(names)
        rows = self.hand.rows(self.title(key))[1:]
        shown = [[row[places[n]] if places[n] < len(row) else None for n in names] for row in rows]
        while shown and not any(cell is not None for cell in shown[-1]):
            shown.pop()
        at = names.index("Комментарий") if key == "report" else None
        if at is not None:
            told = {row[0]: row.pop(at) for row in shown}
            assert {k: v for k, v in told.items() if v} == self.comments
        wanted = [[None if c is None else wire(c) for c in row] for row in table.rows]
        for row in wanted:
            if at is not None:
                row.pop(at)
        assert shown == wanted

    def check_words(self) -> None:
        there = {
            cell
            for key in ("report", "funnel", "log")
            for row in self.hand.rows(self.title(key))
            for cell in row
            if isinstance(cell, str)
        }
        assert self.words <= there


@pytest.mark.parametrize("seed", range(24))
def test_whatever_she_does_the_next_refresh_is_right_and_loses_none_of_her_words(
    served: Live, seed: int
) -> None:
    live = served.anew()
    live.double.quota = None
    marketer = Marketer(live, seed)
    every = (*CHANNELS, ("Карты", 9, 3.0), ("Авито", 2, None))

    def refresh() -> list[Table]:
        live.double.calls.clear()
        live.double.asked.clear()
        book = live.book()
        typed = book.read()
        chosen = marketer.dice.sample(every, 5)
        tables = [
            report_table(chosen, typed),
            funnel_table(marketer.dice.randrange(3, 7), seed=marketer.dice.randrange(3)),
            log_table(*(marketer.dice.choice("абв") for _ in range(marketer.dice.randrange(1, 4)))),
        ]
        book.write(tables, live.stamp())
        return tables

    refresh()
    for _ in range(4):
        for _ in range(marketer.dice.randrange(1, 4)):
            marketer.act()
        for table in refresh():
            marketer.check(table)
        marketer.check_words()
    state = marketer.dice.getstate()
    for repeat in range(2):
        marketer.dice.setstate(state)
        refresh()
        assert repeat == 0 or live.kinds() == STAMP_ONLY
