"""A double of Bitrix24: `crm.item.list` and its neighbours behind a webhook, pages of 50, two limiters.

Strict: POST of JSON, known methods and fields, `start: -1` (no total), 50 commands a batch and its empty
maps as `[]`, 2 requests a second over a burst of 50 (503), ten minutes' `operating` of a method (429),
`*` for phones. The halted `crm.deal.list` and `crm.lead.list` are not answered.
Unsure, so by switch: `naive_dates` True – a date filter with an offset is ignored (b24restdocs #215).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sheets_sync.net.clock import Clock
from tests.doubles.bitrix24_query import brackets, refuse, select
from tests.doubles.bitrix24_world import EXPECTED, EXPECTED_MAPPED, MAPPED, WORLD, BitrixWorld, Step
from tests.doubles.server import Asked, Reply, json_reply
from tests.doubles.service import COMMENT, PERSON, Double, No


class Bitrix24Double(Double):
    """A portal. `burst`, `drain`: its leaky bucket; `operating`: seconds a call costs, `budget` in ten minutes."""

    kind = "bitrix24"
    table: ClassVar = {"webhook_env": "BITRIX_WEBHOOK"}
    secrets: ClassVar = {"BITRIX_WEBHOOK": "https://portal.example/rest/1/b24doublesecret7k/"}
    expected: ClassVar = EXPECTED
    mapped: ClassVar = MAPPED
    expected_mapped: ClassVar = EXPECTED_MAPPED
    refusals: ClassVar = {
        "auth": refuse(401, "expired_token").reply,
        "rights": refuse(403, "insufficient_scope").reply,
        "quota": refuse(503, "QUERY_LIMIT_EXCEEDED", "Too many requests").reply,
        "temporary": refuse(500, "INTERNAL_SERVER_ERROR").reply,
        "permanent": refuse(400, "INVALID_ARG_VALUE").reply,
        "blocked": refuse(503, "OVERLOAD_LIMIT").reply,
        "quiet": json_reply({"error": "", "error_description": "Ошибка"}),
        "number": json_reply({"error": 0, "error_description": "Booking"}, 422),
    }

    def __init__(self, world: BitrixWorld = WORLD, clock: Clock | None = None) -> None:
        super().__init__(world, clock)
        self.zone = ZoneInfo("Europe/Moscow")
        self.naive_dates = False
        self.burst, self.drain = 50.0, 2.0
        self.operating, self.budget = 0.15, 480.0
        self._level = (0.0, self.clock.unix())
        self._spent: dict[str, list[tuple[float, float]]] = {}

    def move(self, deal: int, stage: str) -> None:
        """A deal goes to another stage now: its row, and a line of the history."""
        self.change("deals", deal, stage=stage)
        number = max(s.id for s in self.world.history) + 1
        self.add("history", Step(number, 2, deal, self.clock.now(), stage))

    def route(self, asked: Asked) -> Reply:
        prefix = "/rest/1/b24doublesecret7k/"
        if not asked.path.startswith(prefix):
            raise refuse(401, "NO_AUTH_FOUND", "Wrong authorization data")
        if asked.method != "POST":
            raise refuse(400, "BAD_REQUEST", "POST")
        now = self.clock.unix()
        level = max(0.0, self._level[0] - (now - self._level[1]) * self.drain) + 1
        if level > self.burst:
            raise No(self.refusals["quota"])
        self._level = (level, now)
        try:
            params = asked.json() if asked.body else {}
        except json.JSONDecodeError:
            raise refuse(400, "BAD_REQUEST", "JSON") from None
        method = asked.path.removeprefix(prefix).removesuffix(".json")
        if method == "batch":
            return json_reply({"result": self._batch(params), "time": self._time("batch")})
        result, page = self._call(method, params)
        return json_reply({"result": result, **page, "time": self._time(method)})

    def _batch(self, params: dict[str, Any]) -> dict[str, Any]:
        commands = params.get("cmd") or {}
        if isinstance(commands, list):
            commands = {str(n): c for n, c in enumerate(commands)}
        if len(commands) > 50:
            raise refuse(400, "ERROR_BATCH_LENGTH_EXCEEDED")
        maps: dict[str, dict[str, Any]] = {
            n: {} for n in ("result", "result_error", "result_total", "result_next", "result_time")
        }
        for name, command in commands.items():
            method, _, query = command.partition("?")
            try:
                maps["result"][name], page = self._call(method, brackets(query))
            except No as no:
                maps["result_error"][name] = json.loads(no.reply.body)
                if int(params.get("halt", 0)):
                    break
                continue
            maps["result_time"][name] = self._time(method)
            for key, value in page.items():
                maps[f"result_{key}"][name] = value
        return {n: m or [] for n, m in maps.items()}

    def _time(self, method: str) -> dict[str, Any]:
        now, spent = self.clock.unix(), self._spent.get(method, [])
        return {
            "start": now,
            "finish": now + 0.2,
            "duration": 0.2,
            "operating": sum(s for _, s in spent),
            "operating_reset_at": int(min((t for t, _ in spent), default=now) + 600),
        }

    def _call(self, method: str, params: dict[str, Any]) -> tuple[Any, dict[str, int]]:
        now = self.clock.unix()
        spent = [(t, s) for t, s in self._spent.get(method, []) if t > now - 600]
        if sum(s for _, s in spent) >= self.budget:
            raise refuse(
                429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit"
            )
        self._spent[method] = [*spent, (now, self.operating)]
        answers = {
            "profile": self._profile,
            "crm.item.list": self._items,
            "crm.item.fields": self._fields,
            "crm.category.list": self._categories,
            "crm.status.list": self._statuses,
            "crm.stagehistory.list": self._history,
        }
        if method not in answers:
            raise refuse(404, "ERROR_METHOD_NOT_FOUND", f"Method not found! {method}")
        return answers[method](params)

    def _profile(self, _params: dict[str, Any]) -> tuple[Any, dict[str, int]]:
        return {"ID": "1", "ADMIN": True, "NAME": PERSON, "TIME_ZONE": ""}, {}

    def _items(self, params: dict[str, Any]) -> tuple[Any, dict[str, int]]:
        names = {"1": "leads", "2": "deals", "3": "contacts"}
        name = names.get(str(params.get("entityTypeId")))
        if name is None:
            raise refuse(400, "NOT_FOUND", "Smart process not found")
        original = params.get("useOriginalUfNames") == "Y"
        rows = [self._row(name, r, original=original) for r in self.rows(name)]
        chosen = params.get("select") or ["*"]
        page, more = select(rows, params, self.zone, key="id", ignore_offsets=self.naive_dates)
        if "*" in chosen:
            return {"items": page}, more
        kept = [{k: v for k, v in r.items() if k in chosen or k == "id"} for r in page]
        return {"items": kept}, more

    def _row(self, name: str, row: Any, *, original: bool) -> dict[str, Any]:
        if name == "contacts":
            kinds = {"PHONE": row.phone, "EMAIL": row.email}
            fm = [{"typeId": k, "value": v, "valueType": "WORK"} for k, v in kinds.items() if v]
            return {"id": row.id, "name": PERSON, "lastName": PERSON, "fm": fm}
        own = "UF_CRM_1700000000" if original else "ufCrm_1700000000"
        more = {own if k.startswith("UF_") else k: v for k, v in row.more.items()}
        utm = dict.fromkeys(("utmSource", "utmMedium", "utmCampaign", "utmContent", "utmTerm"))
        deal = {"categoryId": row.category, "leadId": row.lead or None}
        closing = {"closedate": self._day(row.closed), "begindate": self._day(row.at)}
        return {
            "id": row.id,
            "title": f"Заявка: {PERSON}",
            "stageId": row.stage,
            "stageSemanticId": self._semantics(row.stage, name) or "P",
            "sourceId": row.source or None,
            "sourceDescription": None,
            "opportunity": row.amount,
            "currencyId": "RUB",
            "assignedById": 1,
            "contactId": row.contact or None,
            "contactIds": self.a_list([row.contact] if row.contact else []),
            "companyId": 0,
            "createdTime": self._iso(row.at),
            "updatedTime": self._iso(row.updated),
            "movedTime": self._iso(row.updated),
            "isReturnCustomer": "N",
            "comments": COMMENT,
            own: None,
            **(deal | closing if name == "deals" else {}),
            **utm,
            **more,
        }

    def _iso(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def _day(self, moment: datetime | None) -> str | None:
        local = moment and moment.astimezone(self.zone)
        return local and local.replace(hour=0, minute=0, second=0).isoformat(timespec="seconds")

    def _semantics(self, stage: str, name: str) -> str | None:
        leads = name == "leads"
        stages = (s for s in self.world.stages if s.id == stage and leads == (s.entity == "STATUS"))
        return next((s.semantics for s in stages if s.entity != "SOURCE"), None)

    def _fields(self, params: dict[str, Any]) -> tuple[Any, dict[str, int]]:
        name = {"1": "leads", "2": "deals"}.get(str(params.get("entityTypeId")))
        if name is None:
            raise refuse(400, "NOT_FOUND")
        original = params.get("useOriginalUfNames") == "Y"
        row = self._row(name, self.rows(name)[0], original=original)
        fields = {n: {"type": "string", "title": n, "upperName": n.upper()} for n in row}
        return {"fields": fields}, {}

    def _categories(self, params: dict[str, Any]) -> tuple[Any, dict[str, int]]:
        if str(params.get("entityTypeId")) != "2":
            raise refuse(400, "ENTITY_TYPE_NOT_SUPPORTED")
        rows = [
            {"id": i, "name": n, "sort": 100, "entityTypeId": 2, "isDefault": "N" if i else "Y"}
            for i, n in self.world.categories
        ]
        return {"categories": rows}, {"total": len(rows)}

    def _statuses(self, params: dict[str, Any]) -> tuple[Any, dict[str, int]]:
        rows = [
            {
                "ID": str(number),
                "ENTITY_ID": s.entity,
                "STATUS_ID": s.id,
                "NAME": s.name,
                "SORT": str(number * 10),
                "SEMANTICS": s.semantics,
                "CATEGORY_ID": s.entity.rpartition("_")[2] if s.entity[-1].isdigit() else None,
            }
            for number, s in enumerate(self.world.stages, 1)
        ]
        return select(rows, {k: v for k, v in params.items() if k != "start"}, self.zone, key="ID")

    def _history(self, params: dict[str, Any]) -> tuple[Any, dict[str, int]]:
        kind = str(params.get("entityTypeId"))
        if kind not in {"1", "2"}:
            raise refuse(400, "INVALID_ARG_VALUE", "entityTypeId")
        rows = [self._step(s) for s in self.world.history if str(s.kind) == kind]
        page, more = select(rows, params, self.zone, key="ID", ignore_offsets=self.naive_dates)
        return {"items": page}, more

    def _step(self, step: Step) -> dict[str, Any]:
        lead = step.kind == 1
        names = ("STATUS_ID", "STATUS_SEMANTIC_ID") if lead else ("STAGE_ID", "STAGE_SEMANTIC_ID")
        semantics = self._semantics(step.stage, "leads" if lead else "deals") or "P"
        number = step.stage[1:].partition(":")[0] if ":" in step.stage else "0"
        return {
            "ID": step.id,
            "TYPE_ID": 3 if semantics != "P" else 2,
            "OWNER_ID": step.owner,
            "CREATED_TIME": self._iso(step.at),
            **({} if lead else {"CATEGORY_ID": int(number)}),
            **dict(zip(names, (step.stage, semantics), strict=True)),
        }
