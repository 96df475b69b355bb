"""The offline-conversions half of Metrica's double: CSV in, an upload's status out."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any

from sheets_sync.net.clock import Clock
from tests.doubles.refusal import Refused
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.site import Counter

_NAMES = {
    "ClientId": "CLIENT_ID",
    "Yclid": "YCLID",
    "UserId": "USER_ID",
    "PurchaseId": "PURCHASE_ID",
}
_COLUMNS = {"Target", "DateTime", "Price", "Currency"}
_PAGE = 10_000


@dataclass
class Uploaded:
    """One upload: the rows that were taken, and how far it is. Each look moves it on."""

    id: int
    counter: int
    comment: str
    kind: str
    rows: list[dict[str, str]]
    refused: int
    status: str = "UPLOADED"
    #: Rows that found a visit, told when processed; None = all of them.
    linked: int | None = None

    def as_dict(self) -> dict[str, Any]:
        plain = {
            "id": self.id,
            "source_quantity": len(self.rows) + self.refused,
            "line_quantity": len(self.rows),
            "client_id_type": self.kind,
            "status": self.status,
            "comment": self.comment,
            "create_time": "2026-02-02T10:00:00+03:00",
        }
        linked = len(self.rows) if self.linked is None else self.linked
        return plain | ({"linked_quantity": linked} if self.status == "PROCESSED" else {})


@dataclass
class Uploads:
    """Uploads of all counters. `outcome` is what they become when processed."""

    clock: Clock
    outcome: str = "PROCESSED"
    made: list[Uploaded] = field(default_factory=list)

    def answer(self, counter: Counter, asked: Asked, rest: str) -> Reply:
        """The answer to a path below /offline_conversions. Raises Refused."""
        if rest == "/upload" and asked.method == "POST":
            return json_reply({"uploading": self._upload(counter, asked).as_dict()})
        mine = [u for u in self.made if u.counter == counter.id]
        if rest == "/uploadings" and asked.method == "GET":
            limit, offset = (
                int(asked.query.get(k, d)) for k, d in (("limit", _PAGE), ("offset", 0))
            )
            if limit > _PAGE:
                raise Refused(400, "invalid_parameter", "Wrong limit", "limit")
            page = [u.as_dict() for u in reversed(mine)][offset : offset + limit]
            return json_reply({"uploadings": page})
        found = re.fullmatch(r"/uploading/(\d+)", rest)
        for upload in mine:
            if found and upload.id == int(found[1]):
                answer = json_reply({"uploading": upload.as_dict()})
                upload.status = self.outcome
                return answer
        raise Refused(404, "not_found", "Upload not found")

    def _upload(self, counter: Counter, asked: Asked) -> Uploaded:
        rows = list(csv.DictReader(io.StringIO(file_of(asked).decode("utf-8"))))
        header = set(rows[0]) if rows else set()
        kinds = [k for k in _NAMES if k in header]
        if len(kinds) != 1 or not {"Target", "DateTime"} <= header <= {*kinds, *_COLUMNS}:
            raise Refused(400, "invalid_uploading", f"Wrong header: {sorted(header)}")
        events = {g.event for g in counter.goals if g.type == "action"}
        taken = [r for r in rows if self._fits(r, kinds[0], events)]
        upload = Uploaded(
            len(self.made) + 1,
            counter.id,
            asked.query.get("comment", ""),
            _NAMES[kinds[0]],
            taken,
            len(rows) - len(taken),
        )
        self.made.append(upload)
        return upload

    def _fits(self, row: dict[str, str], kind: str, events: set[str]) -> bool:
        return (
            row[kind].isdigit()
            and row["Target"] in events
            and row["DateTime"].isdigit()
            and int(row["DateTime"]) <= self.clock.unix()
            and re.fullmatch(r"(\d+(\.\d+)?)?", row.get("Price") or "") is not None
            and (row.get("Currency") or "RUB") == "RUB"
        )


def file_of(asked: Asked) -> bytes:
    """The part «file» of a form. Raises Refused where there is none."""
    kind = asked.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise Refused(400, "invalid_uploading", "multipart/form-data is expected")
    message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + asked.body)
    for part in message.walk():
        if part.get_param("name", header="content-disposition") == "file":
            body = part.get_payload(decode=True)
            return body if isinstance(body, bytes) else b""
    raise Refused(400, "invalid_uploading", "Part «file» is missing")
