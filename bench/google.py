"""The same tabs into a spreadsheet on Google's double: our book against gspread-dataframe."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import gspread
import pandas as pd
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.service_account import Credentials
from gspread_dataframe import set_with_dataframe

from bench.clinic import AS_OF, clinic, settings
from bench.clock import Took, line, thousands, time_of
from sheets_sync.books.book import Stamp
from sheets_sync.books.google.client import SCOPE, open_google
from sheets_sync.clinic.config import BookConfig, Clinic
from sheets_sync.settings import Service
from templates_sheets.laying import Answers, tables
from templates_sheets.material import Material
from templates_sheets.tab import Table
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.sheets import NAME, SheetsDouble

_NOON = datetime.combine(AS_OF, time(12))
_GOOGLE = "https://sheets.googleapis.com"


@dataclass(frozen=True)
class _Sent:
    """What filling the spreadsheet once took: requests, bytes of their bodies, CPU of both sides."""

    requests: int
    bytes: int
    took: Took

    def __str__(self) -> str:
        size = f"{self.bytes / 1024:.0f} KB"
        return f"{self.requests} requests, {size}, CPU {self.took.cpu:.1f}"


class _Ranges(SheetsDouble):
    """The double, and the calls by ranges that gspread-dataframe makes and our book does not."""

    cells = 0

    def answer(self, request: Asked) -> Reply:
        if request.method == "POST" and "/values/" in request.path:
            rows = request.json()["values"]
            self.cells += sum(len(row) for row in rows)
            self.calls.append(("values:update", 200))
            return json_reply({"spreadsheetId": NAME, "updatedRows": len(rows)})
        if request.method == "GET":
            request = replace(request, query={"fields": "properties,sheets(properties)"})
        return super().answer(request)


class _HttpClient(gspread.HTTPClient):
    """gspread's own client at the double's address, which knows no PUT."""

    endpoint = ""

    def request(self, method: str, endpoint: str, *args: Any, **more: Any) -> Any:
        method = "post" if method == "put" else method
        return super().request(method, endpoint.replace(_GOOGLE, self.endpoint), *args, **more)


def measure(appointments: int) -> None:
    """Fill a new spreadsheet, then once more with nothing new; print requests, bytes and CPU."""
    made = _tables(appointments)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = _ours(made, Path(folder)), _theirs(made, Path(folder))
    cells = sum(len(t.rows) * len(t.columns) for t in made)
    what = f"{len(made)} tabs, {thousands(cells)} cells, to Google"
    for name, one, two in zip(("new", "nothing new"), ours, theirs, strict=True):
        ratio = f"{two.bytes / max(one.bytes, 1):.1f}×"
        line(f"{what}, {name}", str(one), f"gspread-dataframe {two}", ratio)


def _tables(appointments: int) -> list[Table]:
    chosen = settings()
    noon = datetime.combine(chosen.as_of, time(12), chosen.zone)
    return tables(Answers(Material(chosen, clinic(appointments).frames, noon)))


def _ours(made: Sequence[Table], folder: Path) -> list[_Sent]:
    with SheetsDouble() as double:
        double.quota = None
        double.new()
        service = Service(
            google_credentials=double.write_key(folder / "ours.json"), google_endpoint=double.url
        )
        whose = Clinic(name="Клиника", book=BookConfig(kind="google", spreadsheet_id=NAME))
        kept: dict[str, Any] = {}

        def fill(run: int) -> None:
            nonlocal kept
            book = open_google(whose, service)
            book.kept = kept
            book.read()
            book.write(made, Stamp(f"run-{run}", _NOON + timedelta(hours=run)))
            kept = book.kept

        return [_sent(double, lambda run=run: fill(run)) for run in range(2)]  # type: ignore[misc]


def _theirs(made: Sequence[Table], folder: Path) -> list[_Sent]:
    """Values alone: no formats, notes, charts or words that people typed beside them."""
    frames = {
        t.tab.title: pd.DataFrame(t.rows, columns=[c.title for c in t.columns], dtype=object)
        for t in made
    }
    with _Ranges() as double:
        double.quota = None
        double.new()
        key = double.write_key(folder / "theirs.json")
        credentials = Credentials.from_service_account_file(str(key), scopes=(SCOPE,))
        _HttpClient.endpoint = double.url
        client = gspread.Client(
            credentials, session=AuthorizedSession(credentials), http_client=_HttpClient
        )

        def fill(*, new: bool) -> None:
            book = client.open_by_key(NAME)
            for title, frame in frames.items():
                size = (len(frame) + 1, max(len(frame.columns), 1))
                sheet = book.add_worksheet(title, *size) if new else book.worksheet(title)
                set_with_dataframe(sheet, frame, resize=not new)

        sent = [_sent(double, lambda new=new: fill(new=new)) for new in (True, False)]  # type: ignore[misc]
        expected = sum((len(frame) + 1) * len(frame.columns) for frame in frames.values())
        assert double.cells == 2 * expected, (double.cells, expected)
        return sent


def _sent(double: SheetsDouble, fill: Any) -> _Sent:
    double.calls.clear()
    double.asked.clear()
    took = time_of(fill)
    size = sum(len(request.body) for request in double.asked if request.path != "/token")
    return _Sent(len(double.calls), size, took)
