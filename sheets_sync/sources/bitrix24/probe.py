"""What `check` shows of a portal: stages with their leads and deals of 90 days, its own fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import quote

from sheets_sync.errors import SourceError
from sheets_sync.sources.api import Api
from sheets_sync.sources.bitrix24.calls import batch, call
from sheets_sync.sources.bitrix24.portal import DEAL, LEAD, Bitrix24Table
from sheets_sync.sources.json_paths import at
from sheets_sync.sources.source import Finding
from sheets_sync.sources.stages import fields_seen, stages_missing

#: Commands of a batch; stages are counted in at most so many batches.
_BATCH, _BATCHES = 50, 6


def probe(api: Api[Bitrix24Table]) -> Iterator[Finding]:
    """The stages of leads and of each funnel, how each is understood, and what has no word."""
    table = api.table
    funnels = at(call(api, "crm.category.list", {"entityTypeId": DEAL}), "result.categories") or []
    names = {"STATUS": ("lead", "лиды")}
    for funnel in funnels:
        if not table.categories or funnel["id"] in table.categories:
            entity = f"DEAL_STAGE_{funnel['id']}" if funnel["id"] else "DEAL_STAGE"
            names[entity] = ("deal", f"воронка {funnel['id']} «{funnel.get('name')}»")
    statuses = call(api, "crm.status.list", {}).get("result") or []
    yield Finding("", ok=True, seen=f"отвечает; воронок: {len(funnels)}")
    pairs = [
        (names[s["ENTITY_ID"]][0], str(s["STATUS_ID"])) for s in statuses if s["ENTITY_ID"] in names
    ]
    there = (name for what, stage in pairs for name in (f"{what}:{stage}", stage))
    yield from stages_missing(table.stages, there)
    count, uncounted = _counts(api, list(dict.fromkeys(pairs)))
    if uncounted:
        yield Finding("стадии", ok=True, seen=f"за 90 дней не посчитаны: {uncounted}")
    for entity, (what, title) in names.items():
        stages = [s for s in statuses if s.get("ENTITY_ID") == entity]
        words = {
            str(s["STATUS_ID"]): table.word(
                what, str(s["STATUS_ID"]), str(s.get("SEMANTICS") or "")
            )
            for s in stages
        }
        listed = "; ".join(
            f"{s['STATUS_ID']} «{s.get('NAME')}» = {words[str(s['STATUS_ID'])] or 'in_work?'}, "
            f"{count.get((what, str(s['STATUS_ID'])), '–' if uncounted else 0)}"
            for s in stages
        )
        yield Finding(
            title,
            ok=all(words.values()),
            seen=f"за 90 дней: {listed}" if listed else "стадий нет",
            hint="Стадии с вопросом считаются «в работе»; объясните их в [source.stages].",
        )
    yield _fields(api)
    if not table.phones:
        yield Finding(
            "телефоны",
            ok=True,
            seen="не читаются: заявки находят визиты только по номеру сделки (phones = true включает)",
        )


def _fields(api: Api[Bitrix24Table]) -> Finding:
    """The portal's own fields of leads and deals; those of its users begin with UF_."""
    own: dict[str, str] = {}
    for kind in (LEAD, DEAL):
        params = {"entityTypeId": kind, "useOriginalUfNames": "Y"}
        fields = at(call(api, "crm.item.fields", params), "result.fields") or {}
        own |= {
            name: str(at(field, "title") or "")
            for name, field in fields.items()
            if name.startswith("UF_") or name in api.table.fields.values()
        }
    return fields_seen(own, api.table.fields)


def _counts(
    api: Api[Bitrix24Table], stages: Sequence[tuple[str, str]]
) -> tuple[dict[tuple[str, str], int], str]:
    """How many leads or deals that changed in 90 days stand at each stage ("lead", "NEW"); and why
    some are not counted, if so."""
    since = (api.clock.now() - timedelta(days=90)).isoformat(timespec="seconds")
    # A bare «=» in a name would end it.
    changed = f"filter[{quote('>=updatedTime')}]={quote(since)}"
    commands: dict[str, str] = {
        str(place): f"crm.item.list?entityTypeId={LEAD if what == 'lead' else DEAL}&select[]=id"
        f"&filter[stageId]={quote(stage)}&{changed}&start=0"
        for place, (what, stage) in enumerate(stages)
    }
    counts: dict[tuple[str, str], int] = {}
    names = list(commands)
    try:
        for n in range(0, min(len(names), _BATCHES * _BATCH), _BATCH):
            part = {name: commands[name] for name in names[n : n + _BATCH]}
            for name, _, total in batch(api, part):
                counts[stages[int(name)]] = total
    except SourceError as error:
        return counts, error.message
    return counts, "стадий слишком много." if len(counts) < len(stages) else ""
