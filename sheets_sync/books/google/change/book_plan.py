"""From a spreadsheet as it is and the tables to show: everything to send, in one batch or in parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from metrics.coded import fold
from sheets_sync.books.book import Stamp, fitted
from sheets_sync.books.google.blocks import update_cells
from sheets_sync.books.google.change import metadata
from sheets_sync.books.google.change.laid import TabPlan
from sheets_sync.books.google.change.new_tab import new_tab
from sheets_sync.books.google.change.people_tab import update_input
from sheets_sync.books.google.change.repair import repair_tab
from sheets_sync.books.google.change.service_tab import Survey, survey, update_tab
from sheets_sync.books.google.change.stage import FillBatch, fill_stages
from sheets_sync.books.google.look.charts import chart_id, charts, position
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.groups import group_marks, links
from sheets_sync.books.google.look.hashes import look_hash
from sheets_sync.books.google.look.needed import Looks
from sheets_sync.books.google.look.notes import Notes, signed
from sheets_sync.books.google.ranges import Request
from sheets_sync.books.google.read import record
from sheets_sync.books.google.read.layout import BookTab, Layout, adopted
from sheets_sync.books.google.read.record import Mark, column_id, digest
from sheets_sync.books.google.wire import MOST_CHARACTERS, Row
from sheets_sync.errors import BookError
from templates_sheets.tab import Table

#: What a spreadsheet holds at most, blank cells included (Google's own limit).
MOST_CELLS = 10_000_000


@dataclass(frozen=True)
class Scene:
    """A spreadsheet as it is.

    clinic  whose book it will be
    values  cells by sheet id
    surveys  reports that are there, by tab key
    notes   by sheet id: those that the surveys ask for
    sort    whether Google may sort rows
    looks   how cells look; given by `init` only, which leaves rows alone
    """

    layout: Layout
    clinic: str = ""
    values: Mapping[int, Sequence[Row]] = field(default_factory=dict)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    notes: Mapping[int, Notes] = field(default_factory=dict)
    sort: bool = True
    looks: Looks | None = None


@dataclass(frozen=True)
class BookPlan:
    """What to send. `parts` go first, each a batch of its own that nobody sees; then `requests`,
    one atomic batch. `mark` is the stamp in it."""

    requests: list[Request]
    parts: list[FillBatch]
    mark: Mark
    cells: int


def must_be_whole(layout: Layout, tables: Sequence[Table]) -> bool:
    """Whether more than cells must be laid, so that the whole structure must be known."""
    flat = {t.tab.key: Drawn(t, 0, 0, tuple(range(len(t.columns)))) for t in tables}
    for table in tables:
        sheet = layout.sheets.get(table.tab.key)
        if sheet is None or sheet.top < 0 or not sheet.record_id:
            return True
        target = {column_id(column) for column in table.columns}
        gone = set(sheet.at) - target if table.tab.filled_by == "service" else set()
        if gone or target - set(sheet.at) or sheet.record.look != look_hash(signed(table)):
            return True
        if sheet.record.groups != group_marks(table):
            return True
        charts_before = {*sheet.record.drawn, *sheet.record.lost}
        drawn = {chart_id(chart) for chart, _ in charts(flat[table.tab.key], flat)}
        if drawn - charts_before or charts_before - {chart_id(chart) for chart in table.tab.charts}:
            return True
    return False


def surveys(
    tables: Sequence[Table], layout: Layout, values: Mapping[int, Sequence[Row]]
) -> dict[str, Survey]:
    """Reports that are there, by tab key."""
    return {
        table.tab.key: survey(_ready(table), *_there(table, sheet, values))
        for table in tables
        if table.tab.filled_by == "service" and (sheet := layout.sheets.get(table.tab.key))
    }


def plan(tables: Sequence[Table], scene: Scene, stamp: Stamp) -> BookPlan:
    """Everything to send so that the spreadsheet shows `tables`; nothing where `init` finds it sound.

    Tabs of ours that are not among them stay as they are.
    Raises BookError where the spreadsheet would be too large.
    """
    tabs = [_tab_plan(table, place, scene) for place, table in enumerate(tables)]
    drawn_charts, tabs = _charts(tabs, scene)
    _check_size(tabs, scene.layout)
    big = fill_stages(tabs, scene.layout.sheets.get(record.STAGE))
    requests = [
        *(request for tab in tabs for request in tab.first),
        *_marks(tabs),
        *(request for tab in tabs for request in tab.rows),
        *big.copies,
        *(update_cells(t.drawn.sheet_id, b) for t in big.direct for b in t.blocks),
        *(request for tab in tabs for request in tab.look),
        *_links(tabs, scene.layout),
        *drawn_charts,
        *_records(tabs),
        *big.clean,
        *_without_blank_tab(scene),
    ]
    if scene.looks is not None and not requests and scene.layout.mark.clinic == scene.clinic:
        return BookPlan([], [], scene.layout.mark, 0)
    mark = Mark(
        record.next_stamp_id(scene.layout.mark.id),
        stamp.run_id,
        digest([requests, big.content]),
        stamp.at.isoformat(),
        scene.clinic,
    )
    requests += [
        metadata.on_spreadsheet(mark.id, record.STAMP, mark.dump()),
        *(metadata.delete_metadata(number) for number in scene.layout.marks),
    ]
    cells = sum(block.cells for tab in tabs for block in tab.blocks)
    return BookPlan(requests, big.parts, mark, cells)


def _ready(table: Table) -> Table:
    """The table as a spreadsheet can hold it: texts not too long, notes of ours signed."""
    return signed(fitted(table, MOST_CHARACTERS))


def _there(
    table: Table, sheet: BookTab, values: Mapping[int, Sequence[Row]]
) -> tuple[BookTab, Sequence[Row]]:
    """A tab that is there, and all its cells."""
    raw = values.get(sheet.id, [])
    return adopted(sheet, table.tab, raw[0] if raw else []), raw


def _tab_plan(table: Table, place: int, scene: Scene) -> TabPlan:
    sheet = scene.layout.sheets.get(table.tab.key)
    if sheet is None:
        return new_tab(_ready(table), _free_title(table.tab.title, scene.layout), place)
    if scene.looks is not None:
        there, _ = _there(table, sheet, scene.values)
        return repair_tab(_ready(table), there, scene.looks)
    if table.tab.filled_by == "people":
        return update_input(_ready(table), *_there(table, sheet, scene.values))
    return update_tab(scene.surveys[table.tab.key], scene.notes.get(sheet.id, {}), sort=scene.sort)


def _free_title(title: str, layout: Layout) -> str:
    """The tab's title, with a number where people have a tab of that name."""
    titles = {fold(s.title) for s in (*layout.sheets.values(), *layout.others)}
    names = (title if number == 1 else f"{title} {number}" for number in range(1, len(titles) + 2))
    return next(name for name in names if fold(name) not in titles)


def _charts(tabs: Sequence[TabPlan], scene: Scene) -> tuple[list[Request], list[TabPlan]]:
    """Requests for charts, and the plans with what will be remembered of them.

    A chart that somebody deleted stays deleted until `init`.
    """
    by_key = {tab.drawn.table.tab.key: tab.drawn for tab in tabs}
    # A chart's ranges follow rows that move, which is not always what they are to show.
    moved = {tab.drawn.table.tab.key for tab in tabs if tab.rows}
    requests: list[Request] = []
    planned = []
    for tab in tabs:
        specs = {chart_id(chart): (chart, spec) for chart, spec in charts(tab.drawn, by_key)}
        before = tab.sheet.record if tab.sheet else record.Record("")
        there = set(before.drawn)
        lost = set(before.lost)
        if tab.sheet and scene.layout.whole:
            lost |= there - tab.sheet.charts
            there = (there | set(specs)) & tab.sheet.charts
        if scene.looks is not None:
            lost = set()
        hashed = digest([spec for _, spec in specs.values()])
        for number, (chart, spec) in specs.items():
            if number in lost:
                continue
            if number not in there:
                where = position(chart, tab.drawn)
                added = {"chartId": number, "spec": spec, "position": where}
                requests.append({"addChart": {"chart": added}})
            elif scene.looks is None and (
                hashed != before.charts or (chart.of or tab.drawn.table.tab.key) in moved
            ):
                requests.append({"updateChartSpec": {"chartId": number, "spec": spec}})
        gone = there - {chart_id(chart) for chart in tab.drawn.table.tab.charts}
        requests += [{"deleteEmbeddedObject": {"objectId": number}} for number in sorted(gone)]
        kept = replace(
            tab.record,
            charts=hashed if scene.looks is None or not tab.sheet else before.charts,
            drawn=tuple(sorted((there - gone) | (set(specs) - lost))),
            lost=tuple(sorted(lost)),
        )
        planned.append(replace(tab, record=kept))
    return requests, planned


def _links(tabs: Sequence[TabPlan], layout: Layout) -> Iterator[Request]:
    """Cells that lead to other tabs, where those are not as they were left."""
    sheets = {key: sheet.id for key, sheet in layout.sheets.items()}
    sheets |= {tab.drawn.table.tab.key: tab.drawn.sheet_id for tab in tabs}
    for tab in tabs:
        if tab.record.links and tab.record.links != (tab.sheet.record.links if tab.sheet else ""):
            yield from links(tab.drawn, sheets)


def _marks(tabs: Sequence[TabPlan]) -> Iterator[Request]:
    """Metadata of tabs that have none: new ones, and those that lost it."""
    for tab in tabs:
        if tab.sheet is None or not tab.sheet.record_id:
            table, drawn, sheet = tab.drawn.table, tab.drawn, tab.sheet
            yield from metadata.tab_marks(table, tab.record.dump(), drawn.sheet_id)
            yield metadata.head_mark(table, drawn.sheet_id, drawn.top)
            there = set(sheet.at) if sheet else {column_id(c) for c in table.columns}
            for place, column in enumerate(table.columns):
                if column_id(column) in there:
                    yield from metadata.column_marks(table, place, drawn.sheet_id, drawn.at[place])


def _records(tabs: Sequence[TabPlan]) -> Iterator[Request]:
    for tab in tabs:
        if tab.sheet and tab.sheet.record_id and tab.record != tab.sheet.record:
            yield metadata.update_metadata(tab.sheet.record_id, tab.record.dump())


def _without_blank_tab(scene: Scene) -> Iterator[Request]:
    """Away with the blank tab that every new spreadsheet begins with."""
    others = scene.layout.others
    if scene.layout.is_new and len(others) == 1 and others[0].id == 0:
        blank = not any(cell != "" for row in scene.values.get(0, [[1]]) for cell in row)
        if blank and not others[0].charts:
            yield {"deleteSheet": {"sheetId": 0}}


def _check_size(tabs: Sequence[TabPlan], layout: Layout) -> None:
    ours = {tab.drawn.sheet_id for tab in tabs}
    kept = [s for s in (*layout.sheets.values(), *layout.others) if s.id not in ours]
    cells = sum(rows * columns for rows, columns in (tab.size for tab in tabs))
    cells += sum(sheet.rows * sheet.columns for sheet in kept)
    if cells > MOST_CELLS:
        raise too_large(f"{cells / 1e6:.1f} млн".replace(".", ","))


def too_large(cells: str = "слишком много") -> BookError:
    """The error of a spreadsheet that would hold more cells than Google allows."""
    return BookError(
        f"в таблице стало бы {cells} ячеек: Google хранит не больше 10 млн вместе с пустыми; "
        "таблица не тронута.",
        hint="Уменьшите «Воронка: месяцев» в «Настройки» или удалите из таблицы свои большие "
        "вкладки и обновите ещё раз.",
    )
