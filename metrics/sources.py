"""What the store remembers of each source, as reports may ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

#: Entities as people call them.
ENTITY_NAMES = {
    "leads": "лиды",
    "appointments": "записи",
    "payments": "оплаты",
    "costs": "расходы",
    "calls": "звонки",
    "touches": "касания",
    "traffic": "визиты на сайт",
    "reviews": "отзывы",
    "phrases": "ключевые фразы",
}


@dataclass(frozen=True)
class SourceFreshness:
    """What became of one source's rows of one entity.

    name       as people call it; `source` as the rows' column `source` does
    last_good  the day its rows were last read without an error, None if never
    stale      True if reports stand on older rows than they should
    error      what went wrong last time, in Russian; "" if nothing
    read, refused  rows of the last reading, and those of them in quarantine
    rows       rows in the store
    state      what the last good pull left for the next
    """

    name: str
    entity: str
    last_good: date | None
    stale: bool = False
    error: str = ""
    refused: int = 0
    rows: int = 0
    read: int = 0
    source: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The kind of its [[source]]."""
        return self.source.partition(":")[0]

    @property
    def since(self) -> str:
        """Since when its rows are old, in words."""
        if self.last_good is None:
            return "не прочитан ни разу"
        return f"не прочитан, данные от {self.last_good:%d.%m.%Y}"
