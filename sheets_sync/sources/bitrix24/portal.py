"""The portal: its table in a clinic's file, lists by rising id, stage history, phones if wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field as Setting

from sheets_sync.errors import SourceError
from sheets_sync.net.secrets import NeededVariable
from sheets_sync.sources.api import Api
from sheets_sync.sources.bitrix24.calls import batch, call
from sheets_sync.sources.connector import Window
from sheets_sync.sources.json_paths import Record, at, list_at
from sheets_sync.sources.source import SourceTable
from sheets_sync.sources.stages import BOOKED, VISITED, StageWord

LEAD, DEAL, CONTACT = 1, 2, 3
_PAGE = 50
UTM = {
    "utm_source": "utmSource",
    "utm_medium": "utmMedium",
    "utm_campaign": "utmCampaign",
    "utm_content": "utmContent",
    "utm_term": "utmTerm",
}
_SELECT = (
    "id", "stageId", "stageSemanticId", "sourceId", "opportunity", "currencyId", "contactId",
    "createdTime", "updatedTime", *UTM.values(),
)  # fmt: skip
_IDS = ("id", "leadId", "contactId", "categoryId")
_OF_DEALS = ("categoryId", "leadId", "closedate")
_SEMANTICS: dict[str, StageWord] = {"S": "won", "F": "lost"}


class Bitrix24Table(SourceTable):
    """`stages`: id of a stage, "lead:NEW", "deal:C3:WON" or bare for both -> our word; `fields`: our
    column -> the portal's field."""

    kind: Literal["bitrix24"]
    webhook_env: NeededVariable
    leads: bool = True
    deals: bool = True
    categories: tuple[int, ...] = ()
    phones: bool = False
    payments: bool = False
    stages: dict[str, StageWord] = Setting(default={})
    fields: dict[str, str] = Setting(default={})

    @property
    def account(self) -> str:
        return self.webhook_env

    def word(self, what: str, stage: str, semantics: str = "") -> StageWord | None:
        """What a stage means to us; None where nobody said."""
        return (
            self.stages.get(f"{what}:{stage}")
            or self.stages.get(stage)
            or _SEMANTICS.get(semantics)
        )


def there(
    api: Api[Bitrix24Table], kind: int, numbers: Iterable[int], select: Sequence[str] = ("id",)
) -> dict[int, dict[str, Any]]:
    """Which of these rows there are, by number: 2 500 a request."""
    chosen = "".join(f"&select[]={name}" for name in select)
    listed = sorted(set(numbers))
    commands = {
        f"p{n}": f"crm.item.list?entityTypeId={kind}{chosen}&start=-1"
        + "".join(f"&filter[{quote('@id')}][]={number}" for number in listed[n : n + _PAGE])
        for n in range(0, len(listed), _PAGE)
    }
    names = list(commands)
    rows: dict[int, dict[str, Any]] = {}
    for n in range(0, len(names), _PAGE):
        part = {name: commands[name] for name in names[n : n + _PAGE]}
        for _, result, _ in batch(api, part):
            rows |= {row["id"]: row for row in map(_numbered, list_at(result, "items[]"))}
    return rows


def items(
    api: Api[Bitrix24Table], kind: int, filters: dict[str, Any], select: Sequence[str] = _SELECT
) -> Iterator[dict[str, Any]]:
    """Every row that the filter means, by rising id: with `start: -1` the portal counts nothing."""
    if select is _SELECT:
        select = (*select, *(_OF_DEALS if kind == DEAL else ()), *api.table.fields.values())
    last = 0
    while True:
        body = call(
            api,
            "crm.item.list",
            {
                "entityTypeId": kind,
                "select": list(select),
                "filter": {**filters, ">id": last},
                "order": {"id": "ASC"},
                "start": -1,
                "useOriginalUfNames": "Y",
            },
        )
        rows = [_numbered(row) for row in list_at(body, "result.items[]")]
        yield from rows
        if len(rows) < _PAGE:
            return
        last = _after(last, rows[-1]["id"])


def _numbered(row: Record) -> dict[str, Any]:
    """A row whose ids are numbers, as some portals give them as texts; 0 is none."""
    return {**row, **{name: int(row[name] or 0) for name in _IDS if name in row}}


def _after(last: int, number: int) -> int:
    """Where the next page begins. Raises SourceError where it is no step on: the filter was not heeded."""
    if number <= last:
        raise SourceError(
            "отдаёт одну и ту же страницу.",
            hint="Прежние строки оставлены. Если это повторяется, напишите нам.",
            permanent=False,
        )
    return number


def _changed(api: Api[Bitrix24Table], kind: int, window: Window) -> list[dict[str, Any]]:
    """Rows changed since the window began. Some portals look past a filter whose time has an offset
    (b24restdocs #215): then it is asked in the portal's own zone, and the filter is never trusted."""
    ends = {">=updatedTime": window.begin}
    if not window.is_open:
        ends["<updatedTime"] = window.end
    if not api.memory.get("naive"):
        exact = {name: end.isoformat() for name, end in ends.items()}
        rows = list(items(api, kind, exact))
        if all(_is_inside(row, window) for row in rows):
            return rows
        api.memory["naive"] = True
    zone = moment(at(call(api, "profile", {}), "time.date_start")).tzinfo
    local = {name: f"{end.astimezone(zone):%Y-%m-%d %H:%M:%S}" for name, end in ends.items()}
    return [row for row in items(api, kind, local) if _is_inside(row, window)]


def _is_inside(row: dict[str, Any], window: Window) -> bool:
    try:
        when = moment(row.get("updatedTime"))
    except ValueError:
        return True  # who does not tell when is read
    return when >= window.begin and (window.is_open or when < window.end)


def moment(text: Any) -> datetime:
    return datetime.fromisoformat(str(text))


def _by_ids(
    api: Api[Bitrix24Table], kind: int, name: str, ids: Iterable[Any]
) -> list[dict[str, Any]]:
    numbers = sorted({int(n) for n in ids if n})
    parts = [numbers[n : n + _PAGE] for n in range(0, len(numbers), _PAGE)]
    return [row for part in parts for row in items(api, kind, {f"@{name}": part})]


@dataclass
class LeadsDeals:
    """Leads and deals that belong together, by id; and deals that went to a funnel that is not read."""

    leads: dict[int, dict[str, Any]] = field(default_factory=dict)
    deals: dict[int, dict[str, Any]] = field(default_factory=dict)
    elsewhere: list[int] = field(default_factory=list)


def gather(api: Api[Bitrix24Table], window: Window) -> LeadsDeals:
    """What changed, and of each lead its deals, of each deal its lead."""
    table, rows = api.table, LeadsDeals()
    changed = {row["id"]: row for row in _changed(api, DEAL, window)} if table.deals else {}
    if table.leads:
        rows.leads = {row["id"]: row for row in _changed(api, LEAD, window)}
        missing = {row.get("leadId") for row in changed.values()} - rows.leads.keys()
        rows.leads |= {row["id"]: row for row in _by_ids(api, LEAD, "id", missing)}
    if table.leads and table.deals:
        changed |= {row["id"]: row for row in _by_ids(api, DEAL, "leadId", rows.leads)}
    for number, deal in changed.items():
        if not table.categories or deal["categoryId"] in table.categories:
            rows.deals[number] = deal
        else:
            rows.elsewhere.append(number)
    return rows


def source_names(api: Api[Bitrix24Table]) -> dict[str, str]:
    body = call(api, "crm.status.list", {"filter": {"ENTITY_ID": "SOURCE"}})
    return {str(s.get("STATUS_ID")): str(s.get("NAME") or "") for s in body.get("result") or ()}


def contact_phones(api: Api[Bitrix24Table], rows: LeadsDeals) -> dict[int, Any]:
    """The first phone of each contact; it becomes a key at once. Not asked for unless wanted."""
    if not api.table.phones:
        return {}
    owners = [*rows.leads.values(), *rows.deals.values()]
    numbers = sorted({int(r["contactId"]) for r in owners if r.get("contactId")})
    phones: dict[int, Any] = {}
    for n in range(0, len(numbers), _PAGE):
        part = {"@id": numbers[n : n + _PAGE]}
        for contact in items(api, CONTACT, part, ("*",)):
            values = (f for f in contact.get("fm") or () if f.get("typeId") == "PHONE")
            phones[contact["id"]] = next((f.get("value") for f in values), None)
    return phones


def stage_steps(
    api: Api[Bitrix24Table], deals: Iterable[int]
) -> dict[int, dict[StageWord, datetime]]:
    """When each deal first reached a stage called booked and one called visited."""
    table = api.table
    if not {BOOKED, VISITED} & set(table.stages.values()):
        return {}
    reached: dict[int, dict[StageWord, datetime]] = {}
    numbers = sorted(deals)
    for n in range(0, len(numbers), _PAGE):
        last = 0
        while True:
            body = call(
                api,
                "crm.stagehistory.list",
                {
                    "entityTypeId": DEAL,
                    "order": {"ID": "ASC"},
                    "filter": {"@OWNER_ID": numbers[n : n + _PAGE], ">ID": last},
                    "start": -1,
                },
            )
            steps = list_at(body, "result.items[]")
            for step in steps:
                word = table.word("deal", str(step.get("STAGE_ID")))
                if word in {BOOKED, VISITED}:
                    when = moment(step["CREATED_TIME"])
                    mine = reached.setdefault(int(step["OWNER_ID"]), {})
                    mine[word] = min(when, mine.get(word, when))
            if len(steps) < _PAGE:
                break
            last = _after(last, int(steps[-1]["ID"]))
    return reached
