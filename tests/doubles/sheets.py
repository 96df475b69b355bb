"""Google Sheets on loopback, stricter than the real one; `python -m tests.doubles.sheets` runs it."""

from __future__ import annotations

import argparse
import html
import json
import re
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from tests.doubles import sheets_answers as answers
from tests.doubles.server import Asked, Fault, Loopback, Reply, json_reply
from tests.doubles.sheets_batch import apply, check_body, may_edit
from tests.doubles.sheets_hand import Hand, shown
from tests.doubles.sheets_model import Book, Refused, Tab
from tests.doubles.sheets_schema import Fault as Malformed
from tests.doubles.sheets_schema import check, document
from tests.doubles.sheets_token import Tokens, write_key

ACCOUNT = "romi@example-project.iam.gserviceaccount.com"
NAME = "1ExampleSpreadsheetIdOfTheDouble000000000000"
_PATH = re.compile(r"/v4/spreadsheets/([A-Za-z0-9_-]+)((?::|/values:)[A-Za-z]+)?")
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_WRITE = ":batchUpdate"


class _Error(Exception):
    def __init__(self, code: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code, self.reason = code, reason


class SheetsDouble(Loopback):
    """Spreadsheets by id, shared with accounts, behind the token service.

    books    id -> spreadsheet; `new` makes one with Google's blank first tab
    roles    id -> account -> "writer" or "reader"
    quota    reads and writes a minute each account may make, None: no limit
    retry_after  what a 429 tells in Retry-After, None: nothing
    faults   also "odd": a refusal in a shape that is not Google's
    said     message of the next faults with a status, "": Google's usual one
    late     faults after the work was done: "hang" (for `hang_seconds`), "500", "503"
    calls    (method of the API, status) of every request but those for tokens
    """

    def __init__(self) -> None:
        super().__init__()
        self.tokens = Tokens()
        self.reset()

    def reset(self) -> None:
        """Forget every spreadsheet, fault and count; tokens stay good."""
        self.books: dict[str, Book] = {}
        self.roles: dict[str, dict[str, str]] = {}
        self.quota: int | None = 60
        self.retry_after: int | None = None
        self.faults.clear()
        self.late: list[Fault] = []
        self.asked.clear()
        self.calls: list[tuple[str, int]] = []
        self.api_on = True
        self.said = ""
        self.latency = 0.0
        self.tokens.revoked = self.tokens.wrong_clock = False
        self._recent: dict[tuple[str, str], deque[float]] = {}

    def new(self, name: str = NAME, role: str = "writer", account: str = ACCOUNT) -> Hand:
        """A new spreadsheet, shared with the service account."""
        size = {"rowCount": 1000, "columnCount": 26}
        blank = Tab({"sheetId": 0, "title": "Лист1", "gridProperties": size})
        self.books[name] = Book([blank])
        self.roles[name] = {account: role}
        return Hand(self.books[name])

    def hand(self, name: str = NAME) -> Hand:
        """Somebody with the spreadsheet open as it is now."""
        return Hand(self.books[name])

    def write_key(self, path: Path, account: str = ACCOUNT) -> Path:
        return write_key(path, account, f"{self.url}/token")

    def fail_with(self, code: int, message: str, first: int = 1) -> None:
        """Answer every request from the `first` on with an error of Google's."""
        self.said = message
        only = lambda asked: asked.path != "/token"  # noqa: E731
        self.faults.append(Fault(str(code), first, 10**6, only=only))

    def methods(self) -> list[str]:
        """What was asked for since `calls` was last cleared, retries too."""
        return [method for method, _ in self.calls]

    def refusal(self, kind: str) -> Reply:
        if kind == "odd":
            return json_reply({"error": "no thanks"}, 400)
        code = int(kind)
        message = self.said or {
            403: "The caller does not have permission",
            429: "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per "
            "minute per user' of service 'sheets.googleapis.com'",
        }.get(code, "Internal error encountered.")
        with self.lock:
            self.calls.append(("refused", code))
        return self._error(_Error(code, message))

    def answer(self, asked: Asked) -> Reply:
        if self.latency:
            time.sleep(self.latency)
        if asked.path == "/token":
            status, body = self.tokens.exchange(asked.body)
            return json_reply(body, status)
        if asked.path == "/":
            return Reply(200, self._page().encode(), {"Content-Type": "text/html; charset=utf-8"})
        method = (_PATH.fullmatch(asked.path) or [None, None, None])[2] or ":get"
        try:
            reply = json_reply(self._answer(asked, method))
        except _Error as error:
            reply = self._error(error)
        except Malformed as error:
            reply = self._error(_Error(400, f"Invalid JSON payload received. {error}"))
        except Refused as error:
            reply = self._error(_Error(400, str(error)))
        with self.lock:
            self.calls.append((method, reply.status))
            late = next((f.kind for f in self.late if f.strikes(asked)), "")
        if late == "hang":
            self.let_go.wait(self.hang_seconds)
        return self._error(_Error(int(late), "Internal error")) if late.isdigit() else reply

    def _answer(self, asked: Asked, method: str) -> dict[str, Any]:
        found = _PATH.fullmatch(asked.path)
        account = self.tokens.account(asked.headers.get("authorization", ""))
        if account is None:
            raise _Error(401, "Request had invalid authentication credentials.")
        if not self.api_on:
            raise _Error(
                403,
                "Google Sheets API has not been used in project 1 before or it is disabled.",
                "SERVICE_DISABLED",
            )
        if found is None or (asked.method == "GET") != (method == ":get"):
            raise _Error(404, "Not found.")
        self._count(account, "Write" if method == _WRITE else "Read")
        name = found[1]
        if name not in self.books:
            raise _Error(404, "Requested entity was not found.")
        role = self.roles[name].get(account)
        if role is None or (method == _WRITE and role != "writer"):
            raise _Error(403, "The caller does not have permission")
        known = {"fields", *document()["parameters"]}
        if set(asked.query) - known:
            raise Malformed(f"Cannot bind query parameter {sorted(set(asked.query) - known)}")
        return self._do(asked, method, name, account)

    def _do(self, asked: Asked, method: str, name: str, account: str) -> dict[str, Any]:
        fields = asked.query.get("fields", "")
        if method == _WRITE:
            return self._write(asked, name, account)
        if not fields:
            raise Malformed("The double wants a field mask on every read.")
        with self.lock:
            book = self.books[name].copy()
        for tab in book.tabs:
            for each in tab.protected:
                if may_edit(each, account):
                    each["requestingUserCanEdit"] = True
        if method == ":get":
            return answers.spreadsheet(name, book, fields)
        body = _body(asked)
        if method == ":getByDataFilter":
            return answers.filtered(name, book, body, fields)
        if method == "/values:batchGetByDataFilter":
            return answers.values(name, book, body, fields)
        raise _Error(404, f"The double does not know {method}.")

    def _write(self, asked: Asked, name: str, account: str) -> dict[str, Any]:
        requests = check_body(_body(asked))
        with self.lock:
            book = self.books[name]
            changed, replies = apply(book, requests, account)
            # The very same object: whoever has it open sees the change, all of it at once.
            book.__dict__ |= changed.__dict__
        answer = {"spreadsheetId": name, "replies": replies}
        check(answer, "BatchUpdateSpreadsheetResponse", answer=True)
        return answer

    def _count(self, account: str, kind: str) -> None:
        with self.lock:
            recent = self._recent.setdefault((account, kind), deque())
            now = time.monotonic()
            while recent and recent[0] < now - 60:
                recent.popleft()
            if self.quota is not None and len(recent) >= self.quota:
                raise _Error(
                    429,
                    f"Quota exceeded for quota metric '{kind} requests' and limit '{kind} requests per minute per user' of service 'sheets.googleapis.com' for consumer 'project_number:1'.",
                    "RATE_LIMIT_EXCEEDED",
                )
            recent.append(now)

    def _error(self, error: _Error) -> Reply:
        body: dict[str, Any] = {
            "code": error.code,
            "message": str(error),
            "status": _STATUSES.get(error.code, "UNKNOWN"),
        }
        if error.reason:
            url = "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview"
            info = {"reason": error.reason, "metadata": {"activationUrl": url}}
            body["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo"} | info]
        reply = json_reply({"error": body}, error.code)
        if error.code == 429 and self.retry_after is not None:
            reply.headers["Retry-After"] = str(self.retry_after)
        return reply

    def _page(self) -> str:
        """Every tab as a plain table, for a look by hand."""
        parts = ["<meta charset=utf-8><style>td{border:1px solid #ddd;padding:2px 6px}</style>"]
        for name, book in self.books.items():
            parts.append(f"<h1>{html.escape(name)}</h1>")
            for tab in book.tabs:
                rows = (
                    "<tr>" + "".join(f"<td>{html.escape(str('' if c is None else c))}" for c in row)
                    for row in shown(tab)[:200]
                )
                parts.append(f"<h2>{html.escape(tab.title)}</h2><table>{''.join(rows)}</table>")
        return "".join(parts)


def _body(asked: Asked) -> Any:
    if not asked.headers.get("content-type", "").startswith("application/json"):
        raise Malformed("The body must be JSON.")

    def no_number(name: str) -> Any:
        raise Malformed(f"Unexpected token {name}.")

    try:
        return json.loads(asked.body.decode(), parse_constant=no_number)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Malformed(str(error)) from None


def main() -> None:
    """Run the double with one blank spreadsheet until it is stopped."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=8089)
    parser.add_argument("--key", type=Path, default=Path("google-key.json"))
    asked = parser.parse_args()
    double = SheetsDouble()
    double.port = asked.port
    double.new()
    with double:
        double.write_key(asked.key)
        lines = (
            f"export GOOGLE_APPLICATION_CREDENTIALS={asked.key.resolve()}",
            f"export ROMI_SHEETS_GOOGLE_ENDPOINT={double.url}",
            f"# spreadsheet_id = {NAME!r}; look at it: {double.url}/",
        )
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
