"""«Замолчать»: a signed link that stops a clinic's alerts for a week; the digest still comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer

from sheets_sync.clinic.config import Clinic
from sheets_sync.home import page_key
from sheets_sync.settings import Service

#: How long alerts are silent, and how long a link is good.
WEEK = timedelta(days=7)


def mute_path(key: bytes, clinic: str, now: datetime) -> str:
    """The path of a link that may be used for a week, as often as one likes."""
    until = int((now + WEEK).timestamp())
    return "/mute/" + str(_signer(key).dumps([clinic, until]))


def clinic_to_mute(key: bytes, token: str, now: datetime) -> str:
    """The clinic of a link; "" for one that is altered or late."""
    try:
        clinic, until = _signer(key).loads(token)
    except BadData:
        return ""
    return str(clinic) if now.timestamp() <= until else ""


def mute_link(service: Service, clinic: Clinic, now: datetime) -> str:
    """The whole address; "" where nobody has said where the pages are."""
    return service.url + mute_path(page_key(service), clinic.id, now) if service.url else ""


def book_link(service: Service, clinic: Clinic) -> str:
    """Where a reader finds the book: the spreadsheet, else the clinic's page, else the file's name."""
    if clinic.book.kind == "google":
        return f"https://docs.google.com/spreadsheets/d/{quote(clinic.book.spreadsheet_id)}/edit"
    page = f"{service.url}/clinics/{quote(clinic.id)}"
    return page if service.url else clinic.book.path.name


def _signer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="mute")
