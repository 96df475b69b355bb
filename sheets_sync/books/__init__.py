"""What a book is, and its two kinds: a Google spreadsheet and an .xlsx workbook."""

from __future__ import annotations

from pathlib import Path

from sheets_sync.books.book import Book, OtherClinicError
from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import BookError, ConfigError
from sheets_sync.settings import Service


def must_own_book(clinic: Clinic, service: Service) -> None:
    """Raises OtherClinicError where the clinic's book is another's; no other fault of it matters."""
    try:
        open_book(clinic, service).read()
    except OtherClinicError:
        raise
    except (BookError, ConfigError):
        return


def open_workbook(path: Path) -> Book:
    """A workbook by its path, whoever fills it."""
    from sheets_sync.books.xlsx.book import XlsxBook  # noqa: PLC0415

    return XlsxBook(path)


def open_book(clinic: Clinic, service: Service) -> Book:
    """The clinic's book, not read yet. Raises BookError where Google's key is missing or wrong.

    Each kind is loaded when it is asked for: gspread and XlsxWriter are slow to load, and no run
    needs both.
    """
    if clinic.book.kind == "google":
        from sheets_sync.books.google.client import open_google  # noqa: PLC0415

        return open_google(clinic, service)
    from sheets_sync.books.xlsx.book import XlsxBook  # noqa: PLC0415

    return XlsxBook(clinic.path(clinic.book.path), clinic.name, clinic.id)
