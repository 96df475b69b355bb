"""A sum's sign in a column of its own: pluses and minuses that may be refunds, outlays or what was not paid."""

from __future__ import annotations

from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.free_columns import speaks_of, such
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.words import letters

#: Beginnings of words in a header of a sign; one without words is one.
_SIGNED = ("знак", "тип", "вид", "операц", "движен", "приход", "оборот", "sign", "type")


def ask_signs(decision: Decision, where: str) -> None:
    """Raises FileError for payments beside whose sums stands a column of nothing but pluses and what
    may be minuses."""
    own = {"kind", "status"} & decision.source_columns.keys()
    if decision.entity != "payments" or own or decision.has(("kind",)):
        return
    for place in such(decision, _signs):
        shown = decision.heads[place].shown
        if letters(shown.replace("+", " ")) and not speaks_of(decision, place, _SIGNED):
            continue
        remark = 'минус – возврат; или status = "…", если минус – не оплачено; или kind = "", если это не о деньгах'
        raise FileError(
            f"в столбце «{mask(shown)}» плюсы и минусы: что значит минус, не видно.",
            where=where,
            hint="Чтобы ответить, "
            + to_write(
                "columns",
                column_line("kind", mask(shown), remark=remark),
                there=decision.source_columns,
            ),
        )


def _signs(look: Look) -> float:
    """1 where all filled cells are pluses and some are empty: a dash alone is read as nothing."""
    are = look.cells.unique().to_pylist() == ["+"] and look.filled < len(look.text)
    return float(are)
