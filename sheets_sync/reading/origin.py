"""Where rows come from, and how that wants them read: whose ids they hold, what its words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: Columns that may hold ids of another row.
Link = Literal["lead_id", "appointment_id", "patient_id"]


@dataclass(frozen=True)
class Origin:
    """How rows of one source and entity are to be read.

    source    its name in the store
    system    whose ids its rows have; "" for the nameless one that files share
    links     column -> another system whose ids it holds
    role      "tracking" or "crm", of leads
    statuses  its words for statuses -> ours
    date_format  the order of day and month, where they are in doubt
    has_ids   every row has an id of its own: one without is refused, none is made of its content
    """

    entity: str
    source: str
    system: str = ""
    links: Mapping[Link, str] = field(default_factory=dict)
    role: str = "crm"
    statuses: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    has_ids: bool = False

    def prefix(self, column: str) -> str:
        """What stands before every id of a column, so that ids of two systems never meet."""
        system = {str(k): v for k, v in self.links.items()}.get(column, self.system)
        return f"{system}:" if system else ""
