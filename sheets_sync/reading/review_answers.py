"""Which column holds what a clinic answered to a review, or when."""

from __future__ import annotations

from sheets_sync.reading.free_columns import ENOUGH, speaks_of, such
from sheets_sync.reading.meaning import Decision

#: Beginnings of words in a header of answers, and of what else is said of them.
_ANSWERS, _NO_ANSWER = (
    ("ответ", "отвеч", "answer", "repl", "respon"),
    ("ответствен", "автор", "кто"),
)


def answers(decision: Decision) -> list[int]:
    """Columns of answers to a review, whoever answered: «Ответ организации»."""
    places = such(decision, lambda look: float(look.filled > 0), never=_NO_ANSWER)
    places = [i for i in places if speaks_of(decision, i, _ANSWERS)]
    dated = [i for i in places if decision.looks[i].share("date") >= ENOUGH]
    return dated or places
