"""The account: its table in a clinic's file, leads by windows of change, forms nobody accepted, events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import Field as Setting
from pydantic import field_validator

from sheets_sync.net.secrets import NeededVariable
from sheets_sync.sources.api import Api
from sheets_sync.sources.connector import Record, at
from sheets_sync.sources.source import SourceTable
from sheets_sync.sources.stages import BOOKED, VISITED, StageWord

PAGE, _EVENTS = 250, 100
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


def changed_leads(
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
    for rows, more in pages(api, "/leads", "leads", params):
        if promised and not rows and end - begin > 1:
            middle = (begin + end) // 2
            yield from changed_leads(api, begin, middle, wide)
            yield from changed_leads(api, middle, end, wide)
            return
        promised = more
        yield rows


def unsorted(api: Api[AmocrmTable]) -> Iterator[list[dict[str, Any]]]:
    """Forms and calls that nobody has accepted yet: the lead that each will become."""
    params: dict[str, Any] = {"order[created_at]": "asc"}
    if api.table.pipelines:
        params["filter[pipeline_id][]"] = list(api.table.pipelines)
    for rows, _ in pages(api, "/leads/unsorted", "unsorted", params):
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


def main_contact(lead: Record) -> int | None:
    contacts = at(lead, "_embedded.contacts") or []
    main = next((c for c in contacts if c.get("is_main")), contacts[0] if contacts else {})
    return main.get("id")


def contact_phones(api: Api[AmocrmTable], leads: Iterable[Record]) -> dict[int, Any]:
    """The first phone of each main contact; it becomes a key at once. Only if wanted."""
    numbers = sorted({n for lead in leads if (n := main_contact(lead))}) if api.table.phones else []
    phones: dict[int, Any] = {}
    for begin in range(0, len(numbers), PAGE):
        params = {"filter[id][]": numbers[begin : begin + PAGE]}
        for rows, _ in pages(api, "/contacts", "contacts", params):
            for contact in rows:
                found = (
                    value.get("value")
                    for f in contact.get("custom_fields_values") or ()
                    if f.get("field_code") == "PHONE"
                    for value in f.get("values") or ()
                )
                phones[contact["id"]] = next(found, None)
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
    for rows, _ in pages(api, "/events", "events", params, _EVENTS):
        for event in rows:
            for value in event.get("value_after") or ():
                stage = value.get("lead_status") or {}
                word = table.word(stage.get("pipeline_id"), stage.get("id"))
                if word in {BOOKED, VISITED}:
                    mine = reached.setdefault(int(event["entity_id"]), {})
                    mine[word] = min(event["created_at"], mine.get(word, event["created_at"]))
    return reached
