"""Bonuses of a cabinet beside what was spent: inside it, beside it, or asked about."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from metrics.wording import percent
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.cost_columns import wholes
from sheets_sync.reading.free_columns import sums as free_sums
from sheets_sync.reading.heads import inside
from sheets_sync.reading.meaning import Decision, Reason
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import sums
from sheets_sync.reading.words import letters, phrase

#: Readings of a file that differ by more are asked about.
_DOUBT = 0.01
#: Where a sum by a word of its header is what is left without bonuses.
_NET = ("без", "кроме")


def ask_bonuses(decision: Decision, where: str) -> None:
    """Take bonuses that a header says to be inside the cost out of it, by `bonus`; raise FileError where
    nobody sees whether they are."""
    is_settled = {"bonus", "cost"} & decision.source_columns.keys()
    if decision.entity != "costs" or is_settled or "cost" not in decision.columns:
        return
    cost = decision.columns["cost"][0]
    spent = sums(decision.looks[cost].text)[0]
    whole = letters(decision.heads[cost].shown)
    if len(decision.columns["cost"]) > 1 or any(word in _NET for word in whole):
        return
    for place in free_sums(decision):
        shown = decision.heads[place].shown
        bonus = sums(decision.looks[place].text)[0]
        if not phrase(shown, "bonus_cost") or not bonus.any() or (bonus > spent).any():
            continue
        if inside(shown):
            decision.take("bonus", (place,), Reason(0.9, "название столбца: бонусы внутри расхода"))
            decision.notes.append(f"Бонусы площадки («{mask(shown)}») вычтены из расхода.")
            return
        if any(place in others for _, others in wholes(decision, cost)):
            continue  # with the cost it makes another sum: it is beside it
        if (share := int(bonus.sum()) / max(int(spent.sum()), 1)) > _DOUBT:
            raise _question(decision, cost, place, share, where)


def _question(decision: Decision, cost: int, place: int, share: float, where: str) -> FileError:
    titles = [mask(decision.heads[i].shown) for i in (cost, place)]
    otherwise = column_line("cost", titles[0])
    line = column_line(
        "bonus", titles[1], remark=f"вычесть; если в расходе их нет, вместо этой строки {otherwise}"
    )
    return FileError(
        f"не видно, входят ли бонусы («{titles[1]}», {percent(share)}) в расход («{titles[0]}»).",
        where=where,
        hint="Если они внутри расхода, " + to_write("columns", line, there=decision.source_columns),
    )


def without_bonuses(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Costs less the bonuses that are inside them."""
    if "bonus" not in columns or "cost" not in columns:
        return columns
    (cost, ok, *_), (bonus, *_) = sums(columns["cost"]), sums(columns["bonus"])
    less = pa.array([f"{left / 100:.2f}" for left in (cost - abs(bonus)).tolist()], pa.string())
    return {**columns, "cost": pc.if_else(pa.array(ok), less, columns["cost"])}
