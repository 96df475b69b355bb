"""Every cell of a book that can be recounted."""

from __future__ import annotations

from collections.abc import Iterator

from metrics.verification import of_days, of_period, within
from metrics.verification.recount import Recount
from metrics.verification.written_book import written_book
from metrics.verification.written_tab import Written

_PARTS = (
    of_period.of_channels,
    of_period.of_campaigns,
    of_days.of_summary,
    of_days.of_weeks,
    of_period.of_units,
    of_days.of_cohorts,
    of_days.of_plan,
    of_period.of_comparison,
    within.of_worth,
    within.of_roads,
    within.of_recall,
    within.of_moves,
    within.of_changes,
    within.of_reconciliation,
)


def recounts(written: Written) -> Iterator[Recount]:
    """In: the cells of a book, title -> rows. Out: each cell beside what it must be.

    None where nothing happened yet; what a tab has no column for is left out. Raises
    UnreadableBookError.
    """
    book = written_book(written)
    if book:
        for part in _PARTS:
            yield from (one for one in part(book) if one.there)
