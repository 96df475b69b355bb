"""When the keys end by which sources are read: warned of thirty days, seven and one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from metrics.measures.checks import Check
from metrics.sources import SourceFreshness
from metrics.wording import counted

#: Days before the end, and how it is said from then on.
_STEPS = ((1, "Кончается завтра: выпустите новый ключ сегодня."),
          (7, "Кончается на этой неделе: выпустите новый ключ."),
          (30, "Выпустите новый ключ заранее."))  # fmt: skip
_HOW = " Положите его командой romi-sheets secret."


def token_ends(sources: Sequence[SourceFreshness], today: date) -> list[Check]:
    """A check for each source whose key tells its end, which a pull left in `state`."""
    ends = {s.source: (s.name, s.state["token_ends"]) for s in sources if "token_ends" in s.state}
    checks = []
    for source, (name, end) in ends.items():
        day = datetime.fromisoformat(str(end)).date()
        left = (day - today).days
        action = next((words + _HOW for days, words in _STEPS if left <= days), "")
        if left <= 0:
            action = "Кончился: источник не читается, пока не будет нового." + _HOW
        rest = counted(max(left, 0), "день", "дня", "дней")
        checks.append(
            Check(
                f"token:{source}",
                f"Ключ источника: {name}",
                float(left),
                f"до {day:%d.%m.%Y}, осталось {rest}",
                "больше 30 дней",
                left > _STEPS[-1][0],
                action,
            )
        )
    return checks
