"""A double of UIS / CoMagic's Data API 2.0: JSON-RPC, errors with HTTP 200, points, an account's zone.

Strict: the envelope (`id`, no arrays), parameters, fields, filters and sorts of each report, 10 000 rows
and 100 000 of offset, three months, points of a minute and a day by the clock, the allow-list of IPs.
Unsure, so tolerant: an operator of a filter is taken for `=` or `in`; more fields of the forms and chats
than the facts list are given where the contract page names them (`visitor_phone_number`, `visitor_email`).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import COMMENT, PERSON, Double, No, words
from tests.doubles.uis_world import EXPECTED, WORLD, UisWorld

MARKS = words("""
    ym_client_id yclid gclid ymclid ua_client_id source referrer utm_source utm_medium utm_campaign
    utm_content utm_term site_id site_domain_name campaign_id campaign_name search_query channel
    visitor_id visitor_type visitor_session_id visits_count entrance_page tags
""")
CALL = words("""
    id start_time finish_time finish_reason direction is_lost contact_phone_number
    virtual_phone_number communication_id communication_number talk_duration wait_duration
    total_wait_duration clean_talk_duration total_duration sale_date sale_cost employees attributes
""")
WRITTEN = words("""
    id date_time status communication_id communication_number visitor_name visitor_phone_number
    visitor_email
""")
#: Report -> its list of the world, its time's name, all its fields, those that come unasked.
REPORTS = {
    "get.calls_report": (
        "calls",
        "start_time",
        CALL | MARKS,
        words("id start_time finish_reason direction is_lost communication_id"),
    ),
    "get.offline_messages_report": (
        "forms",
        "date_time",
        WRITTEN | MARKS | words("form_name form_type text"),
        words("id date_time form_name status"),
    ),
    "get.chats_report": (
        "chats",
        "date_time",
        WRITTEN | MARKS | words("chat_messages_count messages"),
        words("id date_time status"),
    ),
}
PARAMS = words("access_token date_from date_till limit offset fields filter sort")
CODES = {
    "limit_exceeded": -32029,
    "access_token_invalid": -32001,
    "access_token_expired": -32001,
    "ip_not_whitelisted": -32003,
    "forbidden": -32003,
    "account_inactive": -32009,
    "method_component_disabled": -32008,
    "internal_error": -32603,
    "method_not_found": -32601,
    "invalid_request": -32600,
    "parse_error": -32700,
    "notifications_not_supported": -32099,
    "batch_opreations_not_supported": -32099,
}


class UisDouble(Double):
    """An account of UIS. `allowed` False: our IP is not in its list; `minute`, `day`: points;
    `retired`: its version, once it is about to go."""

    kind = "uis"
    table: ClassVar = {"token_env": "UIS_TOKEN", "host": "uiscom"}
    secrets: ClassVar = {"UIS_TOKEN": "uis-double-secret-3Fd"}
    expected: ClassVar = EXPECTED
    refusals: ClassVar = {}

    def __init__(self, world: UisWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.zone = ZoneInfo("Europe/Moscow")
        self.allowed = True
        self.minute, self.day = 200, 5000
        self.retired = ""
        self._spent: list[float] = []

    def refusal(self, kind: str) -> Reply:
        mnemonics = {
            "auth": "access_token_invalid",
            "rights": "ip_not_whitelisted",
            "quota": "limit_exceeded",
            "temporary": "internal_error",
            "permanent": "invalid_parameter_value",
            "quiet": "internal_error",
        }
        return self._error(mnemonics[kind]) if kind in mnemonics else super().refusal(kind)

    def _limits(self) -> dict[str, int]:
        now = self.clock.unix()
        self._spent = [t for t in self._spent if t > now - 86400]
        lately = [t for t in self._spent if t > now - 60]
        return {
            "day_limit": self.day,
            "day_remaining": self.day - len(self._spent),
            "day_reset": int(min(self._spent, default=now) + 86400 - now) + 1,
            "minute_limit": self.minute,
            "minute_remaining": self.minute - len(lately),
            "minute_reset": int(min(lately, default=now) + 60 - now) + 1,
        }

    def _error(self, mnemonic: str, name: str | None = None, number: Any = None) -> Reply:
        data = {
            "mnemonic": mnemonic,
            "field": name,
            "value": None,
            "params": {},
            "extended_helper": "",
            "metadata": {"limits": self._limits()},
        }
        error = {"code": CODES.get(mnemonic, -32602), "message": mnemonic, "data": data}
        return json_reply({"jsonrpc": "2.0", "id": number, "error": error})

    def route(self, asked: Asked) -> Reply:
        if asked.path != "/v2.0" or asked.method != "POST":
            raise No(Reply(404, b"<html></html>", {"Content-Type": "text/html"}))
        if not asked.headers.get("content-type", "").startswith("application/json"):
            raise No(self._error("invalid_request"))
        try:
            call = asked.json()
        except json.JSONDecodeError:
            raise No(self._error("parse_error")) from None
        if not isinstance(call, dict):
            raise No(self._error("batch_opreations_not_supported"))
        if "id" not in call:
            raise No(self._error("notifications_not_supported"))
        if call.get("jsonrpc") != "2.0" or not isinstance(call.get("params"), dict):
            raise No(self._error("invalid_request", number=call["id"]))
        return self._call(call["id"], str(call.get("method")), call["params"])

    def _call(self, number: Any, method: str, params: dict[str, Any]) -> Reply:
        def no(mnemonic: str, name: str | None = None) -> No:
            return No(self._error(mnemonic, name, number))

        if not self.allowed:
            raise no("ip_not_whitelisted")
        if params.get("access_token") != self.secrets["UIS_TOKEN"]:
            raise no(
                "access_token_invalid" if "access_token" in params else "required_parameter_missed"
            )
        limits = self._limits()
        if min(limits["minute_remaining"], limits["day_remaining"]) < 1:
            raise no("limit_exceeded")
        if method == "get.account":
            rows = [{"app_id": 1, "name": "Клиника", "timezone": str(self.zone)}]
            total = 1
        elif method in REPORTS:
            rows, total = self._report(method, params, no)
        else:
            raise no("method_not_found")
        self._spent.append(self.clock.unix())
        metadata: dict[str, Any] = {"total_items": total, "limits": self._limits()}
        if self.retired:
            metadata["api_version"] = self.retired
        result = {"data": rows, "metadata": metadata}
        return json_reply({"jsonrpc": "2.0", "id": number, "result": result})

    def _report(self, method: str, params: dict[str, Any], no: Any) -> tuple[list[Any], int]:
        name, time, known, default = REPORTS[method]
        more = {"include_ongoing_calls"} if name == "calls" else set()
        if set(params) - PARAMS - more:
            raise no("unexpected_parameters", min(set(params) - PARAMS - more))
        first, last = (self._moment(params, n, no) for n in ("date_from", "date_till"))
        if first > last:
            raise no("invalid_parameter_value", "date_from")
        if last - first > timedelta(days=92):
            raise no("date_interval_limit_reached")
        limit, offset = params.get("limit", 1000), params.get("offset", 0)
        if not (type(limit) is int and 1 <= limit <= 10_000):
            raise no("invalid_parameter_value", "limit")
        if not (type(offset) is int and 0 <= offset <= 100_000):
            raise no("invalid_parameter_value", "offset")
        chosen = set(params.get("fields", default))
        if chosen - known:
            raise no("invalid_parameter_value", f"fields: {min(chosen - known)}")
        rows = [r for r in self.rows(name) if first <= self._local(r.at) <= last]
        answers = [(r, self._row(name, time, r)) for r in rows]
        answers = [a for a in answers if self._passes(params.get("filter"), a[1], time, known, no)]
        for key in reversed(params.get("sort") or []):
            if key.get("field") not in known - {"id", "tags"} or key.get("order") not in {
                "asc",
                "desc",
            }:
                raise no("sort_prohibited", str(key.get("field")))
            answers.sort(
                key=lambda a, k=key: str(a[1].get(k["field"])), reverse=key["order"] == "desc"
            )
        page = answers[offset : offset + self.sized(limit)]
        return [{f: a.get(f) for f in sorted(chosen)} for _, a in page], len(answers)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def _moment(self, params: dict[str, Any], name: str, no: Any) -> datetime:
        if name not in params:
            raise no("required_parameter_missed", name)
        try:
            moment = datetime.strptime(params[name], "%Y-%m-%d %H:%M:%S")
        except (TypeError, ValueError):
            raise no("data_type_error", name) from None
        return moment

    def _passes(
        self, tree: Any, row: dict[str, Any], time: str, known: frozenset[str], no: Any
    ) -> bool:
        if not tree:
            return True
        if "filters" in tree:
            passed = [self._passes(t, row, time, known, no) for t in tree["filters"]]
            return any(passed) if tree.get("condition") == "or" else all(passed)
        if tree.get("field") not in known - {time}:
            raise no("filter_prohibited", str(tree.get("field")))
        value = tree.get("value")
        return row.get(tree["field"]) in (value if isinstance(value, list) else [value])

    def _row(self, name: str, time: str, row: Any) -> dict[str, Any]:
        when = self._local(row.at).strftime("%Y-%m-%d %H:%M:%S")
        tag = {"tag_id": 1, "tag_name": "запись", "tag_type": "manual", "tag_change_time": when}
        common = {"id": row.id, time: when, "tags": self.a_list([tag]), **row.marks}
        if name != "calls":
            return common | {
                "visitor_name": PERSON,
                "visitor_phone_number": row.phone,
                "visitor_email": row.email,
                "text": COMMENT,
                "form_name": "Запись на приём",
                "status": "processed",
            }
        return common | {
            "direction": row.direction,
            "is_lost": row.lost,
            "contact_phone_number": row.phone,
            "virtual_phone_number": "74950000900",
            "communication_id": 1000 + row.id,
            "communication_number": row.number,
            "talk_duration": row.talk,
            "wait_duration": row.wait,
            "employees": self.a_list([{"employee_id": 1, "employee_full_name": PERSON}]),
            "finish_reason": "operator_disconnects",
        }
