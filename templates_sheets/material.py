"""What reports and tabs may ask for: the names of their parameters are the names of these fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from metrics.facts import Facts
from metrics.join.join import Joined, attribute, prepare
from metrics.past import Past
from metrics.settings import Settings
from metrics.sources import SourceFreshness
from templates_sheets.journal import Line
from templates_sheets.typed import Complaint


def _nobody(_: str) -> bool:
    return False


@dataclass(frozen=True, eq=False)
class Material:
    """Everything that a run knows when its sources are read.

    A report of `metrics.reports` takes what it needs of this by name, `doctors(facts)` or
    `segments(facts, rows, segment_templates)`, and knows nothing of the rest. It may also name
    another report, which is then computed once for both, and a tab that people fill by its key:
    what its `read` made of it.

    settings    period, day and choices of the report
    rows        conformed rows of every entity, as stored (metrics.schema), with later ones too
    at          the moment of the run, local
    sources     what became of each source's entities
    typed       key of an input tab -> the value that its `read` gave
    grids       key of an input tab -> its cells, as typed
    comments    key of a tab -> key of a row -> text of «Комментарий»
    complaints  wrong cells of the input tabs
    goals       goals of Metrica that «Настройки» names
    journal     lines of «Журнал»
    is_personal  whether a text tells of a person: such a one is shown nowhere
    memory      what reports left for the next run, by the report's name: plain JSON values; what
                they leave now is kept once the book is written
    past        what the book showed on an earlier day, and what changed since; None if nothing
    """

    settings: Settings
    rows: Mapping[str, pd.DataFrame]
    at: datetime
    sources: Sequence[SourceFreshness] = ()
    typed: Mapping[str, Any] = field(default_factory=dict)
    grids: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)
    comments: Mapping[str, Mapping[tuple[str, ...], str]] = field(default_factory=dict)
    complaints: Sequence[Complaint] = ()
    goals: Sequence[int | str] = ()
    journal: Sequence[Line] = ()
    memory: MutableMapping[str, Any] = field(default_factory=dict)
    past: Past | None = None
    is_personal: Callable[[str], bool] = _nobody

    @cached_property
    def joined(self) -> Joined:
        """The rows joined as far as no attribution model matters."""
        return prepare(dict(self.rows), self.settings)

    @cached_property
    def facts(self) -> Facts:
        """The joined clinic under the model that the settings choose."""
        return attribute(self.joined, self.settings.attribution)
