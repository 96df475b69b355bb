"""What a large spreadsheet costs: parts of a first fill, and kilobytes of a refresh."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import timedelta

import pytest

from templates_sheets.tab import Table
from tests.books.google_live import FIRST_DAY, FUNNEL, LOG, STAMP_ONLY, Live, log_table, running
from tests.doubles.sheets_hand import shown

ROWS = 50_000


def funnel(first: int, last: int, wrong: int = -1) -> Table:
    """Rows number `first`..`last` - 1, two a day; the row `wrong` has other numbers."""
    rows = [
        [
            FIRST_DAY + timedelta(days=number // 2),
            ("Директ — поиск", "SEO")[number % 2],
            number % 5,
            number * 1.25 + (number == wrong),
        ]
        for number in range(first, last)
    ]
    return Table(FUNNEL, FUNNEL.columns, rows)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A spreadsheet whose «Воронка» has 50 000 rows."""
    with running(tmp_path_factory.mktemp("google")) as found:
        found.tabs = (FUNNEL, LOG)
        gc.disable()  # the double holds 200 000 cells that would be looked at again and again
        yield found
        gc.enable()


def refresh(live: Live, table: Table) -> int:
    """Bytes of one refresh, those of its reads too."""
    live.double.calls.clear()
    live.double.asked.clear()
    book = live.book()
    book.read()
    return book.write([table, log_table()], live.stamp()).bytes


def test_a_fill_of_50_000_rows_comes_in_parts_and_appears_at_once(live: Live) -> None:
    refresh(live, funnel(0, ROWS))
    batches = [a for a in live.double.asked if a.path.endswith(":batchUpdate")]
    assert len(batches) == 6
    kind, draft = next(iter(batches[0].json()["requests"][0].items()))
    assert kind == "addSheet"
    for part in batches[:-1]:
        requests = part.json()["requests"]
        sheets = {r["updateCells"]["start"]["sheetId"] for r in requests if "updateCells" in r}
        assert sheets == {draft["properties"]["sheetId"]}
        assert len(part.body) < 2_000_000
    kinds = [next(iter(r)) for r in batches[-1].json()["requests"]]
    assert kinds.count("copyPaste") == 5
    assert len(batches[-1].body) < 20_000
    rows = shown(live.hand.tab("Воронка"))
    assert len(rows) == ROWS + 1
    assert rows[40_001] == [46143 + 20_000, "Директ — поиск", 0, 50_000.0]
    assert [tab.title for tab in live.hand.book.tabs] == ["Воронка", "Журнал"]


def test_ten_new_rows_of_50_000_send_kilobytes(live: Live) -> None:
    assert refresh(live, funnel(0, ROWS + 10)) < 6_000
    assert live.asked == [":getByDataFilter", "/values:batchGetByDataFilter", ":batchUpdate"]
    assert len(live.hand.rows("Воронка")) == ROWS + 11


def test_a_day_that_leaves_and_one_that_comes_send_kilobytes(live: Live) -> None:
    assert refresh(live, funnel(40, ROWS + 50, wrong=30_000)) < 10_000
    rows = live.hand.rows("Воронка")
    assert len(rows) == ROWS + 11
    assert rows[1][0] == 46143 + 20
    assert rows[30_000 - 40 + 1][3] == 30_000 * 1.25 + 1


def test_nothing_new_sends_only_the_stamp(live: Live) -> None:
    assert refresh(live, funnel(40, ROWS + 50, wrong=30_000)) < 1_000
    assert live.kinds() == STAMP_ONLY
