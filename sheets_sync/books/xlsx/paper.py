"""How a table is printed: paper, margins, footer, pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sheets_sync.books.xlsx.rows import RowSheet
from templates_sheets.tab import Table

_A4 = 9
#: Pixels: printable width of A4 inside our margins with some air (LibreOffice lays columns a little
#: wider), a digit of our font, room of a cell.
_LANDSCAPE, _PORTRAIT, _DIGIT, _CELL_ROOM = 960, 660, 7, 5


def set_page(sheet: RowSheet, table: Table, clinic: str) -> None:
    """Paper, margins, footer with the clinic's name, columns of a page that are repeated."""
    tab, titles = table.tab, [column.title for column in table.columns]
    sheet.set_paper(_A4)
    if tab.landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(0)
    name = clinic.replace("&", "&&")
    sheet.set_footer(f"&L&8{name}&C&8{tab.title}&R&8стр. &P из &N")
    if tab.page_at:
        cuts = [titles.index(title) for title in tab.page_at]
        sheet.print_across()
        sheet.repeat_columns(0, tab.freeze - 1)
        sheet.set_v_pagebreaks(cuts)
        sheet.set_print_scale(_scale_of_print(table, cuts))
    else:
        sheet.fit_to_pages(1, 1 if tab.one_page else 0)


def _scale_of_print(table: Table, cuts: Sequence[int]) -> int:
    """The percent at which the widest page, with the columns repeated on it, fits the paper.

    Columns of a closed group are not printed.
    """
    widths = [0 if c.group else c.width * _DIGIT + _CELL_ROOM for c in table.columns]
    repeated = sum(widths[: table.tab.freeze])
    edges = [0, *cuts, len(widths)]
    pages = [
        sum(widths[first:last]) + (repeated if first else 0) for first, last in pairwise(edges)
    ]
    paper = _LANDSCAPE if table.tab.landscape else _PORTRAIT
    return max(10, min(100, int(100 * paper / max(pages))))
