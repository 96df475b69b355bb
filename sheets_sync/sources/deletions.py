"""What is said of rows that a source no longer has: money and won deals do not vanish without a word."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.wording import roubles
from sheets_sync.sources.source import Stored

#: So many are named one by one.
_NAMED = 10


def deletions(entity: str, ids: Sequence[str], stored: Stored | None) -> list[str]:
    """A sentence for «Журнал» of deleted payments, with their sums, or won deals; else none."""
    if not ids or stored is None or entity not in {"payments", "leads"}:
        return []
    rows = stored.read(entity, ids)
    if entity == "payments":
        sums = zip(rows["payment_id"], rows["amount"], strict=True)
        names = [f"{number} на {roubles(amount, 2)}" for number, amount in sums]
        what = "платежи"
    else:
        names = rows.loc[rows["status"] == "won", "lead_id"].tolist()
        what = "выигранные сделки"
    if not names:
        return []
    rest = f" и ещё {len(names) - _NAMED}" if len(names) > _NAMED else ""
    return [f"В источнике удалены {what}: {', '.join(names[:_NAMED])}{rest}."]
