"""What a reading did: rows and money in and out, and what is to be doubted, for «Качество данных»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

#: What to do about words that nobody understood.
EXPLAIN = "Объясните слова в [source.statuses]: какие, сказано в «Журнале»."


@dataclass(frozen=True)
class Doubt:
    """One kind of thing that a reading could not settle: how often, on how much money (kopecks)."""

    key: str
    check: str
    count: int
    kopecks: int
    action: str


@dataclass(frozen=True)
class Deeds:
    """Rows read, accepted, refused and left out (a bill that nobody paid); their money in kopecks, 0
    where an entity has none; whether the totals in the files agree (None: there are none)."""

    rows_in: int
    rows_out: int
    refused: int
    left: int
    money_in: int = 0
    money_out: int = 0
    totals_agree: bool | None = None
    doubts: tuple[Doubt, ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """As a source's state and `--json` have it."""
        return asdict(self) | {"doubts": [asdict(d) for d in self.doubts]}


def doubt(key: str, check: str, count: int, action: str, kopecks: int = 0) -> tuple[Doubt, ...]:
    """A doubt, or none where nothing is to be doubted."""
    return (Doubt(key, check, count, kopecks, action),) if count else ()


def together(doubts: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """Doubts of one kind as one."""
    by_key: dict[str, Doubt] = {}
    for one in doubts:
        if before := by_key.get(one.key):
            one = Doubt(  # noqa: PLW2901
                one.key,
                one.check,
                before.count + one.count,
                before.kopecks + one.kopecks,
                before.action,
            )
        by_key[one.key] = one
    return tuple(by_key.values())
