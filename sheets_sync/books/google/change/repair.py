"""One tab that is there, as `init` leaves it: columns in order, its look forced, its rows as they are."""

from __future__ import annotations

from dataclasses import replace

from sheets_sync.books.google.change.columns import place_columns
from sheets_sync.books.google.change.laid import Anew, TabPlan, longer, new_header, relaid
from sheets_sync.books.google.look.drawn import Drawn
from sheets_sync.books.google.look.hashes import record_of
from sheets_sync.books.google.look.needed import Looks, needed_requests
from sheets_sync.books.google.read.layout import BookTab
from sheets_sync.books.google.read.ours import identities
from sheets_sync.books.google.wire import wire_rows
from templates_sheets.tab import Table


def repair_tab(table: Table, sheet: BookTab, looks: Looks) -> TabPlan:
    """An update whose look is forced, without what is so already. `looks` are cells of all tabs."""
    before = sheet.record
    placed = place_columns(sheet, table, in_order=True)
    drawn = Drawn(table, sheet.id, max(sheet.top, 0), placed.at, range(before.rows))
    target = record_of(table, identities(table, wire_rows(table)), before)
    # Where the texts laid were others (last week's columns), the next refresh brings the new ones.
    forced = Anew(
        titles=target.titles == before.titles or sheet.top < 0 or bool(placed.fresh),
        hints=target.hints == before.hints or not before.signed or sheet.top < 0,
        look=True,
        filter=table.tab.filters and sheet.filter is None,
    )
    requests, marks = relaid(drawn, sheet, placed, forced)
    if not placed.moved and sheet.top >= 0:
        requests = list(needed_requests(requests, drawn, sheet, looks))
    laid = any(kind in ("repeatCell", "setDataValidation") for r in requests for kind in r)
    kept = replace(
        before,
        titles=target.titles if forced.titles else before.titles,
        hints=target.hints if forced.hints else before.hints,
        look=target.look,
        hidden=table.hidden,
        # Formats of single cells went with those of their columns: the next refresh lays them again.
        body="" if laid and before.body else before.body,
        rules=marks,
    )
    there = sheet.rows + (sheet.top < 0)
    size = (max(there, drawn.end), placed.width)
    first = [*new_header(table, sheet), *placed.requests]
    rows = list(longer(sheet.id, drawn.end - there))
    return TabPlan(drawn, kept, sheet, size, first, rows, look=requests)
