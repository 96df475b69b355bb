"""A row of «Внимание» (definitions §15), and how those of a day join those that stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

#: How long a row stands, in days.
STANDS = 90


@dataclass(frozen=True)
class Alert:
    """What fell or rose on `day` by a rule; `before`, `after` are kopecks where the rule is of
    money, else counts; `effect` is kopecks; `sent` is when the clinic was told, with a zone."""

    day: date
    rule: str
    channel: str
    before: float
    after: float
    effect: float
    causes: str = ""
    sent: datetime | None = None

    @property
    def key(self) -> tuple[date, str, str]:
        """There is one of these."""
        return self.day, self.rule, self.channel

    def plain(self) -> dict[str, Any]:
        """The row as JSON values."""
        sent = self.sent.isoformat() if self.sent else None
        return asdict(self) | {"day": self.day.isoformat(), "sent": sent}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Alert:
        """The row that `plain` gave."""
        day, sent = date.fromisoformat(body["day"]), body["sent"]
        return cls(**{**body, "day": day, "sent": datetime.fromisoformat(sent) if sent else None})


def joined(standing: Iterable[Alert], fresh: Iterable[Alert], day: date) -> list[Alert]:
    """The rows of `day` made anew among those that stand: newest first, then the greatest effect.

    What was sent stays as it was sent; of the unsent rows of `day` only the fresh ones stand.
    """
    oldest = day - timedelta(days=STANDS)
    kept = {a.key: a for a in standing if a.day > oldest and (a.day != day or a.sent)}
    rows = {a.key: a for a in fresh} | kept
    return sorted(rows.values(), key=lambda a: (-a.day.toordinal(), -a.effect, a.rule, a.channel))
