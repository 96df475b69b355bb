"""`romi-sheets verify`: the book recounted from its own cells, without a source or the store."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from metrics.reports.verification import verification
from metrics.verification.written_book import UnreadableBookError
from sheets_sync.books.book import Book
from sheets_sync.errors import BookError


@dataclass(frozen=True)
class VerifyReport:
    """Where the book is, and `metrics.reports.verification` of its cells."""

    address: str
    rows: pd.DataFrame

    @property
    def checked(self) -> int:
        return int(self.rows["checked"].sum())

    @property
    def differ(self) -> int:
        return int(self.rows["differ"].sum())


def verify(book: Book) -> VerifyReport:
    """Recount a book as it stands. Raises BookError where it cannot be read or recounted."""
    try:
        return VerifyReport(book.address, verification(book.cells()))
    except UnreadableBookError as wrong:
        raise BookError(
            f"таблицу не пересчитать: {wrong}.",
            where=book.address,
            hint="Это таблица romi-sheets? Если её заполнял старый выпуск, обновите её ещё раз.",
        ) from wrong
