"""Stages of a CRM's pipelines in the clinic's own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, get_args

from sheets_sync.sources.source import Finding

StageWord = Literal[
    "new", "in_work", "qualified", "booked", "visited", "won", "lost", "spam", "duplicate"
]
STAGE_WORDS: tuple[StageWord, ...] = get_args(StageWord)
BOOKED: StageWord = "booked"
VISITED: StageWord = "visited"


def lead_status(word: StageWord | None) -> str:
    """The status of a lead at a stage; a stage that nobody explained is «в работе»."""
    return "booked" if word == VISITED else word or "in_work"


def unmapped(strange: Counter[str]) -> tuple[str, ...]:
    """A sentence for «Журнал» of the stages that nobody explained, the commonest first."""
    if not strange:
        return ()
    listed = ", ".join(f"{stage} ({count})" for stage, count in strange.most_common(10))
    words = ", ".join(STAGE_WORDS)
    sentence = f"Стадии без объяснения считаются «в работе»: {listed}. Объясните их в"
    return (f"{sentence} [source.stages]: {words}.",)


def understood(counts: Mapping[str, int], words: Mapping[str, str]) -> tuple[str, bool]:
    """What a service calls its statuses beside our words, the commonest first, and whether each has one."""
    order = sorted(counts, key=lambda theirs: (-counts[theirs], theirs))
    listed = "; ".join(f"{t or 'пусто'} = {words.get(t) or '?'}, {counts[t]}" for t in order)
    return listed, all(words.get(theirs) for theirs in counts)


def stages_missing(stages: Iterable[str], there: Iterable[str]) -> Iterator[Finding]:
    """Stages that [source.stages] explains and the service has no more: deleted, or misspelled."""
    missing = ", ".join(sorted(set(stages) - set(there)))
    if missing:
        hint = "Уберите их из [source.stages] или впишите новые номера из списка стадий."
        yield Finding("стадии", ok=False, seen=f"в кабинете нет стадий {missing}", hint=hint)


def fields_seen(theirs: Mapping[str, str], ours: Mapping[str, str]) -> Finding:
    """A CRM's own fields by name (and title), how each is understood, and which of ours it has not."""
    columns: dict[str, str] = {field: column for column, field in ours.items()}
    listed = "; ".join(
        f"{name} «{title}»" + (f" = {columns[name]}" if name in columns else "")
        for name, title in theirs.items()
    )
    missing = ", ".join(name for name in columns if name not in theirs)
    return Finding(
        "поля",
        ok=not missing,
        seen=(f"нет полей {missing}; " if missing else "") + f"свои поля: {listed or 'ни одного'}",
        hint="Возьмите имена полей для [source.fields] из этого списка.",
    )
