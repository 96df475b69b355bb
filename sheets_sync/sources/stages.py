"""Stages of a CRM's pipelines in the clinic's own words."""

from __future__ import annotations

from collections import Counter
from typing import Literal, get_args

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
