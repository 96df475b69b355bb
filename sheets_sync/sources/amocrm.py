"""amoCRM: leads by windows of change, forms that nobody accepted yet, stages as events, the bin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field as Setting
from pydantic import field_validator

from sheets_sync.net.secrets import NeededVariable, bearer
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import (
    Answer,
    Connector,
    Fault,
    Limit,
    Page,
    Record,
    Stream,
    Window,
    at,
)
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.source import Finding, SourceTable
from sheets_sync.sources.stages import BOOKED, VISITED, StageWord, lead_status, unmapped

_PAGE, _EVENTS = 250, 100
#: In every pipeline these two mean the same.
_ENDS: dict[str, StageWord] = {"142": "won", "143": "lost"}
_CODES = {
    "UTM_SOURCE": "utm_source",
    "UTM_MEDIUM": "utm_medium",
    "UTM_CAMPAIGN": "utm_campaign",
    "UTM_CONTENT": "utm_content",
    "UTM_TERM": "utm_term",
    "_YM_UID": "ym_client_id",
    "YCLID": "yclid",
}
_LOCKED = (
    "amoCRM закрыла доступ этому серверу за частые запросы. Напишите в поддержку amoCRM, пусть "
    "снимет блокировку; до тех пор источник не спрашивается."
)


class AmocrmTable(SourceTable):
    """`stages`: "1002", or "31:142" (pipeline and status) -> our word; `fields`: our column -> the
    id of the account's own field."""

    kind: Literal["amocrm"]
    domain: str
    token_env: NeededVariable
    pipelines: tuple[int, ...] = ()
    phones: bool = False
    payments: bool = False
    stages: dict[str, StageWord] = Setting(default={})
    fields: dict[str, int] = Setting(default={})

    @field_validator("domain")
    @classmethod
    def _bare(cls, value: str) -> str:
        host = value.strip().removeprefix("https://").removeprefix("http://").partition("/")[0]
        return host if "." in host else f"{host}.amocrm.ru"

    @property
    def account(self) -> str:
        return self.domain

    def word(self, pipeline: Any, status: Any) -> StageWord | None:
        """What a stage means to us; None where nobody said."""
        return (
            self.stages.get(f"{pipeline}:{status}")
            or self.stages.get(str(status))
            or _ENDS.get(str(status))
        )


def _list(
    api: Api[AmocrmTable], path: str, name: str, params: dict[str, Any], limit: int = _PAGE
) -> Iterator[tuple[list[dict[str, Any]], bool]]:
    """Pages of a list and whether another was promised. Nothing is 204 without a body."""
    page = 1
    while True:
        body = api.get(f"/api/v4{path}", {**params, "page": page, "limit": limit}) or {}
        more = bool(at(body, "_links.next.href"))
        yield at(body, f"_embedded.{name}") or [], more
        if not more:
            return
        page += 1


def _leads(
    api: Api[AmocrmTable], begin: int, end: int, wide: str
) -> Iterator[list[dict[str, Any]]]:
    """Leads changed in a window. Rows that change while they are read move between pages: where a
    promised page is empty the window is asked in halves."""
    params: dict[str, Any] = {
        "with": wide,
        "filter[updated_at][from]": begin,
        "filter[updated_at][to]": end,
        "order[updated_at]": "asc",
    }
    if api.table.pipelines:
        params["filter[pipeline_id][]"] = list(api.table.pipelines)
    promised = False
    for rows, more in _list(api, "/leads", "leads", params):
        if promised and not rows and end - begin > 1:
            middle = (begin + end) // 2
            yield from _leads(api, begin, middle, wide)
            yield from _leads(api, middle, end, wide)
            return
        promised = more
        yield rows


def _unsorted(api: Api[AmocrmTable]) -> Iterator[list[dict[str, Any]]]:
    """Forms and calls that nobody has accepted yet: the lead that each will become."""
    params: dict[str, Any] = {"order[created_at]": "asc"}
    if api.table.pipelines:
        params["filter[pipeline_id][]"] = list(api.table.pipelines)
    for rows, _ in _list(api, "/leads/unsorted", "unsorted", params):
        yield [
            {
                "id": lead["id"],
                "created_at": row.get("created_at"),
                "source": row.get("source_name") or at(row, "metadata.form_name"),
                "word": "new",
                "_embedded": {"contacts": at(row, "_embedded.contacts") or []},
            }
            for row in rows
            for lead in at(row, "_embedded.leads") or ()
        ]


def _contact(lead: Record) -> int | None:
    contacts = at(lead, "_embedded.contacts") or []
    main = next((c for c in contacts if c.get("is_main")), contacts[0] if contacts else {})
    return main.get("id")


def _phones(api: Api[AmocrmTable], leads: Iterable[Record]) -> dict[int, Any]:
    """The first phone of each main contact; it becomes a key at once. Only if wanted."""
    numbers = sorted({n for lead in leads if (n := _contact(lead))}) if api.table.phones else []
    phones: dict[int, Any] = {}
    for begin in range(0, len(numbers), _PAGE):
        params = {"filter[id][]": numbers[begin : begin + _PAGE]}
        for rows, _ in _list(api, "/contacts", "contacts", params):
            for contact in rows:
                found = (
                    value.get("value")
                    for f in contact.get("custom_fields_values") or ()
                    if f.get("field_code") == "PHONE"
                    for value in f.get("values") or ()
                )
                phones[contact["id"]] = next(found, None)
    return phones


def _steps(api: Api[AmocrmTable], begin: int, end: int) -> dict[int, dict[StageWord, int]]:
    """When leads first reached, within a window, a stage called booked and one called visited."""
    table = api.table
    if not {BOOKED, VISITED} & set(table.stages.values()):
        return {}
    params = {
        "filter[type][]": ["lead_status_changed"],
        "filter[created_at][from]": begin,
        "filter[created_at][to]": end,
    }
    reached: dict[int, dict[StageWord, int]] = {}
    for rows, _ in _list(api, "/events", "events", params, _EVENTS):
        for event in rows:
            for value in event.get("value_after") or ():
                stage = value.get("lead_status") or {}
                word = table.word(stage.get("pipeline_id"), stage.get("id"))
                if word in {BOOKED, VISITED}:
                    mine = reached.setdefault(int(event["entity_id"]), {})
                    mine[word] = min(event["created_at"], mine.get(word, event["created_at"]))
    return reached


def _ask(api: Api[AmocrmTable], window: Window) -> Iterator[Page]:
    begin, end = int(window.begin.timestamp()), int(window.end.timestamp())
    strange: Counter[str] = Counter()
    changed = [row for rows in _leads(api, begin, end, "contacts,source_id") for row in rows]
    if window.is_open:
        known = {row["id"] for row in changed}
        changed += [r for rows in _unsorted(api) for r in rows if r["id"] not in known]
    phones = _phones(api, changed)
    yield Page([_row(api.table, lead, phones, strange) for lead in changed], "leads")
    yield Page([], "leads", notes=unmapped(strange))
    _remember(api, _steps(api, begin, end))
    visits = _visits(api, {lead["id"]: lead for lead in changed}, phones)
    yield Page(visits, "visits")
    if api.table.payments:
        won = [lead for lead in changed if _is_won(api.table, lead)]
        paid = [{**lead, "phone": phones.get(_contact(lead) or 0)} for lead in won]
        yield Page(paid, "payments", notes=("Оплаты amoCRM – по сделкам, не по кассе.",))
    gone = [row for rows in _leads(api, begin, end, "only_deleted") for row in rows]
    binned = [{"lead_id": row["id"], "id": row["id"], "deleted": True} for row in gone]
    for name in ("leads", "visits", "payments"):
        yield Page(binned, name)


def _row(
    table: AmocrmTable, lead: Record, phones: dict[int, Any], strange: Counter[str]
) -> dict[str, Any]:
    """Our columns of a lead."""
    word = lead.get("word") or table.word(lead.get("pipeline_id"), lead.get("status_id"))
    if word is None:
        strange[f"{lead.get('pipeline_id')}:{lead.get('status_id')}"] += 1
    own: dict[str, Any] = {}
    by_id: dict[int, Any] = {}
    for cell in lead.get("custom_fields_values") or ():
        value = next((v.get("value") for v in cell.get("values") or ()), None)
        by_id[int(cell["field_id"])] = value
        if ours := _CODES.get(str(cell.get("field_code") or cell.get("field_name")).upper()):
            own[ours] = value
    source = lead.get("source") or at(lead, "_embedded.source.name")
    return {
        "source_raw": source,
        **own,
        **{ours: by_id[n] for ours, n in table.fields.items() if by_id.get(n) is not None},
        "lead_id": lead["id"],
        "created_at": _moment(lead.get("created_at")),
        "updated_at": _moment(lead.get("updated_at")),
        "status": lead_status(word),
        "phone": phones.get(_contact(lead) or 0),
    }


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def _patient(lead: Record) -> str:
    """The contact, else the lead."""
    return f"C{_contact(lead)}" if _contact(lead) else f"L{lead['id']}"


def _remember(api: Api[AmocrmTable], steps: dict[int, dict[StageWord, int]]) -> None:
    """Keep stages reached until their lead comes: it changed then or later."""
    pending = api.memory.setdefault("steps", {})
    for number, reached in steps.items():
        mine = pending.setdefault(str(number), {})
        for word, when in reached.items():
            mine[word] = min(when, mine.get(word, when))


def _visits(
    api: Api[AmocrmTable], leads: dict[int, dict[str, Any]], phones: dict[int, Any]
) -> list[dict[str, Any]]:
    """An appointment of each lead that reached either stage, now or at an earlier pull."""
    pending = api.memory.get("steps", {})
    steps = {n: pending.pop(str(n)) for n in leads if str(n) in pending}
    earlier = _earlier(api, steps)
    visits = []
    for number, reached in steps.items():
        lead, was = leads[number], earlier.get(number, {})
        booked = _first(_moment(reached.get(BOOKED)), was.get(BOOKED))
        came = _first(_moment(reached.get(VISITED)), was.get(VISITED))
        visits.append(
            {
                "id": number,
                "patient": _patient(lead),
                "booked_at": booked or came,
                "starts_at": came or booked,
                "status": "completed" if came else "booked",
                "phone": phones.get(_contact(lead) or 0),
            }
        )
    return visits


def _first(*moments: datetime | None) -> datetime | None:
    return min((m for m in moments if m is not None), default=None)


def _earlier(api: Api[AmocrmTable], steps: Iterable[int]) -> dict[int, dict[StageWord, datetime]]:
    """What the store knows of the appointments of these leads."""
    stored = api.context.stored
    if stored is None:
        return {}
    prefix = api.table.origin("appointments").prefix("")
    rows = stored.read("appointments", [f"{prefix}{number}" for number in steps])
    known: dict[int, dict[StageWord, datetime]] = {}
    for row in rows.to_dict("records"):
        number = int(str(row["appointment_id"]).removeprefix(prefix))
        known[number] = {BOOKED: row["booked_at"]}
        if row["status"] == "completed":
            known[number][VISITED] = row["starts_at"]
    return known


def _is_won(table: AmocrmTable, lead: Record) -> bool:
    won = table.word(lead.get("pipeline_id"), lead.get("status_id")) == "won"
    return won and bool(lead.get("price"))


_OURS = (
    "lead_id", "created_at", "updated_at", "status", "source_raw", "phone", *_CODES.values(),
    "direction", "service", "contact_type", "branch", "manager", "landing_path", "referrer_domain",
)  # fmt: skip
_STREAMS = (
    Stream(
        "leads",
        "[]",
        {name: name for name in _OURS},
        deleted="deleted",
        changed="updated_at",
        name="leads",
    ),
    Stream(
        "appointments",
        "[]",
        {
            "appointment_id": "id",
            "lead_id": "id",
            "patient_id": "patient",
            "phone": "phone",
            "booked_at": "booked_at",
            "starts_at": "starts_at",
            "status": "status",
        },
        deleted="deleted",
        name="visits",
    ),
    Stream(
        "payments",
        "[]",
        {
            "payment_id": "id",
            "patient_id": _patient,
            "phone": "phone",
            "paid_at": lambda lead: _moment(lead.get("closed_at")),
            "amount": "price",
            "kind": lambda _lead: "payment",
        },
        deleted="deleted",
        name="payments",
    ),
)


def _fault(answer: Answer) -> Fault | None:
    if answer.status == 403 and answer.body is None:
        return Fault("rights", "доступ закрыт целиком.", _LOCKED)
    if answer.status == 429:
        return Fault("quota", wait=10.0)
    if answer.status >= 500:
        return Fault("temporary", wait=5.0)
    if answer.status == 401:
        hint = (
            "Выпустите долгосрочный токен заново (амоМаркет → ваша интеграция → Ключи и доступы) и "
            "положите его командой romi-sheets secret."
        )
        return Fault("auth", hint=hint)
    return None


def _probe(api: Api[AmocrmTable]) -> Iterator[Finding]:
    """Pipelines and their stages, how each is understood, and leads of 90 days at each."""
    table = api.table
    pipelines = at(api.get("/api/v4/leads/pipelines"), "_embedded.pipelines") or []
    yield Finding("", ok=True, seen=f"отвечает; воронок: {len(pipelines)}")
    now = int(api.clock.now().timestamp())
    params = {"filter[updated_at][from]": now - 90 * 86_400, "filter[updated_at][to]": now}
    body = api.get("/api/v4/leads", {**params, "page": 1, "limit": _PAGE}) or {}
    found = at(body, "_embedded.leads") or []
    count = Counter((lead.get("pipeline_id"), lead.get("status_id")) for lead in found)
    for pipeline in pipelines:
        if table.pipelines and pipeline["id"] not in table.pipelines:
            continue
        stages = at(pipeline, "_embedded.statuses") or []
        words = {s["id"]: table.word(pipeline["id"], s["id"]) for s in stages if s.get("type") != 1}
        listed = "; ".join(
            f"{s['id']} «{s.get('name')}» = {words[s['id']] or 'in_work?'}, "
            f"{count[pipeline['id'], s['id']]}"
            for s in stages
            if s["id"] in words
        )
        yield Finding(
            f"воронка {pipeline['id']} «{pipeline.get('name')}»",
            ok=all(words.values()),
            seen=listed,
            hint="Стадии с вопросом считаются «в работе»; объясните их в [source.stages].",
        )
    if not table.phones:
        yield Finding(
            "телефоны",
            ok=True,
            seen="не читаются: заявки находят визиты только по номеру (phones = true включает)",
        )


SOURCE = source_of(
    Connector(
        kind="amocrm",
        title="amoCRM",
        noun="amoCRM",
        table=AmocrmTable,
        endpoint=lambda table: f"https://{table.domain}",
        auth=lambda table, secret: bearer(secret(table.token_env)),
        ask=_ask,
        streams=_STREAMS,
        limits=(Limit(4, 1.0),),
        fault=_fault,
        probe=_probe,
        by="changes",
        longest=7,
        overlap=600.0,
        parallel=1,
    )
)
