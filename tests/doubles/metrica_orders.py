"""The CRM-orders half of Metrica's double: CSV in, orders merged, the check of an upload told."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.metrica_uploads import file_of
from tests.doubles.refusal import Refused
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.site import Counter

_REQUIRED = {"id", "create_date_time"}
_CLIENT = {"client_ids", "emails", "phones", "emails_md5", "phones_md5"}
_MORE = {"client_uniq_id", "order_status", "revenue", "cost", "update_date_time"} | {
    "finish_date_time", "products", "goals", "currency",
}  # fmt: skip
_STATUSES = {"IN_PROGRESS", "PAID", "CANCELLED", "SPAM"}
#: APPEND only differs for lists of attributes, which nobody sends.
_MODES = {"SAVE", "UPDATE"}
_MOMENT = "%Y-%m-%d %H:%M:%S"
_PAGE, _LONGEST_PAGE = 10, 1000


@dataclass
class Sent:
    """One upload: its rows, and what its check says."""

    id: str
    counter: int
    rows: list[dict[str, str]]
    mode: str
    at: datetime
    status: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "uploading_id": self.id,
            "datetime": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "api_validation_status": self.status,
            "elements_count": len(self.rows),
            "entity_type": "SYSTEM",
            "uploading_format": "CSV",
            "uploading_source": "API",
        }


@dataclass
class Orders:
    """Orders of all counters, by counter and id, and the uploads that made them.

    Stricter than the service where the documentation is silent: a wrong row fails its whole
    upload. `verdict` is what the check of a right upload says; with `slow` it says so only when the
    list is looked at, and nothing before. Orders of a failed upload are not there.
    """

    clock: Clock
    verdict: str = "PASSED"
    slow: bool = False
    made: list[Sent] = field(default_factory=list)
    known: dict[tuple[int, str], dict[str, str]] = field(default_factory=dict)

    def answer(self, counter: Counter, asked: Asked, rest: str) -> Reply:
        """The answer to a path of /cdp/api/v1/counter/{id}. Raises Refused."""
        if rest == "/data/simple_orders" and asked.method == "POST":
            return json_reply({"uploading": self._upload(counter, asked).as_dict()})
        if rest == "/last_uploadings" and asked.method == "GET":
            return json_reply({"uploadings": self._listed(counter, asked)})
        raise Refused(404, "not_found", "Entity not found")

    def _listed(self, counter: Counter, asked: Asked) -> list[dict[str, Any]]:
        limit = int(asked.query.get("limit", _PAGE))
        if not 1 <= limit <= _LONGEST_PAGE or asked.query.get("source", "API") != "API":
            raise Refused(400, "invalid_parameter", "Wrong limit or source", "limit")
        mine = [s for s in reversed(self.made) if s.counter == counter.id][:limit]
        for one in mine:
            self._check(one, one.status or self.verdict)
        return [s.as_dict() for s in mine]

    def _upload(self, counter: Counter, asked: Asked) -> Sent:
        mode = asked.query.get("merge_mode", "")
        if mode not in _MODES or asked.query.get("delimiter_type", "COMMA") != "COMMA":
            raise Refused(400, "invalid_parameter", "Wrong merge_mode", "merge_mode")
        rows = list(csv.DictReader(io.StringIO(file_of(asked).decode("utf-8"))))
        header = {str(name) for row in rows for name in row}
        client = header & _CLIENT
        if not rows or not client or not header >= _REQUIRED or header - _REQUIRED - client - _MORE:
            raise Refused(400, "invalid_uploading", f"Wrong header: {sorted(header)}")
        at = self.clock.now()
        sent = Sent(f"cdp-{len(self.made) + 1}", counter.id, rows, mode, at, "")
        self.made.append(sent)
        ids = [row["id"] for row in rows]
        right = len(set(ids)) == len(ids) and all(self._fits(counter, row) for row in rows)
        if not right:
            sent.status = "FAILED"
        elif not self.slow:
            self._check(sent, self.verdict)
        return sent

    def _check(self, sent: Sent, verdict: str) -> None:
        """Say the last word, and let the orders in: SAVE replaces them, UPDATE what it names."""
        if sent.status == "" and verdict == "PASSED":
            for row in sent.rows:
                key = (sent.counter, row["id"])
                before = self.known.get(key, {}) if sent.mode == "UPDATE" else {}
                self.known[key] = before | {name: cell for name, cell in row.items() if cell}
        sent.status = verdict

    def _fits(self, counter: Counter, row: dict[str, str]) -> bool:
        try:
            created = datetime.strptime(row["create_date_time"], _MOMENT)
        except (ValueError, TypeError):
            return False
        local = created.replace(tzinfo=ZoneInfo(counter.zone)).astimezone(UTC)
        before = self.known.get((counter.id, row["id"]), row)
        return (
            row["id"] != ""
            and local <= self.clock.now()
            and before["create_date_time"] == row["create_date_time"]
            and re.fullmatch(r"[1-9]\d*", row.get("client_ids") or "") is not None
            and (row.get("order_status") or "PAID") in _STATUSES
            and re.fullmatch(r"(\d+(\.\d{1,2})?)?", row.get("revenue") or "") is not None
        )
