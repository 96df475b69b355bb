"""A double of amoCRM's API v4: pages of 250 with links, 204 for nothing, the bin, events, a lock by HTML.

Strict: Bearer (a JWT with `exp`), known parameters, 250 rows (100 events), `from` and `to` of a filter (a
bare number finds nothing, silently), 7 requests a second (429) and, after 20 of those, 403 with HTML on
every path (`locked`); the bin only by `with=only_deleted`, with nulls.
Unsure, so tolerant: what else an unsorted request holds; unsorted leads are not in the list of leads.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from sheets_sync.net.clock import Clock
from tests.doubles.amocrm_world import (
    EXPECTED,
    EXPECTED_MAPPED,
    FIELDS,
    MAPPED,
    WORLD,
    AmocrmWorld,
    Contact,
    Event,
    Lead,
    Unsorted,
)
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import COMMENT, PERSON, Buckets, Double, No, jwt, secret_bearer, words

ENDS = datetime(2027, 11, 1, tzinfo=UTC)
_PERIOD = "page limit with filter[{0}][from] filter[{0}][to] filter[{0}] order[{0}]"
#: Path -> names of its parameters, without the numbers of a list's places.
PARAMETERS = {
    "/account": words("with"),
    "/leads": words(
        _PERIOD.format("updated_at") + " filter[id][] filter[pipeline_id][] order[id] "
        "filter[created_at][from] filter[created_at][to] order[created_at]"
    ),
    "/leads/unsorted": words(
        "page limit order[created_at] filter[category][] filter[pipeline_id][]"
    ),
    "/leads/pipelines": frozenset(),
    "/leads/custom_fields": words("page limit"),
    "/leads/loss_reasons": words("page limit"),
    "/contacts": words("page limit with filter[id][]"),
    "/events": words(_PERIOD.format("created_at") + " filter[type][] filter[entity][]"),
}


def _problem(status: int, title: str, **more: Any) -> Reply:
    body = {"title": title, "type": "https://httpstatus.es", "status": status, "detail": title}
    reply = json_reply({**body, **more}, status)
    return Reply(status, reply.body, {"Content-Type": "application/problem+json"})


class AmocrmDouble(Double):
    """An account. `ends`: when its token does; `ignored`: 429s given so far."""

    kind = "amocrm"
    table: ClassVar = {"domain": "clinic.amocrm.example", "token_env": "AMO_TOKEN"}
    secrets: ClassVar = {"AMO_TOKEN": jwt({"exp": int(ENDS.timestamp())})}
    expected: ClassVar = EXPECTED
    mapped: ClassVar = MAPPED
    expected_mapped: ClassVar = EXPECTED_MAPPED
    refusals: ClassVar = {
        "auth": _problem(401, "Unauthorized"),
        "rights": _problem(403, "Forbidden"),
        "locked": Reply(403, b"<html><body>403</body></html>", {"Content-Type": "text/html"}),
        "quota": Reply(429),
        "plan": _problem(402, "Payment Required"),
        "temporary": _problem(500, "Internal Server Error"),
        "permanent": _problem(400, "Bad Request"),
    }

    def __init__(
        self, world: AmocrmWorld = WORLD, clock: Clock | None = None, ends: datetime | None = None
    ) -> None:
        super().__init__(world, clock)
        self.ends = ends or ENDS
        self.secrets = {"AMO_TOKEN": jwt({"exp": int(self.ends.timestamp())})}
        self.ignored = 0
        self.locked = False
        self.buckets = Buckets(self.clock)

    def expire(self) -> None:
        self.ends = self.clock.now()

    def move(self, lead: int, status: int) -> None:
        """A lead goes to another status now: its row, and an event."""
        row = next(r for r in self.world.leads if r.id == lead)
        number = f"e{len(self.world.events) + 1}"
        before, after = (row.pipeline, row.status), (row.pipeline, status)
        self.add("events", Event(number, lead, self.clock.now(), before, after))
        self.change("leads", lead, status=status)

    def route(self, asked: Asked) -> Reply:
        if self.locked:
            raise No(self.refusals["locked"])
        if self.buckets.take("account", 7, 1.0):
            self.ignored += 1
            self.locked = self.ignored > 20
            raise No(self.refusals["quota"])
        stale = self.clock.now() >= self.ends
        if stale or secret_bearer(asked) != self.secrets["AMO_TOKEN"]:
            raise No(self.refusals["auth"])
        path = asked.path.removeprefix("/api/v4")
        if asked.method != "GET" or path == asked.path or path not in PARAMETERS:
            raise No(_problem(404, "Not Found"))
        names = {re.sub(r"\[\d+\]$", "[]", n) for n, _ in asked.pairs}
        if names - PARAMETERS[path]:
            raise self._invalid(", ".join(sorted(names - PARAMETERS[path])))
        return self._answer(path, asked)

    @staticmethod
    def _invalid(path: str) -> No:
        error = {"code": "NotSupportedChoice", "path": path, "detail": "The value is not valid"}
        errors = [{"request_id": "0", "errors": [error]}]
        return No(_problem(400, "Bad Request", **{"validation-errors": errors}))

    def _answer(self, path: str, asked: Asked) -> Reply:
        if path == "/account":
            return _hal({"id": 1, "name": "Клиника", "subdomain": "clinic"})
        if path == "/leads/pipelines":
            pipelines = [self._pipeline(i) for i in self.world.pipelines]
            return _hal({"_total_items": len(pipelines), "_embedded": {"pipelines": pipelines}})
        name = path.rpartition("/")[2]
        if name == "custom_fields":
            rows = [
                {"id": i, "name": n, "code": c, "type": t, "entity_type": "leads"}
                for i, (n, c, t) in FIELDS.items()
            ]
        elif name == "loss_reasons":
            rows = [{"id": 5, "name": "Дорого", "sort": 1}]
        else:
            rows = [self._row(r, asked) for r in self._rows(name, asked)]
        return self._page(name, rows, asked)

    def _page(self, name: str, rows: list[Any], asked: Asked) -> Reply:
        page, limit = asked.query.get("page", "1"), asked.query.get("limit", "50")
        most = 100 if name == "events" else 250
        if not (page.isdigit() and int(page)):
            raise self._invalid("page")
        if not (limit.isdigit() and 0 < int(limit) <= most):
            raise self._invalid("limit")
        size = self.sized(int(limit))
        first = (int(page) - 1) * size
        shown = rows[first : first + size]
        if not shown:
            return Reply(204)
        links = {"self": {"href": f"https://clinic.amocrm.example{asked.path}"}}
        if first + size < len(rows):
            query = urlencode(
                [*((n, v) for n, v in asked.pairs if n != "page"), ("page", int(page) + 1)]
            )
            links["next"] = {"href": f"https://clinic.amocrm.example{asked.path}?{query}"}
        return _hal({"_page": int(page), "_links": links, "_embedded": {name: shown}})

    def _rows(self, name: str, asked: Asked) -> list[Any]:
        def values(parameter: str) -> list[str]:
            return [v for n, v in asked.pairs if re.sub(r"\[\d+\]$", "[]", n) == parameter]

        stamp = "updated" if name == "leads" else "at"
        shown = "updated_at" if name == "leads" else "created_at"
        if f"filter[{shown}]" in asked.query:
            return []
        rows = list(self.rows(name))
        if name == "leads":
            bin_only = "only_deleted" in asked.query.get("with", "").split(",")
            rows = [r for r in rows if r.deleted == bin_only]
        if kinds := values("filter[type][]"):
            rows = rows if "lead_status_changed" in kinds else []
        if ids := values("filter[id][]"):
            rows = [r for r in rows if str(r.id) in ids]
        if pipelines := values("filter[pipeline_id][]"):
            rows = [r for r in rows if str(getattr(r, "pipeline", "")) in pipelines]
        for field, name_ in ((stamp, shown), ("at", "created_at")):
            for way, keeps in (("from", "__ge__"), ("to", "__le__")):
                if (text := asked.query.get(f"filter[{name_}][{way}]")) is not None:
                    if not text.isdigit():
                        raise self._invalid(f"filter[{name_}][{way}]")
                    rows = [r for r in rows if getattr(_unix(getattr(r, field)), keeps)(int(text))]
        rows.sort(key=lambda r: r.id, reverse=True)
        if way := asked.query.get(f"order[{shown}]"):
            rows.sort(key=lambda r: _unix(getattr(r, stamp)), reverse=way == "desc")
        elif asked.query.get("order[id]") == "asc":
            rows.reverse()
        return rows

    def _pipeline(self, number: int) -> dict[str, Any]:
        name, stages = self.world.pipelines[number]
        statuses = [
            {"id": i, "name": n, "sort": i, "type": t, "pipeline_id": number, "color": "#fff"}
            for i, n, t in stages
        ]
        return {"id": number, "name": name, "is_main": number == 31, "is_archive": False} | {
            "_embedded": {"statuses": statuses}
        }

    def _row(self, row: Any, asked: Asked) -> dict[str, Any]:
        if isinstance(row, Lead):
            return _bin(row) if row.deleted else self._lead(row, asked)
        if isinstance(row, Contact):
            values = [{"value": row.phone, "enum_code": "WORK"}]
            phone = {"field_id": 1, "field_code": "PHONE", "values": values}
            return {
                "id": row.id,
                "name": PERSON,
                "custom_fields_values": [phone] if row.phone else None,
            }
        if isinstance(row, Unsorted):
            return _unsorted(row)
        (before, after) = (
            [{"lead_status": {"id": s, "pipeline_id": p}}] for p, s in (row.before, row.after)
        )
        return {
            "id": row.id,
            "type": "lead_status_changed",
            "entity_id": row.lead,
            "entity_type": "lead",
            "created_by": 1,
            "created_at": _unix(row.at),
            "value_before": before,
            "value_after": after,
        }

    def _lead(self, lead: Lead, asked: Asked) -> dict[str, Any]:
        fields = [
            {
                "field_id": i,
                "field_name": FIELDS[i][0],
                "field_code": FIELDS[i][1],
                "field_type": FIELDS[i][2],
                "values": [{"value": value}],
            }
            for i, value in {**lead.fields, 22: COMMENT}.items()
        ]
        wide = asked.query.get("with", "").split(",")
        embedded: dict[str, Any] = {"tags": [], "companies": []}
        if "contacts" in wide:
            embedded["contacts"] = [{"id": lead.contact, "is_main": True}] if lead.contact else []
        return {
            "id": lead.id,
            "name": f"Заявка: {PERSON}",
            "price": lead.price,
            "responsible_user_id": 1,
            "status_id": lead.status,
            "pipeline_id": lead.pipeline,
            "loss_reason_id": None,
            "created_at": _unix(lead.at),
            "updated_at": _unix(lead.updated),
            "closed_at": lead.closed and _unix(lead.closed),
            "is_deleted": False,
            "custom_fields_values": self.a_list(fields),
            "_embedded": embedded,
        }


def _hal(body: dict[str, Any]) -> Reply:
    return Reply(200, json_reply(body).body, {"Content-Type": "application/hal+json"})


def _unix(moment: datetime) -> int:
    return int(moment.timestamp())


def _bin(lead: Lead) -> dict[str, Any]:
    """A lead of the bin: an id, a time, and nulls."""
    empty = ("name", "price", "status_id", "pipeline_id", "created_at", "custom_fields_values")
    known = {"id": lead.id, "updated_by": 1, "updated_at": _unix(lead.updated), "is_deleted": True}
    return {**dict.fromkeys(empty), **known, "_embedded": {}}


def _unsorted(row: Unsorted) -> dict[str, Any]:
    metadata = {
        "form_id": "7",
        "form_name": row.source,
        "form_page": "https://clinic.example/",
        "form_sent_at": _unix(row.at),
        "ip": "192.0.2.7",
        "referer": "",
        "visitor_uid": None,
    }
    return {
        "uid": row.id,
        "source_uid": "s",
        "source_name": row.source,
        "category": "forms",
        "pipeline_id": 31,
        "created_at": _unix(row.at),
        "metadata": metadata,
        "_embedded": {
            "leads": [{"id": row.lead}],
            "contacts": [{"id": row.contact}] if row.contact else [],
            "companies": [],
        },
    }
