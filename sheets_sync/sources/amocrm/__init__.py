"""amoCRM: leads by windows of change, forms that nobody accepted yet, stages as events, the bin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from metrics.wording import counted
from sheets_sync.net.secrets import bearer
from sheets_sync.sources.access import Answer, Fault, Limit
from sheets_sync.sources.amocrm.account import (
    BIN,
    PAGE,
    AmocrmTable,
    changed_leads,
    contact_phones,
    is_chosen,
    main_contact,
    pages,
    stage_steps,
    unsorted,
)
from sheets_sync.sources.amocrm.rows import (
    STREAMS,
    is_won,
    lead_row,
    remember,
    visit_rows,
    without_binned,
)
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import Connector, Page, Window
from sheets_sync.sources.engine import source_of
from sheets_sync.sources.json_paths import Record, at
from sheets_sync.sources.source import Finding
from sheets_sync.sources.stages import fields_seen, stages_missing, unmapped

#: Pages of leads that `check` counts by stage.
_MOST_PAGES = 8
_LOCKED = (
    "amoCRM закрыла доступ этому серверу за частые запросы. Напишите в поддержку amoCRM, пусть "
    "снимет блокировку; до тех пор каждое обновление делает один запрос и останавливается."
)


def _ask(api: Api[AmocrmTable], window: Window) -> Iterator[Page]:
    begin, end = int(window.begin.timestamp()), int(window.end.timestamp())
    strange: Counter[str] = Counter()
    changed = [row for rows in changed_leads(api, begin, end, "contacts,source_id") for row in rows]
    binned = [row for rows in changed_leads(api, begin, end, BIN) for row in rows]
    changed = without_binned(api, changed, binned)
    elsewhere = [row for row in changed if not is_chosen(api.table, row)]
    changed = [row for row in changed if is_chosen(api.table, row)]
    if window.is_open:
        accepted = {row["id"] for row in changed}
        changed += [r for rows in unsorted(api) for r in rows if r["id"] not in accepted]
    phones = contact_phones(api, changed)
    yield Page([lead_row(api.table, lead, phones, strange) for lead in changed], "leads")
    yield Page([], "leads", notes=unmapped(strange))
    remember(api, stage_steps(api, begin, end))
    visits = visit_rows(api, {lead["id"]: lead for lead in changed}, phones)
    yield Page(visits, "visits")
    if api.table.payments:
        paid = [
            {**lead, "phone": phones.get(main_contact(lead) or 0)}
            if is_won(api.table, lead)
            else {"id": lead["id"], "deleted": True}
            for lead in changed
        ]
        yield Page(paid, "payments", notes=("Оплаты amoCRM – по сделкам, не по кассе.",))
    numbers = [row["id"] for row in (*binned, *elsewhere)]
    gone = [{"lead_id": number, "id": number, "deleted": True} for number in numbers]
    for name in ("leads", "visits", "payments"):
        yield Page(gone, name)


def _fault(answer: Answer) -> Fault | None:
    if answer.status == 403 and answer.body is None:
        return Fault("rights", "доступ закрыт целиком.", _LOCKED)
    if answer.status == 429:
        return Fault("quota", wait=10.0)
    if answer.status >= 500:
        return Fault("temporary", wait=20.0)
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
    pairs = [
        (str(p["id"]), str(stage["id"]))
        for p in pipelines
        for stage in at(p, "_embedded.statuses") or ()
    ]
    there = (name for number, stage in pairs for name in (f"{number}:{stage}", stage))
    yield from stages_missing(table.stages, there)
    now = int(api.clock.now().timestamp())
    params = {"filter[updated_at][from]": now - 90 * 86_400, "filter[updated_at][to]": now}
    read = list(islice(pages(api, "/leads", "leads", params), _MOST_PAGES))
    leads: list[Record] = [lead for rows in read for lead in rows]
    part = ""
    if len(read) == _MOST_PAGES:
        part = f" (посчитано {counted(len(leads), 'сделка', 'сделки', 'сделок')}, есть ещё)"
    count = Counter((lead.get("pipeline_id"), lead.get("status_id")) for lead in leads)
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
            seen=f"за 90 дней{part}: {listed}",
            hint="Стадии с вопросом считаются «в работе»; объясните их в [source.stages].",
        )
    fields = at(api.get("/api/v4/leads/custom_fields", {"limit": PAGE}), "_embedded.custom_fields")
    names = {str(f.get("id")): str(f.get("name") or "") for f in fields or ()}
    yield fields_seen(names, {ours: str(theirs) for ours, theirs in table.fields.items()})
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
        streams=STREAMS,
        limits=(Limit(4, 1.0),),
        fault=_fault,
        probe=_probe,
        by="changes",
        longest=7,
        overlap=600.0,
        parallel=1,
    )
)
