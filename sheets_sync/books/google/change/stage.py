"""A fill too large for one request: it arrives in parts in a hidden tab, then appears at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sheets_sync.books.google.blocks import Block
from sheets_sync.books.google.change.laid import TabPlan
from sheets_sync.books.google.change.metadata import on_line, on_tab, update_metadata
from sheets_sync.books.google.look.format import is_theirs
from sheets_sync.books.google.ranges import Request, area, spans
from sheets_sync.books.google.read import record
from sheets_sync.books.google.read.layout import BookTab
from sheets_sync.books.google.read.record import Record, digest, stable_id
from sheets_sync.books.google.wire import Row, cell_value

#: Cells in one request: about the 2 MB that Google advises.
MOST_CELLS = 40_000
#: Unchanged rows that are sent again to save a copy of their own.
_GAP = 50
_TITLE = "romi-sheets: черновик"


@dataclass(frozen=True)
class _Chunk:
    """Rows to send: where they belong, and the row of the hidden tab that keeps them."""

    sheet_id: int
    row: int
    column: int
    rows: list[Row]
    to: int


@dataclass(frozen=True)
class FillBatch:
    """One batch of a large fill: cells into the hidden tab, and how many parts are there then."""

    begin: list[Request]
    chunks: list[_Chunk]
    done: int
    content: str

    @property
    def sheet_id(self) -> int:
        return _sheet_id(self.content)

    @property
    def requests(self) -> list[Request]:
        """Made when they are sent: those of all parts at once would fill the memory."""
        number = stable_id("record", record.STAGE)
        kept = update_metadata(number, _record(self.content, self.done))
        return [*self.begin, *(_fill(chunk, self.sheet_id) for chunk in self.chunks), kept]


@dataclass(frozen=True)
class FillStages:
    """How the cells of all tabs travel.

    direct  tabs whose blocks go in the last batch
    parts   batches that go before it; none if everything fits
    copies  requests of the last batch that copy the hidden tab's cells to where they belong
    clean   requests that take the hidden tab away
    content  a hash of all cells that travel in parts
    """

    direct: list[TabPlan]
    parts: list[FillBatch] = field(default_factory=list)
    copies: list[Request] = field(default_factory=list)
    clean: list[Request] = field(default_factory=list)
    content: str = ""


def fill_stages(tabs: Sequence[TabPlan], there: BookTab | None) -> FillStages:
    """Put the largest tabs aside until the rest fits one request.

    there  a hidden tab from an interrupted fill: if it holds the beginning of this very fill, the
           fill goes on behind it, else it begins anew
    """
    direct = sorted(tabs, key=lambda tab: _cells(tab) if tab.shown else 0)
    aside: list[TabPlan] = []
    while sum(map(_cells, direct)) > MOST_CELLS and direct[-1].shown:
        aside.insert(0, direct.pop())
    away: list[Request] = [{"deleteSheet": {"sheetId": there.id}}] if there else []
    if not aside:
        return FillStages(list(tabs), clean=away)
    chunks = list(_chunks(aside))
    content = digest([chunk.rows for chunk in chunks])
    done = there.record.done if there and there.record.charts == content else 0
    size = (chunks[-1].to + len(chunks[-1].rows) + 1, max(len(c.rows[0]) for c in chunks))
    parts = []
    for number, packed in enumerate(_packed(chunks), start=1):
        begin = [*away, *_new(size, content)] if number == 1 else []
        parts.append(FillBatch(begin, packed, number, content))
    return FillStages(
        [*direct, *map(_people_only, aside)],
        parts[done:],
        [_copy(chunk, _sheet_id(content)) for chunk in chunks],
        [{"deleteSheet": {"sheetId": _sheet_id(content)}}],
        content,
    )


def _sheet_id(content: str) -> int:
    """Other cells, another id: a late part of a lost worker finds no tab to get into."""
    return stable_id("tab", record.STAGE, content)


def _cells(tab: TabPlan) -> int:
    return sum(block.cells for block in tab.blocks)


def _chunks(tabs: Sequence[TabPlan]) -> Iterator[_Chunk]:
    """Changed rows of the tabs, whole but for the columns where people write."""
    to = 1
    for tab in tabs:
        changed = sorted({r for b in tab.blocks for r in range(b.row, b.row + len(b.rows))})
        first = tab.drawn.top + 1
        for start, end in _near(changed, {first + line for line in tab.theirs}):
            for columns in _segments(tab):
                rows = [[row[i] for i in columns] for row in tab.shown[start - first : end - first]]
                step = max(1, MOST_CELLS // len(columns))
                for skip in range(0, len(rows), step):
                    part = rows[skip : skip + step]
                    place = tab.drawn.at[columns[0]]
                    yield _Chunk(tab.drawn.sheet_id, start + skip, place, part, to)
                    to += len(part)


def _near(rows: Sequence[int], theirs: Collection[int]) -> Iterator[tuple[int, int]]:
    """Half-open runs of ascending numbers; small gaps are taken along, but no line of people's."""
    start = end = rows[0]
    for row in rows:
        if row - end > _GAP or any(line in theirs for line in range(end, row)):
            yield start, end
            start = row
        end = row + 1
    yield start, end


def _segments(tab: TabPlan) -> Iterator[list[int]]:
    """Columns of the table that touch in the sheet, without those where people write."""
    table = tab.drawn.table
    ours = {
        tab.drawn.at[i]: i
        for i, column in enumerate(table.columns)
        if not is_theirs(column, table.tab)
    }
    for start, end in spans(sorted(ours)):
        yield [ours[at] for at in range(start, end)]


def _people_only(tab: TabPlan) -> TabPlan:
    """What of a tab set aside still goes directly: cells where people write."""
    table = tab.drawn.table
    theirs = {
        at for at, c in zip(tab.drawn.at, table.columns, strict=True) if is_theirs(c, table.tab)
    }
    blocks = []
    for block in tab.blocks:
        for at in sorted(theirs & set(range(block.column, block.column + len(block.rows[0])))):
            cells = [[row[at - block.column]] for row in block.rows]
            blocks.append(Block(block.row, at, cells))
    return replace(tab, blocks=blocks)


def _packed(chunks: Sequence[_Chunk]) -> Iterator[list[_Chunk]]:
    """Chunks in groups that fit one request each."""
    group: list[_Chunk] = []
    cells = 0
    for chunk in chunks:
        size = len(chunk.rows) * len(chunk.rows[0])
        if group and cells + size > MOST_CELLS:
            yield group
            group, cells = [], 0
        group.append(chunk)
        cells += size
    yield group


def _record(content: str, done: int) -> str:
    return Record(record.STAGE, charts=content, done=done).dump()


def _new(size: tuple[int, int], content: str) -> Iterator[Request]:
    sheet_id = _sheet_id(content)
    properties = {
        "sheetId": sheet_id,
        "title": _TITLE,
        "hidden": True,
        "gridProperties": {"rowCount": size[0], "columnCount": size[1]},
    }
    yield {"addSheet": {"properties": properties}}
    number = stable_id("record", record.STAGE)
    yield on_tab(number, record.TAB, _record(content, 0), sheet_id)
    head = stable_id("head", record.STAGE)
    yield on_line(head, record.HEAD, record.STAGE, sheet_id, "ROWS", 0)


def _fill(chunk: _Chunk, sheet_id: int) -> Request:
    return {
        "updateCells": {
            "start": {"sheetId": sheet_id, "rowIndex": chunk.to, "columnIndex": 0},
            "rows": [{"values": [cell_value(cell) for cell in row]} for row in chunk.rows],
            "fields": "userEnteredValue",
        }
    }


def _copy(chunk: _Chunk, sheet_id: int) -> Request:
    height, width = len(chunk.rows), len(chunk.rows[0])
    return {
        "copyPaste": {
            "source": area(sheet_id, chunk.to, chunk.to + height, 0, width),
            "destination": area(
                chunk.sheet_id,
                chunk.row,
                chunk.row + height,
                chunk.column,
                chunk.column + width,
            ),
            "pasteType": "PASTE_VALUES",
        }
    }
