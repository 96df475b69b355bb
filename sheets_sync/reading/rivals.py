"""Columns that may equally be meant: where they differ in money or people, a person decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from metrics.schema import ENTITIES
from metrics.wording import percent
from sheets_sync.errors import FileError
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.aliases import ADDED, PAID, PARTS, WHOLES
from sheets_sync.reading.bonus_costs import ask_bonuses
from sheets_sync.reading.cost_columns import rival_costs
from sheets_sync.reading.counts import ask_counts
from sheets_sync.reading.cumulative import ask_cumulative
from sheets_sync.reading.evidence import NO_VISIT, days
from sheets_sync.reading.free_columns import dates as free_dates
from sheets_sync.reading.free_columns import speaks_of
from sheets_sync.reading.free_columns import sums as free_sums
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision, candidates
from sheets_sync.reading.parts import NOT_PAID, ask_parts
from sheets_sync.reading.signs_apart import ask_signs
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import Ints, has_text, sums
from sheets_sync.reading.words import letters, plain

#: Readings of a file that differ by more are asked about.
DOUBT = 0.01
#: So many cells of a column of sums are sums.
_MOST = 0.8
_MONEY = ("amount", *WHOLES, "cost")
#: Beginnings of words of a header that is a plan, not a fact; it never rivals one.
_PLANNED = ("бюджет", "план", "лимит", "прогноз", "budget", "plan")
#: Beginnings of words of a header that numbers somebody or something.
_NUMBERS = (
    "код",
    "номер",
    "id",
    "ид",
    "карт",
    "шифр",
    "договор",
    "полис",
    "иб",
    "code",
    "no",
    "number",
)
#: Headers of dates that say nothing of what took place.
_BARE_DATES = frozenset(map(plain, ("дата", "дата и время", "date")))
#: Headers that say themselves when a fact took place; no other date rivals them.
_SURE = {
    "leads": ("созд", "обращ", "заяв", "поступ", "лид", "creat"),
    "appointments": ("прием", "визит", "посещ", "сеанс", "visit", "appoint"),
    "payments": ("опла", "плат", "pay", "чек", "операц"),
    "calls": ("звон", "вызов", "call"),
}


def ask(decision: Decision, where: str) -> None:
    """Raises FileError for a column beside which another of its name or meaning stands, if money or
    people differ by more than 1 % by which of them is read."""
    ask_parts(decision, where)
    ask_signs(decision, where)
    ask_cumulative(decision, where)
    _ask_paid(decision, where)
    _ask_people(decision, where)
    ask_counts(decision, where)
    ask_bonuses(decision, where)
    for name in _questionable(decision):
        if name in decision.source_columns or (
            name in _MONEY and "amount" in decision.source_columns
        ):
            continue
        first, *same = decision.columns[name]
        if same and name in ADDED and len({decision.heads[i].key for i in (first, *same)}) > 1:
            continue  # parts of one sum
        rivals = [*same, *(i for i in candidates(decision, name) if not _is_weaker(decision, i))]
        if name == "cost" and decision.entity == "costs":
            rivals += [i for i in rival_costs(decision, first) if not _is_weaker(decision, i)]
        rivals += [i for i in _later_dates(decision, name, first) if i not in rivals]
        for other in rivals:
            if difference := _difference(decision, name, first, other, alike=other in same):
                raise _question(decision, name, [first, *rivals], difference, where)


def _later_dates(decision: Decision, name: str, place: int) -> list[int]:
    """Dates nowhere earlier than «Дата» of an appointment, which may then be when it was made."""
    head = decision.heads[place]
    if name != "starts_at" or decision.has(("booked_at",)) or head.key not in _BARE_DATES:
        return []
    first = days(decision.looks[place])
    later = []
    for other in free_dates(decision):
        step = (days(decision.looks[other]) - first)[
            (first >= 0) & (days(decision.looks[other]) >= 0)
        ]
        if step.any() and (step >= 0).all() and not speaks_of(decision, other, NO_VISIT):
            later.append(other)
    return later


def _ask_paid(decision: Decision, where: str) -> None:
    """Raises FileError where a sum was taken and another's header says that it was paid or accepted:
    «Принято к оплате» beside «Сумма»."""
    whole = next((n for n in WHOLES if n in decision.columns), "")
    if whole in {"", WHOLES[0]} or decision.source_columns.keys() & {"amount", whole}:
        return
    if any(name in decision.columns for name in PARTS):
        return
    first = decision.columns[whole][0]
    for other in (
        i for i in free_sums(decision) if speaks_of(decision, i, (*PAID, "принят", "уплач"))
    ):
        is_other = (
            speaks_of(decision, other, NOT_PAID) or not sums(decision.looks[other].text)[0].any()
        )
        if not is_other and (difference := _difference(decision, whole, first, other, alike=False)):
            raise _question(decision, whole, [first, other], difference, where)


def _ask_people(decision: Decision, where: str) -> None:
    """Raises FileError where people are told apart by phones alone and a column of numbers parts
    them otherwise: «Код» is one person's on several days, and a phone has two of them."""
    if decision.has(("patient_id", "patient_key")) or "patient_id" in decision.source_columns:
        return
    when = decision.columns.get(ENTITIES[decision.entity].when, ())
    phone = decision.columns.get("phone", decision.columns.get("email", ()))
    if decision.entity not in {"appointments", "payments"} or not when or not phone:
        return
    whose, on = decision.looks[phone[0]], days(decision.looks[when[0]])
    for place in sorted(decision.free):
        look = decision.looks[place]
        if not any(w.startswith(_NUMBERS) for w in letters(decision.heads[place].shown)):
            continue
        if _is_persons(look, whose, on) and (difference := _people(look, whose)):
            shown, other = (mask(decision.heads[i].shown) for i in (place, phone[0]))
            line = column_line("patient_id", shown, remark='или "", если это не номер пациента')
            raise FileError(
                f"не видно, какой столбец называет пациента: «{shown}», «{other}» ({difference}).",
                where=where,
                hint="Чтобы ответить, " + to_write("columns", line, there=decision.source_columns),
            )


def _is_persons(look: Look, whose: Look, on: Ints) -> bool:
    """Whether each number is of one phone, and some come again on another day."""
    rows = pd.DataFrame({"id": np.array(look.text), "phone": np.array(whose.text), "day": on})
    rows = rows[(rows["id"] != "") & (rows["phone"] != "")]
    if len(rows) < _MOST * len(on) or look.share("date"):
        return False
    of_one = rows.groupby("id").nunique()
    return bool((of_one["phone"] == 1).all() and (of_one["day"] > 1).any())


def _questionable(decision: Decision) -> list[str]:
    when = ENTITIES[decision.entity].when if decision.entity in _SURE else ""
    whole = next((n for n in ("amount", *WHOLES) if n in decision.columns), "")
    names = {"patient_id", whole, "cost" if decision.entity in {"costs", "phrases"} else "", when}
    return [name for name in decision.columns if name in names]


def _is_weaker(decision: Decision, place: int) -> bool:
    head = decision.heads[place]
    return (
        head.vat is not None
        or head.unit.is_foreign
        or any(w.startswith(_PLANNED) for w in letters(head.shown))
    )


def _difference(decision: Decision, name: str, one: int, other: int, *, alike: bool) -> str:
    """What differs between two columns, in Russian; "" where it is no more than 1 %."""
    looks = decision.looks[one], decision.looks[other]
    if not all(look.filled for look in looks):
        return ""
    if name == "patient_id":
        return _people(*looks)
    if name in _MONEY:
        return _money(*looks, alike=alike)
    sure = _SURE.get(decision.entity, ())
    if not alike and any(w.startswith(sure) for w in letters(decision.heads[one].shown)):
        return ""
    return _months(*looks)


def _people(one: Look, other: Look) -> str:
    """Whether two columns of numbers part the same rows into different people."""
    both = has_text(one.text) & has_text(other.text)
    if not both.any():
        return ""
    pairs = np.unique(np.array(pc.binary_join_element_wise(one.text, other.text, "\x1f"))[both])
    counts = [len(np.unique(np.array(look.text)[both])) for look in (one, other)]
    worst = max(len(pairs) - count for count in counts) / len(pairs)
    return f"людей {counts[0]} и {counts[1]}" if worst > DOUBT else ""


def _money(one: Look, other: Look, *, alike: bool) -> str:
    first, second = sums(one.text)[0], sums(other.text)[0]
    if alike:  # of two equal names the filled cell is read
        second = np.where(has_text(other.text), second, first)
        first = np.where(has_text(one.text), first, second)
    added = int(first.sum()), int(second.sum())
    apart = abs(added[0] - added[1])
    share = apart / max(map(abs, added)) if any(added) else 0.0
    return f"суммы расходятся на {percent(share, 1)}" if share > DOUBT else ""


def _months(one: Look, other: Look) -> str:
    """Whether two columns of dates put rows into different months."""
    months = [days(look).astype("datetime64[D]").astype("datetime64[M]") for look in (one, other)]
    both = (days(one) >= 0) & (days(other) >= 0)
    if not both.any():
        return ""
    share = float((months[0] != months[1])[both].mean())
    return f"в {percent(share)} строк месяцы разные" if share > DOUBT else ""


def _question(
    decision: Decision, name: str, places: Sequence[int], difference: str, where: str
) -> FileError:
    every = list(dict.fromkeys(mask(decision.heads[i].shown) for i in places))
    shown = every[:3]
    column = "amount" if name in WHOLES else name
    line = column_line(column, shown[0], remark="или " + ", ".join(f"«{t}»" for t in shown[1:]))
    hint = "Чтобы ответить, " + to_write("columns", line, there=decision.source_columns)
    if column == "amount" and shown == every and _are_numbered(shown):
        parts = [column_line(part, title) for part, title in zip(PARTS, shown, strict=False)]
        hint += "\nЕсли они складываются, " + to_write(
            "columns", *parts, there=decision.source_columns
        )
    return FileError(
        f"не видно, какой столбец {column}: {', '.join(f'«{title}»' for title in shown)} ({difference}).",
        where=where,
        hint=hint,
    )


def _are_numbered(titles: Sequence[str]) -> bool:
    """Whether headers are one with numbers: «Сумма 1», «Сумма 2»."""
    words = [letters(title) for title in titles]
    names = {tuple(own[:-1]) for own in words}
    return len(names) == 1 and all(own[-1:] and own[-1].isdigit() for own in words)
