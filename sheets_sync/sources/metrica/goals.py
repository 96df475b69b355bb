"""Goals of a counter: which there are, which of them the clinic counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sheets_sync.sources.metrica.api import Metrica

#: Types whose reaches come days after the visit they belong to.
_OFFLINE = ("offline", "call", "cdp_")


@dataclass(frozen=True)
class Goal:
    """A goal. `step` is True for a step of a composite goal: it has an id of its own."""

    id: int
    name: str
    type: str
    step: bool = False

    @property
    def is_offline(self) -> bool:
        return self.type.startswith(_OFFLINE)


def fetch_goals(metrica: Metrica) -> list[Goal]:
    """The counter's goals, deleted ones left out, steps after the goal they belong to."""
    goals = []
    for goal in metrica.get("/goals").get("goals", []):
        goals.append(_goal(goal, step=False))
        goals += [_goal(s, step=True) for s in goal.get("steps") or []]
    return goals


def _goal(goal: dict[str, Any], *, step: bool) -> Goal:
    return Goal(int(goal["id"]), str(goal.get("name", "")), str(goal.get("type", "")), step)


def chosen_goals(
    goals: Sequence[Goal], words: Sequence[int | str]
) -> tuple[list[Goal], tuple[str, ...]]:
    """Those of `goals` that `words` names by id or name, and a note on each that is not there.

    No words mean all of them but the steps, whose reaches their goals count already.
    Case and ё do not matter; of several goals of one name all are chosen.
    """
    if not words:
        return [g for g in goals if not g.step], ()
    chosen: dict[int, Goal] = {}
    notes = []
    for word in words:
        matches = [g for g in goals if _is(g, word)]
        chosen |= {g.id: g for g in matches}
        if not matches:
            notes.append(
                f"Цели «{word}» в счётчике нет: она пропущена. "
                "Проверьте goals в файле клиники или «Цели Метрики» в «Настройках»."
            )
    return list(chosen.values()), tuple(notes)


def _is(goal: Goal, word: int | str) -> bool:
    text = str(word).strip()
    return text == str(goal.id) or _plain(text) == _plain(goal.name)


def _plain(text: str) -> str:
    return text.strip().casefold().replace("ё", "е")
