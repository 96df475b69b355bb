"""What «Качество данных» says of each source: its freshness, and what its files left in doubt."""

from __future__ import annotations

from metrics.measures.checks import Check, none_of
from metrics.sources import ENTITY_NAMES, SourceFreshness
from metrics.wording import counted, number, roubles


def doubts_of(source: SourceFreshness) -> list[Check]:
    """What the reading of a source's files could not settle, with its money."""
    did = source.state.get(source.entity, {}).get("did") or {}
    name = source.name.removeprefix("file:")
    return [
        none_of(
            f"{doubt['key']}:{source.name}:{source.entity}",
            f"{doubt['check']}: {name}, {ENTITY_NAMES.get(source.entity, source.entity)}",
            doubt["count"],
            doubt["action"],
            f"{number(doubt['count'])} на {roubles(doubt['kopecks'])}" if doubt["kopecks"] else "",
        )
        for doubt in did.get("doubts", ())
    ]


def freshness_of(source: SourceFreshness) -> Check:
    """How fresh a source is, and what it refused."""
    entity = ENTITY_NAMES.get(source.entity, source.entity)
    parts = [f"{source.last_good:%d.%m.%Y}" if source.last_good else "ещё не читался"]
    parts.append(counted(source.rows, "строка", "строки", "строк"))
    if source.refused:
        parts.append(f"в карантине {number(source.refused)}")
    if source.error:
        action = source.error
    elif source.stale:
        action = "Обновите выгрузку: отчёты стоят на старых строках."
    else:
        action = "Причины отказов по строкам — на листе «Журнал»."
    return Check(
        f"source:{source.name}:{source.entity}",
        f"Свежесть: {source.name.removeprefix('file:')}, {entity}",
        float(source.rows),
        " · ".join(parts),
        "свежий, без отказов",
        not (source.error or source.stale or source.refused),
        action,
    )
