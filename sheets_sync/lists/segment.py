"""`romi-sheets segment`: ClientIDs of one segment of visitors, for Yandex Audience."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from metrics.coded import fold
from metrics.measures.visitors import (
    NO_VISIT,
    SegmentPattern,
    client_leads,
    goal_names,
    site_visits,
)
from metrics.reports.segments import EVERYBODY, by_segment
from metrics.wording import counted
from sheets_sync.errors import ConfigError
from sheets_sync.line.answers import stored_answers
from sheets_sync.line.run import LiveRun
from sheets_sync.lists import local_file
from templates_sheets.laying import Answers

#: Yandex Audience takes no fewer.
LEAST = 100
DELICATE = (
    "В сетях Директ не показывает объявления по сегментам на деликатные темы, а часть медицинских "
    "тем — такие: проверьте свою, прежде чем платить за показы."
)


@dataclass(frozen=True)
class SegmentList:
    """What was written: how many ClientIDs, and how many were left out for looking like a phone."""

    clients: int
    left_out: int


def write_segment(
    run: LiveRun, name: str, path: Path, *, days: int, with_leads: bool, force: bool
) -> SegmentList:
    """Write the ClientIDs of a segment (definitions §19), a line each, sorted as text.

    Raises ConfigError where there is no such segment, fewer than LEAST visitors, or no place for
    the file; RomiError where the book or the store does not answer.
    """
    local_file.must_be_free(path, force=force)
    answers = stored_answers(run)
    patterns = _patterns(answers, name)
    ids = _clients(answers, patterns, days, with_leads=with_leads)
    rows, left_out = local_file.without_people(pd.DataFrame({"ClientID": sorted(ids)}))
    if len(rows) < LEAST:
        people = counted(len(rows), "посетитель", "посетителя", "посетителей")
        raise ConfigError(
            f"в сегменте «{name}» {people}, а Яндекс Аудитории берут от {LEAST}.",
            hint="Возьмите больше дней (--days), добавьте оставивших обращение (--with-leads) или "
            "расширьте шаблон в «Шаблоны сегментов».",
        )
    content = "".join(f"{client}\n" for client in rows["ClientID"])
    local_file.write(path, content.encode(), force=force)
    return SegmentList(len(rows), left_out)


def _patterns(answers: Answers, name: str) -> list[SegmentPattern] | None:
    """The rows of the segment, None for all visitors. Raises ConfigError where there is none."""
    if fold(name) == fold(EVERYBODY):
        return None
    named = by_segment(answers["segment_patterns"])
    patterns = next((rows for title, rows in named.items() if fold(title) == fold(name)), None)
    if patterns is None:
        raise ConfigError(
            f"сегмента «{name}» нет.",
            hint="Есть: " + ", ".join(f"«{title}»" for title in (EVERYBODY, *named)) + ".",
        )
    return patterns


def _clients(
    answers: Answers, patterns: list[SegmentPattern] | None, days: int, *, with_leads: bool
) -> list[str]:
    names = goal_names(answers["sources"])
    visits = site_visits(answers["rows"]["touches"], names, answers["settings"], days)
    first = visits.first(patterns)
    inside = first < NO_VISIT
    if not with_leads:
        inside[client_leads(answers["joined"], visits.clients).of(first).client] = False
    return [visits.clients[place] for place in np.flatnonzero(inside)]
