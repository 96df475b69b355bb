"""A marketer who does anything at all, and a refresh after it: numbers right, her words all there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sheets_sync.books.google.read.ours import key_places
from sheets_sync.books.google.read.record import COLUMN, column_id, stable_id
from sheets_sync.books.google.wire import wire
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
from tests.examples import examples

SERVICE = (REPORT, FUNNEL, LOG)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("google")) as found:
        found.tabs = SERVICE
        yield found


class Marketer:
    """Does something random; keeps what must survive it.

    comments  channel -> what she wrote beside it
    words     what she wrote beside the tables, in columns and lines of her own
    beside    word in a column of her own -> the channel in whose row it stands
    lines     word that begins a line of her own -> the number beside it
    notes     channel -> her note on its name
    colours   channel -> how she painted its name
    """

    def __init__(self, live: Live, seed: int) -> None:
        self.live, self.dice = live, random.Random(seed)
        self.comments: dict[str, str] = {}
        self.words: set[str] = set()
        self.beside: dict[str, str | None] = {}
        self.lines: dict[str, int] = {}
        self.notes: dict[str, str] = {}
        self.colours: dict[str, dict[str, float]] = {}
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
            self.delete_chart, self.unfilter, self.duplicate, self.retitle, self.type_line,
            self.note, self.paint,
        ]  # fmt: skip
        self.dice.choice(deeds)(self.dice.choice(["report", "funnel", "log"]))

    def word(self) -> str:
        self.told += 1
        return f"слово {self.told}"

    def channel_of(self, row: int) -> str | None:
        """The channel in a row of the report, from 1; None in a line of hers."""
        place, cells = self.places("report")["channel"], self.hand.row(self.title("report"), row)
        channel = cells[place] if place < len(cells) else None
        return None if channel in self.words else channel

    def some_channel(self) -> tuple[int, str | None]:
        """A row of the report, from 1, and its channel."""
        row = self.dice.randrange(2, len(self.hand.rows(self.title("report"))) + 1)
        return row, self.channel_of(row)

    def comment(self, _key: str) -> None:
        row, channel = self.some_channel()
        if channel:
            self.comments[channel] = self.word()
            place = self.places("report")["Комментарий"]
            self.hand.type(self.title("report"), row, place, self.comments[channel])

    def type_line(self, key: str) -> None:
        """A line of hers under the table or inside of it: a word and a number."""
        title, places = self.title(key), list(self.places(key).values())
        row = len(self.hand.rows(title)) + self.dice.randrange(1, 3)
        if self.dice.random() < 0.5:
            row = self.dice.randrange(2, row)
            self.hand.insert_rows(title, row)
        tab = self.hand.tab(title)
        tab.grid["rowCount"] = max(tab.grid["rowCount"], row)
        word = self.word()
        self.words.add(word)
        self.lines[word] = self.told
        self.hand.type(title, row, min(places), word)
        self.hand.type(title, row, max(places), self.told)

    def note(self, _key: str) -> None:
        row, channel = self.some_channel()
        if channel:
            self.notes[channel] = self.word()
            place = self.places("report")["channel"]
            self.hand.note(self.title("report"), row, place, self.notes[channel])

    def paint(self, _key: str) -> None:
        row, channel = self.some_channel()
        if channel:
            self.colours[channel] = {"red": 1.0, "green": self.dice.randrange(1, 4) / 4}
            place = self.places("report")["channel"]
            self.hand.paint(self.title("report"), row, place, self.colours[channel])

    def write_beside(self, key: str) -> None:
        title, word = self.title(key), self.word()
        place = max(self.places(key).values(), default=0) + 1
        if place < self.hand.tab(title).size("COLUMNS"):
            old = self.hand.row(title, 3)
            self.forget(old[place] if place < len(old) else "")
            self.hand.type(title, 3, place, word)
            self.words.add(word)
            if key == "report":
                self.beside[word] = self.channel_of(3)

    def own_column(self, key: str) -> None:
        title, word = self.title(key), self.word()
        place = self.dice.randrange(0, 4)
        self.hand.insert_columns(title, place)
        self.hand.type(title, 2, place, word)
        self.words.add(word)
        if key == "report":
            self.beside[word] = self.channel_of(2)

    def edit(self, key: str) -> None:
        places = list(self.places(key).items())
        name, place = self.dice.choice(places or [("", 0)])
        # A row with a key of hers is hers.
        if name and name not in ("channel", "Комментарий", "day", "what"):
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
        for cell in gone:
            self.forget(cell)
            if key == "report":
                self.notes.pop(cell, None)
                self.colours.pop(cell, None)
        self.hand.delete_rows(title, row)

    def forget(self, word: Any) -> None:
        self.words.discard(word)
        self.beside.pop(word, None)
        self.lines.pop(word, None)

    def move_column(self, key: str) -> None:
        width = self.hand.tab(self.title(key)).size("COLUMNS")
        self.hand.move_column(
            self.title(key), self.dice.randrange(width), self.dice.randrange(width)
        )

    def delete_column(self, key: str) -> None:
        name, place = self.dice.choice(list(self.places(key).items()) or [("", 0)])
        if name and name not in ("channel", "Комментарий"):
            title = self.title(key)
            if self.lines.keys() & {cell for row in self.hand.rows(title) for cell in row}:
                return  # half a line of hers would go with it
            self.hand.delete_column(title, place)

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
        keys = key_places(table)
        shown = []
        for row in self.hand.rows(self.title(key))[1:]:
            cells = [row[places[n]] if places[n] < len(row) else None for n in names]
            if self.lines.keys() & set(cells):
                continue
            numbers = [cell for place, cell in enumerate(cells) if place not in keys]
            # Beside her words stands at most the name of a row that is gone.
            if numbers.count(None) < len(numbers) or not self.words & set(row):
                shown.append(cells)
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

    def check_rows(self, channels: set[Any]) -> None:
        """What she keeps in a row stands where it stood."""
        title, place = self.title("report"), self.places("report")["channel"]
        rows = self.hand.rows(title)
        at = {row[place]: n for n, row in enumerate(rows) if place < len(row)}
        for word, channel in self.beside.items():
            row = next(row for row in rows if word in row)
            there = row[place] if place < len(row) else None
            assert channel == (None if there in self.words else there)
        for channel, note in self.notes.items():
            assert self.hand.tab(title).cell(at[channel], place)["note"] == note
        for channel, colour in self.colours.items():
            if channel in channels:
                form = self.hand.tab(title).cell(at[channel], place)["userEnteredFormat"]
                assert form["backgroundColorStyle"] == {"rgbColor": colour}
        for word, number in self.lines.items():
            lines = [
                row
                for key in ("report", "funnel", "log")
                for row in self.hand.rows(self.title(key))
            ]
            assert str(number) in map(str, next(line for line in lines if word in line))

    def check_words(self) -> None:
        there = {
            cell
            for key in ("report", "funnel", "log")
            for row in self.hand.rows(self.title(key))
            for cell in row
            if isinstance(cell, str)
        }
        assert self.words <= there


@pytest.mark.parametrize("seed", range(examples(20)))
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
        tables = refresh()
        for table in tables:
            marketer.check(table)
        channels = {row[0] for row in tables[0].rows}
        gone = marketer.colours.keys() - channels
        marketer.check_rows(channels)
        for channel in gone:
            del marketer.colours[channel]
        marketer.check_words()
    state = marketer.dice.getstate()
    for repeat in range(2):
        marketer.dice.setstate(state)
        refresh()
        assert repeat == 0 or live.kinds() == STAMP_ONLY
