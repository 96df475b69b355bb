"""Google Drive beside the double of Sheets: it tells the version of its spreadsheets, nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.doubles.server import Asked, Loopback, Reply, json_reply
from tests.doubles.sheets import SheetsDouble
from tests.doubles.sheets_model import Book
from tests.doubles.sheets_token import DRIVE_SCOPE

_PATH = re.compile(r"/drive/v3/files/([A-Za-z0-9_-]+)")
_NOT_GRANTED = "Request had insufficient authentication scopes."


class DriveDouble(Loopback):
    """Versions of the spreadsheets of a SheetsDouble: of whatever anybody did since the last ask.

    A version only grows, by whatever it likes, and is told as text, as the real one is.

    granted  whether the account may ask at all
    late     so many answers still tell the version before
    acts     number of an ask, from 1 since `asked` was last cleared -> what somebody does just then
    """

    def __init__(self, sheets: SheetsDouble) -> None:
        super().__init__()
        self.sheets = sheets
        self.granted = True
        self.late = 0
        self.acts: dict[int, Callable[[], None]] = {}
        self._seen: dict[str, tuple[int, Any]] = {}

    def answer(self, asked: Asked) -> Reply:
        self.acts.get(len(self.asked), lambda: None)()
        found = _PATH.fullmatch(asked.path)
        if asked.method != "GET" or found is None:
            return _refusal(404, "notFound", "Not Found")
        header = asked.headers.get("authorization", "")
        account = self.sheets.tokens.account(header, DRIVE_SCOPE)
        if account is None:
            return _refusal(401, "authError", "Invalid Credentials")
        if not self.granted:
            return _refusal(403, "insufficientPermissions", _NOT_GRANTED)
        if account not in self.sheets.roles.get(found[1], {}):
            return _refusal(404, "notFound", f"File not found: {found[1]}.")
        if set(asked.query) - {"fields", "supportsAllDrives"} or asked.query["fields"] != "version":
            return _refusal(400, "invalidParameter", f"Invalid field selection {asked.query}")
        return json_reply({"version": str(self._version(found[1]))})

    def _version(self, name: str) -> int:
        with self.sheets.lock:
            state = _state(self.sheets.books[name])
        version, before = self._seen.get(name, (417, None))
        if before is None or not _same(before, state):
            self._seen[name] = version + 3, state
        if self.late:
            self.late -= 1
            return version
        return self._seen[name][0]


def _state(book: Book) -> tuple[list[list[Any]], str]:
    """Rows are never changed in place, so the very same ones are unchanged."""
    rest = [{k: v for k, v in vars(tab).items() if k != "rows"} for tab in book.tabs]
    return [list(tab.rows) for tab in book.tabs], repr((rest, book.metadata, book.named))


def _same(one: tuple[list[Sequence[Any]], str], other: tuple[list[Sequence[Any]], str]) -> bool:
    return one[1] == other[1] and all(
        len(a) == len(b) and all(map(lambda x, y: x is y, a, b))
        for a, b in zip(one[0], other[0], strict=True)
    )


def _refusal(code: int, reason: str, message: str) -> Reply:
    each = {"domain": "global", "reason": reason, "message": message}
    return json_reply({"error": {"code": code, "message": message, "errors": [each]}}, code)
