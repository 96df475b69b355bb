"""Tables that say how many leads or calls there were: a row of them is no lead."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.free_columns import ENOUGH, speaks_of, such
from sheets_sync.reading.meaning import Decision
from sheets_sync.reading.to_write import column_line, to_write

#: Beginnings of words of a header that says how many.
_MANY = (
    "колич", "кол", "число", "всего", "заявок", "лидов", "обращений", "звонков", "вызовов", "принят", "пропущен",
    "уникальн", "лид", "заявк", "обращени", "звонк", "вызов", "запис", "count", "leads", "calls", "total",
)  # fmt: skip
_PERSONS = ("phone", "email", "person_key", "lead_id", "call_id")
#: What a row must be, and may be after all.
_ONE = {"leads": ("каждую заявку", "одна заявка"), "calls": ("каждый звонок", "один звонок")}
_ANSWERS = pa.array(["0", "1"])


def ask_counts(decision: Decision, where: str) -> None:
    """Raises FileError for leads or calls without people and ids, of which a column says how many."""
    is_named = decision.has(_PERSONS) or "phone" in decision.source_columns
    if decision.entity not in _ONE or is_named:
        return
    places = [
        i
        for i in such(decision, lambda look: look.share("whole"), ENOUGH)
        if speaks_of(decision, i, _MANY)
        and not pc.all(pc.is_in(decision.looks[i].cells, _ANSWERS)).as_py()
    ]
    if not places:
        return
    each, one = _ONE[decision.entity]
    line = column_line("phone", "", remark=f"если строка – всё-таки {one}")
    raise FileError(
        f"похоже на сводку: столбец «{mask(decision.heads[places[0]].shown)}» говорит, сколько их было, а нужна "
        f"строка на {each}.",
        where=where,
        hint="Выгрузите список, а не отчёт; или "
        + to_write("columns", line, there=decision.source_columns),
    )
