"""What services of visits (YCLIENTS, MEDODS, SQNS) share: words for statuses, several services in one visit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from sheets_sync.reading.origin import Origin
from sheets_sync.sources.json_paths import Record, records_at
from sheets_sync.sources.source import Finding, SourceTable
from sheets_sync.sources.stages import understood

_STRANGE = (
    "Визиты со словом, у которого стоит «?», не читаются: объясните его в [source.statuses], "
    'например "draft" = "booked".'
)


class VisitTable(SourceTable):
    """`statuses`: a status of the service that we do not know, or the clinic uses otherwise -> ours."""

    statuses: dict[str, str] = Field(default={})

    def origin(self, entity: str) -> Origin:
        usual = super().origin(entity)
        return replace(usual, statuses=self.statuses) if entity == "appointments" else usual


def joined_services(visit: Record, name: str) -> str:
    """The services of one visit, as one name."""
    names = (str(line.get(name) or "").strip() for line in records_at(visit, "services[]"))
    return " + ".join(each for each in names if each)


def statuses_seen(
    what: str, statuses: Iterable[Any], words: Mapping[str, str], table: VisitTable
) -> Finding:
    """How the statuses of some visits are understood."""
    counts = Counter("" if status is None else str(status) for status in statuses)
    listed, is_clear = understood(counts, {**words, **table.statuses})
    return Finding(what, ok=is_clear, seen=listed or "ни одного", hint=_STRANGE)
