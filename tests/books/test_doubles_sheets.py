"""The Sheets double over the wire: tokens, quotas, filters, its page and its process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials

from tests.books.sheet_requests import META
from tests.doubles.sheets import NAME, SheetsDouble
from tests.doubles.sheets_hand import Hand
from tests.doubles.sheets_token import SCOPE


@pytest.fixture(scope="module")
def double() -> Iterator[SheetsDouble]:
    with SheetsDouble() as found:
        yield found


@pytest.fixture
def session(double: SheetsDouble, tmp_path: Path) -> AuthorizedSession:
    double.reset()
    double.new()
    return _session(double.write_key(tmp_path / "key.json"), SCOPE)


def _session(key: Path, scope: str) -> AuthorizedSession:
    return AuthorizedSession(Credentials.from_service_account_file(str(key), scopes=[scope]))


def _url(
    double: SheetsDouble, what: str = "?fields=sheets.properties.title", name: str = NAME
) -> str:
    return f"{double.url}/v4/spreadsheets/{name}{what}"


def test_a_signed_exchange_opens_what_is_shared(
    double: SheetsDouble, session: AuthorizedSession
) -> None:
    answer = session.get(_url(double))
    assert answer.json() == {"sheets": [{"properties": {"title": "Лист1"}}]}
    assert requests.get(_url(double), timeout=5).status_code == 401
    assert session.get(_url(double, name="nothing")).json()["error"]["status"] == "NOT_FOUND"


def test_another_key_or_scope_gets_no_token(
    double: SheetsDouble, session: AuthorizedSession, tmp_path: Path
) -> None:
    del session
    key = double.write_key(tmp_path / "key.json")
    with pytest.raises(RefreshError, match="invalid_scope"):
        _session(key, "https://www.googleapis.com/auth/drive").credentials.refresh(Request())
    double.tokens.revoked = True
    with pytest.raises(RefreshError, match="invalid_grant"):
        _session(key, SCOPE).credentials.refresh(Request())


def test_reads_and_writes_are_counted_apart(
    double: SheetsDouble, session: AuthorizedSession
) -> None:
    double.quota, double.retry_after = 1, 30
    body = {"requests": [{"addSheet": {"properties": {"title": "x"}}}]}
    assert session.get(_url(double)).status_code == 200
    assert session.post(_url(double, ":batchUpdate"), json=body).status_code == 200
    refused = session.get(_url(double))
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "30"
    assert refused.json()["error"]["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "body", ['{"requests": [', '{"requests": NaN}', '{"requests": [{"x": {}}]}']
)
def test_what_is_no_json_or_no_request_is_refused(
    double: SheetsDouble, session: AuthorizedSession, body: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = session.post(_url(double, ":batchUpdate"), data=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_a_filter_gives_only_what_it_touches(
    double: SheetsDouble, session: AuthorizedSession
) -> None:
    hand = double.hand()
    hand.add_tab("Моя", [["а", 1], ["б", "=A1"]])
    row = {"sheetId": hand.tab("Моя").id, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    hand.book.metadata.append(META | {"location": {"dimensionRange": row}})
    lookup = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "k"}}]}
    fields = "?fields=sheets(properties.title,data(startRow,rowData.values.userEnteredValue))"
    found = session.post(_url(double, f":getByDataFilter{fields}"), json=lookup).json()
    cells_ = [
        {"userEnteredValue": {"stringValue": "б"}},
        {"userEnteredValue": {"formulaValue": "=A1"}},
    ]
    assert found == {
        "sheets": [
            {
                "properties": {"title": "Моя"},
                "data": [{"startRow": 1, "rowData": [{"values": cells_}]}],
            }
        ]
    }
    nothing = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "none"}}]}
    assert session.post(_url(double, f":getByDataFilter{fields}"), json=nothing).json() == {}


def test_the_page_shows_every_tab(double: SheetsDouble, session: AuthorizedSession) -> None:
    del session
    Hand(double.books[NAME]).type("Лист1", 1, 0, "<b>")
    assert "&lt;b&gt;" in requests.get(f"{double.url}/", timeout=5).text


def test_it_runs_as_a_process_and_says_how_to_reach_it(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    command = [sys.executable, "-m", "tests.doubles.sheets", "--port", "0", "--key", str(key)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(3)]
        url = told[1].split("=")[1].strip()
        answer = _session(key, SCOPE).get(
            f"{url}/v4/spreadsheets/{NAME}?fields=sheets.properties.title"
        )
        process.terminate()
    assert told[0] == f"export GOOGLE_APPLICATION_CREDENTIALS={key}\n"
    assert answer.json() == {"sheets": [{"properties": {"title": "Лист1"}}]}
