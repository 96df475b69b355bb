"""The account: its table in a clinic's file, leads by windows of change, forms nobody accepted, events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import Field as Setting
from pydantic import field_validator

from sheets_sync.errors import SourceError
from sheets_sync.net.secrets import NeededVariable
from sheets_sync.sources.api import Api
from sheets_sync.sources.json_paths import (
    Record,
    at,
    list_at,
    records_at,
)
from sheets_sync.sources.paging import all_pages
from sheets_sync.sources.source import SourceTable
from sheets_sync.sources.stages import BOOKED, VISITED, StageWord

PAGE, _EVENTS = 250, 100
#: What `with` says where leads of the bin are asked for.
BIN = "only_deleted"
_SAME = "Прежние строки оставлены. Если это повторяется, напишите нам."
_UNHEEDED = (
    "amoCRM не слушает фильтр сделок по времени изменения: читается больше, чем нужно. Попросите её "
    "поддержку включить фильтры списков."
)
#: In every pipeline these two mean the same.
_ENDS: dict[str, StageWord] = {"142": "won", "143": "lost"}
CODES = {
    "UTM_SOURCE": "utm_source",
    "UTM_MEDIUM": "utm_medium",
    "UTM_CAMPAIGN": "utm_campaign",
    "UTM_CONTENT": "utm_content",
    "UTM_TERM": "utm_term",
    "_YM_UID": "ym_client_id",
    "YCLID": "yclid",
}


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


def pages(
    api: Api[AmocrmTable], path: str, name: str, params: dict[str, Any], limit: int = PAGE
) -> Iterator[list[Record]]:
    """Pages of a list. Nothing is 204 without a body."""

    def ask_page(page: int, before: int) -> tuple[list[Record], list[Record], int | None]:
        rows, more = _page(api, path, name, {**params, "page": page, "limit": limit})
        return rows, rows, before + len(rows) + more if rows else None

    yield from all_pages(ask_page, limit)


def _page(
    api: Api[AmocrmTable], path: str, name: str, params: dict[str, Any]
) -> tuple[list[Record], bool]:
    """A page and whether another is promised."""
    body = api.get(f"/api/v4{path}", params)
    if body is None:
        return [], False
    return list_at(body, f"_embedded.{name}[]"), bool(at(body, "_links.next.href"))


def changed_leads(api: Api[AmocrmTable], begin: int, end: int, wide: str) -> Iterator[list[Record]]:
    """Leads of all pipelines changed in a window. Each page begins with the second in which the last one ended: a lead
    that changes while they are read leaves the window and would move the rest to pages read by then.
    """
    params: dict[str, Any] = {
        "with": wide,
        "filter[updated_at][to]": end,
        "order[updated_at]": "asc",
        "limit": PAGE,
    }
    since, page, idle, read = begin, 1, 0, set[Any]()
    while True:
        query = {**params, "filter[updated_at][from]": since, "page": page}
        rows, more = _page(api, "/leads", "leads", query)
        if any(not begin <= int(row.get("updated_at") or begin) <= end for row in rows):
            api.notes.append(_UNHEEDED)
        new = [row for row in rows if row.get("id") not in read]
        read |= {row.get("id") for row in new}
        yield [row for row in new if begin <= int(row.get("updated_at") or begin) <= end]
        if not (more and rows):
            return
        idle = 0 if new else idle + 1
        if idle > 1:
            raise SourceError("отдаёт одну и ту же страницу.", hint=_SAME, permanent=False)
        last = max(int(row.get("updated_at") or 0) for row in rows)
        # Another page of one second only where it has more leads than one holds.
        since, page = (last, 1) if since < last <= end and new else (since, page + 1)


def is_chosen(table: AmocrmTable, lead: Record) -> bool:
    """Whether a lead stands in a pipeline that is read. Filters of lists would not do: one that went to
    another pipeline is to go here."""
    return not table.pipelines or lead.get("pipeline_id") in table.pipelines


def unsorted(api: Api[AmocrmTable]) -> Iterator[list[Record]]:
    """Forms and calls that nobody has accepted yet: the lead that each will become."""
    params: dict[str, Any] = {"order[created_at]": "asc"}
    if api.table.pipelines:
        params["filter[pipeline_id][]"] = list(api.table.pipelines)
    for rows in pages(api, "/leads/unsorted", "unsorted", params):
        yield [
            {
                "id": lead["id"],
                "created_at": row.get("created_at"),
                "source": row.get("source_name") or at(row, "metadata.form_name"),
                "word": "new",
                "_embedded": {"contacts": at(row, "_embedded.contacts") or []},
            }
            for row in rows
            for lead in records_at(row, "_embedded.leads[]")
        ]


def main_contact(lead: Record) -> int | None:
    contacts = list(records_at(lead, "_embedded.contacts[]"))
    main = next((c for c in contacts if c.get("is_main")), contacts[0] if contacts else {})
    return main.get("id")


def contact_phones(api: Api[AmocrmTable], leads: Iterable[Record]) -> dict[int, Any]:
    """The first phone of each main contact; it becomes a key at once. Only if wanted."""
    numbers = sorted({n for lead in leads if (n := main_contact(lead))}) if api.table.phones else []
    phones: dict[int, Any] = {}
    for begin in range(0, len(numbers), PAGE):
        params = {"filter[id][]": numbers[begin : begin + PAGE]}
        for rows in pages(api, "/contacts", "contacts", params):
            for contact in rows:
                values = (
                    value.get("value")
                    for f in records_at(contact, "custom_fields_values[]")
                    if f.get("field_code") == "PHONE"
                    for value in records_at(f, "values[]")
                )
                phones[contact["id"]] = next(values, None)
    return phones


def stage_steps(api: Api[AmocrmTable], begin: int, end: int) -> dict[int, dict[StageWord, int]]:
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
    for rows in pages(api, "/events", "events", params, _EVENTS):
        for event in rows:
            for value in records_at(event, "value_after[]"):
                stage = value.get("lead_status") or {}
                word = table.word(stage.get("pipeline_id"), stage.get("id"))
                if word in {BOOKED, VISITED}:
                    mine = reached.setdefault(int(event["entity_id"]), {})
                    mine[word] = min(event["created_at"], mine.get(word, event["created_at"]))
    return reached
